//! What a failure of a database, or of the pool before it, is to a client: a code and words without the database's own.

use sqlx::error::DatabaseError;

#[cfg(feature = "mysql")]
use super::mysql::code_of as mysql_code;
#[cfg(feature = "postgres")]
use super::postgres::code_of as postgres_code;
#[cfg(feature = "sqlite")]
use super::sqlite::failure::code_of as sqlite_code;
pub(super) use super::words::{busy, error_of, too_slow};
use crate::error::{Code, Error};

/// So that `?` passes on what a statement of one's own failed of: a database that is locked is 503, its words go to the
/// log.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        failed(error)
    }
}

/// What a failure of sqlx is to a client. Its words go to the log only.
pub(super) fn failed(error: sqlx::Error) -> Error {
    error_of(code_of(&error)).with_source(error)
}

/// The same where a database is asked what it has, at start-up: its words are for whoever starts the program.
pub(super) fn unread(error: sqlx::Error) -> Error {
    let words = match &error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        error => error.to_string(),
    };
    #[cfg(feature = "sqlite")]
    let advice = match &error {
        sqlx::Error::Database(inner)
            if inner
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some() =>
        {
            super::sqlite::failure::advice(&error, std::path::Path::new(""))
        }
        _ => "",
    };
    #[cfg(not(feature = "sqlite"))]
    let advice = "";
    let detail = format!("the database does not say what it has: {words}{advice}");
    Error::new(code_of(&error), detail).with_source(error)
}

pub(super) fn code_of(error: &sqlx::Error) -> Code {
    match error {
        sqlx::Error::PoolTimedOut => Code::Busy,
        sqlx::Error::Database(error) => code_of_database(&**error),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Code::Unavailable,
        _ => Code::Internal,
    }
}

/// By what the database says of itself.
fn code_of_database(error: &dyn DatabaseError) -> Code {
    #[cfg(feature = "sqlite")]
    if error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some()
    {
        let code = error.code().and_then(|code| code.parse().ok());
        return sqlite_code(code.unwrap_or_default(), error.message());
    }
    #[cfg(feature = "postgres")]
    if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return postgres_code(error.code());
    }
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return mysql_code(error.number());
    }
    Code::Internal
}
