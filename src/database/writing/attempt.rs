//! [`Attempt`]: one run of a unit of work. Several operations can share its transaction. After a conflict with another
//! transaction, the unit of work is run again.

use std::{
    future::Future,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::sleep;
use tracing::{Instrument as _, instrument::WithSubscriber as _};

use super::{
    super::{
        handle::Database,
        reading::Query,
        transaction::{ConnectionUser, Transaction},
        violation::{Deferred, deferred, is_conflict, is_in_batch},
    },
    row_hooks::{RequestHooks, RowWrite},
    unit_of_work::UnitOfWork,
    writable::Writable,
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    idempotency::{Keeping, KeptAnswer},
    metrics,
    model::Model,
    operation::{Outcome, Reference, Repeatable, Typed, answer_to},
};

/// How many times a unit of work is run at most, if each run conflicts with another transaction.
pub(super) const ATTEMPTS: u32 = 3;
/// The longest pause before the second attempt; before each further attempt, the pause may be twice as long.
const PAUSE: Duration = Duration::from_millis(40);

/// How a transaction ends if none of its steps failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Commit,
    /// The client only wanted to try the change (`Prefer: tx=rollback`).
    RollBack,
}

/// How a unit of work is run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Round {
    /// The number of earlier runs that ended in a conflict.
    pub(super) conflicts: u32,
    /// Whether each row is inserted by a statement of its own, so that an error of the database is known to be that
    /// row's.
    pub(super) singly: bool,
}

/// One run of a unit of work: its transaction, and what is needed after the commit.
pub(crate) struct Attempt {
    database: Database,
    transaction: Transaction,
    round: Round,
    /// The number of operations that have begun but not ended.
    unanswered: AtomicUsize,
    /// The written rows, for the hooks that follow the commit.
    written: Mutex<Vec<(RequestHooks, RowWrite)>>,
    /// The answer that the transaction stores under the request's idempotency key; `None` if it stores none.
    kept: Mutex<Option<(Keeping, KeptAnswer)>>,
}

/// The hooks and the idempotency key of a request to write.
pub(crate) struct WriteContext {
    /// The functions of the program that run for each written row; `None` if there are none.
    pub(crate) hooks: Option<RequestHooks>,
    /// Stores the answer in the same transaction, so that a request with the same idempotency key gets the same answer;
    /// `None` if the request has no key.
    pub(crate) keeping: Option<Keeping>,
}

/// The rows that a transaction wrote. If its commit breaks a deferred constraint, the error names a column of these
/// rows.
pub(super) struct WrittenRows<'a> {
    pub(super) model: &'a Model,
    pub(super) references: &'a [Reference],
    pub(super) are_deleted: bool,
    pub(super) time_limit: Duration,
}

/// Runs a unit of work; runs it again after a conflict with another transaction, up to [`ATTEMPTS`] times in all.
pub(super) async fn attempts<T, F>(run: impl Fn(Round) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut round = Round::default();
    loop {
        match run(round).await {
            Err(error) if is_in_batch(&error) && !round.singly => {
                metrics::retried("write_singly");
                round.singly = true;
            }
            Err(error) if is_conflict(&error) => {
                round.conflicts += 1;
                if round.conflicts == ATTEMPTS {
                    return Err(exhausted(error));
                }
                metrics::retried("run_again");
                sleep(pause(round.conflicts)).await;
            }
            done => return done,
        }
    }
}

/// Returns the error of a unit of work whose last run ended in the conflict `last`.
fn exhausted(last: Error) -> Error {
    let detail = "other writes came in between each time; nothing was written, try again";
    Error::new(Code::RetriesExhausted, detail).with_source(last)
}

/// Returns a random pause before the next attempt: any length from zero to the longest pause after this number of
/// conflicts.
fn pause(conflicts: u32) -> Duration {
    let random = RandomState::new().hash_one(conflicts);
    let longest = PAUSE.saturating_mul(1 << (conflicts - 1));
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random % micros.max(1))
}

impl Attempt {
    pub(super) fn new(transaction: Transaction, database: &Database, round: Round) -> Self {
        Self {
            database: database.clone(),
            transaction,
            round,
            unanswered: AtomicUsize::new(0),
            written: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    /// Returns the transaction, for statements of the program.
    pub(crate) const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    /// Runs an operation that only reads, inside the transaction.
    pub(crate) async fn read<Q: Repeatable>(&self, query: Query<Q>) -> Result<Q::Answer> {
        self.transaction.read(query).await
    }

    /// Runs an operation that changes rows, inside the transaction. An error rolls the transaction back, so that no
    /// part of the operation can be committed.
    pub(crate) async fn write<Q: Typed + Into<Writable>>(
        &self,
        query: Query<Q>,
        context: &WriteContext,
        ending: Ending,
    ) -> Result<Q::Answer> {
        let ask = query.ask.into();
        let query = Query {
            model: query.model,
            ask,
            time_limit: query.time_limit,
            counter: query.counter,
        };
        self.unanswered.fetch_add(1, Ordering::Relaxed);
        let done = self.answer(&query, context, ending).await;
        self.unanswered.fetch_sub(1, Ordering::Relaxed);
        match done {
            Ok(outcome) => answer_to::<Q>(outcome),
            Err(error) => Err(self.transaction.roll_back_after(error).await),
        }
    }

    pub(super) async fn answer(
        &self,
        query: &Query<Writable>,
        context: &WriteContext,
        ending: Ending,
    ) -> Result<Outcome> {
        let unit = UnitOfWork {
            counter: query.counter.as_ref(),
            deletes: query.ask.deletes(),
            hooks: context.hooks.as_ref(),
            ..self.unit(&query.model, query.time_limit)
        };
        let outcome = match &query.ask {
            Writable::Create(create) => unit.create(create).await.map(Outcome::Created),
            Writable::Update(update) => unit.update(update).await.map(Outcome::Updated),
            Writable::Delete(delete) => unit.delete(delete).await.map(Outcome::Deleted),
            Writable::UpdateMany(update) => {
                unit.update_many(update).await.map(Outcome::UpdatedMany)
            }
            Writable::DeleteMany(delete) => {
                unit.delete_many(delete).await.map(Outcome::DeletedMany)
            }
        }?;
        let keeping = context.keeping.as_ref();
        match keeping.filter(|_| ending == Ending::Commit && locked(&self.kept).is_none()) {
            None => Ok(outcome),
            Some(keeping) => {
                let (outcome, kept) = unit.keep(Some(keeping), outcome).await?;
                *locked(&self.kept) = kept.map(|kept| (keeping.clone(), kept));
                Ok(outcome)
            }
        }
    }

    fn unit<'a>(&'a self, model: &'a Model, time_limit: Duration) -> UnitOfWork<'a> {
        UnitOfWork {
            database: &self.database,
            transaction: &self.transaction,
            model,
            time_limit,
            counter: None,
            deletes: false,
            singly: self.round.singly,
            attempt: self.round.conflicts,
            hooks: None,
            written: &self.written,
        }
    }

    /// Ends the transaction as `ending` says if `done` is `Ok`, else rolls it back. If the commit breaks a constraint,
    /// [`explained`] makes the returned error one for the client.
    pub(super) async fn end<T>(&self, done: Result<T>, ending: Ending) -> Result<T> {
        let answer = match done {
            Ok(answer) if self.unanswered.load(Ordering::Relaxed) == 0 => answer,
            done => {
                let error = done.err().unwrap_or_else(unfinished);
                return Err(self.transaction.roll_back_after(error).await);
            }
        };
        match ending {
            Ending::RollBack => self.transaction.roll_back().await?,
            Ending::Commit => {
                self.transaction.try_commit().await?.map_err(deferred)?;
                if let Some((keeping, kept)) = locked(&self.kept).take() {
                    Keeping::committed(Some(&keeping), Some(kept));
                }
                self.committed();
            }
        }
        Ok(answer)
    }

    /// Starts the hooks that follow the commit, in a task that the answer does not wait for.
    fn committed(&self) {
        let written = std::mem::take(&mut *locked(&self.written));
        if written.is_empty() {
            return;
        }
        let hooks = async move {
            for (hooks, write) in written {
                hooks.committed(write).await;
            }
        };
        tokio::spawn(hooks.in_current_span().with_current_subscriber());
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the client's error if `error` is a constraint that the commit broke; returns any other error unchanged. A
/// column or reference that the database did not name is looked up on another connection.
pub(super) async fn explained(
    error: Error,
    database: &Database,
    written: WrittenRows<'_>,
) -> Result<Error> {
    let Deferred(violation) = match error.take_source() {
        Ok(deferred) => deferred,
        Err(error) => return Ok(error),
    };
    let (user, limit) = (ConnectionUser::Library, written.time_limit);
    let transaction = Transaction::new(database.clone(), false, user, limit);
    let afterwards = Attempt::new(transaction, database, Round::default());
    let unit = UnitOfWork {
        deletes: written.are_deleted,
        ..afterwards.unit(written.model, limit)
    };
    unit.explained(violation, written.references).await
}

/// Returns the error of a manager that returned before one of its operations had ended.
fn unfinished() -> Error {
    let words =
        "the manager has returned before each of its questions in the transaction was answered";
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
