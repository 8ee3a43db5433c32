//! [`OpenApi`]: what the document says that the library cannot know.

use serde_json::Value as Json;

/// The settings of an API's OpenAPI document: its title, its security schemes, and changes of single parts.
///
/// The document is OpenAPI 3.1, served at `openapi.json` below the API root. It describes what a request may use: what
/// a policy refuses is not in it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # #[derive(tower_rest::Model)]
/// # struct Car { #[model(key)] car_id: i64 }
/// # let db = tower_rest::Database::in_memory().await?;
/// use serde_json::json;
/// use tower_rest::{OpenApi, Router, ViewSet};
///
/// let openapi = OpenApi::new("Cars", "1.0.0")
///     .description("Cars worth remembering.")
///     .security("token", json!({"type": "http", "scheme": "bearer"}))
///     .operation("listCars", json!({"summary": "All cars", "x-rate-limit": 100}))
///     .schema("Car", json!({"externalDocs": {"url": "https://example.com/cars"}}))
///     .merge(json!({"info": {"contact": {"url": "https://example.com/"}}}));
/// let api = Router::new().register("cars", ViewSet::of::<Car>(&db)).openapi(openapi).build()?;
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct OpenApi {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: Option<String>,
    pub(super) security: Vec<(String, Json)>,
    /// Merge patches of operations, by their ids.
    pub(super) operations: Vec<(String, Json)>,
    /// Merge patches of schemas, by their names.
    pub(super) schemas: Vec<(String, Json)>,
    /// Merge patches of the document.
    pub(super) document: Vec<Json>,
}

/// The title is `API` and the version `0`.
impl Default for OpenApi {
    fn default() -> Self {
        Self::new("API", "0")
    }
}

impl OpenApi {
    /// Creates the settings of a document with this title and the version of the API, such as `1.0.0`.
    pub fn new(title: &str, version: &str) -> Self {
        Self {
            title: title.to_owned(),
            version: version.to_owned(),
            description: None,
            security: Vec::new(),
            operations: Vec::new(),
            schemas: Vec::new(),
            document: Vec::new(),
        }
    }

    /// Sets the description of the API, in CommonMark.
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }

    /// Declares a way in which clients prove who they are: its name, and a [Security Scheme
    /// Object](https://spec.openapis.org/oas/v3.1.1.html#security-scheme-object). Every operation needs one of the
    /// declared ones. The document only says so: a layer or a policy must check it.
    pub fn security(mut self, name: &str, scheme: Json) -> Self {
        self.security.push((name.to_owned(), scheme));
        self
    }

    /// Changes an operation by a merge patch (RFC 7396), such as `{"summary": "All cars"}`, by its id, such as
    /// `listCars`. `build()` refuses an id that no operation has.
    pub fn operation(mut self, id: &str, patch: Json) -> Self {
        self.operations.push((id.to_owned(), patch));
        self
    }

    /// Changes a schema of the components by a merge patch (RFC 7396), by its name, such as `Car` or `CarCreate`.
    /// `build()` refuses a name that no schema has.
    pub fn schema(mut self, name: &str, patch: Json) -> Self {
        self.schemas.push((name.to_owned(), patch));
        self
    }

    /// Changes the whole document by a merge patch (RFC 7396), after all other changes. Every client sees what it adds,
    /// whatever policies say.
    pub fn merge(mut self, patch: Json) -> Self {
        self.document.push(patch);
        self
    }
}
