//! Columns that the database computes.

use sea_query::Expr;

use super::ViewSet;
use crate::{
    cell::Type,
    model::{Columns, SourceTable},
};

impl ViewSet {
    /// Adds a column that the database computes from the stored columns of each row, as
    /// [`Model::computed`](crate::Model::computed) does: shown, filtered and ordered like any other, and read-only. Call it
    /// before a method that names the column.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use sea_query::ExprTrait;
    /// use tower_rest::{Database, Model, Type, ViewSet};
    ///
    /// #[derive(Model)]
    /// struct Car {
    ///     #[model(key)]
    ///     car_id: i64,
    ///     built: i32,
    ///     scrapped: Option<i32>,
    /// }
    ///
    /// let db = Database::in_memory().await?;
    /// let cars = ViewSet::of::<Car>(&db)
    ///     .computed("lifetime", Type::INTEGER, |table| {
    ///         table.column(Car::SCRAPPED).sub(table.column(Car::BUILT))
    ///     })
    ///     .default_ordering("-lifetime");
    /// # cars.build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn computed(
        mut self,
        name: &str,
        ty: Type,
        expression: impl FnOnce(&SourceTable<'_>) -> Expr,
    ) -> Self {
        self.model = self.model.computed(name, ty, expression);
        self
    }

    /// Adds a computed column with the value at a path in the documents of a JSON column, as
    /// [`Model::json_path`](crate::Model::json_path) does.
    pub fn json_path(mut self, name: &str, column: impl Columns, path: &str, ty: Type) -> Self {
        self.model = self.model.json_path(name, column, path, ty);
        self
    }
}
