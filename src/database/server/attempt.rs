//! Running a reading (the statements for one answer) on a server: it gets a connection, runs its statements, and is
//! retried.

use std::sync::Arc;

use super::{
    batching::{self, Checkout},
    connection_cache::ConnectionCache,
    retry::{Remedy, Retries, Scene},
    run,
    statements::Server,
};
use crate::{database::reading::Reading, error::Result, operation::Outcome};

/// How a reading (the statements for one answer) gets a connection.
#[derive(Clone, Copy)]
enum Checkouts {
    /// Takes an idle connection if one is free, and the reading needs no permit to count; else the reading waits in the
    /// [wait queue](super::wait_queue), where a batch (one statement for several readings) may answer it.
    Batched,
    /// Takes or waits for a connection for this reading alone.
    Alone,
    /// Takes or waits for a connection for this reading alone, which the pool has tested.
    Tested,
}

/// Runs a reading (the statements for one answer) and returns its answer, with [retries](super::retry) after a failure
/// such as a lost connection.
pub(super) async fn attempt<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    mut reading: Reading,
) -> Result<Outcome> {
    let mut retries = Retries::new(Scene::Reading);
    let mut next = checkout(cache, &mut reading, Checkouts::Batched).await?;
    loop {
        let (failure, lent, again) = match next {
            Checkout::Answered(outcome) => return Ok(outcome),
            Checkout::Late => (run::too_late(&reading), None, Checkouts::Alone),
            Checkout::Alone(lent) => match run::run(lent, &mut reading).await {
                Ok(outcome) => return Ok(outcome),
                Err((failure, lent)) => (failure, lent, Checkouts::Batched),
            },
        };
        next = match (retries.after::<S>(&failure), lent) {
            (Some(Remedy::Reconnect), _) => {
                reading.restart();
                checkout(cache, &mut reading, Checkouts::Tested).await?
            }
            (Some(Remedy::ClearStatements), Some(lent)) => {
                reading.restart();
                match Box::pin(lent.cleared()).await {
                    Some(lent) => Checkout::Alone(lent),
                    None => checkout(cache, &mut reading, Checkouts::Tested).await?,
                }
            }
            (Some(Remedy::RunAgain), lent) => {
                if let Some(lent) = lent {
                    lent.give_back();
                }
                reading.restart();
                checkout(cache, &mut reading, again).await?
            }
            (Some(Remedy::LeaveOutTotal), _) => {
                reading.uncount()?;
                checkout(cache, &mut reading, again).await?
            }
            (Some(Remedy::ConvertColumns(dialect)), Some(lent)) => {
                reading.convert_by(dialect);
                Checkout::Alone(lent)
            }
            (Some(Remedy::ClearStatements | Remedy::ConvertColumns(_)) | None, lent) => {
                if let Some(lent) = lent {
                    lent.give_back();
                }
                return Err(failure.conflicting::<S>());
            }
        };
    }
}

/// Waits for a connection, or for a batch (one statement for several readings) that answers the reading.
async fn checkout<S: Server>(
    cache: &Arc<ConnectionCache<S>>,
    reading: &mut Reading,
    how: Checkouts,
) -> Result<Checkout<S>> {
    match how {
        Checkouts::Batched => {
            let waits = cache.counting.is_limited() && reading.counts_a_list();
            if !waits && let Some(lent) = cache.checkout_now() {
                return Ok(Checkout::Alone(lent));
            }
            Box::pin(batching::turn(cache, reading)).await
        }
        Checkouts::Alone => cache.checkout(false).await.map(Checkout::Alone),
        Checkouts::Tested => cache.checkout(true).await.map(Checkout::Alone),
    }
}
