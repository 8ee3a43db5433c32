//! Logging the error of an answer that failed.

use std::error::Error as _;

use http::StatusCode;

use crate::error::Error;

/// Logs an error with its causes and the id of its request, if that has one: at level `debug` if it was logged before, `warn` if its status is 503, else `error`.
pub(super) fn log(error: &Error, request_id: Option<&str>) {
    let mut causes = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    let code = error.code().name();
    if error.is_silent() {
        tracing::debug!(code, request_id, "{error}{causes}");
    } else if error.status() == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(code, request_id, "{error}{causes}");
    } else {
        tracing::error!(code, request_id, "{error}{causes}");
    }
}
