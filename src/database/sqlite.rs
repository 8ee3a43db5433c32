//! SQLite, embedded: from a URL, a file, in memory, or over the user's own pool.

use std::{path::Path, str::FromStr, sync::Arc, time::Instant};

use sqlx::{AssertSqlSafe, SqlitePool, sqlite::SqliteConnectOptions};
use tracing::{Span, field};

use super::{
    Answer, Database, Driver,
    bind::bind,
    connections::{Connections, file_options, with_collation, write_ahead},
    decode,
    jobs::Jobs,
    reading::{Fetched, Reading, Step},
};
use crate::{
    cell::{Tape, Type},
    error::{Code, Error, Result, SERVER_FAILED},
    model::Column,
    operation::Outcome,
    statement::{DECIMAL_COLLATION, Dialect, SqliteDialect, Statement},
};

/// An SQLite database.
struct SqliteDriver {
    connections: Arc<Connections>,
    jobs: Jobs,
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
        Self::of_connections(connections, true)
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
        Self::of_connections(connections, true)
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
        Self::of_connections(connections, true)
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
        Self::of_connections(connections, compares_decimals)
    }

    /// Connection options with the collation that compares decimal columns, for a pool of one's own.
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

    fn of_connections(connections: Connections, compares_decimals: bool) -> Result<Self> {
        let connections = Arc::new(connections);
        let no_threads = |error: std::io::Error| {
            Error::new(Code::Unavailable, "no thread can be started for SQLite").with_source(error)
        };
        Ok(Self::of(SqliteDriver {
            jobs: Jobs::start(&connections).map_err(no_threads)?,
            connections,
            compares_decimals,
        }))
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

    fn read(&self, reading: Reading) -> Answer<'_, Outcome> {
        Box::pin(self.jobs.run(reading))
    }

    fn execute_script<'a>(&'a self, sql: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connections.checkout().await.map_err(failed)?;
            let script = sqlx::raw_sql(trusted(sql.into()));
            let done = script.execute(&mut *connection).await;
            if done.is_err() {
                // It may have left a transaction open.
                connection.close_on_drop();
            }
            done.map(drop).map_err(failed)
        })
    }

    fn sqlite_pool(&self) -> Option<&SqlitePool> {
        Some(self.connections.pool())
    }
}

/// Runs a reading to its end, in one snapshot if it takes several statements, unless it is over before.
pub(super) fn run(
    sqlite: &rusqlite::Connection,
    reading: &mut Reading,
    is_over: impl Fn() -> bool,
) -> Result<Outcome, Failure> {
    let in_snapshot = reading.needs_snapshot();
    if in_snapshot {
        sqlite.prepare_cached("BEGIN")?.execute([])?;
    }
    let outcome = steps(sqlite, reading, is_over);
    if in_snapshot {
        sqlite.prepare_cached("ROLLBACK")?.execute([])?;
    }
    outcome
}

fn steps(
    sqlite: &rusqlite::Connection,
    reading: &mut Reading,
    is_over: impl Fn() -> bool,
) -> Result<Outcome, Failure> {
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
        let fetched = span.in_scope(|| fetch(sqlite, &statement, &span))?;
        statement = match reading.next(fetched)? {
            Step::Done(outcome) => return Ok(outcome),
            Step::Run(_) if is_over() => return Err(Failure::Over),
            Step::Run(next) => next,
        };
    }
}

fn fetch(
    sqlite: &rusqlite::Connection,
    statement: &Statement,
    span: &Span,
) -> Result<Fetched, Failure> {
    let started = Instant::now();
    let Statement { plan, values } = statement;
    let mut prepared = sqlite.prepare_cached(&plan.sql)?;
    bind(values, &mut prepared)?;
    let mut tape = Tape::new(plan.columns.len());
    let mut unreadable = decode::Unreadable::default();
    let (mut total, mut count) = (None, 0_u64);
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next()? {
        if plan.counts && count == 0 {
            total = decode::total(row);
        }
        decode::row(row, plan, &mut tape, &mut unreadable);
        count += 1;
    }
    unreadable.log(plan);
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

/// Why a reading came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked for is not there.
    Answered(Error),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// sqlx has no connection any more.
    Lost(sqlx::Error),
    /// A statement and its values do not fit: a mistake in this crate.
    Mismatch(String),
    /// Nobody wants the answer.
    Over,
}

impl Failure {
    /// Whether another connection might succeed where this one cannot.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Sqlite(error) => code_of(result_code(error), "") == Code::Unavailable,
            Self::Answered(_) | Self::Mismatch(_) | Self::Over => false,
        }
    }

    /// What it is to a client.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Answered(error) => error,
            Self::Lost(error) => failed(error),
            Self::Mismatch(words) => Error::new(Code::Internal, SERVER_FAILED).with_source(words),
            Self::Over => error_of(Code::Timeout),
            Self::Sqlite(error) => {
                let message = match &error {
                    rusqlite::Error::SqliteFailure(_, Some(message)) => message.as_str(),
                    _ => "",
                };
                error_of(code_of(result_code(&error), message)).with_source(error)
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Answered(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// SQLite's result code, extended.
fn result_code(error: &rusqlite::Error) -> i32 {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => error.extended_code,
        _ => 0,
    }
}

/// The one place where a text becomes SQL: it was built by sea-query from a model, or is the program's own.
fn trusted(sql: Arc<str>) -> AssertSqlSafe<Arc<str>> {
    AssertSqlSafe(sql)
}

fn cannot_open(path: &str, error: sqlx::Error) -> Error {
    let database_error = error.as_database_error();
    // CANTOPEN: there is no such file.
    let is_missing = database_error.is_some_and(|error| error.code().as_deref() == Some("14"));
    let hint = if is_missing {
        "; to make a new file, end the URL in `?mode=rwc`"
    } else {
        ""
    };
    let words =
        database_error.map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let detail = format!("cannot open the SQLite database `{path}`: {words}{hint}");
    Error::new(Code::Unavailable, detail).with_source(error)
}

/// What a failure of sqlx is to a client. Its words go to the log only.
pub(super) fn failed(error: sqlx::Error) -> Error {
    let code = match &error {
        sqlx::Error::PoolTimedOut => Code::Busy,
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse().ok());
            code_of(code.unwrap_or_default(), error.message())
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Code::Unavailable
        }
        _ => Code::Internal,
    };
    error_of(code).with_source(error)
}

fn error_of(code: Code) -> Error {
    let detail = match code {
        Code::Busy => "the database is busy; try again in a moment",
        Code::Timeout => "the database took too long; ask for less, or try again later",
        Code::Unavailable => "the database cannot be reached; try again later",
        Code::SchemaMismatch => {
            "the database lacks something the API serves; the server's log says what"
        }
        _ => SERVER_FAILED,
    };
    Error::new(code, detail)
}

/// By SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
fn code_of(code: i32, message: &str) -> Code {
    match code & 0xff {
        1 if message.starts_with("no such table") || message.starts_with("no such column") => {
            Code::SchemaMismatch
        }
        // BUSY, LOCKED
        5 | 6 => Code::Busy,
        // INTERRUPT
        9 => Code::Timeout,
        // PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
        3 | 8 | 10 | 11 | 13 | 14 | 15 | 26 => Code::Unavailable,
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, StatementStatus};
    use sea_query::{ColumnDef, SqliteQueryBuilder, Table};

    use super::*;
    use crate::{
        cell::Value,
        condition::{Condition, Operator},
        model::Model,
        operation::{Ask, List, Operation, Retrieve},
        params::{Count, Order, PageNumber},
    };

    /// Lists and objects of every kind of statement.
    fn asks() -> Vec<Ask> {
        let list = |number, count| {
            Ask::List(List {
                filter: Condition::compare(1, Operator::GreaterOrEqual, Value::Integer(3)),
                order: vec![Order {
                    column: 0,
                    descending: false,
                }],
                columns: vec![0, 1],
                number,
                size: 10,
                count,
                deepest: 1000,
            })
        };
        let key = Retrieve {
            key: Value::Integer(7),
            columns: vec![0],
        };
        vec![
            list(PageNumber::Nth(1), Count::Exact),
            list(PageNumber::Nth(2), Count::None),
            list(PageNumber::Last, Count::Exact),
            Ask::Retrieve(key),
        ]
    }

    #[test]
    fn a_statement_is_prepared_once_however_often_it_runs() {
        let table = Table::create()
            .table("numbers")
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("number").integer())
            .to_owned();
        let sqlite = Connection::open_in_memory().expect("a database");
        sqlite
            .execute_batch(&table.to_string(SqliteQueryBuilder))
            .expect("a table");
        let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO numbers SELECT i, i FROM n";
        sqlite.execute_batch(rows).expect("rows");
        let (model, plans) = (Model::from_table("Number", &table), Arc::default());
        for ask in asks() {
            let operation = Operation {
                model: model.clone(),
                ask,
                time_limit: std::time::Duration::from_secs(1),
            };
            let reading = || Reading::new(operation.clone(), Arc::clone(&plans), &SqliteDialect);
            for _ in 0..3 {
                run(&sqlite, &mut reading(), || false).expect("an outcome");
            }
            let sql = reading().statement().expect("a statement").plan.sql.clone();
            let prepared = sqlite.prepare_cached(&sql).expect("the cached statement");
            assert!(prepared.get_status(StatementStatus::Run) >= 3, "{sql}");
            assert_eq!(prepared.get_status(StatementStatus::RePrepare), 0, "{sql}");
        }
    }
}
