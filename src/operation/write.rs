//! Questions that change rows: create, update, delete.

use std::fmt;

use super::{Changes, Parent, Precondition, Reference, Retrieve, Validators};
use crate::{
    condition::Condition,
    error::{Error, Result},
    model::{ColumnNumber, Model},
    params::Served,
    predicate::Predicate,
};

/// A question that inserts rows: one, or all of an array.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Create {
    /// The parent row, which must exist.
    pub(crate) parent: Option<Parent>,
    /// The columns of each new row that get a value of the parent row, each with the parent's column: for a POST to
    /// `/cars/1/parts/`, the part's `car_id`.
    pub(crate) inherited: Vec<(ColumnNumber, ColumnNumber)>,
    /// The values of each new row.
    pub(crate) rows: Vec<Changes>,
    /// What is done about rows that are there already; `None` if a new row may not have the unique key of another.
    pub(crate) upsert: Option<Upsert>,
    /// Whether the rows are those of an array, whose faults have pointers such as `/3/year`.
    pub(crate) is_array: bool,
    pub(crate) references: Vec<Reference>,
    /// What checks each row before it is written.
    pub(crate) validators: Validators,
    /// The question that reads a written row for the answer. If one of the rows does not meet the condition of this
    /// question, nothing is written.
    pub(crate) shown: Retrieve,
}

/// What is done about a row that has the unique key of a new row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Upsert {
    /// The columns of the unique key, each of which the new row has.
    pub(crate) key: Vec<ColumnNumber>,
    /// Whether the row that is there gets the values of the new one; otherwise it stays as it is.
    pub(crate) merges: bool,
    /// The columns that the server sets in new rows only.
    pub(crate) only_new: Vec<ColumnNumber>,
    /// The columns that the server sets by each change.
    pub(crate) stamps: Vec<ColumnNumber>,
    /// The columns of `stamps` that each change raises by 1.
    pub(crate) versions: Vec<ColumnNumber>,
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
    /// What checks the row before it is written.
    pub(crate) validators: Validators,
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

impl Create {
    /// Returns the values that each row is created with, in the order of the body, those that the server sets included.
    pub fn rows(&self) -> &[Changes] {
        &self.rows
    }

    /// Returns the values that each row is created with, for a manager to change them.
    pub fn rows_mut(&mut self) -> &mut [Changes] {
        &mut self.rows
    }

    /// Returns the references of one row, as those of a body that is no array.
    pub(crate) fn references_of(&self, row: usize) -> Vec<Reference> {
        let own = |reference: &Reference| {
            let mut keys = reference.keys.iter();
            let key = keys.find(|(of, _)| of.is_none_or(|of| of == row));
            key.map(|(_, key)| Reference {
                keys: vec![(None, key.clone())],
                ..reference.clone()
            })
        };
        self.references.iter().filter_map(own).collect()
    }

    /// Runs the validators on new rows, the first of which has the number `offset` in the body's array.
    ///
    /// # Errors
    ///
    /// The faults of all rows together, or the first other error of a validator.
    pub(crate) fn validate(&self, rows: &[Changes], offset: usize) -> Result<()> {
        let mut faults = Vec::new();
        for (at, row) in (offset..).zip(rows) {
            match row.validate(&self.validators, None) {
                Err(error) if error.parameter_faults().is_empty() => return Err(error),
                Err(error) => {
                    let own = error.in_row(self.number(at));
                    faults.extend_from_slice(own.parameter_faults());
                }
                Ok(()) => {}
            }
        }
        Error::of_any(faults)
    }

    /// Returns the number of a row, for the pointers of its faults, if the rows are those of an array.
    pub(crate) fn number(&self, row: usize) -> Option<usize> {
        self.is_array.then_some(row)
    }

    /// Refuses the insertion if a written row does not meet `condition`. The condition itself is checked as for
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
    /// Returns the columns that are changed, with their values, those that the server sets included.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Returns the columns that are changed, for a manager to change their values.
    pub fn changes_mut(&mut self) -> &mut Changes {
        &mut self.changes
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
    /// Returns a question that changes the row instead of deleting it, for a manager that only marks rows as deleted.
    /// The changed row may be one that the request cannot see.
    ///
    /// ```
    /// use tower_rest::{Base, Delete, Manager, Model, Result};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     deleted: bool,
    /// }
    ///
    /// struct Kept;
    ///
    /// impl Manager for Kept {
    ///     async fn delete(&self, delete: Delete, base: Base) -> Result<bool> {
    ///         let mut update = delete.into_update(base.model());
    ///         update.changes_mut().set(Car::DELETED, true)?;
    ///         Ok(base.update(update).await?.is_some())
    ///     }
    /// }
    /// ```
    pub fn into_update(self, model: &Model) -> Update {
        let mut key = model.primary_key().to_vec();
        key.sort_unstable();
        Update {
            condition: self.condition,
            also: self.also,
            precondition: self.precondition,
            changes: Changes::new(model),
            validators: Validators::default(),
            references: Vec::new(),
            shown: Retrieve::new(Predicate::All(Vec::new()), key),
        }
    }

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

/// Shows the columns, but no values.
impl fmt::Debug for Create {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Create")
            .field("rows", &self.rows)
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
