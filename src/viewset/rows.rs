//! Which rows a request may see, and by which columns it names them.

use std::future::Future;

use super::ViewSet;
use crate::{
    condition::Condition,
    error::Result,
    keys::{Keys, OtherKeys},
    model::Columns,
    operation::Head,
    policy::{Access, Policy},
    scope::Scope,
};

impl ViewSet {
    /// The unique column that names an object in URLs, instead of the key: `/cars/model-t/`.
    ///
    /// A row without a value in it has no link.
    pub fn lookup_field(mut self, column: impl Columns) -> Self {
        let names = self.model.read_names("lookup_field", column);
        self.lookup_field = names.into_iter().next();
        self
    }

    /// Takes parts of the key from each request instead of its URL: from a header, from who sends it.
    ///
    /// They narrow every statement about this viewset's rows, and nothing else a request says overrides them. The part
    /// that stays in the URL is the column `{model}_id`, else the model's `pk_field`;
    /// [`other_key_columns`](Self::other_key_columns) says otherwise. A part that is not given is a 400
    /// `missing_key_part`; an error of the closure is the answer.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Index, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("tenant").string()).col(ColumnDef::new("car_id").integer())
    /// #     .primary_key(Index::create().col("tenant").col("car_id")).to_owned();
    /// use tower_rest::{Keys, Model, ViewSet};
    ///
    /// let cars = ViewSet::new(Model::from_table("Car", &table))
    ///     .database(&db)
    ///     .other_keys(|head| Ok(Keys::new().part("tenant", head.header("X-Tenant")?)));
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn other_keys(
        mut self,
        give: impl Fn(&Head) -> Result<Keys> + Send + Sync + 'static,
    ) -> Self {
        self.other_keys = Some(OtherKeys::now(give));
        self
    }

    /// The same where it takes waiting, such as for another service.
    pub fn other_keys_async<F>(mut self, give: impl Fn(Head) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Keys>> + Send + 'static,
    {
        self.other_keys = Some(OtherKeys::later(give));
        self
    }

    /// The columns whose values [`other_keys`](Self::other_keys) gives; they leave the URL. They need not be of the key.
    pub fn other_key_columns(mut self, columns: impl Columns) -> Self {
        self.other_key_columns = self.model.read_names("other_key_columns", columns);
        self
    }

    /// Narrows every statement about this viewset's rows to those that a request may see: what is outside does not exist
    /// for it, by whatever way it is asked for.
    ///
    /// An error of the closure is the answer to a request for this viewset; where it is reached through a relation of
    /// another, there is no row of it. What takes waiting belongs in a layer that puts its result among the request's
    /// extensions.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use tower_rest::{Model, ViewSet};
    /// # let db = tower_rest::Database::in_memory().await?;
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     owner_id: i64,
    /// }
    ///
    /// /// Put among the extensions by a layer that authenticates.
    /// #[derive(Clone)]
    /// struct User { id: i64 }
    ///
    /// let cars = ViewSet::of::<Car>(&db).scope(|head| {
    ///     let user = head.identity::<User>()?; // without one: 401
    ///     Ok(Car::OWNER_ID.eq(user.id))
    /// });
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn scope(
        mut self,
        says: impl Fn(&Head) -> Result<Condition> + Send + Sync + 'static,
    ) -> Self {
        self.scope = Some(Scope::new(says));
        self
    }

    /// Says whether a request may do what it asks of this viewset at all: an error, as a rule [`Code::Unauthenticated`] or
    /// [`Code::Forbidden`], is the answer, before any connection is taken.
    ///
    /// What may not be done is not offered either: OPTIONS, `Allow` and the API root leave it out. For what is nested, the
    /// viewsets above are asked about [`Access::Retrieve`] first. Rows that relations of another viewset lead to are not
    /// asked about: **only a [`scope`](Self::scope) is a wall**.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # let db = tower_rest::Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let cars = tower_rest::ViewSet::new(tower_rest::Model::from_table("Car", &table)).database(&db);
    /// use tower_rest::{Access, Code, Error};
    ///
    /// /// Put among the extensions by a layer that authenticates.
    /// #[derive(Clone)]
    /// struct User { is_mechanic: bool }
    ///
    /// let cars = cars.policy(|head, access| match access {
    ///     Access::Act(_) if !head.identity::<User>()?.is_mechanic => {
    ///         Err(Error::new(Code::Forbidden, "only mechanics change cars"))
    ///     }
    ///     _ => Ok(()),
    /// });
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// [`Code::Unauthenticated`]: crate::Code::Unauthenticated
    /// [`Code::Forbidden`]: crate::Code::Forbidden
    pub fn policy(
        mut self,
        says: impl Fn(&Head, Access<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.policy = Some(Policy::new(says));
        self
    }

    /// The request headers on which answers depend, for caches: they are named in `Vary`, here and where relations of
    /// another viewset lead here. Say those that layers, scopes and [`other_keys`](Self::other_keys) look at, such as
    /// `Authorization`.
    pub fn vary<H: Into<String>>(mut self, headers: impl IntoIterator<Item = H>) -> Self {
        self.vary = headers.into_iter().map(Into::into).collect();
        self
    }
}
