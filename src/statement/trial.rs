//! [`Trial`]: whether a statement that commits itself may be used, as its shape's earlier writes have shown.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long a statement is not used after it was found unfit.
const REST: Duration = Duration::from_secs(60);
const UNTRIED: u64 = 0;
const FIT: u64 = u64::MAX;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What is known of a statement that commits itself, shared between threads: nothing, that it is fit, or the
/// millisecond until which it counts as unfit.
#[derive(Debug, Default)]
pub(crate) struct Trial(AtomicU64);

/// The knowledge about a statement that commits itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fitness {
    Untried,
    Fit,
    Unfit,
}

impl Trial {
    pub(crate) fn fitness(&self) -> Fitness {
        match self.0.load(Ordering::Relaxed) {
            UNTRIED => Fitness::Untried,
            FIT => Fitness::Fit,
            until if now() < until => Fitness::Unfit,
            _ => Fitness::Untried,
        }
    }

    /// Notes whether the statement is fit. One that is not is untried again after a minute.
    pub(crate) fn note(&self, is_fit: bool) {
        let rest = u64::try_from(REST.as_millis()).unwrap_or(FIT);
        let state = match is_fit {
            true => FIT,
            false => now().saturating_add(rest).clamp(1, FIT - 1),
        };
        self.0.store(state, Ordering::Relaxed);
    }
}

fn now() -> u64 {
    u64::try_from(START.elapsed().as_millis()).unwrap_or(FIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfit_statement_is_untried_again_later() {
        let trial = Trial::default();
        assert_eq!(trial.fitness(), Fitness::Untried);
        trial.note(true);
        assert_eq!(trial.fitness(), Fitness::Fit);
        trial.note(false);
        assert_eq!(trial.fitness(), Fitness::Unfit);
        trial.0.store(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(5));
        let _ = now();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(trial.fitness(), Fitness::Untried);
    }
}
