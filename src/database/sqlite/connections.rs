//! The connections of an SQLite database, opened with the settings of this crate or of the program's pool. Each serves
//! one reading (the statements for one answer) at a time.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};

use sqlx::{
    ConnectOptions, Connection as _, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};

use super::file::{File, Missing};
use crate::{
    cell::compare_decimals,
    database::{
        driver::{ServerRole, ServerState},
        export::MOST,
        failure::failed,
        words::LONGEST_WAIT,
    },
    error::Result,
    metrics::PoolMeter,
    statement::DECIMAL_COLLATION,
};

/// The longest time that a statement waits for a lock.
const LONGEST_LOCK: Duration = Duration::from_secs(5);

/// OpenTelemetry's name for SQLite.
pub(super) const SYSTEM: &str = "sqlite";

/// A statement that reads from any database file, whatever its tables are, to find out whether the file can be read.
pub(super) const READ: &str = "SELECT 1 FROM sqlite_schema LIMIT 1";

/// The connection pool of an SQLite database, and what this crate knows about its file.
pub(super) struct Connections {
    pool: SqlitePool,
    /// For an in-memory database, a connection that stays open, since the database is deleted with its last connection.
    anchor: Option<Mutex<SqliteConnection>>,
    /// The database file, if this crate opened the connections to it.
    file: Option<Arc<File>>,
    /// The names of the collations that the tables use, but the connections do not know.
    lacking: RwLock<Arc<BTreeSet<String>>>,
    pub(super) meter: Arc<PoolMeter>,
}

pub(super) type Connection = PoolConnection<Sqlite>;

impl Connections {
    /// Opens a database file, by the path in `options`, with at most `most` connections. If that is `None`, the
    /// processors say how many.
    pub(super) async fn to_file(
        options: SqliteConnectOptions,
        most: Option<u32>,
    ) -> Result<Self, sqlx::Error> {
        let options = with_settings(options);
        let mut first = options.connect().await?;
        // SQLite reads a file that is opened for reading only with the first statement, so this shows whether it can be
        // read.
        let read = sqlx::query(READ);
        match read.fetch_optional(&mut first).await {
            Err(error) if !is_locked(&error) => return Err(error),
            _ => {}
        }
        let file = File::of(&options).map(Arc::new);
        let mut pooling = pool_options(most);
        if let Some(file) = file.clone() {
            pooling = pooling.before_acquire(move |_, connection| {
                // A connection that was opened before the file was replaced still has the former file open.
                let is_older = |replaced: Option<Instant>| {
                    replaced.is_some_and(|replaced| connection.age >= replaced.elapsed())
                };
                let keeps = !file.look().is_ok_and(is_older);
                Box::pin(async move { Ok(keeps) })
            });
        }
        let pool = pooling.connect_with(options).await?;
        first.close().await?;
        Ok(Self {
            file,
            ..Self::of_pool(pool)
        })
    }

    /// Creates an in-memory database, which all connections share.
    pub(super) async fn to_memory() -> Result<Self, sqlx::Error> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // SQLite's `memdb` shares a database between connections if its name starts with a slash. Readers and writers
        // then wait for each other; with SQLite's shared cache they would fail.
        let options = SqliteConnectOptions::new()
            .filename(format!("/tower-rest-{number}"))
            .vfs("memdb");
        let options = with_settings(options.create_if_missing(true));
        let anchor = options.connect().await?;
        let pool = pool_options(None).connect_with(options).await?;
        Ok(Self {
            anchor: Some(Mutex::new(anchor)),
            ..Self::of_pool(pool)
        })
    }

    /// Makes the connections of the program's pool available, with the settings of the pool.
    pub(super) fn of_pool(pool: SqlitePool) -> Self {
        let (most, own) = (pool.options().get_max_connections(), pool.clone());
        Self {
            meter: PoolMeter::new(SYSTEM, most, move || own.size()),
            pool,
            anchor: None,
            file: None,
            lacking: RwLock::default(),
        }
    }

    /// Whether the pool needs the connections that idle reading threads hold, since it has none left to give or is
    /// being closed.
    pub(super) fn are_wanted(&self) -> bool {
        let most = self.pool.options().get_max_connections();
        self.pool.is_closed() || (self.pool.size() >= most && self.pool.num_idle() == 0)
    }

    /// Returns the greatest number of connections that exports may use at once: all but one, and at most [`MOST`].
    pub(super) fn most_exports(&self) -> usize {
        self.most().saturating_sub(1).min(MOST)
    }

    /// Whether this crate opened the connections, and not the program.
    pub(super) fn are_own(&self) -> bool {
        self.file.is_some() || self.anchor.is_some()
    }

    /// Sets the names of the collations that the tables use, but the connections do not know.
    pub(super) fn lacks(&self, names: BTreeSet<String>) {
        *self.lacking.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
    }

    /// Returns the names of the collations that the tables use, but the connections do not know.
    pub(super) fn lacking(&self) -> Arc<BTreeSet<String>> {
        Arc::clone(&self.lacking.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns an error if the database file was deleted. An open connection would otherwise go on with a file that no
    /// other program can open.
    pub(super) fn check_file(&self) -> Result<(), sqlx::Error> {
        self.is_current(Instant::now()).map(drop)
    }

    /// Whether a connection that was checked out at the time `taken` has the current database file open: the file was
    /// not replaced by another since.
    pub(super) fn is_current(&self, taken: Instant) -> Result<bool, sqlx::Error> {
        let Some(file) = &self.file else {
            return Ok(true);
        };
        match file.look() {
            Ok(replaced) => Ok(replaced.is_none_or(|replaced| replaced <= taken)),
            Err(Missing) => {
                let words = format!("the file {} is gone", file.path().display());
                let error = io::Error::new(io::ErrorKind::NotFound, words);
                Err(sqlx::Error::Io(error))
            }
        }
    }

    /// Returns the greatest number of connections that may be open at once.
    pub(super) fn most(&self) -> usize {
        usize::try_from(self.pool.options().get_max_connections()).unwrap_or(usize::MAX)
    }

    pub(super) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// Asks the database for its state: it answers, and has no replicas.
    pub(super) async fn state(&self) -> Result<ServerState> {
        let mut connection = self.checkout().await.map_err(failed)?;
        let read = sqlx::raw_sql("SELECT count(*) FROM sqlite_schema");
        read.execute(&mut *connection).await.map_err(failed)?;
        Ok(ServerState {
            role: ServerRole::Primary,
            position: None,
        })
    }

    /// Checks out a connection for one reading (the statements for one answer). It returns to the pool when it is
    /// dropped.
    pub(super) async fn checkout(&self) -> Result<Connection, sqlx::Error> {
        self.check_file()?;
        // This runs in a task of its own, which is not dropped with the checkout. Otherwise the pool would close the
        // connection that it is testing for the checkout, and an in-memory database is deleted with its last one.
        let acquired = tokio::spawn(self.pool.acquire());
        match tokio::time::timeout(LONGEST_WAIT, acquired).await {
            Ok(Ok(acquired)) => acquired,
            Ok(Err(_)) | Err(_) => Err(sqlx::Error::PoolTimedOut),
        }
    }
}

/// Whether another program has a lock on the file, which may be released soon.
fn is_locked(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| error.code().as_deref() == Some("5"))
}

/// Returns the options for the file at `path`, which is created if it does not exist.
pub(super) fn file_options(path: &Path) -> SqliteConnectOptions {
    write_ahead(
        SqliteConnectOptions::new()
            .filename(plain(path))
            .create_if_missing(true),
    )
}

/// Returns the options for an existing file that is opened for reading only.
pub(super) fn reading_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(plain(path))
        .read_only(true)
}

/// Returns a path that SQLite cannot take for a special name such as `:memory:` or `file:x`.
fn plain(path: &Path) -> PathBuf {
    Path::new(".").join(path)
}

/// Returns the options with the write-ahead log turned on. With it, readers do not wait for a writer, nor a writer for
/// readers.
pub(super) fn write_ahead(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.journal_mode(SqliteJournalMode::Wal)
}

/// Returns the options with the collation that orders decimal texts as numbers.
pub(super) fn with_collation(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.collation(DECIMAL_COLLATION, compare_decimals)
}

fn with_settings(options: SqliteConnectOptions) -> SqliteConnectOptions {
    with_collation(options)
        .foreign_keys(true)
        .busy_timeout(LONGEST_LOCK)
        .disable_statement_logging()
}

fn pool_options(most: Option<u32>) -> SqlitePoolOptions {
    let cores = available_parallelism().map_or(2, usize::from);
    // Connections for the reading threads, the exports and some actions.
    let connections = 3 * cores.max(2) + 1 + MOST;
    let connections = u32::try_from(connections).unwrap_or(9);
    // SQLite has no server to which a connection could be lost, so idle connections need no test.
    let options = SqlitePoolOptions::new();
    #[cfg(feature = "regex")]
    let options = options.after_connect(|connection, _| Box::pin(super::regex::give(connection)));
    options
        .max_connections(most.unwrap_or(connections))
        .acquire_timeout(LONGEST_WAIT)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}
