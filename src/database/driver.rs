//! What a back end implements: [`Driver`], and [`Unit`] for a transaction that is open.

use std::{any::Any, future::Future, pin::Pin};

use super::{
    export::{Export, MOST as MOST_EXPORTS, Tapes, Turn},
    reading::Reading,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    error::Result,
    model::Column,
    operation::Outcome,
    statement::Dialect,
};

/// A future that a driver returns: boxed, so that drivers are interchangeable.
pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// How many bytes of a sample are read.
pub(crate) const SAMPLED_BYTES: usize = 4096;

/// A back end: the connections to one database.
pub(super) trait Driver: Send + Sync {
    /// Returns the name of the database, for people.
    fn name(&self) -> &'static str;

    fn dialect(&self) -> &'static dyn Dialect;

    /// Changes a column to what this database makes of it; returns the mistake if it cannot hold such a column.
    fn adapt(&self, column: &mut Column) -> Option<String>;

    /// Runs a reading to its end on one connection, in one snapshot if it takes several statements.
    fn read(&self, reading: Reading) -> Answer<'_, Outcome>;

    /// Reads a whole list on a connection of its own, until its rows are taken no more.
    fn export(&self, export: Export, turn: Turn) -> Tapes;

    /// Returns how many exports may run at once.
    fn exports(&self) -> usize {
        MOST_EXPORTS
    }

    /// Begins a transaction on a connection of its own; one that is to write holds the lock from its beginning.
    fn begin(&self, writes: bool) -> Answer<'_, Box<dyn Unit>>;

    /// Reads what the database says of its tables and views.
    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> Answer<'a, Catalog>;

    /// Samples a column of bytes: the first [`SAMPLED_BYTES`] of each value.
    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> Answer<'a, Vec<Vec<u8>>>;

    /// Runs statements and drops their rows.
    fn execute_script<'a>(&'a self, sql: &'a str) -> Answer<'a, ()>;

    /// Returns the pool of connections, as sqlx has it.
    fn pool(&self) -> &dyn Any;
}

/// A transaction that is open on one connection; dropped, it is rolled back.
pub(super) trait Unit: Send {
    /// Runs a reading inside it; after an error it is rolled back.
    fn read(self: Box<Self>, reading: Reading) -> Answer<'static, (Box<dyn Unit>, Outcome)>;

    fn commit(self: Box<Self>) -> Answer<'static, ()>;

    fn roll_back(self: Box<Self>) -> Answer<'static, ()>;

    #[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
    fn connection(&mut self) -> UnitConnection<'_>;
}

/// The connection a transaction is open on.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(super) enum UnitConnection<'a> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'a mut sqlx::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(&'a mut sqlx::PgConnection),
    #[cfg(feature = "mysql")]
    MySql(&'a mut sqlx::MySqlConnection),
}
