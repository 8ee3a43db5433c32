//! Reading a little of each view and foreign table, to find those that cannot be read.
//!
//! Planning a statement detects missing tables, columns and privileges. Reading the first row runs the functions of a
//! view and contacts the server of a foreign table. A view that is only slow is kept.

use sqlx::{Executor as _, PgConnection, error::DatabaseError};

use super::super::{
    server::Probe,
    sql::{quoted, trusted},
};
use crate::catalog::Table;

const BEGIN: &str =
    "BEGIN READ ONLY; SET LOCAL statement_timeout = 500; SET LOCAL lock_timeout = 500";

/// The reader of the first rows of views, on this connection.
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

    /// Whether the error is that of a statement that is too slow or waits for a lock or resource, or of a view's
    /// function that writes, which the probe's read-only transaction forbids.
    fn tells_nothing(error: &dyn DatabaseError) -> bool {
        let code = error.code().unwrap_or_default();
        matches!(&*code, "57014" | "55P03" | "25006")
            || code.starts_with("40")
            || code.starts_with("53")
    }
}
