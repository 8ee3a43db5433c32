//! [`Counting`]: how many counts of long lists run at once.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant as Deadline,
};

use super::permits::permit;
use crate::error::Result;

/// The permits to count a long list. They are asked for only while readings (each the statements for one answer) share
/// their counts: a reading that waits is then joined by others of its list, so that fewer counts answer more readings.
/// Lists that are all different are counted by as many connections as there are.
pub(super) struct Counting {
    permits: Arc<Semaphore>,
    /// How many readings one count has lately answered, in sixteenths.
    answered: AtomicU32,
}

/// The number of readings for one count, in sixteenths, from which counts wait for a permit.
const IS_SHARED: u32 = 24;

impl Counting {
    /// Creates the permits for a pool in which `readings` run at once: half of its connections may count.
    pub(super) fn new(readings: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new((readings / 2).max(1))),
            answered: AtomicU32::new(16),
        }
    }

    /// Records that one count answers this many readings.
    pub(super) fn record(&self, readings: usize) {
        let readings = u32::try_from(readings.min(64)).unwrap_or(64);
        let before = self.answered.load(Ordering::Relaxed);
        let after = (before * 15 + readings * 16) / 16;
        self.answered.store(after, Ordering::Relaxed);
    }

    /// Whether a count waits for a permit.
    pub(super) fn is_limited(&self) -> bool {
        self.answered.load(Ordering::Relaxed) >= IS_SHARED
    }

    /// Waits for the permit to count; fails after the deadline `by`.
    pub(super) async fn permit(&self, by: Deadline) -> Result<OwnedSemaphorePermit> {
        permit(&self.permits, by).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_limited_while_each_answers_several_readings() {
        let counting = Counting::new(5);
        assert_eq!(counting.permits.available_permits(), 2);
        for _ in 0..100 {
            counting.record(1);
        }
        assert!(!counting.is_limited());
        for _ in 0..20 {
            counting.record(3);
        }
        assert!(counting.is_limited());
        for _ in 0..50 {
            counting.record(1);
        }
        assert!(!counting.is_limited());
        counting.record(usize::MAX);
        assert!(counting.is_limited());
    }

    #[test]
    fn one_connection_may_always_count() {
        for readings in [0, 1, 2, 3] {
            assert_eq!(Counting::new(readings).permits.available_permits(), 1);
        }
    }
}
