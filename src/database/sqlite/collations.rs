//! Collations that an application gave its tables and this program does not have.
//!
//! 1. Such columns are compared and ordered byte for byte, by a collation that SQLite has, named in every statement, so that
//!    no index in the application's order is searched.
//! 2. SQLite opens such an index all the same, to count its entries or to walk a table without row numbers, and refuses to
//!    without the collation. So connections have one of that name while they read, and only then: what they wrote would
//!    stand in the index at the wrong place.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use super::{
    super::{
        failure::{failed, unread},
        sql::trusted,
    },
    failure::Failure,
    handle::Lent,
    names::quoted,
    stand_in::{give_to, take_from},
};
use crate::{catalog::Table, error::Result};

/// What a database has of collations that are not there.
#[derive(Debug, Default)]
pub(super) struct Lacking {
    pub(super) names: BTreeSet<String>,
    /// The columns that have one, each after its table.
    columns: Vec<(String, String)>,
}

impl Lacking {
    /// Notes which columns have one.
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

/// Finds the collations that are not there.
///
/// A connection that has met one uses no index of it any more, so it must be closed afterwards.
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
        // Only a plan tells the collation of a column that has no index.
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
        // Once an index of one was met, there is no plan for its table at all.
        if words.starts_with("no such collation sequence: ") || words == "no query solution" {
            lacking.columns.push((table, column));
        }
    }
    Ok(lacking)
}

/// Gives a connection collations of these names, for as long as it only reads.
pub(super) async fn give(
    connection: &mut SqliteConnection,
    names: &BTreeSet<String>,
) -> Result<()> {
    change(connection, |sqlite| give_to(sqlite, names)).await
}

/// Takes them away again.
pub(super) async fn take(
    connection: &mut SqliteConnection,
    names: &BTreeSet<String>,
) -> Result<()> {
    change(connection, |sqlite| take_from(sqlite, names)).await
}

/// Changes what a connection has.
async fn change(
    connection: &mut SqliteConnection,
    change: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
) -> Result<()> {
    let locked = connection.lock_handle().await.map_err(failed)?;
    let changed = Lent::of(locked).and_then(|lent| change(&lent));
    changed.map_err(|error| Failure::from(error).into_error())
}
