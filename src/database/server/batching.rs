//! Batching: one statement reads the rows of several readings (each the statements for one answer) that wait for a
//! connection.
//!
//! 1. While all connections are busy, readings of single rows and of pages near the start wait in two places: in the
//!    line for a connection, and in the [wait queue](super::wait_queue). An answered reading leaves both.
//! 2. The reading that gets a connection also answers its share of the queue: the waiting readings with statements of
//!    the same text, divided by the number of connections and rounded up to a power of two. Readings with equal
//!    statements count as one.
//! 3. If a batch fails, each of its readings runs alone: a waiting reading keeps its place in the line, and the reading
//!    with the connection keeps the connection if that is still usable. A statement that was equal for all readings and
//!    took too long is not run again for each.

use std::{pin::pin, sync::Arc, time::Instant};

use tokio::time::{Instant as Deadline, sleep};

use super::{
    connection_cache::{ConnectionCache, Lent},
    failure::Failure,
    protocol::LONGEST_WAIT,
    run,
    statements::Server,
    wait_queue::{Delivered, Either, Late, OwnRows, QueuePlace, Same},
};
use crate::{
    database::{
        failure::too_slow,
        fetched::{Fetched, ReadBy},
        reading::{NextStep, Reading},
    },
    error::Result,
    operation::Outcome,
    statement::{Leads, Statement},
};

/// How a reading's wait for a connection has ended. A batch is one statement that answers several waiting readings.
pub(super) enum Checkout<S: Server> {
    /// A batch has answered the reading.
    Answered(Outcome),
    /// A connection, to run the reading alone.
    Alone(Lent<S>),
    /// A batch answered no reading, since it took too long. All its readings, this one among them, had equal
    /// statements.
    Late,
}

/// Waits for a connection, or for a batch (one statement for several readings) that answers the reading, whose only
/// statement is `statement`.
pub(super) async fn turn<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    reading: &mut Reading,
    statement: Statement,
) -> Result<Checkout<S>> {
    let plan = Arc::clone(&statement.plan);
    let Some(mut place) = cache.wait_queue.join(reading, statement) else {
        return cache.checkout(false).await.map(Checkout::Alone);
    };
    let by = Deadline::now() + LONGEST_WAIT;
    let mut line = pin!(cache.turn(by));
    let turn = match place.answer_or(line.as_mut()).await {
        Either::Answer(Some(answer)) => return given(reading, answer),
        Either::Answer(None) => return cache.lent(line.await?, by).await.map(Checkout::Alone),
        Either::Other(turn) => turn,
    };
    // Once the reading has its permit, it connects even if a batch answers it meanwhile.
    let lent = match turn {
        Ok(turn) => cache.lent(turn, by).await,
        Err(error) => Err(error),
    };
    let taken = match &lent {
        Ok(_) => {
            let most = reading.largest_batch(&plan, S::BATCHES_LISTS);
            place.take(most, cache.size())
        }
        Err(_) => place.leave().then(Vec::new),
    };
    let Some(readers) = taken else {
        lent.into_iter().for_each(Lent::give_back);
        return being_read(cache, reading, place).await;
    };
    let lent = lent?;
    if let [Same(alone)] = &*readers
        && alone.len() == 1
    {
        return Ok(Checkout::Alone(lent));
    }
    match read_batch(lent, reading, readers).await {
        Ok(own) => own.outcome(reading).map(Checkout::Answered),
        Err(BatchFailure::Late) => Ok(Checkout::Late),
        // After a failed batch the reading runs alone, so that it gets no error that another reading caused.
        Err(BatchFailure::Failed(Some(lent))) => Ok(Checkout::Alone(lent)),
        Err(BatchFailure::Failed(None)) => cache.checkout(false).await.map(Checkout::Alone),
    }
}

/// Returns how the reading's wait for a connection has ended, from what a batch has delivered to it.
fn given<S: Server>(reading: &mut Reading, answer: Delivered) -> Result<Checkout<S>> {
    reading.count();
    match answer {
        Ok(own) => own.outcome(reading).map(Checkout::Answered),
        Err(Late) => Ok(Checkout::Late),
    }
}

/// Waits for the answer of the batch that another reading runs, and that has taken this reading from the queue.
async fn being_read<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    reading: &mut Reading,
    mut place: QueuePlace<'_>,
) -> Result<Checkout<S>> {
    let limit = reading.time_limit();
    match place.answer_or(sleep(limit)).await {
        Either::Answer(Some(answer)) => given(reading, answer),
        Either::Answer(None) => cache.checkout(false).await.map(Checkout::Alone),
        Either::Other(()) => Err(too_slow(reading.whole_limit())),
    }
}

/// The failure of a batch.
enum BatchFailure<S: Server> {
    /// The batch took too long, and all its readings had an equal statement, so that each alone would take too long as
    /// well.
    Late,
    /// Another failure, which one of the readings may have caused; with the connection if it can still be used: its
    /// last result was read to the end.
    Failed(Option<Lent<S>>),
}

/// Runs one statement for a batch of readings, and sends each its rows. Returns the rows of the first, `reading`, which
/// runs the batch.
async fn read_batch<S: Server>(
    lent: Lent<S>,
    reading: &Reading,
    all: Vec<Same>,
) -> Result<OwnRows, BatchFailure<S>> {
    let values = || all.iter().flat_map(Same::values).cloned().collect();
    let share = u8::try_from(all.len()).unwrap_or(u8::MAX);
    let first = all.first().and_then(|same| same.0.first());
    let Some(statement) = first.map(|reader| reader.statement.clone()) else {
        return Err(BatchFailure::Failed(Some(lent)));
    };
    let alone = Arc::clone(&statement.plan);
    let statement = match share {
        1 => statement,
        share => reading.batch(share, values()),
    };
    let started = Instant::now();
    let fetched = match run::once(lent, reading, &statement).await {
        Ok(fetched) => fetched,
        Err((Failure::Slow(_) | Failure::Uncounted, _)) => {
            alone.took.set(started.elapsed());
            if share > 1 {
                return Err(BatchFailure::Failed(None));
            }
            for reader in all.into_iter().flat_map(|same| same.0) {
                let _gone = reader.answer.send(Err(Late));
            }
            return Err(BatchFailure::Late);
        }
        Err((_, lent)) => return Err(BatchFailure::Failed(lent)),
    };
    alone.took.set(started.elapsed() / u32::from(share));
    let mut first = None;
    for (number, same) in (0..).zip(all) {
        // A reading whose rows are not contiguous gets no answer here, and then runs alone.
        let Some(own) = OwnRows::of(&fetched, number, statement.plan.lead) else {
            continue;
        };
        for reader in same.0 {
            // A reading that was dropped needs no answer, nor does the reading that runs the batch.
            let _gone = reader.answer.send(Ok(own.clone()));
        }
        if number == 0 {
            first = Some(own);
        }
    }
    first.ok_or(BatchFailure::Failed(None))
}

impl OwnRows {
    /// Returns the rows of the reading at the position `reader` of the batch; `None` unless they are contiguous, and so
    /// in order. If the rows do not begin with a position, all are of this reading.
    fn of(fetched: &Fetched, reader: u64, lead: Option<Leads>) -> Option<Self> {
        if !matches!(lead, Some(Leads::Reader | Leads::ReaderAndTotal)) {
            return Some(Self {
                rows: fetched.rows.clone(),
                total: fetched.total,
            });
        }
        let is_own = |read: &ReadBy| read.reader == reader;
        let readers = &fetched.readers;
        let count = readers.iter().filter(|read| is_own(read)).count();
        let first = readers.iter().position(is_own).unwrap_or(readers.len());
        let own = readers.get(first..first + count)?;
        own.iter().all(is_own).then(|| Self {
            rows: fetched.rows.part(first, count),
            total: own.first().and_then(|read| read.total),
        })
    }

    /// Returns the answer of the reading, which has these rows.
    fn outcome(self, reading: &mut Reading) -> Result<Outcome> {
        let fetched = Fetched {
            rows: self.rows,
            total: self.total,
            readers: Vec::new(),
            pairs: None,
        };
        match reading.next(fetched)? {
            NextStep::Done(outcome) => Ok(outcome),
            NextStep::Run(_) => {
                let words = "a reading of several statements was batched";
                Err(Failure::Mismatch(words.to_owned()).into_error())
            }
        }
    }
}
