//! [`Origin`]: where the connection of a transaction that lends it is from.

use std::sync::Arc;

use sqlx::error::DatabaseError;

use super::{connection_cache::ConnectionCache, failure::Failure, statements::Server};
use crate::error::Error;

/// The pool that the connection of a transaction is from, and what is known of the connection.
pub(super) struct Origin<S: Server> {
    pub(super) cache: Arc<ConnectionCache<S>>,
    /// The number by which the server identifies the connection.
    pub(super) number: i64,
    /// The generation of the prepared statements of the connection.
    pub(super) generation: u64,
    /// Whether all statements of the transaction read from one snapshot, as those of a GET request do.
    pub(super) is_snapshot: bool,
}

impl<S: Server> Origin<S> {
    /// Sees to it that the connection, which is about to go back to the pool, is not used again if its prepared statements
    /// are stale by now.
    pub(super) fn retire(&self) {
        if self.generation != self.cache.source.generation() {
            self.cache.source.retire(self.number);
        }
    }

    /// Returns the error of a failure, after which the transaction can only be rolled back; it is marked as a conflict if
    /// the transaction may succeed when it is run again.
    pub(super) fn failing(&self, failure: Failure) -> Error {
        let Failure::Database(sqlx::Error::Database(error)) = &failure else {
            return failure.into_error();
        };
        self.note(&**error);
        match self.is_snapshot && S::is_read_only(&**error) {
            true => failure.into_error(),
            false => failure.inside::<S>(),
        }
    }

    /// Whether the server takes no writes. In a snapshot, it is the transaction that takes none.
    fn is_refused(&self, error: &dyn DatabaseError) -> bool {
        !self.is_snapshot && S::is_read_only(error)
    }

    /// Sees to it that connections are not used again if the error says that their prepared statements are stale, or that
    /// their server takes no writes.
    pub(super) fn note(&self, error: &dyn DatabaseError) {
        if S::is_stale(error) {
            self.cache.source.renew(self.generation);
        }
        if self.is_refused(error) {
            self.cache.source.retire(self.number);
            self.cache.renounce();
        }
    }
}
