//! MySQL and MariaDB: connected by a URL, or with the program's own pool.

mod bind;
mod cluster;
pub(super) mod codes;
mod declared;
mod decode;
mod probe;
mod reflect;
mod state;
mod violation;

use std::{str::FromStr, time::Duration};

use sea_query::ColumnType;
use sqlx::{
    ConnectOptions as _, MySql, MySqlConnection, MySqlPool, Row as _,
    error::DatabaseError,
    mysql::{MySqlArguments, MySqlConnectOptions, MySqlQueryResult, MySqlRow},
};

use self::{codes::number_of, decode::Wire};
use super::{
    decode::RowDecoder,
    driver::{DriverFuture, ServerState},
    handle::{Database, Purpose},
    reading::tables::TableName,
    server::{
        Connected, Failure, ManualCommit, PoolOwner, PoolSettings, Protocol, Running, Session,
        TableLocks, UrlSettings, Watched, cannot_connect, pool, pool_for_later, pool_for_reading,
    },
    violation::Violation,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    cell::{Type, Value},
    error::Result,
    model::{Column, Digits},
    statement::{Dialect, MySqlDialect, is_decimal_text},
};

/// MySQL and MariaDB, as a kind of server.
struct MySqlServer;

impl Database {
    pub(super) async fn connect_to_mysql(url: &str, purpose: Purpose) -> Result<Self> {
        let failed = |error| cannot_connect("MySQL", url, &error);
        let (plain, set_up) = cluster::sync_wait(url).map_err(failed)?;
        let settings = UrlSettings::of::<MySqlServer>(&plain).map_err(failed)?;
        let most = settings.most;
        let set_up = set_up.map(Into::into);
        let of_pool = PoolSettings {
            most,
            set_up,
            reads_only: purpose == Purpose::Reading,
        };
        let owner = PoolOwner::Library(of_pool.clone());
        let options = MySqlConnectOptions::from_str(&settings.url).map_err(failed)?;
        let options = options.statement_cache_capacity(settings.prepared);
        let pool = match purpose {
            Purpose::Any => pool::<MySqlServer>(options, of_pool).await,
            Purpose::Reading => pool_for_reading::<MySqlServer>(options, of_pool).await,
            Purpose::Later => Ok(pool_for_later::<MySqlServer>(options, of_pool)),
        };
        Ok(Self::of(Connected::<MySqlServer>::over(
            pool.map_err(failed)?,
            owner,
        )))
    }

    /// Uses the connections of a pool to MySQL or MariaDB. This sends nothing to the server, which may be down.
    ///
    /// The pool's time zone and character set must be those that sqlx sets: UTC and `utf8mb4`. Its sessions commit each
    /// statement outside a transaction, as they do unless a program says otherwise.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use sqlx::mysql::MySqlPoolOptions;
    /// use tower_rest::Database;
    /// let pool = MySqlPoolOptions::new().max_connections(4).connect_lazy("mysql://localhost/cars").unwrap();
    /// let db = Database::from_mysql_pool(pool);
    /// # });
    /// ```
    #[must_use]
    pub fn from_mysql_pool(pool: MySqlPool) -> Self {
        Self::of(Connected::<MySqlServer>::over(pool, PoolOwner::Program))
    }

    /// Returns the connection pool of a MySQL or MariaDB database, for queries of your own.
    #[must_use]
    pub fn mysql_pool(&self) -> Option<&MySqlPool> {
        self.0.driver.pool().downcast_ref()
    }
}

impl Protocol for MySqlServer {
    type Db = MySql;
    type Wire = Wire;

    const NAME: &'static str = "MySQL";

    const CONVERTING: Option<&'static dyn Dialect> = Some(&MySqlDialect::Converting);

    const HAS_POOLERS: bool = false;

    const IS_POOLED: bool = false;

    const WRITES: &'static str = "START TRANSACTION";

    const GOES_ON: bool = true;

    /// MySQL's isolation level is set first, since under `READ COMMITTED` every statement would see the writes
    /// committed before that statement.
    const SNAPSHOT: &'static str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
                                    START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

    const READS_ONLY: &'static str = "SET SESSION TRANSACTION READ ONLY";

    /// No tables are locked: MySQL refuses to read a table that was rewritten after the snapshot, with error 1412,
    /// which clients get as `busy`.
    const LOCKS: Option<TableLocks> = None;

    /// In MySQL, a union need not keep the order of the rows of its arms:
    /// <https://dev.mysql.com/doc/refman/8.4/en/union.html>.
    const BATCHES_LISTS: bool = false;

    /// When sqlx fetches one row from MySQL, it may leave the end of the result unread.
    const FETCHES_ONE_ROW: bool = false;

    fn dialect(returns_rows: bool) -> &'static dyn Dialect {
        match returns_rows {
            true => &MySqlDialect::Returning,
            false => &MySqlDialect::Plain,
        }
    }

    fn address(options: &MySqlConnectOptions) -> String {
        let (host, port) = (options.get_host(), options.get_port());
        let (socket, database) = (options.get_socket(), options.get_database());
        format!("{host} {port} {socket:?} {database:?}")
    }

    fn statements_without_wait(options: &MySqlConnectOptions) -> Option<usize> {
        // sqlx tells the number by a URL alone, and panics where the host is an address of IPv6, for example.
        let options = options.clone().host("localhost").username("any");
        let url = options.to_url_lossy();
        let mut settings = url.query_pairs();
        let kept = settings.find(|(name, _)| name == "statement-cache-capacity");
        kept.and_then(|(_, kept)| kept.parse().ok())
    }

    fn begin_within(begin: &'static str, _: Option<Duration>) -> String {
        begin.to_owned()
    }

    fn session(connection: &mut MySqlConnection) -> Running<'_, Session> {
        Box::pin(async move {
            let read = sqlx::query_as("SELECT CAST(CONNECTION_ID() AS SIGNED), VERSION()");
            let (number, version): (i64, String) = read.fetch_one(connection).await?;
            Ok(Session {
                number,
                returns_rows: inserts_return_rows(&version),
                // A login with more rights may write where `read_only` is on.
                is_replica: false,
            })
        })
    }

    fn watch(connection: &mut MySqlConnection) -> Running<'_, Watched> {
        // The variable has one of two names, by server and version; MariaDB from 11.1 knows both.
        const SQL: &str = "SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_read_only', 'tx_read_only')";
        Box::pin(async move {
            let number = sqlx::raw_sql("SELECT CAST(CONNECTION_ID() AS SIGNED)");
            let number = number.fetch_one(&mut *connection).await?.try_get(0)?;
            let setting: String = sqlx::raw_sql(SQL).fetch_one(connection).await?.try_get(1)?;
            Ok(Watched {
                number,
                is_read_only: matches!(&*setting, "ON" | "1"),
            })
        })
    }

    fn manual_commit(connection: &mut MySqlConnection) -> Running<'_, Option<ManualCommit>> {
        Box::pin(cluster::manual_commit(connection))
    }

    fn has_committed(connection: &mut MySqlConnection) -> Running<'_, bool> {
        Box::pin(cluster::has_committed(connection))
    }

    fn state(connection: &mut MySqlConnection) -> Running<'_, ServerState> {
        Box::pin(async move {
            let is_guarded = Self::watch(connection).await?.is_read_only;
            state::of(connection, is_guarded).await
        })
    }

    fn stop(number: i64) -> Option<String> {
        Some(format!("KILL {number}"))
    }

    fn interrupt(number: i64) -> Option<String> {
        Some(format!("KILL QUERY {number}"))
    }

    /// A changed row is read again by the statement that changes it. A new one is returned as it is inserted, which only
    /// a trigger can change afterwards, if it changes a row whose foreign key acts on this one. An error takes rows of
    /// InnoDB back, and not those of every engine.
    fn keeps_returned<'a>(
        connection: &'a mut MySqlConnection,
        (schema, table): TableName<'a>,
        are_new: bool,
    ) -> Running<'a, bool> {
        const SQL: &str = "SELECT CAST(EXISTS (SELECT 1 FROM information_schema.tables WHERE table_schema = s.name \
                AND table_name = s.of AND engine = 'InnoDB') \
            AND (s.is_changed OR NOT EXISTS (SELECT 1 FROM information_schema.referential_constraints \
                WHERE constraint_schema = s.name AND table_name = s.of \
                AND (update_rule IN ('CASCADE', 'SET NULL') OR delete_rule IN ('CASCADE', 'SET NULL')))) AS SIGNED) \
            FROM (SELECT COALESCE(?, DATABASE()) AS name, ? AS of, ? AS is_changed) s";
        Box::pin(async move {
            let keeps = sqlx::query_scalar(SQL)
                .bind(schema)
                .bind(table)
                .bind(!are_new);
            let keeps: i64 = keeps.fetch_one(connection).await?;
            Ok(keeps == 1)
        })
    }

    fn arguments(values: &[Value]) -> Result<MySqlArguments, Failure> {
        bind::arguments(values)
    }

    fn row(typed: &mut RowDecoder<'_, Wire>, row: &MySqlRow) -> Result<(), Failure> {
        decode::row(typed, row)
    }

    fn is_lost(error: &dyn DatabaseError) -> bool {
        // A Galera cluster without a quorum, a server that is shutting down, or a connection that the server killed or
        // closed.
        matches!(number_of(error), 1047 | 1053 | 1927 | 2006 | 2013 | 4031)
            || error.code().is_some_and(|state| state.starts_with("08"))
    }

    /// MariaDB and MySQL have few reasons to refuse a `COMMIT`. Proxies before several servers, such as Vitess, and TiDB have
    /// many more errors, which do not all say whether it has been carried out.
    fn leaves_unknown(error: &dyn DatabaseError, is_commit: bool) -> bool {
        let is_known = Self::is_conflict(error)
            || Self::is_read_only(error)
            || Self::violation(error).is_some();
        let says_nothing = codes::says_nothing(number_of(error));
        Self::is_lost(error) || says_nothing || (is_commit && !is_known)
    }

    fn is_read_only(error: &dyn DatabaseError) -> bool {
        // 1290 names the option that is in the way, which may be another one.
        let has_name = |name| error.message().contains(name);
        match number_of(error) {
            1290 => has_name("read-only") || has_name("read_only"),
            number => number == 1836,
        }
    }

    fn last_id(done: &MySqlQueryResult) -> Option<u64> {
        Some(done.last_insert_id()).filter(|id| *id > 0)
    }

    fn violation(error: &dyn DatabaseError) -> Option<Violation> {
        violation::violation(error)
    }

    fn is_conflict(error: &dyn DatabaseError) -> bool {
        codes::is_conflict(error)
    }

    fn may_read_again(error: &dyn DatabaseError) -> bool {
        codes::is_conflict(error)
    }

    fn constrained<'a>(
        pool: &'a MySqlPool,
        table: (Option<&'a str>, &'a str),
        constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>> {
        violation::constrained(pool, table, constraint)
    }

    fn is_stale(error: &dyn DatabaseError) -> bool {
        // 1461: the server has too many prepared statements; closing those of this connection may help.
        matches!(number_of(error), 1243 | 1615 | 1461)
    }

    fn is_unfit(error: &dyn DatabaseError) -> bool {
        matches!(number_of(error), 1267 | 1270 | 1271) && error.message().contains("COERCIBLE")
    }

    fn refuses_lock(_error: &dyn DatabaseError) -> bool {
        false
    }

    fn adapt(column: &mut Column) -> Option<String> {
        // A computed decimal is read as a text, whatever the type of its expression.
        let is_computed = column.computed.is_some() && column.ty == Type::Decimal;
        column.storage.decimal_text = is_decimal_text(column) || is_computed;
        column.storage.empty_member = matches!(column.ty, Type::Enum(_));
        if column.ty == Type::Decimal && !column.storage.decimal_text {
            // The digits that `create_table` declares for a decimal column without digits in the model.
            let (precision, scale) = (65, 30);
            let most = Digits { precision, scale };
            column.storage.digits = column.storage.digits.or(Some(most));
        }
        column.storage.fraction = column.storage.fraction.or(Some(6));
        match column.declared {
            Some(ColumnType::Bit(None | Some(1)) | ColumnType::VarBit(1)) => {
                column.ty = Type::Boolean;
            }
            Some(ColumnType::Bit(_) | ColumnType::VarBit(_)) => {
                column.ty = Type::Integer {
                    bits: 64,
                    signed: false,
                };
            }
            _ => {}
        }
        let words = "is an array, which MySQL and MariaDB do not have; declare it as JSON";
        column.storage.array.map(|_| words.to_owned())
    }

    fn reflect<'a>(pool: &'a MySqlPool, schemas: &'a Schemas) -> DriverFuture<'a, Catalog> {
        Box::pin(reflect::reflect(pool, schemas))
    }

    fn bytes_of<'a>(
        pool: &'a MySqlPool,
        table: &'a Table,
        column: &'a str,
    ) -> DriverFuture<'a, Vec<Vec<u8>>> {
        Box::pin(probe::bytes_of(pool, table, column))
    }
}

/// Whether `INSERT … RETURNING` is known by a server with this version, such as `10.11.6-MariaDB-log`: MariaDB knows it
/// from 10.5, MySQL does not know it.
fn inserts_return_rows(version: &str) -> bool {
    let mut numbers = version.split(['.', '-']).map(str::parse::<u32>);
    let version_number = numbers.next().zip(numbers.next());
    version.contains("MariaDB")
        && matches!(version_number, Some((Ok(major), Ok(minor))) if (major, minor) >= (10, 5))
}

#[cfg(test)]
mod tests {
    use super::inserts_return_rows;

    #[test]
    fn mariadb_returns_inserted_rows_from_10_5() {
        let returning = [
            "10.5.0-MariaDB",
            "10.11.6-MariaDB-0+deb12u1-log",
            "11.4.2-MariaDB",
        ];
        assert!(returning.into_iter().all(inserts_return_rows));
        let others = [
            "10.4.34-MariaDB",
            "8.4.3",
            "9.1.0-commercial",
            "MariaDB",
            "",
            "10.5",
        ];
        assert!(!others.into_iter().any(inserts_return_rows));
    }
}
