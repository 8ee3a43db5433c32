//! The traits of a back end (the code for one kind of database): [`Driver`], and [`Unit`] for an open transaction.

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
    error::{Error, Result},
    model::Column,
    operation::Outcome,
    read_after::{Freshness, LogPosition, ReadAfter},
    statement::{Dialect, Statement},
};

/// A future that a driver returns: boxed, so that drivers are interchangeable.
pub(super) type DriverFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The work of a request in a transaction: a function that gets the open transaction, and commits it or rolls it back.
pub(super) type Work = Box<dyn FnOnce(Box<dyn Unit>) -> DriverFuture<'static, Outcome> + Send>;

/// The most bytes that are read of each sampled value.
pub(crate) const SAMPLED_BYTES: usize = 4096;

/// Facts about a server that it reports itself.
#[derive(Clone, Debug)]
pub(super) struct ServerState {
    pub(super) role: ServerRole,
    /// How far its log has come: written by a primary, applied by a replica; `None` if it does not say.
    pub(super) position: Option<LogPosition>,
}

/// The part of a server in replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServerRole {
    /// It takes writes.
    Primary,
    /// It applies the writes of another server, and takes none itself.
    Replica,
    /// It is no replica, but this connection cannot write.
    ReadOnly,
}

/// The results of statements that write, and the violation that ended them, if any.
pub(super) type WriteResults = (Vec<Written>, Option<Violation>);

/// A back end: the connections to one database, whatever its kind.
pub(super) trait Driver: Send + Sync {
    /// Returns the display name of the database, such as `PostgreSQL`.
    fn name(&self) -> &'static str;

    fn dialect(&self) -> &'static dyn Dialect;

    /// Changes a column's type to the one that this database stores; returns a message if the database cannot hold the
    /// column.
    fn adapt(&self, column: &mut Column) -> Option<String>;

    /// Runs a reading (the statements for one answer) on one connection and returns its answer; in one snapshot, if it
    /// takes several statements.
    fn read(&self, reading: Reading) -> DriverFuture<'_, Outcome>;

    /// Reads a whole list on a connection of its own. Dropping the returned stream of rows stops the reading.
    fn export(&self, export: Export, turn: ExportPermit) -> Tapes;

    /// Returns the greatest number of connections.
    fn connections(&self) -> usize;

    /// Returns the greatest number of exports that may run at once; 0 if none may.
    fn most_exports(&self) -> usize {
        MOST_EXPORTS
    }

    /// Begins a transaction on a connection of its own: one that may write if `writes`, else one that reads a snapshot.
    /// On SQLite, a transaction that may write holds the write lock from its beginning.
    fn begin(&self, writes: bool) -> DriverFuture<'_, Box<dyn Unit>>;

    /// Runs `work` in a transaction that may write, which begins within the time limit. Unless it is to run `alone`, the
    /// transaction lends no connection; it may then be shared with the work of other requests, and fails with a
    /// [conflict](super::violation::conflict) if the commit that they share fails.
    fn work(&self, work: Work, limit: Duration, _alone: bool) -> DriverFuture<'_, Outcome> {
        work_alone(self, work, limit)
    }

    /// Runs a statement that writes rows, shows them and commits itself, within a time limit. Returns `None` if the
    /// database has refused it; nothing is then written.
    fn write_at_once<'a>(
        &'a self,
        _statement: &'a Statement,
        _limit: Duration,
    ) -> DriverFuture<'a, Option<Written>> {
        Box::pin(async { Ok(None) })
    }

    /// Whether the rows of a table, new ones if `are_new`, stay as such a statement shows them, as far as the table's
    /// definition says.
    fn keeps_returned<'a>(
        &'a self,
        _table: (Option<&'a str>, &'a str),
        _are_new: bool,
    ) -> DriverFuture<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    /// Reads which tables and views there are, with their columns and keys: the catalog.
    fn reflect<'a>(&'a self, schemas: &'a Schemas) -> DriverFuture<'a, Catalog>;

    /// Reads the names, in the table, of the columns of a constraint or index, given its table and its name.
    fn constrained<'a>(
        &'a self,
        table: (Option<&'a str>, &'a str),
        constraint: &'a str,
    ) -> DriverFuture<'a, Vec<String>>;

    /// Samples the values of a column of bytes; returns the first [`SAMPLED_BYTES`] bytes of each.
    fn bytes_of<'a>(&'a self, table: &'a Table, column: &'a str) -> DriverFuture<'a, Vec<Vec<u8>>>;

    /// Runs the statements of an SQL text and discards the rows that they return.
    fn execute_script<'a>(&'a self, sql: &'a str) -> DriverFuture<'a, ()>;

    /// Asks the server for its state, on a connection of its own, within two seconds. The question is sent after this
    /// call; calls that come at once share it.
    fn state(&self) -> DriverFuture<'_, ServerState>;

    /// Asks the database whether it is there, within two seconds, by a question that every database of its kind knows.
    fn answers(&self) -> DriverFuture<'_, ()> {
        Box::pin(async { self.state().await.map(drop) })
    }

    /// Returns the number by which the database is known, the same in every process with the same URL.
    fn number(&self) -> u32 {
        0
    }

    /// Returns the replica that answers a reading whose rows may be as old as `freshness` says; `None` if the primary
    /// answers it.
    fn replica(&self, _freshness: &Freshness) -> Option<Box<dyn Replica + '_>> {
        None
    }

    /// Whether the database has replicas.
    fn has_replicas(&self) -> bool {
        false
    }

    /// Returns the token of the writes that have ended before this call, and how long it counts; `None` if the database
    /// has no replicas.
    fn read_after(&self) -> DriverFuture<'_, Option<(ReadAfter, Duration)>> {
        Box::pin(async { Ok(None) })
    }

    /// Returns the sqlx connection pool, for a downcast to the type of the database.
    fn pool(&self) -> &dyn Any;

    /// Closes the connections, each as soon as no statement runs on it, and ends the threads.
    fn close(self: Box<Self>) -> DriverFuture<'static, ()>;
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

/// A replica that is about to answer a reading.
pub(super) trait Replica: Send + Sync {
    fn driver(&self) -> &dyn Driver;

    /// Whether an error is one of the replica, so that the primary may answer. Notes that the replica has failed.
    fn has_failed(&self, error: &Error) -> bool;
}

/// An open transaction on one connection. It is rolled back if it is dropped before it is committed.
pub(super) trait Unit: Send {
    /// Runs a reading (the statements for one answer) inside the transaction. Returns the transaction with the answer;
    /// after an error it is rolled back.
    fn read(self: Box<Self>, reading: Reading) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)>;

    /// Runs statements that write, within a time limit for all of them. Returns the transaction, the results of the
    /// statements before the first one that breaks a constraint, and that violation. After a violation the transaction
    /// can only be rolled back, unless it [goes on](Self::goes_on).
    fn write(
        self: Box<Self>,
        statements: Vec<Statement>,
        limit: Duration,
    ) -> DriverFuture<'static, (Box<dyn Unit>, WriteResults)>;

    /// Whether the transaction can run more statements after a row has broken a constraint.
    fn goes_on(&self) -> bool;

    /// Whether the database itself enforces foreign keys on this connection. SQLite does so only if the connection has
    /// turned on `foreign_keys`.
    fn checks_references(self: Box<Self>) -> DriverFuture<'static, (Box<dyn Unit>, bool)>;

    /// Commits the transaction. Returns a violation if a deferred constraint, which is checked only now, is broken.
    fn commit(self: Box<Self>) -> DriverFuture<'static, Result<(), Violation>>;

    /// Notes the error that the program's code returned, before the transaction is rolled back: it may say that no
    /// connection to this server should be used any more.
    fn note(&self, error: &Error);

    /// Rolls the transaction back. Returns a [conflict](super::violation::conflict) if the database had ended it without an
    /// error, so that what was read in it since then was not read in it.
    fn roll_back(self: Box<Self>) -> DriverFuture<'static, ()>;

    /// Returns sqlx's connection, for a handler's own statements; something else if the transaction
    /// [lends none](Driver::work), so that the caller's downcast fails.
    fn connection(&mut self) -> &mut (dyn Any + Send);
}
