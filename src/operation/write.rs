//! Questions that change rows: create, update, delete.

use std::fmt;

use super::{Changes, Parent, Retrieve};
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
    /// The columns that take a value of the parent row, each with the parent's column.
    pub(crate) inherited: Vec<(ColumnNumber, ColumnNumber)>,
    pub(crate) changes: Changes,
    pub(crate) references: Vec<Reference>,
    /// What the answer shows of the row, which must meet the condition once it is written.
    pub(crate) shown: Retrieve,
}

/// A question that changes columns of a row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Update {
    /// The row, as it is before.
    pub(crate) condition: Predicate,
    /// The conditions that were added.
    pub(crate) also: Vec<Condition>,
    pub(crate) changes: Changes,
    pub(crate) references: Vec<Reference>,
    /// What the answer shows of the row, which must meet the condition once it is written.
    pub(crate) shown: Retrieve,
}

/// A question that deletes a row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Delete {
    pub(crate) condition: Predicate,
    /// The conditions that were added.
    pub(crate) also: Vec<Condition>,
}

/// A row that a written row refers to. The request must be allowed to see it.
#[derive(Clone, PartialEq)]
pub(crate) struct Reference {
    pub(crate) join: Arc<Join>,
    /// The key of the row, in the order of the join's columns.
    pub(crate) key: Vec<Value>,
    /// The rows that the request may see.
    pub(crate) visible: Predicate,
    /// The member of the body that refers to the row.
    pub(crate) member: String,
}

impl Create {
    /// Returns the values that the row is created with.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Refuses a row that does not meet the condition once it is written; it is checked as for
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

    /// Narrows the question to a row that meets the condition, before and after the change; it is checked as for
    /// [`List::and`](crate::List::and).
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
    /// Whether the database cannot be the one to tell that the row is not there: the request may not see all rows.
    pub(crate) fn is_checked(&self) -> bool {
        !matches!(&self.visible, Predicate::All(all) if all.is_empty())
    }

    /// Returns the condition of the row.
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
