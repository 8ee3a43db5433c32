//! When a statement of a database is slow.

use std::time::Duration;

use super::handle::Database;

impl Database {
    /// Sets the time after which a statement is slow, for all handles to this database; default: 500 milliseconds.
    /// `Duration::MAX` turns the warnings off.
    ///
    /// A slow statement is logged at level `warn`, with its text, model, operation, rows and duration, and never with a
    /// value. Within ten seconds at most ten statements are logged, each once.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use tower_rest::Database;
    /// let db = Database::connect("sqlite::memory:").await?;
    /// db.log_slow_statements(Duration::from_millis(100));
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn log_slow_statements(&self, longer_than: Duration) {
        self.plans().observer.slow_after(longer_than);
    }
}
