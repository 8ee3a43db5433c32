//! What a failure of SQLite is to a client.

use std::{fs::File, io::Read as _, path::Path};

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

    /// Whether it waited for another's lock in vain.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self, Self::Sqlite(error) if code_of(result_code(error), "") == Code::Busy)
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

/// Returns what whoever starts the program can do about a file that cannot be opened or read, after a semicolon.
pub(in super::super) fn advice(error: &sqlx::Error, path: &Path) -> &'static str {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    let code: i32 = code.and_then(|code| code.parse().ok()).unwrap_or_default();
    match code & 0xff {
        // BUSY, LOCKED
        5 | 6 => "; another program has locked it: close that program, or wait until it is done",
        // READONLY, CANTOPEN
        8 | 10 | 14 if path.is_dir() => "; it is a folder: name a file in it",
        8 | 14 if is_write_ahead(path) => {
            "; it is in WAL mode, which needs files beside it: let this user write to its folder, or, if no program \
             writes to it, open it by a URL as `sqlite:file.db?immutable=true`"
        }
        8 | 14 if path.exists() => "; let this user read it, and its folder",
        14 => "; to make a new file, end the URL in `?mode=rwc`",
        // NOTADB
        26 => {
            "; it is a file of another kind, or an encrypted database: give a database that SQLite can read"
        }
        // CORRUPT
        11 => "; it is damaged: `sqlite3 file .recover` may save its rows",
        _ => "",
    }
}

/// Tells whether the header of a database says that it has a write-ahead log: <https://www.sqlite.org/fileformat.html>.
fn is_write_ahead(path: &Path) -> bool {
    let mut header = [0; 20];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.ends_with(&[2, 2])
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
