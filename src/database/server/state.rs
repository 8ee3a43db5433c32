//! [`StateQuestion`]: asking a server for its state, once for all callers that ask at the same time.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::Pool;
use tokio::{sync::Mutex, time::timeout};

use super::{side_connection::SideConnection, statements::Server};
use crate::{
    database::{
        driver::ServerState,
        failure::{error_of, failed},
        words::LONGEST_WAIT,
    },
    error::{Code, Result},
};

/// The question for the state of a server, on a connection of its own.
pub(super) struct StateQuestion<S: Server> {
    connection: SideConnection<S>,
    /// How many questions have been sent.
    sent: AtomicU64,
    /// The last answer; `None` if there was none, or it was an error.
    last: Mutex<Option<ServerState>>,
}

impl<S: Server> Default for StateQuestion<S> {
    fn default() -> Self {
        Self {
            connection: SideConnection::default(),
            sent: AtomicU64::new(0),
            last: Mutex::default(),
        }
    }
}

impl<S: Server> StateQuestion<S> {
    /// Returns the server's answer to a question that was sent after this call.
    pub(super) async fn ask(&self, pool: &Pool<S::Db>) -> Result<ServerState> {
        let before = self.sent.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        if self.sent.load(Ordering::Acquire) > before {
            // Another caller has sent it in the meantime.
            return last.clone().ok_or_else(|| error_of(Code::Unavailable));
        }
        self.sent.fetch_add(1, Ordering::AcqRel);
        *last = None;
        let asking = self.connection.run(pool, S::state);
        let answered = timeout(LONGEST_WAIT, asking).await;
        let answered = answered.map_err(|_| error_of(Code::Unavailable))?;
        let state = answered.map_err(failed)?;
        *last = Some(state.clone());
        Ok(state)
    }

    /// Asks the server whether it is there, whatever it knows of replication.
    pub(super) async fn is_answered(&self, pool: &Pool<S::Db>) -> Result<()> {
        let asking = self
            .connection
            .run(pool, |connection| S::execute(connection, "SELECT 1".into()));
        let answered = timeout(LONGEST_WAIT, asking).await;
        let answered = answered.map_err(|_| error_of(Code::Unavailable))?;
        answered.map_err(failed)
    }
}
