//! Writing in a transaction: rows are locked or inserted, read again as the request may see them, and committed.
//!
//! A file for each question has its steps in their order; `unit_of_work.rs` has the steps that they share.

mod bulk;
mod create;
mod delete;
mod keep;
mod locked_row;
mod nested;
mod references;
mod rows_by_key;
mod unit_of_work;
mod update;
mod upsert;

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
    time::Duration,
};

use tokio::time::sleep;
use tracing::{Instrument as _, instrument::WithSubscriber as _};

use self::unit_of_work::UnitOfWork;
use super::{
    driver::{DriverFuture, Unit},
    handle::Database,
    reading::Query,
    transaction::Transaction,
    violation::{Deferred, deferred, is_conflict, is_in_batch},
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    idempotency::Keeping,
    operation::{
        Create, Delete, DeleteMany, Outcome, Reference, Typed, Update, UpdateMany, answer_to,
    },
};

/// The most times that a transaction is run, if each run conflicts with a write of another transaction.
const ATTEMPTS: u32 = 3;
/// The longest pause before the second attempt; before each further attempt, the pause may be twice as long.
const PAUSE: Duration = Duration::from_millis(40);

/// How a transaction ends that has done what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Commit,
    /// The change is taken back; it was only tried.
    RollBack,
}

/// A question that changes rows.
pub(crate) enum Writable {
    Create(Create),
    Update(Update),
    Delete(Delete),
    UpdateMany(UpdateMany),
    DeleteMany(DeleteMany),
}

/// Takes the names of the questions that change rows, each of which is a variant of [`Writable`].
macro_rules! writable {
    ($($question:ident)+) => {$(
        impl From<$question> for Writable {
            fn from(question: $question) -> Self {
                Self::$question(question)
            }
        }
    )+};
}

writable! { Create Update Delete UpdateMany DeleteMany }

impl Database {
    /// Answers a question that changes rows, once the change is committed.
    ///
    /// `keeping` keeps the answer in the same transaction, to be given again if the request is sent again.
    ///
    /// The transaction runs in a task of its own, so that it runs to its end even if the client disconnects.
    pub(crate) async fn write<Q: Typed + Into<Writable>>(
        &self,
        query: Query<Q>,
        ending: Ending,
        keeping: Option<Keeping>,
    ) -> Result<Q::Answer> {
        let writing = Writing {
            database: self.clone(),
            ending,
            keeping,
            query: Query {
                model: query.model,
                ask: query.ask.into(),
                time_limit: query.time_limit,
                counter: query.counter,
            },
        };
        let unit = async move { Arc::new(writing).run().await };
        let done = tokio::spawn(unit.in_current_span().with_current_subscriber()).await;
        let lost = |error| Error::new(Code::Internal, SERVER_FAILED).with_source(error);
        answer_to::<Q>(self.logged(done.map_err(lost)?)?)
    }
}

impl Writable {
    /// Returns the rows that the written row refers to.
    fn references(&self) -> &[Reference] {
        match self {
            Self::Create(create) => &create.references,
            Self::Update(update) => &update.references,
            Self::UpdateMany(update) => &update.references,
            Self::Delete(_) | Self::DeleteMany(_) => &[],
        }
    }
}

/// A question that changes rows, with the database that it changes.
struct Writing {
    database: Database,
    ending: Ending,
    keeping: Option<Keeping>,
    query: Query<Writable>,
}

impl Writing {
    /// Runs the transaction; runs it again after a conflict with another one, up to [`ATTEMPTS`] times in all.
    async fn run(self: Arc<Self>) -> Result<Outcome> {
        let (mut attempt, mut singly) = (0, false);
        while attempt < ATTEMPTS {
            match self.attempt(attempt, singly).await {
                Err(error) if is_in_batch(&error) && !singly => singly = true,
                Err(error) if is_conflict(&error) => {
                    sleep(pause(attempt)).await;
                    attempt += 1;
                }
                Err(error) => return Err(self.explained(error).await?),
                Ok(outcome) => return Ok(outcome),
            }
        }
        let detail = "other writes came in between each time; nothing was written, try again";
        Err(Error::new(Code::RetriesExhausted, detail))
    }

    /// Runs the transaction once. If `singly`, each row is inserted by a statement of its own, which shows the one that
    /// breaks a constraint. Only the first attempt may share its transaction with other requests.
    async fn attempt(self: &Arc<Self>, attempt: u32, singly: bool) -> Result<Outcome> {
        let writing = Arc::clone(self);
        let work = move |unit| -> DriverFuture<'static, Outcome> {
            Box::pin(async move { writing.steps(unit, attempt, singly).await })
        };
        let limit = self.query.time_limit;
        self.database.work(Box::new(work), limit, attempt > 0).await
    }

    /// Takes the steps of the question, and commits the transaction; rolls it back after an error.
    async fn steps(&self, open: Box<dyn Unit>, attempt: u32, singly: bool) -> Result<Outcome> {
        let limit = self.query.time_limit;
        let transaction = Transaction::of(open, self.database.clone(), limit);
        let unit = UnitOfWork {
            singly,
            attempt,
            ..self.unit(transaction)
        };
        let done = match &self.query.ask {
            Writable::Create(create) => unit.create(create).await.map(Outcome::Created),
            Writable::Update(update) => unit.update(update).await.map(Outcome::Updated),
            Writable::Delete(delete) => unit.delete(delete).await.map(Outcome::Deleted),
            Writable::UpdateMany(update) => {
                unit.update_many(update).await.map(Outcome::UpdatedMany)
            }
            Writable::DeleteMany(delete) => {
                unit.delete_many(delete).await.map(Outcome::DeletedMany)
            }
        };
        let commits = |_: &&Keeping| self.ending == Ending::Commit;
        let keeping = self.keeping.as_ref().filter(commits);
        let done = match done {
            Ok(outcome) => unit.keep(keeping, outcome).await,
            Err(error) => Err(error),
        };
        match (done, self.ending) {
            (Ok((outcome, kept)), Ending::Commit) => match unit.transaction.try_commit().await? {
                Ok(()) => {
                    Keeping::committed(keeping, kept);
                    Ok(outcome)
                }
                Err(violation) => Err(deferred(violation)),
            },
            (done, Ending::RollBack) | (done @ Err(_), Ending::Commit) => {
                unit.transaction.roll_back().await;
                done.map(|(outcome, _)| outcome)
            }
        }
    }

    fn unit(&self, transaction: Transaction) -> UnitOfWork<'_> {
        let ask = &self.query.ask;
        UnitOfWork {
            database: &self.database,
            transaction,
            model: &self.query.model,
            time_limit: self.query.time_limit,
            counter: self.query.counter.as_ref(),
            deletes: matches!(ask, Writable::Delete(_) | Writable::DeleteMany(_)),
            singly: false,
            attempt: 0,
        }
    }

    /// Returns the client's error for a constraint that was broken by the commit; other errors as they are. What is not
    /// known of the constraint is looked up now that the transaction has given its connection back.
    async fn explained(&self, error: Error) -> Result<Error> {
        match error.take_source::<Deferred>() {
            Ok(Deferred(violation)) => {
                let (database, limit) = (self.database.clone(), self.query.time_limit);
                let unit = self.unit(Transaction::new(database, false, limit));
                unit.explained(violation, self.query.ask.references()).await
            }
            Err(error) => Ok(error),
        }
    }
}

/// Returns a random pause before the next attempt: any length from zero to the longest pause after this attempt.
fn pause(attempt: u32) -> Duration {
    let random = RandomState::new().hash_one(attempt);
    let longest = PAUSE.saturating_mul(1 << attempt);
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random % micros.max(1))
}
