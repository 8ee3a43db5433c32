//! Viewsets by path, the API root, and where links begin. A description; `build()` serves it.

use http::{Request, Response};
use tower::{Layer, Service};

use crate::{
    body::Body,
    error::{BoxError, Error, Result},
    link::{Forwarded, Links},
    place,
    service::Api,
    stack::{Layers, Route},
    viewset::ViewSet,
};

/// Viewsets by path, and the API root that lists them.
///
/// ```
/// # use sea_query::{ColumnDef, Table};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use tower_rest::{Database, Model, Router, ViewSet};
///
/// # let db = Database::in_memory().await?;
/// # let table = Table::create().table("cars")
/// #     .col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
/// let api = Router::new()
///     .register("cars", ViewSet::new(Model::from_table("Car", &table)).database(&db))
///     .allowed_hosts(["api.example.com"])
///     .scheme("https")
///     .build()?;
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a router serves nothing until it is built"]
pub struct Router {
    entries: Vec<(String, ViewSet)>,
    links: Links,
    layers: Layers,
    read_only: bool,
}

impl Router {
    /// A router without any viewset.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves a viewset at a path of one segment: `cars` is `/cars/`. At `""` it is alone, at the root itself.
    ///
    /// Links to a model lead to the first place its table is registered at.
    pub fn register(mut self, path: &str, viewset: ViewSet) -> Self {
        self.entries.push((path.to_owned(), viewset));
        self
    }

    /// Puts a layer around the whole API: every viewset and the viewsets' own layers, the root, and paths that name
    /// nothing. The layer added last is the outermost; what a layer may be is said at [`ViewSet::layer`].
    pub fn layer<L, R>(mut self, layer: L) -> Self
    where
        L: Layer<Route> + Send + Sync + 'static,
        L::Service: Service<Request<Body>, Response = Response<R>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        R: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        self.layers.add(layer);
        self
    }

    /// Serves for reading only, whatever the viewsets allow: without their actions.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Scheme and host of every link, whatever a request says: `https://api.example.com`.
    pub fn origin(mut self, origin: &str) -> Self {
        self.links.origin = Some(origin.to_owned());
        self
    }

    /// The scheme of links, `http` or `https`, where a request does not say by a trusted header. Default: the URI's
    /// own, else `http`.
    pub fn scheme(mut self, scheme: &str) -> Self {
        self.links.scheme = Some(scheme.to_owned());
        self
    }

    /// The path prefix of links: what stands before the API's own paths, such as `/api`. Default: what the host says
    /// it stripped, by a [`Mount`](crate::Mount) or (feature `axum`) by axum's `OriginalUri`.
    pub fn mount(mut self, prefix: &str) -> Self {
        self.links.mount = Some(prefix.to_owned());
        self
    }

    /// The hosts that may be asked for, each as `name` or `name:port`; any other is refused. Default: every host.
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.links.allowed_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Believes one family of headers, set by a proxy in front, about host and scheme; only their last value counts.
    /// Needs [`allowed_hosts`](Self::allowed_hosts).
    pub fn trust_forwarded(mut self, family: Forwarded) -> Self {
        self.links.trusted = Some(family);
        self
    }

    /// Whether links end in a slash. Default: they do. Either form of a path is always answered.
    pub fn trailing_slash(mut self, on: bool) -> Self {
        self.links.no_trailing_slash = !on;
        self
    }

    /// Checks everything and gives the service.
    ///
    /// # Errors
    ///
    /// When the description has mistakes; [`Error::mistakes`] has them all.
    pub fn build(mut self) -> Result<Api> {
        let mut mistakes = Vec::new();
        self.links.check(&mut mistakes);
        if self.read_only {
            for (_, viewset) in &mut self.entries {
                viewset.read_only();
            }
        }
        let (routes, places) = place::places(self.entries, &mut mistakes);
        if mistakes.is_empty() {
            Ok(Api::new(routes, places, self.links, &self.layers))
        } else {
            Err(Error::configuration(mistakes))
        }
    }
}

impl ViewSet {
    /// The service of this viewset alone: its list at `/`, its objects at `/{key}/`.
    ///
    /// For a prefix, an origin or allowed hosts, register it with a [`Router`] at the path `""`.
    ///
    /// # Errors
    ///
    /// When the description has mistakes; [`Error::mistakes`](crate::Error::mistakes) has them all.
    pub fn build(self) -> Result<Api> {
        Router::new().register("", self).build()
    }
}
