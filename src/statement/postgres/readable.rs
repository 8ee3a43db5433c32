//! Which values of PostgreSQL's can be shown.

use sea_query::Expr;

use crate::{cell::Type, model::Column, predicate::Operator};

/// That a value on the open side of a comparison can be shown: no day outside the years 0000 to 9999 but the infinite
/// ones, no time of 24:00, no number that is none.
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
        // What is infinite or no number has no difference from itself.
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
