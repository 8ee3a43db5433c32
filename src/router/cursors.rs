//! The secret of the cursors that an API gives to clients.

use super::Router;
use crate::cursor::CursorKey;

/// The fewest bytes of a secret: as many as its cipher's keys have.
const LEAST_BYTES: usize = 16;

impl Router {
    /// Sets the secret that the cursors of [`ViewSet::cursor_pages`](crate::ViewSet::cursor_pages) are encrypted and
    /// authenticated with, of 16 bytes or more. Default: a random one for each router.
    ///
    /// Several processes that serve one API need a common secret, and a process that is to read the cursors of the one
    /// before it needs the same. A cursor made with another secret is refused with 400 `invalid_cursor`.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Model, Router, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let secret = "from the settings of the program"; // in a program, never in its source
    /// let api = Router::new()
    ///     .register("cars", ViewSet::of::<Car>(&db).cursor_pages())
    ///     .cursor_secret(secret)
    ///     .build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn cursor_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        let secret = secret.as_ref();
        if secret.len() < LEAST_BYTES {
            let length = secret.len();
            self.mistakes.push(format!(
                "`.cursor_secret(…)` has {length} bytes, but must have {LEAST_BYTES} at least"
            ));
        }
        self.links.cursor_key = CursorKey::of(secret);
        self
    }
}
