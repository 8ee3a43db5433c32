//! Changing or deleting every row that a list selects.

use super::{
    super::new_key::keyless,
    locked_row::LockedRows,
    rows_by_key::{any, key_of, list},
    unit_of_work::{UnitOfWork, outside_scope},
};
use crate::{
    cell::Value,
    error::{Code, Error, Result, SERVER_FAILED},
    model::ColumnNumber,
    operation::{DeleteMany, List, Parent, Retrieve, Selected, UpdateMany},
    params::{Count, Order, Paging, Position},
    statement::Statement,
};

/// The most rows that one statement selects by their keys.
pub(super) const CHUNK: usize = 500;

impl UnitOfWork<'_> {
    /// Changes the selected rows; returns their number.
    pub(super) async fn update_many(&self, update: &UpdateMany) -> Result<u64> {
        let (model, key) = (self.model, self.model.primary_key());
        let mut also = self.hooked_by_updates();
        let are_hooked = !also.is_empty();
        also.extend(update.validators.columns(model));
        let rows = self.lock_all(&update.rows, also).await?;
        self.refer(&update.references).await?;
        if update.changes.is_empty() {
            return Ok(rows.keys.len() as u64);
        }
        if update.changes.merged().next().is_some() {
            let source = "a merge patch changes one row; many rows are set to whole documents";
            return Err(Error::new(Code::Internal, SERVER_FAILED).with_source(source));
        }
        let keys = match are_hooked {
            true => self.change_each(&rows, update).await?,
            false => {
                for row in rows.each() {
                    let stored = |column| row.cell(column);
                    update.changes.validate(&update.validators, Some(&stored))?;
                }
                rows.keys
            }
        };
        for keys in keys.chunks(CHUNK) {
            if !are_hooked {
                let (these, dialect) = (any(model, key, keys), self.database.dialect());
                let statement = Statement::update(model, &these, &update.changes, dialect);
                self.write(statement, &update.references).await?;
            }
            let seen = list(model, key, keys, &update.visible, key.to_vec());
            if self.read(model, seen).await?.rows.len() < keys.len() {
                return Err(outside_scope());
            }
        }
        Ok(keys.len() as u64)
    }

    /// Changes the rows one by one, since hooks may set different values in each; returns their keys after the change.
    async fn change_each(&self, rows: &LockedRows, update: &UpdateMany) -> Result<Vec<Vec<Value>>> {
        let mut keys = Vec::with_capacity(rows.keys.len());
        for row in rows.each() {
            let changes = (&update.changes, &update.validators);
            let changed = self.change(&row, changes, &update.references);
            keys.push(changed.await?);
        }
        Ok(keys)
    }

    /// Deletes the selected rows; returns their number.
    pub(super) async fn delete_many(&self, delete: &DeleteMany) -> Result<u64> {
        let (model, key) = (self.model, self.model.primary_key());
        let hooked = self.hooked_by_deletes();
        let are_hooked = !hooked.is_empty();
        let rows = self.lock_all(&delete.rows, hooked).await?;
        if are_hooked {
            for row in rows.each() {
                self.before_delete(&row).await?;
            }
        }
        for keys in rows.keys.chunks(CHUNK) {
            let (these, dialect) = (any(model, key, keys), self.database.dialect());
            self.write(Statement::delete(model, &these, dialect), &[])
                .await?;
        }
        if are_hooked {
            for row in rows.each() {
                self.after_delete(&row).await?;
            }
        }
        Ok(rows.keys.len() as u64)
    }

    /// Locks the selected rows in the order of their keys, and reads their primary keys and the columns `also`. Returns
    /// an error if more rows are selected than one request may change.
    async fn lock_all(&self, rows: &Selected, also: Vec<ColumnNumber>) -> Result<LockedRows> {
        if let Some(Parent { model, condition }) = &rows.parent {
            let parent = Retrieve::new(condition.clone(), model.key().to_vec());
            if self.read(model, parent).await?.is_none() {
                return Err(Error::no_such_object());
            }
        }
        let (model, key) = (self.model, self.model.primary_key());
        let mut columns = also;
        columns.extend_from_slice(key);
        columns.sort_unstable();
        columns.dedup();
        let paging = Paging {
            position: Position::Page(1),
            size: rows.most,
            count: Count::Off,
            offers_exact: false,
            deepest: u64::MAX,
        };
        // All requests lock rows in this order, so that no two requests wait for each other's rows.
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
        let keys = page.rows.iter().map(|row| key_of(row, key, &columns));
        Ok(LockedRows {
            keys: keys.collect::<Option<_>>().ok_or_else(keyless)?,
            page,
            columns,
        })
    }
}
