//! The opening of a database, in a task that the requests that wait for it do not stop.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{sleep, timeout},
};
use tracing::{Instrument as _, Span, instrument::WithSubscriber as _};

use super::{
    cache::Cache,
    closing::close_idle,
    entry::{OpenDatabase, OpenFailure, Opening},
};
use crate::{
    database::{Database, LONGEST_WAIT},
    error::{Code, Error, Result},
    manager::caught,
};

/// The longest time for opening a database.
const LONGEST_OPENING: Duration = Duration::from_secs(10);
/// The interval at which an opening without a place looks for a database that has become idle.
const LOOK_AFTER: Duration = Duration::from_millis(10);

/// Begins to open the database of a tenant.
pub(super) fn opening(cache: &Arc<Cache>, tenant: &Arc<str>) -> Opening {
    let (sender, outcome) = watch::channel(None);
    let (cache, tenant) = (Arc::clone(cache), Arc::clone(tenant));
    let open = async move {
        let opened = open(&cache, &tenant).await;
        let is_open = opened.is_ok();
        sender.send_replace(Some(cache.opened(&tenant, opened)));
        if is_open {
            cache.ensure_closer(|| tokio::spawn(close_idle(Arc::downgrade(&cache))));
        }
    };
    let task = tokio::spawn(open.instrument(Span::current()).with_current_subscriber());
    Opening {
        outcome,
        task: task.abort_handle(),
    }
}

async fn open(
    cache: &Cache,
    tenant: &str,
) -> Result<(Database, OwnedSemaphorePermit), OpenFailure> {
    let place = place(cache).await.ok_or_else(OpenFailure::busy)?;
    let opened = caught(async { (cache.opener)(tenant.to_owned()).await });
    let database = match timeout(LONGEST_OPENING, opened).await {
        Ok(opened) => opened,
        Err(_) => {
            let detail = format!("it was not open after {LONGEST_OPENING:?}");
            Err(Error::new(Code::Unavailable, detail))
        }
    };
    let database = database.map_err(|error| OpenFailure::of(&error))?;
    Ok((database, place))
}

/// A place that is free, or that of a database that has to be closed for it.
enum FoundPlace {
    Free(OwnedSemaphorePermit),
    Idle(OpenDatabase),
}

/// Takes a place, that of the database which was idle for the longest time if none is free. Returns `None` if all have
/// been in use for too long.
async fn place(cache: &Cache) -> Option<OwnedSemaphorePermit> {
    let looking = async {
        let _turn = cache.places.turn.lock().await;
        loop {
            if let Some(place) = cache.places.take() {
                return FoundPlace::Free(place);
            }
            if let Some(idle) = cache.take_longest_idle() {
                return FoundPlace::Idle(idle);
            }
            sleep(LOOK_AFTER).await;
        }
    };
    match timeout(LONGEST_WAIT, looking).await.ok()? {
        FoundPlace::Free(place) => Some(place),
        // Others look for a place meanwhile.
        FoundPlace::Idle(idle) => Some(idle.close().await),
    }
}
