//! Moments and times that SQLite keeps as texts of several spellings, as the one text that is compared.

use sea_query::Expr;

use crate::{
    cell::Type,
    model::{Column, TimestampFormat},
};

/// The condition that a text is nothing, `Z` or an offset. SQLite reads offsets of less than 15 hours, as the parser does.
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

/// Whether a column's moments or times are kept in any spelling.
pub(super) fn is_spelled(column: &Column) -> bool {
    let is_moment = matches!(
        column.ty,
        Type::Time | Type::Timestamp | Type::ZonedTimestamp
    );
    is_moment && column.storage.timestamp == TimestampFormat::Any
}

/// Returns the value of a column that is compared: of one kept in any spelling its one text, else itself.
pub(super) fn spelled(column: &Column, own: Expr) -> Expr {
    match is_spelled(column) {
        true if column.ty == Type::Time => fill(TIME, &own),
        true => fill(MOMENT, &own),
        false => own,
    }
}

/// A text by which equal moments or times are equal, and come in their order.
pub(super) fn one_spelling(column: &Column, value: Expr) -> Expr {
    match column.storage.timestamp {
        _ if is_spelled(column) => spelled(column, value),
        // Each has one text, or as many digits as every other.
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

/// The text of a time or timestamp without an offset and without the zeros at the end of its fraction.
pub(super) fn shortest(column: Expr) -> Expr {
    Expr::cust_with_exprs(
        "CASE WHEN instr(?, '.') THEN rtrim(rtrim(replace(?, '+00:00', ''), '0'), '.') \
         ELSE replace(?, '+00:00', '') END",
        [column.clone(), column.clone(), column],
    )
}

/// `YYYY-MM-DD HH:MM:SS`, in UTC, then the fraction without zeros at its end; null where the text is no moment.
///
/// `datetime` rounds to milliseconds, so the fraction is taken out before and put back after it. A moment before the year
/// 0000 begins with a minus, and so is less than `0`.
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

/// `HH:MM:SS`, then the fraction without zeros at its end; null where the text is no time of day.
const TIME: &str = "CASE WHEN typeof(?) = 'text' AND ? = substr(?, 1, 18) AND substr(?, 1, 2) < '24' THEN \
     CASE WHEN ? GLOB '[0-2][0-9]:[0-5][0-9]' THEN ? || ':00' \
     WHEN ? GLOB '[0-2][0-9]:[0-5][0-9]:[0-5][0-9]' THEN ? \
     WHEN ? GLOB '[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9]*' AND substr(?, 10) NOT GLOB '*[^0-9]*' \
     THEN rtrim(rtrim(?, '0'), '.') END END";

/// Puts a value at every place of a text that stands for it.
pub(super) fn fill(text: &str, value: &Expr) -> Expr {
    let times = text.matches('?').count();
    Expr::cust_with_exprs(text.to_owned(), vec![value.clone(); times])
}
