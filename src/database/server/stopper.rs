//! [`Stopper`]: a connection outside the pool, on which the statements of other connections are stopped.

use std::{sync::Arc, time::Duration};

use sqlx::{ConnectOptions as _, Pool};
use tokio::{sync::Mutex, time::timeout};

use super::{protocol::Connection, statements::Server};

/// The longest time for stopping a statement; after that time, the connection of the statement is closed anyway.
pub(super) const LONGEST_STOP: Duration = Duration::from_secs(5);

/// The connection on which statements are stopped; `None` while none is open.
pub(super) struct Stopper<S: Server>(Mutex<Option<Connection<S>>>);

impl<S: Server> Default for Stopper<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: Server> Stopper<S> {
    /// Stops a statement by the SQL text `by`.
    pub(super) async fn stop(&self, pool: &Pool<S::Db>, by: String) {
        let stopped = timeout(LONGEST_STOP, self.run(pool, by.into())).await;
        if !matches!(stopped, Ok(Ok(()))) {
            tracing::warn!("a statement that nobody waits for could not be stopped");
        }
    }

    async fn run(&self, pool: &Pool<S::Db>, by: Arc<str>) -> Result<(), sqlx::Error> {
        let mut stopper = self.0.lock().await;
        // The stopper is taken out of its lock, so that it is closed if it does not answer and this future is dropped.
        if let Some(mut connection) = stopper.take()
            && S::execute(&mut connection, Arc::clone(&by)).await.is_ok()
        {
            *stopper = Some(connection);
            return Ok(());
        }
        let mut connection = pool.connect_options().connect().await?;
        S::execute(&mut connection, by).await?;
        *stopper = Some(connection);
        Ok(())
    }
}
