//! Joins: how the rows of one model lead to those of another.

use super::{Column, ColumnNumber, Model};

/// A join from the rows of one model to those of another.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Join {
    pub(crate) target: Model,
    /// Whether a row may lead to several rows.
    pub(crate) many: bool,
    /// The columns here and there that hold the same value; empty where a junction pairs the rows.
    pub(crate) on: Vec<(ColumnNumber, ColumnNumber)>,
    pub(crate) junction: Option<Junction>,
}

/// An end of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The end of the leading row.
    Here,
    /// The end of the related rows.
    There,
}

/// A junction between two models.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Junction {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// The columns here, and those of the junction that hold the same value.
    pub(crate) here: Vec<(ColumnNumber, String)>,
    /// The columns of the target, and those of the junction that hold the same value.
    pub(crate) there: Vec<(ColumnNumber, String)>,
}

impl Join {
    /// Returns the end whose columns are the key that the other end refers to. A junction refers to the keys of both.
    pub(crate) fn parent(&self) -> End {
        match self.many {
            true => End::Here,
            false => End::There,
        }
    }

    /// Whether different keys of the `leading` model's rows may be equal in the database.
    pub(crate) fn keys_may_differ(&self, leading: &Model) -> bool {
        let differs = |model: &Model, number: ColumnNumber| {
            let column = model.at(number);
            column.is_some_and(Column::keys_may_differ)
        };
        let here = || self.here().any(|number| differs(leading, number));
        match (&self.junction, self.parent()) {
            (Some(_), _) => here() || self.target_keys_may_differ(),
            (None, End::Here) => here(),
            (None, End::There) => self.target_keys_may_differ(),
        }
    }

    /// Whether different keys of the related rows may be equal in the database.
    pub(crate) fn target_keys_may_differ(&self) -> bool {
        let columns = self.there().filter_map(|number| self.target.at(number));
        columns.into_iter().any(Column::keys_may_differ)
    }

    /// Returns the columns of the leading row.
    pub(crate) fn here(&self) -> impl Iterator<Item = ColumnNumber> {
        let junction = self.junction.iter().flat_map(|junction| &junction.here);
        let direct = self.on.iter().map(|(here, _)| *here);
        direct.chain(junction.map(|(here, _)| *here))
    }

    /// Returns the columns of the related rows.
    pub(crate) fn there(&self) -> impl Iterator<Item = ColumnNumber> {
        let junction = self.junction.iter().flat_map(|junction| &junction.there);
        let direct = self.on.iter().map(|(_, there)| *there);
        direct.chain(junction.map(|(there, _)| *there))
    }
}
