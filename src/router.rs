//! Viewsets by path, the API root, and where links begin. A description; `build()` serves it.

use http::{Request, Response};
use tower::{Layer, Service};

use crate::{
    body::Body,
    catalog::Schemas,
    database::Database,
    error::{BoxError, Error, Result},
    link::{Forwarded, Links},
    model::Model,
    params::nearest,
    place,
    schema::{Nest, Schema, differences},
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
    found: Vec<Found>,
    mistakes: Vec<String>,
    links: Links,
    layers: Layers,
    read_only: bool,
}

/// What was found of an entry's table, where it was.
#[derive(Clone, Debug)]
struct Found {
    path: String,
    model: Model,
    nested: Vec<Nest>,
    is_replaced: bool,
}

impl Router {
    /// A router without any viewset.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves every table and view of a database, at its path; those whose foreign key leads to another's rows are nested
    /// under that one's objects, too.
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
            router.found.push(Found {
                path: table.path,
                model: table.model,
                nested: table.nested,
                is_replaced: false,
            });
        }
        router
    }

    /// Changes the viewset that is served at a path, wherever it is nested, too.
    ///
    /// A path that nothing is served at is a mistake of `build()`.
    pub fn configure(mut self, path: &str, change: impl FnOnce(ViewSet) -> ViewSet) -> Self {
        match self.entries.iter_mut().find(|(known, _)| known == path) {
            Some((_, viewset)) => *viewset = change(viewset.clone()),
            None => self.unknown("configure", path),
        }
        self
    }

    /// Serves another viewset at a path, such as that of a declared model, in the same order and nested where the one was
    /// that a [`Schema`] found. What is nested in it, it says itself.
    ///
    /// A path that nothing is served at is a mistake of `build()`.
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

    /// Compares the models of every viewset with the tables that a database really has, at start-up: missing tables and
    /// columns, other types, nulls, keys, and foreign keys that lead elsewhere.
    ///
    /// Compared are the viewsets with the rows of this database, nested ones too, and those that say no database.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::{Database, Model, Router, ViewSet};
    /// # let db = Database::in_memory().await?;
    /// # db.execute_script("CREATE TABLE cars (car_id INTEGER PRIMARY KEY)").await?;
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let cars = ViewSet::new(Model::from_table("Car", &table)).database(&db);
    /// let router = Router::new().register("cars", cars);
    /// router.check(&db).await?;
    /// let api = router.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When something differs: [`Error::mistakes`] has every difference. When the database cannot be asked.
    pub async fn check(&self, database: &Database) -> Result<()> {
        let mut models = Vec::new();
        for (_, viewset) in &self.entries {
            viewset.collect_models(database, &mut models);
        }
        let schemas = models.iter().filter_map(|model| model.schema());
        let mut schemas: Vec<_> = schemas.map(str::to_owned).collect();
        schemas.sort_unstable();
        schemas.dedup();
        let catalog = database.catalog(&Schemas::home_and(schemas)).await?;
        let mut mistakes = Vec::new();
        for model in &models {
            mistakes.extend(differences(&database.adapt(model.clone()).0, &catalog));
        }
        match mistakes.is_empty() {
            true => Ok(()),
            false => Err(Error::configuration(mistakes)),
        }
    }

    /// Checks everything and gives the service.
    ///
    /// # Errors
    ///
    /// When the description has mistakes; [`Error::mistakes`] has them all.
    pub fn build(mut self) -> Result<Api> {
        let mut mistakes = std::mem::take(&mut self.mistakes);
        self.links.check(&mut mistakes);
        self.nest_found();
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

impl Router {
    /// Nests what was found to lead to others, each as it is configured by now.
    fn nest_found(&mut self) {
        let found = std::mem::take(&mut self.found);
        let mut entries = std::mem::take(&mut self.entries);
        for found in found.iter().filter(|found| !found.is_replaced) {
            // A replaced viewset may lack columns that relations were found by.
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
                // What the program nests there goes first.
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
    /// The models of it and of what is nested in it, of those that a database may have.
    fn collect_models(&self, database: &Database, models: &mut Vec<Model>) {
        let is_its = |own: &Database| Database::same(own, database);
        let is_known = models.contains(&self.model);
        if self.database.as_ref().is_none_or(is_its) && !is_known {
            models.push(self.model.clone());
        }
        for nested in &self.nested {
            nested.viewset.collect_models(database, models);
        }
    }

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
