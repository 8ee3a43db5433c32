//! The calls of the crate `metrics`, which no other file names.
//!
//! The recorder is looked up for each measurement, since the program may install it at any time.

use metrics::{
    Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, SharedString, Unit,
    with_recorder,
};

use super::{
    labels::{LabelValue, Labels},
    table::{Metric, MetricKind},
};

static METADATA: Metadata<'static> = Metadata::new("tower_rest", Level::INFO, Some(module_path!()));

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

impl Metric {
    /// Gives the units and meanings of all metrics to the installed recorder.
    ///
    /// [`Router::build`](crate::Router::build) does so, too: call this only if the recorder is installed later.
    ///
    /// ```
    /// tower_rest::Metric::describe_all();
    /// ```
    pub fn describe_all() {
        for metric in Self::ALL {
            let unit = match metric.unit {
                "s" => Unit::Seconds,
                _ => Unit::Count,
            };
            with_recorder(|recorder| {
                let describe = match metric.kind {
                    MetricKind::Counter => Recorder::describe_counter,
                    MetricKind::Gauge => Recorder::describe_gauge,
                    MetricKind::Histogram => Recorder::describe_histogram,
                };
                describe(
                    recorder,
                    metric.name.into(),
                    Some(unit),
                    metric.meaning.into(),
                );
            });
        }
    }
}
