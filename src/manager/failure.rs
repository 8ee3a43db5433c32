//! The error of a mistake in a program's manager, hook or layer.

use crate::error::{BoxError, Code, Error, SERVER_FAILED};

/// Returns the error of a mistake in the program; its details are not sent to the client.
pub(super) fn failed(words: impl Into<BoxError>) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
