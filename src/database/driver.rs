//! The traits of a back end: [`Driver`], and [`Unit`] for an open transaction.

use std::{any::Any, future::Future, pin::Pin};

use super::{
    export::{Export, ExportPermit, MOST as MOST_EXPORTS, Tapes},
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
pub(super) type DriverFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The number of bytes that are read of a sampled value.
pub(crate) const SAMPLED_BYTES: usize = 4096;

/// A back end: the connections to one database.
pub(super) trait Driver: Send + Sync {
    /// Returns the display name of the database.
    fn name(&self) -> &'static str;

    fn dialect(&self) -> &'static dyn Dialect;

    /// Adapts a column to this database; returns a message if the database cannot hold such a column.
    fn adapt(&self, column: &mut Column) -> Option<String>;

    /// Runs a reading to its end on one connection, in one snapshot if it takes several statements.
    fn read(&self, reading: Reading) -> DriverFuture<'_, Outcome>;

    /// Reads a whole list on a connection of its own, until the returned rows are dropped.
    fn export(&self, export: Export, turn: ExportPermit) -> Tapes;

    /// Returns the most exports that may run at once.
    fn exports(&self) -> usize {
        MOST_EXPORTS
    }

    /// Begins a transaction on a connection of its own. With `writes`, it holds the write lock from its beginning.
    fn begin(&self, writes: bool) -> DriverFuture<'_, Box<dyn Unit>>;

    /// Reads the catalog of tables and views.
    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> DriverFuture<'a, Catalog>;

    /// Samples a column of bytes: the first [`SAMPLED_BYTES`] of each value.
    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> DriverFuture<'a, Vec<Vec<u8>>>;

    /// Runs statements and drops their rows.
    fn execute_script<'a>(&'a self, sql: &'a str) -> DriverFuture<'a, ()>;

    /// Returns sqlx's pool of connections.
    fn pool(&self) -> &dyn Any;
}

/// An open transaction on one connection. It is rolled back when it is dropped.
pub(super) trait Unit: Send {
    /// Runs a reading inside the transaction, which is rolled back after an error.
    fn read(self: Box<Self>, reading: Reading) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)>;

    fn commit(self: Box<Self>) -> DriverFuture<'static, ()>;

    fn roll_back(self: Box<Self>) -> DriverFuture<'static, ()>;

    /// Returns sqlx's connection, for a handler's own statements.
    fn connection(&mut self) -> &mut (dyn Any + Send);
}
