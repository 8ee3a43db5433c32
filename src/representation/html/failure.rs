//! The errors of templates.

use crate::error::{Code, Error, SERVER_FAILED};

/// Returns the internal error for a template that fails, which only a bug of this crate makes.
pub(super) fn failed(error: askama::Error) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(error)
}
