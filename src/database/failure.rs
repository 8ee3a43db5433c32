//! The errors for clients when a database or its pool fails: a code, and a message without the database's own words.

use sqlx::error::{DatabaseError, ErrorKind};

#[cfg(feature = "mysql")]
use super::mysql::codes::{code_of as mysql_code, is_conflict as mysql_conflict};
#[cfg(feature = "postgres")]
use super::postgres::codes::{code_of as postgres_code, is_conflict as postgres_conflict};
#[cfg(feature = "sqlite")]
use super::sqlite::codes::code_of as sqlite_code;
use super::violation::{Violation, ViolationKind, conflict};
pub(super) use super::words::{busy, error_of, too_slow};
use crate::error::{Code, Error};

/// Converts the error of a program's own sqlx statement by `?`. The message of the sqlx error is only logged.
///
/// - A row that breaks a unique or foreign key is a 409, and a row that breaks a CHECK is a 400, as for other writes.
///   The error names no column, since the statement may be about any table.
/// - After a deadlock, a hook or a manager's transaction is run again if it returns this error.
/// - A locked database is a 503, for example, and a mistake in the statement a 500.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(inner) = &error else {
            return failed(error);
        };
        let violation = match inner.kind() {
            ErrorKind::UniqueViolation => Some(ViolationKind::Unique),
            ErrorKind::ForeignKeyViolation => Some(ViolationKind::ForeignKey),
            ErrorKind::CheckViolation => Some(ViolationKind::Check),
            _ => None,
        };
        match violation {
            Some(kind) => Violation::new(kind, error).of_an_action(),
            None if is_conflict(&**inner) => conflict(error),
            None => failed(error),
        }
    }
}

/// Returns the error that clients get for an sqlx error. The message of the sqlx error is only logged.
pub(super) fn failed(error: sqlx::Error) -> Error {
    error_of(code_of(&error)).with_source(error)
}

/// Returns the error for a catalog that cannot be read at start-up. The database's own message is part of the error,
/// since no client sees it.
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
            super::sqlite::codes::advice(&error, std::path::Path::new(""))
        }
        _ => "",
    };
    #[cfg(not(feature = "sqlite"))]
    let advice = "";
    let detail = format!("the database does not say what it has: {words}{advice}");
    Error::new(code_of(&error), detail).with_source(error)
}

/// Returns the error code for an sqlx error.
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

/// Defines `code_of_database` and `is_conflict` from one line for each database: its feature, the type of its errors,
/// the function that returns their code, and the one that returns whether the transaction may succeed if it is run again.
macro_rules! codes {
    ($($feature:literal $error:ty => $code:expr, $is_conflict:expr;)+) => {
        /// Returns the error code for an error that the database itself returned.
        fn code_of_database(error: &dyn DatabaseError) -> Code {
            $(
                #[cfg(feature = $feature)]
                if let Some(error) = error.try_downcast_ref::<$error>() {
                    let code: fn(&$error) -> Code = $code;
                    return code(error);
                }
            )+
            Code::Internal
        }

        /// Whether a transaction failed because of another transaction, so that it may succeed if it is run again.
        fn is_conflict(error: &dyn DatabaseError) -> bool {
            $(
                #[cfg(feature = $feature)]
                if error.try_downcast_ref::<$error>().is_some() {
                    let is_conflict: fn(&dyn DatabaseError) -> bool = $is_conflict;
                    return is_conflict(error);
                }
            )+
            false
        }
    };
}

codes! {
    "sqlite" sqlx::sqlite::SqliteError => |error| {
        let code = error.code().and_then(|code| code.parse().ok());
        sqlite_code(code.unwrap_or_default(), error.message())
    }, |_| false;
    "postgres" sqlx::postgres::PgDatabaseError => |error| {
        postgres_code(error.code(), error.r#where().unwrap_or_default())
    }, postgres_conflict;
    "mysql" sqlx::mysql::MySqlDatabaseError => |error| mysql_code(error.number()), mysql_conflict;
}
