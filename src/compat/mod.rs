//! Dialects: tower layers by which clients written for another API use this one.
//!
//! 1. A dialect translates a request to this API's own parameters, and its answer to the form that the client reads. The
//!    API behind it stays as strict as without: a parameter that a dialect does not know is passed on, and refused there.
//! 2. Rows are not parsed: the list in an answer is cut out of its bytes.
//! 3. A layer fits around an [`Api`](crate::Api) or any service that contains one, or inside by
//!    [`Router::layer`](crate::Router::layer). Layers that compress answers belong outside of it.
//!
//! The rows need the member `id`, which [`Router::id_member`](crate::Router::id_member) adds, and the lists windows, which
//! [`Router::limit_offset_pages`](crate::Router::limit_offset_pages) offers. [The guide](crate::guide::clients) has a program
//! for each client.

mod answer;
mod core_query;
mod deleted;
mod dialect;
mod django_rest;
mod filter;
mod json_server;
mod service;
mod simple_rest;

use tower::Layer;

use self::dialect::ClientDialect;
pub use self::service::{CompatFuture, CompatService};

/// The dialect of react-admin's `ra-data-simple-rest`.
///
/// | the client sends | the API gets |
/// |---|---|
/// | `sort=["title","ASC"]` | `ordering=title`; `DESC`: `ordering=-title` |
/// | `range=[20,29]` | `limit=10&offset=20` |
/// | `filter={"make":"Fiat"}` | `make=Fiat` |
/// | `filter={"id":[1,2]}` | `id__in=1,2`, and without a `range` as many rows as there are keys |
/// | `filter={"owner":{"name":"Ann"}}`, `sort=["owner.name","ASC"]` | `owner__name=Ann`, `ordering=owner__name` |
/// | `filter={"sold":null}` | `sold__isnull=true` |
/// | `filter={"q":"red"}` | `search=red` |
/// | a `DELETE`, of the type `text/plain` | the `DELETE`, of the type `application/json` |
///
/// | the API answers | the client gets |
/// |---|---|
/// | a list | the array of its rows; `Content-Range: cars 20-29/319`, exposed to scripts of other origins |
/// | 204 to a `DELETE` | 200 with the key in the path, `{"id":7}`, as a number if it is an integer |
/// | anything else, errors too | the same |
///
/// A name with a lookup is a filter, too: `filter={"year__gte":2010}`. A column that is called `sort`, `range`, `filter`, or `q`
/// inside `filter`, is filtered by its lookup, as `sort__exact`.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use sea_query::SqliteQueryBuilder;
/// use tower::Layer;
/// use tower_rest::{Database, Model, Router, ViewSet, compat::SimpleRest, testing::Client};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     make: String,
/// }
///
/// let db = Database::in_memory().await?;
/// # let table = Model::of::<Car>().create_table().to_string(SqliteQueryBuilder);
/// # db.execute_script(&format!("{table}; INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Seat'), (3, 'Fiat')")).await?;
/// let api = Router::new()
///     .register("cars", ViewSet::of::<Car>(&db))
///     .id_member("id")
///     .limit_offset_pages()
///     .build()?;
/// let client = Client::new(SimpleRest.layer(api));
///
/// // ?sort=["id","DESC"]&range=[0,0]&filter={"make":"Fiat"}
/// let uri = "/cars?sort=[%22id%22,%22DESC%22]&range=[0,0]&filter=%7B%22make%22:%22Fiat%22%7D";
/// let answer = client.get(uri).await;
/// assert_eq!(answer.json()[0]["id"], 3);
/// assert_eq!(answer.header("content-range"), Some("cars 0-0/2"));
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SimpleRest;

/// The dialect of json-server, as react-admin's `ra-data-json-server` and refine's `@refinedev/simple-rest` speak it.
///
/// | the client sends | the API gets |
/// |---|---|
/// | `_sort=year,make&_order=desc,asc` | `ordering=-year,make` |
/// | `_start=20&_end=30`, or `_start=20&_limit=10` | `limit=10&offset=20` |
/// | `year_gte=2010`, `year_lte=2015` | `year__gte=2010`, `year__lte=2015` |
/// | `make_ne=Fiat` | `make!=Fiat`, which also selects rows without a make |
/// | `make_like=ia` | `make__icontains=ia`: a text, not a regular expression |
/// | `owner.name=Ann`, `_sort=owner.name` | `owner__name=Ann`, `ordering=owner__name` |
/// | `id=1&id=2` | the same, and without `_start` or `_end` as many rows as there are keys |
/// | `q=red` | `search=red` |
/// | a `DELETE` without a body | the `DELETE`, of the type `application/json` |
///
/// | the API answers | the client gets |
/// |---|---|
/// | a list | the array of its rows; `X-Total-Count: 319`, exposed to scripts of other origins |
/// | 204 to a `DELETE` | 200 with the key in the path, `{"id":7}`, as a number if it is an integer |
/// | anything else, errors too | the same |
///
/// A column whose name ends with `_gte`, `_lte`, `_ne` or `_like`, or that is called `q`, is filtered by its lookup, as
/// `looks_like__exact`.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use sea_query::SqliteQueryBuilder;
/// use tower_rest::{Database, Model, Router, ViewSet, compat::JsonServer, testing::Client};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     make: String,
/// }
///
/// let db = Database::in_memory().await?;
/// # let table = Model::of::<Car>().create_table().to_string(SqliteQueryBuilder);
/// # db.execute_script(&format!("{table}; INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Seat'), (3, 'Fiat')")).await?;
/// let api = Router::new()
///     .register("cars", ViewSet::of::<Car>(&db))
///     .id_member("id")
///     .limit_offset_pages()
///     .layer(JsonServer)
///     .build()?;
/// let answer = Client::new(api).get("/cars?_sort=id&_order=desc&_start=0&_end=1&make_ne=Seat").await;
/// assert_eq!(answer.json()[0]["id"], 3);
/// assert_eq!(answer.header("x-total-count"), Some("2"));
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonServer;

/// The errors of Django REST framework. Its parameters and lists are those of this API, so a client such as
/// `ra-data-django-rest-framework` needs the layer only for what it shows of errors.
///
/// | the API answers | the client gets |
/// |---|---|
/// | a problem with faults in members or parameters | `{"year": ["…"], "make": ["…"]}`, of the type `application/json` |
/// | a fault of the whole body | `{"non_field_errors": ["…"]}` |
/// | a fault inside a member or in a row, `/lines/0/price` | `{"lines": {"0": {"price": ["…"]}}}` |
/// | any other problem | `{"detail": "…"}` |
/// | anything else | the same |
///
/// A `DELETE` without a body gets the type `application/json`, without which a browser's is refused from another origin.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use tower::Layer;
/// use tower_rest::{Database, Model, Router, ViewSet, compat::DjangoRest, testing::Client};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
/// }
///
/// let db = Database::in_memory().await?;
/// let api = Router::new().register("cars", ViewSet::of::<Car>(&db)).build()?;
/// let client = Client::new(DjangoRest.layer(api));
/// let answer = client.get("/cars/?car_id=x").await;
/// assert_eq!(answer.status(), 400);
/// assert!(answer.json()["car_id"][0].is_string());
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DjangoRest;

impl<S> Layer<S> for SimpleRest {
    type Service = CompatService<S>;

    fn layer(&self, inner: S) -> CompatService<S> {
        CompatService::new(ClientDialect::SimpleRest, inner)
    }
}

impl<S> Layer<S> for JsonServer {
    type Service = CompatService<S>;

    fn layer(&self, inner: S) -> CompatService<S> {
        CompatService::new(ClientDialect::JsonServer, inner)
    }
}

impl<S> Layer<S> for DjangoRest {
    type Service = CompatService<S>;

    fn layer(&self, inner: S) -> CompatService<S> {
        CompatService::new(ClientDialect::DjangoRest, inner)
    }
}
