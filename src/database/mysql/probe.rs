//! Which views, and tables with rows elsewhere, cannot be read: only reading them tells.
//!
//! The statement finds what a view lacks, or its definer; the first row runs its functions, and asks another server.
//! One that takes long is served: that it is slow says nothing of whether it can be read.

use std::time::{Duration, Instant};

use sqlx::{Error, Executor as _, MySqlConnection, error::DatabaseError};

use super::{
    super::{failure::unread, trusted},
    number_of,
};
use crate::{catalog::Table, error::Result};

/// How long the first row of one may take, and those of all.
const LONGEST: Duration = Duration::from_millis(500);
const LONGEST_OF_ALL: Duration = Duration::from_secs(10);

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
    let schema = table
        .schema
        .as_deref()
        .map_or_else(String::new, |schema| quoted(schema) + ".");
    let (before, hint) = match is_maria {
        true => ("SET STATEMENT max_statement_time = 0.5 FOR ", ""),
        false => ("", "/*+ MAX_EXECUTION_TIME(500) */ "),
    };
    let limit = u8::from(run);
    let sql = format!(
        "START TRANSACTION READ ONLY; {before}SELECT {hint}{columns} FROM {schema}{} LIMIT {limit}",
        quoted(&table.name)
    );
    let read = connection.execute(sqlx::raw_sql(trusted(sql.into()))).await;
    connection.execute("ROLLBACK").await?;
    read.map(drop)
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
