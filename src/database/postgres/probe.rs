//! Which views and foreign tables cannot be read: only reading them tells.
//!
//! A plan finds what a view lacks, or the login; the first row runs its functions, and asks the server of a foreign table.
//! A slow one is served: it can be read.

use sqlx::{Executor as _, PgConnection, error::DatabaseError};

use super::super::{
    server::Probe,
    sql::{quoted, trusted},
};
use crate::catalog::Table;

const BEGIN: &str =
    "BEGIN READ ONLY; SET LOCAL statement_timeout = 500; SET LOCAL lock_timeout = 500";

/// A connection that reads first rows.
pub(super) struct PostgresProbe<'c>(pub(super) &'c mut PgConnection);

impl Probe for PostgresProbe<'_> {
    async fn probe(&mut self, table: &Table, run: bool) -> sqlx::Result<()> {
        let columns = table.columns.iter().map(|column| quoted(&column.sql, '"'));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let schema = table
            .schema
            .as_deref()
            .map_or_else(String::new, |schema| quoted(schema, '"') + ".");
        let explain = if run { "" } else { "EXPLAIN " };
        let sql = format!(
            "{BEGIN}; {explain}SELECT {columns} FROM {schema}{} LIMIT 1",
            quoted(&table.name, '"')
        );
        let read = self.0.execute(sqlx::raw_sql(trusted(sql.into()))).await;
        self.0.execute("ROLLBACK").await?;
        read.map(drop)
    }

    /// Too slow, a lock, a resource, a function that writes.
    fn tells_nothing(error: &dyn DatabaseError) -> bool {
        let code = error.code().unwrap_or_default();
        matches!(&*code, "57014" | "55P03" | "25006")
            || code.starts_with("40")
            || code.starts_with("53")
    }
}
