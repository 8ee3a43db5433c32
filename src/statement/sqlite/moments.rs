//! Moments and times that SQLite stores in several spellings, normalized to one text for comparisons.

use sea_query::Expr;

use crate::{
    cell::Type,
    model::{Column, TimestampFormat},
};

/// The SQL condition that a text is empty, `Z` or an offset such as `+01:00`. Offsets of 15 hours or more, which may
/// also match, are null in SQLite's functions and in this library's parser.
macro_rules! zone {
    ($text:literal) => {
        concat!(
            "(",
            $text,
            " IN ('', 'Z') OR ",
            $text,
            " GLOB '[+-][01][0-9]:[0-5][0-9]')"
        )
    };
}

/// Whether a column stores moments or times in any of several spellings ([`TimestampFormat::Any`]), such as
/// `2014-01-02T03:04Z` and `2014-01-02 03:04:00`.
pub(super) fn is_spelled(column: &Column) -> bool {
    let is_moment = matches!(
        column.ty,
        Type::Time | Type::Timestamp | Type::ZonedTimestamp
    );
    is_moment && column.storage.timestamp == TimestampFormat::Any
}

/// Returns the expression of a column in a comparison: normalized to one text for each moment or time if the column
/// stores several spellings, else unchanged.
pub(super) fn spelled(column: &Column, own: Expr) -> Expr {
    match is_spelled(column) {
        true if column.ty == Type::Time => fill(TIME, &own),
        true => fill(MOMENT, &own),
        false => own,
    }
}

/// Returns a text for ordering and for keys: equal for equal moments or times, and sorted in their order.
pub(super) fn one_spelling(column: &Column, value: Expr) -> Expr {
    match column.storage.timestamp {
        _ if is_spelled(column) => spelled(column, value),
        // With a fixed number of digits, or with one text for each moment, the texts sort as they are.
        TimestampFormat::Millis if column.ty != Type::Time => value,
        _ if column.storage.uniform => value,
        TimestampFormat::Space
        | TimestampFormat::T
        | TimestampFormat::Offset
        | TimestampFormat::SpaceOffset
        | TimestampFormat::Millis
        | TimestampFormat::Any => shortest(value),
    }
}

/// Returns the text of a time or timestamp without an offset and without trailing zeros in its fraction.
pub(super) fn shortest(column: Expr) -> Expr {
    Expr::cust_with_exprs(
        "CASE WHEN instr(?, '.') THEN rtrim(rtrim(replace(?, '+00:00', ''), '0'), '.') \
         ELSE replace(?, '+00:00', '') END",
        [column.clone(), column.clone(), column],
    )
}

/// The SQL that normalizes a moment `?` to one text: `YYYY-MM-DD HH:MM:SS`, in UTC, then the fraction without trailing
/// zeros; null where the stored text is not a moment.
///
/// `datetime` rounds to milliseconds, so the fraction is removed before and appended after it. A moment before the year
/// 0000 begins with a minus and is less than `'0'`, so `max` and `nullif` make it null.
const MOMENT: &str = concat!(
    "CASE WHEN date(substr(?, 1, 10), '+0 days') = substr(?, 1, 10) AND ? = substr(?, 1, 35) THEN \
     CASE WHEN length(?) = 10 THEN ? || ' 00:00:00' \
     WHEN substr(?, 11, 6) NOT GLOB '[T ][0-2][0-9]:[0-5][0-9]' OR substr(?, 12, 2) > '23' THEN NULL \
     WHEN substr(?, 17, 1) <> ':' THEN CASE WHEN ",
    zone!("substr(?, 17)"),
    " THEN nullif(max(datetime(?), '0'), '0') END \
     WHEN substr(?, 18, 2) NOT GLOB '[0-5][0-9]' THEN NULL \
     WHEN substr(?, 20, 1) <> '.' THEN CASE WHEN ",
    zone!("substr(?, 20)"),
    " THEN nullif(max(datetime(?), '0'), '0') END \
     WHEN length(?) - length(ltrim(substr(?, 21), '0123456789')) BETWEEN 21 AND 29 AND ",
    zone!("ltrim(substr(?, 21), '0123456789')"),
    " THEN nullif(max(datetime(substr(?, 1, 19) || ltrim(substr(?, 21), '0123456789')), '0'), '0') || rtrim(rtrim(\
     substr(?, 20, length(?) - length(ltrim(substr(?, 21), '0123456789')) - 19), '0'), '.') END END"
);

/// The SQL that normalizes a time of day `?` to one text: `HH:MM:SS`, then the fraction without trailing zeros; null
/// where the stored text is not a time of day.
const TIME: &str = "CASE WHEN typeof(?) = 'text' AND ? = substr(?, 1, 18) AND substr(?, 1, 2) < '24' THEN \
     CASE WHEN ? GLOB '[0-2][0-9]:[0-5][0-9]' THEN ? || ':00' \
     WHEN ? GLOB '[0-2][0-9]:[0-5][0-9]:[0-5][0-9]' THEN ? \
     WHEN ? GLOB '[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9]*' AND substr(?, 10) NOT GLOB '*[^0-9]*' \
     THEN rtrim(rtrim(?, '0'), '.') END END";

/// Returns `text` as an expression, with every placeholder `?` replaced by `value`.
pub(super) fn fill(text: &str, value: &Expr) -> Expr {
    let times = text.matches('?').count();
    Expr::cust_with_exprs(text.to_owned(), vec![value.clone(); times])
}
