//! A pool of the program's own, as a [`Database`].

use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};

#[cfg(feature = "regex")]
use super::regex;
use super::{
    super::{failure::failed, handle::Database, sql::trusted},
    connections::{Connections, with_collation},
};
use crate::{
    error::Result,
    statement::{DECIMAL_COLLATION, REGEX_FUNCTION},
};

impl Database {
    /// Makes the connections of a pool of the program available, with the settings of the pool.
    ///
    /// Decimal columns can be compared only on connections that have this crate's collation for them. Add the collation
    /// to the options of the pool with [`with_decimals`](Self::with_decimals).
    ///
    /// # Errors
    ///
    /// When the pool cannot provide a connection.
    pub async fn from_sqlite_pool(pool: SqlitePool) -> Result<Self> {
        let connections = Connections::of_pool(pool);
        let mut connection = connections.checkout().await.map_err(failed)?;
        let probe = format!("SELECT '1' = '1.0' COLLATE {DECIMAL_COLLATION}");
        let compares_decimals = sqlx::query(trusted(probe.into()))
            .fetch_one(&mut *connection)
            .await
            .is_ok();
        let probe = format!("SELECT {REGEX_FUNCTION}('a', 'a')");
        let matches_patterns = sqlx::query(trusted(probe.into()))
            .fetch_one(&mut *connection)
            .await
            .is_ok();
        drop(connection);
        Self::of_connections(connections, compares_decimals, matches_patterns)
    }

    /// Adds the collation that compares decimal columns to connection options, for a pool of your own.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
    /// use tower_rest::Database;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cars.db");
    /// let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    /// let pool = SqlitePool::connect_with(Database::with_decimals(options)).await.unwrap();
    /// let db = Database::from_sqlite_pool(pool).await?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    #[must_use]
    pub fn with_decimals(options: SqliteConnectOptions) -> SqliteConnectOptions {
        with_collation(options)
    }

    /// Gives a connection the function that matches regular expressions, for a pool of your own whose viewsets call
    /// [`regex`](crate::ViewSet::regex).
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
    /// use tower_rest::Database;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cars.db");
    /// let pool = SqlitePoolOptions::new()
    ///     .after_connect(|connection, _| Box::pin(Database::with_regex(connection)))
    ///     .connect_with(SqliteConnectOptions::new().filename(&path).create_if_missing(true))
    ///     .await
    ///     .unwrap();
    /// let db = Database::from_sqlite_pool(pool).await?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When SQLite refuses the function, as it does while a statement runs on the connection.
    #[cfg(feature = "regex")]
    pub async fn with_regex(connection: &mut sqlx::SqliteConnection) -> Result<(), sqlx::Error> {
        regex::give(connection).await
    }
}
