//! What a failure of SQLite is to a client.

use super::super::failure::{error_of, failed};
use crate::error::{Code, Error, SERVER_FAILED};

/// Why a reading came to nothing.
#[derive(Debug)]
pub(in super::super) enum Failure {
    /// What was asked for is not there.
    Answered(Error),
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// sqlx has no connection any more.
    Lost(sqlx::Error),
    /// A statement and its values do not fit: a mistake in this crate.
    Mismatch(String),
    /// Nobody wants the answer.
    Over,
}

impl Failure {
    /// Whether another connection might succeed where this one cannot.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Lost(_) => true,
            Self::Sqlite(error) => code_of(result_code(error), "") == Code::Unavailable,
            Self::Answered(_) | Self::Mismatch(_) | Self::Over => false,
        }
    }

    /// What it is to a client.
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

/// SQLite's result code, extended.
fn result_code(error: &rusqlite::Error) -> i32 {
    match error {
        rusqlite::Error::SqliteFailure(error, _) => error.extended_code,
        _ => 0,
    }
}

/// By SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
pub(in super::super) fn code_of(code: i32, message: &str) -> Code {
    match code & 0xff {
        1 if message.starts_with("no such table") || message.starts_with("no such column") => {
            Code::SchemaMismatch
        }
        // BUSY, LOCKED
        5 | 6 => Code::Busy,
        // INTERRUPT
        9 => Code::Timeout,
        // PERM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB
        3 | 8 | 10 | 11 | 13 | 14 | 15 | 26 => Code::Unavailable,
        _ => Code::Internal,
    }
}
