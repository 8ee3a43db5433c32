//! Data access of a viewset: managers, manager factories, and operation layers.

use std::future::Future;

use tower::{Layer, Service};

use super::ViewSet;
use crate::{
    error::{BoxError, Result},
    manager::{Manager, Operations, Provider},
    operation::{Head, Operation, Outcome},
};

impl ViewSet {
    /// Sets the manager, which reads the lists and objects of this viewset.
    ///
    /// The viewset then needs no [`database`](Self::database), unless the manager reads it. Without a database, column
    /// types come from the model, and the viewset has no relations and cannot be nested. If both this method and
    /// [`manager_factory`](Self::manager_factory) are called, the last call counts.
    ///
    /// **Parents of nested lists, and rows reached through relations, are read by the default data access. **To hide
    /// rows everywhere, use a [`scope`](Self::scope).**
    pub fn manager(mut self, manager: impl Manager) -> Self {
        self.manager = Provider::one(manager);
        self
    }

    /// Sets an async factory that makes a manager for each request. An error of the factory becomes the response.
    ///
    /// A [`Database`](crate::Database) is a manager: for a database per tenant, return that `Database` from the
    /// factory; [`TenantDatabases`](crate::TenantDatabases) opens those of many tenants. Also set [`database`](Self::database) to a database with the same tables, which provides column types
    /// and relations. Answers are marked private, so shared caches do not store them.
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
        self.manager = Provider::factory(make);
        self
    }

    /// Wraps a layer around the data access of this viewset, including the manager and its factory. The layer added
    /// last is the outermost.
    ///
    /// Accepts any tower layer whose service is `Clone`; [`from_fn`](crate::from_fn) makes one from a function. Errors
    /// of the layer become responses as for [`layer`](Self::layer), and a panic becomes a 500. The layer sees requests
    /// for lists and objects of this viewset after they are parsed. It does not see rows that are read through a
    /// relation or as a parent. **To hide rows everywhere, use a [`scope`](Self::scope)**.
    ///
    /// With a [factory](Self::manager_factory), a layer that caches outcomes must include the tenant in its key:
    /// [`Ask`](crate::Ask) does not identify the database.
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
