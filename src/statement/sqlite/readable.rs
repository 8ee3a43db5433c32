//! Which values of a column can be shown: SQLite keeps any value in any column, and a comparison would also hold for those
//! that are shown as null.

use sea_query::{Expr, ExprTrait};

use super::moments::{fill, is_spelled};
use crate::{
    cell::Type,
    model::{Column, TimestampFormat, UuidFormat},
    predicate::Operator,
};

/// Returns the condition that a value which meets a comparison can be shown, if that does not follow from the comparison.
pub(super) fn compared(column: &Column, own: &Expr, operator: Operator) -> Option<Expr> {
    let is_equal = operator == Operator::Equal;
    match &column.ty {
        _ if column.storage.certain || column.storage.cast => None,
        Type::Float => finite(own, operator),
        // Only a text is equal to a text, and only bytes to bytes.
        Type::Text | Type::Enum(_) | Type::Date | Type::Uuid | Type::Bytes if is_equal => None,
        _ => shown(column, own),
    }
}

/// Returns the condition that a value can be shown, whatever it is compared with.
pub(super) fn shown(column: &Column, own: &Expr) -> Option<Expr> {
    if column.storage.certain || column.storage.cast || is_spelled(column) {
        return None;
    }
    let text = match &column.ty {
        Type::Integer { .. } => "typeof(?) = 'integer'",
        Type::Float => "typeof(?) IN ('integer', 'real')",
        Type::Text | Type::Enum(_) => "typeof(?) = 'text'",
        Type::Bytes => "typeof(?) = 'blob'",
        Type::Decimal => {
            "typeof(?) = 'text' AND ltrim(?, '-') GLOB '[0-9]*' AND instr(substr(?, 2), '-') = 0 \
             AND ? NOT GLOB '*[^0-9.-]*' AND ? NOT GLOB '*.*.*' AND ? NOT GLOB '*.'"
        }
        Type::Date => "date(?) = ?",
        Type::Time => {
            "? GLOB '[0-2][0-9]:[0-5][0-9]:[0-5][0-9]*' AND substr(?, 1, 2) < '24' \
             AND (length(?) = 8 OR (substr(?, 9, 1) = '.' AND length(?) BETWEEN 10 AND 18 \
             AND substr(?, 10) NOT GLOB '*[^0-9]*'))"
        }
        Type::Timestamp | Type::ZonedTimestamp => return moment(column.storage.timestamp, own),
        Type::Uuid => match column.storage.uuid.unwrap_or_default() {
            UuidFormat::Text | UuidFormat::Native => {
                "length(?) = 36 AND replace(?, '-', '') NOT GLOB '*[^0-9a-f]*' AND length(replace(?, '-', '')) = 32 \
                 AND substr(?, 9, 1) || substr(?, 14, 1) || substr(?, 19, 1) || substr(?, 24, 1) = '----'"
            }
            UuidFormat::Bytes => "typeof(?) = 'blob' AND length(?) = 16",
        },
        // A truth is compared as one; the others are not compared.
        Type::Boolean | Type::Json | Type::Other => return None,
    };
    Some(fill(text, own))
}

/// No text is below infinity, and no number that can be shown beyond it.
fn finite(own: &Expr, operator: Operator) -> Option<Expr> {
    let bound = match operator {
        Operator::Equal => return None,
        Operator::Greater | Operator::GreaterOrEqual => "? < 9e999",
        Operator::Less | Operator::LessOrEqual => "? > -9e999",
    };
    Some(Expr::cust_with_expr(bound, own.clone()))
}

/// A day and a time of that day in the column's one form.
fn moment(format: TimestampFormat, own: &Expr) -> Option<Expr> {
    let text = match format {
        TimestampFormat::Space => "substr(?, 11, 1) = ' ' AND substr(?, 20) NOT GLOB '*[^.0-9]*'",
        TimestampFormat::T => "substr(?, 11, 1) = 'T' AND substr(?, 20) NOT GLOB '*[^.0-9]*'",
        TimestampFormat::Offset => {
            "substr(?, 11, 1) = 'T' AND substr(?, -6) = '+00:00' AND replace(substr(?, 20), '+00:00', '') NOT GLOB '*[^.0-9]*'"
        }
        TimestampFormat::SpaceOffset => {
            "substr(?, 11, 1) = ' ' AND substr(?, -6) = '+00:00' AND replace(substr(?, 20), '+00:00', '') NOT GLOB '*[^.0-9]*'"
        }
        TimestampFormat::Millis => {
            "substr(?, 11, 1) = 'T' AND substr(?, 20) GLOB '.[0-9][0-9][0-9]Z'"
        }
        TimestampFormat::Any => return None,
    };
    let form = fill(text, own);
    let real = fill(
        "substr(?, 12, 2) < '24' AND datetime(replace(substr(?, 1, 19), 'T', ' ')) = replace(substr(?, 1, 19), 'T', ' ') \
         AND (substr(?, 20, 1) <> '.' OR substr(?, 21, 1) GLOB '[0-9]') AND length(?) <= 35",
        own,
    );
    Some(form.and(real))
}
