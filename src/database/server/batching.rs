//! Rows that are read together: while all connections are busy, requests for single rows and for first pages wait, and
//! whoever gets a connection reads for his share of those who ask the same of other rows.
//!
//! 1. Everybody waits in the line for a connection and in the list of those who wait, and leaves both when he is answered.
//! 2. Who gets a connection takes about as many of the others as would fall to it if all connections became free, never
//!    twice as many; who asks what is asked already is taken along.
//! 3. Where that fails, each reads alone: who waits from the place in the line that he has kept, who reads on the connection
//!    that he has, unless it is lost. What was everybody's own statement is not run again for each.

use std::{pin::pin, sync::Arc, time::Instant};

use tokio::time::{Instant as Deadline, sleep};

use super::{
    connection_cache::{ConnectionCache, Lent},
    failure::Failure,
    protocol::LONGEST_WAIT,
    run,
    statements::Server,
    wait_queue::{Answer, Either, Late, Own, Place, Same},
};
use crate::{
    database::{
        failure::too_slow,
        fetched::{Fetched, Read},
        reading::{Reading, Step},
    },
    error::Result,
    operation::Outcome,
    statement::{Lead, Statement},
};

/// What waiting came to.
pub(super) enum Checkout<S: Server> {
    /// Somebody else has read the rows, or they were read for others too.
    Answered(Outcome),
    /// A connection to read them alone.
    Alone(Lent<S>),
    /// The reading's own statement, read for it too, took too long.
    Late,
}

/// Waits for a connection, or for somebody who has one; `statement` is the reading's.
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
    // Whatever others answer meanwhile, the connecting goes on.
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
        Err(Shared::Late) => Ok(Checkout::Late),
        // Alone it is known whose fault it is.
        Err(Shared::Failed(Some(lent))) => Ok(Checkout::Alone(lent)),
        Err(Shared::Failed(None)) => cache.checkout(false).await.map(Checkout::Alone),
    }
}

/// What others have read for a reading.
fn given<S: Server>(reading: &mut Reading, answer: Answer) -> Result<Checkout<S>> {
    reading.count();
    match answer {
        Ok(own) => own.outcome(reading).map(Checkout::Answered),
        Err(Late) => Ok(Checkout::Late),
    }
}

/// Goes on waiting for somebody who is reading the rows just now.
async fn being_read<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    reading: &mut Reading,
    mut place: Place<'_>,
) -> Result<Checkout<S>> {
    let limit = reading.time_limit();
    match place.answer_or(sleep(limit)).await {
        Either::Answer(Some(answer)) => given(reading, answer),
        Either::Answer(None) => cache.checkout(false).await.map(Checkout::Alone),
        Either::Other(()) => Err(too_slow(reading.whole_limit())),
    }
}

/// Why rows could not be read together.
enum Shared<S: Server> {
    /// The statement of all who ask the very same took too long.
    Late,
    /// Something else, which may be one reader's fault; and the connection, if it is as it was.
    Failed(Option<Lent<S>>),
}

/// Reads the rows of several, whose first is the one who reads; his own are returned.
async fn read_batch<S: Server>(
    lent: Lent<S>,
    reading: &Reading,
    all: Vec<Same>,
) -> Result<Own, Shared<S>> {
    let values = || all.iter().flat_map(Same::values).cloned().collect();
    let share = u8::try_from(all.len()).unwrap_or(u8::MAX);
    let first = all.first().and_then(|same| same.0.first());
    let Some(statement) = first.map(|reader| reader.statement.clone()) else {
        return Err(Shared::Failed(Some(lent)));
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
                return Err(Shared::Failed(None));
            }
            for reader in all.into_iter().flat_map(|same| same.0) {
                let _gone = reader.answer.send(Err(Late));
            }
            return Err(Shared::Late);
        }
        Err((_, lent)) => return Err(Shared::Failed(lent)),
    };
    alone.took.set(started.elapsed() / u32::from(share));
    let mut first = None;
    for (number, same) in (0..).zip(all) {
        // Rows that stand apart are nobody's: whoever waits for them reads alone.
        let Some(own) = Own::of(&fetched, number, statement.plan.lead) else {
            continue;
        };
        for reader in same.0 {
            // Whoever has gone in the meantime wants no answer, nor does the one who reads.
            let _gone = reader.answer.send(Ok(own.clone()));
        }
        if number == 0 {
            first = Some(own);
        }
    }
    first.ok_or(Shared::Failed(None))
}

impl Own {
    /// The rows of one reader, if they stand together: then they are in his order.
    fn of(fetched: &Fetched, reader: u64, lead: Option<Lead>) -> Option<Self> {
        if !matches!(lead, Some(Lead::Reader | Lead::ReaderAndTotal)) {
            return Some(Self {
                rows: fetched.rows.clone(),
                total: fetched.total,
            });
        }
        let is_own = |read: &Read| read.reader == reader;
        let readers = &fetched.readers;
        let count = readers.iter().filter(|read| is_own(read)).count();
        let first = readers.iter().position(is_own).unwrap_or(readers.len());
        let own = readers.get(first..first + count)?;
        own.iter().all(is_own).then(|| Self {
            rows: fetched.rows.part(first, count),
            total: own.first().and_then(|read| read.total),
        })
    }

    /// The answer to the reading whose rows they are.
    fn outcome(self, reading: &mut Reading) -> Result<Outcome> {
        let fetched = Fetched {
            rows: self.rows,
            total: self.total,
            readers: Vec::new(),
            pairs: None,
        };
        match reading.next(fetched)? {
            Step::Done(outcome) => Ok(outcome),
            Step::Run(_) => {
                let words = "a reading of several statements is read together with others";
                Err(Failure::Mismatch(words.to_owned()).into_error())
            }
        }
    }
}
