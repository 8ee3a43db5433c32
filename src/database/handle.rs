//! [`Database`]: the handle to a database, for programs and for the rest of the crate.

use std::{fmt, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::timeout};

use super::{
    admission::Admission,
    driver::{Driver, Unit, Work},
    export::{Export, ExportPermit, Tapes},
    fetched::Written,
    log_once::LogOnce,
    reading::{Query, Reading},
    words::{LONGEST_WAIT, busy},
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    error::{Code, Error, Result},
    full_text::FullTextIndex,
    metrics::{ActiveExport, ConnectionQueue, ConnectionWait},
    model::{KeyComparison, Model},
    observer::Observer,
    operation::{List, Outcome, Repeatable, answer_to},
    statement::{Declares, Dialect, Plans, Statement, computed_by},
};

/// A handle to the connections of one database, cheap to clone.
#[derive(Clone)]
pub struct Database(pub(super) Arc<DatabaseInner>);

/// The purpose of a program's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Reading and writing, as far as the database allows.
    Any,
    /// Reading, on connections that cannot write.
    Reading,
    /// Reading and writing, on a server that need not be there yet.
    Later,
}

pub(super) struct DatabaseInner {
    pub(super) driver: Box<dyn Driver>,
    plans: Arc<Plans>,
    log_once: LogOnce,
    pub(super) admission: Admission,
    /// The permits to run an export, of which there are as many as exports that may run at once.
    exports: Arc<Semaphore>,
}

impl Database {
    /// Connects to the database of a URL: `sqlite:cars.db`, `sqlite::memory:` for a new one in memory,
    /// `postgres://user:password@host/cars`, `mysql://user:password@host/cars` (MariaDB too).
    ///
    /// A file of SQLite must exist unless the URL ends in `?mode=rwc`; `?mode=ro` opens it for reading only. Writable
    /// files use a write-ahead log; foreign keys are enforced. On a database server, this opens at most two connections
    /// for each processor and one more, sixteen for writes, and two for [exports](crate::ViewSet::export). In any URL,
    /// `max-connections` is the number of connections for reading and writing together, at least 1; for other settings,
    /// pass a pool of your own.
    ///
    /// Behind a pooler in transaction mode, a URL of PostgreSQL says `?pooler=transaction`. `statement-cache-capacity` is
    /// the number of prepared statements that a connection to a server keeps; default: 256.
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
    /// When this build supports no database with the URL's scheme, the database cannot be opened or reached, or a pooler
    /// in transaction mode is before it and the URL does not say so.
    pub async fn connect(url: &str) -> Result<Self> {
        connect_by_scheme(url, Purpose::Any).await
    }

    /// Connects to the database of a URL for reading only: the database itself refuses every write of these
    /// connections. The URLs are those of [`connect`](Self::connect).
    ///
    /// A file of SQLite is opened for reading, whatever `mode` the URL has. On a server, each connection makes its
    /// session read-only by a statement and asks whether it is, since a pooler may ignore settings of the connection.
    /// A session that a pooler lends to several clients in turn must be read-only already, by the settings of its user
    /// (on PostgreSQL, `ALTER ROLE … SET default_transaction_read_only = on`).
    ///
    /// This guards against mistakes of a program; a program that runs SQL of its own could end the guard of a server.
    /// Where that matters, connect as a user without rights to write.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::Database;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("cars.db");
    /// # drop(Database::open_file(&path).await?);
    /// let db = Database::connect_for_reading(&format!("sqlite:{}", path.display())).await?;
    /// assert!(db.execute_script("CREATE TABLE cars (car_id INTEGER)").await.is_err());
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When this build supports no database with the URL's scheme, the database cannot be opened or reached, or its
    /// sessions can write all the same.
    pub async fn connect_for_reading(url: &str) -> Result<Self> {
        connect_by_scheme(url, Purpose::Reading).await
    }

    /// Returns a handle to the database of a URL, on a server that need not be there yet: requests are answered 503 until
    /// it is. [`Readiness`](crate::Readiness) tells when that is.
    ///
    /// Nothing is sent to the server, so that a wrong password or a pooler that the URL does not mention is found only by
    /// the first requests. SQLite's file is opened at once, as by [`connect`](Self::connect).
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # #[cfg(feature = "postgres")] {
    /// use tower_rest::Database;
    /// let db = Database::connect_lazily("postgres://ann@127.0.0.1:1/cars").await.unwrap();
    /// # }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// When this build supports no database with the URL's scheme, the URL has a mistake, or SQLite's file cannot be
    /// opened.
    pub async fn connect_lazily(url: &str) -> Result<Self> {
        connect_by_scheme(url, Purpose::Later).await
    }

    /// Asks the database whether it is there.
    pub(crate) async fn answers(&self) -> Result<()> {
        self.0.driver.answers().await
    }

    pub(super) fn of(driver: impl Driver + 'static) -> Self {
        Self(Arc::new(DatabaseInner {
            exports: Arc::new(Semaphore::new(driver.most_exports())),
            plans: Plans::observed_by(Observer::new(driver.name())),
            admission: Admission::new(driver.connections()),
            driver: Box::new(driver),
            log_once: LogOnce::default(),
        }))
    }

    /// Runs SQL statements, separated by `;`, and discards the rows that they return: for setting up the tables and
    /// rows of demos and tests.
    ///
    /// The text is run unchanged; never put a value from a request into it.
    ///
    /// # Errors
    ///
    /// When a statement fails, or the database cannot be reached.
    pub async fn execute_script(&self, sql: &str) -> Result<()> {
        self.0.driver.execute_script(sql).await
    }

    /// Returns the connection pool of an SQLite database, for queries of your own.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn sqlite_pool(&self) -> Option<&sqlx::SqlitePool> {
        self.0.driver.pool().downcast_ref()
    }

    /// Returns the statement that creates a model's table in this database, for demos, tests and migrations.
    ///
    /// The table's column types hold the model's values, and its collations compare and order texts by their bytes.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::{Database, Model};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string_len(40).not_null()).to_owned();
    /// # let car = Model::from_table("Car", &table);
    /// let db = Database::in_memory().await?;
    /// db.execute_script(&db.create_table(&car)).await?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Panics
    ///
    /// When the model's table definition has a column type, or a foreign key into a schema, that sea-query cannot write
    /// for this database: MySQL has no arrays, for example.
    #[must_use]
    pub fn create_table(&self, model: &Model) -> String {
        let dialect = self.0.driver.dialect();
        let table = model.create_table_with(&|column, is_key| {
            let Declares { ty, collation } = dialect.declares(column, is_key);
            (ty, collation)
        });
        dialect.table(&table)
    }

    /// Whether two handles lead to the same connections.
    pub(crate) fn same(left: &Self, right: &Self) -> bool {
        Arc::ptr_eq(&left.0, &right.0)
    }

    /// Whether no other handle leads to the same connections.
    pub(crate) fn is_only_handle(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Returns a number that no other open database of this process has.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Closes the connections, each as soon as no statement runs on it. Does nothing if there is another handle.
    pub(crate) async fn close(self) -> Result<()> {
        match Arc::into_inner(self.0) {
            Some(inner) => inner.driver.close().await,
            None => Ok(()),
        }
    }

    /// Changes the columns of a model to the types that this database stores. Also returns a message for each column
    /// that the database cannot hold.
    pub(crate) fn adapt(&self, model: Model) -> (Model, Vec<String>) {
        let mut mistakes = Vec::new();
        let (name, table) = (model.name().to_owned(), model.table().to_owned());
        let adapted = model.adapted(|column| {
            // A hidden column is neither read nor written, so its type does not matter.
            if let Some(words) = self.0.driver.adapt(column).filter(|_| column.is_member()) {
                mistakes.push(format!(
                    "{name}: the column `{}` of `{table}` {words}",
                    column.name
                ));
            }
            // A key is compared by the database, which may take different texts for equal, only if the database also
            // keeps the keys unique by that comparison. Otherwise one URL could name two rows.
            let is_held = column.unique || column.storage.held;
            if is_held && self.0.driver.dialect().takes_for_equal(column) {
                column.storage.keys = KeyComparison::Compared;
            }
        });
        let (adapted, unwritten) = computed_by(adapted, self.0.driver.dialect());
        mistakes.extend(unwritten);
        (adapted, mistakes)
    }

    /// Returns why the database cannot search the full text of a model; `None` if it can.
    pub(crate) fn cannot_search(&self, index: &FullTextIndex, model: &Model) -> Option<String> {
        self.dialect().cannot_search(index, model)
    }

    /// Whether the database can estimate how many rows a list has.
    pub(crate) fn estimates(&self) -> bool {
        self.0.driver.dialect().has_estimates()
    }

    /// Reads which tables and views there are, with their columns and keys: the catalog.
    pub(crate) async fn catalog(&self, schemas: &Schemas) -> Result<Catalog> {
        self.0.driver.reflect(schemas).await
    }

    /// Samples the values of a column of bytes; returns the first [`SAMPLED_BYTES`](super::SAMPLED_BYTES) bytes of
    /// each.
    pub(crate) async fn bytes_of(&self, table: &Table, column: &str) -> Result<Vec<Vec<u8>>> {
        self.0.driver.bytes_of(table, column).await
    }

    /// Returns the greatest number of exports that may run at once; 0 if a single one would block all other requests.
    pub(crate) fn most_exports(&self) -> usize {
        self.0.driver.most_exports()
    }

    /// Exports a whole list from a server; returns once its first rows are read.
    pub(super) async fn export_from(
        &self,
        driver: &dyn Driver,
        query: Query<List>,
    ) -> Result<Tapes> {
        let inner = &*self.0;
        let system = inner.plans.observer.system();
        let wait = ConnectionWait::begin(system, ConnectionQueue::Export);
        let turn = timeout(LONGEST_WAIT, Arc::clone(&inner.exports).acquire_owned()).await;
        drop(wait);
        let Ok(Ok(turn)) = turn else {
            return Err(busy());
        };
        let turn = ExportPermit::new(turn, ActiveExport::begin(system));
        let limit = query.time_limit;
        let export = Export::new(query, Arc::clone(&inner.plans), inner.driver.dialect());
        let begun = driver.export(export, turn).begun(limit).await;
        begun.map_err(|error| inner.log_once.once(error))
    }

    /// Returns the result. Its error, if it says that a table does not match its model, is kept out of the log if it
    /// was logged a short time ago.
    pub(super) fn logged<T>(&self, done: Result<T>) -> Result<T> {
        done.map_err(|error| self.0.log_once.once(error))
    }

    pub(super) fn dialect(&self) -> &'static dyn Dialect {
        self.0.driver.dialect()
    }

    /// Reads the names, in the table, of the columns of a constraint or index, given its table and its name.
    pub(super) async fn constrained(
        &self,
        table: (Option<&str>, &str),
        constraint: &str,
    ) -> Result<Vec<String>> {
        self.0.driver.constrained(table, constraint).await
    }

    /// Runs an operation that only reads, such as a page of a list, on the primary if there are replicas.
    pub(crate) async fn read<Q: Repeatable>(&self, query: Query<Q>) -> Result<Q::Answer> {
        let reading = self.0.driver.read(self.reading(query));
        let read = self.0.admission.run(reading).await;
        answer_to::<Q>(read.map_err(|error| self.0.log_once.once(error))?)
    }

    pub(super) fn reading(&self, query: Query<impl Repeatable>) -> Reading {
        let inner = &*self.0;
        Reading::new(query, Arc::clone(&inner.plans), inner.driver.dialect())
    }

    /// Runs `work` in a transaction that may write; see [`Driver::work`].
    pub(super) async fn work(&self, work: Work, limit: Duration, alone: bool) -> Result<Outcome> {
        let working = self.0.driver.work(work, limit, alone);
        self.0.admission.run(working).await
    }

    /// Runs a statement that writes rows, shows them and commits itself; see [`Driver::write_at_once`].
    pub(super) async fn write_at_once(
        &self,
        statement: &Statement,
        limit: Duration,
    ) -> Result<Option<Written>> {
        let statement = statement.clone().observed_by(&self.0.plans.observer);
        let writing = self.0.driver.write_at_once(&statement, limit);
        self.0.admission.run(writing).await
    }

    /// Whether the rows of a model's table stay as such a statement shows them; see [`Driver::keeps_returned`].
    pub(super) async fn keeps_returned(&self, model: &Model, are_new: bool) -> Result<bool> {
        let table = (model.schema(), model.table());
        self.0.driver.keeps_returned(table, are_new).await
    }

    pub(super) fn plans(&self) -> &Plans {
        &self.0.plans
    }

    pub(super) async fn begin(&self, writes: bool) -> Result<Box<dyn Unit>> {
        self.0.admission.run(self.0.driver.begin(writes)).await
    }
}

/// Defines `connect_by_scheme` from one line for each database: its URL schemes, its feature, the function that
/// connects to it, and the words of the error message that say how its URLs begin.
macro_rules! schemes {
    ($($($scheme:literal)|+ => $feature:literal $connect:ident $start:literal;)+) => {
        async fn connect_by_scheme(url: &str, purpose: Purpose) -> Result<Database> {
            let (scheme, _) = url.split_once(':').unwrap_or_default();
            #[cfg(not(feature = "_sql"))]
            let _ = purpose;
            let detail = match scheme {
                $(
                    #[cfg(feature = $feature)]
                    $($scheme)|+ => return Database::$connect(url, purpose).await,
                    #[cfg(not(feature = $feature))]
                    $($scheme)|+ => format!(
                        "`{scheme}:` URLs need the feature `{}` of tower-rest, which this build lacks",
                        $feature
                    ),
                )+
                _ => format!(
                    "the URL of a database starts with {}",
                    [$($start),+].join(", or with ")
                ),
            };
            Err(Error::new(Code::Unavailable, detail))
        }
    };
}

schemes! {
    "sqlite" => "sqlite" open_url "`sqlite:`, such as `sqlite:cars.db` or `sqlite::memory:`";
    "postgres" | "postgresql" => "postgres" connect_to_postgres "`postgres://`";
    "mysql" | "mariadb" => "mysql" connect_to_mysql "`mysql://`";
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database")
            .field(&self.0.driver.name())
            .finish()
    }
}
