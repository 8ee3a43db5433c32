//! The progress of a job (the statements for one answer), shared between its request and its thread.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    super::{
        failure::{busy, too_slow},
        reading::COUNT_BUDGET,
    },
    fetch::Watch,
    handle::Interrupt,
};
use crate::{database::words::LONGEST_WAIT, error::Result};

/// The interval at which a waiting request checks whether its job has begun, so that it can stop the job in time.
const LOOKOUT: Duration = Duration::from_millis(50);

/// The progress of a job (the statements for one answer), shared between its request and its thread.
#[derive(Clone)]
pub(super) struct JobStage(Arc<Mutex<JobState>>);

enum JobState {
    Waiting {
        since: Instant,
    },
    Running {
        since: Instant,
        interrupt: Interrupt,
        counting: Counting,
        leash: Leash,
        /// The number of steps of SQLite's virtual machine that the job's statements have taken.
        steps: u32,
    },
    /// The job is done, or the request was dropped.
    Over,
}

/// Whether the rows of a list are being counted.
enum Counting {
    No,
    Since(Instant),
    /// The count took too long and was stopped.
    Stopped,
}

/// The time limit of a job in its lane (a queue by expected cost), which is shorter than that of the answer.
enum Leash {
    Free,
    For(Duration),
    /// The job took longer and was stopped.
    Overrun,
}

impl JobStage {
    fn lock(&self) -> MutexGuard<'_, JobState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn new() -> Self {
        let since = Instant::now();
        Self(Arc::new(Mutex::new(JobState::Waiting { since })))
    }

    /// Marks a waiting job as running; returns `false` if its request was dropped, so that the job must not run.
    pub(super) fn begin(&self, interrupt: &Interrupt, leash: Option<Duration>) -> bool {
        let mut at = self.lock();
        if let JobState::Waiting { .. } = *at {
            *at = JobState::Running {
                since: Instant::now(),
                interrupt: interrupt.clone(),
                counting: Counting::No,
                leash: leash.map_or(Leash::Free, Leash::For),
                steps: 0,
            };
        }
        !matches!(*at, JobState::Over)
    }

    /// Marks a running job as waiting again, unless the request was dropped.
    pub(super) fn wait_again(&self) {
        let mut at = self.lock();
        if let JobState::Running { .. } = *at {
            let since = Instant::now();
            *at = JobState::Waiting { since };
        }
    }

    /// Marks the job as over, so that a later stop does not reach the next job on the connection.
    pub(super) fn end(&self) {
        *self.lock() = JobState::Over;
    }

    /// Stops the job at once, and marks it as over.
    pub(super) fn stop(&self) {
        let mut at = self.lock();
        if let JobState::Running { interrupt, .. } = &*at {
            interrupt.stop();
        }
        *at = JobState::Over;
    }

    /// Stops the job's statement if it counts rows and has taken too long for that.
    pub(super) fn stop_counting(&self) {
        if let JobState::Running {
            interrupt,
            counting,
            ..
        } = &mut *self.lock()
            && matches!(counting, Counting::Since(since) if since.elapsed() >= COUNT_BUDGET)
        {
            interrupt.stop();
            *counting = Counting::Stopped;
        }
    }

    /// Stops the job if it has exceeded the time limit of its lane.
    pub(super) fn stop_overrun(&self) {
        if let JobState::Running {
            since,
            interrupt,
            leash,
            ..
        } = &mut *self.lock()
            && matches!(leash, Leash::For(longest) if since.elapsed() >= *longest)
        {
            interrupt.stop();
            *leash = Leash::Overrun;
        }
    }

    /// Whether the job was stopped because it exceeded the time limit of its lane.
    pub(super) fn overran(&self) -> bool {
        matches!(
            &*self.lock(),
            JobState::Running {
                leash: Leash::Overrun,
                ..
            }
        )
    }

    /// Returns the number of steps of SQLite's virtual machine that the job's statements have taken.
    pub(super) fn steps(&self) -> u32 {
        match &*self.lock() {
            JobState::Running { steps, .. } => *steps,
            JobState::Waiting { .. } | JobState::Over => 0,
        }
    }

    /// Whether a count of rows was stopped because it took too long. A second call returns `false`.
    pub(super) fn stopped_counting(&self) -> bool {
        match &mut *self.lock() {
            JobState::Running { counting, .. } if matches!(counting, Counting::Stopped) => {
                *counting = Counting::No;
                true
            }
            _ => false,
        }
    }

    /// Returns how long the request may wait until it must check the job again, or an error if it has waited too long:
    /// for a thread, or, beyond `limit`, for the answer.
    pub(super) fn patience(&self, limit: Duration) -> Result<Duration> {
        Ok(match &*self.lock() {
            JobState::Over => limit,
            JobState::Waiting { since } if since.elapsed() >= LONGEST_WAIT => return Err(busy()),
            JobState::Waiting { since } => {
                (LONGEST_WAIT.saturating_sub(since.elapsed())).min(LOOKOUT)
            }
            JobState::Running { since, .. } if since.elapsed() >= limit => {
                return Err(too_slow(limit));
            }
            JobState::Running {
                since,
                counting,
                leash,
                ..
            } => {
                let mut left = limit.saturating_sub(since.elapsed());
                if let Leash::For(longest) = leash {
                    left = left.min(longest.saturating_sub(since.elapsed()));
                }
                match counting {
                    Counting::Since(since) => {
                        left.min(COUNT_BUDGET.saturating_sub(since.elapsed()))
                    }
                    Counting::No | Counting::Stopped => left.min(COUNT_BUDGET),
                }
            }
        })
    }
}

impl Watch for JobStage {
    fn is_over(&self) -> bool {
        matches!(*self.lock(), JobState::Over)
    }

    fn counts(&self, counts: bool) {
        if let JobState::Running { counting, .. } = &mut *self.lock()
            && !matches!(counting, Counting::Stopped)
        {
            *counting = match counts {
                true => Counting::Since(Instant::now()),
                false => Counting::No,
            };
        }
    }

    fn took(&self, taken: i32) {
        if let JobState::Running { steps, .. } = &mut *self.lock() {
            *steps = steps.saturating_add(taken.unsigned_abs());
        }
    }
}

/// A guard that stops a job when its request is dropped.
pub(super) struct StopOnDrop(pub(super) JobStage);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
