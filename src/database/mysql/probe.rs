//! Which views, and tables with rows elsewhere, cannot be read: only reading them tells.
//!
//! The statement finds what a view lacks, or its definer; the first row runs its functions, and asks another server.
//! A slow one is served: it can be read.

use sqlx::{Executor as _, MySqlConnection, error::DatabaseError};

use super::{
    super::{
        server::Probe,
        sql::{quoted, trusted},
    },
    codes::number_of,
};
use crate::catalog::Table;

/// A connection that reads first rows.
pub(super) struct MySqlProbe<'c> {
    pub(super) connection: &'c mut MySqlConnection,
    pub(super) is_maria: bool,
}

impl Probe for MySqlProbe<'_> {
    async fn probe(&mut self, table: &Table, run: bool) -> sqlx::Result<()> {
        let columns = table.columns.iter().map(|column| quoted(&column.sql, '`'));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let columns = if columns.is_empty() { "1" } else { &columns };
        let schema = table
            .schema
            .as_deref()
            .map_or_else(String::new, |schema| quoted(schema, '`') + ".");
        let (before, hint) = match self.is_maria {
            true => ("SET STATEMENT max_statement_time = 0.5 FOR ", ""),
            false => ("", "/*+ MAX_EXECUTION_TIME(500) */ "),
        };
        let limit = u8::from(run);
        let sql = format!(
            "START TRANSACTION READ ONLY; {before}SELECT {hint}{columns} FROM {schema}{} LIMIT {limit}",
            quoted(&table.name, '`')
        );
        let read = self
            .connection
            .execute(sqlx::raw_sql(trusted(sql.into())))
            .await;
        self.connection.execute("ROLLBACK").await?;
        read.map(drop)
    }

    /// Too slow, a lock, a function that writes.
    fn tells_nothing(error: &dyn DatabaseError) -> bool {
        matches!(
            number_of(error),
            1205 | 1213 | 1317 | 1792 | 1969 | 3024 | 3572
        )
    }
}
