//! [`Frame`]: the statements with which a transaction that may write begins and ends.
//!
//! Where the server may end a transaction [without an error](super::protocol::Protocol::manual_commit):
//!
//! 1. A savepoint marks the transaction. Its absence shows that the transaction has ended, so that it is run again.
//! 2. Nothing is committed but by `COMMIT`. So a statement that follows such an end cannot commit itself.

use std::sync::Arc;

use super::{
    failure::Failure,
    protocol::{Connection, ManualCommit},
    statements::Server,
};
use crate::{
    database::violation::{conflict, ended_inside},
    error::{Error, Result},
};

/// The statement that sets a savepoint as a mark in a new transaction. The mark disappears when the transaction ends.
const MARK: &str = "SAVEPOINT tower_rest";
/// The statement that removes the mark; it fails if the transaction has ended.
pub(super) const IS_MARKED: &str = "RELEASE SAVEPOINT tower_rest";

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TransactionEnd {
    Commit,
    RollBack,
}

/// The statements around a transaction that may write.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frame(Option<ManualCommit>);

impl Frame {
    pub(super) const fn new(manual_commit: Option<ManualCommit>) -> Self {
        Self(manual_commit)
    }

    /// Whether the transaction may end without an error.
    pub(super) const fn is_needed(self) -> bool {
        self.0.is_some()
    }

    /// Returns the statements that mark a new transaction.
    pub(super) fn mark(self) -> Arc<str> {
        match self.0 {
            // The settings come last, so that they are those of before if the mark fails.
            Some(manual) => format!("{MARK}; {}", manual.begin).into(),
            None => MARK.into(),
        }
    }

    /// Adds the mark to the statement that begins a transaction, if it is needed.
    pub(super) fn begin(self, begin: String) -> Arc<str> {
        match self.is_needed() {
            true => format!("{begin}; {}", self.mark()).into(),
            false => begin.into(),
        }
    }

    /// Returns the statements that end the transaction, or what has come after its end.
    pub(super) fn end(self, end: TransactionEnd) -> Arc<str> {
        let end = match end {
            TransactionEnd::Commit => "COMMIT",
            TransactionEnd::RollBack => "ROLLBACK",
        };
        match self.0 {
            Some(manual) => format!("{end}; {}", manual.end).into(),
            None => end.into(),
        }
    }

    /// Checks that the transaction has not ended, and removes its mark, if it is needed.
    ///
    /// # Errors
    ///
    /// When it has ended: a conflict, after which it may be run again, unless it was committed.
    pub(super) async fn check<S: Server>(self, connection: &mut Connection<S>) -> Result<()> {
        if !self.is_needed() {
            return Ok(());
        }
        match S::execute(connection, IS_MARKED.into()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.ended::<S>(connection, error).await),
        }
    }

    /// Returns the error of a transaction whose mark could not be removed: a conflict if it was not a statement of the
    /// program that has ended it, and committed it.
    pub(super) async fn ended<S: Server>(
        self,
        connection: &mut Connection<S>,
        error: sqlx::Error,
    ) -> Error {
        let is_refused = |error: &sqlx::Error| matches!(error, sqlx::Error::Database(error) if !S::is_lost(&**error));
        if !self.is_needed() || !is_refused(&error) {
            return Failure::Database(error).conflicting::<S>();
        }
        match S::has_committed(connection).await {
            Ok(false) => conflict(error),
            Ok(true) => ended_inside(),
            Err(error) => Failure::Database(error).conflicting::<S>(),
        }
    }
}
