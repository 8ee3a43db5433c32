//! Expressions of SQLite over a value: its collations, truth and parts of its date, and values and patterns as texts.

use sea_query::{Expr, ExprTrait};

use crate::{
    cell::{Type, Value},
    model::Column,
    predicate::DatePart,
};

/// The collation that compares decimal texts as numbers. Not every connection has it.
pub(crate) const DECIMAL_COLLATION: &str = "tower_rest_decimal";

/// The function that adds integers and decimal texts exactly, and returns a decimal text.
pub(crate) const SUM: &str = "tower_rest_sum";

/// The function that returns the average of integers and decimal texts, as a decimal text.
pub(crate) const AVERAGE: &str = "tower_rest_avg";
/// The function that matches a text with a regular expression. Not every connection has it.
pub(crate) const REGEX_FUNCTION: &str = "tower_rest_regex";

/// Returns a column with the collation that compares byte for byte, whatever collation it declares.
pub(super) fn bytewise(column: Expr) -> Expr {
    Expr::cust_with_expr("? COLLATE BINARY", column)
}

/// Returns a column with the collation of this name.
pub(super) fn collated(column: Expr, collation: &str) -> Expr {
    let collation = collation.replace('"', "\"\"").replace('?', "??");
    Expr::cust_with_expr(format!("? COLLATE \"{collation}\""), column)
}

/// Returns a column of decimal texts with [`DECIMAL_COLLATION`], which compares them as numbers.
pub(super) fn as_decimal(column: Expr) -> Expr {
    Expr::cust_with_expr(format!("? COLLATE {DECIMAL_COLLATION}"), column)
}

/// Returns a value as a boolean. An integer is true unless it is 0; in a column that stores booleans as texts, such as
/// `yes` and `no`, these two count instead. Any other value becomes null.
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

/// Returns a part of a date, such as the year. It is at the same place in every text of a date or timestamp.
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

/// Appends a character to a pattern for `GLOB`, in brackets if it is special: `[*]`.
pub(super) fn glob_escape(char: char, pattern: &mut String) {
    if matches!(char, '*' | '?' | '[') {
        pattern.extend(['[', char, ']']);
    } else {
        pattern.push(char);
    }
}

/// Whether a column is ordered by its values as they are stored, and thus by its own collation, and not by an
/// expression over them.
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

/// Returns the condition that a document is an object with a member named `key`. What is no document has no members, and
/// the items of an array are at numbers.
pub(super) fn has_key(key: Expr, document: Expr) -> Expr {
    let members = "(? IN (SELECT \"key\" FROM json_each(CASE WHEN typeof(?) = 'text' AND json_valid(?) THEN ? END)))";
    Expr::cust_with_exprs(members, [key, document.clone(), document.clone(), document])
}
