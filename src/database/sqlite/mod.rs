//! SQLite: opened from a URL, from a file, in memory, or with the program's own pool.

mod bind;
pub(super) mod codes;
mod collations;
mod connections;
mod costs;
pub(super) mod counts;
mod deadline;
mod declared;
mod decode;
mod export;
pub(super) mod failure;
pub(super) mod fetch;
mod file;
mod group;
mod handle;
mod indexes;
mod jobs;
mod key_collations;
mod lanes;
mod names;
mod own_pool;
mod reflect;
#[cfg(feature = "regex")]
mod regex;
mod samples;
mod shared_unit;
mod stage;
mod stand_in;
mod sums;
mod unit;
mod widest;
mod writer;

use std::{any::Any, path::Path, str::FromStr, sync::Arc, time::Duration};

use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::Semaphore;

use self::{
    collations::Lacking,
    connections::{Connections, READ, file_options, reading_options, write_ahead},
    file::cannot_open,
    jobs::Jobs,
    writer::WritingThread,
};
use super::{
    driver::{Driver, DriverFuture, ServerState, Unit, Work, work_alone},
    export::{Export, ExportPermit, Tapes},
    failure::failed,
    handle::{Database, Purpose},
    reading::Reading,
    sql::trusted,
    url::max_connections,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    cell::Type,
    error::{Code, Error, Result},
    model::Column,
    operation::Outcome,
    statement::{Dialect, SqliteDialect},
};

/// An SQLite database: its connections, and the threads that read on them.
struct SqliteDriver {
    connections: Arc<Connections>,
    jobs: Jobs,
    /// The single permit to write, since SQLite has one writer at a time.
    writers: Arc<Semaphore>,
    /// The thread on which units of work share transactions.
    writer: WritingThread,
    /// Whether the connections can compare decimal texts as numbers.
    compares_decimals: bool,
    /// Whether the connections have the function that matches regular expressions.
    matches_patterns: bool,
}

impl Database {
    pub(super) async fn open_url(url: &str, purpose: Purpose) -> Result<Self> {
        let settings = max_connections(url).map_err(|error| cannot_open(url.as_ref(), error));
        let (url, most) = settings?;
        let path = url.strip_prefix("sqlite:").unwrap_or(&url);
        if matches!(path, ":memory:" | "//:memory:" | "") {
            return match purpose {
                Purpose::Any | Purpose::Later => Self::in_memory().await,
                Purpose::Reading => Err(Error::new(
                    Code::Unavailable,
                    format!(
                        "`{url}` is a new database in memory, which has nothing to read; give a file"
                    ),
                )),
            };
        }
        let mut options = SqliteConnectOptions::from_str(&url)
            .map_err(|error| cannot_open(path.as_ref(), error))?;
        if let Purpose::Reading = purpose {
            let options = options.read_only(true).create_if_missing(false);
            return Self::open_with(options, most).await;
        }
        let read_only = ["mode=ro", "immutable=", "mode=memory"];
        if !read_only.iter().any(|option| path.contains(option)) {
            options = write_ahead(options);
        }
        Self::open_with(options, most).await
    }

    async fn open_with(options: SqliteConnectOptions, most: Option<u32>) -> Result<Self> {
        let file = options.get_filename().to_owned();
        let connections = Connections::to_file(options, most)
            .await
            .map_err(|error| cannot_open(&file, error))?;
        Self::of_connections(connections, true, cfg!(feature = "regex"))
    }

    /// Opens a database file, which is created if it does not exist. The path is not parsed as a URL.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or created, or is not an SQLite database.
    pub async fn open_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let connections = Connections::to_file(file_options(path), None).await;
        let connections = connections.map_err(|error| cannot_open(path, error))?;
        Self::of_connections(connections, true, cfg!(feature = "regex"))
    }

    /// Opens an existing database file for reading only. The path is not parsed as a URL.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::Database;
    /// # let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("100% of cars?.db");
    /// # drop(Database::open_file(&path).await?);
    /// let db = Database::open_file_for_reading(&path).await?;
    /// assert!(db.execute_script("CREATE TABLE cars (car_id INTEGER)").await.is_err());
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When the file does not exist, cannot be read, or is not an SQLite database.
    pub async fn open_file_for_reading(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let connections = Connections::to_file(reading_options(path), None).await;
        let connections = connections.map_err(|error| cannot_open(path, error))?;
        Self::of_connections(connections, true, cfg!(feature = "regex"))
    }

    /// Creates an in-memory database, which exists as long as this value and its clones.
    ///
    /// # Errors
    ///
    /// When SQLite cannot create it.
    pub async fn in_memory() -> Result<Self> {
        let connections = Connections::to_memory()
            .await
            .map_err(|error| cannot_open(":memory:".as_ref(), error))?;
        Self::of_connections(connections, true, cfg!(feature = "regex"))
    }

    fn of_connections(
        connections: Connections,
        compares_decimals: bool,
        matches_patterns: bool,
    ) -> Result<Self> {
        let connections = Arc::new(connections);
        let no_threads = |error: std::io::Error| {
            Error::new(
                Code::Unavailable,
                "the threads for SQLite could not be started",
            )
            .with_source(error)
        };
        let writers = Arc::new(Semaphore::new(1));
        Ok(Self::of(SqliteDriver {
            jobs: Jobs::start(&connections).map_err(no_threads)?,
            writer: WritingThread::start(&connections, &writers).map_err(no_threads)?,
            connections,
            writers,
            compares_decimals,
            matches_patterns,
        }))
    }
}

impl SqliteDriver {
    /// Returns an error that names the file if the file cannot be read, for example since another program has locked
    /// it.
    async fn check_file(&self) -> Result<()> {
        let options = self.connections.pool().connect_options();
        let unreadable = |error| cannot_open(options.get_filename(), error);
        let mut connection = self.connections.checkout().await.map_err(unreadable)?;
        let read = sqlx::query(READ).fetch_optional(&mut *connection).await;
        read.map(drop).map_err(unreadable)
    }

    /// Returns the collations that the tables use, but the connections do not know, if this crate opened the
    /// connections. The connections of the program's pool may know them all.
    async fn lacking(&self) -> Result<Lacking> {
        if !self.connections.are_own() {
            return Ok(Lacking::default());
        }
        let mut connection = self.connections.checkout().await.map_err(failed)?;
        let lacking = collations::lacking(&mut connection).await?;
        if !lacking.names.is_empty() {
            connection.close_on_drop();
        }
        Ok(lacking)
    }
}

impl Driver for SqliteDriver {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn dialect(&self) -> &'static dyn Dialect {
        &SqliteDialect
    }

    fn adapt(&self, column: &mut Column) -> Option<String> {
        match column.ty {
            // Every integer of SQLite has 64 bits, whatever its declared width; one of any width is read.
            Type::Integer { bits, signed } => {
                let (least, greatest) = Type::bounds(bits, signed);
                let greatest = greatest.min(i64::MAX.into());
                column.storage.range.get_or_insert((least, greatest));
                column.ty = Type::Integer {
                    bits: 64,
                    signed: true,
                };
            }
            Type::Decimal if !column.storage.decimal_text => {
                return Some(
                    "is a decimal, which SQLite would keep as a float and round: declare it as text, \
                     `.custom(\"decimal_text\")`, to be compared as a number"
                        .to_owned(),
                );
            }
            Type::Decimal => column.storage.incomparable = !self.compares_decimals,
            Type::Text => column.storage.unmatchable = !self.matches_patterns,
            _ => {}
        }
        None
    }

    fn read(&self, reading: Reading) -> DriverFuture<'_, Outcome> {
        Box::pin(self.jobs.run(reading))
    }

    fn export(&self, export: Export, turn: ExportPermit) -> Tapes {
        export::begin(&self.connections, export, turn)
    }

    fn connections(&self) -> usize {
        self.connections.most()
    }

    fn most_exports(&self) -> usize {
        self.connections.most_exports()
    }

    fn begin(&self, writes: bool) -> DriverFuture<'_, Box<dyn Unit>> {
        Box::pin(unit::begin(&self.connections, &self.writers, writes))
    }

    fn work(&self, work: Work, limit: Duration, alone: bool) -> DriverFuture<'_, Outcome> {
        match alone {
            true => work_alone(self, work, limit),
            false => Box::pin(self.writer.run(work, limit)),
        }
    }

    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> DriverFuture<'a, Catalog> {
        Box::pin(async move {
            schemas.only("main")?;
            self.check_file().await?;
            let lacking = self.lacking().await?;
            let mut connection = self.connections.checkout().await.map_err(failed)?;
            collations::give(&mut connection, &lacking.names).await?;
            let catalog = reflect::reflect(&mut connection, &lacking).await;
            collations::take(&mut connection, &lacking.names).await?;
            self.connections.lacks(lacking.names);
            catalog
        })
    }

    /// Always returns no columns: SQLite's error itself names the columns of a unique constraint, and columns of other
    /// constraints cannot be looked up by it.
    fn constrained<'a>(
        &'a self,
        _table: (Option<&'a str>, &'a str),
        _constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> DriverFuture<'a, Vec<Vec<u8>>> {
        Box::pin(async move {
            let mut connection = self.connections.checkout().await.map_err(failed)?;
            samples::bytes_of(&mut connection, table, column).await
        })
    }

    fn execute_script<'a>(&'a self, sql: &'a str) -> DriverFuture<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connections.checkout().await.map_err(failed)?;
            let script = sqlx::raw_sql(trusted(sql.into()));
            let done = script.execute(&mut *connection).await;
            if done.is_err() {
                // The script may have left a transaction open.
                connection.close_on_drop();
            }
            done.map(drop).map_err(failed)
        })
    }

    fn state(&self) -> DriverFuture<'_, ServerState> {
        Box::pin(self.connections.state())
    }

    fn pool(&self) -> &dyn Any {
        self.connections.pool()
    }

    fn close(self: Box<Self>) -> DriverFuture<'static, ()> {
        let pool = self.connections.pool().clone();
        // The threads end, and give their connections back.
        drop(self);
        Box::pin(async move {
            pool.close().await;
            Ok(())
        })
    }
}
