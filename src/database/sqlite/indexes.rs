//! Reading the indexes of tables: which columns are unique, and by which columns rows are found.

use sqlx::SqliteConnection;

use super::{super::failure::unread, names::names};
use crate::{
    catalog::{Table, TableIndex},
    error::Result,
};

/// A part of an index: the table, the index, whether the index is unique, whether the index is that of the primary key,
/// the column (`None` for an expression), and whether the index compares the column byte for byte.
type IndexPart = (String, String, bool, bool, Option<String>, bool);

/// Reads the indexes of tables, except partial ones, which do not contain every row.
pub(super) async fn read(connection: &mut SqliteConnection, tables: &mut [Table]) -> Result<()> {
    let sql = "SELECT l.value, i.name, i.\"unique\", i.origin = 'pk', x.name, x.coll = 'BINARY' COLLATE NOCASE \
        FROM json_each(?) l, pragma_index_list(l.value) i, pragma_index_xinfo(i.name) x \
        WHERE NOT i.partial AND x.key ORDER BY l.key, i.seq, x.seqno";
    let parts: Vec<IndexPart> = sqlx::query_as(sql)
        .bind(names(tables))
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let mut has_key = Vec::new();
    for parts in parts.chunk_by(|one, next| (&one.0, &one.1) == (&next.0, &next.1)) {
        let Some((table, _, is_unique, is_key, ..)) = parts.first() else {
            continue;
        };
        let Some(found) = tables.iter_mut().find(|one| one.name == *table) else {
            continue;
        };
        if *is_key {
            has_key.push(table.clone());
        }
        // A part of an index that is an expression has no column name; such an index makes no columns unique.
        let columns = parts.iter().map(|(.., column, _)| column.clone());
        if let (true, Some(columns)) = (is_unique, columns.collect::<Option<Vec<_>>>()) {
            found.uniques.push(columns);
        }
        add(found, *is_unique, parts);
    }
    for table in tables {
        // An `INTEGER PRIMARY KEY` is the table's rowid and has no index of its own; the table itself is searched by
        // it.
        if !table.key.is_empty() && !has_key.contains(&table.name) {
            let (columns, unique) = (table.key.clone(), true);
            let indexes = table.indexes.get_or_insert_default();
            indexes.push(TableIndex { columns, unique });
        }
        table.indexes.get_or_insert_default();
    }
    Ok(())
}

/// Records an index with its first columns, up to a part that is an expression or is not compared byte for byte:
/// statements compare keys byte for byte, so they cannot search by that part and those after it.
fn add(table: &mut Table, is_unique: bool, parts: &[IndexPart]) {
    let columns = parts
        .iter()
        .map_while(|(.., column, is_bytewise)| column.clone().filter(|_| *is_bytewise));
    let columns: Vec<String> = columns.collect();
    if !columns.is_empty() {
        let unique = is_unique && columns.len() == parts.len();
        let indexes = table.indexes.get_or_insert_default();
        indexes.push(TableIndex { columns, unique });
    }
}
