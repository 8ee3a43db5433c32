//! Which rows a request may see, and the columns that identify them.

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
    /// Identifies objects in URLs by a unique column instead of the key: `/cars/model-t/`.
    ///
    /// A row in which that column is null has no link.
    pub fn lookup_field(mut self, column: impl Columns) -> Self {
        let names = self.model.read_names("lookup_field", column);
        self.lookup_field = names.into_iter().next();
        self
    }

    /// Takes parts of the key from the request's head instead of the URL: from a header, or the client's identity.
    ///
    /// Their values narrow every statement about this viewset's rows, and nothing else in the request overrides them.
    /// The column that stays in the URL is `{model}_id`, or else the model's `pk_field`;
    /// [`other_key_columns`](Self::other_key_columns) overrides this. A missing part is a 400 `missing_key_part`. Any
    /// other error that the closure returns becomes the response.
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

    /// Takes parts of the key from an async closure; otherwise this is like [`other_keys`](Self::other_keys).
    pub fn other_keys_async<F>(mut self, give: impl Fn(Head) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Keys>> + Send + 'static,
    {
        self.other_keys = Some(OtherKeys::later(give));
        self
    }

    /// Sets the columns whose values [`other_keys`](Self::other_keys) provides. These columns are omitted from the URL,
    /// and need not be key columns. Building fails if one of them is computed.
    pub fn other_key_columns(mut self, columns: impl Columns) -> Self {
        self.other_key_columns = self.model.read_names("other_key_columns", columns);
        self
    }

    /// Limits every statement about this viewset's rows to the rows that the request may see. Rows outside the scope do
    /// not exist for the request: not in lists, nor by their key, nor through relations.
    ///
    /// An error that the closure returns becomes the response to a request for this viewset. In a request that reaches
    /// this viewset through a relation of another, an error hides all rows of this viewset. Do async work in a layer
    /// and put its result into the request's extensions.
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

    /// Sets the policy, which decides whether a request may access this viewset. An error that it returns, usually
    /// [`Code::Unauthenticated`] or [`Code::Forbidden`], becomes the response before a database connection is taken.
    ///
    /// OPTIONS, `Allow` and the API root omit what the policy refuses. For a nested viewset, the policies of its
    /// parents are asked about [`Access::Retrieve`] first. The policy does not apply to rows reached through relations
    /// of another viewset. **To hide rows everywhere, use a [`scope`](Self::scope)**.
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

    /// Sets the request headers that answers depend on. They are listed in the `Vary` header of this viewset's answers,
    /// and of other viewsets whose relations lead to this one. Include headers that layers, scopes and
    /// [`other_keys`](Self::other_keys) read, such as `Authorization`.
    pub fn vary<H: Into<String>>(mut self, headers: impl IntoIterator<Item = H>) -> Self {
        self.vary = headers.into_iter().map(Into::into).collect();
        self
    }
}
