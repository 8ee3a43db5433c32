//! Sampling the values of columns, since SQLite stores any value in any column.
//!
//! The sample is the first and last rows of each table, and some between. One statement counts the storage classes of
//! all columns. Another reads the texts of the columns whose types depend on their texts.

use std::{collections::HashMap, fmt::Write as _};

use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

use super::{
    super::{driver::SAMPLED_BYTES, failure::unread, sql::trusted},
    names::quoted,
    widest::{Classes, needs_texts, settle},
};
use crate::{
    catalog::{Catalog, Table},
    error::Result,
    model::{Column, same_kind},
};

/// The number of rows that are sampled from each end of a table.
const ROWS: usize = 250;
/// The number of parts into which a table is divided; the first rows of each are sampled.
const PLACES: usize = 8;
/// The number of rows that are sampled at the beginning of a part.
const ROWS_BETWEEN: usize = 50;
/// The most columns that one statement samples.
const AT_ONCE: usize = 100;
/// The length to which sampled texts are cut. No longer text is a date, timestamp, boolean or UUID.
const LONGEST: usize = 48;
/// The number of counts, such as that of integers, that the statement returns for each column.
const COUNTS: usize = 8;

/// Sets the type of every column of the catalog by its sampled values.
///
/// A table or view that cannot be read is left out with the database's reason.
pub(super) async fn assign_types(
    connection: &mut SqliteConnection,
    catalog: &mut Catalog,
    affinities: &HashMap<(String, String), super::declared::Affinity>,
) -> Result<()> {
    let (mut failing, mut emptied) = (Vec::new(), Vec::new());
    for (number, table) in catalog.tables.iter_mut().enumerate() {
        let looked = match of_table(connection, table, affinities, &mut emptied).await {
            Err(sqlx::Error::Database(_)) if leave_out_broken(connection, table).await? => {
                of_table(connection, table, affinities, &mut emptied).await
            }
            looked => looked,
        };
        match looked {
            Ok(()) => {}
            Err(sqlx::Error::Database(error)) => failing.push((number, error.message().to_owned())),
            Err(error) => return Err(unread(error)),
        }
    }
    for (number, words) in failing.into_iter().rev() {
        let table = catalog.tables.remove(number);
        let kind = if table.is_view { "view" } else { "table" };
        let reason = format!("a {kind} that cannot be read: {words}");
        catalog.left_out.push((table.name, reason));
    }
    for one in emptied {
        read_as_parent(&mut catalog.tables, one);
    }
    Ok(())
}

/// A column of a foreign key with some empty texts, and with the type that it has if these are read as nulls.
struct Emptied {
    table: String,
    column: Column,
}

/// Changes a column of a foreign key so that its empty texts are read as nulls, if only then it has the type of the
/// referenced column.
fn read_as_parent(tables: &mut [Table], emptied: Emptied) {
    let leads_to = |table: &Table| {
        let keys = table.foreign_keys.iter();
        let pairs = keys.flat_map(|key| {
            key.columns
                .iter()
                .zip(&key.references)
                .map(move |pair| (key, pair))
        });
        let mut own = pairs.filter(|(_, (column, _))| **column == emptied.column.sql);
        own.find_map(|(key, (_, there))| {
            let parent = tables.iter().find(|one| one.name == key.table)?;
            let column = parent.columns.iter().find(|column| column.sql == *there);
            column.map(|column| column.ty.clone())
        })
    };
    let at = tables.iter().position(|table| table.name == emptied.table);
    let Some((at, parent)) = at.and_then(|at| Some((at, leads_to(tables.get(at)?)?))) else {
        return;
    };
    let Some(table) = tables.get_mut(at) else {
        return;
    };
    let own = (table.columns.iter_mut()).find(|column| column.sql == emptied.column.sql);
    if let Some(own) = own
        && !same_kind(&own.ty, &parent)
        && same_kind(&emptied.column.ty, &parent)
    {
        let words = "empty texts in a foreign key, which lead nowhere and are shown as null";
        table.notes.retain(|(noted, _)| *noted != own.sql);
        table.notes.push((own.sql.clone(), words.to_owned()));
        *own = emptied.column;
    }
}

/// Removes the columns that cannot be read, as when SQLite lacks a function that computes them, if other columns
/// remain. Returns whether it has removed any.
async fn leave_out_broken(connection: &mut SqliteConnection, table: &mut Table) -> Result<bool> {
    let mut broken = Vec::new();
    for column in &table.columns {
        let sql = counting(table, std::slice::from_ref(column));
        match sqlx::query(trusted(sql.into()))
            .fetch_one(&mut *connection)
            .await
        {
            Ok(_) => {}
            Err(sqlx::Error::Database(error)) => {
                let reason = format!("it cannot be read: {}", error.message());
                broken.push((column.sql.clone(), reason));
            }
            Err(error) => return Err(unread(error)),
        }
    }
    let leaves_some = !broken.is_empty() && broken.len() < table.columns.len();
    if leaves_some {
        table
            .columns
            .retain(|column| !broken.iter().any(|(name, _)| *name == column.sql));
        table.left_out.append(&mut broken);
    }
    Ok(leaves_some)
}

async fn of_table(
    connection: &mut SqliteConnection,
    table: &mut Table,
    affinities: &HashMap<(String, String), super::declared::Affinity>,
    emptied: &mut Vec<Emptied>,
) -> sqlx::Result<()> {
    let mut classes = Vec::with_capacity(table.columns.len());
    for columns in table.columns.chunks(AT_ONCE) {
        let sql = counting(table, columns);
        let row = sqlx::query(trusted(sql.into()))
            .fetch_one(&mut *connection)
            .await?;
        for at in 0..columns.len() {
            classes.push(classes_at(&row, at * COUNTS)?);
        }
    }
    let mut texts: HashMap<usize, Vec<String>> = HashMap::new();
    let unclear: Vec<(usize, &Column)> = (table.columns.iter().enumerate())
        .filter(|(at, column)| {
            classes
                .get(*at)
                .is_some_and(|classes| needs_texts(column, *classes))
        })
        .collect();
    for columns in unclear.chunks(AT_ONCE) {
        let selects: Vec<_> = columns
            .iter()
            .map(|(at, column)| texts_of(*at, table, column))
            .collect();
        let sql = selects.join(" UNION ALL ");
        let found: Vec<(i64, String)> = sqlx::query_as(trusted(sql.into()))
            .fetch_all(&mut *connection)
            .await?;
        for (at, text) in found {
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            texts.entry(at).or_default().push(text);
        }
    }
    settle_all(table, affinities, emptied, &classes, &texts);
    drop_key_of_nulls(table, &classes);
    Ok(())
}

/// Removes the key of a table if a column of the key is null in every row of the sample.
fn drop_key_of_nulls(table: &mut Table, classes: &[Classes]) {
    let is_null = |name: &String| {
        let mut columns = table.columns.iter().zip(classes);
        columns.any(|(column, classes)| column.sql == *name && classes.is_empty())
    };
    let has_rows = classes.iter().any(|classes| !classes.is_empty());
    if has_rows && table.key.iter().any(is_null) {
        table.key.clear();
        table.keyless = Some("it is null in every row that was read");
    }
}

/// Sets the types of a table's columns by their sampled values.
fn settle_all(
    table: &mut Table,
    affinities: &HashMap<(String, String), super::declared::Affinity>,
    emptied: &mut Vec<Emptied>,
    classes: &[Classes],
    texts: &HashMap<usize, Vec<String>>,
) {
    let keys = key_columns(table);
    for (at, column) in table.columns.iter_mut().enumerate() {
        if table.is_strict && column.storage.certain {
            continue;
        }
        let affinity = affinities.get(&(table.name.clone(), column.sql.clone()));
        let affinity = affinity.copied().unwrap_or_default();
        let classes = classes.get(at).copied().unwrap_or_default();
        let texts = texts.get(&at).map_or(&[][..], Vec::as_slice);
        let is_key = keys.contains(&column.sql);
        if classes.empties > 0 && is_key && !table.key.contains(&column.sql) {
            let mut column = column.clone();
            let texts: Vec<_> = (texts.iter().filter(|text| !text.is_empty()))
                .cloned()
                .collect();
            drop(settle(
                &mut column,
                affinity,
                is_key,
                classes.without_empties(),
                &texts,
            ));
            let table = table.name.clone();
            emptied.push(Emptied { table, column });
        }
        if let Some(words) = settle(column, affinity, is_key, classes, texts) {
            table.notes.push((column.sql.clone(), words));
        }
    }
}

/// Returns the columns of the primary key and of foreign keys.
fn key_columns(table: &Table) -> Vec<String> {
    let foreign = table.foreign_keys.iter().flat_map(|key| &key.columns);
    table.key.iter().chain(foreign).cloned().collect()
}

/// Returns the query that selects `columns` from the sampled rows.
fn sampled(table: &Table, columns: &[String]) -> String {
    let (list, name) = (columns.join(", "), quoted(&table.name));
    let mut parts = vec![format!("{list} FROM {name} LIMIT {ROWS}")];
    match &table.rowid {
        Some(number) => {
            parts.push(format!(
                "{list} FROM {name} ORDER BY {number} DESC LIMIT {ROWS}"
            ));
            let end = |which| format!("(SELECT {which}({number}) FROM {name})");
            let (first, last) = (end("min"), end("max"));
            parts.extend((1..PLACES).map(|place| {
                format!(
                    "{list} FROM {name} WHERE {number} >= {first} + ({last} - {first}) / {PLACES} * {place} \
                     ORDER BY {number} LIMIT {ROWS_BETWEEN}"
                )
            }));
        }
        None if !table.is_view && !table.key.is_empty() => {
            let key: Vec<_> = (table.key.iter())
                .map(|column| quoted(column) + " DESC")
                .collect();
            let key = key.join(", ");
            parts.push(format!("{list} FROM {name} ORDER BY {key} LIMIT {ROWS}"));
        }
        None => {}
    }
    let parts: Vec<_> = (parts.iter())
        .map(|part| format!("SELECT * FROM (SELECT {part})"))
        .collect();
    parts.join(" UNION ALL ")
}

/// Samples the values of a column of bytes; returns the first bytes of each value.
pub(super) async fn bytes_of(
    connection: &mut SqliteConnection,
    table: &Table,
    column: &str,
) -> Result<Vec<Vec<u8>>> {
    let named = [format!("{} AS v", quoted(column))];
    let rows = sampled(table, &named);
    let sql =
        format!("SELECT substr(v, 1, {SAMPLED_BYTES}) FROM ({rows}) WHERE typeof(v) = 'blob'");
    let found = sqlx::query_scalar(trusted(sql.into()));
    found.fetch_all(connection).await.map_err(unread)
}

fn counting(table: &Table, columns: &[Column]) -> String {
    let mut counts = String::new();
    let mut named = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        named.push(format!("{} AS v{at}", quoted(&column.sql)));
        let separator = if at > 0 { ", " } else { "" };
        // Only columns that are declared as JSON are checked for texts that are not JSON.
        let documents = match column.ty {
            crate::cell::Type::Json => {
                format!("total(typeof(v{at}) = 'text' AND NOT json_valid(v{at}))")
            }
            _ => "0.0".to_owned(),
        };
        let class = |class: &str| format!("total(typeof(v{at}) = '{class}')");
        let _ = write!(
            counts,
            "{separator}{}, total(typeof(v{at}) = 'integer' AND v{at} NOT BETWEEN -9007199254740992 AND 9007199254740992), \
             {}, {}, {}, total(typeof(v{at}) = 'blob' AND length(v{at}) = 16), {documents}, \
             total(typeof(v{at}) = 'text' AND v{at} COLLATE BINARY = '')",
            class("integer"),
            class("real"),
            class("text"),
            class("blob"),
        );
    }
    format!("SELECT {counts} FROM ({})", sampled(table, &named))
}

fn classes_at(row: &SqliteRow, at: usize) -> sqlx::Result<Classes> {
    #[expect(clippy::cast_possible_truncation, reason = "a count of samples")]
    let count = |number: usize| row.try_get::<f64, _>(at + number).map(|count| count as i64);
    Ok(Classes {
        integers: count(0)?,
        large: count(1)?,
        reals: count(2)?,
        texts: count(3)?,
        blobs: count(4)?,
        sixteens: count(5)?,
        undocumented: count(6)?,
        empties: count(7)?,
    })
}

/// Returns the query of a column's distinct texts in the sample; long texts are cut.
fn texts_of(at: usize, table: &Table, column: &Column) -> String {
    let named = [format!("{} AS v", quoted(&column.sql))];
    let rows = sampled(table, &named);
    format!("SELECT DISTINCT {at}, substr(v, 1, {LONGEST}) FROM ({rows}) WHERE typeof(v) = 'text'")
}
