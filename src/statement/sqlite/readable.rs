//! The values of a column that can be shown. SQLite stores any value in any column, so a comparison could hold for a
//! value that is shown as null. The conditions here exclude such values.
//!
//! `? = substr(?, 1, n)` holds for texts of up to `n` characters without a zero byte, at which SQLite's functions end a
//! text. The modifier `'+0 days'` makes every version of SQLite normalize a day such as February 30, which then differs
//! from the stored text.

use sea_query::Expr;

use super::{
    super::term::ComparisonForm,
    moments::{fill, is_spelled},
    stored::OFFSET,
};
use crate::{
    cell::Type,
    model::{Column, TimestampFormat, UuidFormat},
    predicate::Operator,
};

/// Returns the condition that the stored value can be shown as the column's type; `None` if every value that meets a
/// comparison of this form can be shown.
pub(super) fn readable_if(form: ComparisonForm, column: &Column, stored: &Expr) -> Option<Expr> {
    match form {
        ComparisonForm::Plain(operator) => compared(column, stored, operator),
        ComparisonForm::In => compared(column, stored, Operator::Equal),
        ComparisonForm::Decimal(_)
        | ComparisonForm::DecimalIn
        | ComparisonForm::Between
        | ComparisonForm::ShortestIn
        | ComparisonForm::DatePart(..)
        | ComparisonForm::PartIn(_)
        | ComparisonForm::Pattern
        | ComparisonForm::PatternIgnoringCase
        | ComparisonForm::Regex => shown(column, stored),
        ComparisonForm::Exact
        | ComparisonForm::ExactDecimal
        | ComparisonForm::ExactIgnoringCase
        | ComparisonForm::ExactIn
        | ComparisonForm::Key
        | ComparisonForm::HasKey
        | ComparisonForm::Array(_)
        | ComparisonForm::True
        | ComparisonForm::False
        | ComparisonForm::Null => None,
    }
}

/// Returns the condition that a value can be shown as the column's type; `None` if every value that meets the
/// comparison can be shown.
fn compared(column: &Column, own: &Expr, operator: Operator) -> Option<Expr> {
    let is_equal = operator == Operator::Equal;
    match &column.ty {
        _ if column.storage.certain || column.storage.cast => None,
        Type::Float => finite(own, operator),
        // A text equals only texts, and bytes equal only bytes.
        Type::Text | Type::Enum(_) | Type::Date | Type::Uuid | Type::Bytes if is_equal => None,
        _ => shown(column, own),
    }
}

/// Returns the condition that a value can be shown as the column's type; `None` if every stored value can be shown.
fn shown(column: &Column, own: &Expr) -> Option<Expr> {
    if column.storage.certain || column.storage.cast || is_spelled(column) {
        return None;
    }
    let text = match &column.ty {
        Type::Integer { .. } => "typeof(?) = 'integer'",
        Type::Float => "typeof(?) IN ('integer', 'real')",
        Type::Text | Type::Enum(_) => "typeof(?) = 'text'",
        Type::Bytes => "typeof(?) = 'blob'",
        Type::Decimal => {
            "typeof(?) = 'text' AND ? = substr(?, 1) AND ltrim(?, '-') GLOB '[0-9]*' AND instr(substr(?, 2), '-') = 0 \
             AND ? NOT GLOB '*[^0-9.-]*' AND ? NOT GLOB '*.*.*' AND ? NOT GLOB '*.'"
        }
        Type::Date => "date(?, '+0 days') = ? AND ? GLOB '[0-9]*'",
        Type::Time => {
            "time(substr(?, 1, 8)) = substr(?, 1, 8) AND substr(?, 1, 2) < '24' AND ? = substr(?, 1, 18) \
             AND (length(?) = 8 OR substr(?, 9) GLOB '.[0-9]*' AND substr(?, 10) NOT GLOB '*[^0-9]*')"
        }
        Type::Timestamp | Type::ZonedTimestamp => return moment(column.storage.timestamp, own),
        Type::Uuid => match column.storage.uuid.unwrap_or_default() {
            UuidFormat::Text | UuidFormat::Native => {
                "typeof(?) = 'text' AND length(?) = 36 AND ? = substr(?, 1, 36) AND replace(?, '-', '') NOT GLOB '*[^0-9a-f]*' AND length(replace(?, '-', '')) = 32 \
                 AND substr(?, 9, 1) || substr(?, 14, 1) || substr(?, 19, 1) || substr(?, 24, 1) = '----'"
            }
            UuidFormat::Bytes => "typeof(?) = 'blob' AND length(?) = 16",
        },
        // Booleans are compared as booleans, and the other types are not compared.
        Type::Boolean | Type::Json | Type::Other => return None,
    };
    Some(fill(text, own))
}

/// Returns the condition that excludes infinity from the side that the comparison leaves unbounded. It also excludes
/// texts and bytes, which SQLite sorts after all numbers.
fn finite(own: &Expr, operator: Operator) -> Option<Expr> {
    let bound = match operator {
        Operator::Equal => return None,
        Operator::Greater | Operator::GreaterOrEqual => "? < 9e999",
        Operator::Less | Operator::LessOrEqual => "? > -9e999",
    };
    Some(Expr::cust_with_expr(bound, own.clone()))
}

/// Returns the condition that a text is a timestamp in the column's form: a day and a time in 19 characters, a fraction
/// of up to nine digits, and the offset if the form has one.
fn moment(format: TimestampFormat, own: &Expr) -> Option<Expr> {
    let (between, offset) = match format {
        TimestampFormat::Space => (" ", ""),
        TimestampFormat::T | TimestampFormat::Millis => ("T", ""),
        TimestampFormat::Offset => ("T", OFFSET),
        TimestampFormat::SpaceOffset => (" ", OFFSET),
        TimestampFormat::Any => return None,
    };
    let longest = 29 + offset.len();
    let rest = match format {
        TimestampFormat::Millis => "substr(?, 20) GLOB '.[0-9][0-9][0-9]Z'".to_owned(),
        TimestampFormat::Space
        | TimestampFormat::T
        | TimestampFormat::Offset
        | TimestampFormat::SpaceOffset
        | TimestampFormat::Any => format!(
            "(substr(?, 20) = '{offset}' OR substr(?, 20) GLOB '.[0-9]*' \
             AND ltrim(substr(?, 21), '0123456789') = '{offset}')"
        ),
    };
    let text = format!(
        "substr(?, 11, 1) = '{between}' AND ? = substr(?, 1, {longest}) AND {rest} \
         AND datetime(substr(?, 1, 19), '+0 days') = replace(substr(?, 1, 19), 'T', ' ')"
    );
    Some(fill(&text, own))
}

/// Returns `key`, the normalized text of a moment or time, or null if the stored value is shown as null.
pub(super) fn if_readable(column: &Column, stored: &Expr, key: Expr) -> Expr {
    match shown(column, stored) {
        Some(readable) => Expr::cust_with_exprs("CASE WHEN ? THEN ? END", [readable, key]),
        None => key,
    }
}
