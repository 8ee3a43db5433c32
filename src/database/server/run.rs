//! A reading on a connection: its statements, one after the other, within their time.

use std::time::{Duration, Instant};

use sqlx::Connection as _;
use tokio::time::timeout;
use tracing::Instrument as _;

use super::{
    Connection, Failure, Lent, Server,
    locks::{self, Unlockable},
};
use crate::{
    database::{
        failure::too_slow,
        fetched::Fetched,
        reading::{COUNT_BUDGET, Reading, Step, record},
    },
    operation::Outcome,
    statement::Statement,
};

/// Runs a reading to its end, and gives the connection back if it is as it was.
pub(super) async fn run<S: Server>(
    mut lent: Lent<S>,
    reading: &mut Reading,
) -> Result<Outcome, Failure> {
    let limit = reading.time_limit();
    let ran = timeout(limit, whole(&mut lent, reading)).await;
    let ran = ran.unwrap_or_else(|_| Err(Failure::Slow(too_slow(reading.whole_limit()))));
    if let Err(Failure::Slow(_) | Failure::Uncounted) = ran
        && let Ok(statement) = reading.statement()
    {
        statement.plan.took.set(limit.min(COUNT_BUDGET));
    }
    settle(lent, &ran);
    ran
}

/// Runs one statement in its reading's time, and gives the connection back if it is as it was; with a failure to the caller.
pub(super) async fn once<S: Server>(
    mut lent: Lent<S>,
    reading: &Reading,
    statement: &Statement,
) -> Result<Fetched, (Failure, Option<Lent<S>>)> {
    let (time_limit, counts) = (reading.time_limit(), reading.may_uncount());
    let limit = if counts { COUNT_BUDGET } else { time_limit };
    let ran = match lent.connection() {
        Ok(connection) => timeout(limit, fetch::<S>(connection, reading, statement)).await,
        Err(failure) => Ok(Err(failure)),
    };
    let ran = ran.unwrap_or_else(|_| match counts {
        true => Err(Failure::Uncounted),
        false => Err(Failure::Slow(too_slow(reading.whole_limit()))),
    });
    match ran {
        Err(failure) if failure.leaves_in_step::<S>() && !failure.is_stale::<S>() => {
            Err((failure, Some(lent)))
        }
        ran => {
            settle(lent, &ran);
            ran.map_err(|failure| (failure, None))
        }
    }
}

fn settle<S: Server, T>(lent: Lent<S>, ran: &Result<T, Failure>) {
    match ran {
        // What was prepared is gone with the connection.
        Err(failure) if failure.is_lost::<S>() || failure.is_stale::<S>() => lent.close(),
        Err(failure) if !failure.leaves_in_step::<S>() => drop(lent),
        _ => lent.give_back(),
    }
}

/// The same, once more where what was prepared on the connection has gone stale.
async fn whole<S: Server>(lent: &mut Lent<S>, reading: &mut Reading) -> Result<Outcome, Failure> {
    let ran = in_snapshot(lent, reading).await;
    match ran {
        Err(failure) if failure.is_stale::<S>() => {
            let cleared = lent.connection()?.clear_cached_statements().await;
            cleared.map_err(Failure::Database)?;
            reading.restart();
            Box::pin(in_snapshot(lent, reading)).await
        }
        ran => ran,
    }
}

/// The same, in one snapshot if it takes several statements.
///
/// What is rare is boxed, here and in [`whole`]: a future is as large as its largest way, and is moved for each request.
async fn in_snapshot<S: Server>(
    lent: &mut Lent<S>,
    reading: &mut Reading,
) -> Result<Outcome, Failure> {
    let unlockable = lent.unlockable();
    let connection = lent.connection()?;
    if reading.needs_snapshot() {
        return Box::pin(of_a_snapshot::<S>(connection, &unlockable, reading)).await;
    }
    steps::<S>(connection, reading, COUNT_BUDGET).await
}

async fn of_a_snapshot<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    reading: &mut Reading,
) -> Result<Outcome, Failure> {
    locks::begin::<S>(connection, unlockable, &reading.tables()).await?;
    let ran = steps::<S>(connection, reading, COUNT_BUDGET).await;
    match &ran {
        Err(failure) if !failure.leaves_in_step::<S>() => {}
        _ => command::<S>(connection, "ROLLBACK").await?,
    }
    ran
}

async fn command<S: Server>(
    connection: &mut Connection<S>,
    sql: &'static str,
) -> Result<(), Failure> {
    S::execute(connection, sql.into())
        .await
        .map_err(Failure::Database)
}

/// The same inside a transaction that is open, or in none, where counting may take so long.
pub(super) async fn steps<S: Server>(
    connection: &mut Connection<S>,
    reading: &mut Reading,
    count_budget: Duration,
) -> Result<Outcome, Failure> {
    let mut statement = reading.statement()?;
    loop {
        let fetching = fetch::<S>(connection, reading, &statement);
        let fetched = if reading.counts() {
            let counted = timeout(count_budget, fetching).await;
            counted.unwrap_or(Err(Failure::Uncounted))
        } else {
            fetching.await
        };
        let fetched = match (fetched, S::CONVERTING) {
            (Err(failure), Some(dialect))
                if failure.is_unfit::<S>() && reading.converts_by(dialect) =>
            {
                statement = reading.statement()?;
                continue;
            }
            (fetched, _) => fetched?,
        };
        statement = match reading.next(fetched)? {
            Step::Done(outcome) => return Ok(outcome),
            Step::Run(next) => next,
        };
    }
}

async fn fetch<S: Server>(
    connection: &mut Connection<S>,
    reading: &Reading,
    statement: &Statement,
) -> Result<Fetched, Failure> {
    let span = reading.span(statement);
    reading.count();
    let started = Instant::now();
    let fetching = S::fetch(connection, statement);
    let (fetched, rows) = fetching.instrument(span.clone()).await?;
    statement.plan.took.set(started.elapsed());
    record(&span, rows, started);
    Ok(fetched)
}
