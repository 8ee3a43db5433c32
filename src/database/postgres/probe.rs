//! Which views and foreign tables cannot be read: only reading them tells.
//!
//! A plan finds what a view lacks, or the login; the first row runs its functions, and asks the server of a foreign table.
//! One that takes long is served: that it is slow says nothing of whether it can be read.

use std::time::{Duration, Instant};

use sqlx::{Error, Executor as _, PgConnection, error::DatabaseError};

use super::{
    super::{failure::unread, trusted},
    quoted,
};
use crate::{catalog::Table, error::Result};

/// How long the first row of one may take, and those of all.
const LONGEST: Duration = Duration::from_millis(500);
const LONGEST_OF_ALL: Duration = Duration::from_secs(10);

const BEGIN: &str =
    "BEGIN READ ONLY; SET LOCAL statement_timeout = 500; SET LOCAL lock_timeout = 500";

/// The places of the tables that cannot be read, and why.
pub(super) async fn broken(
    connection: &mut PgConnection,
    tables: &[Table],
    probed: &[usize],
) -> Result<Vec<(usize, String)>> {
    let started = Instant::now();
    let mut broken = Vec::new();
    for at in probed {
        let Some(table) = tables.get(*at) else {
            continue;
        };
        let runs = started.elapsed() < LONGEST_OF_ALL - LONGEST;
        match probe(connection, table, runs).await {
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

/// Reads the first row, or has that planned where it is not to be `run`.
async fn probe(connection: &mut PgConnection, table: &Table, run: bool) -> sqlx::Result<()> {
    let columns = table.columns.iter().map(|column| quoted(&column.sql));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let schema = table
        .schema
        .as_deref()
        .map_or_else(String::new, |schema| quoted(schema) + ".");
    let explain = if run { "" } else { "EXPLAIN " };
    let sql = format!(
        "{BEGIN}; {explain}SELECT {columns} FROM {schema}{} LIMIT 1",
        quoted(&table.name)
    );
    let read = connection.execute(sqlx::raw_sql(trusted(sql.into()))).await;
    connection.execute("ROLLBACK").await?;
    read.map(drop)
}

/// Whether a failure is of the moment, or of the probe: too slow, a lock, a resource, a function that writes.
fn tells_nothing(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    matches!(&*code, "57014" | "55P03" | "25006")
        || code.starts_with("40")
        || code.starts_with("53")
}
