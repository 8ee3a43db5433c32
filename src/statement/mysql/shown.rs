//! The values of MySQL that can be shown, and its geometric types.

use sea_query::Expr;

use crate::{cell::Type, model::Column};

/// Returns the comparison `compared`, restricted to values that can be shown. MySQL also stores days such as
/// `2014-00-00` and times such as `838:59:59`, which are shown as null.
pub(super) fn readable(column: &Column, own: Expr, compared: Expr) -> Expr {
    let shown = match column.ty {
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
        | Type::Other => return compared,
    };
    Expr::cust_with_exprs("? AND ?", [compared, shown])
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
