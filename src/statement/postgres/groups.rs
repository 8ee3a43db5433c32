//! Groups of rows in PostgreSQL.

use sea_query::{Expr, ExprTrait, Func};

use super::{
    PostgresDialect,
    expressions::{bytes, date_part, is_checked, text},
};
use crate::{
    cell::Type,
    model::Column,
    params::AggregateFunction,
    predicate::DatePart,
    statement::group_dialect::{Extreme, GroupDialect, count},
};

impl GroupDialect for PostgresDialect {
    fn group_key(&self, column: &Column, value: Expr) -> Expr {
        if is_checked(column) && column.ty.is_textual() {
            return bytes(value);
        }
        // Zero has a sign, which clients need not see. The sum with a number would widen a float of 32 bits.
        let shown = match column.ty == Type::Float && !column.storage.single {
            true => plus_zero(value.clone()),
            false => value.clone(),
        };
        readable(column, value, shown)
    }

    fn is_apart(&self, column: &Column) -> bool {
        is_checked(column)
    }

    /// Of equal decimals, such as `1.5` and `1.50`, the first of their texts is shown.
    fn group_shown(&self, column: &Column, key: Expr, _value: Option<Expr>) -> Expr {
        match column.ty {
            Type::Decimal => {
                Expr::cust_with_expr("CAST(MIN(CAST($1 AS text) COLLATE \"C\") AS numeric)", key)
            }
            Type::Enum(_) => text(key),
            Type::Boolean
            | Type::Integer { .. }
            | Type::Float
            | Type::Text
            | Type::Bytes
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::ZonedTimestamp
            | Type::Uuid
            | Type::Json
            | Type::Other => key,
        }
    }

    fn group_order(&self, _column: &Column, key: Expr, value: Option<Expr>) -> Vec<Expr> {
        let value = value.map(|value| Func::min(value).into());
        value.into_iter().chain([key]).collect()
    }

    fn part_key(&self, column: &Column, value: Expr, part: DatePart) -> Expr {
        let own = date_part(column, value.clone(), part);
        let own = match part {
            DatePart::Date => return readable(column, value, own),
            // The year 0 is the year 1 BC.
            DatePart::Year => Expr::cust_with_expr("GREATEST($1, 0)", own),
            DatePart::Month | DatePart::Day => own,
        };
        let finite = Expr::cust_with_exprs(
            "CASE WHEN isfinite($1) THEN CAST($2 AS integer) END",
            [value.clone(), own],
        );
        readable(column, value, finite)
    }

    fn argument(&self, column: &Column, value: Expr, function: AggregateFunction) -> Expr {
        let (is_sum, is_extreme) = match function {
            AggregateFunction::Sum | AggregateFunction::Avg => (true, false),
            AggregateFunction::Min | AggregateFunction::Max => (false, true),
            AggregateFunction::Count | AggregateFunction::CountDistinct => (false, false),
        };
        if is_sum && matches!(column.ty, Type::Integer { .. }) {
            return value.cast_as("bigint");
        }
        if is_sum && column.ty == Type::Float {
            return readable(column, value.clone(), value).cast_as("double precision");
        }
        if is_extreme && column.ty == Type::Text {
            return value;
        }
        self.group_key(column, value)
    }

    fn sums(&self, _column: &Column, argument: Expr) -> Vec<Expr> {
        vec![Expr::from(Func::sum(argument)).cast_as("numeric")]
    }

    fn average_order(&self, _column: &Column, argument: Expr) -> Expr {
        Expr::cust_with_exprs(
            "($1 * 1.00000000000000000000 / $2)",
            [Func::sum(argument.clone()).into(), count(argument)],
        )
    }

    fn extreme(&self, column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        let extreme = extreme.of(argument);
        match column.ty == Type::Text && is_checked(column) {
            true => text(extreme),
            false => extreme,
        }
    }

    fn extreme_order(&self, _column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        extreme.of(argument)
    }
}

fn plus_zero(value: Expr) -> Expr {
    Expr::cust_with_expr("($1 + 0e0)", value)
}

/// Returns `shown`, or null where the value itself is shown as null.
fn readable(column: &Column, value: Expr, shown: Expr) -> Expr {
    let condition = match column.ty {
        Type::Date => {
            "($1 <= '9999-12-31' OR $1 = 'infinity') AND ($1 >= '0001-01-01 BC' OR $1 = '-infinity')"
        }
        Type::Timestamp | Type::ZonedTimestamp => {
            "($1 < '10000-01-01 00:00:00+00' OR $1 = 'infinity') \
             AND ($1 >= '0001-01-01 00:00:00+00 BC' OR $1 = '-infinity')"
        }
        Type::Time => "$1 < '24:00'",
        // The difference of NaN or infinity and itself is not 0.
        Type::Float | Type::Decimal => "($1 - $1) = 0",
        Type::Boolean
        | Type::Integer { .. }
        | Type::Text
        | Type::Enum(_)
        | Type::Bytes
        | Type::Uuid
        | Type::Json
        | Type::Other => return shown,
    };
    let condition = Expr::cust_with_expr(condition, value);
    Expr::cust_with_exprs("CASE WHEN $1 THEN $2 END", [condition, shown])
}
