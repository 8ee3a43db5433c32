//! The results of a reflection: the served tables, and the parts that are left out.

use std::fmt;

use crate::model::{Column, Model};

/// A served table or view.
#[derive(Clone, Debug)]
pub(crate) struct ServedTable {
    /// The path of the table's viewset, which is also its name in [`Router::configure`](crate::Router::configure).
    pub(crate) path: String,
    pub(crate) model: Model,
    pub(crate) is_view: bool,
    pub(crate) nested: Vec<Nest>,
}

/// A list of rows of a table that is nested under the objects of another table.
#[derive(Clone, Debug)]
pub(crate) struct Nest {
    /// The segment of the nested path, such as `parts` in `/cars/1/parts/`, which is also the name of the relation.
    pub(crate) path: String,
    /// The path at which the nested rows' own table is served.
    pub(crate) child: String,
}

/// A part of a database that is not served, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    what: String,
    reason: String,
}

impl LeftOut {
    pub(super) fn new(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            reason: reason.into(),
        }
    }

    /// Returns the name of the part: a table as `cars`, a column as `cars.vin`, or a description such as `the key of
    /// cars`.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Returns the reason why the part is not served.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

impl fmt::Display for ServedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = &self.model;
        let columns = model.columns().iter().filter(|column| !column.hidden);
        let columns = columns.count();
        write!(f, "/{}/: {columns} column{}", self.path, plural(columns))?;
        let key = model.key().iter().filter_map(|at| model.at(*at));
        let key: Vec<_> = key.map(Column::name).collect();
        match key.as_slice() {
            [] => write!(f, ", no key"),
            key => write!(f, ", key {}", key.join(", ")),
        }
    }
}

pub(super) const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
