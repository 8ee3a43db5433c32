//! The data access of a viewset: the trait to implement, the default, and the manager of each request.
//!
//! 1. A [`Manager`] has a method for each kind of operation, with a default implementation.
//! 2. A [`Base`] is the default data access for one request. A manager's own method calls it as an overriding method
//!    calls `super` in other languages.
//! 3. [`Operations`] is the service that operation layers wrap.

mod base;
mod failure;
mod layers;
mod provider;

use std::future::Future;

pub use self::{
    base::Base,
    layers::{FromFn, FromFnService, Next, Operations, from_fn},
};
pub(crate) use self::{
    base::DataAccess,
    layers::{OperationLayers, caught},
    provider::Provider,
};
use crate::{
    database::Database,
    error::Result,
    operation::{
        Aggregate, Create, Delete, DeleteMany, List, Object, Page, Retrieve, Update, UpdateMany,
    },
};

/// The data access of a viewset, which [`ViewSet::manager`](crate::ViewSet::manager) sets.
///
/// Every method forwards to `base` by default. Override only the methods that differ:
///
/// ```
/// use tower_rest::{Base, List, Manager, Model, Page, Result};
///
/// #[derive(Model)]
/// struct Car {
///     #[model(key)]
///     car_id: i64,
///     year: Option<i32>,
/// }
///
/// /// Lists cars of this century only; an older car is still found by its key.
/// struct Recent;
///
/// impl Manager for Recent {
///     async fn list(&self, list: List, base: Base) -> Result<Page> {
///         base.list(list.and(Car::YEAR.gte(2000))).await
///     }
/// }
/// ```
///
/// The answer to a request with an idempotency key ([`ViewSet::idempotent`](crate::ViewSet::idempotent)) is stored only
/// if the manager runs, by `base`, the same kind of operation that it was called for.
///
/// A manager reads the lists and objects of its own viewset. **Parents of nested lists, and rows reached through a
/// relation of another viewset, are read without it. To hide rows everywhere, use a [`scope`](crate::ViewSet::scope).**
pub trait Manager: Send + Sync + 'static {
    /// Returns the requested page of a list.
    fn list(&self, list: List, base: Base) -> impl Future<Output = Result<Page>> + Send {
        async move { base.list(list).await }
    }

    /// Returns one object; `None` if the row does not exist.
    fn retrieve(
        &self,
        retrieve: Retrieve,
        base: Base,
    ) -> impl Future<Output = Result<Option<Object>>> + Send {
        async move { base.retrieve(retrieve).await }
    }

    /// Returns the requested page of groups of rows, each with its aggregates. It is called only if the viewset offers
    /// [`aggregates`](crate::ViewSet::aggregates). The default does not call [`list`](Self::list).
    fn aggregate(
        &self,
        aggregate: Aggregate,
        base: Base,
    ) -> impl Future<Output = Result<Page>> + Send {
        async move { base.aggregate(aggregate).await }
    }

    /// Inserts rows, and returns them in the same order. A POST of one object inserts one row; a POST of an array
    /// inserts all rows or none.
    fn create(&self, create: Create, base: Base) -> impl Future<Output = Result<Page>> + Send {
        async move { base.create(create).await }
    }

    /// Changes a row, and returns its object; `None` if the row does not exist.
    fn update(
        &self,
        update: Update,
        base: Base,
    ) -> impl Future<Output = Result<Option<Object>>> + Send {
        async move { base.update(update).await }
    }

    /// Deletes a row; returns whether it existed.
    fn delete(&self, delete: Delete, base: Base) -> impl Future<Output = Result<bool>> + Send {
        async move { base.delete(delete).await }
    }

    /// Changes every row that a list selects, and returns the number of rows. It is called only if the viewset offers
    /// [`bulk_updates`](crate::ViewSet::bulk_updates). The default does not call [`update`](Self::update).
    fn update_many(
        &self,
        update: UpdateMany,
        base: Base,
    ) -> impl Future<Output = Result<u64>> + Send {
        async move { base.update_many(update).await }
    }

    /// Deletes every row that a list selects, and returns the number of rows. It is called only if the viewset offers
    /// [`bulk_deletes`](crate::ViewSet::bulk_deletes). The default does not call [`delete`](Self::delete).
    fn delete_many(
        &self,
        delete: DeleteMany,
        base: Base,
    ) -> impl Future<Output = Result<u64>> + Send {
        async move { base.delete_many(delete).await }
    }

    /// Returns the database that `base` reads instead of the viewset's. Default: `None`, for the viewset's database.
    fn database(&self) -> Option<&Database> {
        None
    }
}

/// A `Database` is a manager: the default data access, on this database. A manager factory can return the `Database` of
/// the request's tenant.
impl Manager for Database {
    fn database(&self) -> Option<&Database> {
        Some(self)
    }
}
