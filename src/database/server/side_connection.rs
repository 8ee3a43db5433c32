//! [`SideConnection`]: a connection outside the pool, so that its statements wait for no reading.

use sqlx::{ConnectOptions as _, Pool};
use tokio::sync::Mutex;

use super::{
    protocol::{Connection, Running},
    statements::Server,
};

/// A connection outside the pool, opened by its first statement; `None` while none is open.
pub(super) struct SideConnection<S: Server>(Mutex<Option<Connection<S>>>);

impl<S: Server> Default for SideConnection<S> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: Server> SideConnection<S> {
    /// Runs a statement; on a new connection if the one that is open fails.
    pub(super) async fn run<T>(
        &self,
        pool: &Pool<S::Db>,
        statement: impl for<'c> Fn(&'c mut Connection<S>) -> Running<'c, T>,
    ) -> Result<T, sqlx::Error> {
        let mut kept = self.0.lock().await;
        // The connection is taken out, so that it is closed if it does not answer and this future is dropped.
        if let Some(mut connection) = kept.take()
            && let Ok(done) = statement(&mut connection).await
        {
            *kept = Some(connection);
            return Ok(done);
        }
        let mut connection = pool.connect_options().connect().await?;
        let done = statement(&mut connection).await?;
        *kept = Some(connection);
        Ok(done)
    }
}
