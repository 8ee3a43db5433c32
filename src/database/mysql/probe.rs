//! Reading a little of each table: to find views and remote tables that cannot be read, and to sample columns of bytes.
//!
//! Preparing a statement detects missing tables, columns and definers. Reading the first row runs the functions of a
//! view and contacts remote servers. A view that is only slow is kept.

use sqlx::{Executor as _, MySqlConnection, MySqlPool, error::DatabaseError};

use super::{
    super::{
        driver::SAMPLED_BYTES,
        failure::unread,
        server::Probe,
        sql::{quoted, trusted},
    },
    codes::number_of,
};
use crate::{catalog::Table, error::Result};

/// The number of values that are sampled from each end of a table.
const SAMPLES: usize = 250;

/// The reader of the first rows of views, on one connection.
pub(super) struct MySqlProbe<'c> {
    pub(super) connection: &'c mut MySqlConnection,
    pub(super) is_maria: bool,
}

impl Probe for MySqlProbe<'_> {
    async fn probe(&mut self, table: &Table, run: bool) -> sqlx::Result<()> {
        let columns = table.columns.iter().map(|column| quoted(&column.sql, '`'));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let columns = if columns.is_empty() { "1" } else { &columns };
        let (before, hint) = match self.is_maria {
            true => ("SET STATEMENT max_statement_time = 0.5 FOR ", ""),
            false => ("", "/*+ MAX_EXECUTION_TIME(500) */ "),
        };
        let limit = u8::from(run);
        let sql = format!(
            "START TRANSACTION READ ONLY; {before}SELECT {hint}{columns} FROM {} LIMIT {limit}",
            full_name(table)
        );
        let read = self
            .connection
            .execute(sqlx::raw_sql(trusted(sql.into())))
            .await;
        self.connection.execute("ROLLBACK").await?;
        read.map(drop)
    }

    /// Whether the error is that of a statement that is too slow or waits for a lock, or of a view's function that
    /// writes, which the probe's read-only transaction forbids.
    fn tells_nothing(error: &dyn DatabaseError) -> bool {
        matches!(
            number_of(error),
            1205 | 1213 | 1317 | 1792 | 1969 | 3024 | 3572
        )
    }
}

/// Samples the values of a column of bytes, from both ends of the table; returns the first bytes of each value.
pub(super) async fn bytes_of(
    pool: &MySqlPool,
    table: &Table,
    column: &str,
) -> Result<Vec<Vec<u8>>> {
    let (column, name) = (quoted(column, '`'), full_name(table));
    let part = format!("SELECT LEFT({column}, {SAMPLED_BYTES}) AS sample FROM {name}");
    let mut sql = format!("({part} LIMIT {SAMPLES})");
    if !table.key.is_empty() {
        let key = table.key.iter().map(|column| quoted(column, '`') + " DESC");
        let key = key.collect::<Vec<_>>().join(", ");
        sql = format!("{sql} UNION ALL ({part} ORDER BY {key} LIMIT {SAMPLES})");
    }
    let found = sqlx::query_scalar(trusted(sql.into())).fetch_all(pool);
    let found: Vec<Option<Vec<u8>>> = found.await.map_err(unread)?;
    Ok(found.into_iter().flatten().collect())
}

fn full_name(table: &Table) -> String {
    let schema = table.schema.as_deref();
    let schema = schema.map_or_else(String::new, |schema| quoted(schema, '`') + ".");
    schema + &quoted(&table.name, '`')
}
