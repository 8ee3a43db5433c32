//! The comparison of the models of a router with the tables of a database.

use super::Router;
use crate::{
    catalog::Schemas,
    database::Database,
    error::{Error, Result},
    idempotency,
    model::Model,
    schema::differences,
    viewset::ViewSet,
};

impl Router {
    /// Compares the models of every viewset with the actual tables of a database at start-up: missing tables and
    /// columns, types, nullability, keys, and foreign keys.
    ///
    /// Checks viewsets whose rows are in this database and viewsets without a database, including nested viewsets.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use sea_query::{ColumnDef, Table};
    /// # use tower_rest::{Database, Model, Router, ViewSet};
    /// # let db = Database::in_memory().await?;
    /// # db.execute_script("CREATE TABLE cars (car_id INTEGER PRIMARY KEY)").await?;
    /// # let table = Table::create().table("cars")
    /// #     .col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let cars = ViewSet::new(Model::from_table("Car", &table)).database(&db);
    /// let router = Router::new().register("cars", cars);
    /// router.check(&db).await?;
    /// let api = router.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// When a model differs from its table; [`Error::mistakes`] then lists every difference. Also when the database
    /// cannot be read.
    pub async fn check(&self, database: &Database) -> Result<()> {
        let is_its = |viewset: &ViewSet| match &viewset.database {
            Some(own) => Database::same(own, database),
            None => true,
        };
        compare(&self.models(&is_its), database).await
    }

    /// Compares the models of every viewset that has a [manager factory](ViewSet::manager_factory) with the tables of one
    /// tenant's database, as [`check`](Self::check) does: before the tenant is served, or for all tenants after a
    /// migration.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use tower_rest::{Database, Model, Router, TenantDatabases, ViewSet};
    /// # #[derive(Model)]
    /// # struct Car { #[model(key)] car_id: i64 }
    /// # let template = Database::in_memory().await?;
    /// let tenants = TenantDatabases::new(|_| Database::connect("sqlite::memory:"));
    /// let of_tenants = tenants.clone();
    /// let cars = ViewSet::of::<Car>(&template).manager_factory(move |head| {
    ///     let tenants = of_tenants.clone();
    ///     async move { tenants.get(head.header("x-tenant")?).await }
    /// });
    /// let router = Router::new().register("cars", cars);
    /// let error = router.check_tenant(&tenants.get("north").await?).await.unwrap_err();
    /// assert_eq!(error.mistakes(), ["Car: there is no table `cars`"]);
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check).
    pub async fn check_tenant(&self, database: &Database) -> Result<()> {
        let has_factory = |viewset: &ViewSet| viewset.manager.is_factory();
        compare(&self.models(&has_factory), database).await
    }

    /// Returns the models of the viewsets, nested ones too, for which `which` returns true.
    fn models(&self, which: &dyn Fn(&ViewSet) -> bool) -> Vec<Model> {
        let mut models = Vec::new();
        for (_, viewset) in &self.entries {
            viewset.collect_models(which, &mut models);
        }
        models
    }
}

impl ViewSet {
    /// Adds the models of this viewset and of its nested ones, as far as `which` returns true, to `models`.
    fn collect_models(&self, which: &dyn Fn(&Self) -> bool, models: &mut Vec<Model>) {
        if which(self) {
            let record = self
                .idempotency
                .principal
                .as_ref()
                .map(|_| idempotency::model());
            for model in [&self.model].into_iter().chain(record) {
                if !models.contains(model) {
                    models.push(model.clone());
                }
            }
        }
        for nested in &self.nested {
            nested.viewset.collect_models(which, models);
        }
    }
}

/// Fails with every difference between models and the tables of a database.
async fn compare(models: &[Model], database: &Database) -> Result<()> {
    let schemas = models.iter().filter_map(|model| model.schema());
    let mut schemas: Vec<_> = schemas.map(str::to_owned).collect();
    schemas.sort_unstable();
    schemas.dedup();
    let catalog = database.catalog(&Schemas::home_and(schemas)).await?;
    let mut mistakes = Vec::new();
    for model in models {
        mistakes.extend(differences(&database.adapt(model.clone()).0, &catalog));
    }
    match mistakes.is_empty() {
        true => Ok(()),
        false => Err(Error::configuration(mistakes)),
    }
}
