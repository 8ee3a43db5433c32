//! Missing collations: those that another application defined for its tables, and that this program does not define.
//!
//! 1. Every statement compares and orders the columns with a missing collation byte for byte. It names a built-in
//!    collation for that, so that SQLite searches no index that is sorted by the missing one.
//! 2. SQLite still opens an index with a missing collation, to count its entries or to read a `WITHOUT ROWID` table,
//!    and fails without the collation. So connections have a stand-in, a collation of that name that compares bytes,
//!    while they read, and only then: a write would put entries into the index at the wrong places.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use super::{
    super::{
        failure::{failed, unread},
        sql::trusted,
    },
    failure::Failure,
    handle::LockedConnection,
    names::quoted,
    stand_in::{give_to, take_from},
};
use crate::{catalog::Table, error::Result};

/// The collations that the tables of a database use, but its connections do not know.
#[derive(Debug, Default)]
pub(super) struct Lacking {
    pub(super) names: BTreeSet<String>,
    /// The columns that use a missing collation, each with its table.
    columns: Vec<(String, String)>,
}

impl Lacking {
    /// Marks the columns of `tables` that use a missing collation, so that they are compared byte for byte.
    pub(super) fn note(&self, tables: &mut [Table]) {
        for table in tables {
            for column in &mut table.columns {
                let is_own =
                    |(of, name): &(String, String)| *of == table.name && *name == column.sql;
                column.storage.bytewise = self.columns.iter().any(is_own);
            }
        }
    }
}

/// Returns the collations that tables of the database use, but the connection does not know.
///
/// Once a connection has failed to find a collation, it no longer uses the indexes with this collation, so the caller
/// must close `connection` afterwards.
pub(super) async fn lacking(connection: &mut SqliteConnection) -> Result<Lacking> {
    let mut lacking = Lacking::default();
    let sql = "SELECT DISTINCT x.coll FROM sqlite_schema s, pragma_index_list(s.name) i, pragma_index_xinfo(i.name) x \
        WHERE s.type = 'table' AND s.sql LIKE '%collate%' AND x.coll IS NOT NULL \
        AND NOT EXISTS (SELECT 1 FROM pragma_collation_list c WHERE c.name = x.coll COLLATE NOCASE)";
    let names: Vec<String> = sqlx::query_scalar(sql)
        .fetch_all(&mut *connection)
        .await
        .map_err(unread)?;
    lacking.names.extend(names);
    let sql = "SELECT s.name, c.name FROM sqlite_schema s, pragma_table_xinfo(s.name) c \
        WHERE s.type = 'table' AND s.sql LIKE '%collate%' AND c.hidden <> 1";
    let columns: Vec<(String, String)> = sqlx::query_as(sql)
        .fetch_all(&mut *connection)
        .await
        .map_err(unread)?;
    for (table, column) in columns {
        // The collation of a column without an index shows only when a statement that orders by the column is planned.
        let (of, own) = (quoted(&table), quoted(&column));
        let probe = format!("EXPLAIN SELECT {own} FROM {of} ORDER BY {own}");
        let planned = sqlx::query(trusted(probe.into()));
        let Err(sqlx::Error::Database(error)) = planned.fetch_all(&mut *connection).await else {
            continue;
        };
        let words = error.message();
        if let Some(name) = words.strip_prefix("no such collation sequence: ") {
            lacking.names.insert(name.to_owned());
        }
        // After SQLite has failed at an index with a missing collation, it cannot plan any statement about the table of
        // this index.
        if words.starts_with("no such collation sequence: ") || words == "no query solution" {
            lacking.columns.push((table, column));
        }
    }
    Ok(lacking)
}

/// Adds stand-ins for the collations of these names (collations that compare bytes) to a connection, which must only
/// read as long as it has them.
pub(super) async fn give(
    connection: &mut SqliteConnection,
    names: &BTreeSet<String>,
) -> Result<()> {
    change(connection, |sqlite| give_to(sqlite, names)).await
}

/// Removes the stand-ins for the collations of these names (collations that compare bytes) from a connection.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    names: &BTreeSet<String>,
) -> Result<()> {
    change(connection, |sqlite| take_from(sqlite, names)).await
}

/// Adds or removes the stand-ins for collations (see the module) on a connection.
async fn change(
    connection: &mut SqliteConnection,
    change: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
) -> Result<()> {
    let locked = connection.lock_handle().await.map_err(failed)?;
    let changed = LockedConnection::of(locked).and_then(|lent| change(&lent));
    changed.map_err(|error| Failure::from(error).into_error())
}
