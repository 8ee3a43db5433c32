//! What differs from database to database in the text of a statement.

use sea_query::{Expr, SelectStatement};

use super::{
    source::Source,
    term::{Leaf, Term},
};
use crate::{
    cell::Value,
    model::{Column, Model},
    predicate::Predicate,
};

/// How one database writes what every database can say.
pub(crate) trait Dialect: Send + Sync {
    /// A condition that is no combination of others, with its values as the database stores them.
    fn term(&self, condition: &Predicate, model: &Model) -> Term;

    /// The SQL of a comparison.
    fn expression(&self, leaf: &Leaf, source: Source<'_>) -> Expr;

    /// Whether there is a row.
    fn exists(&self, rows: SelectStatement) -> Expr {
        Expr::exists(rows)
    }

    /// What is ordered by, where `value` is a value of the column.
    fn order_key(&self, column: &Column, value: Expr) -> Expr;

    /// What is compared to tell keys apart, where `value` is a value of the column: equal exactly where the cells are,
    /// and stored in a form of the column.
    fn key(&self, column: &Column, value: Expr) -> Expr;

    /// A value of the column as [`key`](Self::key) has it.
    fn key_value(&self, column: &Column, value: &Value) -> Value;

    /// Keeps the rows whose `keys` together are one of as many rows of placeholders, of which some may be equal.
    fn keep(&self, select: &mut SelectStatement, keys: Vec<Expr>, rows: usize);

    /// How many values a statement takes.
    fn most_values(&self) -> usize;

    /// The text of a statement, with placeholders.
    fn text(&self, select: &SelectStatement) -> String;
}

/// Stands for a value in the text; the value itself is bound from the statement's own list.
pub(super) fn placeholder() -> Expr {
    Expr::val(0)
}
