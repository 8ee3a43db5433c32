//! The values of MySQL that can be shown, and its geometric types.

use sea_query::Expr;

use super::expressions::bytes;
use crate::{cell::Type, model::Column};

/// Returns the comparison `compared`, restricted to values that can be shown. MySQL also stores days such as
/// `2014-00-00` and times such as `838:59:59`, which are shown as null.
pub(super) fn readable(column: &Column, own: Expr, compared: Expr) -> Expr {
    match is_shown(column, own) {
        Some(shown) => Expr::cust_with_exprs("? AND ?", [compared, shown]),
        None => compared,
    }
}

/// Returns the condition that a day or a time can be shown; `None` for values of other types.
fn is_shown(column: &Column, own: Expr) -> Option<Expr> {
    Some(match column.ty {
        Type::Date | Type::Timestamp | Type::ZonedTimestamp => {
            Expr::cust_with_exprs("MONTH(?) > 0 AND DAYOFMONTH(?) > 0", [own.clone(), own])
        }
        Type::Time => Expr::cust_with_expr("? BETWEEN '00:00:00' AND '23:59:59.999999'", own),
        Type::Boolean
        | Type::Integer { .. }
        | Type::Float
        | Type::Decimal
        | Type::Text
        | Type::Enum(_)
        | Type::Bytes
        | Type::Uuid
        | Type::Json
        | Type::Other => return None,
    })
}

/// Whether a type is a geometry.
pub(super) fn is_geometry(name: &str) -> bool {
    const NAMES: [&str; 9] = [
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
        "geomcollection",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Returns the value, or null where it is shown as null.
pub(super) fn readable_value(column: &Column, own: Expr) -> Expr {
    let shown = match column.storage.utf8 {
        true => Some(Expr::cust_with_exprs(
            "? = ?",
            [bytes(own.clone()), own.clone()],
        )),
        false => is_shown(column, own.clone()),
    };
    match shown {
        Some(shown) => Expr::cust_with_exprs("CASE WHEN ? THEN ? END", [shown, own]),
        None => own,
    }
}
