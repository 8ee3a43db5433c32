//! What differs from database to database in the text of a statement.

use sea_query::{DynIden, Expr, IntoIden, SelectStatement, TableName, TableRef};

use super::term::{Leaf, Term};
use crate::{
    condition::Condition,
    model::{Column, Model},
};

/// How one database writes what every database can say.
pub(crate) trait Dialect: Send + Sync {
    /// A condition that is no combination of others, with its values as the database stores them.
    fn term(&self, condition: &Condition, model: &Model) -> Term;

    /// The SQL of a comparison.
    fn expression(&self, leaf: &Leaf, model: &Model) -> Expr;

    /// What a column is ordered by.
    fn order_key(&self, column: &Column, model: &Model) -> Expr;

    /// The text of a statement, with placeholders.
    fn text(&self, select: &SelectStatement) -> String;
}

/// The table, with its schema if it has one.
pub(crate) fn table(model: &Model) -> TableRef {
    let name = iden(model.table());
    let schema = model.schema().map(|schema| iden(schema).into());
    TableRef::Table(TableName(schema, name), None)
}

/// The column, qualified: SQLite takes an unqualified quoted name that is no column for a text.
pub(crate) fn column(column: &Column, model: &Model) -> Expr {
    Expr::col((iden(model.table()), iden(&column.sql)))
}

/// An identifier that is quoted and escaped whatever is in it.
fn iden(name: &str) -> DynIden {
    name.to_owned().into_iden()
}
