//! PostgreSQL: connected by a URL, or with the program's own pool.

mod array;
mod bind;
pub(super) mod codes;
mod declared;
mod decode;
mod probe;
mod reflect;
mod state;
mod violation;
mod wire;

use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    PgConnection, PgPool, Postgres, Row as _,
    error::DatabaseError,
    postgres::{PgArguments, PgConnectOptions, PgQueryResult, PgRow},
};

use self::wire::Wire;
use super::{
    decode::RowDecoder,
    driver::{DriverFuture, ServerState},
    handle::{Database, Purpose},
    reading::tables::TableName,
    server::{
        Connected, Failure, PoolOwner, PoolSettings, Protocol, Running, Session, TableLocks,
        UrlSettings, Watched, cannot_connect, pool, pool_for_later, pool_for_reading,
    },
    sql::{quoted, trusted},
    violation::Violation,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    cell::{Type, Value},
    error::Result,
    model::Column,
    statement::{Dialect, IS_PLAIN, PostgresDialect},
};

/// The statement that turns just-in-time compilation off, unless the URL has said something of it.
const WITHOUT_JIT: &str = "SELECT set_config('jit', 'off', false) FROM pg_settings WHERE name = 'jit' AND source <> 'client'";

/// PostgreSQL, as a kind of server, directly or behind a pooler in transaction mode.
struct PostgresServer<const IS_POOLED: bool>;

impl Database {
    pub(super) async fn connect_to_postgres(url: &str, purpose: Purpose) -> Result<Self> {
        let failed = |error| cannot_connect("PostgreSQL", url, &error);
        let settings = UrlSettings::of::<PostgresServer<false>>(url).map_err(failed)?;
        let options = PgConnectOptions::from_str(&settings.url).map_err(failed)?;
        let options = options
            .application_name("tower-rest")
            .statement_cache_capacity(settings.prepared);
        let connected = match settings.is_pooled {
            true => connected::<true>(options, settings.most, purpose).await,
            false => connected::<false>(options, settings.most, purpose).await,
        };
        connected.map_err(failed)
    }

    /// Uses the connections of a pool, with its settings. This sends nothing to the server, which may be down.
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
        Self::of(Connected::<PostgresServer<false>>::over(
            pool,
            PoolOwner::Program,
        ))
    }

    /// Returns the connection pool of a PostgreSQL database, for queries of your own.
    #[must_use]
    pub fn postgres_pool(&self) -> Option<&PgPool> {
        self.0.driver.pool().downcast_ref()
    }
}

async fn connected<const IS_POOLED: bool>(
    options: PgConnectOptions,
    most: Option<u32>,
    purpose: Purpose,
) -> Result<Database, sqlx::Error> {
    // A pooler may refuse the setting while the connection is opened, and nothing waits for that one.
    let is_set_later = !IS_POOLED && purpose == Purpose::Later;
    let set_up: Option<Arc<str>> = is_set_later.then(|| WITHOUT_JIT.into());
    let settings = || PoolSettings {
        most,
        set_up: set_up.clone(),
        reads_only: purpose == Purpose::Reading,
    };
    let open = async |options| match purpose {
        Purpose::Any => pool::<PostgresServer<IS_POOLED>>(options, settings()).await,
        Purpose::Reading => {
            pool_for_reading::<PostgresServer<IS_POOLED>>(options, settings()).await
        }
        Purpose::Later => Ok(pool_for_later::<PostgresServer<IS_POOLED>>(
            options,
            settings(),
        )),
    };
    let opened = match (IS_POOLED, purpose) {
        (true, _) | (false, Purpose::Later) => open(options).await,
        (false, Purpose::Any | Purpose::Reading) => {
            match open(without_jit(options.clone())).await {
                // A connection pooler, such as PgBouncer, may refuse the setting `jit`, which it does not know.
                Err(error) if is_refused_setting(&error) => open(options).await,
                opened => opened,
            }
        }
    };
    let owner = PoolOwner::Library(settings());
    let driver = Connected::<PostgresServer<IS_POOLED>>::over(opened?, owner);
    Ok(Database::of(driver))
}

impl<const IS_POOLED: bool> Protocol for PostgresServer<IS_POOLED> {
    type Db = Postgres;
    type Wire = Wire;

    const NAME: &'static str = "PostgreSQL";

    /// All texts of a PostgreSQL database have the same character set, so no column must be converted for a comparison.
    const CONVERTING: Option<&'static dyn Dialect> = None;

    const HAS_POOLERS: bool = true;

    const IS_POOLED: bool = IS_POOLED;

    /// Behind a pooler, the session may have statements of other connections, whose names this connection uses, too.
    const WRITES: &'static str = match IS_POOLED {
        true => "BEGIN; SET LOCAL jit = off; DEALLOCATE ALL",
        false => "BEGIN",
    };

    /// In PostgreSQL, a failed statement aborts the transaction.
    const GOES_ON: bool = false;

    const SNAPSHOT: &'static str = match IS_POOLED {
        true => {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL jit = off; DEALLOCATE ALL"
        }
        false => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };

    const READS_ONLY: &'static str = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";

    const LOCKS: Option<TableLocks> = Some(TableLocks {
        name: named,
        lock: |tables| {
            let tables = tables.join(", ");
            format!(
                "SAVEPOINT tower_rest_locks; LOCK TABLE {tables} IN ACCESS SHARE MODE; RELEASE SAVEPOINT tower_rest_locks"
            )
        },
        take_back: "ROLLBACK TO SAVEPOINT tower_rest_locks; RELEASE SAVEPOINT tower_rest_locks",
    });

    /// PostgreSQL's `Append` node runs the arms of a union in order, and parallel workers do not run an arm with a
    /// limit. So the rows of a batch come arm by arm.
    const BATCHES_LISTS: bool = true;

    const FETCHES_ONE_ROW: bool = true;

    fn dialect(_returns_rows: bool) -> &'static dyn Dialect {
        &PostgresDialect
    }

    fn address(options: &PgConnectOptions) -> String {
        let (host, port) = (options.get_host(), options.get_port());
        let (socket, database) = (options.get_socket(), options.get_database());
        format!("{host} {port} {socket:?} {database:?}")
    }

    /// `None`: the message that closes a statement has an answer.
    fn statements_without_wait(_: &PgConnectOptions) -> Option<usize> {
        None
    }

    fn begin_within(begin: &'static str, limit: Option<Duration>) -> String {
        match limit.filter(|_| IS_POOLED) {
            Some(limit) => {
                // The time limit of the request comes first, and says so.
                let most = limit.as_millis().saturating_add(100).min(i32::MAX as u128);
                format!("{begin}; SET LOCAL statement_timeout = {most}")
            }
            None => begin.to_owned(),
        }
    }

    fn session(connection: &mut PgConnection) -> Running<'_, Session> {
        Box::pin(async move {
            if IS_POOLED {
                return Ok(Session {
                    number: 0,
                    returns_rows: true,
                    is_replica: false,
                });
            }
            let read = sqlx::query_as("SELECT pg_backend_pid(), pg_is_in_recovery()");
            let (number, is_replica): (i32, bool) = read.fetch_one(connection).await?;
            Ok(Session {
                number: number.into(),
                returns_rows: true,
                is_replica,
            })
        })
    }

    fn watch(connection: &mut PgConnection) -> Running<'_, Watched> {
        const SQL: &str = "SELECT pg_backend_pid(), current_setting('transaction_read_only') = 'on' \
            AND current_setting('default_transaction_read_only') = 'on'";
        Box::pin(async move {
            let row = sqlx::raw_sql(SQL).fetch_one(connection).await?;
            let number: i32 = row.try_get(0)?;
            Ok(Watched {
                number: number.into(),
                is_read_only: row.try_get(1)?,
            })
        })
    }

    fn state(connection: &mut PgConnection) -> Running<'_, ServerState> {
        Box::pin(state::of(connection))
    }

    fn stop(number: i64) -> Option<String> {
        (!IS_POOLED).then(|| format!("SELECT pg_terminate_backend({number})"))
    }

    fn interrupt(number: i64) -> Option<String> {
        (!IS_POOLED).then(|| format!("SELECT pg_cancel_backend({number})"))
    }

    fn keeps_returned<'a>(
        connection: &'a mut PgConnection,
        table: TableName<'a>,
        _are_new: bool,
    ) -> Running<'a, bool> {
        Box::pin(async move {
            let sql = format!(
                "SELECT {IS_PLAIN} FROM pg_catalog.pg_class c WHERE c.oid = to_regclass($1)"
            );
            let plain = sqlx::query_scalar(trusted(sql.into())).bind(named(table));
            Ok(plain.fetch_optional(connection).await?.unwrap_or(false))
        })
    }

    fn arguments(values: &[Value]) -> Result<PgArguments, Failure> {
        bind::arguments(values)
    }

    fn row(typed: &mut RowDecoder<'_, Wire>, row: &PgRow) -> Result<(), Failure> {
        decode::row(typed, row)
    }

    /// Whether the connection is lost, by the SQLSTATE:
    /// <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn is_lost(error: &dyn DatabaseError) -> bool {
        let code = error.code().unwrap_or_default();
        code.starts_with("08") || matches!(&*code, "57P01" | "57P02" | "57P03" | "57P05" | "25P03")
    }

    /// CockroachDB answers 40003 if it has lost the node that commits:
    /// <https://www.cockroachlabs.com/docs/stable/transaction-retry-error-reference>. Internal errors, of class XX, tell
    /// nothing either.
    fn leaves_unknown(error: &dyn DatabaseError, _: bool) -> bool {
        let code = error.code().unwrap_or_default();
        Self::is_lost(error) || code == "40003" || code.starts_with("XX")
    }

    fn is_read_only(error: &dyn DatabaseError) -> bool {
        error.code().as_deref() == Some("25006")
    }

    fn last_id(_: &PgQueryResult) -> Option<u64> {
        None
    }

    fn violation(error: &dyn DatabaseError) -> Option<Violation> {
        violation::violation(error)
    }

    fn is_conflict(error: &dyn DatabaseError) -> bool {
        codes::is_conflict(error)
    }

    /// A replica has its conflicts with the changes that it applies, as the message says, and the primary has none of them.
    fn may_read_again(error: &dyn DatabaseError) -> bool {
        codes::is_conflict(error) && !error.message().contains("recovery")
    }

    fn constrained<'a>(
        pool: &'a PgPool,
        table: (Option<&'a str>, &'a str),
        constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>> {
        violation::constrained(pool, table, constraint)
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

    /// PostgreSQL's `LOCK` refuses materialized views, foreign tables, and tables of which the login may read only some
    /// columns.
    fn refuses_lock(error: &dyn DatabaseError) -> bool {
        let code = error.code().unwrap_or_default();
        matches!(&*code, "42809" | "42501" | "42601" | "0A000")
    }

    fn adapt(column: &mut Column) -> Option<String> {
        column.storage.infinite = matches!(
            column.ty,
            Type::Date | Type::Timestamp | Type::ZonedTimestamp
        );
        column.storage.fraction = column.storage.fraction.or(Some(6));
        if let Some(element) = &mut column.element {
            Self::adapt(Arc::make_mut(element));
        }
        match column.ty {
            // PostgreSQL has no integers of 8 bits and no unsigned ones.
            Type::Integer { bits, .. } => {
                let bits = bits.max(16);
                column.ty = Type::Integer { bits, signed: true };
            }
            // The text of `money` contains a currency symbol.
            Type::Decimal if matches!(column.declared, Some(sea_query::ColumnType::Money(_))) => {
                column.ty = Type::Other;
            }
            _ => {}
        }
        None
    }

    fn reflect<'a>(pool: &'a PgPool, schemas: &'a Schemas) -> DriverFuture<'a, Catalog> {
        Box::pin(reflect::reflect(pool, schemas))
    }

    // Bytes are never read as texts on PostgreSQL, so there is nothing to sample.
    fn bytes_of<'a>(_: &'a PgPool, _: &'a Table, _: &'a str) -> DriverFuture<'a, Vec<Vec<u8>>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// Returns the name of a table as SQL writes it.
fn named((schema, table): TableName<'_>) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quoted(schema, '"'), quoted(table, '"')),
        None => quoted(table, '"'),
    }
}

/// Returns the options with just-in-time compilation turned off, unless the URL sets `jit`. The planner would use it
/// for lists that it estimates to be long, but for one page it costs much more than it saves.
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
