//! Running a reading (the statements for one answer) on a connection: one statement after the other, within its time
//! limit.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use tokio::time::{timeout, timeout_at};
use tracing::Instrument as _;

use super::{
    connection_cache::Lent,
    failure::Failure,
    locks::{self, Unlockable},
    protocol::Connection,
    statements::Server,
};
use crate::{
    database::{
        failure::too_slow,
        fetched::Fetched,
        reading::{COUNT_BUDGET, NextStep, Reading},
    },
    observer::RunningStatement,
    operation::Outcome,
    statement::Statement,
};

/// The failure of a reading, and its connection if that can still be used: the last result was read to its end.
pub(super) type Failed<S> = (Failure, Option<Lent<S>>);

/// The failure of work for several readings (each the statements for one answer) at once.
pub(super) enum BatchFailure<S: Server> {
    /// The work took too long, and each reading alone would take too long as well.
    Late,
    /// Another failure, which one of the readings may have caused; with the connection if it can still be used: its
    /// last result was read to the end.
    Failed(Option<Lent<S>>),
}

/// Runs a reading (the statements for one answer) on the lent connection; returns its answer, and gives the connection
/// back.
pub(super) async fn run<S: Server>(
    mut lent: Lent<S>,
    reading: &mut Reading,
) -> Result<Outcome, Failed<S>> {
    let limit = reading.time_limit();
    let ran = timeout_at(lent.until(limit), in_snapshot(&mut lent, reading)).await;
    let ran = ran.unwrap_or_else(|_| Err(Failure::Slow(too_slow(reading.whole_limit()))));
    if let Err(Failure::Slow(_) | Failure::Uncounted) = ran
        && let Ok(statement) = reading.statement()
    {
        statement.plan.took.set(limit.min(COUNT_BUDGET));
    }
    match ran {
        Ok(outcome) => {
            lent.give_back();
            Ok(outcome)
        }
        Err(failure) => Err(kept(lent, failure)),
    }
}

/// Runs one statement within the time limit of its reading; returns the rows, and gives the connection back.
pub(super) async fn once<S: Server>(
    mut lent: Lent<S>,
    reading: &Reading,
    statement: &Statement,
) -> Result<Fetched, Failed<S>> {
    let counts = reading.may_retry_uncounted();
    let limit = if counts {
        COUNT_BUDGET
    } else {
        reading.time_limit()
    };
    let ran = match lent.connection() {
        Ok(connection) => {
            let alone = alone::<S>(connection, reading, statement);
            timeout(limit, alone).await
        }
        Err(failure) => Ok(Err(failure)),
    };
    match ran.unwrap_or_else(|_| Err(too_late(reading))) {
        Ok(fetched) => {
            lent.give_back();
            Ok(fetched)
        }
        Err(failure) => Err(kept(lent, failure)),
    }
}

/// Returns the failure of a reading whose only statement took too long: [`Failure::Uncounted`] if the statement counted
/// rows and there is time to read the page without counting.
pub(super) fn too_late(reading: &Reading) -> Failure {
    match reading.may_retry_uncounted() {
        true => Failure::Uncounted,
        false => Failure::Slow(too_slow(reading.whole_limit())),
    }
}

/// Returns the failure with the connection if that can still be used; otherwise closes it, which stops its statement.
pub(super) fn kept<S: Server>(lent: Lent<S>, failure: Failure) -> Failed<S> {
    if failure.is_stale::<S>() {
        lent.renew();
    }
    if failure.leaves_in_step::<S>() {
        return (failure, Some(lent));
    }
    match failure.is_lost::<S>() {
        true => lent.close(),
        false => drop(lent),
    }
    (failure, None)
}

/// Runs the statements of a reading and returns its answer. If there are several, all read from one snapshot.
///
/// Rare branches are boxed: a future is as large as its largest branch, and is moved for each request.
async fn in_snapshot<S: Server>(
    lent: &mut Lent<S>,
    reading: &mut Reading,
) -> Result<Outcome, Failure> {
    let unlockable = lent.unlockable();
    let connection = lent.connection()?;
    if reading.needs_snapshot() || S::IS_POOLED {
        return Box::pin(of_a_snapshot::<S>(connection, &unlockable, reading)).await;
    }
    steps::<S>(connection, reading, COUNT_BUDGET).await
}

async fn of_a_snapshot<S: Server>(
    connection: &mut Connection<S>,
    unlockable: &Unlockable,
    reading: &mut Reading,
) -> Result<Outcome, Failure> {
    // One statement reads from one snapshot without locks.
    let tables = match reading.needs_snapshot() {
        true => reading.tables(),
        false => BTreeSet::new(),
    };
    locks::begin::<S>(connection, unlockable, &tables, Some(reading.time_limit())).await?;
    let ran = steps::<S>(connection, reading, COUNT_BUDGET).await;
    ended::<S, _>(connection, ran).await
}

/// Runs the only statement of a reading: in a transaction if it must be in one.
async fn alone<S: Server>(
    connection: &mut Connection<S>,
    reading: &Reading,
    statement: &Statement,
) -> Result<Fetched, Failure> {
    if !S::IS_POOLED {
        let running = reading.begin(statement);
        return fetch::<S>(connection, reading, statement, running).await;
    }
    let (unlockable, limit) = (Unlockable::default(), Some(reading.time_limit()));
    locks::begin::<S>(connection, &unlockable, &BTreeSet::new(), limit).await?;
    let running = reading.begin(statement);
    let fetched = fetch::<S>(connection, reading, statement, running).await;
    ended::<S, _>(connection, fetched).await
}

/// Ends the snapshot of statements that `ran`, unless the connection is out of step; returns what they returned.
pub(super) async fn ended<S: Server, T>(
    connection: &mut Connection<S>,
    ran: Result<T, Failure>,
) -> Result<T, Failure> {
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

/// Runs the statements of a reading, in the open transaction if there is one, and returns its answer. A statement that
/// counts rows may take as long as `count_budget`.
pub(super) async fn steps<S: Server>(
    connection: &mut Connection<S>,
    reading: &mut Reading,
    count_budget: Duration,
) -> Result<Outcome, Failure> {
    let mut statement = reading.statement()?;
    loop {
        let running = reading.begin(&statement);
        let fetching = fetch::<S>(connection, reading, &statement, running);
        let fetched = if reading.counts() {
            let counted = timeout(count_budget, fetching).await;
            counted.unwrap_or(Err(Failure::Uncounted))
        } else {
            fetching.await
        };
        let fetched = match fetched {
            Err(failure) if reading.estimates() => failure.without_estimate::<S>(),
            fetched => fetched,
        };
        statement = match reading.next(fetched?)? {
            NextStep::Done(outcome) => return Ok(outcome),
            NextStep::Run(next) => next,
        };
    }
}

/// Runs a statement of a reading, and records how long it took.
pub(super) async fn fetch<S: Server>(
    connection: &mut Connection<S>,
    reading: &Reading,
    statement: &Statement,
    running: RunningStatement<'_>,
) -> Result<Fetched, Failure> {
    reading.count();
    let started = Instant::now();
    let fetching = S::fetch(connection, statement);
    let (fetched, rows) = fetching.instrument(running.span().clone()).await?;
    statement.plan.took.set(started.elapsed());
    if let Some(total) = fetched.total {
        statement.plan.took.set_counted(total);
    }
    running.end(rows);
    Ok(fetched)
}
