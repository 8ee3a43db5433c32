//! What only reading tells: which views, and tables with rows elsewhere, cannot be read, and what columns of bytes hold.
//!
//! The statement finds what a view lacks, or its definer; the first row runs its functions, and asks another server.
//! One that takes long is served: that it is slow says nothing of whether it can be read.

use std::time::{Duration, Instant};

use sqlx::{Error, Executor as _, MySqlConnection, MySqlPool, error::DatabaseError};

use super::{
    super::{SAMPLED_BYTES, failure::unread, trusted},
    number_of,
};
use crate::{catalog::Table, error::Result};

/// How long the first row of one may take, and those of all.
const LONGEST: Duration = Duration::from_millis(500);
const LONGEST_OF_ALL: Duration = Duration::from_secs(10);

/// How many values are looked at from each end of a table.
const SAMPLES: usize = 250;

/// The places of the tables that cannot be read, and why.
pub(super) async fn broken(
    connection: &mut MySqlConnection,
    tables: &[Table],
    probed: &[usize],
    is_maria: bool,
) -> Result<Vec<(usize, String)>> {
    let started = Instant::now();
    let mut broken = Vec::new();
    for at in probed {
        let Some(table) = tables.get(*at) else {
            continue;
        };
        let runs = started.elapsed() < LONGEST_OF_ALL - LONGEST;
        match probe(connection, table, is_maria, runs).await {
            Ok(()) => {}
            Err(Error::Database(error)) if tells_nothing(&*error) => {}
            Err(Error::Database(error)) => {
                let what = if table.is_view { "view" } else { "table" };
                broken.push((
                    *at,
                    format!("a {what} that cannot be read: {}", error.message()),
                ));
            }
            Err(error) => return Err(unread(error)),
        }
    }
    Ok(broken)
}

/// Reads the first row, or has that prepared where it is not to be `run`.
async fn probe(
    connection: &mut MySqlConnection,
    table: &Table,
    is_maria: bool,
    run: bool,
) -> sqlx::Result<()> {
    let columns = table.columns.iter().map(|column| quoted(&column.sql));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let columns = if columns.is_empty() { "1" } else { &columns };
    let (before, hint) = match is_maria {
        true => ("SET STATEMENT max_statement_time = 0.5 FOR ", ""),
        false => ("", "/*+ MAX_EXECUTION_TIME(500) */ "),
    };
    let limit = u8::from(run);
    let sql = format!(
        "START TRANSACTION READ ONLY; {before}SELECT {hint}{columns} FROM {} LIMIT {limit}",
        full_name(table)
    );
    let read = connection.execute(sqlx::raw_sql(trusted(sql.into()))).await;
    connection.execute("ROLLBACK").await?;
    read.map(drop)
}

/// Samples of a column of bytes, from both ends of its table: of each the first bytes.
pub(super) async fn bytes_of(
    pool: &MySqlPool,
    table: &Table,
    column: &str,
) -> Result<Vec<Vec<u8>>> {
    let (column, name) = (quoted(column), full_name(table));
    let part = format!("SELECT LEFT({column}, {SAMPLED_BYTES}) AS sample FROM {name}");
    let mut sql = format!("({part} LIMIT {SAMPLES})");
    if !table.key.is_empty() {
        let key = table.key.iter().map(|column| quoted(column) + " DESC");
        let key = key.collect::<Vec<_>>().join(", ");
        sql = format!("{sql} UNION ALL ({part} ORDER BY {key} LIMIT {SAMPLES})");
    }
    let found = sqlx::query_scalar(trusted(sql.into())).fetch_all(pool);
    let found: Vec<Option<Vec<u8>>> = found.await.map_err(unread)?;
    Ok(found.into_iter().flatten().collect())
}

fn full_name(table: &Table) -> String {
    let schema = table.schema.as_deref();
    let schema = schema.map_or_else(String::new, |schema| quoted(schema) + ".");
    schema + &quoted(&table.name)
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Whether a failure is of the moment, or of the probe: too slow, a lock, a function that writes.
fn tells_nothing(error: &dyn DatabaseError) -> bool {
    matches!(
        number_of(error),
        1205 | 1213 | 1317 | 1792 | 1969 | 3024 | 3572
    )
}
