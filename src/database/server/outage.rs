//! [`Outage`]: a server that cannot be reached is asked for connections only now and then, and other requests are
//! answered at once.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The pauses between tries to connect: the shortest, which doubles with each failure, and the longest. A random part of
/// up to half a pause is left out, so that many processes do not try at the same moments.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

/// Whether the server can be reached, as far as is known.
#[derive(Default)]
pub(super) struct Outage(Mutex<Option<FailedTries>>);

/// A server that could not be reached.
#[derive(Clone, Copy)]
struct FailedTries {
    /// How many tries in sequence have failed.
    times: u32,
    /// When the next try may begin.
    until: Instant,
}

impl Outage {
    /// Whether a try to connect is likely to fail, so that a request is answered at once. If not, and the last try has
    /// failed, this caller is the only one that tries now.
    pub(super) fn is_on(&self) -> bool {
        let mut known = self.known();
        let Some(failed) = &mut *known else {
            return false;
        };
        let now = Instant::now();
        if now < failed.until {
            return true;
        }
        // Others wait for this try, or for the longest pause if it never ends.
        failed.until = now + LONGEST;
        false
    }

    /// Notes that the server cannot be reached.
    pub(super) fn begins(&self) {
        let mut known = self.known();
        let times = known.map_or(0, |failed| failed.times);
        let until = Instant::now() + pause(times);
        let times = times.saturating_add(1);
        *known = Some(FailedTries { times, until });
    }

    /// Notes that the server can be reached.
    pub(super) fn ends(&self) {
        *self.known() = None;
    }

    fn known(&self) -> MutexGuard<'_, Option<FailedTries>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the pause after a number of failures before the last one.
fn pause(failures: u32) -> Duration {
    let whole = SHORTEST.saturating_mul(1 << failures.min(10)).min(LONGEST);
    let half = whole / 2;
    let most = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).max(1);
    let random = RandomState::new().hash_one(failures) % most;
    half + Duration::from_micros(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit_and_differ() {
        for (failures, least, most) in [
            (0, 50, 100),
            (3, 400, 800),
            (5, 1000, 2000),
            (99, 1000, 2000),
        ] {
            let pauses: Vec<_> = (0..50).map(|_| pause(failures)).collect();
            let within = Duration::from_millis(least)..=Duration::from_millis(most);
            assert!(
                pauses.iter().all(|pause| within.contains(pause)),
                "{pauses:?}"
            );
            assert!(pauses.iter().any(|pause| Some(pause) != pauses.first()));
        }
    }

    #[test]
    fn one_caller_tries_and_the_others_are_answered() {
        let outage = Outage::default();
        assert!(!outage.is_on() && !outage.is_on());
        outage.begins();
        assert!(outage.is_on());
        std::thread::sleep(Duration::from_millis(110));
        assert!(!outage.is_on());
        assert!(outage.is_on());
        outage.ends();
        assert!(!outage.is_on() && !outage.is_on());
    }
}
