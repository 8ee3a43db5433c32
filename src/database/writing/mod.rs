//! Writing in a transaction: rows are locked or inserted, read again as the request may see them, and committed.
//!
//! A file for each question has its steps in their order; `unit_of_work.rs` has the steps that they share.

mod bulk;
mod create;
mod delete;
mod locked_row;
mod nested;
mod references;
mod rows_by_key;
mod unit_of_work;
mod update;
mod upsert;

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use tokio::time::sleep;
use tracing::{Instrument as _, instrument::WithSubscriber as _};

use self::unit_of_work::UnitOfWork;
use super::{
    handle::Database,
    reading::Query,
    transaction::Transaction,
    violation::{is_conflict, is_in_batch},
};
use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
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
    /// The transaction runs in a task of its own, so that it runs to its end even if the client disconnects.
    pub(crate) async fn write<Q: Typed + Into<Writable>>(
        &self,
        query: Query<Q>,
        ending: Ending,
    ) -> Result<Q::Answer> {
        let writing = Writing {
            database: self.clone(),
            ending,
            query: Query {
                model: query.model,
                ask: query.ask.into(),
                time_limit: query.time_limit,
                counter: query.counter,
            },
        };
        let unit = async move { writing.run().await };
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
    query: Query<Writable>,
}

impl Writing {
    /// Runs the transaction; runs it again after a conflict with another one, up to [`ATTEMPTS`] times in all.
    async fn run(&self) -> Result<Outcome> {
        let (mut attempt, mut singly) = (0, false);
        while attempt < ATTEMPTS {
            match self.attempt(attempt, singly).await {
                Err(error) if is_in_batch(&error) && !singly => singly = true,
                Err(error) if is_conflict(&error) => {
                    sleep(pause(attempt)).await;
                    attempt += 1;
                }
                done => return done,
            }
        }
        let detail = "other writes came in between each time; nothing was written, try again";
        Err(Error::new(Code::RetriesExhausted, detail))
    }

    /// Runs the transaction once: it is committed if it succeeds, else rolled back. If `singly`, each row is inserted by
    /// a statement of its own, which shows the one that breaks a constraint.
    async fn attempt(&self, attempt: u32, singly: bool) -> Result<Outcome> {
        let Query {
            model,
            ask,
            time_limit,
            counter,
        } = &self.query;
        let unit = UnitOfWork {
            database: &self.database,
            transaction: Transaction::new(self.database.clone(), true, *time_limit),
            model,
            time_limit: *time_limit,
            counter: counter.as_ref(),
            deletes: matches!(ask, Writable::Delete(_) | Writable::DeleteMany(_)),
            singly,
            attempt,
        };
        let done = match ask {
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
        match (done, self.ending) {
            (Ok(outcome), Ending::Commit) => unit.commit(ask.references()).await.map(|()| outcome),
            (done, Ending::RollBack) | (done @ Err(_), Ending::Commit) => {
                unit.transaction.roll_back().await;
                done
            }
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
