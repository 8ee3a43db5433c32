//! The traits of a back end: [`Driver`], and [`Unit`] for an open transaction.

use std::{any::Any, future::Future, pin::Pin, time::Duration};

use tokio::time::timeout;

use super::{
    export::{Export, ExportPermit, MOST as MOST_EXPORTS, Tapes},
    fetched::Written,
    reading::Reading,
    violation::Violation,
    words::busy,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    error::Result,
    model::Column,
    operation::Outcome,
    statement::{Dialect, Statement},
};

/// A future that a driver returns: boxed, so that drivers are interchangeable.
pub(super) type DriverFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What a request does in a transaction: it gets the open transaction, and commits it or takes it back.
pub(super) type Work = Box<dyn FnOnce(Box<dyn Unit>) -> DriverFuture<'static, Outcome> + Send>;

/// The most bytes that are read of each sampled value.
pub(crate) const SAMPLED_BYTES: usize = 4096;

/// A back end: the connections to one database.
pub(super) trait Driver: Send + Sync {
    /// Returns the display name of the database.
    fn name(&self) -> &'static str;

    fn dialect(&self) -> &'static dyn Dialect;

    /// Changes a column's type to the one that this database stores; returns a message if it cannot hold the column.
    fn adapt(&self, column: &mut Column) -> Option<String>;

    /// Runs a reading to its end on one connection, in one snapshot if it takes several statements.
    fn read(&self, reading: Reading) -> DriverFuture<'_, Outcome>;

    /// Reads a whole list on a connection of its own. Dropping the returned stream of rows stops the reading.
    fn export(&self, export: Export, turn: ExportPermit) -> Tapes;

    /// Returns the greatest number of exports that may run at once; 0 if none may.
    fn exports(&self) -> usize {
        MOST_EXPORTS
    }

    /// Begins a transaction on a connection of its own: one that may write if `writes`, else one that reads a snapshot.
    /// On SQLite, a transaction that may write holds the write lock from its beginning.
    fn begin(&self, writes: bool) -> DriverFuture<'_, Box<dyn Unit>>;

    /// Runs `work` in a transaction that may write, which begins within the time limit. Unless it is to run `alone`,
    /// the transaction may be shared with the work of other requests; it then lends no connection, and fails with a
    /// [conflict](super::violation::conflict) if the commit that they share fails.
    fn work(&self, work: Work, limit: Duration, _alone: bool) -> DriverFuture<'_, Outcome> {
        work_alone(self, work, limit)
    }

    /// Reads the catalog of tables and views.
    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> DriverFuture<'a, Catalog>;

    /// Reads the SQL names of the columns of a constraint or index, given its table and its name.
    fn constrained<'a>(
        &'a self,
        table: (Option<&'a str>, &'a str),
        constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>>;

    /// Samples the values of a column of bytes; returns the first [`SAMPLED_BYTES`] bytes of each.
    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> DriverFuture<'a, Vec<Vec<u8>>>;

    /// Runs the statements of an SQL text and discards the rows that they return.
    fn execute_script<'a>(&'a self, sql: &'a str) -> DriverFuture<'a, ()>;

    /// Returns the sqlx connection pool, for a downcast to the type of the database.
    fn pool(&self) -> &dyn Any;
}

/// Runs `work` in a transaction on a connection of its own.
pub(super) fn work_alone<D: Driver + ?Sized>(
    driver: &D,
    work: Work,
    limit: Duration,
) -> DriverFuture<'_, Outcome> {
    Box::pin(async move {
        let begun = timeout(limit, driver.begin(true)).await;
        work(begun.map_err(|_| busy())??).await
    })
}

/// An open transaction on one connection. It is rolled back if it is dropped before it is committed.
pub(super) trait Unit: Send {
    /// Runs a reading inside the transaction. Returns the transaction with the outcome; after an error it is rolled
    /// back.
    fn read(self: Box<Self>, reading: Reading) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)>;

    /// Runs a statement that writes, within a time limit. After a violation the transaction can only be rolled back,
    /// unless it [goes on](Self::goes_on).
    fn write(
        self: Box<Self>,
        statement: Statement,
        limit: Duration,
    ) -> DriverFuture<'static, (Box<dyn Unit>, Result<Written, Violation>)>;

    /// Whether the transaction can run more statements after a violation.
    fn goes_on(&self) -> bool;

    /// Whether the database itself enforces foreign keys on this connection.
    fn checks_references(self: Box<Self>) -> DriverFuture<'static, (Box<dyn Unit>, bool)>;

    /// Commits the transaction; returns a violation of a deferred constraint, which is checked only now.
    fn commit(self: Box<Self>) -> DriverFuture<'static, Result<(), Violation>>;

    fn roll_back(self: Box<Self>) -> DriverFuture<'static, ()>;

    /// Returns sqlx's connection, for a handler's own statements; something else if the transaction may be
    /// [shared](Driver::work), so that the caller's downcast fails.
    fn connection(&mut self) -> &mut (dyn Any + Send);
}
