//! The only file that names the crate `metrics`. Without the feature `metrics`, its functions are empty.

use std::time::Duration;
#[cfg(feature = "metrics")]
use std::time::Instant;

/// The value of a label.
#[derive(Clone, Copy, Debug)]
pub(super) enum LabelValue<'a> {
    Fixed(&'static str),
    /// A name that the program's description of the API has, such as that of a model.
    Named(&'a str),
}

/// The labels of a measurement, each with its name.
pub(super) type Labels<'a> = &'a [(&'static str, LabelValue<'a>)];

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
    pub(super) fn elapsed(&self) -> Duration {
        #[cfg(feature = "metrics")]
        return self.started.elapsed();
        #[cfg(not(feature = "metrics"))]
        Duration::ZERO
    }
}

/// The calls of the crate `metrics`. The recorder is looked up for each measurement, since the program may install it at
/// any time.
#[cfg(feature = "metrics")]
mod registry {
    use metrics::{
        Counter, Gauge, Histogram, Key, Label, Level, Metadata, SharedString, with_recorder,
    };

    use super::{LabelValue, Labels};

    static METADATA: Metadata<'static> =
        Metadata::new("tower_rest", Level::INFO, Some(module_path!()));

    fn key(name: &'static str, labels: Labels<'_>) -> Key {
        let value = |value: &LabelValue<'_>| match *value {
            LabelValue::Fixed(value) => SharedString::const_str(value),
            LabelValue::Named(value) => SharedString::from(value.to_owned()),
        };
        let labels = labels.iter();
        let labels: Vec<Label> = labels
            .map(|(name, of)| Label::new(*name, value(of)))
            .collect();
        Key::from_parts(name, labels)
    }

    pub(super) fn counter(name: &'static str, labels: Labels<'_>) -> Counter {
        let key = key(name, labels);
        with_recorder(|recorder| recorder.register_counter(&key, &METADATA))
    }

    pub(super) fn gauge(name: &'static str, labels: Labels<'_>) -> Gauge {
        let key = key(name, labels);
        with_recorder(|recorder| recorder.register_gauge(&key, &METADATA))
    }

    pub(super) fn histogram(name: &'static str, labels: Labels<'_>) -> Histogram {
        let key = key(name, labels);
        with_recorder(|recorder| recorder.register_histogram(&key, &METADATA))
    }
}
