//! Watching the servers of a database: a task asks each of them for its state, as long as requests come.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::servers::Servers;

/// The pause between two questions to each server.
const INTERVAL: Duration = Duration::from_millis(200);
/// The longest time that a server has for its answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// The time without requests after which the servers are not asked any more.
const IDLE: Duration = Duration::from_secs(10);

/// Notes that a request uses the servers, and spawns the task that watches them unless it runs. It ends when no
/// request has come for a while, or the database is dropped.
pub(super) fn keep(servers: &Arc<Servers>) {
    servers.use_now();
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    if servers.is_watched.swap(true, Ordering::AcqRel) {
        return;
    }
    let servers = Arc::downgrade(servers);
    runtime.spawn(async move {
        let _watching = Watching(Weak::clone(&servers));
        while let Some(servers) = Weak::upgrade(&servers) {
            if servers.unused() > IDLE {
                return;
            }
            look(&servers).await;
            let woken = timeout(INTERVAL, servers.wake.notified()).await;
            if woken.is_ok() {
                // Several requests may fail at once.
                sleep(INTERVAL / 4).await;
            }
        }
    });
}

/// Asks each server for its state.
async fn look(servers: &Servers) {
    let mut asked = JoinSet::new();
    let mut states = Vec::new();
    for (at, server) in servers.all().enumerate() {
        let database = server.database.clone();
        states.push(None);
        asked.spawn(async move { (at, timeout(PATIENCE, database.0.driver.state()).await) });
    }
    while let Some(answered) = asked.join_next().await {
        if let Ok((at, Ok(Ok(state)))) = answered
            && let Some(known) = states.get_mut(at)
        {
            *known = Some(state);
        }
    }
    servers.saw(states);
}

/// Notes, when it is dropped, that no task watches the servers: it has ended, or its runtime has.
struct Watching(Weak<Servers>);

impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(servers) = Weak::upgrade(&self.0) {
            servers.is_watched.store(false, Ordering::Release);
        }
    }
}
