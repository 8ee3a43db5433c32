//! Checks of whole rows before they are written: [`Validators`] runs the program's closures, and each closure gets a
//! [`Change`].

use std::{cell::RefCell, fmt, sync::Arc};

use super::{
    named::{mistake, number_of},
    set::Set,
};
use crate::{
    cell::{Cell, Type},
    error::{Code, Error, Fault, Result},
    model::{ColumnNumber, Columns, DefaultValue, Model},
};

/// The write of one row: the argument of a closure of [`ViewSet::validate`](crate::ViewSet::validate). It gives the row
/// before and after the write, and takes the faults that the closure finds.
pub struct Change<'c> {
    model: &'c Model,
    /// The columns that are set, ascending.
    sets: &'c [(ColumnNumber, Set)],
    /// The columns of the stored row; `None` for a new row.
    before: Option<Stored<'c>>,
    faults: RefCell<Vec<Fault>>,
}

/// A function that returns the value of a column of the stored row.
pub(crate) type Stored<'c> = &'c (dyn Fn(ColumnNumber) -> Cell<'c> + 'c);

impl<'c> Change<'c> {
    /// Whether the row is new.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// Returns the value of a column in the stored row, which is locked; `None` for a new row.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column.
    pub fn before(&self, column: impl Columns) -> Result<Option<Cell<'c>>> {
        let number = number_of(self.model, column)?;
        Ok(self.before.map(|stored| stored(number)))
    }

    /// Returns the value that a column would have after the write, whether the request sets it or not. The value is
    /// null for a default that the database computes, and for a generated column that is not stored yet.
    ///
    /// # Errors
    ///
    /// The error of [`before`](Self::before).
    pub fn after(&self, column: impl Columns) -> Result<Cell<'c>> {
        let number = number_of(self.model, column)?;
        let stored = || self.before.map_or(Cell::Null, |stored| stored(number));
        Ok(match self.set(number) {
            Some(Set::To(value)) => self.typed(number, value.as_cell()),
            Some(Set::Default) => self.default(number),
            Some(Set::Next) => match stored() {
                Cell::Integer(number) => Cell::Integer(number.saturating_add(1)),
                _ => Cell::Null,
            },
            // Not reached: merge patches have been applied before this.
            Some(Set::Null | Set::Merge(_)) => Cell::Null,
            None if self.is_new() => self.default(number),
            None => stored(),
        })
    }

    /// Whether the write would change the value of a column. In a new row, this holds for every column that is not
    /// null.
    ///
    /// # Errors
    ///
    /// The error of [`before`](Self::before).
    pub fn is_changed(&self, column: impl Columns) -> Result<bool> {
        let number = number_of(self.model, column)?;
        let name = self.model.at(number).map_or("", |column| &column.sql);
        Ok(self.before(name)?.unwrap_or(Cell::Null) != self.after(name)?)
    }

    /// Reports a fault on a column, so that nothing is written: the response is a 400 `invalid_value` whose `pointer`
    /// is the column's member.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the model has no such column, or clients do not know it.
    pub fn fault(&self, column: impl Columns, words: impl Into<String>) -> Result<()> {
        let number = number_of(self.model, column)?;
        let column = self.model.at(number);
        let Some(column) = column.filter(|column| column.is_member()) else {
            return Err(mistake("a fault is on a column that clients do not know"));
        };
        let fault = Fault::member(column.name(), Code::InvalidValue, words);
        self.faults.borrow_mut().push(fault);
        Ok(())
    }

    fn set(&self, number: ColumnNumber) -> Option<&'c Set> {
        let at = self
            .sets
            .binary_search_by_key(&number, |(column, _)| *column);
        Some(&self.sets.get(at.ok()?)?.1)
    }

    fn default(&self, number: ColumnNumber) -> Cell<'c> {
        match self.model.at(number).map(|column| &column.default) {
            Some(Some(DefaultValue::Value(value))) => self.typed(number, value.as_cell()),
            Some(Some(DefaultValue::Sql(_)) | None) | None => Cell::Null,
        }
    }

    /// Returns the cell of a new value as it would be read from the database: a JSON document is no plain text.
    fn typed(&self, number: ColumnNumber, cell: Cell<'c>) -> Cell<'c> {
        let is_json = self
            .model
            .at(number)
            .is_some_and(|column| column.ty == Type::Json);
        match cell {
            Cell::Text(document) if is_json => Cell::Json(document),
            cell => cell,
        }
    }
}

/// The program's closures that check each row before it is written.
#[derive(Clone, Default)]
pub(crate) struct Validators(Vec<Arc<Validator>>);

type Validator = dyn Fn(&Change<'_>) -> Result<()> + Send + Sync;

impl Validators {
    pub(crate) fn add(
        &mut self,
        check: impl Fn(&Change<'_>) -> Result<()> + Send + Sync + 'static,
    ) {
        self.0.push(Arc::new(check));
    }

    /// Returns the columns that must be read of a stored row for the closures: all, since a closure may ask for any
    /// column.
    pub(crate) fn columns(&self, model: &Model) -> Vec<ColumnNumber> {
        match self.0.is_empty() {
            true => Vec::new(),
            false => model.numbered().map(|(number, _)| number).collect(),
        }
    }

    /// Runs every closure on a row before it is written. `sets` has the columns to set, ascending; `before` returns the
    /// values of the stored row.
    ///
    /// # Errors
    ///
    /// The first error that a closure returns; else all faults that the closures report, together.
    pub(crate) fn check<'c>(
        &self,
        model: &'c Model,
        sets: &'c [(ColumnNumber, Set)],
        before: Option<Stored<'c>>,
    ) -> Result<()> {
        let change = Change {
            model,
            sets,
            before,
            faults: RefCell::default(),
        };
        for validator in &self.0 {
            validator(&change)?;
        }
        let faults = change.faults.into_inner();
        Error::of_any(faults)
    }
}

/// Two are equal if they hold the same closures, by address.
impl PartialEq for Validators {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, other): (&Arc<Validator>, &Arc<Validator>)| Arc::ptr_eq(one, other);
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

impl fmt::Debug for Validators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Validators({})", self.0.len())
    }
}

/// Shows no values.
impl fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("model", &self.model.name())
            .field("is_new", &self.is_new())
            .finish_non_exhaustive()
    }
}
