//! An open transaction in which only this crate's own statements run.
//!
//! 1. Its connection comes from the [cache](ConnectionCache), so that the transaction begins with one round trip.
//! 2. No statement of the program can end the transaction, so no savepoint is needed to check that it is still open, except
//!    where [the server itself may end it](super::frame).
//! 3. sqlx does not know of the transaction. If the transaction is dropped, its connection is closed, and the server
//!    rolls back at once.

use std::{any::Any, future::Future, sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{
    connection_cache::{ConnectionCache, Lent},
    failure::Failure,
    frame::{Frame, TransactionEnd},
    protocol::Connection,
    statements::Server,
    unit::{steps, write_all},
};
use crate::{
    database::{
        driver::{DriverFuture, Unit, WriteResults},
        failure::{failed, too_slow},
        reading::Reading,
        violation::{Violation, outcome_unknown, rolled_back_after},
    },
    error::{Code, Error, Result, SERVER_FAILED},
    operation::Outcome,
    statement::Statement,
};

struct WriteUnit<S: Server> {
    lent: Lent<S>,
    frame: Frame,
    /// Whether the [mark](Frame) of the transaction, if it is needed, has not been removed.
    is_marked: bool,
    /// Whether a statement has failed. The server would then answer `COMMIT` by a rollback without an error.
    is_aborted: bool,
}

/// Begins a transaction that may write, each statement within `limit`, on a connection of the cache. If this connection
/// was lost while it was idle, the transaction begins on another one, which the pool has tested.
pub(super) async fn begin<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    limit: Duration,
) -> Result<Box<dyn Unit>> {
    let mut is_tested = false;
    loop {
        let mut lent = cache.checkout_to_write(is_tested).await?;
        let frame = cache.source.frame();
        let begin = frame.begin(S::begin_within(S::WRITES, Some(limit)));
        let connection = lent.connection().map_err(Failure::into_error)?;
        let begun = S::execute(connection, begin).await;
        let Err(error) = begun.map_err(Failure::Database) else {
            return Ok(Box::new(WriteUnit {
                lent,
                frame,
                is_marked: true,
                is_aborted: false,
            }));
        };
        lent.close();
        if is_tested || !error.is_lost::<S>() {
            return Err(error.conflicting::<S>());
        }
        is_tested = true;
    }
}

impl<S: Server> WriteUnit<S> {
    fn connection(&mut self) -> Result<&mut Connection<S>> {
        self.lent.connection().map_err(Failure::into_error)
    }

    /// Checks that the transaction has not ended, unless that was done.
    async fn check(&mut self) -> Result<()> {
        let frame = self.frame;
        match std::mem::replace(&mut self.is_marked, false) {
            true => frame.check::<S>(self.connection()?).await,
            false => Ok(()),
        }
    }

    /// Rolls back as [`end`](Self::end) does, after a check that the transaction had not ended before.
    async fn take_back(mut self) -> Result<()> {
        let checked = self.check().await;
        let ended = self.end().await;
        checked.and(ended)
    }

    /// Rolls back, and gives the connection back to the cache; closes the connection if it does not answer.
    async fn end(mut self) -> Result<()> {
        let roll_back = self.frame.end(TransactionEnd::RollBack);
        match S::execute(self.connection()?, roll_back).await {
            Ok(()) => self.lent.give_back(),
            Err(error) => {
                self.lent.close();
                return Err(failed(error));
            }
        }
        Ok(())
    }

    /// Ends the transaction after a failure, and returns the error for the client. The connection is kept if it is
    /// still in step with the server.
    async fn failing(self, failure: Failure) -> Error {
        if failure.is_lost::<S>() {
            self.lent.close();
            return failure.into_error();
        }
        if failure.is_read_only::<S>() {
            self.lent.cache().renounce();
            self.lent.close();
            return failure.inside::<S>();
        }
        if failure.is_stale::<S>() {
            self.lent.renew();
        }
        // If the connection is not in step, its statement may still be running. Then the transaction is dropped, which
        // stops the statement.
        let taken_back = match failure.leaves_in_step::<S>() {
            true => self.take_back().await,
            false => Ok(()),
        };
        rolled_back_after(failure.inside::<S>(), taken_back)
    }
}

/// Runs `statements`; returns a failure if they take longer than `limit`.
async fn within<T>(
    limit: Duration,
    statements: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let ran = timeout(limit, statements).await;
    ran.unwrap_or_else(|_| Err(Failure::Slow(too_slow(limit))))
}

impl<S: Server> Unit for WriteUnit<S> {
    fn read(
        mut self: Box<Self>,
        mut reading: Reading,
    ) -> DriverFuture<'static, (Box<dyn Unit>, Outcome)> {
        Box::pin(async move {
            let limit = reading.time_limit();
            let connection = self.connection()?;
            match within(limit, steps::<S>(connection, &mut reading, limit)).await {
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
            let connection = self.connection()?;
            let writing = async { Ok(write_all::<S>(connection, &statements).await) };
            let (written, failure) = match within(limit, writing).await {
                Ok(done) => done,
                Err(slow) => return Err(self.failing(slow).await),
            };
            let Some(failure) = failure else {
                return Ok((self as Box<dyn Unit>, (written, None)));
            };
            match failure.violation::<S>() {
                Some(violation) => {
                    self.is_aborted = !S::GOES_ON;
                    Ok((self as Box<dyn Unit>, (written, Some(violation))))
                }
                None => Err(self.failing(failure).await),
            }
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
            if self.is_aborted {
                self.take_back().await?;
                let words = "a transaction is committed after one of its statements has failed";
                return Err(Error::new(Code::Internal, SERVER_FAILED).with_source(words));
            }
            let frame = self.frame;
            if let Err(ended) = self.check().await {
                return Err(rolled_back_after(ended, self.end().await));
            }
            match S::execute(self.connection()?, frame.end(TransactionEnd::Commit)).await {
                Ok(()) => {
                    self.lent.give_back();
                    Ok(Ok(()))
                }
                Err(sqlx::Error::Database(error)) if !S::leaves_unknown(&*error, true) => {
                    let failure = Failure::Database(sqlx::Error::Database(error));
                    match failure.violation::<S>() {
                        Some(violation) => self.end().await.map(|()| Err(violation)),
                        None => Err(self.failing(failure).await),
                    }
                }
                Err(error) => {
                    self.lent.close();
                    Err(outcome_unknown(error))
                }
            }
        })
    }

    /// Nothing: no statement is the program's.
    fn note(&self, _: &Error) {}

    fn roll_back(self: Box<Self>) -> DriverFuture<'static, ()> {
        Box::pin(self.take_back())
    }

    /// Lends no connection: the caller's downcast of this value to sqlx's connection fails.
    fn connection(&mut self) -> &mut (dyn Any + Send) {
        &mut self.is_aborted
    }
}
