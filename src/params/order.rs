//! The order of a list: columns of its rows or, through to-one relations, of related rows.

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
    /// The to-one relations that lead to the column's model; empty for a column of the list's own model.
    pub(crate) through: Vec<Step>,
    pub(crate) column: ColumnNumber,
    pub(crate) descending: bool,
}

/// A to-one relation that an ordering such as `owner__name` follows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) join: Arc<Join>,
    /// The place (a viewset at a path) that the relation leads to.
    pub(crate) place: PlaceIndex,
    /// The condition on which rows of that place the request may see. A related row that does not meet it counts as
    /// missing, so that its columns are null.
    pub(crate) row_filter: Predicate,
}

/// Hashes the join alone. The row filter contains values, which must not be part of the key under which a plan (the
/// text of a statement) is cached; its shape without them is added to that key separately.
impl Hash for Step {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.join.hash(state);
    }
}

#[cfg(test)]
impl Step {
    /// Creates a step through a relation whose related rows are all visible: it has no row filter.
    pub(crate) fn open(join: &Arc<Join>) -> Self {
        Self {
            join: Arc::clone(join),
            place: super::place_index::place_at(0),
            row_filter: Predicate::All(Vec::new()),
        }
    }
}

impl Order {
    /// Returns the ascending order by a column of the list's own model.
    pub(crate) const fn by(column: ColumnNumber) -> Self {
        Self {
            through: Vec::new(),
            column,
            descending: false,
        }
    }

    /// Whether `self` and `other` order by the same column through the same relations, whether ascending or descending.
    pub(crate) fn is_by(&self, other: &Self) -> bool {
        let (here, there) = (self.through.iter(), other.through.iter());
        self.column == other.column && here.map(|step| &step.join).eq(there.map(|step| &step.join))
    }
}

/// Returns whether a term such as `-year` is descending, and the term without its sign.
pub(super) fn split_sign(term: &str) -> (bool, &str) {
    match term.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, term),
    }
}
