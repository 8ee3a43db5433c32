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

use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant as Deadline, sleep},
};

use super::{
    connection_cache::{ConnectionCache, Lent},
    failure::Failure,
    run,
    run::BatchFailure,
    shared_count,
    statements::Server,
    wait_queue::{Batch, Delivered, Either, OwnRows, QueuePlace, Same, Taken},
};
use crate::{
    database::{
        failure::too_slow,
        fetched::{Fetched, ReadBy},
        reading::{NextStep, Reading},
        words::LONGEST_WAIT,
    },
    error::Result,
    metrics::{self, ConnectionQueue},
    operation::Outcome,
    statement::Leads,
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

/// Waits for a connection, or for another reading that answers this one.
pub(super) async fn turn<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    reading: &mut Reading,
) -> Result<Checkout<S>> {
    let Some(mut place) = cache.wait_queue.join(reading) else {
        return cache.checkout(false).await.map(Checkout::Alone);
    };
    let by = Deadline::now() + LONGEST_WAIT;
    let wait = cache.meter.wait(ConnectionQueue::Reading);
    let counts_dearly = place.counts_dearly;
    let mut line = pin!(permits(cache, counts_dearly, by));
    let permits = match place.answer_or(line.as_mut()).await {
        Either::Answer(Some(answer)) => return given(reading, answer),
        Either::Answer(None) => return lent(cache, line.await?, by).await.map(Checkout::Alone),
        Either::Other(permits) => permits,
    };
    // Once the reading has its permit, it connects even if a batch answers it meanwhile.
    let lent = match permits {
        Ok(permits) => lent(cache, permits, by).await,
        Err(error) => Err(error),
    };
    drop(wait);
    let taken = match &lent {
        Ok(_) => {
            let most = |plan: &_| reading.largest_batch(plan, S::BATCHES_LISTS);
            place.take(most, cache.size(), S::BATCHES_LISTS)
        }
        Err(_) => place.leave().then(|| Taken::Batch(Batch::default())),
    };
    let Some(taken) = taken else {
        lent.into_iter().for_each(Lent::give_back);
        return being_read(cache, reading, place).await;
    };
    let lent = lent?;
    if counts_dearly {
        cache.counting.record(taken.readings());
    }
    let answered = match taken {
        Taken::Batch(batch) if batch.all.len() == 1 && batch.all.iter().all(Same::is_one) => {
            return Ok(Checkout::Alone(lent));
        }
        Taken::Batch(batch) => {
            let own = read_batch(lent, reading, batch).await;
            own.map(|own| own.outcome(reading))
        }
        Taken::Counted(shared) => shared_count::read(lent, reading, shared).await,
    };
    match answered {
        Ok(outcome) => outcome.map(Checkout::Answered),
        Err(BatchFailure::Late) => Ok(Checkout::Late),
        // After a failed batch the reading runs alone, so that it gets no error that another reading caused.
        Err(BatchFailure::Failed(Some(lent))) => Ok(Checkout::Alone(lent)),
        Err(BatchFailure::Failed(None)) => cache.checkout(false).await.map(Checkout::Alone),
    }
}

/// The permit to use a connection, and that to count a long list if the reading needs it.
type BothPermits = (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>);

/// Waits for the permits of a reading; fails after the deadline `by`. A count waits for its own first, so that it keeps
/// no connection from others.
async fn permits<S: Server>(
    cache: &ConnectionCache<S>,
    counts_dearly: bool,
    by: Deadline,
) -> Result<BothPermits> {
    let counting = match counts_dearly && cache.counting.is_limited() {
        true => Some(cache.counting.permit(by).await?),
        false => None,
    };
    Ok((cache.turn(by).await?, counting))
}

/// Checks out a connection for a reading that has its permits; fails after the deadline `by`.
async fn lent<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    (turn, counting): BothPermits,
    by: Deadline,
) -> Result<Lent<S>> {
    let mut lent = cache.lent(turn, by).await?;
    lent.counting = counting;
    Ok(lent)
}

/// Returns how the reading's wait for a connection has ended, from what another reading has delivered to it.
fn given<S: Server>(reading: &mut Reading, answer: Delivered) -> Result<Checkout<S>> {
    match answer {
        Delivered::Rows(own) => {
            metrics::shared("statement");
            reading.count();
            own.outcome(reading).map(Checkout::Answered)
        }
        Delivered::Answer(outcome) => {
            metrics::shared("count");
            outcome.map(Checkout::Answered)
        }
        Delivered::Late => {
            reading.count();
            Ok(Checkout::Late)
        }
    }
}

/// Waits for the answer of another reading, which has taken this one from the queue.
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

/// Runs one statement for a batch of readings, and sends each its rows. Returns the rows of the first, `reading`, which
/// runs the batch.
async fn read_batch<S: Server>(
    lent: Lent<S>,
    reading: &Reading,
    batch: Batch,
) -> Result<OwnRows, BatchFailure<S>> {
    let share = u8::try_from(batch.all.len()).unwrap_or(u8::MAX);
    let of_one_list = batch.is_of_one_list();
    let first = batch.all.first().and_then(|same| same.0.first());
    let Some(statement) = first.map(|reader| reader.statement.clone()) else {
        return Err(BatchFailure::Failed(Some(lent)));
    };
    let alone = Arc::clone(&statement.plan);
    let statement = match share {
        1 => statement,
        share => reading.batch(share, batch.values(), of_one_list),
    };
    let started = Instant::now();
    let fetched = match run::once(lent, reading, &statement).await {
        Ok(fetched) => fetched,
        Err((Failure::Slow(_) | Failure::Uncounted, _)) => {
            alone.took.set(started.elapsed());
            if share > 1 && !of_one_list {
                return Err(BatchFailure::Failed(None));
            }
            for reader in batch.all.into_iter().flat_map(|same| same.0) {
                let _gone = reader.answer.send(Delivered::Late);
            }
            return Err(BatchFailure::Late);
        }
        Err((_, lent)) => return Err(BatchFailure::Failed(lent)),
    };
    // The count of a list that is counted once takes most of the time, alone too.
    let each = if of_one_list { 1 } else { share };
    alone.took.set(started.elapsed() / u32::from(each));
    let mut first = None;
    for (number, same) in (0..).zip(batch.all) {
        // A reading whose rows are not contiguous gets no answer here, and then runs alone.
        let Some(own) = OwnRows::of(&fetched, number, statement.plan.lead) else {
            continue;
        };
        if let Some(total) = own.total {
            alone.took.set_counted(total);
        }
        for reader in same.0 {
            // A reading that was dropped needs no answer, nor does the reading that runs the batch.
            let _gone = reader.answer.send(Delivered::Rows(own.clone()));
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
            marks: None,
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
