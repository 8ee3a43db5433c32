//! The [`Computes`] trait: the SQL of computed columns.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sea_query::{Expr, Query, QueryBuilder};

use super::Dialect;
use crate::model::{Column, Computation, DefaultValue, Model};

/// The SQL of one database for computed columns.
pub(crate) trait Computes {
    /// Returns the SQL of a computed column, whose value is of the column's type, without placeholders.
    fn computed(&self, column: &Column, computation: &Computation) -> String;
}

/// Writes the SQL of a model's computed columns. Also returns a message for each expression of the model that the database
/// does not have, for which sea-query panics.
pub(crate) fn computed_by(model: Model, dialect: &dyn Dialect) -> (Model, Vec<String>) {
    let (name, mut mistakes) = (model.name().to_owned(), Vec::new());
    let mut write = |column: &Column, computation: &Computation| {
        let written = catch_unwind(AssertUnwindSafe(|| dialect.computed(column, computation)));
        written.unwrap_or_else(|_| {
            mistakes.push(format!(
                "{name}: the SQL of the column `{}` has an expression that this database does not have",
                column.name
            ));
            "NULL".to_owned()
        })
    };
    let model = model.with_sql(&mut write);
    for column in model.columns() {
        if let Some(DefaultValue::Sql(default)) = &column.default {
            write(column, &Computation::Expression(default.clone()));
        }
    }
    (model, mistakes)
}

/// Returns the SQL of an expression with its constants, for a column that the program describes.
pub(super) fn inlined(expression: Expr, builder: impl QueryBuilder) -> String {
    let text = Query::select().expr(expression).to_string(builder);
    text.strip_prefix("SELECT ").unwrap_or_default().to_owned()
}
