//! Idempotency keys: a request that is sent again gets the first answer again.

use std::time::Duration;

use super::ViewSet;
use crate::{error::Result, idempotency::Principal, operation::Head};

impl ViewSet {
    /// Lets clients send a write again without writing twice: a POST, PUT, PATCH or DELETE of rows with an
    /// `Idempotency-Key` header gets the answer of the first request with that key, byte for byte.
    ///
    /// `principal` returns a name of the client, such as the id of its user. No client gets the answer to another
    /// client's request, so two clients must not have the same name. An error of `principal`, such as a 401, becomes
    /// the response. The answer is stored in the table of [`Database::idempotency_table`], in the transaction of the
    /// write. A request that has the key but another method, URL, media type or body is a 422 `idempotency_mismatch`.
    /// While the first request runs, a second is a 409 `idempotency_in_progress`. Actions ignore the header. Default:
    /// the header is ignored.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Model, Router, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Payment {
    ///     #[model(key)]
    ///     id: i64,
    ///     cents: i64,
    /// }
    ///
    /// /// Put among the extensions by a layer that authenticates.
    /// #[derive(Clone)]
    /// struct User { id: i64 }
    ///
    /// let db = Database::in_memory().await?;
    /// # db.execute_script(&db.create_table(&Model::of::<Payment>())).await?;
    /// db.execute_script(&db.idempotency_table()).await?;
    /// let payments = ViewSet::of::<Payment>(&db)
    ///     .creates()
    ///     .idempotent(|head| Ok(head.identity::<User>()?.id.to_string()));
    /// let router = Router::new().register("payments", payments);
    /// router.check(&db).await?; // fails if the table is missing
    /// # router.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// [`Database::idempotency_table`]: crate::Database::idempotency_table
    pub fn idempotent(
        mut self,
        principal: impl Fn(&Head) -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        self.idempotency.principal = Some(Principal::new(principal));
        self
    }

    /// Sets how long the answers of [`idempotent`](Self::idempotent) are stored. After that time, a request with the
    /// same key is treated as new. Default: 24 hours.
    pub fn idempotency_lifetime(mut self, lifetime: Duration) -> Self {
        self.idempotency.lifetime = lifetime;
        self
    }
}
