//! The words in which a client is told of a failure, whatever the database.

use std::time::Duration;

use crate::error::{Code, Error, SERVER_FAILED};

/// The error of a code, in words for a client.
pub(super) fn error_of(code: Code) -> Error {
    let detail = match code {
        Code::Busy => "the database is busy; try again in a moment",
        Code::Timeout => "the database took too long; ask for less, or try again later",
        Code::Unavailable => "the database cannot be reached; try again later",
        Code::SchemaMismatch => {
            "the database lacks something the API serves; the server's log says what"
        }
        _ => SERVER_FAILED,
    };
    Error::new(code, detail)
}

/// The error of a request that waited in vain.
pub(super) fn busy() -> Error {
    error_of(Code::Busy)
}

/// The error of a reading that took longer than it may.
pub(super) fn too_slow(limit: Duration) -> Error {
    let detail =
        format!("the database took longer than {limit:?}; ask for less, or try again later");
    Error::new(Code::Timeout, detail)
}
