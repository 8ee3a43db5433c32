//! PostgreSQL: from a URL, or over the user's own pool.

mod array;
mod bind;
mod declared;
mod decode;
mod probe;
mod reflect;

use std::{str::FromStr, sync::Arc};

use sqlx::{
    Executor as _, PgConnection, PgPool, Postgres, error::DatabaseError, postgres::PgConnectOptions,
};

use super::{
    Answer, Database,
    decode::Typed,
    export::Sink,
    reading::{Fetched, tables::TableName},
    server::{
        Connected, Failure, MOST_PREPARED, Running, Server, ServerUnit, cannot_connect, pool, rows,
        stream,
    },
    transaction::UnitConnection,
    trusted,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    cell::Type,
    error::{Code, Result},
    model::Column,
    statement::{Dialect, PostgresDialect, Statement},
};

/// How PostgreSQL is spoken to.
struct Protocol;

impl Database {
    pub(super) async fn connect_to_postgres(url: &str) -> Result<Self> {
        let failed = |error| cannot_connect("PostgreSQL", url, &error);
        let options = PgConnectOptions::from_str(url).map_err(failed)?;
        let options = options
            .application_name("tower-rest")
            .statement_cache_capacity(MOST_PREPARED);
        let pool = match pool(without_jit(options.clone())).await {
            // Poolers refuse settings that they do not know.
            Err(error) if is_refused_setting(&error) => pool(options).await,
            connected => connected,
        };
        Ok(Self::of(Connected::<Protocol>::over(
            pool.map_err(failed)?,
            false,
        )))
    }

    /// Uses the connections of a pool, with whatever settings it has. Nothing is asked of the server yet: it may be down.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use sqlx::postgres::PgPoolOptions;
    /// use tower_rest::Database;
    /// let pool = PgPoolOptions::new().max_connections(4).connect_lazy("postgres://localhost/cars").unwrap();
    /// let db = Database::from_postgres_pool(pool);
    /// # });
    /// ```
    #[must_use]
    pub fn from_postgres_pool(pool: PgPool) -> Self {
        Self::of(Connected::<Protocol>::over(pool, true))
    }

    /// The pool of connections, of a PostgreSQL database, for queries of one's own.
    #[must_use]
    pub fn postgres_pool(&self) -> Option<&PgPool> {
        self.0.driver.pool().downcast_ref()
    }
}

impl Server for Protocol {
    type Db = Postgres;

    const NAME: &'static str = "PostgreSQL";

    const DIALECT: &'static dyn Dialect = &PostgresDialect;

    /// A database of PostgreSQL has one character set, that of its texts.
    const CONVERTING: Option<&'static dyn Dialect> = None;

    const WRITES: &'static str = "BEGIN";

    const SNAPSHOT: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    const LOCKED: Option<fn(TableName<'_>) -> String> = Some(|(schema, table)| match schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(table)),
        None => quoted(table),
    });

    /// An `Append` runs its arms in turn, and one with a limit is left to no other process.
    const LISTS_TOGETHER: bool = true;

    fn number(connection: &mut PgConnection) -> Running<'_, i64> {
        Box::pin(async move {
            let number: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
                .fetch_one(connection)
                .await?;
            Ok(number.into())
        })
    }

    fn stop(number: i64) -> String {
        format!("SELECT pg_terminate_backend({number})")
    }

    fn fetch<'a>(
        connection: &'a mut PgConnection,
        statement: &'a Statement,
    ) -> Running<'a, (Fetched, u64), Failure> {
        Box::pin(async move {
            let arguments = bind::arguments(&statement.values)?;
            let query = sqlx::query_with(trusted(Arc::clone(&statement.plan.sql)), arguments);
            let mut typed = Typed::new(statement);
            if statement.plan.is_single {
                // It reads to the end of the answer all the same, past half as many futures.
                let row = connection.fetch_optional(query).await;
                if let Some(row) = row.map_err(Failure::Database)? {
                    decode::row(&mut typed, &row)?;
                    typed.check().map_err(Failure::TooLarge)?;
                }
            } else {
                rows(connection, query, |row| {
                    decode::row(&mut typed, &row)?;
                    typed.check().map_err(Failure::TooLarge)
                })
                .await?;
            }
            Ok(typed.finish())
        })
    }

    fn stream<'a>(
        connection: &'a mut PgConnection,
        statement: &'a Statement,
        sink: &'a Sink,
    ) -> Running<'a, u64, Failure> {
        Box::pin(async move {
            let arguments = bind::arguments(&statement.values)?;
            let query = sqlx::query_with(trusted(Arc::clone(&statement.plan.sql)), arguments);
            let typed = Typed::new(statement);
            stream(connection, query, typed, decode::row, sink).await
        })
    }

    fn execute<'a>(connection: &'a mut PgConnection, sql: Arc<str>) -> Running<'a, ()> {
        Box::pin(async move {
            sqlx::raw_sql(trusted(sql))
                .execute(connection)
                .await
                .map(drop)
        })
    }

    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    fn is_lost(error: &dyn DatabaseError) -> bool {
        let code = error.code().unwrap_or_default();
        code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03" | "57P05" | "25P03")
    }

    fn is_stale(error: &dyn DatabaseError) -> bool {
        match error.code().as_deref() {
            Some("0A000") => error.message().contains("cached plan"),
            Some("26000" | "42P05") => true,
            _ => false,
        }
    }

    fn is_unfit(_: &dyn DatabaseError) -> bool {
        false
    }

    /// A materialized view or a foreign table, of which `LOCK` knows nothing; columns that are granted and their table is not.
    fn refuses_lock(error: &dyn DatabaseError) -> bool {
        let code = error.code().unwrap_or_default();
        matches!(&*code, "42809" | "42501" | "42601" | "0A000")
    }

    fn adapt(column: &mut Column) -> Option<String> {
        column.storage.infinite = matches!(
            column.ty,
            Type::Date | Type::Timestamp | Type::ZonedTimestamp
        );
        match column.ty {
            // There is no integer of 8 bits, and none without a sign.
            Type::Integer { bits, .. } => {
                let bits = bits.max(16);
                column.ty = Type::Integer { bits, signed: true };
            }
            // Its text has the currency of a locale in it.
            Type::Decimal if matches!(column.declared, Some(sea_query::ColumnType::Money(_))) => {
                column.ty = Type::Other;
            }
            _ => {}
        }
        None
    }

    fn reflect<'a>(pool: &'a PgPool, schemas: &'a Schemas) -> Answer<'a, Catalog> {
        Box::pin(reflect::reflect(pool, schemas))
    }

    // Bytes are never read as texts here.
    fn bytes_of<'a>(_: &'a PgPool, _: &'a Table, _: &'a str) -> Answer<'a, Vec<Vec<u8>>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn lend(unit: &mut ServerUnit<Self>) -> UnitConnection<'_> {
        UnitConnection::Postgres(unit.connection())
    }
}

/// A name as an identifier.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Turns off the compilation of plans, unless the URL says otherwise: it costs a page far more than it saves, and is done
/// where the planner thinks that a list is long.
fn without_jit(options: PgConnectOptions) -> PgConnectOptions {
    let said = options.get_options().unwrap_or_default();
    match said.contains("jit") {
        true => options,
        false => options.options([("jit", "off")]),
    }
}

fn is_refused_setting(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("08P01" | "42704" | "0A000" | "22023"))
}

/// What an error of PostgreSQL's is to a client: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn code_of(code: &str) -> Code {
    match code {
        "57014" => Code::Timeout,
        "55P03" | "55006" | "40001" | "40P01" | "72000" => Code::Busy,
        // No such table, column, type, function or schema, or one of another kind; a member that an enum has no more; a
        // materialized view that is not filled.
        "42P01" | "42703" | "42704" | "42725" | "42804" | "42809" | "42846" | "42883" | "3F000"
        | "22P02" | "22P03" | "55000" => Code::SchemaMismatch,
        "42501" => Code::Forbidden,
        // No such database; a transaction that was ended for its age; the server of a foreign table that is away.
        "3D000" | "25P03" | "25P04" | "40003" | "HV00L" | "HV00M" | "HV00N" | "HV00P" => {
            Code::Unavailable
        }
        // Shutdown, connections, resources, logins, the system, settings.
        _ if ["57P", "08", "53", "28", "58", "F0"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Code::Unavailable
        }
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_state_is_to_a_client() {
        let cases = [
            ("57014", Code::Timeout),
            ("57P01", Code::Unavailable),
            ("08006", Code::Unavailable),
            ("53300", Code::Unavailable),
            ("28P01", Code::Unavailable),
            ("3D000", Code::Unavailable),
            ("40001", Code::Busy),
            ("40P01", Code::Busy),
            ("58030", Code::Unavailable),
            ("HV00N", Code::Unavailable),
            ("42704", Code::SchemaMismatch),
            ("42P01", Code::SchemaMismatch),
            ("42703", Code::SchemaMismatch),
            // A member that an enum has no more.
            ("22P02", Code::SchemaMismatch),
            // A materialized view that is not filled.
            ("55000", Code::SchemaMismatch),
            ("42501", Code::Forbidden),
            ("22012", Code::Internal),
        ];
        for (state, code) in cases {
            assert_eq!(code_of(state), code, "{state}");
        }
    }
}
