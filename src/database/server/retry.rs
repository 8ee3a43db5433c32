//! The rules of retries: which failure of a reading (the statements for one answer), a transaction or an export has
//! which remedy.
//!
//! A retry is possible because nothing has been sent to the client yet. Each remedy is tried once for a reading; only
//! clearing the prepared statements is tried once for each connection that the reading uses.

use super::{failure::Failure, protocol::Protocol};
use crate::{
    database::{
        failure::code_of,
        fetched::Fetched,
        violation::{Violation, conflict},
    },
    error::{Code, Error},
    metrics,
    statement::Dialect,
};

/// A kind of failure that a retry may resolve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The connection is lost.
    Lost,
    /// A prepared statement no longer fits its tables, since these have changed.
    Stale,
    /// A text of the request has characters that a column's character set lacks.
    Unfit,
    /// Counting the rows took too long.
    Uncounted,
    /// A write was in the way, as in a database of several servers.
    Conflict,
}

/// The measure that is taken before a retry.
#[derive(Clone, Copy)]
pub(super) enum Remedy {
    /// Uses another connection, which the pool has tested.
    Reconnect,
    /// Runs the statements again.
    RunAgain,
    /// Clears the prepared statements of the connection, and those of the others before they are used again.
    ClearStatements,
    /// Leaves out the total of the list; on another connection, since this one is closed to stop the count.
    LeaveOutTotal,
    /// Switches to a dialect that converts columns before it compares them, on the same connection.
    ConvertColumns(&'static dyn Dialect),
}

impl Remedy {
    /// Returns the dialect with which the work goes on; `None` if the remedy is no other dialect.
    pub(super) fn dialect(self) -> Option<&'static dyn Dialect> {
        match self {
            Self::ConvertColumns(dialect) => Some(dialect),
            Self::Reconnect | Self::RunAgain | Self::ClearStatements | Self::LeaveOutTotal => None,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Reconnect => "reconnect",
            Self::RunAgain => "run_again",
            Self::ClearStatements => "clear_statements",
            Self::LeaveOutTotal => "leave_out_total",
            Self::ConvertColumns(_) => "convert_columns",
        }
    }
}

/// The kind of work that may be retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// A reading (the statements for one answer) on a connection of its own.
    Reading,
    /// A reading inside an action's transaction, which cannot change to another connection.
    Transaction,
    /// An export, on a new connection, before its first rows.
    Export,
}

/// Returns the remedy for a kind of failure (`trouble`) in a kind of work (`scene`); `None` if no retry can help.
fn remedy<P: Protocol>(trouble: Trouble, scene: Scene) -> Option<Remedy> {
    match (trouble, scene) {
        (Trouble::Lost, Scene::Reading) => Some(Remedy::Reconnect),
        (Trouble::Conflict, Scene::Reading) => Some(Remedy::RunAgain),
        (Trouble::Stale, Scene::Reading) => Some(Remedy::ClearStatements),
        (Trouble::Uncounted, Scene::Reading) => Some(Remedy::LeaveOutTotal),
        (Trouble::Unfit, Scene::Reading | Scene::Transaction | Scene::Export) => {
            P::CONVERTING.map(Remedy::ConvertColumns)
        }
        // A transaction would lose its earlier statements. An export has a new connection and counts nothing.
        (
            Trouble::Lost | Trouble::Stale | Trouble::Uncounted | Trouble::Conflict,
            Scene::Transaction | Scene::Export,
        ) => None,
    }
}

/// The kind of the work, and the kinds of failure after which it was already retried.
pub(super) struct Retries {
    scene: Scene,
    tried: Vec<Trouble>,
}

impl Retries {
    pub(super) fn new(scene: Scene) -> Self {
        let tried = Vec::new();
        Self { scene, tried }
    }

    /// Returns the remedy for a failure; `None` if the failure has no remedy, or the remedy has been tried.
    pub(super) fn after<P: Protocol>(&mut self, failure: &Failure) -> Option<Remedy> {
        let trouble = Trouble::of::<P>(failure)?;
        let remedy = remedy::<P>(trouble, self.scene)?;
        if self.tried.contains(&trouble) {
            return None;
        }
        if matches!(remedy, Remedy::Reconnect | Remedy::LeaveOutTotal) {
            // The next connection has its own prepared statements.
            self.tried.retain(|tried| *tried != Trouble::Stale);
        }
        self.tried.push(trouble);
        metrics::retried(remedy.name());
        Some(remedy)
    }
}

impl Trouble {
    fn of<P: Protocol>(failure: &Failure) -> Option<Self> {
        match failure {
            Failure::Uncounted => Some(Self::Uncounted),
            Failure::Database(sqlx::Error::Database(error)) => {
                let kinds = [
                    (Self::Lost, P::is_lost as fn(&_) -> _),
                    (Self::Stale, P::is_stale),
                    (Self::Unfit, P::is_unfit),
                    (Self::Conflict, P::may_read_again),
                ];
                let kind = kinds.into_iter().find(|(_, is)| is(&**error));
                kind.map(|(trouble, _)| trouble)
            }
            Failure::Database(error) => (code_of(error) == Code::Unavailable).then_some(Self::Lost),
            Failure::Answered(_)
            | Failure::Mismatch(_)
            | Failure::Schema(_)
            | Failure::Slow(_)
            | Failure::TooLarge(_) => None,
        }
    }
}

impl Failure {
    /// Returns the violation of a constraint, if the failure is one.
    pub(super) fn violation<P: Protocol>(&self) -> Option<Violation> {
        match self {
            Self::Database(sqlx::Error::Database(error)) => P::violation(&**error),
            Self::Database(_)
            | Self::Answered(_)
            | Self::Mismatch(_)
            | Self::Schema(_)
            | Self::Uncounted
            | Self::Slow(_)
            | Self::TooLarge(_) => None,
        }
    }

    /// Whether a transaction failed by a conflict with another one, so that it may succeed when it is run again.
    pub(super) fn is_conflict<P: Protocol>(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if P::is_conflict(&**error))
    }

    /// Returns the error for the client; it is marked as a conflict if the transaction may succeed when it is run again.
    pub(super) fn conflicting<P: Protocol>(self) -> Error {
        match self {
            Self::Database(sqlx::Error::Database(error)) if P::is_conflict(&*error) => {
                conflict(error)
            }
            failure => failure.into_error(),
        }
    }

    /// Returns the error of a statement inside a transaction that may write, as [`conflicting`](Self::conflicting) does.
    /// Stale prepared statements are a conflict, too: they are cleared before the transaction is run again.
    pub(super) fn inside<P: Protocol>(self) -> Error {
        if self.is_stale::<P>() {
            return conflict(self.into_error());
        }
        match self.is_read_only::<P>() {
            true => self.into_error_of(Code::Unavailable),
            false => self.conflicting::<P>(),
        }
    }

    /// Whether the server takes no writes.
    pub(super) fn is_read_only<P: Protocol>(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if P::is_read_only(&**error))
    }

    /// Whether the connection is lost, so that another connection may succeed.
    pub(super) fn is_lost<P: Protocol>(&self) -> bool {
        Trouble::of::<P>(self) == Some(Trouble::Lost)
    }

    /// Returns what the statement that estimates a list is to have returned instead of this failure: nothing, if more
    /// statements can follow it. Otherwise, the list is read again without a total.
    pub(super) fn without_estimate<P: Protocol>(self) -> Result<Fetched, Self> {
        let is_retried = self.is_lost::<P>() || self.is_stale::<P>();
        match self {
            failure if is_retried => Err(failure),
            failure if P::GOES_ON && failure.leaves_in_step::<P>() => Ok(Fetched::empty()),
            _ => Err(Self::Uncounted),
        }
    }

    /// Whether the connection's prepared statements must be cleared.
    pub(super) fn is_stale<P: Protocol>(&self) -> bool {
        Trouble::of::<P>(self) == Some(Trouble::Stale)
    }

    /// Whether the connection is still in step with its server: the last result was read to its end, so that the next
    /// statement can be sent.
    pub(super) fn leaves_in_step<P: Protocol>(&self) -> bool {
        match self {
            Self::Answered(_) | Self::Schema(_) | Self::Mismatch(_) => true,
            Self::Database(sqlx::Error::Database(_)) => !self.is_lost::<P>(),
            Self::Database(_) | Self::Uncounted | Self::Slow(_) | Self::TooLarge(_) => false,
        }
    }
}
