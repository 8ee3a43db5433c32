//! Reflection of MySQL and MariaDB from `information_schema`, with a few statements for each schema. Views are
//! [probed](super::probe): their first row is read as a test.

use sqlx::{MySqlConnection, MySqlPool};

use super::{
    super::{
        failure::unread,
        server::{broken, retype},
    },
    declared,
    probe::MySqlProbe,
};
use crate::{
    catalog::{Catalog, ForeignKey, Names, Schemas, Table},
    cell::Type,
    error::{Code, Error, Result},
};

/// The server's own schemas, which are not reflected.
const SYSTEM: &str = "'mysql', 'information_schema', 'performance_schema', 'sys'";

/// Reads which tables and views a pool's database has, with their columns and keys: its catalog.
pub(super) async fn reflect(pool: &MySqlPool, schemas: &Schemas) -> Result<Catalog> {
    let mut connection = pool.acquire().await.map_err(unread)?;
    let mut catalog = Catalog {
        home: None,
        tables: Vec::new(),
        left_out: Vec::new(),
        names: Names::ColumnsInAnyCase,
        reads: declared::reads,
        retype: |column, ty| retype(column, ty, declared::reads),
        read_as_text: declared::read_as_text,
    };
    let (home, version): (Option<String>, String) =
        sqlx::query_as("SELECT CAST(DATABASE() AS CHAR), CAST(VERSION() AS CHAR)")
            .fetch_one(&mut *connection)
            .await
            .map_err(unread)?;
    catalog.home = home;
    let looked_at = schema_names(&mut connection, schemas, &mut catalog).await?;
    let is_maria = version.contains("MariaDB");
    for schema in looked_at {
        let (mut tables, probed) = tables(&mut connection, &schema, &mut catalog).await?;
        let documents = documents(&mut connection, &schema, is_maria).await?;
        columns(&mut connection, &schema, is_maria, &documents, &mut tables).await?;
        let probe = MySqlProbe {
            connection: &mut connection,
            is_maria,
        };
        let broken = broken(probe, &tables, &probed).await?;
        for (at, reason) in broken.into_iter().rev() {
            if at < tables.len() {
                catalog.leave_out(&tables.remove(at), reason);
            }
        }
        uniques(&mut connection, &schema, &mut tables).await?;
        foreign_keys(&mut connection, &schema, &mut tables).await?;
        keys_as_integers(&mut tables);
        tables.iter_mut().for_each(Table::set_uniques);
        catalog.tables.append(&mut tables);
    }
    Ok(catalog)
}

/// Returns the schemas to reflect: those that `schemas` names, or, if it names none, the connected database.
async fn schema_names(
    connection: &mut MySqlConnection,
    schemas: &Schemas,
    catalog: &mut Catalog,
) -> Result<Vec<String>> {
    let sql = "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata ORDER BY 1";
    let known: Vec<(String,)> = sqlx::query_as(sql)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let known: Vec<String> = known.into_iter().map(|(name,)| name).collect();
    schemas.missing(&known)?;
    let what = SYSTEM.replace('\'', "");
    let left_out = &mut catalog.left_out;
    left_out.push((what, "the system's own tables".to_owned()));
    let named = || schemas.named.iter().filter(|name| known.contains(name));
    let is_home = |name: &&String| Some(*name) == catalog.home.as_ref();
    let mut looked_at: Vec<String> = named().cloned().collect();
    if schemas.named.is_empty() || schemas.lenient {
        looked_at.retain(|name| !is_home(&name));
        looked_at.splice(0..0, catalog.home.clone());
    }
    if looked_at.is_empty() && !schemas.lenient {
        let detail = "the URL names no database: end it in `/` and a name, or name schemas";
        return Err(Error::new(Code::Unavailable, detail));
    }
    Ok(looked_at)
}

/// A table or view: its name, kind and comment, and whether it stores its own rows.
type Listed = (String, String, Option<String>, bool);

/// Returns the tables and views, and the positions of those whose first row must be read as a test (probed): views and
/// remote tables, which do not store their own rows.
async fn tables(
    connection: &mut MySqlConnection,
    schema: &str,
    catalog: &mut Catalog,
) -> Result<(Vec<Table>, Vec<usize>)> {
    let sql = "SELECT CAST(table_name AS CHAR), CAST(table_type AS CHAR), CAST(table_comment AS CHAR), \
            COALESCE(engine IN ('InnoDB', 'MyISAM', 'Aria', 'MEMORY'), FALSE) \
        FROM information_schema.tables WHERE table_schema = ? ORDER BY lower(table_name), table_name";
    let listed: Vec<Listed> = sqlx::query_as(sql)
        .bind(schema)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let (mut tables, mut probed) = (Vec::new(), Vec::new());
    for (name, kind, comment, is_own) in listed {
        let is_view = kind == "VIEW";
        // A view has no comment; `information_schema` reports `VIEW` as its comment.
        let comment = comment.filter(|text| !text.is_empty() && !is_view);
        let reason = (kind == "SEQUENCE").then(|| "a sequence".to_owned());
        let table = Table {
            schema: Some(schema.to_owned()),
            name,
            is_view,
            comment,
            ..Table::default()
        };
        match reason {
            Some(reason) => {
                catalog.leave_out(&table, reason);
            }
            None => {
                if !is_own {
                    probed.push(tables.len());
                }
                tables.push(table);
            }
        }
    }
    Ok((tables, probed))
}

/// Returns the table and the name of each text column with a check constraint that its texts are JSON. MariaDB declares
/// JSON columns in this way; MySQL has a JSON type.
async fn documents(
    connection: &mut MySqlConnection,
    schema: &str,
    is_maria: bool,
) -> Result<Vec<(String, String)>> {
    if !is_maria {
        return Ok(Vec::new());
    }
    let sql = "SELECT CAST(table_name AS CHAR), CAST(check_clause AS CHAR) \
        FROM information_schema.check_constraints WHERE constraint_schema = ?";
    let checks: Vec<(String, String)> = sqlx::query_as(sql)
        .bind(schema)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let column = |clause: &str| {
        let quoted = clause.strip_prefix("json_valid(")?.strip_suffix(')')?;
        unquoted(quoted)
    };
    let checks = checks.into_iter();
    let documents = checks.filter_map(|(table, clause)| Some((table, column(&clause)?)));
    Ok(documents.collect())
}

/// Returns a quoted name without its quotes, which are backticks or, by the session's `sql_mode`, double quotes.
fn unquoted(name: &str) -> Option<String> {
    let quote = name
        .chars()
        .next()
        .filter(|char| matches!(char, '`' | '"'))?;
    let inner = name.strip_prefix(quote)?.strip_suffix(quote)?;
    Some(inner.replace(&format!("{quote}{quote}"), &quote.to_string()))
}

const COLUMNS: &str = "
    SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(data_type AS CHAR), CAST(column_type AS CHAR),
        CAST(is_nullable AS CHAR), CAST(column_default AS CHAR), CAST(character_maximum_length AS SIGNED),
        CAST(extra AS CHAR), CAST(column_comment AS CHAR), CAST(collation_name AS CHAR), CAST(privileges AS CHAR)
    FROM information_schema.columns WHERE table_schema = ? ORDER BY table_name, ordinal_position";

async fn columns(
    connection: &mut MySqlConnection,
    schema: &str,
    is_maria: bool,
    documents: &[(String, String)],
    tables: &mut [Table],
) -> Result<()> {
    let described: Vec<declared::Described> = sqlx::query_as(COLUMNS)
        .bind(schema)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    for column in described {
        let Some(table) = table(tables, &column.table) else {
            continue;
        };
        let is_checked =
            |(table, name): &(String, String)| *table == column.table && *name == column.name;
        if column.privileges.contains("select") {
            if column.extra.contains("invisible") {
                table.invisible.push(column.name.clone());
            }
            let is_document = documents.iter().any(is_checked);
            let column = declared::column(column, is_document, is_maria);
            table.columns.push(column);
        } else {
            let reason = "reading it is not granted to this user".to_owned();
            table.left_out.push((column.name, reason));
        }
    }
    Ok(())
}

/// Changes the `tinyint(1)` columns of keys and foreign keys from booleans to integers, since their values 1, 2, 3, …
/// identify rows.
fn keys_as_integers(tables: &mut [Table]) {
    for table in tables {
        let foreign = table.foreign_keys.iter().map(|key| &key.columns);
        let keys: Vec<String> = foreign.chain([&table.key]).flatten().cloned().collect();
        for column in &mut table.columns {
            if column.ty == Type::Boolean && keys.contains(&column.sql) {
                column.ty = Type::Integer {
                    bits: 16,
                    signed: true,
                };
            }
        }
    }
}

/// Reads the primary keys and unique indexes.
async fn uniques(
    connection: &mut MySqlConnection,
    schema: &str,
    tables: &mut [Table],
) -> Result<()> {
    let sql = "SELECT CAST(table_name AS CHAR), CAST(index_name AS CHAR), \
            CASE WHEN sub_part IS NULL THEN CAST(column_name AS CHAR) END \
        FROM information_schema.statistics WHERE table_schema = ? AND non_unique = 0 \
        ORDER BY table_name, index_name, seq_in_index";
    let found: Vec<(String, String, Option<String>)> = sqlx::query_as(sql)
        .bind(schema)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let mut indexes: Vec<(String, String, Vec<Option<String>>)> = Vec::new();
    for (table, index, column) in found {
        match indexes.last_mut() {
            Some((last, name, columns)) if *last == table && *name == index => columns.push(column),
            _ => indexes.push((table, index, vec![column])),
        }
    }
    for (name, index, columns) in indexes {
        // A unique index of an expression or of a prefix does not make its column unique.
        let columns: Option<Vec<String>> = columns.into_iter().collect();
        if let (Some(table), Some(columns)) = (table(tables, &name), columns) {
            if index == "PRIMARY" {
                table.key.clone_from(&columns);
            }
            table.uniques.push(columns);
        }
    }
    Ok(())
}

/// A column of a foreign key: its table and name, the key's name, and the schema, table and column that it references.
type ForeignKeyColumn = (String, String, String, String, String, String);

async fn foreign_keys(
    connection: &mut MySqlConnection,
    schema: &str,
    tables: &mut [Table],
) -> Result<()> {
    let sql = "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR), CAST(constraint_name AS CHAR), \
            CAST(referenced_table_schema AS CHAR), CAST(referenced_table_name AS CHAR), \
            CAST(referenced_column_name AS CHAR) \
        FROM information_schema.key_column_usage \
        WHERE table_schema = ? AND referenced_table_name IS NOT NULL \
        ORDER BY table_name, constraint_name, ordinal_position";
    let found: Vec<ForeignKeyColumn> = sqlx::query_as(sql)
        .bind(schema)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let mut last = None;
    for (name, column, key, schema, target, reference) in found {
        let Some(table) = table(tables, &name) else {
            continue;
        };
        let is_next = last.replace((name.clone(), key.clone())) == Some((name, key));
        match table.foreign_keys.last_mut().filter(|_| is_next) {
            Some(key) => {
                key.columns.push(column);
                key.references.push(reference);
            }
            None => table.foreign_keys.push(ForeignKey {
                columns: vec![column],
                schema: Some(schema),
                table: target,
                references: vec![reference],
            }),
        }
    }
    Ok(())
}

fn table<'t>(tables: &'t mut [Table], name: &str) -> Option<&'t mut Table> {
    tables.iter_mut().find(|table| table.name == name)
}
