//! Recording: the functions that do nothing without the feature `metrics`.

use std::time::Duration;
#[cfg(feature = "metrics")]
use std::time::Instant;

use super::labels::Labels;
#[cfg(feature = "metrics")]
use super::registry;

/// Adds one to a counter.
#[inline]
pub(super) fn count(name: &'static str, labels: Labels<'_>) {
    #[cfg(feature = "metrics")]
    registry::counter(name, labels).increment(1);
    #[cfg(not(feature = "metrics"))]
    let _ = (name, labels);
}

/// Adds a number, which may be negative, to a gauge.
#[inline]
pub(super) fn change(name: &'static str, labels: Labels<'_>, by: i32) {
    #[cfg(feature = "metrics")]
    registry::gauge(name, labels).increment(f64::from(by));
    #[cfg(not(feature = "metrics"))]
    let _ = (name, labels, by);
}

/// Records a duration in a histogram of seconds.
#[inline]
pub(super) fn record(name: &'static str, labels: Labels<'_>, time: Duration) {
    #[cfg(feature = "metrics")]
    registry::histogram(name, labels).record(time.as_secs_f64());
    #[cfg(not(feature = "metrics"))]
    let _ = (name, labels, time);
}

/// The time since a moment. Without the feature, the clock is not read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch {
    #[cfg(feature = "metrics")]
    started: Instant,
}

impl Stopwatch {
    #[inline]
    pub(super) fn start() -> Self {
        Self {
            #[cfg(feature = "metrics")]
            started: Instant::now(),
        }
    }

    #[inline]
    #[cfg_attr(
        not(feature = "metrics"),
        expect(clippy::unused_self, reason = "no time is kept")
    )]
    pub(super) fn elapsed(self) -> Duration {
        #[cfg(feature = "metrics")]
        return self.started.elapsed();
        #[cfg(not(feature = "metrics"))]
        Duration::ZERO
    }
}
