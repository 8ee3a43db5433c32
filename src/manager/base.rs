//! [`Base`]: the default data access for one request. Each operation that writes has a transaction of its own, or
//! several share one.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use super::{failure::failed, layers::caught};
#[cfg(doc)]
use crate::error::Code;
use crate::{
    database::{
        Attempt, Database, Ending, PlaceHooks, Query, RequestHooks, Transaction, Writable,
        WriteContext, WrittenDatabases,
    },
    error::Result,
    idempotency::Keeping,
    model::Model,
    operation::{
        Aggregate, Ask, Create, Delete, DeleteMany, Head, List, Object, Outcome, Page, Repeatable,
        Retrieve, Typed, Update, UpdateMany,
    },
    params::Served,
    prefer::Preferences,
};

/// What the default data access must know of a viewset to answer its operations.
#[derive(Debug)]
pub(crate) struct DataAccess {
    /// The viewset's database; `None` if the viewset has a manager and no database.
    pub(crate) database: Option<Database>,
    /// The relations that conditions may name.
    pub(crate) relations: Vec<Served>,
    pub(crate) time_limit: Duration,
    /// Whether a request may be a dry run: `Prefer: tx=rollback` makes its change and rolls it back.
    pub(crate) dry_runs: bool,
    /// The hooks that run for each written row; `None` if there are none.
    pub(crate) hooks: Option<PlaceHooks>,
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
    /// The transaction that all operations share; `None` if each operation that writes has its own.
    shared: Option<Arc<Attempt>>,
}

impl Base {
    /// Creates the base of a request. Each of its operations that writes has a transaction of its own.
    pub(super) fn new(head: Head, model: Model, access: Arc<DataAccess>) -> Self {
        Self {
            head,
            model,
            access,
            database: None,
            shared: None,
        }
    }

    /// Returns the head of the request.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the model of the rows.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Makes the base use `database`, which has the same tables, instead of the viewset's. A base in a transaction of
    /// another database leaves that transaction.
    pub fn on(mut self, database: &Database) -> Self {
        self.shared = self
            .shared
            .filter(|attempt| Database::same(attempt.database(), database));
        self.database = Some(database.clone());
        self
    }

    /// Runs a function whose operations and statements share one transaction. The transaction is committed if the
    /// function returns `Ok`, and rolled back after an `Err` or a panic.
    ///
    /// The function gets a base that runs its operations in the transaction:
    ///
    /// ```
    /// use tower_rest::{Base, Create, Manager, Model, Page, Result};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    /// }
    ///
    /// /// Counts the cars that were ever created.
    /// struct Counted;
    ///
    /// impl Manager for Counted {
    ///     async fn create(&self, create: Create, base: Base) -> Result<Page> {
    ///         base.transaction(move |base| {
    ///             let create = create.clone();
    ///             async move {
    ///                 let page = base.create(create).await?;
    ///                 let mut sqlite = base.current_transaction()?.sqlite().await?;
    ///                 sqlx::query("UPDATE totals SET cars = cars + ?")
    ///                     .bind(i64::try_from(page.rows().len()).unwrap_or(i64::MAX))
    ///                     .execute(&mut *sqlite)
    ///                     .await?;
    ///                 Ok(page)
    ///             }
    ///         })
    ///         .await
    ///     }
    /// }
    /// ```
    ///
    /// - After a conflict with another transaction, such as a deadlock, the function is called again, up to three times
    ///   in all. So it must have no effects outside the transaction.
    /// - The function runs in a task of its own, which a disconnecting client does not stop.
    /// - An operation that fails rolls everything back, so return its error. If the function returns `Ok` nevertheless,
    ///   nothing is committed and the error is a [`Code::Internal`].
    /// - A call of `transaction` on that base runs its function in the same transaction.
    /// - Do not use the outer base while the function runs. On SQLite, its operations that write wait for the
    ///   transaction to end.
    ///
    /// # Errors
    ///
    /// Any error of the function; [`Code::RetriesExhausted`] after the third conflict; an error of the commit.
    pub async fn transaction<T, F>(
        &self,
        unit: impl Fn(Self) -> F + Send + Sync + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        if let Some(attempt) = &self.shared {
            return match caught(async { unit(self.clone()).await }).await {
                Ok(done) => Ok(done),
                Err(error) => Err(attempt.transaction().roll_back_after(error).await),
            };
        }
        let (base, unit) = (self.clone(), Arc::new(unit));
        let run = move |attempt| {
            let shared = Some(attempt);
            let (base, unit) = (
                Self {
                    shared,
                    ..base.clone()
                },
                Arc::clone(&unit),
            );
            caught(async move { unit(base).await })
        };
        let of = (self.model.clone(), self.access.time_limit);
        let database = self.database()?;
        WrittenDatabases::note(&self.head, database);
        database.unit(of, self.ending(), run).await
    }

    /// Returns the transaction that the operations share. It lends its connection for statements of your own.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] outside [`transaction`](Self::transaction).
    pub fn current_transaction(&self) -> Result<&Transaction> {
        let attempt = self.shared.as_deref().map(Attempt::transaction);
        attempt.ok_or_else(|| failed("the base is not that of a `.transaction(…)`"))
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
    /// The errors of [`list`](Self::list).
    pub async fn retrieve(&self, retrieve: Retrieve) -> Result<Option<Object>> {
        let retrieve = retrieve.read(&self.model, &self.access.relations)?;
        self.read(retrieve).await
    }

    /// Reads a page of groups, with their aggregates.
    ///
    /// # Errors
    ///
    /// The errors of [`list`](Self::list), and one if there are too many groups.
    pub async fn aggregate(&self, aggregate: Aggregate) -> Result<Page> {
        let aggregate = aggregate.read(&self.model, &self.access.relations)?;
        self.read(aggregate).await
    }

    /// Inserts rows and reads them back. The operation has a transaction of its own or, inside
    /// [`transaction`](Self::transaction), takes part in the shared one.
    ///
    /// # Errors
    ///
    /// When the parent does not exist, a constraint of the database is broken, or the request may not see a written row
    /// or a row that it refers to.
    pub async fn create(&self, create: Create) -> Result<Page> {
        let create = create.read(&self.model, &self.access.relations)?;
        self.write(create).await
    }

    /// Changes a row and reads it back; returns `None` if the row does not exist. The operation has a transaction of
    /// its own or, inside [`transaction`](Self::transaction), takes part in the shared one.
    ///
    /// # Errors
    ///
    /// The errors of [`create`](Self::create).
    pub async fn update(&self, update: Update) -> Result<Option<Object>> {
        let update = update.read(&self.model, &self.access.relations)?;
        self.write(update).await
    }

    /// Deletes a row; returns whether it existed. The operation has a transaction of its own or, inside
    /// [`transaction`](Self::transaction), takes part in the shared one.
    ///
    /// # Errors
    ///
    /// When other rows refer to the row, or the database fails.
    pub async fn delete(&self, delete: Delete) -> Result<bool> {
        let delete = delete.read(&self.model, &self.access.relations)?;
        self.write(delete).await
    }

    /// Changes every row that a list selects; returns the number of rows. The operation has a transaction of its own
    /// or, inside [`transaction`](Self::transaction), takes part in the shared one.
    ///
    /// # Errors
    ///
    /// The errors of [`create`](Self::create), and one if too many rows are selected.
    pub async fn update_many(&self, update: UpdateMany) -> Result<u64> {
        let update = update.read(&self.model, &self.access.relations)?;
        self.write(update).await
    }

    /// Deletes every row that a list selects; returns the number of rows. The operation has a transaction of its own
    /// or, inside [`transaction`](Self::transaction), takes part in the shared one.
    ///
    /// # Errors
    ///
    /// The errors of [`delete`](Self::delete), and one if too many rows are selected.
    pub async fn delete_many(&self, delete: DeleteMany) -> Result<u64> {
        let delete = delete.read(&self.model, &self.access.relations)?;
        self.write(delete).await
    }

    /// Runs an operation that writes, in the shared transaction if there is one, else in a transaction of its own.
    async fn write<Q: Typed + Into<Writable>>(&self, ask: Q) -> Result<Q::Answer> {
        let hooks = self.access.hooks.as_ref().map(|hooks| RequestHooks {
            hooks: hooks.clone(),
            head: self.head.clone(),
        });
        let context = WriteContext {
            hooks,
            keeping: self.head.extensions.get::<Keeping>().cloned(),
        };
        let query = self.query(ask);
        match &self.shared {
            Some(attempt) => attempt.write(query, &context, self.ending()).await,
            None => {
                let database = self.database()?;
                WrittenDatabases::note(&self.head, database);
                database.write(query, context, self.ending()).await
            }
        }
    }

    /// Returns how the transaction ends: rolled back for a dry run that the viewset offers, else committed.
    fn ending(&self) -> Ending {
        match self.access.dry_runs && asks_for_dry_run(&self.head) {
            true => Ending::RollBack,
            false => Ending::Commit,
        }
    }

    async fn read<Q: Repeatable + Clone>(&self, ask: Q) -> Result<Q::Answer> {
        let query = self.query(ask);
        match &self.shared {
            Some(attempt) => attempt.read(query).await,
            None => self.database()?.read_for(query, &self.head).await,
        }
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

    /// Runs an operation as the viewset would without a manager.
    pub(super) async fn answer(&self, ask: Ask) -> Result<Outcome> {
        Ok(match ask {
            Ask::List(list) => Outcome::Page(self.list(list).await?),
            Ask::Retrieve(retrieve) => Outcome::Object(self.retrieve(retrieve).await?),
            Ask::Aggregate(aggregate) => Outcome::Groups(self.aggregate(aggregate).await?),
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

/// Whether a request asks for a dry run (`Prefer: tx=rollback`).
fn asks_for_dry_run(head: &Head) -> bool {
    Preferences::of(&head.headers).has("tx", "rollback")
}
