//! Running the hooks of each row before and after it is written. Without hooks, nothing is read or copied.

use std::{borrow::Cow, sync::PoisonError};

use super::{
    locked_row::LockedRow,
    row_hooks::{HookPoint, RequestHooks, RowWrite},
    unit_of_work::UnitOfWork,
};
use crate::{
    cell::Value,
    error::Result,
    model::ColumnNumber,
    operation::{Changes, Create, Object, Page, Retrieve},
    predicate::Predicate,
};

const OF_UPDATES: &[HookPoint] = &[
    HookPoint::BeforeUpdate,
    HookPoint::AfterUpdate,
    HookPoint::Commit,
];
const OF_DELETES: &[HookPoint] = &[
    HookPoint::BeforeDelete,
    HookPoint::AfterDelete,
    HookPoint::Commit,
];

impl UnitOfWork<'_> {
    /// Returns the columns to be read for hooks of a change: all if there is such a hook, else none.
    pub(super) fn hooked_by_updates(&self) -> Vec<ColumnNumber> {
        self.columns_for(OF_UPDATES)
    }

    /// Returns the columns to be read for hooks of a deletion: all if there is such a hook, else none.
    pub(super) fn hooked_by_deletes(&self) -> Vec<ColumnNumber> {
        self.columns_for(OF_DELETES)
    }

    fn columns_for(&self, points: &[HookPoint]) -> Vec<ColumnNumber> {
        match self.hooks_at(points) {
            Some(_) => self.all_columns(),
            None => Vec::new(),
        }
    }

    fn all_columns(&self) -> Vec<ColumnNumber> {
        self.model.numbered().map(|(number, _)| number).collect()
    }

    fn hooks_at(&self, points: &[HookPoint]) -> Option<&RequestHooks> {
        self.hooks.filter(|hooks| hooks.has(points))
    }

    /// Runs the hooks before the insertion of rows; returns the rows as the hooks changed them. `offset` is the
    /// position of the first row in the body's array.
    pub(super) async fn before_create<'c>(
        &self,
        create: &Create,
        rows: Cow<'c, [Changes]>,
        offset: usize,
    ) -> Result<Cow<'c, [Changes]>> {
        let point = HookPoint::BeforeCreate;
        let Some(hooks) = self.hooks_at(&[point]) else {
            return Ok(rows);
        };
        let mut rows = rows.into_owned();
        for (at, row) in (offset..).zip(&mut rows) {
            let done = hooks.run(point, self.transaction, written(row, None, None));
            *row = done
                .await
                .map_err(|error| error.in_row(create.number(at)))?;
        }
        Ok(Cow::Owned(rows))
    }

    /// Runs the hooks after the insertion of rows with these keys.
    pub(super) async fn after_create(
        &self,
        create: &Create,
        (rows, keys): (&[Changes], &[Vec<Value>]),
        offset: usize,
    ) -> Result<()> {
        let Some(hooks) = self.hooks_at(&[HookPoint::AfterCreate, HookPoint::Commit]) else {
            return Ok(());
        };
        let page = self.whole_rows(keys).await?;
        for (at, row) in rows.iter().enumerate() {
            let write = written(row, None, Some(page.object(at)));
            let done = self.after(hooks, HookPoint::AfterCreate, write);
            done.await
                .map_err(|error| error.in_row(create.number(offset + at)))?;
        }
        Ok(())
    }

    /// Runs the hooks before the change of a row; returns the changes that the hooks returned.
    pub(super) async fn before_update<'c>(
        &self,
        locked: &LockedRow,
        changes: Cow<'c, Changes>,
    ) -> Result<Cow<'c, Changes>> {
        let point = HookPoint::BeforeUpdate;
        let Some(hooks) = self.hooks_at(&[point]) else {
            return Ok(changes);
        };
        let write = written(&changes, Some(locked.object()), None);
        let changes = hooks.run(point, self.transaction, write).await?;
        Ok(Cow::Owned(changes))
    }

    /// Runs the hooks after the change of a row; `key` is the row's key after the change.
    pub(super) async fn after_update(
        &self,
        locked: &LockedRow,
        changes: &Changes,
        key: &Vec<Value>,
    ) -> Result<()> {
        let Some(hooks) = self.hooks_at(&[HookPoint::AfterUpdate, HookPoint::Commit]) else {
            return Ok(());
        };
        let after = self.whole_rows(std::slice::from_ref(key)).await?.object(0);
        let write = written(changes, Some(locked.object()), Some(after));
        self.after(hooks, HookPoint::AfterUpdate, write).await
    }

    /// Runs the hooks before the deletion of a row.
    pub(super) async fn before_delete(&self, locked: &LockedRow) -> Result<()> {
        let point = HookPoint::BeforeDelete;
        let Some(hooks) = self.hooks_at(&[point]) else {
            return Ok(());
        };
        let write = written(&Changes::new(self.model), Some(locked.object()), None);
        hooks.run(point, self.transaction, write).await.map(drop)
    }

    /// Runs the hooks after the deletion of a row.
    pub(super) async fn after_delete(&self, locked: &LockedRow) -> Result<()> {
        let Some(hooks) = self.hooks_at(&[HookPoint::AfterDelete, HookPoint::Commit]) else {
            return Ok(());
        };
        let write = written(&Changes::new(self.model), Some(locked.object()), None);
        self.after(hooks, HookPoint::AfterDelete, write).await
    }

    async fn after(&self, hooks: &RequestHooks, point: HookPoint, write: RowWrite) -> Result<()> {
        let done = hooks.run(point, self.transaction, write.clone());
        done.await.map(drop)?;
        if hooks.has(&[HookPoint::Commit]) {
            let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
            written.push((hooks.clone(), write));
        }
        Ok(())
    }

    /// Reads every column of written rows, in the order of their keys.
    async fn whole_rows(&self, keys: &[Vec<Value>]) -> Result<Page> {
        let everything = Predicate::All(Vec::new());
        let whole = Retrieve::new(everything, self.all_columns());
        self.show_all(&whole, keys).await
    }
}

fn written(changes: &Changes, before: Option<Object>, after: Option<Object>) -> RowWrite {
    RowWrite {
        changes: changes.clone(),
        before,
        after,
    }
}
