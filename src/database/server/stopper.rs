//! [`Stopper`]: stops the statements of other connections.

use std::{sync::Arc, time::Duration};

use sqlx::Pool;
use tokio::time::timeout;

use super::{side_connection::SideConnection, statements::Server};

/// The longest time for stopping a statement; after that time, the connection of the statement is closed anyway.
pub(super) const LONGEST_STOP: Duration = Duration::from_secs(5);

/// The connection on which statements are stopped.
pub(super) struct Stopper<S: Server>(SideConnection<S>);

impl<S: Server> Default for Stopper<S> {
    fn default() -> Self {
        Self(SideConnection::default())
    }
}

impl<S: Server> Stopper<S> {
    /// Stops a statement by the SQL text `by`.
    pub(super) async fn stop(&self, pool: &Pool<S::Db>, by: String) {
        let by: Arc<str> = by.into();
        let stopping = self
            .0
            .run(pool, |connection| S::execute(connection, Arc::clone(&by)));
        let stopped = timeout(LONGEST_STOP, stopping).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("a statement that nobody waits for could not be stopped");
        }
    }
}
