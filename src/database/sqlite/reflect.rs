//! Reflection of SQLite from `sqlite_schema` and the pragmas, each queried once for all tables.

use std::collections::{HashMap, HashSet};

use sqlx::SqliteConnection;

use super::{
    super::{failure::unread, sql::trusted},
    collations::Lacking,
    declared::{Affinity, DeclaredType, read_as_text, reads, retype},
    indexes, key_collations,
    names::{names, quoted},
    samples,
};
use crate::{
    catalog::{Catalog, ForeignKey, Names, Table},
    error::Result,
    model::Column,
};

/// Reads which tables and views a connection's database has, with their columns and keys: its catalog.
pub(super) async fn reflect(
    connection: &mut SqliteConnection,
    lacking: &Lacking,
) -> Result<Catalog> {
    let mut catalog = Catalog {
        home: None,
        tables: Vec::new(),
        left_out: Vec::new(),
        names: Names::InAnyCase,
        reads,
        retype,
        read_as_text,
    };
    tables(connection, &mut catalog).await?;
    let (affinities, defaults) = columns(connection, &mut catalog.tables).await?;
    indexes::read(connection, &mut catalog.tables).await?;
    key_collations::assign(connection, &mut catalog.tables, &lacking.names).await?;
    foreign_keys(connection, &mut catalog.tables).await?;
    lacking.note(&mut catalog.tables);
    samples::assign_types(connection, &mut catalog, &affinities).await?;
    show_defaults(&mut catalog.tables, &defaults);
    catalog.tables.iter_mut().for_each(Table::set_uniques);
    Ok(catalog)
}

type Listed = (String, String, bool, bool);

/// Reads the tables and views; leaves out those that cannot be read.
async fn tables(connection: &mut SqliteConnection, catalog: &mut Catalog) -> Result<()> {
    let sql = "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' ORDER BY lower(name)";
    let listed: Vec<Listed> = sqlx::query_as(sql)
        .fetch_all(&mut *connection)
        .await
        .map_err(unread)?;
    for (name, kind, is_without_rowid, is_strict) in listed {
        let reason = match kind.as_str() {
            _ if name.starts_with("sqlite_") => Some("a table of SQLite's own".to_owned()),
            "shadow" => Some("it holds the data of a virtual table".to_owned()),
            "view" | "virtual" => refusal(connection, &name, &kind).await?,
            _ => None,
        };
        if let Some(reason) = reason {
            catalog.left_out.push((name, reason));
            continue;
        }
        let has_rowid = kind == "table" && !is_without_rowid;
        catalog.tables.push(Table {
            name,
            is_view: kind == "view",
            is_strict,
            rowid: has_rowid.then_some("rowid"),
            ..Table::default()
        });
    }
    Ok(())
}

/// Returns the reason why a view or virtual table cannot be read, by trying to read it; `None` if it can.
async fn refusal(
    connection: &mut SqliteConnection,
    name: &str,
    kind: &str,
) -> Result<Option<String>> {
    let probe = format!("SELECT 1 FROM {} LIMIT 0", quoted(name));
    match sqlx::query(trusted(probe.into()))
        .fetch_optional(connection)
        .await
    {
        Ok(_) => Ok(None),
        Err(sqlx::Error::Database(error)) => Ok(Some(format!(
            "a {kind} that cannot be read: {}",
            error.message()
        ))),
        Err(error) => Err(unread(error)),
    }
}

/// A column: its table, name, declared type, whether it is `NOT NULL`, default, position in the key, and kind.
type ColumnRow = (String, String, String, bool, Option<String>, i64, i64);

/// The affinity of each column (the kind of value that SQLite converts to), by table and column.
type Affinities = HashMap<(String, String), Affinity>;

/// The defaults of columns, by table and column, as the table definitions write them in SQL.
type Defaults = HashMap<(String, String), String>;

async fn columns(
    connection: &mut SqliteConnection,
    tables: &mut [Table],
) -> Result<(Affinities, Defaults)> {
    let sql = "SELECT l.value, c.name, c.type, c.\"notnull\", c.dflt_value, c.pk, c.hidden \
        FROM json_each(?) l, pragma_table_xinfo(l.value) c ORDER BY l.key, c.cid";
    let described: Vec<ColumnRow> = sqlx::query_as(sql)
        .bind(names(tables))
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let mut keys: HashMap<String, Vec<(i64, String)>> = HashMap::new();
    let (mut affinities, mut defaults) = (Affinities::new(), Defaults::new());
    let mut integers: HashSet<(String, String)> = HashSet::new();
    for (table, name, ty, is_not_null, default, place, kind) in described {
        // Kind 1 is a hidden column of a virtual table, which `SELECT *` does not return.
        let Some(found) = tables.iter_mut().find(|one| one.name == table && kind != 1) else {
            continue;
        };
        let declared = DeclaredType::of(&ty);
        affinities.insert((table.clone(), name.clone()), Affinity::of(&ty));
        if let Some(default) = default {
            defaults.insert((table.clone(), name.clone()), default);
        }
        if place > 0 {
            keys.entry(table).or_default().push((place, name.clone()));
        }
        // SQLite allows nulls in keys, except in `WITHOUT ROWID` tables, whose key columns it reports as `NOT NULL`.
        let mut column = declared.column(name, !is_not_null);
        column.read_only = matches!(kind, 2 | 3);
        let is_any = ty.eq_ignore_ascii_case("any");
        column.storage.certain = found.is_strict && !is_any;
        if ty.eq_ignore_ascii_case("integer") {
            integers.insert((found.name.clone(), column.sql.clone()));
        }
        found.columns.push(column);
    }
    for table in tables {
        let mut key = keys.remove(&table.name).unwrap_or_default();
        key.sort_unstable();
        table.key = key.into_iter().map(|(_, name)| name).collect();
        mark_rowid_key(table, &integers);
        table.rowid = table.rowid.and_then(|_| free_rowid_name(&table.columns));
    }
    Ok((affinities, defaults))
}

/// Sets the default of each column from its SQL in `defaults`, as a value of the column's type where it is a constant.
fn show_defaults(tables: &mut [Table], defaults: &Defaults) {
    for table in tables {
        for column in &mut table.columns {
            let of_column = (table.name.clone(), column.sql.clone());
            if let Some(text) = defaults.get(&of_column) {
                *column = column.clone().with_shown_default(text);
            }
        }
    }
}

/// Marks the key of a table as an integer that is never null if it is the table's rowid: the only column of the primary
/// key, declared `INTEGER`. `integers` has the table and the name of each column that is declared so.
fn mark_rowid_key(table: &mut Table, integers: &HashSet<(String, String)>) {
    let [only] = table.key.as_slice() else {
        return;
    };
    if table.rowid.is_none() || !integers.contains(&(table.name.clone(), only.clone())) {
        return;
    }
    if let Some(column) = table.columns.iter_mut().find(|column| column.sql == *only) {
        column.nullable = false;
        column.storage.certain = true;
    }
}

/// Returns the first of SQLite's names for the rowid, such as `rowid`, that is not the name of a column.
fn free_rowid_name(columns: &[Column]) -> Option<&'static str> {
    let is_free = |name: &&str| {
        !columns
            .iter()
            .any(|column| column.sql.eq_ignore_ascii_case(name))
    };
    ["rowid", "_rowid_", "oid"].into_iter().find(is_free)
}

async fn foreign_keys(connection: &mut SqliteConnection, tables: &mut [Table]) -> Result<()> {
    let sql = "SELECT l.value, f.id, f.\"table\", f.\"from\", f.\"to\" FROM json_each(?) l, \
        pragma_foreign_key_list(l.value) f ORDER BY l.key, f.id DESC, f.seq";
    let described: Vec<(String, i64, String, String, Option<String>)> = sqlx::query_as(sql)
        .bind(names(tables))
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let mut last = None;
    let keys: HashMap<String, Vec<String>> = tables
        .iter()
        .map(|table| (table.name.clone(), table.key.clone()))
        .collect();
    for (table, id, target, from, to) in described {
        let (target, to) = as_declared(tables, target, to);
        let Some(found) = tables.iter_mut().find(|one| one.name == table) else {
            continue;
        };
        let is_next = last.replace((table, id)) == Some((found.name.clone(), id));
        let from = own_case(&found.columns, from);
        match found.foreign_keys.last_mut().filter(|_| is_next) {
            Some(key) => {
                key.columns.push(from);
                key.references.extend(to);
            }
            None => found.foreign_keys.push(ForeignKey {
                columns: vec![from],
                schema: None,
                table: target,
                references: to.into_iter().collect(),
            }),
        }
    }
    let all = tables.iter_mut().flat_map(|table| &mut table.foreign_keys);
    for key in all.filter(|key| key.references.is_empty()) {
        key.references = keys.get(&key.table).cloned().unwrap_or_default();
    }
    Ok(())
}

/// Returns the names of a table and its column as they were declared: a foreign key may write them in another letter
/// case.
fn as_declared(
    tables: &[Table],
    table: String,
    column: Option<String>,
) -> (String, Option<String>) {
    let found = tables
        .iter()
        .find(|one| one.name.eq_ignore_ascii_case(&table));
    match found {
        Some(found) => (
            found.name.clone(),
            column.map(|column| own_case(&found.columns, column)),
        ),
        None => (table, column),
    }
}

fn own_case(columns: &[Column], name: String) -> String {
    let found = columns
        .iter()
        .find(|column| column.sql.eq_ignore_ascii_case(&name));
    found.map_or(name, |column| column.sql.clone())
}
