//! The failures of a reading (the statements for one answer) of SQLite.

use super::{
    super::{
        failure::{error_of, failed},
        violation::Violation,
    },
    codes::{code_of, violation},
};
use crate::error::{Code, Error, SERVER_FAILED};

/// The failure of a reading (the statements for one answer).
#[derive(Debug)]
pub(in super::super) enum Failure {
    /// An error that the client gets as the answer, such as that the requested object or page does not exist.
    Answered(Error),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// sqlx could not provide the connection, or has lost it.
    Lost(sqlx::Error),
    /// A statement and its values do not match: a bug in this crate.
    Mismatch(String),
    /// The request was dropped.
    Over,
}

impl Failure {
    /// Whether the connection or its file failed, so that another connection may succeed.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Sqlite(error) => code_of(result_code(error), "") == Code::Unavailable,
            Self::Answered(_) | Self::Mismatch(_) | Self::Over => false,
        }
    }

    /// Whether the statement waited too long for the lock of another connection.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if code_of(result_code(error), "") == Code::Busy)
    }

    /// Returns the violation of a constraint that the failure reports; the failure itself if it reports another error.
    pub(super) fn violation(self) -> Result<Violation, Self> {
        let Self::Sqlite(rusqlite::Error::SqliteFailure(error, Some(message))) = &self else {
            return Err(self);
        };
        violation(error.extended_code, message).ok_or(self)
    }

    /// Returns the error for the client.
    pub(in super::super) fn into_error(self) -> Error {
        match self {
            Self::Answered(error) => error,
            Self::Lost(error) => failed(error),
            Self::Mismatch(words) => Error::new(Code::Internal, SERVER_FAILED).with_source(words),
            Self::Over => error_of(Code::Timeout),
            Self::Sqlite(error) => {
                let message = match &error {
                    rusqlite::Error::SqliteFailure(_, Some(message)) => message.as_str(),
                    _ => "",
                };
                error_of(code_of(result_code(&error), message)).with_source(error)
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Answered(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Returns SQLite's extended result code.
fn result_code(error: &rusqlite::Error) -> i32 {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => error.extended_code,
        _ => 0,
    }
}
