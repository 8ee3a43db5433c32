//! What a failure of SQLite, or of the pool before it, is to a client: a code and words without the database's own.

use crate::error::{Code, Error, SERVER_FAILED};

/// Why a reading came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
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
    pub(super) fn into_error(self) -> Error {
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

/// So that `?` passes on what a statement of one's own failed of: a database that is locked is 503, its words go to the
/// log.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        failed(error)
    }
}

/// What a failure of sqlx is to a client. Its words go to the log only.
pub(super) fn failed(error: sqlx::Error) -> Error {
    let code = match &error {
        sqlx::Error::PoolTimedOut => Code::Busy,
        sqlx::Error::Database(error) => {
            let code = error.code().and_then(|code| code.parse().ok());
            code_of(code.unwrap_or_default(), error.message())
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            Code::Unavailable
        }
        _ => Code::Internal,
    };
    error_of(code).with_source(error)
}

fn error_of(code: Code) -> Error {
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

/// By SQLite's primary result codes: <https://www.sqlite.org/rescode.html>.
fn code_of(code: i32, message: &str) -> Code {
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
