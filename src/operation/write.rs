//! Questions that change rows: create, update, delete.

use std::fmt;

use super::{Changes, Parent, Precondition, Retrieve};
use crate::{
    cell::Value,
    condition::Condition,
    error::Result,
    model::{ColumnNumber, Join, Model},
    params::Served,
    predicate::Predicate,
};
use std::sync::Arc;

/// A question that inserts a row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Create {
    /// The parent row, which must exist.
    pub(crate) parent: Option<Parent>,
    /// The columns of the new row that get a value of the parent row, each with the parent's column: for a POST to
    /// `/cars/1/parts/`, the part's `car_id`.
    pub(crate) inherited: Vec<(ColumnNumber, ColumnNumber)>,
    pub(crate) changes: Changes,
    pub(crate) references: Vec<Reference>,
    /// The question that reads the written row for the answer. If the row does not meet the condition of this question,
    /// nothing is written.
    pub(crate) shown: Retrieve,
}

/// A question that changes columns of a row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Update {
    /// The condition that selects the row by its values before the change.
    pub(crate) condition: Predicate,
    /// Conditions added by `and`, not yet resolved against the model.
    pub(crate) also: Vec<Condition>,
    pub(crate) precondition: Precondition,
    pub(crate) changes: Changes,
    pub(crate) references: Vec<Reference>,
    /// The question that reads the written row for the answer. If the row does not meet the condition of this question,
    /// nothing is written.
    pub(crate) shown: Retrieve,
}

/// A question that deletes a row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Delete {
    pub(crate) condition: Predicate,
    /// Conditions added by `and`, not yet resolved against the model.
    pub(crate) also: Vec<Condition>,
    pub(crate) precondition: Precondition,
}

/// A row that a written row refers to. The request must be allowed to see it.
#[derive(Clone, PartialEq)]
pub(crate) struct Reference {
    pub(crate) join: Arc<Join>,
    /// The row's values of the columns that the join compares, in the order of the join.
    pub(crate) key: Vec<Value>,
    /// The condition that limits rows of the other model to those the request may see.
    pub(crate) visible: Predicate,
    /// The member of the body that refers to the row.
    pub(crate) member: String,
}

impl Create {
    /// Returns the values that the row is created with.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Refuses the insertion if the written row does not meet `condition`. The condition itself is checked as for
    /// [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.shown = self.shown.and(condition);
        self
    }

    /// Resolves the added conditions against the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        self.shown = self.shown.read(model, relations)?;
        Ok(self)
    }
}

impl Update {
    /// Returns the columns that are changed, with their values.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Narrows the question to a row that meets `condition` before and after the change. The condition itself is
    /// checked as for [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition.clone());
        self.shown = self.shown.and(condition);
        self
    }

    /// Resolves the added conditions against the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.condition = self.condition.and(condition.over(model, relations)?);
        }
        self.shown = self.shown.read(model, relations)?;
        Ok(self)
    }
}

impl Delete {
    /// Narrows the question to a row that meets the condition, which is checked as for
    /// [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// Resolves the added conditions against the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.condition = self.condition.and(condition.over(model, relations)?);
        }
        Ok(self)
    }
}

impl Reference {
    /// Whether the row is always looked up before the write, since the request may not see every row. Otherwise it is
    /// looked up only if the database does not enforce foreign keys.
    pub(crate) fn is_checked(&self) -> bool {
        !matches!(&self.visible, Predicate::All(all) if all.is_empty())
    }

    /// Returns the condition that selects the row if the request may see it.
    pub(crate) fn condition(&self) -> Predicate {
        let there = self.join.there().zip(&self.key);
        let keys = there.map(|(column, part)| Predicate::Key {
            column,
            part: part.clone(),
        });
        Predicate::All(keys.collect()).and(self.visible.clone())
    }
}

/// Shows the columns, but no values.
impl fmt::Debug for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Create")
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

/// Shows the columns, but neither values nor the row.
impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update")
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

/// Does not show which row is deleted.
impl fmt::Debug for Delete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delete").finish_non_exhaustive()
    }
}
