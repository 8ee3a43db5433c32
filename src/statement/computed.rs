//! The [`Computes`] trait: the SQL of computed columns.

use sea_query::{Expr, Query, QueryBuilder};

use crate::model::{Column, Computation};

/// The SQL of one database for computed columns.
pub(crate) trait Computes {
    /// Returns the SQL of a computed column, whose value is of the column's type, without placeholders.
    fn computed(&self, column: &Column, computation: &Computation) -> String;
}

/// Returns the SQL of an expression with its constants, for a column that the program describes.
pub(super) fn inlined(expression: Expr, builder: impl QueryBuilder) -> String {
    let text = Query::select().expr(expression).to_string(builder);
    text.strip_prefix("SELECT ").unwrap_or_default().to_owned()
}
