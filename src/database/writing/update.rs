//! Changing a row.

use super::unit_of_work::{UnitOfWork, row};
use crate::{
    error::Result,
    operation::{Object, Set, Update},
    statement::Statement,
};

impl UnitOfWork<'_> {
    /// Changes a row and reads it again; `None` if the row does not exist.
    pub(super) async fn update(&self, update: &Update) -> Result<Option<Object>> {
        let model = self.model;
        let merged = update.changes.merged();
        let locked = self
            .lock(&update.condition, &update.precondition, merged)
            .await?;
        let Some(locked) = locked else {
            return Ok(None);
        };
        self.refer(&update.references).await?;
        if update.changes.sets_columns() {
            let changes = update.changes.merged_with(|column| locked.cell(column))?;
            let (row, dialect) = (row(model, &locked.key), self.database.dialect());
            let statement = Statement::update(model, &row, &changes, dialect);
            self.write(statement, &update.references).await?;
        }
        let parts = model.primary_key().iter().zip(locked.key);
        let key = parts.map(|(column, before)| match update.changes.at(*column) {
            Some(Set::To(value)) => value.clone(),
            Some(Set::Null | Set::Default | Set::Next | Set::Merge(_)) | None => before,
        });
        let key: Vec<_> = key.collect();
        self.write_nested(&key, &update.changes).await?;
        self.show(&update.shown, &key).await.map(Some)
    }
}
