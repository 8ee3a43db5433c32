//! The data access of a viewset: the trait to implement, the default, and the manager of each request.
//!
//! 1. A [`Manager`] has a method for each kind of question, with a default implementation.
//! 2. A [`Base`] is the default data access for one request; an overriding method calls it as it would call `super`.
//! 3. [`Operations`] is the service that operation layers wrap.

mod layers;
mod provider;

use std::{fmt, future::Future, sync::Arc, time::Duration};

pub use self::layers::{FromFn, FromFnService, Next, Operations, from_fn};
pub(crate) use self::{
    layers::{OperationLayers, caught},
    provider::Provider,
};
use crate::{
    database::{Database, Ending, Query, Writable},
    error::{Code, Error, Result, SERVER_FAILED},
    idempotency::Keeping,
    model::Model,
    operation::{
        Ask, Create, Delete, DeleteMany, Head, List, Object, Outcome, Page, Repeatable, Retrieve,
        Typed, Update, UpdateMany,
    },
    params::Served,
    prefer::Preferences,
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
/// The answer to a request with an idempotency key ([`ViewSet::idempotent`](crate::ViewSet::idempotent)) is kept only if
/// the manager asks `base` the question that it was asked.
///
/// A manager reads the lists and objects of its own viewset. **It does not read rows that are the parent of a nested
/// list or are reached through a relation of another viewset: only a [`scope`](crate::ViewSet::scope) is a row
/// filter.**
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

    /// Inserts rows, and answers with them in their order. A POST of one object inserts one, a POST of an array all of
    /// them or none.
    fn create(&self, create: Create, base: Base) -> impl Future<Output = Result<Page>> + Send {
        async move { base.create(create).await }
    }

    /// Changes a row, and answers with its object, or `None` if the row does not exist.
    fn update(
        &self,
        update: Update,
        base: Base,
    ) -> impl Future<Output = Result<Option<Object>>> + Send {
        async move { base.update(update).await }
    }

    /// Deletes a row; answers whether it existed.
    fn delete(&self, delete: Delete, base: Base) -> impl Future<Output = Result<bool>> + Send {
        async move { base.delete(delete).await }
    }

    /// Changes every row that a list selects, and answers with their number. Only asked if the viewset offers
    /// [`bulk_updates`](crate::ViewSet::bulk_updates). The default does not call [`update`](Self::update).
    fn update_many(
        &self,
        update: UpdateMany,
        base: Base,
    ) -> impl Future<Output = Result<u64>> + Send {
        async move { base.update_many(update).await }
    }

    /// Deletes every row that a list selects, and answers with their number. Only asked if the viewset offers
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

/// A `Database` is a manager: the default data access, on this database. A factory can return one for each tenant.
impl Manager for Database {
    fn database(&self) -> Option<&Database> {
        Some(self)
    }
}

/// What the default data access needs to answer the operations of a viewset.
#[derive(Debug)]
pub(crate) struct DataAccess {
    /// The viewset's database; `None` if the viewset has a manager and no database.
    pub(crate) database: Option<Database>,
    /// The relations that conditions may name.
    pub(crate) relations: Vec<Served>,
    pub(crate) time_limit: Duration,
    /// Whether a request may ask for its change to be taken back.
    pub(crate) dry_runs: bool,
}

/// The default data access for one request: `base.list(list)` answers as the viewset would without a manager.
#[derive(Clone)]
#[must_use]
pub struct Base {
    head: Head,
    model: Model,
    access: Arc<DataAccess>,
    /// The database set by `on`, which is used instead of the viewset's.
    database: Option<Database>,
}

impl Base {
    /// Returns the head of the request.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the model of the rows.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Makes the base read `database`, which has the same tables, instead of the viewset's.
    pub fn on(mut self, database: &Database) -> Self {
        self.database = Some(database.clone());
        self
    }

    /// Reads a page of a list.
    ///
    /// # Errors
    ///
    /// When the page or parent does not exist, or the database fails or takes too long. A missing database, or an added
    /// condition that does not fit the model, is [`Code::Internal`].
    pub async fn list(&self, list: List) -> Result<Page> {
        let list = list.read(&self.model, &self.access.relations)?;
        self.read(list).await
    }

    /// Reads one object; `None` if the row does not exist.
    ///
    /// # Errors
    ///
    /// As for [`list`](Self::list).
    pub async fn retrieve(&self, retrieve: Retrieve) -> Result<Option<Object>> {
        let retrieve = retrieve.read(&self.model, &self.access.relations)?;
        self.read(retrieve).await
    }

    /// Inserts rows and reads them again, in a transaction of its own that is committed.
    ///
    /// # Errors
    ///
    /// When the parent does not exist, a constraint of the database is broken, or the request may not see a written row
    /// or a row that it refers to.
    pub async fn create(&self, create: Create) -> Result<Page> {
        let create = create.read(&self.model, &self.access.relations)?;
        self.write(create).await
    }

    /// Changes a row and reads it again, in a transaction of its own that is committed; `None` if the row does not
    /// exist.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub async fn update(&self, update: Update) -> Result<Option<Object>> {
        let update = update.read(&self.model, &self.access.relations)?;
        self.write(update).await
    }

    /// Deletes a row, in a transaction of its own that is committed; returns whether it existed.
    ///
    /// # Errors
    ///
    /// When other rows refer to the row, or the database fails.
    pub async fn delete(&self, delete: Delete) -> Result<bool> {
        let delete = delete.read(&self.model, &self.access.relations)?;
        self.write(delete).await
    }

    /// Changes every row that a list selects, in a transaction of its own that is committed; returns their number.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create), and when there are too many rows.
    pub async fn update_many(&self, update: UpdateMany) -> Result<u64> {
        let update = update.read(&self.model, &self.access.relations)?;
        self.write(update).await
    }

    /// Deletes every row that a list selects, in a transaction of its own that is committed; returns their number.
    ///
    /// # Errors
    ///
    /// As for [`delete`](Self::delete), and when there are too many rows.
    pub async fn delete_many(&self, delete: DeleteMany) -> Result<u64> {
        let delete = delete.read(&self.model, &self.access.relations)?;
        self.write(delete).await
    }

    /// Writes in a transaction of its own. It is committed, unless the request may ask for a dry run and does.
    async fn write<Q: Typed + Into<Writable>>(&self, ask: Q) -> Result<Q::Answer> {
        let is_dry = self.access.dry_runs && asks_for_dry_run(&self.head);
        let ending = match is_dry {
            true => Ending::RollBack,
            false => Ending::Commit,
        };
        let keeping = self.head.extensions.get::<Keeping>().cloned();
        let query = self.query(ask);
        self.database()?.write(query, ending, keeping).await
    }

    async fn read<Q: Repeatable>(&self, ask: Q) -> Result<Q::Answer> {
        self.database()?.read(self.query(ask)).await
    }

    fn query<Q>(&self, ask: Q) -> Query<Q> {
        Query {
            model: self.model.clone(),
            ask,
            time_limit: self.access.time_limit,
            counter: self.head.counter(),
        }
    }

    fn database(&self) -> Result<&Database> {
        let database = self.database.as_ref().or(self.access.database.as_ref());
        database.ok_or_else(|| {
            failed(format!(
                "{} has no database for the default data access; give its viewset one with `.database(…)`, or the \
                 base with `.on(…)`",
                self.model.name()
            ))
        })
    }

    /// Answers as the viewset would without a manager.
    async fn answer(&self, ask: Ask) -> Result<Outcome> {
        Ok(match ask {
            Ask::List(list) => Outcome::Page(self.list(list).await?),
            Ask::Retrieve(retrieve) => Outcome::Object(self.retrieve(retrieve).await?),
            Ask::Create(create) => Outcome::Created(self.create(create).await?),
            Ask::Update(update) => Outcome::Updated(self.update(update).await?),
            Ask::Delete(delete) => Outcome::Deleted(self.delete(delete).await?),
            Ask::UpdateMany(update) => Outcome::UpdatedMany(self.update_many(update).await?),
            Ask::DeleteMany(delete) => Outcome::DeletedMany(self.delete_many(delete).await?),
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

/// Whether a request prefers its change to be taken back once it is answered.
fn asks_for_dry_run(head: &Head) -> bool {
    Preferences::of(&head.headers).has("tx", "rollback")
}

/// Returns the error of a mistake in the program; its details are not sent to the client.
fn failed(words: String) -> Error {
    Error::new(Code::Internal, SERVER_FAILED).with_source(words)
}
