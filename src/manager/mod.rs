//! The data access of a viewset: what people write, what it is by default, and where that of a request comes from.
//!
//! 1. A [`Manager`] is a set of typed methods, each with a default: override one, inherit the others.
//! 2. A [`Base`] is that default, for one request: what an override calls instead of `super`.
//! 3. [`Operations`], a service, is what operation layers wrap.

mod layers;
mod source;

use std::{fmt, future::Future, sync::Arc, time::Duration};

pub use self::layers::{FromFn, FromFnService, Next, Operations, from_fn};
pub(crate) use self::{
    layers::{OperationLayers, caught},
    source::Source,
};
use crate::{
    database::{Database, Query},
    error::{Code, Error, Result, SERVER_FAILED},
    model::Model,
    operation::{Ask, Head, List, Object, Outcome, Page, Retrieve, Typed},
    params::Served,
};

/// The data access of a viewset, in place of the default: [`ViewSet::manager`](crate::ViewSet::manager).
///
/// Every method has a default, which asks `base` the same; override one and inherit the others:
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
/// /// Lists cars of this century only; one that is older is still found by its key.
/// struct Recent;
///
/// impl Manager for Recent {
///     async fn list(&self, list: List, base: Base) -> Result<Page> {
///         base.list(list.and(Car::YEAR.gte(2000))).await
///     }
/// }
/// ```
///
/// It is asked for the lists and objects of its own viewset. **Rows that are reached otherwise, as the parent of a nested
/// list or by the relations of another viewset, are read without it: only a [`scope`](crate::ViewSet::scope) is a wall.**
pub trait Manager: Send + Sync + 'static {
    /// Answers a list with one of its pages.
    fn list(&self, list: List, base: Base) -> impl Future<Output = Result<Page>> + Send {
        async move { base.list(list).await }
    }

    /// Answers with one object, or none if there is no such row.
    fn retrieve(
        &self,
        retrieve: Retrieve,
        base: Base,
    ) -> impl Future<Output = Result<Option<Object>>> + Send {
        async move { base.retrieve(retrieve).await }
    }

    /// The database that `base` reads, where it is not the viewset's.
    fn database(&self) -> Option<&Database> {
        None
    }
}

/// The default data access, on this database: what a factory gives that has a database for each tenant.
impl Manager for Database {
    fn database(&self) -> Option<&Database> {
        Some(self)
    }
}

/// What the default data access of a place is made of.
#[derive(Debug)]
pub(crate) struct DataAccess {
    /// None where a manager needs none.
    pub(crate) database: Option<Database>,
    /// What conditions may name.
    pub(crate) relations: Vec<Served>,
    pub(crate) time_limit: Duration,
}

/// The default data access, for one request: `base.list(list)` is what the viewset would do without a manager.
#[derive(Clone)]
#[must_use]
pub struct Base {
    head: Head,
    model: Model,
    access: Arc<DataAccess>,
    /// In place of the viewset's.
    database: Option<Database>,
}

impl Base {
    /// The request that asks.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The model whose rows are asked for.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The same on another database, which has the same tables.
    pub fn on(mut self, database: &Database) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// Reads a page of a list.
    ///
    /// # Errors
    ///
    /// When there is no such page or parent, the database fails or takes too long; and, as the server's failure, when
    /// there is no database, or a condition that was added does not suit the model.
    pub async fn list(&self, list: List) -> Result<Page> {
        let list = list.read(&self.model, &self.access.relations)?;
        self.read(list).await
    }

    /// Reads one object; none if there is no such row.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list) has them.
    pub async fn retrieve(&self, retrieve: Retrieve) -> Result<Option<Object>> {
        let retrieve = retrieve.read(&self.model, &self.access.relations)?;
        self.read(retrieve).await
    }

    async fn read<Q: Typed>(&self, ask: Q) -> Result<Q::Answer> {
        let database = self.database.as_ref().or(self.access.database.as_ref());
        let missing = || {
            failed(format!(
                "{} has no database for the default data access; give its viewset one with `.database(…)`, or the \
                 base with `.on(…)`",
                self.model.name()
            ))
        };
        let query = Query {
            model: self.model.clone(),
            ask,
            time_limit: self.access.time_limit,
            counter: self.head.counter(),
        };
        database.ok_or_else(missing)?.read(query).await
    }

    /// Answers as the viewset would without a manager.
    async fn answer(&self, ask: Ask) -> Result<Outcome> {
        Ok(match ask {
            Ask::List(list) => Outcome::Page(self.list(list).await?),
            Ask::Retrieve(retrieve) => Outcome::Object(self.retrieve(retrieve).await?),
        })
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Base")
            .field("head", &self.head)
            .field("model", &self.model.name())
            .finish_non_exhaustive()
    }
}

/// A mistake of the program, which the client learns nothing of.
fn failed(words: String) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
