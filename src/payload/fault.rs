//! Errors of request bodies.

use crate::error::{Code, Error};

/// Returns the error of a body that cannot be read.
pub(super) fn malformed(detail: impl Into<String>) -> Error {
    Error::new(Code::MalformedBody, detail)
}
