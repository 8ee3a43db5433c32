//! Operations that change or delete every row that a list selects.

use std::fmt;

#[cfg(doc)]
use super::Delete;
use super::{Changes, Parent, Reference, Validators};
use crate::{
    condition::Condition, error::Result, model::Model, params::Served, predicate::Predicate,
};

/// An operation that changes columns of every row that a list selects, such as a PATCH of `/cars/?make=Fiat`.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct UpdateMany {
    pub(crate) rows: Selected,
    pub(crate) changes: Changes,
    pub(crate) references: Vec<Reference>,
    /// The program's checks of each row before it is written.
    pub(crate) validators: Validators,
    /// The condition that every row must meet after the change; otherwise nothing is written.
    pub(crate) visible: Predicate,
}

/// An operation that deletes every row that a list selects, such as a DELETE of `/cars/?make=Fiat`.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct DeleteMany {
    pub(crate) rows: Selected,
}

/// The rows that a list selects.
#[derive(Clone, PartialEq)]
pub(crate) struct Selected {
    /// The parent row, which must exist.
    pub(crate) parent: Option<Parent>,
    pub(crate) filter: Predicate,
    /// Conditions added by `and`, whose column names are not yet looked up in the model.
    pub(crate) also: Vec<Condition>,
    /// The most rows that may be selected; if more are, none is written.
    pub(crate) most: u64,
}

impl Selected {
    /// Looks the column names of the added conditions up in the model.
    fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.filter = self.filter.and(condition.over(model, relations)?);
        }
        Ok(self)
    }
}

impl UpdateMany {
    /// Returns the columns that are changed, with their values.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Returns the columns that are changed, for a manager to change their values.
    pub fn changes_mut(&mut self) -> &mut Changes {
        &mut self.changes
    }

    /// Limits the change to selected rows that meet the condition before the change. A mistake in the condition is
    /// reported as by [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.rows.also.push(condition);
        self
    }

    /// Looks the column names of the added conditions up in the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        self.rows = self.rows.read(model, relations)?;
        Ok(self)
    }
}

impl DeleteMany {
    /// Returns an operation that changes the rows instead of deleting them, as [`Delete::into_update`] does for one
    /// row.
    pub fn into_update_many(self, model: &Model) -> UpdateMany {
        UpdateMany {
            rows: self.rows,
            changes: Changes::new(model),
            validators: Validators::default(),
            references: Vec::new(),
            visible: Predicate::All(Vec::new()),
        }
    }

    /// Limits the deletion to selected rows that meet the condition. A mistake in the condition is reported as by
    /// [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.rows.also.push(condition);
        self
    }

    /// Looks the column names of the added conditions up in the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        self.rows = self.rows.read(model, relations)?;
        Ok(self)
    }
}

/// Shows the columns, but neither values nor the rows.
impl fmt::Debug for UpdateMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateMany")
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}

/// Does not show which rows are deleted.
impl fmt::Debug for DeleteMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeleteMany").finish_non_exhaustive()
    }
}
