//! A transaction that is open on one connection of a server.

use std::sync::Arc;

use tokio::{sync::OwnedSemaphorePermit, task::JoinError, time::timeout};

use super::{Connection, Failure, Server, run, stack::Stack};
use crate::{
    database::{
        Answer,
        failure::{failed, too_slow},
        reading::Reading,
        transaction::{Unit, UnitConnection},
    },
    error::{Code, Error, Result, SERVER_FAILED},
    operation::Outcome,
};

/// Marks that the transaction is the one that was begun: it is gone with it.
const MARK: &str = "SAVEPOINT tower_rest";
const IS_MARKED: &str = "RELEASE SAVEPOINT tower_rest";

pub(in super::super) struct ServerUnit<S: Server> {
    transaction: sqlx::Transaction<'static, S::Db>,
    _turn: OwnedSemaphorePermit,
}

/// Begins a transaction on a connection of its own.
pub(super) async fn begin<S: Server>(
    stack: &Arc<Stack<S>>,
    begin: &'static str,
) -> Result<Box<dyn Unit>> {
    let turn = stack.turn().await?;
    stack.release_one();
    let pool = stack.pool().clone();
    // A task of its own: sqlx forgets a transaction whose beginning is given up, and its connection is used again.
    let begun = tokio::spawn(async move {
        let mut transaction = pool.begin_with(begin).await?;
        S::execute(&mut transaction, MARK.into()).await?;
        Ok(transaction)
    });
    let transaction = begun.await.map_err(lost)?.map_err(failed)?;
    Ok(Box::new(ServerUnit::<S> {
        transaction,
        _turn: turn,
    }))
}

impl<S: Server> ServerUnit<S> {
    pub(in super::super) fn connection(&mut self) -> &mut Connection<S> {
        &mut self.transaction
    }
}

impl<S: Server> Unit for ServerUnit<S> {
    fn read(
        mut self: Box<Self>,
        mut reading: Reading,
    ) -> Answer<'static, (Box<dyn Unit>, Outcome)> {
        Box::pin(async move {
            let limit = reading.time_limit();
            // A statement that is given up ends the transaction, so counting has all the time there is.
            let steps = run::steps::<S>(&mut self.transaction, &mut reading, limit);
            let outcome = timeout(limit, steps).await.map_err(|_| too_slow(limit))?;
            let outcome = outcome.map_err(Failure::into_error)?;
            let unit: Box<dyn Unit> = self;
            Ok((unit, outcome))
        })
    }

    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move {
            let mut unit = *self;
            // A transaction that failed, or that a statement ended, is rolled back without a word at its commit.
            if let Err(error) = S::execute(&mut unit.transaction, IS_MARKED.into()).await {
                let failure = Failure::Database(error);
                if failure.is_lost::<S>() {
                    return Err(failure.into_error());
                }
                let words = "the transaction failed or was ended inside the action, by a statement or the database";
                return Err(Error::new(Code::Internal, SERVER_FAILED).with_source(words));
            }
            unit.transaction.commit().await.map_err(failed)
        })
    }

    fn roll_back(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move { self.transaction.rollback().await.map_err(failed) })
    }

    fn connection(&mut self) -> UnitConnection<'_> {
        S::lend(self)
    }
}

/// The task that was to begin is gone.
fn lost(error: JoinError) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(error)
}
