//! The failures of a reading (the statements for one answer) on a server.

use crate::{
    database::failure::{error_of, failed},
    error::{Code, Error, SERVER_FAILED},
    statement::{Statement, TWO_ROWS},
};

/// The SQLSTATE of a subselect that has more rows than one.
const TOO_MANY_ROWS: &str = "21000";

#[derive(Debug)]
pub(in crate::database) enum Failure {
    /// An error that the client gets as the answer, such as that the requested object or page does not exist.
    Answered(Error),
    /// The database failed, or cannot be reached.
    Database(sqlx::Error),
    /// A bug in this crate, such as a value that the driver cannot bind.
    Mismatch(String),
    /// A column holds values that cannot be read as the model's type.
    Schema(String),
    /// Counting the rows took too long.
    Uncounted,
    /// The reading exceeded the time limit of the answer.
    Slow(Error),
    /// The rows exceed the size limit of an answer; the rest is not read.
    TooLarge(Error),
}

impl Failure {
    /// Returns the failure of a statement that reads. One that ends itself since a regular expression takes too long to be
    /// searched for has taken too long.
    pub(super) fn of_reading(error: sqlx::Error, statement: &Statement) -> Self {
        let inner = error.as_database_error();
        let state = inner.and_then(sqlx::error::DatabaseError::code);
        let has_two_rows = state.as_deref() == Some(TOO_MANY_ROWS);
        match has_two_rows && statement.plan.sql.contains(TWO_ROWS) {
            true => Self::Answered(error_of(Code::Timeout).with_source(error)),
            false => Self::Database(error),
        }
    }

    /// Returns the client's error with this code, whatever the code of the database's error.
    pub(super) fn into_error_of(self, code: Code) -> Error {
        match self {
            Self::Database(error) => error_of(code).with_source(error),
            failure => failure.into_error(),
        }
    }

    /// Returns the error for the client.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Answered(error) | Self::Slow(error) | Self::TooLarge(error) => error,
            Self::Database(error) => failed(error),
            Self::Mismatch(words) => Error::new(Code::Internal, SERVER_FAILED).with_source(words),
            Self::Schema(words) => error_of(Code::SchemaMismatch).with_source(words),
            Self::Uncounted => error_of(Code::Timeout),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Answered(error)
    }
}
