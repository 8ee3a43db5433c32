//! The hooks of a viewset: functions that run for each row that a request writes.

use std::future::Future;

use super::ViewSet;
use crate::{
    database::HookPoint,
    error::Result,
    hook::{self, CommittedChange, RowChange},
    operation::Changes,
};

impl ViewSet {
    /// Adds a hook that runs before each row is inserted, inside the transaction. It returns the values to insert.
    ///
    /// The request's body, its parent and the rows that it refers to are checked before the hook runs. Hooks of the
    /// same kind run in the order in which they were added; each gets the changes that the hook before it returned.
    ///
    /// An error of a hook rolls the transaction back and is the answer; a panic is a 500. **A hook runs again if the
    /// transaction is run again** after a conflict with another transaction. So a hook must have no effects outside the
    /// transaction: send e-mails in [`on_commit`](Self::on_commit). The guide has [recipes](crate::guide::recipes).
    ///
    /// ```
    /// # use tower_rest::{Model, ViewSet};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// #[derive(Model)]
    /// struct Post {
    ///     #[model(key)]
    ///     post_id: i64,
    ///     title: String,
    ///     slug: String,
    /// }
    ///
    /// let posts = ViewSet::of::<Post>(&db).writable().before_create(|change| async move {
    ///     let mut changes = change.changes;
    ///     let title: String = changes.get_as(Post::TITLE)?.unwrap_or_default();
    ///     changes.set(Post::SLUG, title.to_lowercase().replace(' ', "-"))?;
    ///     Ok(changes)
    /// });
    /// # posts.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn before_create<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Changes>> + Send + 'static,
    {
        hook::add_before(&mut self.hooks, HookPoint::BeforeCreate, hook);
        self
    }

    /// Adds a hook that runs after each row is inserted, inside the transaction: `after` is the inserted row. Errors,
    /// panics and repetition are as for [`before_create`](Self::before_create).
    ///
    /// The row is read for the answer after the hook, so the answer shows what the hook has changed.
    pub fn after_create<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add(&mut self.hooks, HookPoint::AfterCreate, hook);
        self
    }

    /// Adds a hook that runs before each row is changed, inside the transaction. `before` is the stored row, which is
    /// locked. The hook returns the changes to be made. Errors, panics and repetition are as for
    /// [`before_create`](Self::before_create).
    ///
    /// The hook does not run for a request that changes nothing. It runs for a POST that changes a stored row
    /// ([`upserts`](Self::upserts)). With such a hook, a PATCH of a list changes each row by a statement of its own.
    pub fn before_update<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Changes>> + Send + 'static,
    {
        hook::add_before(&mut self.hooks, HookPoint::BeforeUpdate, hook);
        self
    }

    /// Adds a hook that runs after each row is changed, inside the transaction: `before` and `after` are the row before
    /// and after the change. Otherwise the hook is like that of [`after_create`](Self::after_create).
    pub fn after_update<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add(&mut self.hooks, HookPoint::AfterUpdate, hook);
        self
    }

    /// Adds a hook that runs before each row is deleted, inside the transaction: `before` is the stored row, which is
    /// locked. Errors, panics and repetition are as for [`before_create`](Self::before_create).
    ///
    /// No hook runs for rows that the database deletes by `ON DELETE CASCADE`.
    ///
    /// ```
    /// # use tower_rest::{Model, ViewSet};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// use tower_rest::{Code, Error};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     sold: bool,
    /// }
    ///
    /// let cars = ViewSet::of::<Car>(&db).writable().before_delete(|change| async move {
    ///     match change.stored_before()?.get_as(Car::SOLD)? {
    ///         true => Err(Error::new(Code::Forbidden, "a sold car is kept for the books")),
    ///         false => Ok(()),
    ///     }
    /// });
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn before_delete<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add(&mut self.hooks, HookPoint::BeforeDelete, hook);
        self
    }

    /// Adds a hook that runs after each row is deleted, inside the transaction: `before` is the deleted row. Errors,
    /// panics and repetition are as for [`before_create`](Self::before_create).
    pub fn after_delete<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add(&mut self.hooks, HookPoint::AfterDelete, hook);
        self
    }

    /// Adds a hook that runs once for each written row after the commit. It never runs after a rollback or a [dry
    /// run](Self::dry_runs).
    ///
    /// The hook runs in a task that the answer does not wait for, even if the client disconnects. Its error or panic is
    /// only logged. If the server stops before the hook has run, the hook does not run at all. So an effect that must
    /// happen belongs in a row that the transaction itself writes, as in the guide's recipe of an
    /// [outbox](crate::guide::recipes).
    ///
    /// ```
    /// # use tower_rest::{Model, ViewSet};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// #[derive(Model)]
    /// struct Order {
    ///     #[model(key)]
    ///     order_id: i64,
    /// }
    ///
    /// let orders = ViewSet::of::<Order>(&db).creates().on_commit(|change| async move {
    ///     let id: i64 = change.stored_after()?.get_as(Order::ORDER_ID)?;
    ///     tracing::info!(id, "a new order");
    ///     Ok(())
    /// });
    /// # orders.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn on_commit<F>(
        mut self,
        hook: impl Fn(CommittedChange) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add_on_commit(&mut self.hooks, hook);
        self
    }
}
