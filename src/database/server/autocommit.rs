//! One statement that writes rows and commits itself, in one round trip.
//!
//! 1. The database has refused it only if it says so; then nothing is written, and the write may be tried otherwise.
//! 2. A connection that was idle for a moment is tested first, since a statement that meets a lost connection may have
//!    been executed, which nobody knows.
//! 3. A statement that takes too long is interrupted. Its own result, which is awaited, says whether it was in time.

use std::{sync::Arc, time::Duration};

use sqlx::Connection as _;
use tokio::time::timeout;

use super::{
    connection_cache::{ConnectionCache, Lent},
    failure::Failure,
    statements::Server,
    stopper::LONGEST_STOP,
};
use crate::{
    database::{
        failure::{busy, too_slow},
        fetched::Written,
        violation::outcome_unknown,
    },
    error::Result,
    statement::Statement,
};

/// How long a connection may be idle and still be taken for one that works.
const TRUSTED: Duration = Duration::from_millis(100);

/// Runs a statement that writes rows and commits itself; returns `None` if the database has refused it, and the error of
/// a conflict after which it may succeed.
pub(super) async fn write<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    statement: &Statement,
    limit: Duration,
) -> Result<Option<Written>> {
    let lent = timeout(limit, checkout(cache)).await;
    let mut lent = lent.map_err(|_| busy())??;
    let (ran, is_interrupted) = run::<S>(cache, &mut lent, statement, limit).await;
    let failure = match ran {
        Ok(written) => {
            match is_interrupted {
                // The interruption may arrive only now.
                true => lent.close(),
                false => lent.give_back(),
            }
            return Ok(Some(written));
        }
        Err(failure) => failure,
    };
    match failure {
        Failure::Database(error) if failure_is_known::<S>(&error) => {
            let failure = Failure::Database(error);
            refused(lent, &failure, is_interrupted).await;
            match is_interrupted {
                true => Err(too_slow(limit)),
                false if failure.is_conflict::<S>() => Err(failure.conflicting::<S>()),
                false => Ok(None),
            }
        }
        // Other idle connections are as likely to be lost.
        Failure::Database(error) => {
            lent.close();
            cache.distrust();
            Err(outcome_unknown(error))
        }
        Failure::Slow(error) => Err(outcome_unknown(error)),
        failure => {
            lent.close();
            Err(failure.into_error())
        }
    }
}

/// Whether the failure is the database's own answer, so that nothing is written.
fn failure_is_known<S: Server>(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if !S::leaves_unknown(&**error, false))
}

/// Checks out a connection that is likely to work.
async fn checkout<S: Server>(cache: &Arc<ConnectionCache<S>>) -> Result<Lent<S>> {
    let mut lent = cache.checkout_to_write(false).await?;
    if lent.idled() < TRUSTED {
        return Ok(lent);
    }
    let connection = lent.connection().map_err(Failure::into_error)?;
    if connection.ping().await.is_ok() {
        return Ok(lent);
    }
    lent.close();
    cache.checkout_to_write(true).await
}

/// Runs the statement; also returns whether it was interrupted.
async fn run<S: Server>(
    cache: &ConnectionCache<S>,
    lent: &mut Lent<S>,
    statement: &Statement,
    limit: Duration,
) -> (Result<Written, Failure>, bool) {
    let number = lent.number();
    let connection = match lent.connection() {
        Ok(connection) => connection,
        Err(failure) => return (Err(failure), false),
    };
    let mut running = S::write(connection, statement);
    if let Ok(ran) = timeout(limit, &mut running).await {
        return (ran, false);
    }
    let ended = async {
        cache.source.interrupt(number).await;
        running.await
    };
    let ended = timeout(LONGEST_STOP, ended).await;
    (
        ended.unwrap_or_else(|_| Err(Failure::Slow(too_slow(limit)))),
        true,
    )
}

/// Gives back the connection of a refused statement, which may have been a whole transaction.
async fn refused<S: Server>(mut lent: Lent<S>, failure: &Failure, is_interrupted: bool) {
    if failure.is_stale::<S>() {
        lent.renew();
    }
    if !is_interrupted
        && let Ok(connection) = lent.connection()
        && S::execute(connection, "ROLLBACK".into()).await.is_ok()
    {
        lent.give_back();
    } else {
        lent.close();
    }
}
