//! Expressions of MySQL over a value: its bytes, lower case, number and text.

use sea_query::{Expr, Func};

use super::super::{dialect::placeholder, names::TWO_ROWS};
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

/// Returns the condition that a document is an object one of whose names matches the pattern `key`. `JSON_SEARCH` reads
/// the escapes in names, which MariaDB stores as they were written and compares as other texts elsewhere.
pub(super) fn has_key(document: Expr, key: Expr) -> Expr {
    let names = "(CASE WHEN JSON_VALID(?) THEN JSON_SEARCH(CONVERT(JSON_KEYS(?) USING utf8mb4) COLLATE utf8mb4_bin, \
                 'one', ?, '!') IS NOT NULL END)";
    Expr::cust_with_exprs(names, [document.clone(), document, key])
}

/// Returns the condition that a text matches the pattern of a placeholder. The next placeholder has the pattern that
/// [`missed`](missed) returns for it.
///
/// MariaDB takes a text for one without a match where it gives up the search, and only warns. So it must find that the
/// text has no match; otherwise the statement fails, by a subselect of two rows.
pub(super) fn regex(value: Expr) -> Expr {
    let text = Expr::cust_with_expr(
        "CONVERT(? USING utf8mb4) COLLATE utf8mb4_bin",
        value.clone(),
    );
    let parts = [
        text.clone(),
        placeholder(),
        text,
        placeholder(),
        value.clone(),
        value,
    ];
    let text = format!(
        "(CASE WHEN ? REGEXP ? THEN TRUE WHEN ? REGEXP ? THEN FALSE WHEN ? IS NULL THEN NULL \
         ELSE ({TWO_ROWS} LENGTH(?)) END)"
    );
    Expr::cust_with_exprs(text, parts)
}

/// Returns the pattern of the texts in which `pattern` is not found.
pub(super) fn missed(pattern: &str) -> String {
    format!(r"\A(?![\s\S]*?{pattern})")
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
