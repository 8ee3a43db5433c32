//! [`LockedRow`]: a row that no other transaction can change before this transaction ends.

use super::{super::new_key::keyless, unit_of_work::UnitOfWork};
use crate::{
    cell::{Cell, Value},
    error::Result,
    model::ColumnNumber,
    operation::{Object, Page, Precondition, Retrieve},
    predicate::Predicate,
};

/// A row that is locked for the rest of the transaction.
pub(super) struct LockedRow {
    /// The primary key.
    pub(super) key: Vec<Value>,
    object: Object,
    /// The columns that were read, ascending.
    columns: Vec<ColumnNumber>,
}

impl LockedRow {
    /// Returns the row, with the columns that were read.
    pub(super) fn object(&self) -> Object {
        self.object.clone()
    }

    /// Returns the value of a column; a null if the column was not read.
    pub(super) fn cell(&self, column: ColumnNumber) -> Cell<'_> {
        let at = self.columns.binary_search(&column).ok();
        let row = self.object.row();
        at.zip(row).map_or(Cell::Null, |(at, row)| row.cell(at))
    }
}

/// Rows that are locked for the rest of the transaction.
pub(super) struct LockedRows {
    /// The primary keys, in the order of the rows.
    pub(super) keys: Vec<Vec<Value>>,
    pub(super) page: Page,
    /// The columns that were read, ascending.
    pub(super) columns: Vec<ColumnNumber>,
}

impl LockedRows {
    pub(super) fn each(&self) -> impl Iterator<Item = LockedRow> {
        let keys = self.keys.iter().enumerate();
        keys.map(|(at, key)| LockedRow {
            key: key.clone(),
            object: self.page.object(at),
            columns: self.columns.clone(),
        })
    }
}

impl UnitOfWork<'_> {
    /// Locks the row that meets `condition`, and reads its primary key and the columns `also`; `None` if no row meets
    /// it.
    pub(super) async fn lock(
        &self,
        condition: &Predicate,
        precondition: &Precondition,
        also: impl IntoIterator<Item = ColumnNumber>,
    ) -> Result<Option<LockedRow>> {
        let key = self.model.primary_key();
        let mut columns: Vec<_> = precondition.columns(self.model).chain(also).collect();
        columns.extend_from_slice(key);
        columns.sort_unstable();
        columns.dedup();
        let row = Retrieve {
            locks: true,
            ..Retrieve::new(condition.clone(), columns.clone())
        };
        let object = self.read(self.model, row).await?;
        let Some(object) = object else {
            return Ok(None);
        };
        if let Some(row) = object.row() {
            precondition.check(self.model, row, &columns)?;
        }
        let part = |column: &ColumnNumber| object.value(*column, &columns);
        let key: Option<Vec<_>> = key.iter().map(part).collect();
        Ok(Some(LockedRow {
            key: key.ok_or_else(keyless)?,
            object,
            columns,
        }))
    }
}
