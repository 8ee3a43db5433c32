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
        let key = self.lock(&update.condition, &update.precondition).await?;
        let Some(key) = key else {
            return Ok(None);
        };
        self.refer(&update.references).await?;
        if !update.changes.is_empty() {
            let (row, dialect) = (row(model, &key), self.database.dialect());
            let statement = Statement::update(model, &row, &update.changes, dialect);
            self.write(statement, &update.references).await?;
        }
        let parts = model.primary_key().iter().zip(key);
        let key = parts.map(|(column, before)| match update.changes.at(*column) {
            Some(Set::To(value)) => value.clone(),
            Some(Set::Null | Set::Default | Set::Next) | None => before,
        });
        let key: Vec<_> = key.collect();
        self.show(&update.shown, &key).await.map(Some)
    }
}
