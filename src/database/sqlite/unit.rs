//! An open transaction on one connection of SQLite.

use std::{any::Any, sync::Arc, time::Duration};

use rusqlite::Connection;
use sqlx::Sqlite;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
    time::sleep,
};
use tracing::{Dispatch, Span, dispatcher};

use super::{
    super::{
        driver::{DriverFuture, Unit, WriteResults},
        failure::failed,
        reading::Reading,
        violation::Violation,
    },
    codes::violation,
    connections::{Connections, SYSTEM},
    failure::Failure,
    fetch::{steps, write},
    handle::LockedConnection,
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    metrics::{ConnectionInUse, ConnectionQueue, ConnectionWait},
    operation::Outcome,
    statement::Statement,
};

struct SqliteUnit {
    // Fields are dropped in their order, so the transaction is rolled back before the next writer gets the permit.
    transaction: sqlx::Transaction<'static, Sqlite>,
    _turn: Option<OwnedSemaphorePermit>,
    _in_use: ConnectionInUse,
}

/// Begins a transaction on a connection of its own. If `writes`, it first waits for the permit to write.
pub(super) async fn begin(
    connections: &Connections,
    writers: &Arc<Semaphore>,
    writes: bool,
) -> Result<Box<dyn Unit>> {
    let wait = ConnectionWait::begin(SYSTEM, ConnectionQueue::Transaction);
    let (turn, begin) = if writes {
        // SQLite has one writer at a time. Waiting for the permit before the connection keeps connections free for
        // others.
        let turn = Arc::clone(writers).acquire_owned().await;
        (Some(turn.map_err(lost)?), "BEGIN IMMEDIATE")
    } else {
        (None, "BEGIN")
    };
    connections.check_file().map_err(failed)?;
    let transaction = connections.pool().begin_with(begin).await;
    drop(wait);
    Ok(Box::new(SqliteUnit {
        transaction: transaction.map_err(failed)?,
        _turn: turn,
        _in_use: connections.meter.begin(),
    }))
}

impl Unit for SqliteUnit {
    fn read(
        self: Box<Self>,
        mut reading: Reading,
    ) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)> {
        self.blocking(move |unit, runtime| unit.read_here(&mut reading, runtime))
    }

    fn write(
        self: Box<Self>,
        statements: Vec<Statement>,
        limit: Duration,
    ) -> DriverFuture<'static, (Box<dyn Unit>, WriteResults)> {
        self.blocking(move |unit, runtime| unit.write_here(&statements, limit, runtime))
    }

    /// A violation undoes only the statement that caused it.
    fn goes_on(&self) -> bool {
        true
    }

    /// Reads `PRAGMA foreign_keys`, which a connection of the program's own pool may have turned off.
    fn checks_references(mut self: Box<Self>) -> DriverFuture<'static, (Box<dyn Unit>, bool)> {
        Box::pin(async move {
            let checks = sqlx::query_scalar("PRAGMA foreign_keys");
            let checks = checks.fetch_one(&mut *self.transaction).await;
            let unit: Box<dyn Unit> = self;
            Ok((unit, checks.map_err(failed)?))
        })
    }

    fn commit(self: Box<Self>) -> DriverFuture<'static, Result<(), Violation>> {
        Box::pin(async move {
            let mut unit = *self;
            if unit.is_over().await? {
                unit.restore().await?;
                unit.transaction.rollback().await.map_err(failed)?;
                let words =
                    "the transaction was ended inside the action, by a statement or by SQLite";
                return Err(Error::new(Code::Internal, SERVER_FAILED).with_source(words));
            }
            match unit.transaction.commit().await {
                Ok(()) => Ok(Ok(())),
                Err(error) => match broken(&error) {
                    Some(violation) => Ok(Err(violation)),
                    None => Err(failed(error)),
                },
            }
        })
    }

    /// Nothing: SQLite has no other server.
    fn note(&self, _: &Error) {}

    fn roll_back(self: Box<Self>) -> DriverFuture<'static, ()> {
        Box::pin(async move {
            let mut unit = *self;
            if unit.is_over().await? {
                unit.restore().await?;
            }
            unit.transaction.rollback().await.map_err(failed)
        })
    }

    fn connection(&mut self) -> &mut (dyn Any + Send) {
        // This is the connection itself, not the transaction that derefs to it, since the caller downcasts to the
        // connection.
        &mut *self.transaction
    }
}

impl SqliteUnit {
    /// Runs `work` on a thread for blocking work, with the span and the log of the caller.
    fn blocking<T: Send + 'static>(
        mut self: Box<Self>,
        work: impl FnOnce(&mut Self, &Handle) -> Result<T> + Send + 'static,
    ) -> DriverFuture<'static, (Box<dyn Unit>, T)> {
        let (runtime, span) = (Handle::current(), Span::current());
        let log = dispatcher::get_default(Dispatch::clone);
        let job = move || {
            let work = || span.in_scope(|| work(&mut self, &runtime));
            let done = dispatcher::with_default(&log, work)?;
            let unit: Box<dyn Unit> = self;
            Ok((unit, done))
        };
        Box::pin(async move { spawn_blocking(job).await.map_err(lost)? })
    }

    /// Whether SQLite has ended the transaction itself, as after a full disk or by a trigger.
    async fn is_over(&mut self) -> Result<bool> {
        let locked = self.transaction.lock_handle().await.map_err(failed)?;
        let lent =
            LockedConnection::of(locked).map_err(|error| Failure::from(error).into_error())?;
        Ok(lent.is_autocommit())
    }

    /// Begins a new transaction in place of one that SQLite has ended. sqlx takes the ended one for open, and without a
    /// new one every later use of the connection would fail.
    async fn restore(&mut self) -> Result<()> {
        let begun = sqlx::raw_sql("BEGIN").execute(&mut *self.transaction).await;
        begun.map(drop).map_err(failed)
    }

    /// Runs a reading on this thread.
    fn read_here(&mut self, reading: &mut Reading, runtime: &Handle) -> Result<Outcome> {
        let limit = reading.time_limit();
        let read = |sqlite: &Connection| steps(sqlite, reading, &|| false, None);
        self.within(limit, runtime, read)?
            .map_err(Failure::into_error)
    }

    /// Runs statements that write on this thread.
    fn write_here(
        &mut self,
        statements: &[Statement],
        limit: Duration,
        runtime: &Handle,
    ) -> Result<WriteResults> {
        self.within(limit, runtime, |sqlite| write(sqlite, statements))?
            .map_err(Failure::into_error)
    }

    /// Uses the connection on this thread, and stops its statement after a time limit.
    fn within<T>(
        &mut self,
        limit: Duration,
        runtime: &Handle,
        work: impl FnOnce(&Connection) -> T,
    ) -> Result<T> {
        let locked = runtime.block_on(self.transaction.lock_handle());
        let lent = LockedConnection::of(locked.map_err(failed)?);
        let sqlite = lent.map_err(|error| Failure::from(error).into_error())?;
        let interrupt = sqlite.interrupt();
        let stop = runtime.spawn(async move {
            sleep(limit).await;
            interrupt.stop();
        });
        let done = work(&sqlite);
        stop.abort();
        Ok(done)
    }
}

/// Returns the violation of a constraint that is checked with the commit.
fn broken(error: &sqlx::Error) -> Option<Violation> {
    let error = error.as_database_error()?;
    violation(error.code()?.parse().ok()?, error.message())
}

fn lost(why: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(why)
}
