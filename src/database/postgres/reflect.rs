//! Reflection of PostgreSQL from `pg_catalog`, with five statements for any number of tables. Views are
//! [probed](super::probe): their first row is read as a test.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgPool};

use super::{
    super::{
        failure::unread,
        server::{broken, retype},
    },
    declared,
    probe::PostgresProbe,
};
use crate::{
    catalog::{Catalog, ForeignKey, Names, Schemas, Table},
    error::Result,
};

/// Reads which tables and views a pool's database has, with their columns and keys: its catalog.
pub(super) async fn reflect(pool: &PgPool, schemas: &Schemas) -> Result<Catalog> {
    let mut connection = pool.acquire().await.map_err(unread)?;
    // If this future is dropped, the transaction must not be the next one's that the pool lends the connection.
    connection.close_on_drop();
    begin(&mut connection).await?;
    let mut catalog = Catalog {
        home: None,
        tables: Vec::new(),
        left_out: Vec::new(),
        names: Names::Exact,
        reads: declared::reads,
        retype: |column, ty| retype(column, ty, declared::reads),
        read_as_text: declared::read_as_text,
    };
    let names = schema_names(&mut connection, schemas, &mut catalog).await?;
    let (mut ids, probed) = tables(&mut connection, &names, &mut catalog).await?;
    columns(&mut connection, &ids, &mut catalog.tables).await?;
    end(&mut connection).await?;
    let probe = PostgresProbe(&mut connection);
    let broken = broken(probe, &catalog.tables, &probed).await?;
    leave_out(broken, &mut ids, &mut catalog);
    begin(&mut connection).await?;
    constraints(&mut connection, &ids, &mut catalog.tables).await?;
    uniques(&mut connection, &ids, &mut catalog.tables).await?;
    heirs(&mut connection, &ids, &mut catalog.tables).await?;
    end(&mut connection).await?;
    catalog.tables.iter_mut().for_each(Table::set_uniques);
    Ok(catalog)
}

/// Begins a transaction: a [pooler](super::super::server) may lend a session for no longer than one.
async fn begin(connection: &mut PgConnection) -> Result<()> {
    let begun = sqlx::raw_sql("BEGIN READ ONLY").execute(connection).await;
    begun.map(drop).map_err(unread)
}

async fn end(connection: &mut PgConnection) -> Result<()> {
    let ended = sqlx::raw_sql("ROLLBACK").execute(connection).await;
    ended.map(drop).map_err(unread)
}

/// Returns the names of the schemas to reflect. The others are recorded in the catalog as left out, with the reasons.
async fn schema_names(
    connection: &mut PgConnection,
    schemas: &Schemas,
    catalog: &mut Catalog,
) -> Result<Vec<String>> {
    let sql = "SELECT nspname::text, has_schema_privilege(oid, 'USAGE'), \
            nspname IS NOT DISTINCT FROM current_schema() FROM pg_namespace \
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 3 DESC, 1";
    let known: Vec<(String, bool, bool)> = sqlx::query_as(sql)
        .persistent(false)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let names: Vec<String> = known.iter().map(|(name, ..)| name.clone()).collect();
    schemas.missing(&names)?;
    let home = known.iter().find(|(.., is_home)| *is_home);
    catalog.home = home.map(|(name, ..)| name.clone());
    let left_out = &mut catalog.left_out;
    let system = "pg_catalog and information_schema";
    left_out.push((system.to_owned(), "the system's own tables".to_owned()));
    let mut looked_at = Vec::new();
    for (name, may_use, _) in known {
        let what = format!("the schema {name}");
        if !may_use {
            left_out.push((what, "its use is not granted to this user".to_owned()));
        } else if schemas.named.is_empty() || schemas.lenient || schemas.named.contains(&name) {
            looked_at.push(name);
        } else {
            left_out.push((what, "not among the schemas that were named".to_owned()));
        }
    }
    Ok(looked_at)
}

/// A table or view of `pg_class`: its identifier, schema, name, kind, the table it is a partition of, whether it may be
/// read, its comment, the extension it belongs to, and whether it is populated.
type Listed = (
    i64,
    String,
    String,
    String,
    Option<String>,
    bool,
    Option<String>,
    Option<String>,
    bool,
);

const TABLES: &str = "
    SELECT c.oid::int8, n.nspname::text, c.relname::text, c.relkind::text,
        CASE WHEN c.relispartition THEN
            (SELECT p.relname::text FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid LIMIT 1)
        END,
        has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'),
        obj_description(c.oid, 'pg_class'),
        (SELECT e.extname::text FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
                AND d.refclassid = 'pg_extension'::regclass LIMIT 1),
        c.relispopulated
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = ANY($1)
    ORDER BY array_position($1, n.nspname::text), lower(c.relname), c.relname";

/// Reads the tables and views that the login may read into the catalog. Returns their identifiers, and the positions of
/// those whose first row must be read as a test (probed): views and foreign tables, which do not store their own rows.
async fn tables(
    connection: &mut PgConnection,
    schemas: &[String],
    catalog: &mut Catalog,
) -> Result<(Vec<i64>, Vec<usize>)> {
    let listed: Vec<Listed> = sqlx::query_as(TABLES)
        .persistent(false)
        .bind(schemas)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let (mut ids, mut probed) = (Vec::new(), Vec::new());
    for (id, schema, name, kind, parent, may_read, comment, extension, is_filled) in listed {
        let table = Table {
            schema: Some(schema),
            name,
            is_view: matches!(kind.as_str(), "v" | "m"),
            comment,
            ..Table::default()
        };
        let reason = match (parent, extension) {
            (Some(parent), _) => Some(format!("a partition of `{parent}`, which has its rows")),
            (_, Some(extension)) => Some(format!("it belongs to the extension `{extension}`")),
            _ if !may_read => Some("reading it is not granted to this user".to_owned()),
            _ if !is_filled => Some("a materialized view that was never filled".to_owned()),
            _ => None,
        };
        if let Some(reason) = reason {
            catalog.leave_out(&table, reason);
        } else {
            if kind != "r" {
                probed.push(ids.len());
            }
            ids.push(id);
            catalog.tables.push(table);
        }
    }
    Ok((ids, probed))
}

/// Moves the tables at the positions in `broken` to the catalog's list of tables that are left out, with the reasons.
fn leave_out(broken: Vec<(usize, String)>, ids: &mut Vec<i64>, catalog: &mut Catalog) {
    for (at, reason) in broken.into_iter().rev() {
        if at < ids.len() && at < catalog.tables.len() {
            ids.remove(at);
            let table = catalog.tables.remove(at);
            catalog.leave_out(&table, reason);
        }
    }
}

const COLUMNS: &str = "
    WITH RECURSIVE domain(id, base, modifier, is_not_null) AS (
        SELECT oid, typbasetype, typtypmod, typnotnull FROM pg_type WHERE typtype = 'd'
        UNION ALL
        SELECT d.id, t.typbasetype, CASE WHEN d.modifier < 0 THEN t.typtypmod ELSE d.modifier END,
            d.is_not_null OR t.typnotnull
        FROM domain d JOIN pg_type t ON t.oid = d.base WHERE t.typtype = 'd'
    )
    SELECT a.attrelid::int8 AS relation, a.attname::text AS name,
        a.attnotnull OR COALESCE(d.is_not_null, false) AS is_not_null, t.typname::text AS ty,
        t.typnamespace = 'pg_catalog'::regnamespace AS is_known,
        t.typcategory = 'A' AND t.typelem <> 0 AS is_array,
        CASE WHEN t.typtype = 'e' THEN
            ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
        END AS labels,
        CASE WHEN a.atttypmod < 0 THEN COALESCE(d.modifier, -1) ELSE a.atttypmod END AS modifier,
        NOT COALESCE(l.collisdeterministic, true) AS is_loose,
        (SELECT quote_ident(s.nspname) || '.' || quote_ident(l.collname) FROM pg_namespace s WHERE s.oid = l.collnamespace)
            AS collation,
        a.attgenerated <> '' OR a.attidentity = 'a' AS is_generated,
        CASE WHEN a.attgenerated = '' THEN pg_get_expr(f.adbin, f.adrelid) END AS default_sql,
        col_description(a.attrelid, a.attnum) AS comment,
        has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS may_read
    FROM pg_attribute a
    LEFT JOIN domain d ON d.id = a.atttypid
        AND NOT EXISTS (SELECT FROM pg_type b WHERE b.oid = d.base AND b.typtype = 'd')
    JOIN pg_type t ON t.oid = COALESCE(d.base, a.atttypid)
    LEFT JOIN pg_collation l ON l.oid = a.attcollation
    LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    WHERE a.attrelid = ANY($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum";

async fn columns(connection: &mut PgConnection, ids: &[i64], tables: &mut [Table]) -> Result<()> {
    let described: Vec<declared::Described> = sqlx::query_as(COLUMNS)
        .persistent(false)
        .bind(ids)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    for column in described {
        let Some(table) = table(ids, tables, column.relation) else {
            continue;
        };
        if column.may_read {
            table.columns.push(declared::column(column));
        } else {
            let reason = "reading it is not granted to this user".to_owned();
            table.left_out.push((column.name, reason));
        }
    }
    Ok(())
}

/// A constraint: the identifier of its table, its kind, its columns, and the schema, name and columns of the referenced
/// table.
type Constraint = (
    i64,
    String,
    Vec<String>,
    Option<String>,
    Option<String>,
    Vec<String>,
);

/// The query of constraints. The key of a table from which others inherit is not unique, since reading the table also
/// returns their rows.
const CONSTRAINTS: &str = "
    SELECT k.conrelid::int8, k.contype::text,
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place),
        n.nspname::text, c.relname::text,
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place)
    FROM pg_constraint k
    LEFT JOIN pg_class c ON c.oid = k.confrelid
    LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.conrelid = ANY($1::oid[]) AND k.contype IN ('p', 'f') AND k.conparentid = 0
        AND (k.contype = 'f' OR NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
            WHERE p.oid = k.conrelid AND p.relkind <> 'p'))
    ORDER BY k.conrelid, k.conkey, k.conname";

async fn constraints(
    connection: &mut PgConnection,
    ids: &[i64],
    tables: &mut [Table],
) -> Result<()> {
    let found: Vec<Constraint> = sqlx::query_as(CONSTRAINTS)
        .persistent(false)
        .bind(ids)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    for (id, kind, columns, schema, target, references) in found {
        let Some(table) = table(ids, tables, id) else {
            continue;
        };
        match target {
            Some(target) if kind == "f" => table.foreign_keys.push(ForeignKey {
                columns,
                schema,
                table: target,
                references,
            }),
            _ => table.key = columns,
        }
    }
    Ok(())
}

const UNIQUES: &str = "
    SELECT i.indrelid::int8,
        ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(number, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
            WHERE u.place <= i.indnkeyatts ORDER BY u.place)
    FROM pg_index i
    WHERE i.indrelid = ANY($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND i.indexprs IS NULL
        AND NOT EXISTS (SELECT FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
            WHERE p.oid = i.indrelid AND p.relkind <> 'p')
    ORDER BY i.indexrelid";

async fn uniques(connection: &mut PgConnection, ids: &[i64], tables: &mut [Table]) -> Result<()> {
    let found: Vec<(i64, Vec<String>)> = sqlx::query_as(UNIQUES)
        .persistent(false)
        .bind(ids)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    for (id, columns) in found {
        if let Some(table) = table(ids, tables, id) {
            table.uniques.push(columns);
        }
    }
    Ok(())
}

/// Records which tables inherit from which, apart from partitions. If all tables that inherit from a table have the
/// same foreign key, it is also added to that table, whose rows include theirs.
async fn heirs(connection: &mut PgConnection, ids: &[i64], tables: &mut [Table]) -> Result<()> {
    let sql = "SELECT i.inhrelid::int8, i.inhparent::int8 FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent \
        WHERE i.inhrelid = ANY($1::oid[]) AND i.inhparent = ANY($1::oid[]) AND p.relkind <> 'p' ORDER BY 1, i.inhseqno";
    let found: Vec<(i64, i64)> = sqlx::query_as(sql)
        .persistent(false)
        .bind(ids)
        .fetch_all(connection)
        .await
        .map_err(unread)?;
    let at = |id: i64| ids.iter().position(|known| *known == id);
    let mut families: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (heir, parent) in found {
        let (Some(heir), Some(parent)) = (at(heir), at(parent)) else {
            continue;
        };
        families.entry(parent).or_default().push(heir);
        let name = tables
            .get(parent)
            .map(|one| (one.schema.clone(), one.name.clone()));
        if let Some(own) = tables.get_mut(heir) {
            own.inherits.extend(name);
        }
    }
    for (parent, heirs) in families {
        let keys = |at: &usize| tables.get(*at).map_or(&[][..], |one| &one.foreign_keys);
        let first = heirs.first().map_or(&[][..], keys);
        let common = first
            .iter()
            .filter(|key| heirs.iter().all(|heir| keys(heir).contains(key)));
        let common: Vec<ForeignKey> = common.cloned().collect();
        if let Some(table) = tables.get_mut(parent) {
            table.keyless = Some("tables inherit from it, whose rows may have the same");
            let added = common
                .into_iter()
                .filter(|key| !table.foreign_keys.contains(key));
            let added: Vec<ForeignKey> = added.collect();
            table.foreign_keys.extend(added);
        }
    }
    Ok(())
}

fn table<'t>(ids: &[i64], tables: &'t mut [Table], id: i64) -> Option<&'t mut Table> {
    let at = ids.iter().position(|known| *known == id)?;
    tables.get_mut(at)
}
