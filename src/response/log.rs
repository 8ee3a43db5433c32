//! Logging the error of an answer that failed.

use std::error::Error as _;

use http::StatusCode;

use crate::error::Error;

/// Logs an error with its causes: at level `debug` if it was logged before, `warn` if its status is 503, else `error`.
pub(super) fn log(error: &Error) {
    let mut causes = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    let code = error.code().name();
    if error.is_silent() {
        tracing::debug!(code, "{error}{causes}");
    } else if error.status() == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(code, "{error}{causes}");
    } else {
        tracing::error!(code, "{error}{causes}");
    }
}
