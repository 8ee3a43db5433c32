//! Joins: how the rows of one model lead to those of another.

use super::{Column, ColumnNumber, Model};

/// A join from the rows of one model, the leading rows (such as cars), to the rows of another, the related rows (their
/// owners).
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Join {
    pub(crate) target: Model,
    /// Whether a leading row (such as a car) may have several related rows (such as parts).
    pub(crate) many: bool,
    /// Pairs of a column of the leading row and a column of the related row, which hold the same value; empty where a
    /// junction pairs the rows.
    pub(crate) on: Vec<(ColumnNumber, ColumnNumber)>,
    pub(crate) junction: Option<Junction>,
}

/// An end of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The leading row (such as a car), where the join starts.
    Here,
    /// The related rows, which the join leads to.
    There,
}

/// A junction: a table whose rows pair the rows of two models.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Junction {
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
    /// Each column of the leading row (such as a car), with the junction's column that holds the same value.
    pub(crate) here: Vec<(ColumnNumber, String)>,
    /// Each column of the related row, with the junction's column that holds the same value.
    pub(crate) there: Vec<(ColumnNumber, String)>,
}

impl Join {
    /// Returns the end whose key the columns of the other end hold, as the car's key is in the `car_id` of its parts. A
    /// junction holds the keys of both ends.
    pub(crate) fn parent(&self) -> End {
        match self.many {
            true => End::Here,
            false => End::There,
        }
    }

    /// Whether the database may match keys that differ, such as `Kia` and `kia`. `leading` is the model of the leading
    /// rows.
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

    /// Whether the database may take keys of related rows that differ, such as `Kia` and `kia`, for equal.
    pub(crate) fn target_keys_may_differ(&self) -> bool {
        let columns = self.there().filter_map(|number| self.target.at(number));
        columns.into_iter().any(Column::keys_may_differ)
    }

    /// Returns the columns of the leading row (such as `owner_id` of a car) that the join compares.
    pub(crate) fn here(&self) -> impl Iterator<Item = ColumnNumber> {
        let junction = self.junction.iter().flat_map(|junction| &junction.here);
        let direct = self.on.iter().map(|(here, _)| *here);
        direct.chain(junction.map(|(here, _)| *here))
    }

    /// Returns the columns of the related rows that the join compares.
    pub(crate) fn there(&self) -> impl Iterator<Item = ColumnNumber> {
        let junction = self.junction.iter().flat_map(|junction| &junction.there);
        let direct = self.on.iter().map(|(_, there)| *there);
        direct.chain(junction.map(|(there, _)| *there))
    }
}
