//! Metrics: one function or guard for each thing that is measured. Without the feature `metrics`, all of them are empty.
//!
//! 1. All names are in one table, [`table`]; only `registry.rs` names the crate `metrics`.
//! 2. The values of labels are bounded: they are those of a list in the code, or names that the program's description of
//!    the API has. None comes from a path, a value or a client.
//! 3. Gauges are changed by differences, so that those of several databases add up.

mod labels;
mod pool;
mod recorder;
#[cfg(feature = "metrics")]
mod registry;
mod table;
mod wait;

use std::time::Duration;

use http::{Extensions, Method, StatusCode};

pub(crate) use self::pool::{ConnectionInUse, PoolMeter};
#[cfg(feature = "metrics")]
pub use self::table::{Metric, MetricKind};
pub(crate) use self::wait::{ConnectionQueue, ConnectionWait};
use self::{
    labels::LabelValue::{Fixed, Named},
    recorder::{Stopwatch, change, count, record},
};

/// Gives the units and meanings of all metrics to the recorder, if one is installed.
pub(crate) fn describe() {
    #[cfg(feature = "metrics")]
    Metric::describe_all();
}

/// Returns the method of a request, or `_OTHER` if it is not one that HTTP defines.
pub(crate) fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "QUERY" => "QUERY",
        "TRACE" => "TRACE",
        "CONNECT" => "CONNECT",
        _ => "_OTHER",
    }
}

/// A request that is being answered. When it is dropped, the request is no longer active.
#[derive(Debug)]
pub(crate) struct ActiveRequest {
    method: &'static str,
    stopwatch: Stopwatch,
}

/// The model and the operation of a request, kept in the extensions of its response while that passes through layers.
#[derive(Clone)]
struct QuestionNote {
    model: Option<String>,
    operation: String,
}

/// Notes in the extensions of a response what its request has asked for.
pub(crate) fn note_question(extensions: &mut Extensions, model: Option<&str>, operation: &str) {
    if cfg!(feature = "metrics") {
        extensions.insert(QuestionNote {
            model: model.map(str::to_owned),
            operation: operation.to_owned(),
        });
    }
}

impl ActiveRequest {
    pub(crate) fn begin(method: &Method) -> Self {
        let method = method_name(method);
        change(table::ACTIVE_REQUESTS, &[(table::METHOD, Fixed(method))], 1);
        Self {
            method,
            stopwatch: Stopwatch::start(),
        }
    }

    /// Records the request, whose response has this status and these extensions.
    pub(crate) fn answered(&self, status: StatusCode, extensions: &mut Extensions) {
        if !cfg!(feature = "metrics") {
            return;
        }
        let asked = extensions.remove::<QuestionNote>();
        let model = asked.as_ref().and_then(|asked| asked.model.as_deref());
        let operation = asked.as_ref().map_or("", |asked| &asked.operation);
        let labels = [
            (table::METHOD, Fixed(self.method)),
            (table::STATUS, Named(status.as_str())),
            (table::MODEL, Named(model.unwrap_or_default())),
            (table::OPERATION, Named(operation)),
        ];
        record(table::REQUEST_DURATION, &labels, self.stopwatch.elapsed());
    }
}

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        let labels = [(table::METHOD, Fixed(self.method))];
        change(table::ACTIVE_REQUESTS, &labels, -1);
    }
}

/// Counts a response that reports an error with this code.
pub(crate) fn failed(code: &'static str) {
    count(table::ERRORS, &[(table::ERROR, Fixed(code))]);
}

/// A statement, as metrics tell it from others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatementLabels<'a> {
    pub(crate) system: &'static str,
    pub(crate) model: &'a str,
    pub(crate) operation: &'static str,
}

impl StatementLabels<'_> {
    /// Records how long the statement took, and whether it ended well.
    pub(crate) fn ran(self, time: Duration, ended_well: bool) {
        let error = if ended_well { "" } else { "_OTHER" };
        let labels = [
            (table::SYSTEM, Fixed(self.system)),
            (table::MODEL, Named(self.model)),
            (table::OPERATION, Fixed(self.operation)),
            (table::ERROR, Fixed(error)),
        ];
        record(table::STATEMENT_DURATION, &labels, time);
    }

    /// Counts the statement as a slow one.
    pub(crate) fn was_slow(self) {
        let labels = [
            (table::SYSTEM, Fixed(self.system)),
            (table::MODEL, Named(self.model)),
            (table::OPERATION, Fixed(self.operation)),
        ];
        count(table::SLOW_STATEMENTS, &labels);
    }
}

/// Counts work that runs again after a failure.
pub(crate) fn retried(remedy: &'static str) {
    count(table::RETRIES, &[(table::REMEDY, Fixed(remedy))]);
}

/// Counts an answer that another request gave: by its `statement`, or by its `count` of a list.
pub(crate) fn shared(by: &'static str) {
    count(table::SHARED_READINGS, &[(table::SHARED, Fixed(by))]);
}

/// Counts a look at the remembered total of a list.
pub(crate) fn looked_up_count(is_known: bool) {
    let labels = [(table::RESULT, Fixed(hit_or_miss(is_known)))];
    count(table::REMEMBERED_COUNTS, &labels);
}

/// Counts a look into the cache of plans.
pub(crate) fn looked_up_plan(is_known: bool) {
    count(
        table::PLANS,
        &[(table::RESULT, Fixed(hit_or_miss(is_known)))],
    );
}

const fn hit_or_miss(is_hit: bool) -> &'static str {
    if is_hit { "hit" } else { "miss" }
}

/// An export that runs. When it is dropped, the export has ended.
#[derive(Debug)]
pub(crate) struct ActiveExport {
    system: &'static str,
}

impl ActiveExport {
    pub(crate) fn begin(system: &'static str) -> Self {
        change(table::EXPORTS, &[(table::SYSTEM, Fixed(system))], 1);
        Self { system }
    }
}

impl Drop for ActiveExport {
    fn drop(&mut self) {
        let labels = [(table::SYSTEM, Fixed(self.system))];
        change(table::EXPORTS, &labels, -1);
    }
}
