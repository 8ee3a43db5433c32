//! [`Servers`]: a primary and its replicas, what is known of each, and which of them answers.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::super::{
    driver::{Driver, Replica, ServerRole, ServerState},
    handle::Database,
    violation::is_conflict,
};
use crate::{
    error::{Code, Error},
    read_after::{Freshness, LogPosition, ReadAfter},
};

/// How long the state of a server counts after it was seen.
const SEEN_FOR: Duration = Duration::from_secs(3);

/// The servers of one database.
pub(super) struct Servers {
    /// The primary of the configuration.
    pub(super) first: WatchedServer,
    /// The replicas of the configuration.
    others: Vec<WatchedServer>,
    /// The place of the primary among all servers, which begin with [`first`](Self::first).
    primary: AtomicUsize,
    most_lag: Duration,
    /// How far the primary had come at some moments of the last [`most_lag`](Self::most_lag), oldest first.
    history: Mutex<VecDeque<(Instant, LogPosition)>>,
    /// When a request has last used a server.
    used: Mutex<Instant>,
    /// Whether a task is watching the servers.
    pub(super) is_watched: AtomicBool,
    /// Wakes the task that watches the servers.
    pub(super) wake: Notify,
}

/// A server, and what is known of it.
pub(super) struct WatchedServer {
    pub(super) database: Database,
    /// The number of readings that it is answering.
    running: AtomicUsize,
    /// Its state, and when it was seen; `None` if it did not answer.
    seen: Mutex<Option<(Instant, ServerState)>>,
}

/// A replica that is about to answer a reading.
pub(super) struct ReplicaTurn<'s>(&'s WatchedServer);

impl Servers {
    pub(super) fn new(first: Database, others: Vec<Database>, most_lag: Duration) -> Self {
        let watched = |database| WatchedServer {
            database,
            running: AtomicUsize::new(0),
            seen: Mutex::default(),
        };
        Self {
            first: watched(first),
            others: others.into_iter().map(watched).collect(),
            primary: AtomicUsize::new(0),
            most_lag,
            history: Mutex::default(),
            used: Mutex::new(Instant::now()),
            is_watched: AtomicBool::new(false),
            wake: Notify::new(),
        }
    }

    /// Returns all servers, in the order of the configuration.
    pub(super) fn all(&self) -> impl Iterator<Item = &WatchedServer> {
        [&self.first].into_iter().chain(&self.others)
    }

    /// Returns the driver of the primary.
    pub(super) fn primary(&self) -> &dyn Driver {
        let server = self.all().nth(self.primary.load(Ordering::Relaxed));
        &*server.unwrap_or(&self.first).database.0.driver
    }

    /// Returns the replica that answers a reading of this freshness; `None` if the primary answers it. `number` is that of
    /// the database, which its tokens have.
    pub(super) fn replica(&self, freshness: &Freshness, number: u32) -> Option<ReplicaTurn<'_>> {
        let Freshness::After(tokens) = freshness else {
            return None;
        };
        let window = self.window();
        let tokens = tokens.iter().filter(|token| !token.is_over(window));
        let needed = |token: &ReadAfter| match token.database == number {
            true => token.position.clone(),
            false => None,
        };
        let needed = tokens.map(needed).collect::<Option<Vec<_>>>()?;
        let oldest = locked(&self.history).front()?.1.clone();
        let has_all = |position: &LogPosition| {
            let mut needed = needed.iter().chain([&oldest]);
            needed.all(|needed| position.has_reached(needed))
        };
        let answers = |server: &&WatchedServer| {
            let state = server.state();
            let state = state.filter(|state| state.role == ServerRole::Replica);
            state.is_some_and(|state| state.position.is_some_and(|position| has_all(&position)))
        };
        let replicas = self.all().filter(answers);
        let least = replicas.min_by_key(|server| server.running.load(Ordering::Relaxed))?;
        least.running.fetch_add(1, Ordering::Relaxed);
        Some(ReplicaTurn(least))
    }

    /// Returns how long a token counts. After that time, a write is on every replica that answers: none of them is more
    /// than the greatest lag behind, and the state of each was seen a short time ago.
    pub(super) fn window(&self) -> Duration {
        self.most_lag + SEEN_FOR + Duration::from_secs(2)
    }

    /// Notes the state of every server, in their order, and which of them is the primary.
    pub(super) fn saw(&self, states: Vec<Option<ServerState>>) {
        let now = Instant::now();
        let primary = self.primary.load(Ordering::Relaxed);
        let takes_writes = |at: usize| {
            let state = states.get(at).and_then(Option::as_ref);
            state.is_some_and(|state| state.role == ServerRole::Primary)
        };
        let mut others = (0..states.len()).filter(|at| takes_writes(*at));
        let next = match (takes_writes(primary), others.next(), others.next()) {
            (false, Some(other), None) => other,
            _ => primary,
        };
        if next != primary {
            tracing::warn!(
                "server {next} of the configuration is the primary now, no longer server {primary}"
            );
            self.primary.store(next, Ordering::Relaxed);
            locked(&self.history).clear();
        }
        if let Some(Some(state)) = states.get(next)
            && let Some(position) = state.position.clone()
        {
            self.came_to(position, now);
        }
        for (server, state) in self.all().zip(states) {
            *locked(&server.seen) = state.map(|state| (now, state));
        }
    }

    /// Notes how far the primary has come. Moments longer ago than the greatest lag are forgotten, but for the last one.
    fn came_to(&self, position: LogPosition, now: Instant) {
        let mut history = locked(&self.history);
        history.push_back((now, position));
        while history.len() > 1
            && history
                .front()
                .is_some_and(|(at, _)| now.duration_since(*at) > self.most_lag)
        {
            history.pop_front();
        }
    }

    /// Notes that a request uses a server.
    pub(super) fn use_now(&self) {
        *locked(&self.used) = Instant::now();
    }

    /// Returns how long no request has used a server.
    pub(super) fn unused(&self) -> Duration {
        locked(&self.used).elapsed()
    }
}

impl WatchedServer {
    /// Returns the state of the server, if it was seen a short time ago.
    fn state(&self) -> Option<ServerState> {
        let seen = locked(&self.seen);
        let (at, state) = seen.as_ref()?;
        (at.elapsed() < SEEN_FOR).then(|| state.clone())
    }
}

impl Replica for ReplicaTurn<'_> {
    fn driver(&self) -> &dyn Driver {
        &*self.0.database.0.driver
    }

    /// It cannot be reached, a change that it applies was in the way, or it does not have a new table yet. One that cannot
    /// be reached is left out until it is seen again.
    fn has_failed(&self, error: &Error) -> bool {
        if error.code() == Code::Unavailable {
            *locked(&self.0.seen) = None;
        }
        matches!(error.code(), Code::Unavailable | Code::SchemaMismatch) || is_conflict(error)
    }
}

impl Drop for ReplicaTurn<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
