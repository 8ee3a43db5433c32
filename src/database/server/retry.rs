//! Which failures are retried, how often, and with what left out: one table for readings, transactions and exports.
//!
//! A retry is possible since nothing was sent to the client yet. Each remedy is tried once, and clearing prepared statements
//! once for each connection.

use super::{failure::Failure, protocol::Protocol};
use crate::{database::failure::code_of, error::Code, statement::Dialect};

/// A kind of failure that a retry may mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    /// The connection is lost.
    Lost,
    /// A prepared statement does not fit its tables any more.
    Stale,
    /// A text of the request has characters that a column's character set lacks.
    Unfit,
    /// Counting the rows took too long.
    Uncounted,
}

/// A change before a retry.
#[derive(Clone, Copy)]
pub(super) enum Remedy {
    /// Takes another connection, which the pool has tested.
    Reconnect,
    /// Clears the prepared statements of the same connection.
    ClearStatements,
    /// Leaves out the total, on another connection.
    LeaveOutTotal,
    /// Converts columns before they are compared, by a dialect that does, on the same connection.
    ConvertColumns(&'static dyn Dialect),
}

/// The kind of work that is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scene {
    /// A reading on a connection of its own.
    Reading,
    /// A reading inside an action's transaction, which another connection does not have.
    Transaction,
    /// An export, on a new connection, before its first rows.
    Export,
}

/// The remedy for each kind of failure, where there is one.
fn remedy<P: Protocol>(trouble: Trouble, scene: Scene) -> Option<Remedy> {
    match (trouble, scene) {
        (Trouble::Lost, Scene::Reading) => Some(Remedy::Reconnect),
        (Trouble::Stale, Scene::Reading) => Some(Remedy::ClearStatements),
        (Trouble::Uncounted, Scene::Reading) => Some(Remedy::LeaveOutTotal),
        (Trouble::Unfit, Scene::Reading | Scene::Transaction | Scene::Export) => {
            P::CONVERTING.map(Remedy::ConvertColumns)
        }
        // Another connection is not in the transaction, and an export has a new one that counts nothing.
        (
            Trouble::Lost | Trouble::Stale | Trouble::Uncounted,
            Scene::Transaction | Scene::Export,
        ) => None,
    }
}

/// The failures that one reading has been retried after.
pub(super) struct Retries {
    scene: Scene,
    tried: Vec<Trouble>,
}

impl Retries {
    pub(super) fn new(scene: Scene) -> Self {
        let tried = Vec::new();
        Self { scene, tried }
    }

    /// Returns the remedy for a failure, unless it was tried or there is none.
    pub(super) fn after<P: Protocol>(&mut self, failure: &Failure) -> Option<Remedy> {
        let trouble = Trouble::of::<P>(failure)?;
        let remedy = remedy::<P>(trouble, self.scene)?;
        if self.tried.contains(&trouble) {
            return None;
        }
        if matches!(remedy, Remedy::Reconnect | Remedy::LeaveOutTotal) {
            // The next connection has prepared statements of its own.
            self.tried.retain(|tried| *tried != Trouble::Stale);
        }
        self.tried.push(trouble);
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
    /// Tells whether another connection might succeed where this one cannot.
    pub(super) fn is_lost<P: Protocol>(&self) -> bool {
        Trouble::of::<P>(self) == Some(Trouble::Lost)
    }

    /// Tells whether the connection's prepared statements must be cleared.
    pub(super) fn is_stale<P: Protocol>(&self) -> bool {
        Trouble::of::<P>(self) == Some(Trouble::Stale)
    }

    /// Tells whether the connection is still in step with its server.
    pub(super) fn leaves_in_step<P: Protocol>(&self) -> bool {
        match self {
            Self::Answered(_) | Self::Schema(_) | Self::Mismatch(_) => true,
            Self::Database(sqlx::Error::Database(_)) => !self.is_lost::<P>(),
            Self::Database(_) | Self::Uncounted | Self::Slow(_) | Self::TooLarge(_) => false,
        }
    }
}
