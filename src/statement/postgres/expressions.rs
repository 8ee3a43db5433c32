//! Expressions of PostgreSQL: texts and their bytes, patterns, placeholders, parts of dates.

use sea_query::{ColumnType, Expr, ExprTrait};

use super::super::dialect::{placeholder, single};
use crate::{
    cell::{Type, Value},
    model::Column,
    predicate::DatePart,
};

/// Returns a text with the collation that compares bytes, by which only identical texts are equal.
pub(super) fn bytes(value: Expr) -> Expr {
    Expr::cust_with_expr("CAST($1 AS text) COLLATE \"C\"", value)
}

/// Returns a text with a collation, given by its name in PostgreSQL, already quoted.
pub(super) fn collated(value: Expr, collation: &str) -> Expr {
    let collation = collation.replace('$', "$$");
    Expr::cust_with_expr(format!("$1 COLLATE {collation}"), value)
}

pub(super) fn text(value: Expr) -> Expr {
    value.cast_as("text")
}

/// Whether equal texts of the column are also compared by their bytes, since its collation or padding may equate
/// different texts, or its table was not inspected. The database's own comparison is kept as well, since an index
/// serves it.
pub(super) fn is_checked(column: &Column) -> bool {
    let is_text = column.ty.is_textual();
    is_text && (column.storage.loose || !column.storage.exact)
}

/// Returns the SQL that compares a text with a pattern. It compares bytes if the column's collation may not support
/// patterns.
pub(super) fn like(column: &Column) -> &'static str {
    match supports_patterns(column) {
        true => "($1 LIKE $2 ESCAPE '!')",
        false => "($1 LIKE $2 COLLATE \"C\" ESCAPE '!')",
    }
}

/// Returns the SQL that compares a text with a pattern, ignoring case. Text and pattern are converted to lower case by
/// the column's collation.
pub(super) fn like_ignoring_case(column: &Column) -> &'static str {
    match supports_patterns(column) {
        true => "($1 ILIKE $2 ESCAPE '!')",
        // The pattern takes the column's collation from `COALESCE`.
        false => "(lower($1) LIKE lower(COALESCE($2, $1)) COLLATE \"C\" ESCAPE '!')",
    }
}

/// Whether the column's collation is known to support patterns.
fn supports_patterns(column: &Column) -> bool {
    column.storage.exact || !column.ty.is_textual()
}

/// Returns the expression that is matched against a pattern. It is cast to `text` unless the column is known to be one,
/// since `LIKE` ignores case for the type `citext`.
pub(super) fn pattern_of(column: &Column, own: Expr) -> Expr {
    match column.ty {
        Type::Text if column.storage.exact => own,
        _ => text(own),
    }
}

/// Returns a placeholder for a value of the column. The placeholder of a text has no type of its own: it gets the
/// column's type, such as an enum, and an index on a column of `varchar` can be used.
pub(super) fn parameter(column: &Column) -> Expr {
    match column.ty {
        Type::Decimal => text(placeholder()).cast_as("numeric"),
        // As a text, since the type `name` would cut a long value, which could then equal a name.
        Type::Text if is_name(column) => text(placeholder()),
        // The statement's text alone must determine the type of the parameter, since all models with the same text
        // share a prepared statement. Without the cast, the parameter could also be an integer.
        Type::Float => placeholder().cast_as("double precision"),
        _ => placeholder(),
    }
}

/// Returns a value in the form in which the column stores it.
pub(super) fn stored(column: &Column, value: &Value) -> Value {
    match value {
        Value::Float(number) if column.storage.single => Value::Float(single(*number)),
        value => value.clone(),
    }
}

fn is_name(column: &Column) -> bool {
    matches!(&column.declared, Some(ColumnType::Custom(name)) if name.to_string() == "name")
}

/// Returns a part of a date. It is not cast to an integer, since the year of an infinite date is infinite.
pub(super) fn date_part(column: &Column, own: Expr, part: DatePart) -> Expr {
    let local = match column.ty {
        Type::ZonedTimestamp => Expr::cust_with_expr("$1 AT TIME ZONE 'UTC'", own),
        _ => own,
    };
    let extract = match part {
        DatePart::Year => "EXTRACT(YEAR FROM $1)",
        DatePart::Month => "EXTRACT(MONTH FROM $1)",
        DatePart::Day => "EXTRACT(DAY FROM $1)",
        DatePart::Date => return local.cast_as("date"),
    };
    Expr::cust_with_expr(extract, local)
}

/// Whether the value is a text with a zero byte, which texts in PostgreSQL cannot contain.
pub(super) fn has_nul(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.contains('\0'))
}
