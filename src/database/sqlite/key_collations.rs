//! The collations of columns and of keys. A column is ordered by its own collation. A key is compared by the collation
//! of its unique index, which may be a different one.

use std::collections::BTreeSet;

use rusqlite::Connection;
use sqlx::{SqliteConnection, sqlite::LockedSqliteHandle};

use super::{super::failure::unread, handle::LockedConnection, names::quoted};
use crate::{catalog::Table, cell::Type, error::Result, model::Column};

/// SQLite's collation that compares bytes.
const BINARY: &str = "BINARY";

/// A column of a unique index: its table and name, whether the index is that of the primary key, how many columns the
/// index has, and the collation by which the index compares the column.
type Indexed = (String, String, bool, i64, String);

/// Sets the collations by which columns are ordered, and the collations by which unique columns are compared as keys.
///
/// A foreign key is compared by the collation of the referenced column, and SQLite requires a unique index with the
/// same collation. If the unique index has another collation, no foreign key can refer to the rows, only URLs can, and
/// these are compared by the collation of the index.
pub(super) async fn assign(
    connection: &mut SqliteConnection,
    tables: &mut [Table],
    lacking: &BTreeSet<String>,
) -> Result<()> {
    let known: Vec<(String,)> = sqlx::query_as("SELECT name FROM pragma_collation_list")
        .fetch_all(&mut *connection)
        .await
        .map_err(unread)?;
    let indexed = indexed(connection, tables).await?;
    let locked = connection.lock_handle().await.map_err(unread)?;
    let own = own_collations(locked, tables);
    let is_lacking = |name: &str| lacking.iter().any(|lacking| same(lacking, name));
    let is_known = |name: &str| !is_lacking(name) && known.iter().any(|(known,)| same(known, name));
    for (table, own) in tables.iter_mut().zip(own) {
        for (column, own) in table.columns.iter_mut().zip(own) {
            let here = |one: &&Indexed| one.0 == table.name && one.1 == column.sql;
            let keys = indexed.iter().filter(here);
            let decides = keys.min_by_key(|one| (!one.2, one.3 != 1, !same(&one.4, &own)));
            if let Some((.., collation)) = decides.filter(|_| column.ty == Type::Text) {
                decide(column, &own, collation, is_known);
            }
            let is_named = !same(&own, BINARY) && is_known(&own);
            column.own_collation = is_named.then(|| own.into());
        }
    }
    Ok(())
}

/// Sets how a column is compared as a key, from the `collation` of its unique index and its `own` collation. If the
/// connection does not know one of them, the column is compared byte for byte.
fn decide(column: &mut Column, own: &str, collation: &str, is_known: impl Fn(&str) -> bool) {
    let is_usable = is_known(own) && is_known(collation);
    column.storage.exact = same(collation, BINARY) || !is_usable;
    column.collation = (!same(own, collation)).then(|| collation.into());
}

fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

async fn indexed(connection: &mut SqliteConnection, tables: &[Table]) -> Result<Vec<Indexed>> {
    let sql = "SELECT l.value, c.name, i.origin = 'pk', (SELECT count(*) FROM pragma_index_info(i.name)), c.coll \
        FROM json_each(?) l, pragma_index_list(l.value) i, pragma_index_xinfo(i.name) c \
        WHERE i.\"unique\" AND NOT i.partial AND c.key AND c.name IS NOT NULL ORDER BY l.key, i.seq, c.seqno";
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    sqlx::query_as(sql)
        .bind(serde_json::to_string(&names).unwrap_or_default())
        .fetch_all(connection)
        .await
        .map_err(unread)
}

/// Returns the declared collation of each column of each table or view; `BINARY` where it cannot be found out.
fn own_collations(locked: LockedSqliteHandle<'_>, tables: &[Table]) -> Vec<Vec<String>> {
    let lent = LockedConnection::of(locked).ok();
    let names_one = lent.as_ref().is_some_and(|sqlite| names_one(sqlite));
    let own = |table: &Table, column: &Column| {
        let sqlite = lent.as_ref()?;
        if table.is_view && !names_one {
            return None;
        }
        if table.is_view {
            return of_view(sqlite, &table.name, &column.sql);
        }
        let found = sqlite.column_metadata(Some("main"), &*table.name, &*column.sql);
        let collation = found.ok()?.1?;
        Some(collation.to_string_lossy().into_owned())
    };
    let of_table = |table: &Table| {
        let columns = table.columns.iter();
        let columns = columns.map(|column| own(table, column).unwrap_or_else(|| BINARY.to_owned()));
        columns.collect()
    };
    tables.iter().map(of_table).collect()
}

/// Whether any table or view of the database declares a collation.
fn names_one(sqlite: &Connection) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE sql LIKE '%collate%')";
    sqlite.query_row(sql, [], |row| row.get(0)).unwrap_or(true)
}

/// Returns the collation of a column of a view, read from the `EXPLAIN` of a statement that is ordered by the column.
/// Two more terms of the ordering have known collations, by which its sorter is told from those inside the view.
fn of_view(sqlite: &Connection, view: &str, column: &str) -> Option<String> {
    let (view, column) = (quoted(view), quoted(column));
    let sql = format!(
        "EXPLAIN SELECT 1 FROM {view} ORDER BY +{column}, random() COLLATE RTRIM, random() COLLATE NOCASE"
    );
    let mut program = sqlite.prepare(&sql).ok()?;
    let operands = program.query_map([], |row| row.get("p4")).ok()?;
    operands
        .filter_map(Result::ok)
        .find_map(|operand: Option<String>| {
            let name = operand?;
            let name = name.strip_prefix("k(3,")?.strip_suffix(",RTRIM,NOCASE)")?;
            (name != "B").then(|| name.to_owned())
        })
}
