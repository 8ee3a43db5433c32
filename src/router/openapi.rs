//! The setting of the OpenAPI document.

use super::Router;
use crate::openapi::OpenApi;

impl Router {
    /// Sets the title of the OpenAPI document at `openapi.json` and what else the library cannot know. Default:
    /// [`OpenApi::default`].
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # #[derive(tower_rest::Model)]
    /// # struct Car { #[model(key)] car_id: i64 }
    /// # let db = tower_rest::Database::in_memory().await?;
    /// use tower_rest::{OpenApi, Router, ViewSet};
    ///
    /// let api = Router::new()
    ///     .register("cars", ViewSet::of::<Car>(&db))
    ///     .openapi(OpenApi::new("Cars", "1.0.0").description("Cars worth remembering."))
    ///     .build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn openapi(mut self, openapi: OpenApi) -> Self {
        (self.openapi, self.without_openapi) = (openapi, false);
        self
    }

    /// Serves no OpenAPI document. The paths `openapi.json` and `docs` are then free for viewsets.
    pub fn without_openapi(mut self) -> Self {
        self.without_openapi = true;
        self
    }
}
