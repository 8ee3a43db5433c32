//! The order of a list: columns, each with the relations that lead to it.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use super::place_index::PlaceIndex;
use crate::{
    model::{ColumnNumber, Join},
    predicate::Predicate,
};

/// A column to order by.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) struct Order {
    /// The to-one relations that lead to the column's model; none for a column of the list's own.
    pub(crate) through: Vec<Step>,
    pub(crate) column: ColumnNumber,
    pub(crate) descending: bool,
}

/// A to-one relation on the way to a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) join: Arc<Join>,
    /// The place it leads to.
    pub(crate) place: PlaceIndex,
    /// Which rows of that place there are for the request; a row that leads to another one leads to none.
    pub(crate) row_filter: Predicate,
}

/// The wall has values: what it adds to the shape of a statement is its term's to say.
impl Hash for Step {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.join.hash(state);
    }
}

#[cfg(test)]
impl Step {
    /// A step that meets no wall.
    pub(crate) fn open(join: &Arc<Join>) -> Self {
        Self {
            join: Arc::clone(join),
            place: super::place_index::place_at(0),
            row_filter: Predicate::All(Vec::new()),
        }
    }
}

impl Order {
    /// Whether both are by the same column, whatever their direction.
    pub(crate) fn is_by(&self, other: &Self) -> bool {
        let (here, there) = (self.through.iter(), other.through.iter());
        self.column == other.column && here.map(|step| &step.join).eq(there.map(|step| &step.join))
    }
}
