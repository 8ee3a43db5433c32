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
    /// Adds a hook that runs before each row is inserted, inside the transaction, and returns what the row is inserted
    /// with.
    ///
    /// The request is checked before: its body, its parent, and the rows that it refers to. Hooks of the same kind run in
    /// the order in which they were added, each with the changes that the one before it returned.
    ///
    /// An error of a hook rolls the transaction back and is the answer; a panic is a 500. **A hook runs again when the
    /// transaction is run again** after a conflict with another one, so it must have no effects but those in the
    /// transaction: an e-mail is a matter of [`on_commit`](Self::on_commit). The guide has
    /// [recipes](crate::guide::recipes).
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

    /// Adds a hook that runs after each row is inserted, inside the transaction: `after` is the row as it was read
    /// then. Errors, panics and repetition are as for [`before_create`](Self::before_create).
    ///
    /// The answer is read afterwards, and shows what the hook has changed.
    pub fn after_create<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add(&mut self.hooks, HookPoint::AfterCreate, hook);
        self
    }

    /// Adds a hook that runs before each row is changed, inside the transaction, and returns the changes to be made:
    /// `before` is the row, which is locked. Errors, panics and repetition are as for
    /// [`before_create`](Self::before_create).
    ///
    /// It does not run for a request that changes nothing. A POST that changes a row which is there
    /// ([`upserts`](Self::upserts)) is an update. A PATCH of a list changes each row by a statement of its own if the
    /// viewset has such hooks.
    pub fn before_update<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Changes>> + Send + 'static,
    {
        hook::add_before(&mut self.hooks, HookPoint::BeforeUpdate, hook);
        self
    }

    /// Adds a hook that runs after each row is changed, inside the transaction: `before` and `after` are the row then
    /// and now. Otherwise it is as [`after_create`](Self::after_create).
    pub fn after_update<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add(&mut self.hooks, HookPoint::AfterUpdate, hook);
        self
    }

    /// Adds a hook that runs before each row is deleted, inside the transaction: `before` is the row, which is locked.
    /// Errors, panics and repetition are as for [`before_create`](Self::before_create).
    ///
    /// Rows that the database deletes by itself, by `ON DELETE CASCADE`, run no hooks.
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

    /// Adds a hook that runs after each row is deleted, inside the transaction: `before` is the row as it was. Errors,
    /// panics and repetition are as for [`before_create`](Self::before_create).
    pub fn after_delete<F>(mut self, hook: impl Fn(RowChange) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        hook::add(&mut self.hooks, HookPoint::AfterDelete, hook);
        self
    }

    /// Adds a hook that runs once for each written row after the commit, and never after a rollback or a
    /// [dry run](Self::dry_runs).
    ///
    /// It runs in a task that the answer does not wait for, even if the client disconnects. Its error or panic is logged
    /// and changes no answer. A server that stops may stop it, so that it does not run: what must happen belongs in a row
    /// that the transaction itself writes, as in the guide's recipe of an [outbox](crate::guide::recipes).
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
