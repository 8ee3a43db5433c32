//! Writing in a transaction: rows are locked, changed or inserted, read back for the answer, and committed.
//!
//! `autocommit.rs` chooses one statement without a transaction where that does the whole write.
//!
//! Each operation (`create.rs`, `update.rs` …) has a file with its steps in order. `unit_of_work.rs` has the steps that
//! several operations use; `attempt.rs` begins and ends the transaction, and runs it again after a conflict.

mod attempt;
mod autocommit;
mod bulk;
mod create;
mod delete;
mod hooked;
mod keep;
mod locked_row;
mod nested;
mod references;
mod row_hooks;
mod rows_by_key;
mod unit_of_work;
mod update;
mod upsert;
mod writable;

use std::{future::Future, sync::Arc, time::Duration};

use tracing::{Instrument as _, instrument::WithSubscriber as _};

pub(crate) use self::{
    attempt::{Attempt, Ending, WriteContext},
    row_hooks::{
        HookCall, HookFuture, HookPoint, PlaceHooks, RequestHooks, RowHook, RowHooks, RowWrite,
    },
    writable::Writable,
};
use self::{
    attempt::{Round, WrittenRows, attempts, explained},
    autocommit::Autocommit,
};
use super::{
    driver::DriverFuture,
    handle::Database,
    reading::Query,
    survivor::Survivor,
    transaction::{ConnectionUser, Transaction},
    violation::is_conflict,
};
use crate::{
    error::{BoxError, Code, Error, Result, SERVER_FAILED},
    model::Model,
    operation::{Outcome, Typed, answer_to},
};

impl Database {
    /// Runs an operation that changes rows, and returns its answer once the change is committed.
    ///
    /// It runs to its end even if the client disconnects.
    pub(crate) async fn write<Q: Typed + Into<Writable>>(
        &self,
        query: Query<Q>,
        context: WriteContext,
        ending: Ending,
    ) -> Result<Q::Answer> {
        let writing = Writing {
            database: self.clone(),
            query: Query {
                model: query.model,
                ask: query.ask.into(),
                time_limit: query.time_limit,
                counter: query.counter,
            },
            context,
            ending,
        };
        let run = async move { Arc::new(writing).run().await };
        let done = Survivor::new(run.in_current_span().with_current_subscriber()).await;
        let outcome = self.ended(done)?;
        answer_to::<Q>(outcome)
    }

    /// Runs a function whose operations share one transaction. The transaction is committed if the function returns
    /// `Ok`.
    ///
    /// The transaction runs in a task of its own, and so to its end, as [`write`](Self::write) does. After a conflict
    /// with another transaction the function is called again.
    pub(crate) async fn unit<T, F>(
        &self,
        (model, time_limit): (Model, Duration),
        ending: Ending,
        run: impl Fn(Arc<Attempt>) -> F + Send + Sync + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send,
    {
        let database = self.clone();
        let unit = async move {
            let once = async |round| {
                let user = ConnectionUser::Program;
                let transaction = Transaction::new(database.clone(), true, user, time_limit);
                let attempt = Arc::new(Attempt::new(transaction, &database, round));
                let done = run(Arc::clone(&attempt)).await;
                attempt.end(done, ending).await
            };
            match attempts(once).await {
                Ok(answer) => Ok(answer),
                Err(error) => {
                    let written = WrittenRows {
                        model: &model,
                        references: &[],
                        are_deleted: false,
                        time_limit,
                    };
                    Err(explained(error, &database, written).await?)
                }
            }
        };
        let done = tokio::spawn(unit.in_current_span().with_current_subscriber()).await;
        self.ended(done)
    }

    /// Returns the result of a unit of work; logs its error.
    fn ended<T>(&self, done: Result<Result<T>, impl Into<BoxError>>) -> Result<T> {
        let lost = |error| Error::new(Code::Internal, SERVER_FAILED).with_source(error);
        self.logged(done.map_err(lost)?)
    }
}

/// An operation that changes rows, with its database.
struct Writing {
    database: Database,
    query: Query<Writable>,
    context: WriteContext,
    ending: Ending,
}

impl Writing {
    /// Answers the question by one statement that commits itself, where that is possible, else in a transaction.
    async fn run(self: Arc<Self>) -> Result<Outcome> {
        let (query, database) = (&self.query, &self.database);
        let alone = Autocommit::of(query, &self.context, self.ending, database);
        let Some(alone) = alone else {
            return self.in_a_transaction().await;
        };
        match alone.run(query, database).await {
            Ok(Some(outcome)) => return Ok(outcome),
            Ok(None) => {}
            // It does not show that the statement is unfit.
            Err(error) if is_conflict(&error) => return self.in_a_transaction().await,
            Err(error) => return Err(error),
        }
        let outcome = self.in_a_transaction().await?;
        alone.learn(&outcome, query, database).await;
        Ok(outcome)
    }

    async fn in_a_transaction(self: &Arc<Self>) -> Result<Outcome> {
        match attempts(|round| self.attempt(round)).await {
            Ok(outcome) => Ok(outcome),
            Err(error) => {
                let Query {
                    model,
                    ask,
                    time_limit,
                    ..
                } = &self.query;
                let written = WrittenRows {
                    model,
                    references: ask.references(),
                    are_deleted: ask.deletes(),
                    time_limit: *time_limit,
                };
                Err(explained(error, &self.database, written).await?)
            }
        }
    }

    /// Runs the transaction once. The transaction is shared with other requests only in the first round, and only if no
    /// hook or manager of the program runs in it.
    async fn attempt(self: &Arc<Self>, round: Round) -> Result<Outcome> {
        let (writing, limit) = (Arc::clone(self), self.query.time_limit);
        let user = match self.context.hooks {
            None => ConnectionUser::Library,
            Some(_) => ConnectionUser::Program,
        };
        let alone = user == ConnectionUser::Program || round.conflicts > 0;
        let work = move |open| -> DriverFuture<'static, Outcome> {
            Box::pin(async move {
                let database = &writing.database;
                let transaction = Transaction::of(open, database.clone(), user, limit);
                let attempt = Attempt::new(transaction, database, round);
                let done = attempt.answer(&writing.query, &writing.context, writing.ending);
                attempt.end(done.await, writing.ending).await
            })
        };
        self.database.work(Box::new(work), limit, alone).await
    }
}
