//! Whether a list can be had as a whole.

use super::ViewSet;

impl ViewSet {
    /// Serves the whole filtered list as NDJSON, an object a line: `?page=all&format=ndjson`. Default: page by page only.
    ///
    /// Filters, search, ordering, `fields`, policies and scopes hold as they do for a page; `expand` is refused. The rows
    /// are written while they are read, so that neither side holds them all, and without counting them. An export that
    /// fails, or that its client reads nothing of for half a minute, breaks off: its last chunk is missing.
    ///
    /// A database has two exports at a time, on connections of their own beside those for pages; who comes third waits two
    /// seconds and is then answered 503 `busy`. The [`time_limit`](Self::time_limit) bounds how long the first rows take,
    /// and not the whole.
    ///
    /// It is not for a viewset with a [`manager`](Self::manager) or an [`operation_layer`](Self::operation_layer), which
    /// an export would not pass: `build()` refuses both together. Layers of HTTP, by [`layer`](Self::layer), see it as any
    /// answer.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use tower_rest::{Database, Model, ViewSet};
    /// # let db = Database::in_memory().await?;
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key())
    /// #     .col(ColumnDef::new("make").string().not_null()).to_owned();
    /// # let car = Model::from_table("Car", &table);
    /// # db.execute_script(&db.create_table(&car)).await?;
    /// # db.execute_script("INSERT INTO cars VALUES (1, 'Fiat'), (2, 'Opel')").await?;
    /// use http_body_util::{BodyExt, Empty};
    /// use tower::ServiceExt;
    ///
    /// let cars = ViewSet::new(car).database(&db).export().build()?;
    /// let request = http::Request::get("/?page=all&format=ndjson&fields=make").body(Empty::<bytes::Bytes>::new())?;
    /// let response = cars.oneshot(request).await?;
    /// assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    /// let body = response.into_body().collect().await?.to_bytes();
    /// assert_eq!(body, "{\"make\":\"Fiat\"}\n{\"make\":\"Opel\"}\n");
    /// # Ok::<(), tower_rest::BoxError>(()) }).unwrap();
    /// ```
    pub fn export(mut self) -> Self {
        self.export = true;
        self
    }
}
