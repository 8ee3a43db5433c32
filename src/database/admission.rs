//! [`Admission`]: how many requests may be in a database at once, running or waiting for a connection.
//!
//! 1. Some are always admitted. What they wait for has a time limit of its own.
//! 2. Above that number, a further one is refused at once if it would have to wait too long: until those before it have
//!    left it a connection, as fast as requests have ended lately, which is observed from half of that number on. So the
//!    others keep their time, and the memory is bounded.
//! 3. A crowd that comes all at once, such as one that a restart has held up, is admitted, since nothing is known of how
//!    fast its requests end.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::words::busy;
use crate::error::Result;

/// The number of requests up to which each is admitted; twice the number of connections, if that is more.
const ALWAYS: usize = 128;

/// The longest time that a further request may have to wait.
const LONGEST: Duration = Duration::from_millis(250);

/// For how long a crowd is observed before one of its requests is refused.
const FIRST: Duration = Duration::from_millis(50);

/// The time over which the ends of requests are counted: the older half is left out after each such time.
const WINDOW: Duration = Duration::from_secs(1);

/// The requests in a database.
#[derive(Debug)]
pub(super) struct Admission(Mutex<InsideState>);

#[derive(Debug)]
struct InsideState {
    /// How many requests can run at once.
    connections: usize,
    inside: usize,
    /// `None` if there were few requests lately.
    crowd: Option<Crowd>,
}

/// How fast the requests of a crowd end.
#[derive(Debug)]
struct Crowd {
    since: Instant,
    ended: u32,
}

/// A request in a database, until this is dropped.
#[derive(Debug)]
pub(super) struct Admitted<'a>(&'a Admission);

impl Admission {
    /// Returns the admission to a database that has so many connections.
    pub(super) fn new(connections: usize) -> Self {
        Self(Mutex::new(InsideState::new(connections)))
    }

    /// Admits a request.
    ///
    /// # Errors
    ///
    /// When it would have to wait too long.
    pub(super) fn enter(&self) -> Result<Admitted<'_>> {
        match self.state().admits(Instant::now()) {
            true => Ok(Admitted(self)),
            false => Err(busy()),
        }
    }

    fn state(&self) -> MutexGuard<'_, InsideState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.0.state().ends();
    }
}

impl InsideState {
    const fn new(connections: usize) -> Self {
        Self {
            connections,
            inside: 0,
            crowd: None,
        }
    }

    /// Returns the number of requests up to which each is admitted.
    fn always(&self) -> usize {
        ALWAYS.max(self.connections.saturating_mul(2))
    }

    /// Counts a request as one inside, unless it would have to wait too long.
    fn admits(&mut self, now: Instant) -> bool {
        let limit = self.always();
        if self.inside >= limit / 2 {
            let wait = self.wait(now);
            if self.inside >= limit && wait > LONGEST {
                return false;
            }
        }
        self.inside += 1;
        true
    }

    /// Returns how long a further request would have to wait; zero as long as that is not known.
    fn wait(&mut self, now: Instant) -> Duration {
        let before = self.inside.saturating_sub(self.connections);
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let crowd = self.crowd.get_or_insert(Crowd {
            since: now,
            ended: 0,
        });
        let observed = now.saturating_duration_since(crowd.since);
        if observed < FIRST {
            return Duration::ZERO;
        }
        let wait = observed.saturating_mul(before) / crowd.ended.max(1);
        if observed > WINDOW {
            crowd.since += observed / 2;
            crowd.ended /= 2;
        }
        wait
    }

    fn ends(&mut self) {
        self.inside -= 1;
        let limit = self.always();
        match &mut self.crowd {
            // It is remembered while it comes and goes at the limit.
            Some(crowd) if self.inside >= limit / 2 => crowd.ended = crowd.ended.saturating_add(1),
            Some(_) | None => self.crowd = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// Lets requests come at a rate for some seconds, of which so many end in each second, one after the other. Returns
    /// the waits of those that were admitted, in order, and how many were refused.
    fn simulate(come: u32, end: u32, seconds: u32) -> (Vec<Duration>, u32) {
        let (mut state, start) = (InsideState::new(1), Instant::now());
        let (mut waiting, mut waits, mut refused) = (VecDeque::new(), Vec::new(), 0);
        let every = |rate: u32| Duration::from_secs(1) / rate;
        let mut next_end = start;
        for number in 0..come * seconds {
            let now = start + every(come) * number;
            while next_end <= now {
                if let Some(since) = waiting.pop_front() {
                    state.ends();
                    waits.push(next_end.saturating_duration_since(since));
                }
                next_end += every(end);
            }
            match state.admits(now) {
                true => waiting.push_back(now),
                false => refused += 1,
            }
        }
        waits.sort_unstable();
        (waits, refused)
    }

    #[test]
    fn ten_times_what_can_be_answered_leaves_the_others_their_time() {
        let seconds = 60;
        for end in [100, 250, 2000] {
            let (waits, refused) = simulate(end * 10, end, seconds);
            let inside = u32::try_from(ALWAYS).expect("few");
            let most = LONGEST.max(Duration::from_secs(1) / end * inside);
            let p99 = waits[waits.len() * 99 / 100];
            assert!(p99 <= most + FIRST, "{end}: {p99:?} > {most:?}");
            let answered = u32::try_from(waits.len()).expect("few");
            let all = end * seconds;
            assert!(answered > all * 95 / 100, "{end}: {answered} of {all}");
            assert!(refused > all * 85 / 10, "{end}: {refused}");
        }
    }

    #[test]
    fn what_can_be_answered_is_not_refused() {
        for end in [100, 2000, 20_000] {
            let (_, refused) = simulate(end * 95 / 100, end, 10);
            assert_eq!(refused, 0, "{end}");
        }
        // A crowd that comes at once is admitted, whatever its number.
        let (mut state, now) = (InsideState::new(5), Instant::now());
        assert!((0..2000).all(|_| state.admits(now)));
    }

    #[test]
    fn few_requests_are_admitted_however_long_they_take() {
        let (mut state, start) = (InsideState::new(5), Instant::now());
        for second in 0..ALWAYS {
            let now = start + Duration::from_secs(second as u64);
            assert!(state.admits(now), "{second}");
        }
        let later = start + Duration::from_secs(1000);
        assert!(!state.admits(later));
        for _ in 0..ALWAYS {
            state.ends();
        }
        assert!(state.admits(later));
    }

    #[test]
    fn a_request_that_finds_a_connection_is_not_refused() {
        // A hundred connections, each of which needs a second for a request.
        let (mut state, start) = (InsideState::new(100), Instant::now());
        for number in 0..1000_u64 {
            let now = start + Duration::from_millis(number * 10);
            if number >= 100 {
                state.ends();
            }
            assert!(state.admits(now), "{number}");
        }
        // With twice as many, a further one waits for a second.
        let later = start + Duration::from_secs(10);
        assert!((0..=100).all(|_| state.admits(later)));
        assert!(!state.admits(later + FIRST));
    }

    #[test]
    fn a_request_leaves_when_it_is_dropped() {
        let admission = Admission::new(5);
        let admitted: Vec<_> = (0..10).map(|_| admission.enter()).collect();
        assert_eq!(admission.state().inside, 10);
        drop(admitted);
        assert_eq!(admission.state().inside, 0);
    }
}
