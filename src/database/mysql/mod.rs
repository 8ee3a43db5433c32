//! MySQL and MariaDB: from a URL, or over the user's own pool.

mod bind;
mod declared;
mod decode;
mod probe;
mod reflect;

use std::{str::FromStr, sync::Arc};

use sea_query::ColumnType;
use sqlx::{
    MySql, MySqlConnection, MySqlPool,
    error::DatabaseError,
    mysql::{MySqlConnectOptions, MySqlDatabaseError},
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
    statement::{Dialect, MySqlDialect, Statement, is_decimal_text},
};

/// How MySQL is spoken to.
struct Protocol;

impl Database {
    pub(super) async fn connect_to_mysql(url: &str) -> Result<Self> {
        let failed = |error| cannot_connect("MySQL", url, &error);
        let options = MySqlConnectOptions::from_str(url).map_err(failed)?;
        let options = options.statement_cache_capacity(MOST_PREPARED);
        let pool = pool(options).await.map_err(failed)?;
        Ok(Self::of(Connected::<Protocol>::over(pool, false)))
    }

    /// Uses the connections of a pool to MySQL or MariaDB. Nothing is asked of the server yet: it may be down.
    ///
    /// Its time zone and character set must be those that sqlx sets: UTC and `utf8mb4`.
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
        Self::of(Connected::<Protocol>::over(pool, true))
    }

    /// The pool of connections, of a MySQL or MariaDB database, for queries of one's own.
    #[must_use]
    pub fn mysql_pool(&self) -> Option<&MySqlPool> {
        self.0.driver.pool().downcast_ref()
    }
}

impl Server for Protocol {
    type Db = MySql;

    const NAME: &'static str = "MySQL";

    const DIALECT: &'static dyn Dialect = &MySqlDialect::PLAIN;

    const CONVERTING: Option<&'static dyn Dialect> = Some(&MySqlDialect::CONVERTING);

    const WRITES: &'static str = "START TRANSACTION";

    /// Under another level every statement would see what was written before it.
    const SNAPSHOT: &'static str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
                                    START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

    /// Such a reading is error 1412, which is `busy`.
    const LOCKED: Option<fn(TableName<'_>) -> String> = None;

    /// What is in order inside a union may be in none outside: <https://dev.mysql.com/doc/refman/8.4/en/union.html>.
    const LISTS_TOGETHER: bool = false;

    fn number(connection: &mut MySqlConnection) -> Running<'_, i64> {
        Box::pin(sqlx::query_scalar("SELECT CAST(CONNECTION_ID() AS SIGNED)").fetch_one(connection))
    }

    fn stop(number: i64) -> String {
        format!("KILL {number}")
    }

    fn fetch<'a>(
        connection: &'a mut MySqlConnection,
        statement: &'a Statement,
    ) -> Running<'a, (Fetched, u64), Failure> {
        Box::pin(async move {
            let arguments = bind::arguments(&statement.values)?;
            let query = sqlx::query_with(trusted(Arc::clone(&statement.plan.sql)), arguments);
            let mut typed = Typed::new(statement);
            rows(connection, query, |row| {
                decode::row(&mut typed, &row)?;
                typed.check().map_err(Failure::TooLarge)
            })
            .await?;
            Ok(typed.finish())
        })
    }

    fn stream<'a>(
        connection: &'a mut MySqlConnection,
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

    fn execute<'a>(connection: &'a mut MySqlConnection, sql: Arc<str>) -> Running<'a, ()> {
        Box::pin(async move {
            sqlx::raw_sql(trusted(sql))
                .execute(connection)
                .await
                .map(drop)
        })
    }

    fn is_lost(error: &dyn DatabaseError) -> bool {
        // Galera without a quorum, a server that is shutting down, a connection that it killed or forgot.
        matches!(number_of(error), 1047 | 1053 | 1927 | 2006 | 2013 | 4031)
            || error.code().is_some_and(|state| state.starts_with("08"))
    }

    fn is_stale(error: &dyn DatabaseError) -> bool {
        // The last: the server keeps no more statements prepared, and those of this connection may be given up.
        matches!(number_of(error), 1243 | 1615 | 1461)
    }

    fn is_unfit(error: &dyn DatabaseError) -> bool {
        matches!(number_of(error), 1267 | 1270 | 1271) && error.message().contains("COERCIBLE")
    }

    fn refuses_lock(_error: &dyn DatabaseError) -> bool {
        false
    }

    fn adapt(column: &mut Column) -> Option<String> {
        column.storage.decimal_text = is_decimal_text(column);
        column.storage.empty_member = matches!(column.ty, Type::Enum(_));
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

    fn reflect<'a>(pool: &'a MySqlPool, schemas: &'a Schemas) -> Answer<'a, Catalog> {
        Box::pin(reflect::reflect(pool, schemas))
    }

    fn bytes_of<'a>(
        pool: &'a MySqlPool,
        table: &'a Table,
        column: &'a str,
    ) -> Answer<'a, Vec<Vec<u8>>> {
        Box::pin(probe::bytes_of(pool, table, column))
    }

    fn lend(unit: &mut ServerUnit<Self>) -> UnitConnection<'_> {
        UnitConnection::MySql(unit.connection())
    }
}

fn number_of(error: &dyn DatabaseError) -> u16 {
    let error = error.try_downcast_ref::<MySqlDatabaseError>();
    error.map_or(0, MySqlDatabaseError::number)
}

/// What an error of MySQL's or MariaDB's is to a client, by its number:
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>,
/// <https://mariadb.com/docs/server/reference/error-codes>.
pub(super) fn code_of(number: u16) -> Code {
    match number {
        // A lock that was waited for, a deadlock, rows or a table that changed after the snapshot was taken.
        1020 | 1205 | 1213 | 1223 | 1412 | 3058 | 3572 => Code::Busy,
        // Interrupted, or beyond the server's own limits.
        1028 | 1317 | 1969 | 3024 => Code::Timeout,
        // No such table, column, function, routine, sequence; collations that do not mix; a broken view, or one whose
        // definer is gone.
        1051 | 1054 | 1109 | 1146 | 1267 | 1270 | 1271 | 1305 | 1356 | 1449 | 1932 | 4091 => {
            Code::SchemaMismatch
        }
        // A table, a column, a routine, a privilege that the login lacks.
        1142 | 1143 | 1227 | 1370 => Code::Forbidden,
        // Logins that are refused, locked, expired or must be encrypted; databases that are refused or not there.
        1043 | 1044 | 1045 | 1049 | 1129 | 1130 | 1251 | 1275 | 1524 | 1698 | 1820 | 1862 | 3118
        | 3159 | 3955 | 4151
        // Too many connections, statements, threads or transactions; no memory or space left.
        | 1021 | 1037 | 1038 | 1040 | 1041 | 1114 | 1135 | 1203 | 1206 | 1226 | 1461 | 1637
        // A network that fails.
        | 1042 | 1080 | 1081 | 1152 | 1154..=1161 | 1184
        // A server that starts, stops, is offline, without a quorum, or only to be read.
        | 1047 | 1053 | 1077 | 1079 | 1290 | 1836 | 1927 | 2002 | 2003 | 2005 | 2006 | 2013 | 2055
        | 3032 | 3100 | 3168 | 3169 | 4031 => Code::Unavailable,
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_number_is_to_a_client() {
        let cases = [
            (1205, Code::Busy),
            (1213, Code::Busy),
            (1020, Code::Busy),
            (1412, Code::Busy),
            (1317, Code::Timeout),
            (1969, Code::Timeout),
            (3024, Code::Timeout),
            (1040, Code::Unavailable),
            (1043, Code::Unavailable),
            (1159, Code::Unavailable),
            (1290, Code::Unavailable),
            (1461, Code::Unavailable),
            (1698, Code::Unavailable),
            (1820, Code::Unavailable),
            (1862, Code::Unavailable),
            (3032, Code::Unavailable),
            (3118, Code::Unavailable),
            (3159, Code::Unavailable),
            (4151, Code::Unavailable),
            (3572, Code::Busy),
            (1449, Code::SchemaMismatch),
            (1932, Code::SchemaMismatch),
            (1045, Code::Unavailable),
            (1049, Code::Unavailable),
            (2013, Code::Unavailable),
            (1146, Code::SchemaMismatch),
            (1054, Code::SchemaMismatch),
            (1142, Code::Forbidden),
            (1365, Code::Internal),
        ];
        for (number, code) in cases {
            assert_eq!(code_of(number), code, "{number}");
        }
    }
}
