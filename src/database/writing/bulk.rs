//! Changing or deleting every row that a list selects.

use super::{
    rows_by_key::{any, key_of, list},
    unit_of_work::{UnitOfWork, outside_scope},
};
use crate::{
    cell::Value,
    error::{Code, Error, Result, SERVER_FAILED},
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
        let keys = self.lock_all(&update.rows).await?;
        self.refer(&update.references).await?;
        if update.changes.is_empty() {
            return Ok(keys.len() as u64);
        }
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
        let keys = self.lock_all(&delete.rows).await?;
        for keys in keys.chunks(CHUNK) {
            let (these, dialect) = (any(model, key, keys), self.database.dialect());
            self.write(Statement::delete(model, &these, dialect), &[])
                .await?;
        }
        Ok(keys.len() as u64)
    }

    /// Locks the selected rows in the order of their keys, and returns these; an error if there are too many.
    async fn lock_all(&self, rows: &Selected) -> Result<Vec<Vec<Value>>> {
        if let Some(Parent { model, condition }) = &rows.parent {
            let parent = Retrieve::new(condition.clone(), model.key().to_vec());
            if self.read(model, parent).await?.is_none() {
                return Err(Error::no_such_object());
            }
        }
        let (model, key) = (self.model, self.model.primary_key());
        let mut columns = key.to_vec();
        columns.sort_unstable();
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
        Ok(page
            .rows
            .iter()
            .filter_map(|row| key_of(row, key, &columns))
            .collect())
    }
}
