//! Path templates of objects: fixed segments, and between them the columns of a row whose values are the keys, as in
//! `/cars/{car_id}`.

use std::sync::Arc;

use super::LinkBase;
use crate::{
    model::{ColumnNumber, Join},
    params::PlaceIndex,
};

/// A template of the path to an object, such as `/cars/{car_id}`, completed by the columns of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) start: Start,
    pub(crate) steps: Vec<TemplateStep>,
    /// Conditions on the row. If one of them does not hold, the path does not lead to the object.
    pub(crate) guards: Vec<Guard>,
}

/// Where a path of a template begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The API's root.
    Root,
    /// An object on the path of the request, by its level: 0 for the outermost, such as `/cars/1` in `/cars/1/parts/`.
    Above(usize),
    /// The object that contains the link, whose own path the path continues.
    Object,
}

/// One place on the path of a template, and the columns that hold the key of its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateStep {
    /// The text before the key, such as `/cars/`.
    pub(crate) before: String,
    pub(crate) columns: Vec<ColumnNumber>,
    /// The names of actions, such as `import` in `/cars/import/`, which are not read as keys in this position.
    pub(crate) reserved: Arc<[String]>,
}

/// A condition on a row: its `column` must equal the value that the request's head gives to the column `there` of
/// `place` (`ViewSet::other_keys`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) column: ColumnNumber,
    pub(crate) place: PlaceIndex,
    /// The column of the place's model whose value the request determines.
    pub(crate) there: ColumnNumber,
}

/// The paths of the objects that the path of the request goes through, outermost first: `/cars/1` for `/cars/1/parts/`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Vec<String>);

impl Template {
    /// Returns the columns that complete the path, and those that its guards (conditions on the row) compare.
    pub(crate) fn columns(&self) -> impl Iterator<Item = ColumnNumber> {
        let steps = self.steps.iter().flat_map(|step| &step.columns);
        let guards = self.guards.iter().map(|guard| guard.column);
        steps.copied().chain(guards)
    }

    /// Returns the same path completed by columns of the other row of a join: `self` uses columns of the row where the
    /// join starts, the result those of the related row. `None` if the template uses a column that the join does not
    /// pair.
    pub(crate) fn seen_from_there(&self, join: &Join) -> Option<Self> {
        let turned = |column: &mut ColumnNumber| {
            let pair = join.on.iter().find(|(here, _)| here == column);
            pair.map(|(_, there)| *column = *there)
        };
        let mut turn = self.clone();
        let steps = turn.steps.iter_mut().flat_map(|step| &mut step.columns);
        let mut columns = steps.chain(turn.guards.iter_mut().map(|guard| &mut guard.column));
        columns.try_for_each(turned)?;
        Some(turn)
    }
}

impl TemplateStep {
    /// Creates the step of a path to an object of the place `name`: `/cars/`, then the values of the key `columns`.
    pub(crate) fn new(name: &str, columns: Vec<ColumnNumber>, reserved: Arc<[String]>) -> Self {
        Self {
            before: match name {
                // A place with a single object shares its path with that object.
                name if columns.is_empty() => format!("/{name}"),
                "" => "/".to_owned(),
                name => format!("/{name}/"),
            },
            columns,
            reserved,
        }
    }
}

impl Trail {
    /// Appends the path of an object, given by the `name` of its place and its `key`, under the last object.
    pub(crate) fn push(&mut self, name: &str, key: &str) {
        let below = self.below(name);
        self.0.push(match key {
            "" => below,
            key => format!("{below}/{key}"),
        });
    }

    /// Returns the path of the place `name` under the last object, such as `/cars/1/parts`.
    pub(crate) fn below(&self, name: &str) -> String {
        let last = self.0.last().map_or("", String::as_str);
        match name {
            "" => last.to_owned(),
            name => format!("{last}/{name}"),
        }
    }
}

impl Start {
    /// Returns the beginning of the URI: the prefix of all links, and the path that follows it. `None` for
    /// [`Start::Object`], and for a level that the path of the request does not have.
    pub(crate) fn uri<'a>(self, base: &'a LinkBase, trail: &'a Trail) -> Option<[&'a str; 2]> {
        match self {
            Self::Root => Some([base.prefix(), ""]),
            Self::Above(level) => Some([base.prefix(), trail.0.get(level)?]),
            Self::Object => None,
        }
    }
}
