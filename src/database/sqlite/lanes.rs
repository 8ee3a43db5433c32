//! Lanes: lists that are known to be slow leave a thread to the others, and lists leave one to single rows.
//!
//! 1. All threads but one work on lists that took long of late; further ones wait beside the queue.
//! 2. Single rows go to a thread of their own while as many lists wait or are read as there are threads.

use std::{
    cell::RefCell,
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{fetch::Watch, jobs::Job, stage::Stage};

/// A statement that took longer is slow; one that never ran is not.
const SLOW: Duration = Duration::from_millis(50);
const NEVER_RUN: Duration = Duration::from_micros(u32::MAX as u64);

/// How many lists there are, and the slow ones that wait.
pub(super) struct Lanes {
    threads: usize,
    /// Those that wait or are read.
    lists: AtomicUsize,
    /// Slow ones that are read.
    slow: AtomicUsize,
    waiting: Mutex<VecDeque<Box<Job>>>,
    /// How many there are, for those that need not look.
    count: AtomicUsize,
}

/// A list that waits or is read.
pub(super) struct ListTurn(Arc<Lanes>);

/// A slow list that is read.
struct SlowTurn<'l>(&'l Lanes);

/// A job that is worked on, with its turn if it is slow.
pub(super) struct Lane<'l> {
    stage: &'l Stage,
    lanes: &'l Lanes,
    turn: RefCell<Option<SlowTurn<'l>>>,
}

impl Lanes {
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads,
            lists: AtomicUsize::new(0),
            slow: AtomicUsize::new(0),
            waiting: Mutex::default(),
            count: AtomicUsize::new(0),
        }
    }

    /// Whether a single row might have to wait for a list.
    pub(super) fn are_full(&self) -> bool {
        self.lists.load(Ordering::Relaxed) >= self.threads
    }

    pub(super) fn lane<'l>(&'l self, stage: &'l Stage) -> Lane<'l> {
        Lane {
            stage,
            lanes: self,
            turn: RefCell::new(None),
        }
    }

    /// Lets a slow list wait until another one is done.
    pub(super) fn wait(&self, job: Box<Job>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push_back(job);
        self.count.store(waiting.len(), Ordering::Relaxed);
    }

    /// The slow list that has waited longest, if it may be read now.
    pub(super) fn next(&self) -> Option<Box<Job>> {
        let is_free = self.slow.load(Ordering::Relaxed) + 1 < self.threads;
        if self.count.load(Ordering::Relaxed) == 0 || !is_free {
            return None;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let next = waiting.pop_front();
        self.count.store(waiting.len(), Ordering::Relaxed);
        next
    }

    fn slow_turn(&self) -> Option<SlowTurn<'_>> {
        let before = self.slow.fetch_add(1, Ordering::Relaxed);
        let turn = SlowTurn(self);
        (before + 1 < self.threads).then_some(turn)
    }
}

impl ListTurn {
    pub(super) fn new(lanes: &Arc<Lanes>) -> Self {
        lanes.lists.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(lanes))
    }
}

impl Drop for ListTurn {
    fn drop(&mut self) {
        self.0.lists.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for SlowTurn<'_> {
    fn drop(&mut self) {
        self.0.slow.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Watch for Lane<'_> {
    fn is_over(&self) -> bool {
        self.stage.is_over()
    }

    fn admits(&self, took: Duration) -> bool {
        if took <= SLOW || took >= NEVER_RUN {
            return true;
        }
        let mut turn = self.turn.borrow_mut();
        if turn.is_none() {
            *turn = self.lanes.slow_turn();
        }
        turn.is_some()
    }

    fn counts(&self, counts: bool) {
        self.stage.counts(counts);
    }
}
