//! Export of a whole filtered list.

use super::ViewSet;

impl ViewSet {
    /// Serves the whole filtered list as CSV or NDJSON: `?page=all&format=csv`. Default: pages only.
    ///
    /// Filters, search, ordering, `fields`, policies and scopes apply as for a page; `expand` is refused. Rows are
    /// written as they are read: neither the server nor the client holds the whole list, and rows are not counted. An
    /// export that fails, or whose client reads nothing for half a minute, is aborted, so its body lacks a proper end.
    ///
    /// Each database runs at most two exports at a time, on connections separate from those for pages. A third waits
    /// two seconds and is then answered 503 `busy`. The [`time_limit`](Self::time_limit) applies to the first rows
    /// only.
    ///
    /// `build()` refuses an export together with a [`manager`](Self::manager) or an
    /// [`operation_layer`](Self::operation_layer), which an export would bypass. HTTP layers added by
    /// [`layer`](Self::layer) see an export like any response.
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
