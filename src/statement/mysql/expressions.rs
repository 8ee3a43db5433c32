//! What MySQL's statements make of a value: its bytes, its lower case, its number, its text.

use sea_query::{Expr, Func};

use super::super::dialect::placeholder;
use crate::{
    cell::Type,
    model::{Column, UuidFormat},
    predicate::Part,
};

/// Stands for a value of a column in a list: days and times are bound as texts, and must not be compared as such.
pub(super) fn typed(column: &Column) -> Expr {
    let ty = match column.ty {
        Type::Date => "CAST(? AS DATE)",
        Type::Time => "CAST(? AS TIME(6))",
        Type::Timestamp | Type::ZonedTimestamp => "CAST(? AS DATETIME(6))",
        _ => return placeholder(),
    };
    Expr::cust_with_expr(ty, placeholder())
}

/// A text in a collation, and in its character set, with whose name that of the collation begins.
pub(super) fn collated(value: Expr, collation: &str) -> Expr {
    let set = collation.split('_').next().unwrap_or_default();
    Expr::cust_with_expr(format!("CONVERT(? USING {set}) COLLATE {collation}"), value)
}

/// What orders a column's values as what is shown of them, which costs the index of a column of the type `uuid`.
pub(super) fn in_shown_order(column: &Column, value: Expr) -> Expr {
    match column.storage.uuid == Some(UuidFormat::Native) {
        true => Expr::cust_with_expr("CAST(? AS BINARY(16))", value),
        false => value,
    }
}

/// Any value as a text. A cast refuses geometries; `CONCAT` of two texts is another one where `sql_mode` makes the empty
/// text null, or null the empty text.
pub(super) fn as_text(value: Expr) -> Expr {
    Expr::cust_with_expr("CONCAT(?)", value)
}

/// A text's bytes, which no collation, padding or character set makes equal to others.
pub(super) fn bytes(value: Expr) -> Expr {
    Expr::cust_with_expr("CAST(CONVERT(? USING utf8mb4) AS BINARY)", value)
}

/// A text's bytes in lower case.
pub(super) fn folded(value: Expr) -> Expr {
    Expr::cust_with_expr("CAST(LOWER(CONVERT(? USING utf8mb4)) AS BINARY)", value)
}

pub(super) fn like(value: Expr, pattern: Expr) -> Expr {
    Expr::cust_with_exprs("(? LIKE ? ESCAPE '!')", [value, pattern])
}

/// Every integer but 0 is true.
pub(super) fn truth(value: Expr) -> Expr {
    Expr::cust_with_expr("(? <> 0)", value)
}

/// A decimal as a number; a text that is none is null.
pub(super) fn number(column: &Column, value: Expr) -> Expr {
    if !column.storage.decimal_text {
        return value;
    }
    Expr::cust_with_exprs(
        "CASE WHEN ? REGEXP '^-{0,1}[0-9]+([.][0-9]+){0,1}$' THEN CAST(? AS DECIMAL(65, 30)) END",
        [value.clone(), value],
    )
}

pub(super) fn date_part(own: Expr, part: Part) -> Expr {
    let function = match part {
        Part::Year => "YEAR",
        Part::Month => "MONTH",
        Part::Day => "DAYOFMONTH",
        Part::Date => "DATE",
    };
    Func::cust(function).arg(own).into()
}
