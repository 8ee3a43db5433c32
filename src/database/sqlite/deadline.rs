//! The time limits of a unit of work on the writing thread, which the waiting request enforces.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{super::words::busy, handle::Interrupt};
use crate::error::Result;

/// The interval after which a statement that exceeds its limit is interrupted again. An interrupt has no effect if it
/// comes just before the statement begins.
const AGAIN: Duration = Duration::from_millis(20);

/// The time limit for the beginning of a unit, and for each of its statements. It is shared between the request and the
/// writing thread.
#[derive(Clone)]
pub(super) struct Deadline(Arc<Inner>);

struct Inner {
    limit: Duration,
    progress: Mutex<Progress>,
}

enum Progress {
    Waiting {
        since: Instant,
    },
    /// No statement of the unit is running.
    Begun,
    Running {
        since: Instant,
        limit: Duration,
        interrupt: Interrupt,
    },
    /// The request has given up before the unit began.
    Abandoned,
}

impl Deadline {
    pub(super) fn new(limit: Duration) -> Self {
        let since = Instant::now();
        Self(Arc::new(Inner {
            limit,
            progress: Mutex::new(Progress::Waiting { since }),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        let progress = self.0.progress.lock();
        progress.unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the unit as begun; returns `false` if the request has given up, so that the unit must not run.
    pub(super) fn begin(&self) -> bool {
        let mut progress = self.lock();
        match *progress {
            Progress::Abandoned => false,
            Progress::Waiting { .. } | Progress::Begun | Progress::Running { .. } => {
                *progress = Progress::Begun;
                true
            }
        }
    }

    /// Runs a statement of the unit on this thread; the request interrupts it if it exceeds its limit.
    pub(super) fn within<T>(
        &self,
        limit: Duration,
        interrupt: &Interrupt,
        statement: impl FnOnce() -> T,
    ) -> T {
        *self.lock() = Progress::Running {
            since: Instant::now(),
            limit,
            interrupt: interrupt.clone(),
        };
        // Dropped also after a panic: a later interrupt would stop the statement of another unit.
        let _end = EndOnDrop(self);
        statement()
    }

    /// Returns how long the request waits until it checks the limit.
    pub(super) fn patience(&self) -> Duration {
        match &*self.lock() {
            Progress::Waiting { since } => self.0.limit.saturating_sub(since.elapsed()),
            Progress::Running { since, limit, .. } => {
                limit.saturating_sub(since.elapsed()).max(AGAIN)
            }
            Progress::Begun | Progress::Abandoned => self.0.limit,
        }
    }

    /// Interrupts the running statement if it has exceeded its limit.
    ///
    /// # Errors
    ///
    /// When the unit has not begun in time. It is abandoned then, so that it never begins.
    pub(super) fn check(&self) -> Result<()> {
        let mut progress = self.lock();
        match &*progress {
            Progress::Waiting { since } if since.elapsed() >= self.0.limit => {
                *progress = Progress::Abandoned;
                Err(busy())
            }
            Progress::Running {
                since,
                limit,
                interrupt,
            } if since.elapsed() >= *limit => {
                interrupt.stop();
                Ok(())
            }
            Progress::Waiting { .. }
            | Progress::Begun
            | Progress::Running { .. }
            | Progress::Abandoned => Ok(()),
        }
    }
}

/// A running statement, which is over when this is dropped.
struct EndOnDrop<'d>(&'d Deadline);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        *self.0.lock() = Progress::Begun;
    }
}
