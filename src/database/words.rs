//! How long requests wait, and the messages that clients get when a database fails, the same for every database.

use std::time::Duration;

use crate::error::{Code, Error, SERVER_FAILED};

/// The longest time that a request waits for a connection, a thread or a permit, and for a connection to be opened.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Returns the error with this code, and the message that clients get for it.
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

/// Returns the error of a request that has waited too long for a connection.
pub(super) fn busy() -> Error {
    error_of(Code::Busy)
}

/// Returns the error of an answer that took longer than its time limit.
pub(super) fn too_slow(limit: Duration) -> Error {
    let detail =
        format!("the database took longer than {limit:?}; ask for less, or try again later");
    Error::new(Code::Timeout, detail)
}
