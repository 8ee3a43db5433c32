//! How the rows of a viewset are reached: by managers, those a factory makes, and layers around them.

use std::future::Future;

use tower::{Layer, Service};

use super::ViewSet;
use crate::{
    error::{BoxError, Result},
    manager::{Manager, Operations, Source},
    operation::{Head, Operation, Outcome},
};

impl ViewSet {
    /// Replaces the data access of this viewset's lists and objects, method by method.
    ///
    /// The viewset then needs no [`database`](Self::database), if the manager has one of its own or needs none. Without
    /// any, the model's columns are what the model says, it has no relations, and it cannot be nested. Of this and
    /// [`manager_factory`](Self::manager_factory), what is said last counts.
    ///
    /// **Only a [`scope`](Self::scope) is a wall**: parents of nested lists, and rows that relations lead to, are read by
    /// the default data access.
    pub fn manager(mut self, manager: impl Manager) -> Self {
        self.manager = Source::one(manager);
        self
    }

    /// Has a manager made for each request, which may take waiting and refuse: an error is the answer.
    ///
    /// A [`Database`](crate::Database) is a manager, so tenants with a database each take a look at the request and no more. With
    /// [`database`](Self::database), one of those with the same tables, the model's columns are as they are stored
    /// there, and there can be relations. Answers are marked private, for no shared cache to keep.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let cars = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let (north, south) = (tower_rest::Database::in_memory().await?, tower_rest::Database::in_memory().await?);
    /// use tower_rest::{Code, Error, Model, ViewSet};
    ///
    /// let tenants = HashMap::from([("north", north.clone()), ("south", south)]);
    /// let cars = ViewSet::new(Model::from_table("Car", &cars)).database(&north).manager_factory(move |head| {
    ///     let tenant = head.header("x-tenant").ok().and_then(|name| tenants.get(name)).cloned();
    ///     async { tenant.ok_or_else(|| Error::new(Code::Forbidden, "no such tenant")) }
    /// });
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn manager_factory<F, M>(mut self, make: impl Fn(Head) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<M>> + Send + 'static,
        M: Manager,
    {
        self.manager = Source::factory(make);
        self
    }

    /// Puts a layer around the data access of this viewset: the manager, and the factory that makes it. The layer added
    /// last is the outermost.
    ///
    /// Any tower layer whose service can be cloned will do, and [`from_fn`](crate::from_fn) makes one of a function. Its
    /// errors become answers as those of [`layer`](Self::layer) do, and a panic a 500. It sees the lists and objects of
    /// this viewset, once they are read from the request, and no rows that are reached otherwise: **only a
    /// [`scope`](Self::scope) is a wall**.
    ///
    /// What keeps answers must tell apart what [`Ask`](crate::Ask) does not: with a
    /// [factory](Self::manager_factory), whose database it is.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let cars = tower_rest::ViewSet::new(tower_rest::Model::from_table("Car", &table)).database(&db);
    /// use tower::limit::ConcurrencyLimitLayer;
    /// use tower_rest::{Code, Error, from_fn};
    ///
    /// let cars = cars
    ///     .operation_layer(ConcurrencyLimitLayer::new(8))
    ///     .operation_layer(from_fn(|operation, next| async move {
    ///         match operation.head.headers.contains_key("x-maintenance") {
    ///             true => Err(Error::new(Code::Unavailable, "back at noon")),
    ///             false => next.run(operation).await,
    ///         }
    ///     })); // sees an operation first
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn operation_layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Operations> + Send + Sync + 'static,
        L::Service: Service<Operation, Response = Outcome, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.operation_layers.add(layer);
        self
    }
}
