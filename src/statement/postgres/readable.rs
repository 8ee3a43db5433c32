//! The values of PostgreSQL that can be shown.

use sea_query::Expr;

use crate::{cell::Type, model::Column, predicate::Operator};

/// Returns the condition that excludes values which cannot be shown, on the side that the comparison leaves unbounded:
/// for `>`, days after the year 9999. Values that can be shown are days in the years 0000 to 9999 or infinite, times
/// before 24:00, numbers other than NaN and infinity.
pub(super) fn readable(column: &Column, own: Expr, operator: Operator) -> Option<Expr> {
    let rises = match operator {
        Operator::Equal => return None,
        Operator::Greater | Operator::GreaterOrEqual => true,
        Operator::Less | Operator::LessOrEqual => false,
    };
    let shown = match (&column.ty, rises) {
        (Type::Date, true) => "($1 <= '9999-12-31' OR $1 = 'infinity')",
        (Type::Date, false) => "($1 >= '0001-01-01 BC' OR $1 = '-infinity')",
        (Type::Timestamp | Type::ZonedTimestamp, true) => {
            "($1 < '10000-01-01 00:00:00+00' OR $1 = 'infinity')"
        }
        (Type::Timestamp | Type::ZonedTimestamp, false) => {
            "($1 >= '0001-01-01 00:00:00+00 BC' OR $1 = '-infinity')"
        }
        (Type::Time, true) => "$1 < '24:00'",
        // The difference of NaN or infinity and itself is not 0.
        (Type::Float | Type::Decimal, _) => "($1 - $1) = 0",
        (
            Type::Time
            | Type::Boolean
            | Type::Integer { .. }
            | Type::Text
            | Type::Enum(_)
            | Type::Bytes
            | Type::Uuid
            | Type::Json
            | Type::Other,
            _,
        ) => return None,
    };
    Some(Expr::cust_with_expr(shown, own))
}
