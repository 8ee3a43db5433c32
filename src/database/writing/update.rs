//! Changing a row.

use super::{
    locked_row::LockedRow,
    unit_of_work::{UnitOfWork, row},
};
use crate::{
    cell::Value,
    error::Result,
    operation::{Changes, Object, Reference, Set, Update, Validators},
    statement::Statement,
};

impl UnitOfWork<'_> {
    /// Changes a row and reads it back; returns `None` if the row does not exist.
    pub(super) async fn update(&self, update: &Update) -> Result<Option<Object>> {
        let hooked = self.hooked_by_updates();
        let also = update.changes.merged().chain(hooked);
        let also = also.chain(update.validators.columns(self.model));
        let locked = self.lock(&update.condition, &update.precondition, also);
        let Some(locked) = locked.await? else {
            return Ok(None);
        };
        self.refer(&update.references).await?;
        let changes = (&update.changes, &update.validators);
        let key = self.change(&locked, changes, &update.references);
        let key = key.await?;
        self.show(&update.shown, &key).await.map(Some)
    }

    /// Changes a locked row, its pairs and its nested rows, if there is a change; returns the primary key after the
    /// change. The validators check the row as it will be, with the changes by hooks.
    pub(super) async fn change(
        &self,
        locked: &LockedRow,
        (changes, validators): (&Changes, &Validators),
        references: &[Reference],
    ) -> Result<Vec<Value>> {
        if changes.is_empty() {
            return Ok(locked.key.clone());
        }
        let model = self.model;
        let changes = changes.merged_with(|column| locked.cell(column))?;
        let changes = self.before_update(locked, changes).await?;
        if changes.sets_columns() {
            changes.validate(validators, Some(&|column| locked.cell(column)))?;
            let (row, dialect) = (row(model, &locked.key), self.database.dialect());
            let statement = Statement::update(model, &row, &changes, dialect);
            self.write(statement, references).await?;
        }
        let parts = model.primary_key().iter().zip(&locked.key);
        let key = parts.map(|(column, before)| match changes.at(*column) {
            Some(Set::To(value)) => value.clone(),
            Some(Set::Null | Set::Default | Set::Next | Set::Merge(_)) | None => before.clone(),
        });
        let key: Vec<_> = key.collect();
        self.write_nested(&key, &changes).await?;
        self.after_update(locked, &changes, &key).await?;
        Ok(key)
    }
}
