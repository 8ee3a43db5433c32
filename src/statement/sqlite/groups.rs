//! Groups of rows in SQLite. Exact sums are computed by functions that this crate adds to a connection.

use sea_query::{Expr, Func};

use super::{
    SqliteDialect,
    expressions::{AVERAGE, SUM, as_decimal, bytewise, collated, date_part, truth},
    moments::{is_spelled, spelled},
    readable::if_readable,
};
use crate::{
    cell::Type,
    model::{Column, TimestampFormat},
    predicate::DatePart,
    statement::{
        Dialect,
        group_dialect::{Extreme, GroupDialect},
    },
};

impl GroupDialect for SqliteDialect {
    fn group_key(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Boolean => truth(column, value),
            // Zero has a sign, which clients need not see.
            Type::Float => {
                let each = [value.clone(), value.clone(), value.clone(), value];
                Expr::cust_with_exprs(
                    "CASE WHEN typeof(?) IN ('integer', 'real') AND ? < 9e999 AND ? > -9e999 THEN ? + 0e0 END",
                    each,
                )
            }
            Type::Time | Type::Timestamp | Type::ZonedTimestamp => {
                let key = self.key(column, value.clone());
                match column.storage.timestamp {
                    TimestampFormat::Millis if column.ty != Type::Time => {
                        if_readable(column, &value, key)
                    }
                    _ => key,
                }
            }
            Type::Integer { .. }
            | Type::Decimal
            | Type::Text
            | Type::Enum(_)
            | Type::Bytes
            | Type::Date
            | Type::Uuid
            | Type::Json
            | Type::Other => if_readable(column, &value, value.clone()),
        }
    }

    fn grouped(&self, column: &Column, key: Expr) -> Expr {
        if column.ty.is_textual() {
            bytewise(key)
        } else if column.ty == Type::Decimal {
            as_decimal(key)
        } else {
            key
        }
    }

    /// Of equal decimals, such as `1.5` and `1.50`, the first of their texts is shown.
    fn group_shown(&self, column: &Column, key: Expr, _value: Option<Expr>) -> Expr {
        if column.ty != Type::Decimal {
            return key;
        }
        Func::min(bytewise(key)).into()
    }

    fn group_order(&self, column: &Column, key: Expr, _value: Option<Expr>) -> Vec<Expr> {
        if !column.ty.is_textual() {
            return vec![self.grouped(column, key)];
        }
        let own = own_order(column, key.clone());
        own.into_iter().chain([bytewise(key)]).collect()
    }

    fn part_key(&self, column: &Column, value: Expr, part: DatePart) -> Expr {
        let own = spelled(column, value.clone());
        let own = date_part(own, part);
        match is_spelled(column) {
            true => own,
            false => if_readable(column, &value, own),
        }
    }

    fn sums(&self, _column: &Column, argument: Expr) -> Vec<Expr> {
        vec![Func::cust(SUM).arg(argument).into()]
    }

    fn sum_order(&self, _column: &Column, argument: Expr) -> Expr {
        as_decimal(Func::cust(SUM).arg(argument).into())
    }

    fn average_order(&self, _column: &Column, argument: Expr) -> Expr {
        as_decimal(Func::cust(AVERAGE).arg(argument).into())
    }

    fn extreme(&self, column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        extreme.of(compared(column, argument))
    }

    fn extreme_order(&self, column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        compared(column, self.extreme(column, argument, extreme))
    }
}

/// Returns a value as it is compared with others of its column.
fn compared(column: &Column, value: Expr) -> Expr {
    match column.ty {
        Type::Decimal => as_decimal(value),
        Type::Text => own_order(column, value.clone()).unwrap_or(value),
        Type::Boolean
        | Type::Integer { .. }
        | Type::Float
        | Type::Enum(_)
        | Type::Bytes
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::ZonedTimestamp
        | Type::Uuid
        | Type::Json
        | Type::Other => value,
    }
}

/// Returns a text with the collation of its column; `None` if the column compares bytes.
fn own_order(column: &Column, value: Expr) -> Option<Expr> {
    let own = column.own_collation.as_ref();
    let own = own.filter(|_| !column.storage.bytewise);
    own.map(|collation| collated(value, collation))
}
