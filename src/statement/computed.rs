//! The [`Computes`] trait: the SQL of computed columns.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sea_query::{Expr, Query, QueryBuilder};

use crate::model::{Column, Computation, DefaultValue, Model};

/// The SQL of one database for computed columns.
pub(crate) trait Computes {
    /// Returns the SQL of a computed column, whose value is of the column's type, without placeholders.
    fn computed(&self, column: &Column, computation: &Computation) -> String;

    /// Returns the SQL of an expression, without placeholders.
    fn whole(&self, expression: Expr) -> String;
}

/// Writes the SQL of a model's computed columns and of its defaults. Also returns a message for each expression of the model
/// that the database does not have, for which sea-query panics.
pub(crate) fn computed_by(
    model: Model,
    dialect: &(impl Computes + ?Sized),
) -> (Model, Vec<String>) {
    let (model_name, mut mistakes) = (model.name().to_owned(), Vec::new());
    let mut write = |name: &str, written: &dyn Fn() -> String| {
        catch_unwind(AssertUnwindSafe(written)).unwrap_or_else(|_| {
            mistakes.push(format!(
                "{model_name}: the SQL of the column `{name}` has an expression that this database does not have"
            ));
            "NULL".to_owned()
        })
    };
    let model = model.with_sql(|column, computation| {
        write(&column.name, &|| dialect.computed(column, computation))
    });
    let model = model.adapted(|column| {
        if let Some(DefaultValue::Sql(default)) = &column.default
            && !column.read_only
        {
            // A statement binds no values of an expression, so these are written into it.
            let text = write(&column.name, &|| dialect.whole(default.clone()));
            column.default = Some(DefaultValue::Sql(Expr::cust(text)));
        }
    });
    (model, mistakes)
}

/// Returns the SQL of an expression with its constants, for a column that the program describes.
pub(super) fn inlined(expression: Expr, builder: impl QueryBuilder) -> String {
    let text = Query::select().expr(expression).to_string(builder);
    text.strip_prefix("SELECT ").unwrap_or_default().to_owned()
}
