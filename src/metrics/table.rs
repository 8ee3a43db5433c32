//! The table of all metrics: names, kinds, units, labels and meanings.

/// The names of labels.
pub(super) const METHOD: &str = "http.request.method";
pub(super) const STATUS: &str = "http.response.status_code";
pub(super) const MODEL: &str = "tower_rest.model";
pub(super) const OPERATION: &str = "tower_rest.operation";
pub(super) const SYSTEM: &str = "db.system.name";
pub(super) const ERROR: &str = "error.type";
pub(super) const STATE: &str = "db.client.connection.state";
pub(super) const QUEUE: &str = "tower_rest.queue";
pub(super) const REMEDY: &str = "tower_rest.remedy";
pub(super) const SHARED: &str = "tower_rest.shared";
pub(super) const RESULT: &str = "tower_rest.result";

/// The kind of a metric.
#[cfg(feature = "metrics")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// A number that only grows.
    Counter,
    /// A number that grows and shrinks.
    Gauge,
    /// The distribution of numbers, such as durations.
    Histogram,
}

/// A metric that this crate records by the facade crate `metrics` (feature `metrics`).
///
/// Names are those of OpenTelemetry's semantic conventions where these have one, else they begin with `tower_rest.`.
///
/// ```
/// use tower_rest::{Metric, MetricKind};
/// let requests = Metric::ALL.iter().find(|metric| metric.name == "http.server.request.duration");
/// assert_eq!(requests.map(|metric| metric.kind), Some(MetricKind::Histogram));
/// ```
#[cfg(feature = "metrics")]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// The name: `http.server.request.duration`.
    pub name: &'static str,
    /// Whether it is a counter, a gauge or a histogram.
    pub kind: MetricKind,
    /// The unit, as OpenTelemetry writes it: `s` for seconds, else what is counted, in braces.
    pub unit: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// Its meaning.
    pub meaning: &'static str,
}

/// Defines the constant of each metric's name, and `Metric::ALL`.
macro_rules! metrics {
    ($($constant:ident $name:literal $kind:ident $unit:literal [$($label:ident),*] $meaning:literal;)+) => {
        $(pub(super) const $constant: &str = $name;)+

        #[cfg(feature = "metrics")]
        impl Metric {
            /// All metrics.
            pub const ALL: &'static [Self] = &[$(Self {
                name: $constant,
                kind: MetricKind::$kind,
                unit: $unit,
                labels: &[$($label),*],
                meaning: $meaning,
            }),+];
        }
    };
}

metrics! {
    REQUEST_DURATION "http.server.request.duration" Histogram "s" [METHOD, STATUS, MODEL, OPERATION]
        "Time from a request to the head of its response.";
    ACTIVE_REQUESTS "http.server.active_requests" Gauge "{request}" [METHOD]
        "Requests whose responses have not begun.";
    ERRORS "tower_rest.errors" Counter "{error}" [ERROR]
        "Responses that report an error, by its code.";
    STATEMENT_DURATION "db.client.operation.duration" Histogram "s" [SYSTEM, MODEL, OPERATION, ERROR]
        "Time of a statement. With an error type, it failed or was stopped.";
    SLOW_STATEMENTS "tower_rest.slow_statements" Counter "{statement}" [SYSTEM, MODEL, OPERATION]
        "Statements slower than the threshold, logged or not.";
    CONNECTIONS "db.client.connection.count" Gauge "{connection}" [SYSTEM, STATE]
        "Open connections of pools, by whether they are `idle` or `used`.";
    MOST_CONNECTIONS "db.client.connection.max" Gauge "{connection}" [SYSTEM]
        "Connections that the pools may open.";
    WAIT_TIME "db.client.connection.wait_time" Histogram "s" [SYSTEM, QUEUE]
        "Time that work waits for a connection.";
    WAITING "db.client.connection.pending_requests" Gauge "{request}" [SYSTEM, QUEUE]
        "Work that waits for a connection now.";
    RETRIES "tower_rest.retries" Counter "{retry}" [REMEDY]
        "Work that runs again after a failure, by what is done about it.";
    SHARED_READINGS "tower_rest.shared_readings" Counter "{reading}" [SHARED]
        "Answers that a `statement` or a `count` of another request gave.";
    REMEMBERED_COUNTS "tower_rest.remembered_counts" Counter "{lookup}" [RESULT]
        "Totals of lists of SQLite looked up in memory: `hit` or `miss`.";
    PLANS "tower_rest.plans" Counter "{lookup}" [RESULT]
        "Texts of statements looked up in the cache: `hit` or `miss`.";
    EXPORTS "tower_rest.active_exports" Gauge "{export}" [SYSTEM]
        "Exports that run now.";
}
