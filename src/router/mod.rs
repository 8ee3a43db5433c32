//! Viewsets by path, the API root, and the settings of links. `build()` turns the description into a service.

mod check;
mod cursors;
mod every;
mod formats;
mod names;
#[cfg(feature = "openapi")]
mod openapi;

use std::sync::Arc;

use http::{Request, Response};
use tower::{Layer, Service};

#[cfg(feature = "openapi")]
use crate::openapi::OpenApi;
use crate::{
    api::Shared,
    body::Body,
    error::{BoxError, Error, Result},
    layers::{Layers, Route},
    link::{Forwarded, Links},
    model::Model,
    params::nearest,
    place::{self, NameStyle},
    representation::{FormatSettings, Writers},
    schema::{Nest, Schema},
    service::Api,
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
    found: Vec<ReflectedViewSet>,
    mistakes: Vec<String>,
    links: Links,
    layers: Layers,
    formats: FormatSettings,
    read_only: bool,
    names: NameStyle,
    #[cfg(feature = "openapi")]
    openapi: OpenApi,
    #[cfg(feature = "openapi")]
    without_openapi: bool,
}

/// A viewset reflected from a table: its path, and the viewsets to nest in it.
#[derive(Clone, Debug)]
struct ReflectedViewSet {
    path: String,
    model: Model,
    nested: Vec<Nest>,
    is_view: bool,
    is_replaced: bool,
}

impl Router {
    /// Creates a router without viewsets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves every table and view of a database at its own path. A table with a foreign key is also nested under the
    /// objects of the table it references.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema};
    ///
    /// let db = Database::in_memory().await?;
    /// # db.execute_script("CREATE TABLE cars (car_id INTEGER PRIMARY KEY, make TEXT)").await?;
    /// let api = Router::of(Schema::reflect(&db).await?)
    ///     .configure("cars", |cars| cars.page_size(10).search(["make"]))
    ///     .build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn of(schema: Schema) -> Self {
        let (database, tables) = schema.into_parts();
        let mut router = Self::new();
        for table in tables {
            let viewset = ViewSet::new(table.model.clone()).database(&database);
            router.entries.push((table.path.clone(), viewset));
            router.found.push(ReflectedViewSet {
                path: table.path,
                model: table.model,
                nested: table.nested,
                is_view: table.is_view,
                is_replaced: false,
            });
        }
        router
    }

    /// Changes the viewset at a path, including where it is nested.
    ///
    /// A path without a viewset is a mistake reported by `build()`.
    pub fn configure(mut self, path: &str, change: impl FnOnce(ViewSet) -> ViewSet) -> Self {
        match self.entries.iter_mut().find(|(known, _)| known == path) {
            Some((_, viewset)) => *viewset = change(viewset.clone()),
            None => self.unknown("configure", path),
        }
        self
    }

    /// Replaces the viewset of a table in a [`Schema`] with another, such as one of a declared model. The new viewset
    /// is served at the same path and nested under the same viewsets, but viewsets nested in the original are dropped.
    ///
    /// A path without a viewset is a mistake reported by `build()`.
    pub fn replace(mut self, path: &str, mut viewset: ViewSet) -> Self {
        if let Some(found) = self.found.iter_mut().find(|found| found.path == path) {
            found.is_replaced = true;
            if found.model.table() == viewset.model.table() {
                viewset.model = viewset.model.in_schema(found.model.schema());
            }
        }
        match self.entries.iter_mut().find(|(known, _)| known == path) {
            Some((_, known)) => *known = viewset,
            None => self.unknown("replace", path),
        }
        self
    }

    fn unknown(&mut self, method: &str, path: &str) {
        let paths = self.entries.iter().map(|(known, _)| known.as_str());
        let near = nearest(path, paths);
        self.mistakes.push(format!(
            "`.{method}(…)` names `{path}`, but nothing is served there{near}"
        ));
    }

    /// Serves a viewset at a path of one segment: `cars` is `/cars/`. With the path `""` it is at the root, and must be
    /// the only viewset.
    ///
    /// Links to a model lead to the viewset registered first for its table.
    pub fn register(mut self, path: &str, viewset: ViewSet) -> Self {
        self.entries.push((path.to_owned(), viewset));
        self
    }

    /// Wraps a layer around the whole API: every viewset with its own layers, the root, and unknown paths. The layer
    /// added last is the outermost. [`ViewSet::layer`] lists the requirements.
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

    /// Lets clients create, change and delete the rows of every viewset registered so far, except those reflected from
    /// a view of the database. Each is made [`ViewSet::writable`].
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema};
    ///
    /// let db = Database::in_memory().await?;
    /// # db.execute_script("CREATE TABLE cars (car_id INTEGER PRIMARY KEY, make TEXT)").await?;
    /// let api = Router::of(Schema::reflect(&db).await?).writable().build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn writable(mut self) -> Self {
        for (path, viewset) in &mut self.entries {
            let is_view = self
                .found
                .iter()
                .any(|one| one.is_view && one.path == *path);
            if !is_view {
                *viewset = viewset.clone().writable();
            }
        }
        self
    }

    /// Makes the API read-only: actions and writes of all viewsets are removed.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Sets scheme and host of every link, overriding the request: `https://api.example.com`.
    pub fn origin(mut self, origin: &str) -> Self {
        self.links.origin = Some(origin.to_owned());
        self
    }

    /// Sets the scheme of links, `http` or `https`, for requests without a trusted header. Default: the scheme of the
    /// request's URI, or else `http`.
    pub fn scheme(mut self, scheme: &str) -> Self {
        self.links.scheme = Some(scheme.to_owned());
        self
    }

    /// Sets the path prefix of links, such as `/api`. Default: the prefix that the framework around the API reports by
    /// a [`Mount`](crate::Mount) or (feature `axum`) by axum's `OriginalUri`.
    pub fn mount(mut self, prefix: &str) -> Self {
        self.links.mount = Some(prefix.to_owned());
        self
    }

    /// Sets the allowed hosts, each as `name` or `name:port`; a request is refused if its links would get another.
    /// With [`origin`](Self::origin), the request's host is not checked. Default: every host.
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.links.allowed_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Trusts one family of proxy headers for host and scheme; only the last value of a header counts. Needs
    /// [`allowed_hosts`](Self::allowed_hosts).
    pub fn trust_forwarded(mut self, family: Forwarded) -> Self {
        self.links.trusted = Some(family);
        self
    }

    /// Sets whether links end in a slash. Default: they do. Requests are answered with or without the slash.
    pub fn trailing_slash(mut self, on: bool) -> Self {
        self.links.no_trailing_slash = !on;
        self
    }

    /// Checks the description and builds the service.
    ///
    /// # Errors
    ///
    /// When the description has mistakes; [`Error::mistakes`] lists all.
    pub fn build(mut self) -> Result<Api> {
        let mut mistakes = std::mem::take(&mut self.mistakes);
        self.links.check(&mut mistakes);
        self.nest_found();
        if self.read_only {
            for (_, viewset) in &mut self.entries {
                viewset.read_only();
            }
        }
        let writers = Arc::new(Writers::new(self.formats, &mut mistakes));
        #[cfg(feature = "openapi")]
        let is_documented = !self.without_openapi;
        #[cfg(not(feature = "openapi"))]
        let is_documented = false;
        let formats = (&writers.formats, is_documented);
        let (routes, places) = place::places(self.entries, formats, self.names, &mut mistakes);
        if !mistakes.is_empty() {
            return Err(Error::configuration(mistakes));
        }
        let shared = Shared::new(routes, places, self.links, writers);
        #[cfg(feature = "openapi")]
        let shared = match is_documented {
            true => shared.documented_by(self.openapi, &mut mistakes),
            false => shared,
        };
        match mistakes.is_empty() {
            true => Ok(Api::new(shared, &self.layers)),
            false => Err(Error::configuration(mistakes)),
        }
    }
}

impl Router {
    /// Nests each viewset that was reflected from a table, with its changes by `configure` so far, under the viewsets
    /// whose tables it references.
    fn nest_found(&mut self) {
        let found = std::mem::take(&mut self.found);
        let mut entries = std::mem::take(&mut self.entries);
        for found in found.iter().filter(|found| !found.is_replaced) {
            // A viewset given to `replace` may lack columns that foreign keys of other tables reference.
            let models: Vec<_> = entries.iter().map(|(_, one)| one.model.clone()).collect();
            let own = entries.iter_mut().find(|(path, _)| *path == found.path);
            if let Some((_, viewset)) = own {
                viewset.model = viewset.model.clone().related_to(&models);
            }
        }
        let plain = entries.clone();
        for found in found.into_iter().filter(|found| !found.is_replaced) {
            let Some((_, viewset)) = entries.iter_mut().find(|(path, _)| *path == found.path)
            else {
                continue;
            };
            for Nest { path, child } in found.nested {
                let is_there = |name: &str| {
                    let many = viewset.model.many_relations().iter();
                    many.clone().any(|many| many.name == name)
                };
                // A viewset that the program nested at this path takes precedence.
                let is_taken = viewset.nested.iter().any(|nested| nested.path == path);
                let child = plain.iter().find(|(known, _)| *known == child);
                if let Some((_, child)) = child.filter(|_| is_there(&path) && !is_taken) {
                    *viewset = viewset.clone().nest_by(&path, &path, child.clone());
                }
            }
        }
        self.entries = entries;
    }
}

impl ViewSet {
    /// Builds the service of this viewset alone: its list at `/`, its objects at `/{key}/`.
    ///
    /// For a prefix, an origin or allowed hosts, register it with a [`Router`] at the path `""`.
    ///
    /// # Errors
    ///
    /// When the description has mistakes; [`Error::mistakes`](crate::Error::mistakes) lists all.
    pub fn build(self) -> Result<Api> {
        Router::new().register("", self).build()
    }
}
