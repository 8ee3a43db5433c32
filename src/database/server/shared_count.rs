//! One count for several readings (each the statements for one answer) of one list, whichever page of it each reads.
//!
//! 1. A reading that gets a connection takes the waiting readings whose count is the same statement as its own. It
//!    begins a snapshot, which all of them have asked before, and reads its own page in it, with the count.
//! 2. In the same snapshot it reads the page of each other reading, which has its answer at once, without a count.
//! 3. The pages of others are read for no longer than the count took, which is what each of them has spared. The rest
//!    runs alone, as does everything after a failure, so that an error is its own reading's.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use tokio::time::{timeout, timeout_at};

use super::{
    connection_cache::Lent,
    failure::Failure,
    locks,
    protocol::Connection,
    run::{self, BatchFailure, too_late},
    statements::Server,
    wait_queue::{Delivered, Mate, SharedCount},
};
use crate::{
    database::reading::{COUNT_BUDGET, Reading},
    error::Result,
    operation::Outcome,
    statement::Statement,
};

/// The shortest time that the pages of others may take, together.
const SHORTEST_SHARE: Duration = Duration::from_millis(20);

/// Answers the readings of `shared`, and `reading`, whose own answer is returned; gives the connection back.
pub(super) async fn read<S: Server>(
    mut lent: Lent<S>,
    reading: &mut Reading,
    mut shared: SharedCount,
) -> Result<Result<Outcome>, BatchFailure<S>> {
    let until = lent.until(reading.time_limit());
    let mut own = None;
    let is_below_a_parent = reading.is_below_a_parent();
    let ran = timeout_at(
        until,
        in_one_snapshot(&mut lent, reading, &mut shared, &mut own),
    );
    let ran = ran.await.unwrap_or_else(|_| Err(too_late(reading)));
    if own.is_none() {
        reading.restart();
    }
    match (ran, own) {
        (Ok(()), Some(outcome)) => {
            lent.give_back();
            Ok(outcome)
        }
        (Err(failure), Some(outcome)) => {
            if let (_, Some(lent)) = run::kept(lent, failure) {
                lent.give_back();
            }
            Ok(outcome)
        }
        // A reading below a parent reads alone, since the parent may not be there.
        (Err(Failure::Uncounted | Failure::Slow(_)), None) if !is_below_a_parent => {
            for mate in shared.mates {
                let _gone = mate.answer.send(Delivered::Late);
            }
            Err(BatchFailure::Late)
        }
        (Err(failure), None) => Err(BatchFailure::Failed(run::kept(lent, failure).1)),
        (Ok(()), None) => Err(BatchFailure::Failed(Some(lent))),
    }
}

/// Begins a snapshot, answers all readings from it, and ends it. The reading that does so has its answer in `own`.
async fn in_one_snapshot<S: Server>(
    lent: &mut Lent<S>,
    reading: &mut Reading,
    shared: &mut SharedCount,
    own: &mut Option<Result<Outcome>>,
) -> Result<(), Failure> {
    let unlockable = lent.unlockable();
    let connection = lent.connection()?;
    let limit = Some(reading.time_limit());
    locks::begin::<S>(connection, &unlockable, &reading.tables(), limit).await?;
    let ran = answers::<S>(connection, reading, shared, own).await;
    run::ended::<S, _>(connection, ran).await
}

async fn answers<S: Server>(
    connection: &mut Connection<S>,
    reading: &mut Reading,
    shared: &mut SharedCount,
    own: &mut Option<Result<Outcome>>,
) -> Result<(), Failure> {
    let started = Instant::now();
    let total = answer_own::<S>(connection, reading, shared, own).await?;
    let total = match total {
        Some(total) => total,
        None => count::<S>(connection, reading, &shared.count).await?,
    };
    shared.plan.took.set_counted(total);
    let spared = started.elapsed().max(SHORTEST_SHARE);
    let started = Instant::now();
    while !shared.mates.is_empty() && started.elapsed() < spared {
        let mate = shared.mates.remove(0);
        answer_alike::<S>(connection, mate, shared, total).await?;
    }
    Ok(())
}

/// Answers the reading that counts for the others, which read alone if that takes long. Returns the total of the list;
/// `None` if there is no such page, which may be known without a count.
async fn answer_own<S: Server>(
    connection: &mut Connection<S>,
    reading: &mut Reading,
    shared: &mut SharedCount,
    own: &mut Option<Result<Outcome>>,
) -> Result<Option<u64>, Failure> {
    let page = {
        let mut steps = pin!(run::steps::<S>(connection, reading, COUNT_BUDGET));
        match timeout(COUNT_BUDGET * 2, steps.as_mut()).await {
            Ok(page) => page,
            Err(_) => {
                shared.mates.clear();
                steps.await
            }
        }
    };
    if let Err(Failure::Uncounted) = page {
        shared.plan.took.set(COUNT_BUDGET);
    }
    let page = answered(page)?;
    if let Ok(outcome) = &page {
        shared.give_alike(reading, outcome);
    }
    let total = if let Ok(Outcome::Page(page)) = &page {
        page.total
    } else {
        None
    };
    *own = Some(page);
    Ok(total)
}

async fn count<S: Server>(
    connection: &mut Connection<S>,
    reading: &Reading,
    count: &Statement,
) -> Result<u64, Failure> {
    let running = reading.begin_count(count);
    let counting = run::fetch::<S>(connection, reading, count, running);
    let counted = timeout(COUNT_BUDGET, counting).await;
    let counted = counted.unwrap_or(Err(Failure::Uncounted))?;
    Ok(counted.total.unwrap_or_default())
}

/// Reads the page of another reading, and answers all that ask the same.
async fn answer_alike<S: Server>(
    connection: &mut Connection<S>,
    mate: Mate,
    shared: &mut SharedCount,
    total: u64,
) -> Result<(), Failure> {
    let Mate {
        mut reading,
        answer,
    } = mate;
    let page = timeout(COUNT_BUDGET, page::<S>(connection, &mut reading, total)).await;
    let page = page.unwrap_or_else(|_| Err(too_late(&reading)))?;
    if let Ok(outcome) = &page {
        shared.give_alike(&reading, outcome);
    }
    // A reading that was dropped needs no answer.
    let _gone = answer.send(Delivered::Answer(page));
    Ok(())
}

/// Reads a page of the list, which has `total` rows.
async fn page<S: Server>(
    connection: &mut Connection<S>,
    reading: &mut Reading,
    total: u64,
) -> Result<Result<Outcome>, Failure> {
    let page = match reading.take_total(total) {
        Ok(()) => run::steps::<S>(connection, reading, COUNT_BUDGET).await,
        Err(error) => Err(error.into()),
    };
    answered(page)
}

/// Returns an error that is an answer, such as that the page does not exist, as the answer that it is.
fn answered(page: Result<Outcome, Failure>) -> Result<Result<Outcome>, Failure> {
    match page {
        Ok(outcome) => Ok(Ok(outcome)),
        Err(Failure::Answered(error)) => Ok(Err(error)),
        Err(failure) => Err(failure),
    }
}

impl SharedCount {
    /// Gives the answer of a reading to all others that ask the same.
    fn give_alike(&mut self, reading: &Reading, outcome: &Outcome) {
        let alike = |mate: &mut Mate| mate.reading.asks_as(reading);
        for mate in self.mates.extract_if(.., alike) {
            let _gone = mate.answer.send(Delivered::Answer(Ok(outcome.clone())));
        }
    }
}
