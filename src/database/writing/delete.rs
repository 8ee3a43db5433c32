//! Deleting a row.

use super::unit_of_work::{UnitOfWork, row};
use crate::{error::Result, operation::Delete, statement::Statement};

impl UnitOfWork<'_> {
    /// Deletes a row; returns whether it existed.
    pub(super) async fn delete(&self, delete: &Delete) -> Result<bool> {
        let also = self.hooked_by_deletes();
        let locked = self.lock(&delete.condition, &delete.precondition, also);
        let Some(locked) = locked.await? else {
            return Ok(false);
        };
        self.before_delete(&locked).await?;
        let row = row(self.model, &locked.key);
        let statement = Statement::delete(self.model, &row, self.database.dialect());
        self.write(statement, &[]).await?;
        self.after_delete(&locked).await.map(|()| true)
    }
}
