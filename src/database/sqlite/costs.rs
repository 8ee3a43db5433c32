//! The costs of earlier readings (each the statements for one answer), by kind: readings that differ only in their
//! values are of one kind. The cost of a kind decides in which lane (queue) its next reading waits.
//!
//! 1. The cost is the number of steps of SQLite's virtual machine, which does not depend on the load of the computer.
//!    Some steps read a whole index, so the elapsed time is taken instead if it is much longer than the steps explain.
//! 2. A kind's cost decays slowly after a cheaper reading, since the next reading may have the values of the dearest
//!    one. The cost of a kind in the dear lane is ignored after some seconds, since the computer's load may have been
//!    its cause.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use super::lanes::Lane;

/// The highest cost of a reading (the statements for one answer) in the quick lane, the queue of quick readings.
const QUICK: Duration = Duration::from_millis(2);
/// The highest cost of a reading (the statements for one answer) in the moderate lane, a queue.
const MODERATE: Duration = Duration::from_millis(100);
/// The approximate duration of a step of SQLite's virtual machine.
const STEP: Duration = Duration::from_nanos(40);
/// The divisor that turns an elapsed time into a cost. It is more than one, since the time includes waits for other
/// work.
const DOUBT: u32 = 8;
/// The time, in seconds, after which the cost of a kind of reading in the dear lane (the queue of slow readings) is
/// ignored.
const BELIEVED: u32 = 10;

/// The most kinds of reading whose costs are remembered. Without a limit, clients could add any number of them.
const MOST: usize = 4096;

/// The cost of each kind of reading (the statements for one answer).
#[derive(Debug)]
pub(super) struct Costs {
    known: RwLock<HashMap<u64, Cost>>,
    since: Instant,
}

#[derive(Debug)]
struct Cost {
    micros: AtomicU32,
    /// When the last reading of the kind ended, in seconds since `Costs::since`.
    at: AtomicU32,
}

impl Costs {
    pub(super) fn new() -> Self {
        Self {
            known: RwLock::default(),
            since: Instant::now(),
        }
    }

    /// Returns the lane (queue) in which a reading of this kind waits; `None` if its cost is unknown, or is that of the
    /// dear lane and more than some seconds old.
    pub(super) fn lane(&self, kind: u64) -> Option<Lane> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let cost = known.get(&kind)?;
        let micros = cost.micros.load(Ordering::Relaxed);
        match Duration::from_micros(micros.into()) {
            cost if cost <= QUICK => Some(Lane::Quick),
            cost if cost <= MODERATE => Some(Lane::Moderate),
            _ => {
                let age = self.now().saturating_sub(cost.at.load(Ordering::Relaxed));
                (age < BELIEVED).then_some(Lane::Dear)
            }
        }
    }

    /// Whether a reading whose statements took this many steps of SQLite's virtual machine belongs in the quick lane.
    pub(super) fn are_quick(steps: u32) -> bool {
        STEP * steps <= QUICK
    }

    /// Records the steps of SQLite's virtual machine and the duration of a reading of this kind, as its cost.
    pub(super) fn learn(&self, kind: u64, steps: u32, took: Duration) {
        self.set(kind, (STEP * steps).max(took / DOUBT));
    }

    /// Records that a reading of this kind took too long for its lane and was stopped; `next` is the lane in which it
    /// restarts.
    pub(super) fn overran(&self, kind: u64, next: Lane) {
        let cost = match next {
            Lane::Quick | Lane::Moderate => QUICK * 4,
            Lane::Dear => MODERATE * 2,
        };
        self.set(kind, cost);
    }

    fn set(&self, kind: u64, cost: Duration) {
        let micros = u32::try_from(cost.as_micros()).unwrap_or(u32::MAX);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(cost) = known.get(&kind) {
            let before = cost.micros.load(Ordering::Relaxed);
            cost.micros
                .store(micros.max(before - before / 8), Ordering::Relaxed);
            cost.at.store(self.now(), Ordering::Relaxed);
            return;
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        let cost = Cost {
            micros: AtomicU32::new(micros),
            at: AtomicU32::new(self.now()),
        };
        known.insert(kind, cost);
    }

    fn now(&self) -> u32 {
        u32::try_from(self.since.elapsed().as_secs()).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_as_dear_as_its_dearest_of_late() {
        let costs = Costs::new();
        assert_eq!(costs.lane(1), None);
        // A short wait for a processor does not make a kind dear.
        costs.learn(1, 300, Duration::from_millis(10));
        assert_eq!(costs.lane(1), Some(Lane::Quick));
        costs.learn(1, 1_000_000, Duration::from_millis(30));
        assert_eq!(costs.lane(1), Some(Lane::Moderate));
        costs.overran(1, Lane::Dear);
        for _ in 0..3 {
            assert_eq!(costs.lane(1), Some(Lane::Dear));
            costs.learn(1, 300, Duration::from_micros(20));
        }
        (0..60).for_each(|_| costs.learn(1, 300, Duration::from_micros(20)));
        assert_eq!(costs.lane(1), Some(Lane::Quick));
        // A single step may count a whole table.
        costs.learn(2, 10, Duration::from_secs(1));
        assert_eq!(costs.lane(2), Some(Lane::Dear));
        (10..10 + MOST as u64).for_each(|kind| costs.learn(kind, 1, Duration::ZERO));
        assert!(costs.known.read().expect("a lock").len() <= MOST);
    }

    #[test]
    fn that_something_is_dear_is_believed_for_some_seconds() {
        let mut costs = Costs::new();
        costs.learn(1, 0, Duration::from_secs(9));
        assert_eq!(costs.lane(1), Some(Lane::Dear));
        if let Some(earlier) = costs.since.checked_sub(Duration::from_secs(11)) {
            costs.since = earlier;
            assert_eq!(costs.lane(1), None);
        }
    }
}
