//! SQLite, embedded: from a URL, a file, in memory, or over the user's own pool.

use std::{path::Path, str::FromStr, sync::Arc, time::Instant};

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Connection as _, SqliteConnection, SqlitePool, error::DatabaseError,
    sqlite::SqliteConnectOptions,
};
use tracing::{Instrument, field};

use super::{
    Answer, Database, Driver, bind,
    connections::{Connections, file_options, with_collation, write_ahead},
    decode,
    reading::{Fetched, Reading, Step},
};
use crate::{
    cell::{Cell, Tape, Type},
    error::{Code, Error, Result, SERVER_FAILED},
    model::Column,
    operation::Outcome,
    statement::{DECIMAL_COLLATION, Dialect, SqliteDialect, Statement},
};

/// An SQLite database.
struct SqliteDriver {
    connections: Connections,
    /// Whether the connections can compare decimal texts as numbers.
    compares_decimals: bool,
}

impl Database {
    /// Connects to the database of a URL: `sqlite:cars.db`, or `sqlite::memory:` for a new one in memory.
    ///
    /// A file must exist unless the URL ends in `?mode=rwc`; `?mode=ro` opens it for reading only. Files that can be
    /// written use a write-ahead log; foreign keys are enforced.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::Database;
    /// let db = Database::connect("sqlite::memory:").await?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When the URL is not one of a database this build knows, or the database cannot be opened.
    pub async fn connect(url: &str) -> Result<Self> {
        let Some(path) = url.strip_prefix("sqlite:") else {
            let detail = "the URL of a database starts with `sqlite:`, such as `sqlite:cars.db` or `sqlite::memory:`";
            return Err(Error::new(Code::Unavailable, detail));
        };
        if matches!(path, ":memory:" | "//:memory:" | "") {
            return Self::in_memory().await;
        }
        let mut options =
            SqliteConnectOptions::from_str(url).map_err(|error| cannot_open(path, error))?;
        let read_only = ["mode=ro", "immutable=", "mode=memory"];
        if !read_only.iter().any(|option| path.contains(option)) {
            options = write_ahead(options);
        }
        let connections = Connections::to_file(options)
            .await
            .map_err(|error| cannot_open(path, error))?;
        Ok(Self::of_connections(connections, true))
    }

    /// Opens the database in a file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or made, or is no SQLite database.
    pub async fn open_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let connections = Connections::to_file(file_options(path)).await;
        let connections =
            connections.map_err(|error| cannot_open(&path.display().to_string(), error))?;
        Ok(Self::of_connections(connections, true))
    }

    /// Makes a new database in memory, which lives as long as this value and its clones.
    ///
    /// # Errors
    ///
    /// When SQLite cannot make it.
    pub async fn in_memory() -> Result<Self> {
        let connections = Connections::to_memory()
            .await
            .map_err(|error| cannot_open(":memory:", error))?;
        Ok(Self::of_connections(connections, true))
    }

    /// Uses the connections of a pool, with whatever settings it has.
    ///
    /// Decimal columns can be compared only on connections with our collation; give it to yours by
    /// [`with_decimals`](Self::with_decimals).
    ///
    /// # Errors
    ///
    /// When the pool has no connection to give.
    pub async fn from_sqlite_pool(pool: SqlitePool) -> Result<Self> {
        let connections = Connections::of_pool(pool);
        let mut connection = connections.checkout().await.map_err(failed)?;
        let probe = format!("SELECT '1' = '1.0' COLLATE {DECIMAL_COLLATION}");
        let compares_decimals = sqlx::query(trusted(probe.into()))
            .fetch_one(&mut *connection)
            .await
            .is_ok();
        drop(connection);
        Ok(Self::of_connections(connections, compares_decimals))
    }

    /// Connection options with the collation that compares decimal columns, for a pool of one's own.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
    /// use tower_rest::Database;
    /// let options = Database::with_decimals(SqliteConnectOptions::new().filename(":memory:"));
    /// let db = Database::from_sqlite_pool(SqlitePool::connect_with(options).await.unwrap()).await?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    #[must_use]
    pub fn with_decimals(options: SqliteConnectOptions) -> SqliteConnectOptions {
        with_collation(options)
    }

    fn of_connections(connections: Connections, compares_decimals: bool) -> Self {
        Self::of(SqliteDriver {
            connections,
            compares_decimals,
        })
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
            // Whatever its declared width, an integer of SQLite has 64 bits.
            Type::Integer { .. } => {
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
            _ => {}
        }
        None
    }

    fn read<'a>(&'a self, mut reading: Reading<'a>) -> Answer<'a, Outcome> {
        Box::pin(async move {
            let mut connection = self.connections.checkout().await.map_err(failed)?;
            if !reading.needs_snapshot() {
                return run(&mut connection, &mut reading).await;
            }
            let mut snapshot = connection.begin().await.map_err(failed)?;
            let outcome = run(&mut snapshot, &mut reading).await;
            snapshot.rollback().await.map_err(failed)?;
            outcome
        })
    }

    fn execute_script<'a>(&'a self, sql: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connections.checkout().await.map_err(failed)?;
            sqlx::raw_sql(trusted(sql.into()))
                .execute(&mut *connection)
                .await
                .map_err(failed)?;
            Ok(())
        })
    }

    fn sqlite_pool(&self) -> Option<&SqlitePool> {
        Some(self.connections.pool())
    }
}

async fn run(connection: &mut SqliteConnection, reading: &mut Reading<'_>) -> Result<Outcome> {
    let mut statement = reading.statement()?;
    loop {
        let (operation, model) = reading.names();
        let span = tracing::debug_span!(
            "statement",
            model,
            operation,
            sql = &*statement.plan.sql,
            rows = field::Empty,
            microseconds = field::Empty
        );
        let fetched = fetch(connection, statement).instrument(span).await?;
        match reading.next(fetched)? {
            Step::Run(next) => statement = next,
            Step::Done(outcome) => return Ok(outcome),
        }
    }
}

async fn fetch(connection: &mut SqliteConnection, statement: Statement) -> Result<Fetched> {
    let started = Instant::now();
    let Statement { plan, values } = statement;
    let arguments = bind::arguments(values)
        .map_err(|error| Error::new(Code::Internal, SERVER_FAILED).with_source(error))?;
    let mut tape = Tape::new(plan.columns.len());
    let mut unreadable = decode::Unreadable::default();
    let mut total = None;
    let mut count = 0_u64;
    let mut rows = sqlx::query_with(trusted(Arc::clone(&plan.sql)), arguments).fetch(connection);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        if plan.counts && count == 0 {
            total = decode::integer(&row, 0).and_then(|total| Fetched::total(Cell::Integer(total)));
        }
        decode::row(&row, &plan, &mut tape, &mut unreadable);
        count += 1;
    }
    drop(rows);
    unreadable.log(&plan);
    let span = tracing::Span::current();
    span.record("rows", count);
    span.record(
        "microseconds",
        u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
    );
    Ok(Fetched {
        rows: tape.finish(),
        total,
    })
}

/// The one place where a text becomes SQL: it was built by sea-query from a model, or is the program's own.
fn trusted(sql: Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(sql)
}

fn cannot_open(path: &str, error: sqlx::Error) -> Error {
    let hint = if path.contains("mode=rwc") || path.contains(":memory:") {
        ""
    } else {
        "; to make a new file, end the URL in `?mode=rwc`"
    };
    let words = error
        .as_database_error()
        .map_or_else(|| error.to_string(), |error| error.message().to_owned());
    Error::new(
        Code::Unavailable,
        format!("cannot open the SQLite database `{path}`: {words}{hint}"),
    )
    .with_source(error)
}

/// What a failure of the database is to a client. Its words go to the log only.
fn failed(error: sqlx::Error) -> Error {
    let code = match &error {
        sqlx::Error::PoolTimedOut => Code::Busy,
        sqlx::Error::Database(error) => sqlite_code(&**error),
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Code::Unavailable
        }
        _ => Code::Internal,
    };
    let detail = match code {
        Code::Busy => "the database is busy; try again in a moment",
        Code::Unavailable => "the database cannot be reached; try again later",
        Code::SchemaMismatch => {
            "the database lacks something the API serves; the server's log says what"
        }
        _ => SERVER_FAILED,
    };
    Error::new(code, detail).with_source(error)
}

/// By SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
fn sqlite_code(error: &dyn DatabaseError) -> Code {
    let code: u32 = error
        .code()
        .and_then(|code| code.parse().ok())
        .unwrap_or_default();
    let message = error.message();
    match code & 0xff {
        1 if message.starts_with("no such table") || message.starts_with("no such column") => {
            Code::SchemaMismatch
        }
        // BUSY, LOCKED
        5 | 6 => Code::Busy,
        // INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL
        9 | 10 | 13 | 14 | 15 => Code::Unavailable,
        _ => Code::Internal,
    }
}
