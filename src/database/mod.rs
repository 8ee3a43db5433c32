//! Connections to a database, and the only I/O there is.
//!
//! A [`Driver`] answers one reading at a time on one connection; which statements that takes is
//! [`reading`]'s to say. Nothing outside this module names sqlx.

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod decode;
mod export;
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod failure;
mod matching;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
mod reading;
mod related;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod told;
mod transaction;
mod words;

use std::{any::Any, fmt, future::Future, pin::Pin, sync::Arc};

use tokio::sync::Semaphore;

use crate::{
    catalog::{Catalog, Schemas, Table},
    error::{Code, Error, Result},
    model::{Column, Keys, Model},
    operation::Outcome,
    statement::{Declares, Dialect, Plans},
};

#[cfg(feature = "mysql")]
pub use self::transaction::MySqlTransaction;
#[cfg(feature = "postgres")]
pub use self::transaction::PostgresTransaction;
#[cfg(feature = "sqlite")]
pub use self::transaction::SqliteTransaction;
pub use self::transaction::Transaction;
pub(crate) use self::{export::Tapes, reading::Question};
use self::{
    export::{Export, Turn},
    reading::Reading,
    told::Told,
    transaction::Unit,
};

/// A future that a driver hands out: boxed, so that drivers are interchangeable.
type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// Connections to one database, cheap to clone and share.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    driver: Box<dyn Driver>,
    plans: Arc<Plans>,
    told: Told,
    /// The turns to export.
    exports: Arc<Semaphore>,
}

/// How many bytes of a sample are read.
pub(crate) const SAMPLED_BYTES: usize = 4096;

/// What a back end does.
trait Driver: Send + Sync {
    /// The name of the database, for people.
    fn name(&self) -> &'static str;

    fn dialect(&self) -> &'static dyn Dialect;

    /// Changes a column to what this database makes of it; the mistake, if it cannot hold such a column.
    fn adapt(&self, column: &mut Column) -> Option<String>;

    /// Runs a reading to its end on one connection, in one snapshot if it takes several statements.
    fn read(&self, reading: Reading) -> Answer<'_, Outcome>;

    /// Reads a whole list on a connection of its own, until nobody takes its rows any more.
    fn export(&self, export: Export, turn: Turn) -> Tapes;

    /// How many exports there may be at once.
    fn exports(&self) -> usize {
        export::MOST
    }

    /// Begins a transaction on a connection of its own; one that is to write holds the lock from its beginning.
    fn begin(&self, writes: bool) -> Answer<'_, Box<dyn Unit>>;

    /// What the database says of its tables and views.
    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> Answer<'a, Catalog>;

    /// Samples of a column of bytes, of each its first [`SAMPLED_BYTES`].
    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> Answer<'a, Vec<Vec<u8>>>;

    /// Runs statements whose rows nobody wants.
    fn execute_script<'a>(&'a self, sql: &'a str) -> Answer<'a, ()>;

    /// The pool of connections, as sqlx has it.
    fn pool(&self) -> &dyn Any;
}

impl Database {
    /// Connects to the database of a URL: `sqlite:cars.db`, `sqlite::memory:` for a new one in memory,
    /// `postgres://user:password@host/cars`, `mysql://user:password@host/cars` (MariaDB too).
    ///
    /// A file of SQLite must exist unless the URL ends in `?mode=rwc`; `?mode=ro` opens it for reading only. Files that can
    /// be written use a write-ahead log; foreign keys are enforced. The connections to a server are at most two for each
    /// processor and one, and two for [exports](crate::ViewSet::export); for other settings give a pool of your own.
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
    /// When the URL is not one of a database this build knows, or the database cannot be opened or reached.
    pub async fn connect(url: &str) -> Result<Self> {
        let (scheme, _) = url.split_once(':').unwrap_or_default();
        match scheme {
            #[cfg(feature = "sqlite")]
            "sqlite" => Self::open_url(url).await,
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => Self::connect_to_postgres(url).await,
            #[cfg(feature = "mysql")]
            "mysql" | "mariadb" => Self::connect_to_mysql(url).await,
            scheme => Err(unknown_scheme(scheme)),
        }
    }

    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    fn of(driver: impl Driver + 'static) -> Self {
        Self(Arc::new(Inner {
            exports: Arc::new(Semaphore::new(driver.exports())),
            driver: Box::new(driver),
            plans: Arc::default(),
            told: Told::default(),
        }))
    }

    /// Runs SQL statements, split by `;`, and drops their rows: for the tables and rows of demos and tests.
    ///
    /// The text is run as it is; never put a value from a request into it.
    ///
    /// # Errors
    ///
    /// When a statement fails, or the database cannot be reached.
    pub async fn execute_script(&self, sql: &str) -> Result<()> {
        self.0.driver.execute_script(sql).await
    }

    /// The pool of connections, of an SQLite database, for queries of one's own.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn sqlite_pool(&self) -> Option<&sqlx::SqlitePool> {
        self.0.driver.pool().downcast_ref()
    }

    /// The statement that creates a model's table here, with types that hold its values and collations by which texts are
    /// equal and ordered as their bytes are: for demos, tests and migrations.
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
    /// When a table definition gave a column a type, or the table a foreign key into a schema, that sea-query cannot write for
    /// this database: an array has no name on MySQL.
    #[must_use]
    pub fn create_table(&self, model: &Model) -> String {
        let dialect = self.0.driver.dialect();
        let table = model.create_table_with(&|column, is_key| {
            let Declares { ty, collation } = dialect.declares(column, is_key);
            (ty, collation)
        });
        dialect.table(&table)
    }

    /// Whether two values are the same connections.
    pub(crate) fn same(left: &Self, right: &Self) -> bool {
        Arc::ptr_eq(&left.0, &right.0)
    }

    /// The model as this database stores it, and the mistakes that keep it from doing so.
    pub(crate) fn adapt(&self, model: Model) -> (Model, Vec<String>) {
        let mut mistakes = Vec::new();
        let (name, table) = (model.name().to_owned(), model.table().to_owned());
        let adapted = model.adapted(|column| {
            // A hidden column is never read, so it may be what it likes.
            if let Some(words) = self.0.driver.adapt(column).filter(|_| !column.hidden) {
                mistakes.push(format!(
                    "{name}: the column `{}` of `{table}` {words}",
                    column.name
                ));
            }
            // Where no key of the database's decides, two rows could meet its comparison.
            let is_held = column.unique || column.storage.held;
            if is_held && self.0.driver.dialect().takes_for_equal(column) {
                column.storage.keys = Keys::Compared;
            }
        });
        (adapted, mistakes)
    }

    /// What it says of its tables and views.
    pub(crate) async fn catalog(&self, schemas: &Schemas) -> Result<Catalog> {
        self.0.driver.reflect(schemas).await
    }

    /// Samples of a column of bytes, of each its first [`SAMPLED_BYTES`].
    pub(crate) async fn bytes_of(&self, table: &Table, column: &str) -> Result<Vec<Vec<u8>>> {
        self.0.driver.bytes_of(table, column).await
    }

    pub(crate) async fn read(&self, question: Question) -> Result<Outcome> {
        let read = self.0.driver.read(self.reading(question)).await;
        read.map_err(|error| self.0.told.once(error))
    }

    fn reading(&self, question: Question) -> Reading {
        let inner = &*self.0;
        Reading::new(question, Arc::clone(&inner.plans), inner.driver.dialect())
    }

    async fn begin(&self, writes: bool) -> Result<Box<dyn Unit>> {
        self.0.driver.begin(writes).await
    }
}

fn unknown_scheme(scheme: &str) -> Error {
    let feature = match scheme {
        "sqlite" => "sqlite",
        "postgres" | "postgresql" => "postgres",
        "mysql" | "mariadb" => "mysql",
        _ => {
            let detail = "the URL of a database starts with `sqlite:`, such as `sqlite:cars.db` or `sqlite::memory:`, with \
                          `postgres://` or with `mysql://`";
            return Error::new(Code::Unavailable, detail);
        }
    };
    let detail = format!(
        "`{scheme}:` URLs need the feature `{feature}` of tower-rest, which this build lacks"
    );
    Error::new(Code::Unavailable, detail)
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database")
            .field(&self.0.driver.name())
            .finish()
    }
}

/// The one place where a text becomes SQL: it was built by sea-query from a model, or is the program's own.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
fn trusted(sql: Arc<str>) -> sqlx::AssertSqlSafe<Arc<str>> {
    sqlx::AssertSqlSafe(sql)
}
