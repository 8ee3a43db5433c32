//! Expressions of SQLite over a value: its collations, truth and parts of its date, and values and patterns as texts.

use sea_query::{Expr, ExprTrait};

use crate::{
    cell::{Type, Value},
    model::Column,
    predicate::DatePart,
};

/// The collation that compares decimal texts as numbers. Not every connection has it.
pub(crate) const DECIMAL_COLLATION: &str = "tower_rest_decimal";

/// Compares byte for byte, regardless of the column's declared collation.
pub(super) fn bytewise(column: Expr) -> Expr {
    Expr::cust_with_expr("? COLLATE BINARY", column)
}

/// Compares by a collation of this name.
pub(super) fn collated(column: Expr, collation: &str) -> Expr {
    let collation = collation.replace('"', "\"\"").replace('?', "??");
    Expr::cust_with_expr(format!("? COLLATE \"{collation}\""), column)
}

/// Compares decimal texts as numbers, by [`DECIMAL_COLLATION`].
pub(super) fn as_decimal(column: Expr) -> Expr {
    Expr::cust_with_expr(format!("? COLLATE {DECIMAL_COLLATION}"), column)
}

/// Converts a value to a boolean. Every integer but 0 is true, unless the column stores booleans as texts. Any other
/// value becomes null.
pub(super) fn truth(column: &Column, value: Expr) -> Expr {
    if let Some(truths) = column.storage.truths {
        let text = format!(
            "CASE ? WHEN '{}' THEN 1 WHEN '{}' THEN 0 END",
            truths.yes, truths.no
        );
        return Expr::cust_with_expr(text, value);
    }
    let twice = [value.clone(), value];
    Expr::cust_with_exprs("CASE typeof(?) WHEN 'integer' THEN ? <> 0 END", twice)
}

/// Returns a part of a date, which is at the same place in every text of a date or timestamp.
pub(super) fn date_part(column: Expr, part: DatePart) -> Expr {
    let text = match part {
        DatePart::Year => "substr(?, 1, 4)",
        DatePart::Month => "substr(?, 6, 2)",
        DatePart::Day => "substr(?, 9, 2)",
        DatePart::Date => return Expr::cust_with_expr("substr(?, 1, 10)", column),
    };
    Expr::cust_with_expr(text, column).cast_as("integer")
}

/// Returns a day as the text in which SQLite stores it.
pub(super) fn day_as_text(value: &Value) -> Value {
    match value {
        Value::Date(date) => Value::Text(date.to_string()),
        value => value.clone(),
    }
}

/// Escapes the special characters of `GLOB`.
pub(super) fn glob_escape(char: char, pattern: &mut String) {
    if matches!(char, '*' | '?' | '[') {
        pattern.extend(['[', char, ']']);
    } else {
        pattern.push(char);
    }
}

/// Whether a column is ordered by its stored values, and thus by its own collation.
pub(super) fn is_ordered_as_stored(column: &Column) -> bool {
    match column.ty {
        Type::Boolean | Type::Time | Type::Timestamp | Type::ZonedTimestamp => false,
        Type::Integer { .. }
        | Type::Float
        | Type::Decimal
        | Type::Text
        | Type::Enum(_)
        | Type::Date
        | Type::Uuid
        | Type::Bytes
        | Type::Json
        | Type::Other => !column.storage.bytewise,
    }
}
