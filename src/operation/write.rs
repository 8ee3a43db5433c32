//! Operations that change rows: create, update, delete.

use std::fmt;

use super::{Changes, Parent, Precondition, Reference, Retrieve, Validators};
use crate::{
    condition::Condition,
    error::{Error, Result},
    model::{ColumnNumber, Model},
    params::Served,
    predicate::Predicate,
};

/// An operation that inserts rows: one, or all of an array.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Create {
    /// The parent row, which must exist.
    pub(crate) parent: Option<Parent>,
    /// The columns of each new row that copy a column of the parent row: pairs of the new row's and the parent's
    /// column. For a POST to `/cars/1/parts/`, the part's `car_id` copies that of the car.
    pub(crate) inherited: Vec<(ColumnNumber, ColumnNumber)>,
    /// The values of each new row.
    pub(crate) rows: Vec<Changes>,
    /// How to treat new rows whose unique key is stored already; `None` refuses them.
    pub(crate) upsert: Option<Upsert>,
    /// Whether the rows are those of an array, whose faults have pointers such as `/3/year`.
    pub(crate) is_array: bool,
    pub(crate) references: Vec<Reference>,
    /// The program's checks of each row before it is written.
    pub(crate) validators: Validators,
    /// The operation that reads a written row back for the answer. If a row does not meet the condition of this
    /// operation, nothing is written.
    pub(crate) shown: Retrieve,
}

/// How to treat a new row whose unique key is stored already.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Upsert {
    /// The columns of the unique key; every new row sets all of them.
    pub(crate) key: Vec<ColumnNumber>,
    /// Whether the stored row gets the values of the new row; otherwise the stored row stays as it is.
    pub(crate) merges: bool,
    /// The columns that the server sets in new rows only.
    pub(crate) only_new: Vec<ColumnNumber>,
    /// The columns that the server sets at each change.
    pub(crate) stamps: Vec<ColumnNumber>,
    /// The columns of `stamps` that each change raises by 1.
    pub(crate) versions: Vec<ColumnNumber>,
}

/// An operation that changes columns of a row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Update {
    /// The condition that selects the row by its values before the change.
    pub(crate) condition: Predicate,
    /// Conditions added by `and`, whose column names are not yet looked up in the model.
    pub(crate) also: Vec<Condition>,
    pub(crate) precondition: Precondition,
    pub(crate) changes: Changes,
    pub(crate) references: Vec<Reference>,
    /// The program's checks of the row before it is written.
    pub(crate) validators: Validators,
    /// The operation that reads the written row back for the answer. If the row does not meet the condition of this
    /// operation, nothing is written.
    pub(crate) shown: Retrieve,
}

/// An operation that deletes a row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Delete {
    pub(crate) condition: Predicate,
    /// Conditions added by `and`, whose column names are not yet looked up in the model.
    pub(crate) also: Vec<Condition>,
    pub(crate) precondition: Precondition,
}

impl Create {
    /// Returns the values of each new row, in the order of the body. They include the values that the server sets.
    pub fn rows(&self) -> &[Changes] {
        &self.rows
    }

    /// Returns the values of each new row, for a manager to change them.
    pub fn rows_mut(&mut self) -> &mut [Changes] {
        &mut self.rows
    }

    /// Returns the references of the row at index `row` to rows of other tables, as if it were the only row of the request:
    /// their faults then have pointers such as `/owner` and not `/3/owner`.
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

    /// Runs the validators on new rows; `offset` is the position of the first of them in the body's array.
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

    /// Returns the position of a row in the body's array, for the pointers of its faults; `None` if the body is no
    /// array.
    pub(crate) fn number(&self, row: usize) -> Option<usize> {
        self.is_array.then_some(row)
    }

    /// Refuses the insertion if a written row does not meet `condition`. A mistake in the condition is reported as by
    /// [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.shown = self.shown.and(condition);
        self
    }

    /// Looks the column names of the added conditions up in the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        self.shown = self.shown.read(model, relations)?;
        Ok(self)
    }
}

impl Update {
    /// Returns the columns that are changed, with their new values. They include the columns that the server sets.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Returns the columns that are changed, for a manager to change their values.
    pub fn changes_mut(&mut self) -> &mut Changes {
        &mut self.changes
    }

    /// Changes the row only if it meets `condition` before and after the change. A mistake in the condition is reported
    /// as by [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition.clone());
        self.shown = self.shown.and(condition);
        self
    }

    /// Looks the column names of the added conditions up in the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.condition = self.condition.and(condition.over(model, relations)?);
        }
        self.shown = self.shown.read(model, relations)?;
        Ok(self)
    }
}

impl Delete {
    /// Returns an operation that changes the row instead of deleting it, for a manager that only marks rows as deleted.
    /// Unlike after a usual change, the request need not be allowed to see the changed row.
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

    /// Deletes the row only if it meets the condition. A mistake in the condition is reported as by
    /// [`List::and`](crate::List::and).
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// Looks the column names of the added conditions up in the model.
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
