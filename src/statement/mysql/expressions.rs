//! Expressions of MySQL over a value: its bytes, lower case, number and text.

use sea_query::{Expr, Func};

use super::super::dialect::placeholder;
use crate::{
    cell::Type,
    model::{Column, UuidFormat},
    predicate::DatePart,
};

/// Returns a placeholder for a value of the column in a list of keys. Days and times are bound as texts, so they are
/// cast to their type.
pub(super) fn typed(column: &Column) -> Expr {
    let ty = match column.ty {
        Type::Date => "CAST(? AS DATE)",
        Type::Time => "CAST(? AS TIME(6))",
        Type::Timestamp | Type::ZonedTimestamp => "CAST(? AS DATETIME(6))",
        _ => return placeholder(),
    };
    Expr::cust_with_expr(ty, placeholder())
}

/// Returns a text converted to a collation such as `utf8mb4_bin`, and to its character set, the first part of that
/// name.
pub(super) fn collated(value: Expr, collation: &str) -> Expr {
    let set = collation.split('_').next().unwrap_or_default();
    Expr::cust_with_expr(format!("CONVERT(? USING {set}) COLLATE {collation}"), value)
}

/// Returns the expression to order by for values that are shown as texts. MariaDB's type `uuid` sorts otherwise than
/// its texts, so the bytes of a UUID are compared, for which no index is used.
pub(super) fn in_shown_order(column: &Column, value: Expr) -> Expr {
    match column.storage.uuid == Some(UuidFormat::Native) {
        true => Expr::cust_with_expr("CAST(? AS BINARY(16))", value),
        false => value,
    }
}

/// Returns any value as a text. `CONCAT` also takes geometries, which a cast refuses. It gets no further argument, such
/// as an empty text, since an `sql_mode` may read that as null, or a null as the empty text.
pub(super) fn as_text(value: Expr) -> Expr {
    Expr::cust_with_expr("CONCAT(?)", value)
}

/// Returns the bytes of a text, which are compared without a collation, padding or character set.
pub(super) fn bytes(value: Expr) -> Expr {
    Expr::cust_with_expr("CAST(CONVERT(? USING utf8mb4) AS BINARY)", value)
}

/// Returns the bytes of a text in lower case, which are compared without regard to case.
pub(super) fn folded(value: Expr) -> Expr {
    Expr::cust_with_expr("CAST(LOWER(CONVERT(? USING utf8mb4)) AS BINARY)", value)
}

pub(super) fn like(value: Expr, pattern: Expr) -> Expr {
    Expr::cust_with_exprs("(? LIKE ? ESCAPE '!')", [value, pattern])
}

/// Returns a number as a boolean: every integer but 0 is true.
pub(super) fn truth(value: Expr) -> Expr {
    Expr::cust_with_expr("(? <> 0)", value)
}

/// Returns a decimal as a number. If decimals are stored as texts, an invalid text becomes null.
pub(super) fn number(column: &Column, value: Expr) -> Expr {
    if !column.storage.decimal_text {
        return value;
    }
    Expr::cust_with_exprs(
        "CASE WHEN ? REGEXP '^-{0,1}[0-9]+([.][0-9]+){0,1}$' THEN CAST(? AS DECIMAL(65, 30)) END",
        [value.clone(), value],
    )
}

pub(super) fn date_part(own: Expr, part: DatePart) -> Expr {
    let function = match part {
        DatePart::Year => "YEAR",
        DatePart::Month => "MONTH",
        DatePart::Day => "DAYOFMONTH",
        DatePart::Date => "DATE",
    };
    Func::cust(function).arg(own).into()
}
