//! Why a reading on a server came to nothing.

use super::{
    super::failure::{code_of, error_of, failed},
    Server,
};
use crate::error::{Code, Error, SERVER_FAILED};

#[derive(Debug)]
pub(in super::super) enum Failure {
    /// What was asked for is not there.
    Answered(Error),
    /// The database failed, or cannot be reached.
    Database(sqlx::Error),
    /// A statement and its values do not fit: a mistake in this crate.
    Mismatch(String),
    /// A column holds what cannot be read as the model has it.
    Schema(String),
    /// Counting the rows took too long.
    Uncounted,
    /// The reading took too long.
    Slow(Error),
    /// The rows are more than are held: those that follow are not waited for.
    TooLarge(Error),
}

impl Failure {
    /// Whether another connection might succeed where this one cannot.
    pub(super) fn is_lost<S: Server>(&self) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => S::is_lost(&**error),
            Self::Database(error) => code_of(error) == Code::Unavailable,
            _ => false,
        }
    }

    /// Whether what is prepared on the connection must be prepared anew.
    pub(super) fn is_stale<S: Server>(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if S::is_stale(&**error))
    }

    /// Tells whether the reading must compare texts in another character set.
    pub(super) fn is_unfit<S: Server>(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if S::is_unfit(&**error))
    }

    /// Whether the connection is still in step with its server.
    pub(super) fn leaves_in_step<S: Server>(&self) -> bool {
        match self {
            Self::Answered(_) | Self::Schema(_) | Self::Mismatch(_) => true,
            Self::Database(sqlx::Error::Database(_)) => !self.is_lost::<S>(),
            Self::Database(_) | Self::Uncounted | Self::Slow(_) | Self::TooLarge(_) => false,
        }
    }

    /// What it is to a client.
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
