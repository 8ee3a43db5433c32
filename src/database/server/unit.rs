//! An open transaction that lends its connection, such as an action's.

use std::{any::Any, sync::Arc, time::Duration};

use sqlx::{SqlSafeStr as _, error::DatabaseError};
use tokio::{
    runtime::Handle,
    sync::OwnedSemaphorePermit,
    task::JoinError,
    time::{Instant as Deadline, timeout},
};

use super::{
    connection_cache::ConnectionCache,
    failure::Failure,
    locks,
    protocol::Connection,
    retry::{Remedy, Retries, Scene},
    run,
    source::CheckedOut,
    statements::Server,
};
use crate::{
    database::{
        driver::{DriverFuture, Unit, WriteResults},
        failure::{error_of, failed, too_slow},
        fetched::Written,
        reading::Reading,
        violation::{Violation, conflict, outcome_unknown},
        words::LONGEST_WAIT,
    },
    error::{Code, Error, Result, SERVER_FAILED},
    metrics::{ConnectionInUse, ConnectionQueue},
    operation::Outcome,
    statement::Statement,
};

/// The statement that sets a savepoint as a mark in a new transaction. The mark disappears when the transaction ends, so
/// its absence shows that a handler's own SQL has ended the transaction.
const MARK: &str = "SAVEPOINT tower_rest";
/// The statement that removes the mark; it fails if the transaction has ended.
const IS_MARKED: &str = "RELEASE SAVEPOINT tower_rest";

pub(super) struct ServerUnit<S: Server> {
    /// It is dropped before the transaction, whose connection the pool may lend at once.
    origin: Origin<S>,
    transaction: sqlx::Transaction<'static, S::Db>,
    _turn: OwnedSemaphorePermit,
    _in_use: ConnectionInUse,
}

/// The pool that the connection of a transaction is from, and what is known of the connection. sqlx gives the connection
/// back to the pool when the transaction ends. If its prepared statements may be stale by then, dropping this value
/// [retires](super::source::ConnectionSource::retire) it.
struct Origin<S: Server> {
    cache: Arc<ConnectionCache<S>>,
    /// The number by which the server identifies the connection.
    number: i64,
    /// The generation of the prepared statements of the connection.
    generation: u64,
    /// Whether all statements of the transaction read from one snapshot, as those of a GET request do.
    is_snapshot: bool,
}

/// A transaction whose statement is running. If it is dropped before the statement ends, the statement is stopped.
struct Busy<S: Server>(Option<Box<ServerUnit<S>>>);

/// Begins a transaction on a connection of its own, with the statement `begin`, and returns it.
pub(super) async fn begin<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    begin: &'static str,
) -> Result<Box<dyn Unit>> {
    let by = Deadline::now() + LONGEST_WAIT;
    let wait = cache.meter.wait(ConnectionQueue::Transaction);
    let turn = cache.turn(by).await?;
    cache.release_one();
    let noted = Arc::clone(cache);
    // This runs in a task of its own, which is never dropped. If `begin` were dropped, sqlx would forget the open
    // transaction, and the pool would reuse its connection.
    let begun = tokio::spawn(async move {
        let CheckedOut {
            mut connection,
            session,
            generation,
            ..
        } = noted.source.take(by).await?;
        if session.is_replica && begin == S::WRITES {
            connection.close_on_drop();
            noted.renounce();
            return Err(error_of(Code::Unavailable));
        }
        let statement = begin.into_sql_str();
        let begun = sqlx::Transaction::begin(connection, Some(statement)).await;
        let conflicting = |error| conflicting::<S>(Failure::Database(error));
        let mut transaction = begun.map_err(conflicting)?;
        let marked = S::execute(&mut transaction, MARK.into()).await;
        marked.map_err(conflicting)?;
        let origin = Origin {
            number: session.number,
            generation,
            is_snapshot: begin == S::SNAPSHOT,
            cache: noted,
        };
        Ok((origin, transaction))
    });
    let (origin, transaction) = begun.await.map_err(lost)??;
    drop(wait);
    Ok(Box::new(ServerUnit::<S> {
        origin,
        transaction,
        _turn: turn,
        _in_use: cache.meter.begin(),
    }))
}

impl<S: Server> ServerUnit<S> {
    fn lent(&mut self) -> &mut Connection<S> {
        &mut self.transaction
    }
}

impl<S: Server> Origin<S> {
    /// Returns the error of a failure, after which the transaction can only be rolled back; it is marked as a conflict if
    /// the transaction may succeed when it is run again.
    fn failing(&self, failure: Failure) -> Error {
        let Failure::Database(sqlx::Error::Database(error)) = &failure else {
            return failure.into_error();
        };
        self.note(&**error);
        if S::is_stale(&**error) {
            return conflict(failure.into_error());
        }
        match self.is_refused(&**error) {
            true => failure.into_error_of(Code::Unavailable),
            false => conflicting::<S>(failure),
        }
    }

    /// Whether the server takes no writes. In a snapshot, it is the transaction that takes none.
    fn is_refused(&self, error: &dyn DatabaseError) -> bool {
        !self.is_snapshot && S::is_read_only(error)
    }

    /// Sees to it that connections are not used again if the error says that their prepared statements are stale, or that
    /// their server takes no writes.
    fn note(&self, error: &dyn DatabaseError) {
        if S::is_stale(error) {
            self.cache.source.renew(self.generation);
        }
        if self.is_refused(error) {
            self.cache.source.retire(self.number);
            self.cache.renounce();
        }
    }
}

impl<S: Server> Drop for Origin<S> {
    fn drop(&mut self) {
        if self.generation != self.cache.source.generation() {
            self.cache.source.retire(self.number);
        }
    }
}

impl<S: Server> Busy<S> {
    fn unit(&mut self) -> Result<&mut ServerUnit<S>> {
        self.0.as_deref_mut().ok_or_else(given_back)
    }
}

impl<S: Server> Drop for Busy<S> {
    fn drop(&mut self) {
        let Some(unit) = self.0.take() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            // If the statement were not stopped, the connection would return to the pool only after its end.
            unit.origin.cache.source.end(unit.origin.number).await;
            drop(unit);
        });
    }
}

impl<S: Server> Unit for ServerUnit<S> {
    fn read(
        self: Box<Self>,
        mut reading: Reading,
    ) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)> {
        Box::pin(async move {
            let limit = reading.time_limit();
            // Stopping a statement ends the transaction, so a count is not stopped early: it may take the whole time
            // limit of the reading.
            let mut busy = Busy(Some(self));
            let unit = busy.unit()?;
            let (unlockable, locks) = (
                Arc::clone(&unit.origin.cache.unlockable),
                unit.origin.is_snapshot,
            );
            let connection = unit.lent();
            let steps = async {
                if locks {
                    locks::take::<S>(connection, &unlockable, &reading.tables(), None).await?;
                }
                steps::<S>(connection, &mut reading, limit).await
            };
            let outcome = timeout(limit, steps).await.map_err(|_| too_slow(limit))?;
            let unit = busy.0.take().ok_or_else(given_back)?;
            let outcome = outcome.map_err(|failure| unit.origin.failing(failure))?;
            Ok((unit as Box<dyn Unit>, outcome))
        })
    }

    fn write(
        self: Box<Self>,
        statements: Vec<Statement>,
        limit: Duration,
    ) -> DriverFuture<'static, (Box<dyn Unit>, WriteResults)> {
        Box::pin(async move {
            let mut busy = Busy(Some(self));
            let connection = busy.unit()?.lent();
            let writing = timeout(limit, write_all::<S>(connection, &statements)).await;
            let (written, failure) = writing.map_err(|_| too_slow(limit))?;
            let unit = busy.0.take().ok_or_else(given_back)?;
            let violation = match failure {
                None => None,
                Some(failure) => match failure.violation::<S>() {
                    Some(violation) => Some(violation),
                    None => return Err(unit.origin.failing(failure)),
                },
            };
            Ok((unit as Box<dyn Unit>, (written, violation)))
        })
    }

    fn goes_on(&self) -> bool {
        S::GOES_ON
    }

    fn checks_references(self: Box<Self>) -> DriverFuture<'static, (Box<dyn Unit>, bool)> {
        let unit: Box<dyn Unit> = self;
        Box::pin(async { Ok((unit, true)) })
    }

    fn commit(self: Box<Self>) -> DriverFuture<'static, Result<(), Violation>> {
        Box::pin(async move {
            let Self {
                origin,
                mut transaction,
                ..
            } = *self;
            // A server answers the commit of a failed or already ended transaction with a silent rollback.
            if let Err(error) = S::execute(&mut transaction, IS_MARKED.into()).await {
                let error = conflicting::<S>(Failure::Database(error));
                // In a cluster, a transaction of another server may have ended this one since its last statement.
                let is_other = !matches!(error.code(), Code::Internal | Code::SchemaMismatch);
                return Err(if is_other { error } else { ended_inside() });
            }
            match transaction.commit().await {
                Ok(()) => Ok(Ok(())),
                Err(sqlx::Error::Database(error)) if S::leaves_unknown(&*error, true) => {
                    Err(outcome_unknown(error))
                }
                Err(error @ sqlx::Error::Database(_)) => {
                    let failure = Failure::Database(error);
                    let violation = failure.violation::<S>();
                    violation.map(Err).ok_or_else(|| origin.failing(failure))
                }
                Err(error) => Err(outcome_unknown(error)),
            }
        })
    }

    fn note(&self, error: &Error) {
        let source = std::error::Error::source(error);
        let source = source.and_then(|source| source.downcast_ref());
        if let Some(sqlx::Error::Database(error)) = source {
            self.origin.note(&**error);
        }
    }

    fn roll_back(self: Box<Self>) -> DriverFuture<'static, ()> {
        Box::pin(async move { self.transaction.rollback().await.map_err(failed) })
    }

    fn connection(&mut self) -> &mut (dyn Any + Send) {
        self.lent()
    }
}

/// Runs statements that write; returns the results of those before the first one that fails, and its failure.
pub(super) async fn write_all<S: Server>(
    connection: &mut Connection<S>,
    statements: &[Statement],
) -> (Vec<Written>, Option<Failure>) {
    let mut written = Vec::with_capacity(statements.len());
    for statement in statements {
        match S::write(connection, statement).await {
            Ok(one) => written.push(one),
            Err(failure) => return (written, Some(failure)),
        }
    }
    (written, None)
}

/// Runs the statements of a reading inside a transaction and returns its answer, with the retries that are possible
/// there.
pub(super) async fn steps<S: Server>(
    connection: &mut Connection<S>,
    reading: &mut Reading,
    limit: Duration,
) -> Result<Outcome, Failure> {
    let mut retries = Retries::new(Scene::Transaction);
    loop {
        let failure = match run::steps::<S>(connection, reading, limit).await {
            Ok(outcome) => return Ok(outcome),
            Err(failure) => failure,
        };
        match retries.after::<S>(&failure).and_then(Remedy::dialect) {
            Some(dialect) => reading.convert_by(dialect),
            None => return Err(failure),
        }
    }
}

/// Returns the error of a failure; it is marked as a conflict if the transaction may succeed when it is run again.
pub(super) fn conflicting<S: Server>(failure: Failure) -> Error {
    match failure {
        Failure::Database(sqlx::Error::Database(error)) if S::is_conflict(&*error) => {
            conflict(error)
        }
        failure => failure.into_error(),
    }
}

/// Returns the error of a bug in this crate: the transaction is used after its end.
fn given_back() -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source("a transaction is used after its end")
}

/// Returns the error of a transaction that has no savepoint any more, or of which a statement has failed.
fn ended_inside() -> Error {
    let words =
        "the transaction failed or was ended inside the action, by a statement or the database";
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}

/// Returns the error of a transaction that could not begin, since the task that begins it panicked or was aborted.
fn lost(error: JoinError) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(error)
}
