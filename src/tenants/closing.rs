//! The closing of databases that are idle, and of one that the program names.

use std::{sync::Weak, time::Duration};

use tokio::{task::JoinSet, time::sleep};

use super::cache::Cache;

/// The shortest and the longest interval between the searches for idle databases.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(5);
/// The interval at which a database that is to be closed is looked at while requests use it.
const LOOK_AFTER: Duration = Duration::from_millis(20);

/// Closes the databases that were idle for too long, until none is left.
pub(super) async fn close_idle(cache: Weak<Cache>) {
    let Some(closes_after) = cache.upgrade().map(|cache| cache.settings.closes_after) else {
        return;
    };
    let interval = (closes_after / 4).clamp(SHORTEST, LONGEST);
    loop {
        sleep(interval).await;
        let Some(idle) = cache.upgrade().map(|cache| cache.take_idle()) else {
            return;
        };
        let mut closing = JoinSet::new();
        for open in idle {
            closing.spawn(open.close());
        }
        closing.join_all().await;
        if cache.upgrade().is_none_or(|cache| cache.ends_closer()) {
            return;
        }
    }
}

/// Closes the database of a tenant, as soon as nothing uses it.
pub(super) async fn close_tenant(cache: &Cache, tenant: &str) {
    let Some(open) = cache.take(tenant) else {
        return;
    };
    while !open.is_idle() {
        sleep(LOOK_AFTER).await;
    }
    drop(open.close().await);
}
