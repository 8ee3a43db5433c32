//! An open transaction that lends its connection, such as an action's.

use std::{any::Any, sync::Arc, time::Duration};

use sqlx::SqlSafeStr as _;
use tokio::{
    runtime::Handle,
    sync::OwnedSemaphorePermit,
    task::JoinError,
    time::{Instant as Deadline, timeout},
};

use super::{
    connection_cache::ConnectionCache,
    failure::Failure,
    frame::{Frame, IS_MARKED, TransactionEnd},
    locks,
    origin::Origin,
    protocol::Connection,
    retry::{Remedy, Retries, Scene},
    run,
    source::CheckedOut,
    statements::Server,
    stopper::LONGEST_STOP,
};
use crate::{
    database::{
        driver::{DriverFuture, Unit, WriteResults},
        failure::{error_of, failed, too_slow},
        fetched::Written,
        reading::Reading,
        violation::{Violation, ended_inside, outcome_unknown, rolled_back_after},
        words::LONGEST_WAIT,
    },
    error::{Code, Error, Result, SERVER_FAILED},
    metrics::{ConnectionInUse, ConnectionQueue},
    operation::Outcome,
    statement::Statement,
};

/// A transaction. If it is dropped while its statement runs, the statement is stopped.
pub(super) struct ServerUnit<S: Server> {
    origin: Origin<S>,
    /// How the transaction begins and ends. Its mark shows, too, whether a statement of the handler has ended it.
    frame: Frame,
    is_running: bool,
    /// The program may drop the transaction in a thread outside the runtime.
    runtime: Handle,
    /// `None` once it has ended.
    open: Option<OpenTransaction<S>>,
}

struct OpenTransaction<S: Server> {
    transaction: sqlx::Transaction<'static, S::Db>,
    _turn: OwnedSemaphorePermit,
    _in_use: ConnectionInUse,
}

/// Begins a transaction on a connection of its own, with the statement `begin`, and returns it.
pub(super) async fn begin<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    begin: &'static str,
) -> Result<Box<dyn Unit>> {
    let by = Deadline::now() + LONGEST_WAIT;
    let wait = cache.meter.wait(ConnectionQueue::Transaction);
    let turn = cache.turn(by).await?;
    cache.release_one();
    // This runs in a task of its own, which is never dropped. If `begin` were dropped, sqlx would forget the open
    // transaction, and the pool would reuse its connection.
    let begun = tokio::spawn(ServerUnit::begin(Arc::clone(cache), begin, turn, by));
    let unit = begun.await.map_err(lost)??;
    drop(wait);
    Ok(Box::new(unit))
}

impl<S: Server> ServerUnit<S> {
    async fn begin(
        cache: Arc<ConnectionCache<S>>,
        begin: &'static str,
        turn: OwnedSemaphorePermit,
        by: Deadline,
    ) -> Result<Self> {
        let CheckedOut {
            mut connection,
            session,
            generation,
            ..
        } = cache.source.take(by).await?;
        if session.is_replica && begin == S::WRITES {
            connection.close_on_drop();
            cache.renounce();
            return Err(error_of(Code::Unavailable));
        }
        let statement = begin.into_sql_str();
        let begun = sqlx::Transaction::begin(connection, Some(statement)).await;
        let conflicting = |error| Failure::Database(error).conflicting::<S>();
        let mut transaction = begun.map_err(conflicting)?;
        let is_snapshot = begin == S::SNAPSHOT;
        let frame = match is_snapshot {
            // It commits nothing.
            true => Frame::default(),
            false => cache.source.frame(),
        };
        let marked = S::execute(&mut transaction, frame.mark()).await;
        marked.map_err(conflicting)?;
        let in_use = cache.meter.begin();
        Ok(Self {
            origin: Origin {
                cache,
                number: session.number,
                generation,
                is_snapshot,
            },
            frame,
            is_running: false,
            runtime: Handle::current(),
            open: Some(OpenTransaction {
                transaction,
                _turn: turn,
                _in_use: in_use,
            }),
        })
    }

    fn lent(&mut self) -> Result<&mut Connection<S>> {
        let open = self.open.as_mut().ok_or_else(given_back)?;
        Ok(&mut open.transaction)
    }

    /// Lends the connection to a statement of this crate, which runs until `is_running` is reset.
    fn running(&mut self) -> Result<&mut Connection<S>> {
        self.is_running = true;
        self.lent()
    }

    /// Rolls back after a failure, and returns the error for the client.
    async fn failing(mut self, failure: Failure) -> Error {
        let is_checked = self.frame.is_needed() && failure.leaves_in_step::<S>();
        let error = self.origin.failing(failure);
        match is_checked {
            true => rolled_back_after(error, self.take_back().await),
            false => error,
        }
    }

    /// Rolls back, after a check that the transaction had not ended before.
    async fn take_back(&mut self) -> Result<()> {
        let frame = self.frame;
        let checked = frame.check::<S>(self.lent()?).await;
        let ended = self.end(TransactionEnd::RollBack).await.map_err(failed);
        checked.and(ended)
    }

    /// Ends the transaction, unless it has ended already. sqlx gives its connection back to the pool.
    async fn end(&mut self, end: TransactionEnd) -> Result<(), sqlx::Error> {
        self.origin.retire();
        if let Some(open) = &mut self.open
            && self.frame.is_needed()
        {
            S::execute(&mut open.transaction, self.frame.end(end)).await?;
            // sqlx rolls back what has ended.
            self.open = None;
        }
        match (self.open.take(), end) {
            (Some(open), TransactionEnd::Commit) => open.transaction.commit().await,
            (Some(open), TransactionEnd::RollBack) => open.transaction.rollback().await,
            (None, _) => Ok(()),
        }
    }
}

impl<S: Server> Drop for ServerUnit<S> {
    fn drop(&mut self) {
        self.origin.retire();
        let Some(mut open) = self.open.take() else {
            return;
        };
        let _inside = self.runtime.enter();
        let (frame, is_running) = (self.frame, self.is_running);
        if !is_running && !frame.is_needed() {
            return drop(open);
        }
        let (cache, number) = (Arc::clone(&self.origin.cache), self.origin.number);
        self.runtime.spawn(async move {
            if is_running {
                // If the statement were not stopped, the connection would return to the pool only after its end.
                cache.source.end(number).await;
            }
            let is_ended = !frame.is_needed() || ended::<S>(&mut open.transaction, frame).await;
            if !is_ended {
                cache.source.retire(number);
                cache.source.end(number).await;
            }
            drop(open);
        });
    }
}

impl<S: Server> Unit for ServerUnit<S> {
    fn read(
        mut self: Box<Self>,
        mut reading: Reading,
    ) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)> {
        Box::pin(async move {
            let limit = reading.time_limit();
            // Stopping a statement ends the transaction, so a count is not stopped early: it may take the whole time
            // limit of the reading.
            let (unlockable, locks) = (
                Arc::clone(&self.origin.cache.unlockable),
                self.origin.is_snapshot,
            );
            let connection = self.running()?;
            let steps = async {
                if locks {
                    locks::take::<S>(connection, &unlockable, &reading.tables(), None).await?;
                }
                steps::<S>(connection, &mut reading, limit).await
            };
            let outcome = timeout(limit, steps).await.map_err(|_| too_slow(limit))?;
            self.is_running = false;
            match outcome {
                Ok(outcome) => Ok((self as Box<dyn Unit>, outcome)),
                Err(failure) => Err(self.failing(failure).await),
            }
        })
    }

    fn write(
        mut self: Box<Self>,
        statements: Vec<Statement>,
        limit: Duration,
    ) -> DriverFuture<'static, (Box<dyn Unit>, WriteResults)> {
        Box::pin(async move {
            let connection = self.running()?;
            let writing = timeout(limit, write_all::<S>(connection, &statements)).await;
            let (written, failure) = writing.map_err(|_| too_slow(limit))?;
            self.is_running = false;
            let violation = match failure {
                None => None,
                Some(failure) => match failure.violation::<S>() {
                    Some(violation) => Some(violation),
                    None => return Err(self.failing(failure).await),
                },
            };
            Ok((self as Box<dyn Unit>, (written, violation)))
        })
    }

    fn goes_on(&self) -> bool {
        S::GOES_ON
    }

    fn checks_references(self: Box<Self>) -> DriverFuture<'static, (Box<dyn Unit>, bool)> {
        let unit: Box<dyn Unit> = self;
        Box::pin(async { Ok((unit, true)) })
    }

    fn commit(mut self: Box<Self>) -> DriverFuture<'static, Result<(), Violation>> {
        Box::pin(async move {
            // A server answers the commit of a failed or already ended transaction with a silent rollback.
            if let Err(error) = S::execute(self.lent()?, IS_MARKED.into()).await {
                let frame = self.frame;
                let error = frame.ended::<S>(self.lent()?, error).await;
                // In a cluster, a transaction of another server may have ended this one since its last statement.
                let is_inside = matches!(error.code(), Code::Internal | Code::SchemaMismatch);
                return Err(if is_inside { ended_inside() } else { error });
            }
            let failure = match self.end(TransactionEnd::Commit).await {
                Ok(()) => return Ok(Ok(())),
                Err(sqlx::Error::Database(error)) if !S::leaves_unknown(&*error, true) => {
                    Failure::Database(sqlx::Error::Database(error))
                }
                Err(error) => return Err(outcome_unknown(error)),
            };
            let refused = match failure.violation::<S>() {
                Some(violation) => Ok(violation),
                None => Err(self.origin.failing(failure)),
            };
            let rolled_back = self.end(TransactionEnd::RollBack).await.map_err(failed);
            match refused {
                Ok(violation) => rolled_back.map(|()| Err(violation)),
                Err(error) => Err(rolled_back_after(error, rolled_back)),
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

    fn roll_back(mut self: Box<Self>) -> DriverFuture<'static, ()> {
        Box::pin(async move { self.take_back().await })
    }

    fn connection(&mut self) -> &mut (dyn Any + Send) {
        match &mut self.open {
            Some(open) => &mut *open.transaction,
            // The caller's downcast fails.
            None => &mut self.is_running,
        }
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

/// Rolls back as `frame` says; returns whether that is done. The first answer may be that of a statement of the program that
/// was still running.
async fn ended<S: Server>(transaction: &mut Connection<S>, frame: Frame) -> bool {
    let ending = async {
        for _ in 0..2 {
            if S::execute(transaction, frame.end(TransactionEnd::RollBack))
                .await
                .is_ok()
            {
                return true;
            }
        }
        false
    };
    timeout(LONGEST_STOP, ending).await.unwrap_or(false)
}

/// Returns the error of a bug in this crate: the transaction is used after its end.
fn given_back() -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source("a transaction is used after its end")
}

/// Returns the error of a transaction that could not begin, since the task that begins it panicked or was aborted.
fn lost(error: JoinError) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(error)
}
