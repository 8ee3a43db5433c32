//! The connections of an SQLite database: opened with our settings or the user's, handed out one reading at a time.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use crate::{cell::compare_decimals, database::export::MOST, statement::DECIMAL_COLLATION};

/// How long a request waits for a connection to become free.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long a statement waits for another's lock.
const LONGEST_LOCK: Duration = Duration::from_secs(5);

/// A pool, and what keeps a database in memory alive.
pub(super) struct Connections {
    pool: SqlitePool,
    /// A database in memory goes with its last connection.
    _anchor: Option<Mutex<SqliteConnection>>,
}

pub(super) type Connection = PoolConnection<Sqlite>;

impl Connections {
    /// Connections to a file.
    pub(super) async fn to_file(options: SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let options = with_settings(options);
        let pool = pool_options().connect_with(options).await?;
        Ok(Self {
            pool,
            _anchor: None,
        })
    }

    /// Connections to a new database in memory: one database, however many connections.
    pub(super) async fn to_memory() -> Result<Self, sqlx::Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // SQLite's `memdb` shares a database between connections if its name starts with a slash; unlike a shared
        // cache, readers and writers then wait for each other instead of failing.
        let options = SqliteConnectOptions::new()
            .filename(format!("/tower-rest-{number}"))
            .vfs("memdb");
        let options = with_settings(options.create_if_missing(true));
        let anchor = options.connect().await?;
        let pool = pool_options().connect_with(options).await?;
        Ok(Self {
            pool,
            _anchor: Some(Mutex::new(anchor)),
        })
    }

    /// The user's own connections, as they are.
    pub(super) fn of_pool(pool: SqlitePool) -> Self {
        Self {
            pool,
            _anchor: None,
        }
    }

    /// Whether somebody else may be waiting for a connection: the pool has no other left, or is to be closed.
    pub(super) fn are_wanted(&self) -> bool {
        let most = self.pool.options().get_max_connections();
        self.pool.is_closed() || (self.pool.size() >= most && self.pool.num_idle() == 0)
    }

    /// How many of them exports may have at once: all but one, and few.
    pub(super) fn exports(&self) -> usize {
        let all = usize::try_from(self.pool.options().get_max_connections()).unwrap_or(MOST);
        all.saturating_sub(1).min(MOST)
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// A connection for one reading; it goes back when dropped.
    pub(super) async fn checkout(&self) -> Result<Connection, sqlx::Error> {
        // A task of its own: the pool closes a connection whose taking is given up while it is tested, and with the only
        // one of a database in memory everything in it would be gone.
        let acquired = tokio::spawn(self.pool.acquire());
        match tokio::time::timeout(LONGEST_WAIT, acquired).await {
            Ok(Ok(acquired)) => acquired,
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }
}

/// Options for the file at `path`, which is made if there is none.
pub(super) fn file_options(path: &Path) -> SqliteConnectOptions {
    write_ahead(
        SqliteConnectOptions::new()
            .filename(plain(path))
            .create_if_missing(true),
    )
}

/// The same for a file that is there, of which nothing is written.
pub(super) fn reading_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(plain(path))
        .read_only(true)
}

/// A path that SQLite takes for nothing else: a relative one such as `:memory:` or `file:x` is otherwise a name of its own.
fn plain(path: &Path) -> PathBuf {
    Path::new(".").join(path)
}

/// Readers do not wait for a writer, nor a writer for readers.
pub(super) fn write_ahead(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.journal_mode(SqliteJournalMode::Wal)
}

/// The collation that orders decimal texts as numbers.
pub(super) fn with_collation(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.collation(DECIMAL_COLLATION, compare_decimals)
}

fn with_settings(options: SqliteConnectOptions) -> SqliteConnectOptions {
    with_collation(options)
        .foreign_keys(true)
        .busy_timeout(LONGEST_LOCK)
        .disable_statement_logging()
}

fn pool_options() -> SqlitePoolOptions {
    let cores = available_parallelism().map_or(2, usize::from);
    let connections = (2 * cores).max(4) + MOST;
    let connections = u32::try_from(connections).unwrap_or(8);
    // SQLite has no server to lose, so a connection at rest needs no test.
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(LONGEST_WAIT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}
