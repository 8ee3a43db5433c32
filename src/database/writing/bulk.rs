//! Changing or deleting every row that a list selects.

use super::{
    rows_by_key::{any, key_of, list},
    unit_of_work::{UnitOfWork, outside_scope},
};
use crate::{
    cell::{Cell, Rows, Value},
    error::{Code, Error, Result, SERVER_FAILED},
    model::ColumnNumber,
    operation::{DeleteMany, List, Parent, Retrieve, Selected, UpdateMany},
    params::{Count, Order, Paging, Position},
    statement::Statement,
};

/// The most rows that one statement names by their keys.
const CHUNK: usize = 500;

impl UnitOfWork<'_> {
    /// Changes the selected rows; returns their number.
    pub(super) async fn update_many(&self, update: &UpdateMany) -> Result<u64> {
        let (model, key) = (self.model, self.model.primary_key());
        let also = update.validators.columns(model);
        let (rows, columns) = self.lock_all(&update.rows, also).await?;
        let keys = keys_of(&rows, key, &columns);
        self.refer(&update.references).await?;
        if update.changes.is_empty() {
            return Ok(keys.len() as u64);
        }
        validate(update, &rows, &columns)?;
        if update.changes.merged().next().is_some() {
            let source = "a merge patch changes one row; many rows are set to whole documents";
            return Err(Error::new(Code::Internal, SERVER_FAILED).with_source(source));
        }
        for keys in keys.chunks(CHUNK) {
            let (these, dialect) = (any(model, key, keys), self.database.dialect());
            let statement = Statement::update(model, &these, &update.changes, dialect);
            self.write(statement, &update.references).await?;
            let seen = list(model, key, keys, &update.visible, key.to_vec());
            if self.read(model, seen).await?.rows.len() < keys.len() {
                return Err(outside_scope());
            }
        }
        Ok(keys.len() as u64)
    }

    /// Deletes the selected rows; returns their number.
    pub(super) async fn delete_many(&self, delete: &DeleteMany) -> Result<u64> {
        let (model, key) = (self.model, self.model.primary_key());
        let (rows, columns) = self.lock_all(&delete.rows, Vec::new()).await?;
        let keys = keys_of(&rows, key, &columns);
        for keys in keys.chunks(CHUNK) {
            let (these, dialect) = (any(model, key, keys), self.database.dialect());
            self.write(Statement::delete(model, &these, dialect), &[])
                .await?;
        }
        Ok(keys.len() as u64)
    }

    /// Locks the selected rows in the order of their keys; returns them with the columns that were read, ascending: those
    /// of the key and `columns`. An error if there are too many rows.
    async fn lock_all(
        &self,
        rows: &Selected,
        mut columns: Vec<ColumnNumber>,
    ) -> Result<(Rows, Vec<ColumnNumber>)> {
        if let Some(Parent { model, condition }) = &rows.parent {
            let parent = Retrieve::new(condition.clone(), model.key().to_vec());
            if self.read(model, parent).await?.is_none() {
                return Err(Error::no_such_object());
            }
        }
        let (model, key) = (self.model, self.model.primary_key());
        columns.extend_from_slice(key);
        columns.sort_unstable();
        columns.dedup();
        let paging = Paging {
            position: Position::Page(1),
            size: rows.most,
            count: Count::Off,
            deepest: u64::MAX,
        };
        // All requests lock rows in the same order, so that two of them do not wait for each other.
        let order = key.iter().map(|column| Order::by(*column)).collect();
        let list = List {
            locks: true,
            ..List::new(rows.filter.clone(), order, columns.clone(), paging)
        };
        let page = self.read(model, list).await?;
        if page.more {
            let most = rows.most;
            let detail = format!(
                "the filters select more than {most} rows, the most that are changed at once"
            );
            return Err(Error::new(Code::LimitExceeded, detail));
        }
        Ok((page.rows, columns))
    }
}

/// Runs the validators on every row, which has the columns `read`; an error of the first row that has one.
fn validate(update: &UpdateMany, rows: &Rows, read: &[ColumnNumber]) -> Result<()> {
    for row in rows.iter() {
        let stored = |column: ColumnNumber| {
            let at = read.binary_search(&column).ok();
            at.map_or(Cell::Null, |at| row.cell(at))
        };
        update.changes.validate(&update.validators, Some(&stored))?;
    }
    Ok(())
}

/// Returns the keys of rows with the columns `read`.
fn keys_of(rows: &Rows, key: &[ColumnNumber], read: &[ColumnNumber]) -> Vec<Vec<Value>> {
    let keys = rows.iter().map(|row| key_of(row, key, read));
    keys.flatten().collect()
}
