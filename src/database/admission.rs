//! [`Admission`]: how many requests may be in a database at once, running or waiting for a connection.
//!
//! 1. The wait of a further request is estimated: until those before it have left it a connection, as fast as requests
//!    have ended lately.
//! 2. Half of a number of requests are always admitted, and the other half unless they would wait for so long that they
//!    would be refused later.
//! 3. Above that number, a further one is refused at once if it would have to wait for long. So the others keep their
//!    time, and the memory is bounded.
//! 4. A crowd that comes all at once, such as one that a restart has held up, is admitted, since nothing is known of how
//!    fast its requests end.

use std::{
    error::Error as _,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::words::{LONGEST_WAIT, busy};
use crate::error::{Code, Error, Result};

/// The number of requests that may wait for [`PATIENCE`]; twice the number of connections, if that is more. The first
/// half is always admitted.
const PATIENT: usize = 128;

/// The longest estimated wait of a request that is one of [`PATIENT`]: half of the time for which it may wait.
const PATIENCE: Duration = Duration::from_millis(LONGEST_WAIT.as_secs() * 1000 / 2);

/// The longest estimated wait of a further request.
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
    /// `None` until half of the [`PATIENT`] are inside, and again once no more than the connections are.
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
struct Admitted<'a> {
    admission: &'a Admission,
    /// Whether it has had a connection.
    has_run: bool,
}

impl Admission {
    /// Returns the admission to a database that has so many connections.
    pub(super) fn new(connections: usize) -> Self {
        Self(Mutex::new(InsideState::new(connections)))
    }

    /// Does the work of a request.
    ///
    /// # Errors
    ///
    /// When it would have to wait too long, and those of the work.
    pub(super) async fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut admitted = self.enter()?;
        let done = work.await;
        // The error of a wait that was too long is no other error's.
        let was_late = |error: &Error| error.code() == Code::Busy && error.source().is_none();
        admitted.has_run = !done.as_ref().is_err_and(was_late);
        done
    }

    fn enter(&self) -> Result<Admitted<'_>> {
        match self.state().admits(Instant::now()) {
            true => Ok(Admitted {
                admission: self,
                has_run: false,
            }),
            false => Err(busy()),
        }
    }

    fn state(&self) -> MutexGuard<'_, InsideState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        self.admission.state().ends(self.has_run);
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

    /// Returns the number of requests that may wait for [`PATIENCE`].
    fn patient(&self) -> usize {
        PATIENT.max(self.connections.saturating_mul(2))
    }

    /// Counts a request as one inside, unless it would have to wait too long.
    fn admits(&mut self, now: Instant) -> bool {
        let limit = self.patient();
        if self.inside >= limit / 2 {
            let (least, most) = match self.inside >= limit {
                true => (FIRST, LONGEST),
                // A short standstill, such as a lock, says little.
                false => (WINDOW / 2, PATIENCE),
            };
            if self.wait(now, least) > most {
                return false;
            }
        }
        self.inside += 1;
        true
    }

    /// Returns how long a further request would have to wait; zero as long as the crowd is observed for less than `least`.
    fn wait(&mut self, now: Instant, least: Duration) -> Duration {
        let before = self.inside.saturating_sub(self.connections);
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let crowd = self.crowd.get_or_insert(Crowd {
            since: now,
            ended: 0,
        });
        let observed = now.saturating_duration_since(crowd.since);
        if observed < least {
            return Duration::ZERO;
        }
        let wait = observed.saturating_mul(before) / crowd.ended.max(1);
        if observed > WINDOW {
            crowd.since += observed / 2;
            crowd.ended /= 2;
        }
        wait
    }

    fn ends(&mut self, has_run: bool) {
        self.inside -= 1;
        match &mut self.crowd {
            // It is remembered while some of it wait. A request that has had no connection says nothing of their pace.
            Some(crowd) if self.inside > self.connections => {
                crowd.ended = crowd.ended.saturating_add(u32::from(has_run));
            }
            Some(_) | None => self.crowd = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// The longest wait for a connection.
    const LATE: Duration = Duration::from_secs(2);

    /// What came of requests.
    #[derive(Default)]
    struct Simulated {
        /// The waits of those that were answered, in order.
        waits: Vec<Duration>,
        /// How many were refused at once, and how many after a wait.
        refused: u32,
        late: u32,
    }

    /// Lets requests come at a rate for some seconds, of which so many end in each second, one after the other.
    fn simulate(come: u32, end: u32, seconds: u32) -> Simulated {
        let (mut state, start) = (InsideState::new(1), Instant::now());
        let (mut waiting, mut done) = (VecDeque::<Instant>::new(), Simulated::default());
        let every = |rate: u32| Duration::from_secs(1) / rate;
        let mut next_end = start;
        for number in 0..come * seconds {
            let now = start + every(come) * number;
            while next_end <= now {
                while waiting
                    .front()
                    .is_some_and(|&since| next_end > since + LATE)
                {
                    waiting.pop_front();
                    state.ends(false);
                    done.late += 1;
                }
                if let Some(since) = waiting.pop_front() {
                    state.ends(true);
                    done.waits.push(next_end.saturating_duration_since(since));
                }
                next_end += every(end);
            }
            match state.admits(now) {
                true => waiting.push_back(now),
                false => done.refused += 1,
            }
        }
        done.waits.sort_unstable();
        done
    }

    #[test]
    fn ten_times_what_can_be_answered_leaves_the_others_their_time() {
        let seconds = 60;
        for end in [40, 100, 250, 2000] {
            let Simulated {
                waits,
                refused,
                late,
            } = simulate(end * 10, end, seconds);
            let inside = u32::try_from(PATIENT).expect("few");
            let most = LONGEST.max((Duration::from_secs(1) / end * inside).min(LATE));
            let p99 = waits[waits.len() * 99 / 100];
            assert!(p99 <= most + FIRST, "{end}: {p99:?} > {most:?}");
            let half = Duration::from_secs(1) / end * inside / 2;
            let middle = waits[waits.len() / 2];
            let longest = PATIENCE.max(LONGEST).max(half) + FIRST;
            assert!(middle <= longest, "{end}: {middle:?}");
            let answered = u32::try_from(waits.len()).expect("few");
            let all = end * seconds;
            assert!(answered > all * 95 / 100, "{end}: {answered} of {all}");
            assert!(refused > all * 85 / 10, "{end}: {refused}");
            // Those of the crowd with which it began.
            assert!(late < inside, "{end}: {late}");
        }
    }

    #[test]
    fn what_can_be_answered_is_not_refused() {
        for end in [100, 2000, 20_000] {
            let done = simulate(end * 95 / 100, end, 10);
            assert_eq!(done.refused + done.late, 0, "{end}");
        }
        // A crowd that comes at once is admitted, whatever its number.
        let (mut state, now) = (InsideState::new(5), Instant::now());
        assert!((0..2000).all(|_| state.admits(now)));
    }

    #[test]
    fn few_requests_are_admitted_however_long_they_take() {
        let (mut state, start) = (InsideState::new(5), Instant::now());
        for second in 0..PATIENT / 2 {
            let now = start + Duration::from_secs(second as u64);
            assert!(state.admits(now), "{second}");
        }
    }

    #[test]
    fn a_request_that_would_be_refused_later_is_refused_at_once() {
        let (mut state, start) = (InsideState::new(5), Instant::now());
        assert!((0..PATIENT).all(|_| state.admits(start)), "it may be quick");
        (0..10).for_each(|_| state.ends(true));
        let later = start + Duration::from_secs(1);
        assert!(
            !state.admits(later),
            "of more than a hundred, ten have ended"
        );
        (0..50).for_each(|_| state.ends(false));
        assert!(
            !state.admits(later),
            "those that were refused took no time of a connection"
        );
        (0..PATIENT / 2).for_each(|_| state.ends(true));
        assert!(state.admits(later));
    }

    #[test]
    fn a_request_that_finds_a_connection_is_not_refused() {
        // A hundred connections, each of which needs a second for a request.
        let (mut state, start) = (InsideState::new(100), Instant::now());
        for number in 0..1000_u64 {
            let now = start + Duration::from_millis(number * 10);
            if number >= 100 {
                state.ends(true);
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
