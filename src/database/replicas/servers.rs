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

/// The greatest number of moments of which it is known how far the primary had come.
const MOST_MOMENTS: u32 = 1000;

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
    /// Since when it answers no readings although it is not the primary, and whether that was logged; `None` if it does.
    left_out: Mutex<Option<(Instant, bool)>>,
}

/// A replica that is about to answer a reading.
pub(super) struct ReplicaTurn<'s>(&'s WatchedServer);

impl Servers {
    pub(super) fn new(first: Database, others: Vec<Database>, most_lag: Duration) -> Self {
        let watched = |database| WatchedServer {
            database,
            running: AtomicUsize::new(0),
            seen: Mutex::default(),
            left_out: Mutex::default(),
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
        let replicas = self.all().filter(|server| server.is_replica_at(has_all));
        let least = replicas.min_by_key(|server| server.running.load(Ordering::Relaxed))?;
        least.running.fetch_add(1, Ordering::Relaxed);
        Some(ReplicaTurn(least))
    }

    /// Returns how long a token counts. After that time, a write is on every replica that answers: none of them is more
    /// than the greatest lag behind, and the state of each was seen a short time ago.
    pub(super) fn window(&self) -> Duration {
        let most_lag = self.most_lag.saturating_add(SEEN_FOR);
        most_lag.saturating_add(Duration::from_secs(2))
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
        // A former primary that has become a replica says nothing of how far the primary is.
        if let Some(Some(state)) = states.get(next)
            && state.role != ServerRole::Replica
            && let Some(position) = state.position.clone()
        {
            self.came_to(position, now);
        }
        for (server, state) in self.all().zip(states) {
            *locked(&server.seen) = state.map(|state| (now, state));
        }
        self.log_left_out(next, now);
    }

    /// Logs which servers beside the primary have answered no readings for a while, and which do again.
    fn log_left_out(&self, primary: usize, now: Instant) {
        let oldest = locked(&self.history)
            .front()
            .map(|(_, oldest)| oldest.clone());
        let reached = |position: &LogPosition| {
            let oldest = oldest.as_ref();
            oldest.is_none_or(|oldest| position.has_reached(oldest))
        };
        for (at, server) in self.all().enumerate().filter(|(at, _)| *at != primary) {
            let mut left_out = locked(&server.left_out);
            if server.is_replica_at(reached) {
                if let Some((_, true)) = left_out.take() {
                    tracing::info!("server {at} of the configuration answers reads again");
                }
                continue;
            }
            let (since, is_logged) = left_out.get_or_insert((now, false));
            if !*is_logged && now.duration_since(*since) >= SEEN_FOR {
                *is_logged = true;
                tracing::warn!(
                    "server {at} of the configuration (0 is the primary of the configuration) answers no reads: it cannot be \
                     reached, is no replica, or is too far behind"
                );
            }
        }
    }

    /// Notes how far the primary has come. Moments longer ago than the greatest lag are forgotten, but for the last one.
    fn came_to(&self, position: LogPosition, now: Instant) {
        let mut history = locked(&self.history);
        // A long time is not remembered more finely than needed.
        let between = self.most_lag / MOST_MOMENTS;
        if history
            .back()
            .is_some_and(|(at, _)| now.duration_since(*at) < between)
        {
            return;
        }
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

    /// Whether the server was a replica a short time ago, and had come to a position that `suffices`.
    fn is_replica_at(&self, suffices: impl Fn(&LogPosition) -> bool) -> bool {
        let state = self.state();
        let state = state.filter(|state| state.role == ServerRole::Replica);
        state.is_some_and(|state| state.position.as_ref().is_some_and(suffices))
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

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use ServerRole::{Primary, ReadOnly, Replica as Follower};

    use super::*;

    const NUMBER: u32 = 7;

    fn position(number: u64) -> Option<LogPosition> {
        LogPosition::of([(0, number)])
    }

    async fn servers(count: usize, most_lag: Duration) -> Servers {
        let mut databases = Vec::new();
        for _ in 0..count {
            databases.push(Database::in_memory().await.expect("a database"));
        }
        let first = databases.remove(0);
        Servers::new(first, databases, most_lag)
    }

    fn saw(servers: &Servers, states: &[Option<(ServerRole, u64)>]) {
        let state = |(role, number)| ServerState {
            role,
            position: position(number),
        };
        servers.saw(states.iter().map(|seen| seen.map(state)).collect());
    }

    /// Returns the place of the server that answers a client with these tokens.
    fn answering(servers: &Servers, tokens: &[ReadAfter]) -> usize {
        let turn = servers.replica(&Freshness::After(tokens.to_vec()), NUMBER);
        let primary = servers.primary.load(Ordering::Relaxed);
        let Some(ReplicaTurn(chosen)) = &turn else {
            return primary;
        };
        let mut all = servers.all();
        all.position(|server| std::ptr::eq(server, *chosen))
            .expect("a server")
    }

    #[tokio::test]
    async fn a_replica_answers_clients_whose_writes_it_has() {
        let servers = servers(3, Duration::from_secs(10)).await;
        let token = |number| ReadAfter::now(NUMBER, position(number));
        assert_eq!(answering(&servers, &[]), 0, "nothing is known");
        saw(
            &servers,
            &[
                Some((Primary, 10)),
                Some((Follower, 10)),
                Some((Follower, 9)),
            ],
        );
        for (tokens, expected) in [
            (vec![], 1),
            (vec![token(10)], 1),
            (vec![token(11)], 0),
            (vec![token(9), token(11)], 0),
            (vec![ReadAfter::now(NUMBER, None)], 0),
            (vec![ReadAfter::now(NUMBER + 1, position(1))], 0),
            (vec![ReadAfter { at: 0, ..token(11) }], 1),
        ] {
            assert_eq!(answering(&servers, &tokens), expected, "{tokens:?}");
        }
        assert!(servers.replica(&Freshness::Newest, NUMBER).is_none());
        // The replica with fewer readings answers.
        saw(
            &servers,
            &[
                Some((Primary, 10)),
                Some((Follower, 10)),
                Some((Follower, 10)),
            ],
        );
        let held = servers.replica(&Freshness::After(Vec::new()), NUMBER);
        assert_eq!(answering(&servers, &[]), 2);
        drop(held);
        assert_eq!(answering(&servers, &[]), 1);
    }

    #[tokio::test]
    async fn a_server_that_takes_writes_replaces_a_primary_that_does_not() {
        let all = |states: &[Option<(ServerRole, u64)>; 3]| states.to_vec();
        let down = None;
        for (states, expected) in [
            (all(&[down, Some((Follower, 5)), Some((Follower, 5))]), 0),
            (all(&[down, Some((Primary, 5)), Some((Follower, 5))]), 1),
            (
                all(&[Some((Follower, 5)), Some((Follower, 5)), Some((Primary, 5))]),
                2,
            ),
            (all(&[Some((Primary, 5)), Some((Primary, 6)), down]), 0),
            (all(&[down, Some((Primary, 5)), Some((Primary, 5))]), 0),
            (all(&[down, Some((ReadOnly, 5)), down]), 0),
        ] {
            let servers = servers(3, Duration::from_secs(10)).await;
            saw(&servers, &states);
            let primary = servers.primary.load(Ordering::Relaxed);
            assert_eq!(primary, expected, "{states:?}");
        }
    }

    #[tokio::test]
    async fn a_replica_that_is_too_far_behind_is_left_out() {
        let lag = Duration::from_millis(50);
        let servers = servers(2, lag).await;
        saw(&servers, &[Some((Primary, 1)), Some((Follower, 1))]);
        assert_eq!(answering(&servers, &[]), 1);
        saw(&servers, &[Some((Primary, 2)), Some((Follower, 1))]);
        assert_eq!(answering(&servers, &[]), 1, "it is not long behind");
        std::thread::sleep(2 * lag);
        saw(&servers, &[Some((Primary, 3)), Some((Follower, 2))]);
        assert_eq!(answering(&servers, &[]), 0);
        saw(&servers, &[Some((Primary, 3)), Some((Follower, 3))]);
        assert_eq!(answering(&servers, &[]), 1);
        // The primary is down: the replica answers with what it has.
        saw(&servers, &[None, Some((Follower, 3))]);
        assert_eq!(answering(&servers, &[]), 1);
    }

    #[tokio::test]
    async fn the_longest_lag_is_no_fault() {
        let servers = servers(2, Duration::MAX).await;
        for number in 0..5 {
            saw(&servers, &[Some((Primary, number)), Some((Follower, 0))]);
        }
        assert_eq!(answering(&servers, &[]), 1);
        assert_eq!(locked(&servers.history).len(), 1);
        assert_eq!(servers.window(), Duration::MAX);
    }
}
