//! The error for the internal failure of an action.

use crate::error::{BoxError, Code, Error, SERVER_FAILED};

/// Returns the client's error for an internal failure of an action: a panic, or a value that cannot be serialized as
/// JSON.
pub(super) fn failed(why: impl Into<BoxError>) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(why)
}
