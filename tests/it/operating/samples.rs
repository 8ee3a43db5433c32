//! Samples in Prometheus' text format, and the names by which Prometheus knows the metrics of the table.

use std::collections::BTreeMap;

use tower_rest::{Metric, MetricKind};

/// A line of the text: a name, labels and a number.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// The name of a label or metric as Prometheus writes it.
pub(super) fn sanitized(name: &str) -> String {
    name.replace('.', "_")
}

/// The name of a metric as Prometheus writes it: with its unit, and `total` for a counter.
pub(super) fn prometheus_name(metric: &Metric) -> String {
    let unit = if metric.unit == "s" { "_seconds" } else { "" };
    let total = match metric.kind {
        MetricKind::Counter => "_total",
        _ => "",
    };
    format!("{}{unit}{total}", sanitized(metric.name))
}

/// The metric of each name that a sample can have.
pub(super) fn sample_names() -> BTreeMap<String, &'static Metric> {
    let names = Metric::ALL.iter().flat_map(|metric| {
        let name = prometheus_name(metric);
        let names = match metric.kind {
            MetricKind::Histogram => ["_bucket", "_sum", "_count"]
                .map(|part| format!("{name}{part}"))
                .to_vec(),
            _ => vec![name],
        };
        names.into_iter().map(move |name| (name, metric))
    });
    names.collect()
}

/// Reads the samples of a text; the labels have no quotes or commas in their values.
pub(super) fn samples(text: &str) -> Vec<Sample> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (key, value) = line.rsplit_once(' ').expect("a number");
            let (name, labels) = key.split_once('{').unwrap_or((key, ""));
            let labels = labels.trim_end_matches('}').split(',');
            let labels = labels.filter(|label| !label.is_empty()).map(|label| {
                let (name, value) = label.split_once('=').expect("a value");
                (name.to_owned(), value.trim_matches('"').to_owned())
            });
            Sample {
                name: name.to_owned(),
                labels: labels.collect(),
                value: value.parse().expect("a number"),
            }
        })
        .collect()
}

/// The sum of the samples of a name that have these labels.
pub(super) fn sum(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let has = |sample: &&Sample, (name, value): &(&str, &str)| {
        sample.labels.get(*name).map(String::as_str) == Some(value)
    };
    let own = samples.iter().filter(|sample| sample.name == name);
    let own = own.filter(|sample| labels.iter().all(|label| has(sample, label)));
    own.map(|sample| sample.value).sum()
}
