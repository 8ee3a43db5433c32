//! Databases behind a socket: what PostgreSQL and MySQL have in common.
//!
//! 1. A reading takes a connection that stays checked out of its pool, so that a statement is one round trip.
//! 2. A connection goes back only when its reading ended; one that was left in the middle is stopped, and closed.
//! 3. A connection that is lost is replaced, and the reading done once more: it has sent nothing yet.

mod failure;
mod run;
mod stack;
mod unit;

use std::sync::Arc;

use sqlx::{Database as Backend, Pool, error::DatabaseError};

pub(super) use self::failure::Failure;
use self::stack::{Lent, Stack};
use super::{
    Answer,
    reading::{Fetched, Reading},
    transaction::Unit,
};
use crate::{error::Result, operation::Outcome, statement::Statement};

/// A connection of a server, as sqlx has it.
type Connection<S> = <<S as Server>::Db as Backend>::Connection;

/// What a future of a server's gives.
type Running<'a, T, E = sqlx::Error> = std::pin::Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>>;

/// One kind of server.
pub(super) trait Server: Send + Sync + Sized + 'static {
    type Db: Backend;

    /// Begins a transaction that reads from one snapshot.
    const SNAPSHOT: &'static str;

    /// Reads the number by which the server knows a connection.
    fn number(connection: &mut Connection<Self>) -> Running<'_, i64>;

    /// The statement that stops what runs on the connection with a number.
    fn stop(number: i64) -> String;

    /// Runs a statement, and takes its rows.
    fn fetch<'a>(
        connection: &'a mut Connection<Self>,
        statement: &'a Statement,
    ) -> Running<'a, (Fetched, u64), Failure>;

    /// Runs statements whose rows nobody wants.
    fn execute<'a>(connection: &'a mut Connection<Self>, sql: Arc<str>) -> Running<'a, ()>;

    /// Whether another connection might succeed where this one cannot.
    fn is_lost(error: &dyn DatabaseError) -> bool;

    /// Whether what was prepared on the connection does not fit the tables any more.
    fn is_stale(error: &dyn DatabaseError) -> bool;

    /// The connection of a transaction, for statements of a user's own.
    fn lend(unit: &mut unit::ServerUnit<Self>) -> super::transaction::UnitConnection<'_>;
}

/// A server and the connections to it, cheap to clone.
pub(super) struct Connected<S: Server>(Arc<Stack<S>>);

impl<S: Server> Connected<S> {
    /// Over a pool, which others may use too.
    pub(super) fn over(pool: Pool<S::Db>, shared: bool) -> Self {
        Self(Arc::new(Stack::new(pool, shared)))
    }

    pub(super) fn pool(&self) -> &Pool<S::Db> {
        self.0.pool()
    }

    pub(super) async fn read(&self, mut reading: Reading) -> Result<Outcome> {
        let mut again = false;
        loop {
            let lent = self.0.checkout(again).await?;
            match run::run(lent, &mut reading).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure) if failure.is_lost::<S>() && !again => {
                    again = true;
                    reading.restart();
                }
                Err(Failure::Uncounted) => reading.uncount()?,
                Err(failure) => return Err(failure.into_error()),
            }
        }
    }

    pub(super) async fn begin(&self, begin: &'static str) -> Result<Box<dyn Unit>> {
        unit::begin(&self.0, begin).await
    }

    pub(super) async fn execute(&self, sql: &str) -> Result<()> {
        let mut lent = self.0.checkout(false).await?;
        let connection = lent.connection().map_err(Failure::into_error)?;
        let done = S::execute(connection, sql.into()).await;
        // It may have left a transaction open, or changed the session.
        lent.close();
        done.map_err(super::failure::failed)
    }
}

/// Boxes what a driver answers with.
pub(super) fn boxed<'a, T>(answer: impl Future<Output = Result<T>> + Send + 'a) -> Answer<'a, T> {
    Box::pin(answer)
}
