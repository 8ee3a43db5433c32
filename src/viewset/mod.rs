//! The description of how a model is served: its filters, orderings and pages. `build()` turns it into a service.

mod access;
mod aggregates;
mod computed;
mod export;
mod filters;
mod hooks;
mod idempotent;
mod managers;
mod offered;
mod orderings;
mod pages;
mod shapes;
mod writes;

use std::time::Duration;

use http::{Request, Response};
use tower::{Layer, Service};

pub(crate) use self::offered::Writes;
use crate::{
    action::Action,
    body::Body,
    database::{Database, RowHooks},
    error::BoxError,
    full_text::FullText,
    idempotency::Idempotency,
    keys::OtherKeys,
    layers::{Layers, Route},
    manager::{OperationLayers, Provider},
    model::{Columns, Declared, Model},
    operation::Validators,
    params::{Count, CountChoices, IGNORED, Limits, Lookup, ToOne},
    policy::Policy,
    representation::IntegersAsText,
    scope::Scope,
    server_values::ServerValues,
};

/// A model, and how it is served: its filters, orderings, pages, search and members.
///
/// By default every visible column can be read, filtered and ordered by, with 25 rows a page.
/// [`build`](crate::ViewSet::build) reports all mistakes at once.
///
/// ```
/// # use sea_query::{ColumnDef, Table};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use tower_rest::{Database, Model, ViewSet};
///
/// # let db = Database::in_memory().await?;
/// # let table = Table::create().table("cars")
/// #     .col(ColumnDef::new("car_id").integer().primary_key())
/// #     .col(ColumnDef::new("make").string().not_null())
/// #     .col(ColumnDef::new("year").integer()).to_owned();
/// let cars = ViewSet::new(Model::from_table("Car", &table))
///     .database(&db)
///     .page_size(10)
///     .filters(["make", "year"])
///     .search(["make"])
///     .default_ordering(["-year", "make"])
///     .build()?;
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use = "a viewset serves nothing until it is built or registered"]
pub struct ViewSet {
    pub(crate) model: Model,
    pub(crate) database: Option<Database>,
    pub(crate) page_size: u64,
    pub(crate) max_page_size: u64,
    pub(crate) fixed_page_size: bool,
    pub(crate) count_choices: CountChoices,
    /// Whether pages have numbers.
    pub(crate) numbered: bool,
    /// Whether clients may request windows by `limit` and `offset`.
    pub(crate) windows: bool,
    /// Whether clients may go from page to page by `cursor`.
    pub(crate) cursors: bool,
    /// Whether lists have the headers `Link` and `X-Total-Count`.
    pub(crate) page_headers: bool,
    pub(crate) count: Count,
    pub(crate) export: bool,
    pub(crate) filters: Option<Vec<String>>,
    pub(crate) lookups: Vec<(String, Vec<Lookup>)>,
    pub(crate) orderings: Option<Vec<String>>,
    pub(crate) default_ordering: Vec<String>,
    pub(crate) search: Vec<String>,
    pub(crate) full_text: Option<FullText>,
    pub(crate) groups: bool,
    pub(crate) facets: Vec<String>,
    /// The columns that functions of `aggregate` may name; `None` if no aggregates are offered.
    pub(crate) aggregates: Option<Vec<String>>,
    /// The columns that rows may be grouped by, and the relations through which.
    pub(crate) group_by: Vec<String>,
    pub(crate) regex: bool,
    pub(crate) links_only: bool,
    pub(crate) fixed_fields: bool,
    pub(crate) id_member: Option<String>,
    pub(crate) lenient: bool,
    pub(crate) ignored: Vec<String>,
    pub(crate) limits: Limits,
    pub(crate) integers_as_text: IntegersAsText,
    pub(crate) time_limit: Duration,
    pub(crate) layers: Layers,
    pub(crate) manager: Provider,
    pub(crate) operation_layers: OperationLayers,
    pub(crate) nested: Vec<Nested>,
    pub(crate) lookup_field: Option<String>,
    pub(crate) other_keys: Option<OtherKeys>,
    pub(crate) other_key_columns: Vec<String>,
    pub(crate) to_many: ToMany,
    /// How to-one relations are shown, by name.
    pub(crate) to_one: Vec<(String, ToOne)>,
    pub(crate) scope: Option<Scope>,
    pub(crate) policy: Option<Policy>,
    pub(crate) vary: Vec<String>,
    pub(crate) actions: Vec<Action>,
    pub(crate) writes: Writes,
    pub(crate) hooks: RowHooks,
    pub(crate) server_values: ServerValues,
    pub(crate) validators: Validators,
    pub(crate) upsert: Option<Vec<String>>,
    pub(crate) idempotency: Idempotency,
    /// The many-to-many relations that bodies may set, by name.
    pub(crate) paired: Vec<String>,
    /// Whether a POST of a parent object may also create rows of this nested viewset.
    pub(crate) inlined: bool,
}

/// A viewset nested under the objects of another.
#[derive(Clone, Debug)]
pub(crate) struct Nested {
    pub(crate) path: String,
    /// The name that `nest_by` gave, of a relation of the parent's or the nested model; `None` for `nest`.
    pub(crate) relation: Option<String>,
    pub(crate) viewset: ViewSet,
}

/// How an object shows the rows of a to-many relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToMany {
    /// As an array of links, for which each relation takes one statement. More than a thousand rows are shown as the
    /// link to their list. The default.
    #[default]
    Links,
    /// As the link to their list; the rows are not read.
    Collection,
}

impl ViewSet {
    /// Creates a viewset of a model. It needs a [`database`](Self::database) or a [`manager`](Self::manager).
    pub fn new(model: Model) -> Self {
        Self {
            model,
            database: None,
            page_size: 25,
            max_page_size: 1000,
            fixed_page_size: false,
            count: Count::Exact,
            count_choices: CountChoices::default(),
            numbered: true,
            windows: false,
            cursors: false,
            page_headers: false,
            export: false,
            filters: None,
            lookups: Vec::new(),
            orderings: None,
            default_ordering: Vec::new(),
            search: Vec::new(),
            full_text: None,
            groups: false,
            facets: Vec::new(),
            aggregates: None,
            group_by: Vec::new(),
            regex: false,
            links_only: false,
            fixed_fields: false,
            id_member: None,
            lenient: false,
            ignored: IGNORED.map(str::to_owned).into(),
            limits: Limits::default(),
            integers_as_text: IntegersAsText::default(),
            time_limit: Duration::from_secs(5),
            layers: Layers::default(),
            manager: Provider::default(),
            operation_layers: OperationLayers::default(),
            nested: Vec::new(),
            lookup_field: None,
            other_keys: None,
            other_key_columns: Vec::new(),
            to_many: ToMany::default(),
            to_one: Vec::new(),
            scope: None,
            policy: None,
            vary: Vec::new(),
            actions: Vec::new(),
            writes: Writes::default(),
            hooks: RowHooks::default(),
            server_values: ServerValues::default(),
            validators: Validators::default(),
            upsert: None,
            idempotency: Idempotency::default(),
            paired: Vec::new(),
            inlined: false,
        }
    }

    /// Creates a viewset of the model that a struct declares, whose rows are in `database`.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// use tower_rest::{Model, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     make: String,
    ///     year: Option<i32>,
    /// }
    ///
    /// let cars = ViewSet::of::<Car>(&db)
    ///     .filters((Car::MAKE, Car::YEAR))
    ///     .default_ordering((Car::YEAR.desc(), Car::MAKE))
    ///     .build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn of<M: Declared>(database: &Database) -> Self {
        Self::new(Model::of::<M>()).database(database)
    }

    /// Sets the database that holds the rows.
    pub fn database(mut self, database: &Database) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// Shows only the link of each object in lists, unless the client selects more members with `fields`.
    pub fn links_only(mut self) -> Self {
        self.links_only = true;
        self
    }

    /// Serves a custom method on the collection or on one object.
    pub fn action(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// Sets how an object shows the rows of its to-many relations. Default: [`ToMany::Links`].
    pub fn to_many(mut self, how: ToMany) -> Self {
        self.to_many = how;
        self
    }

    /// Nests a viewset under each object of this one, limited to the rows related to that object, as `parts` at
    /// `/cars/{key}/parts/`.
    ///
    /// The relation is this model's to-many relation whose name is the path. Without such a relation, it is the only
    /// relation between the two models: a foreign key of the nested model, or a to-many relation of this one. The URL
    /// of a child omits key columns that the parent determines.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, ForeignKey, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use tower_rest::{Model, ViewSet};
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let cars = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let parts = Table::create().table("parts").col(ColumnDef::new("part_id").integer().primary_key())
    /// #     .col(ColumnDef::new("car_id").integer())
    /// #     .foreign_key(ForeignKey::create().from("parts", "car_id").to("cars", "car_id")).to_owned();
    /// let parts = ViewSet::new(Model::from_table("Part", &parts)).database(&db);
    /// let cars = ViewSet::new(Model::from_table("Car", &cars)).database(&db).nest("parts", parts);
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn nest(mut self, path: &str, viewset: Self) -> Self {
        self.nested.push(Nested {
            path: path.to_owned(),
            relation: None,
            viewset,
        });
        self
    }

    /// Nests a viewset by the relation with this name, either in this model ([`Model::many`](crate::Model::many)) or in
    /// the nested one ([`Model::relation`](crate::Model::relation)).
    pub fn nest_by(mut self, path: &str, relation: &str, viewset: Self) -> Self {
        self.nested.push(Nested {
            path: path.to_owned(),
            relation: Some(relation.to_owned()),
            viewset,
        });
        self
    }

    /// Refuses `fields`: objects always show the same members.
    pub fn fixed_fields(mut self) -> Self {
        self.fixed_fields = true;
        self
    }

    /// Also shows the key under a second name, such as `id` for clients like react-admin that need an `id`. Lists can
    /// be filtered and ordered by the second name. If the key is a single column with this name, nothing changes; if another
    /// column has it, building fails.
    pub fn id_member(mut self, name: &str) -> Self {
        self.id_member = Some(name.to_owned());
        self
    }

    /// Ignores and logs unknown parameters instead of refusing them, for migrating clients of another API.
    ///
    /// A misspelt filter then selects every row: prefer the default.
    pub fn lenient_params(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// Sets the names of parameters to ignore; a `*` at the end stands for any suffix. Default: `_`, `utm_*`, `fbclid`
    /// and `gclid`. A filter on a column of such a name still works.
    pub fn ignore_params(mut self, names: impl Columns) -> Self {
        self.ignored = self.model.read_names("ignore_params", names);
        self
    }

    /// Sets the limits on one request. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long the database may work on one answer; a slower statement is stopped and answered 503 `timeout`. For
    /// an action, this limits only how long its transaction waits to begin; after that the answer is 503 `busy`. The
    /// handler itself has no limit. Default: five seconds.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Wraps a layer around this viewset wherever it is registered: its list, its objects, and every path below it. The
    /// layer added last is the outermost.
    ///
    /// Accepts any tower layer whose service is `Clone`, including layers that change the body type or can fail.
    /// tower's `Elapsed` and `Overloaded` become a 503, an [`Error`](crate::Error) the response of its code, and any
    /// other error a 500. A viewset that is registered at two paths gets the layer once for each, so each path has its
    /// own count of a limit. A layer cannot see that a layer of an earlier call of `layer` is not ready, so add load
    /// shedding and a concurrency limit together, in one `ServiceBuilder`.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let cars = tower_rest::ViewSet::new(tower_rest::Model::from_table("Car", &table)).database(&db);
    /// use std::{future::Future, time::Duration};
    /// use tower::{ServiceBuilder, timeout::TimeoutLayer};
    ///
    /// let cars = cars
    ///     .layer(TimeoutLayer::new(Duration::from_secs(2)))
    ///     .layer(ServiceBuilder::new().load_shed().concurrency_limit(64)); // sees a request first
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
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

    /// Removes the actions and writes of this viewset and of the viewsets nested in it.
    pub(crate) fn read_only(&mut self) {
        self.actions.clear();
        self.writes = Writes::default();
        for nested in &mut self.nested {
            nested.viewset.read_only();
        }
    }
}
