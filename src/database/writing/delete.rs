//! Deleting a row.

use super::unit_of_work::{UnitOfWork, row};
use crate::{error::Result, operation::Delete, statement::Statement};

impl UnitOfWork<'_> {
    /// Deletes a row; returns whether it existed.
    pub(super) async fn delete(&self, delete: &Delete) -> Result<bool> {
        let locked = self
            .lock(&delete.condition, &delete.precondition, [])
            .await?;
        let Some(locked) = locked else {
            return Ok(false);
        };
        let row = row(self.model, &locked.key);
        let statement = Statement::delete(self.model, &row, self.database.dialect());
        self.write(statement, &[]).await.map(|_| true)
    }
}
