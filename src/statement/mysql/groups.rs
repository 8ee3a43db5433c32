//! Groups of rows in MySQL and MariaDB.

use sea_query::{Expr, Func};

use super::{
    MySqlDialect,
    expressions::{bytes, date_part, in_shown_order, number, truth},
    shown::readable_value,
    stored::is_text,
};
use crate::{
    cell::Type,
    model::Column,
    params::AggregateFunction,
    predicate::DatePart,
    statement::group_dialect::{Extreme, GroupDialect, count},
};

impl GroupDialect for MySqlDialect {
    fn group_key(&self, column: &Column, value: Expr) -> Expr {
        match column.ty {
            Type::Boolean => truth(value),
            Type::Decimal => number(column, value),
            Type::Text | Type::Enum(_) if !is_exact(column) => bytes(readable_value(column, value)),
            // Zero has a sign, which clients need not see. The sum with a number would widen a float of 32 bits.
            Type::Float if !column.storage.single => Expr::cust_with_expr("(? + 0e0)", value),
            Type::Integer { .. }
            | Type::Float
            | Type::Text
            | Type::Enum(_)
            | Type::Bytes
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::ZonedTimestamp
            | Type::Uuid
            | Type::Json
            | Type::Other => readable_value(column, value),
        }
    }

    fn is_apart(&self, column: &Column) -> bool {
        match column.ty.is_textual() {
            true => !is_exact(column),
            false => is_text(column),
        }
    }

    fn group_value(&self, column: &Column, value: Expr) -> Expr {
        if column.ty != Type::Decimal {
            return readable_value(column, value);
        }
        let readable = [number(column, value.clone()), value];
        Expr::cust_with_exprs("CASE WHEN ? IS NOT NULL THEN ? END", readable)
    }

    fn group_shown(&self, _column: &Column, key: Expr, value: Option<Expr>) -> Expr {
        value.map_or(key, |value| Func::min(value).into())
    }

    fn group_order(&self, column: &Column, key: Expr, value: Option<Expr>) -> Vec<Expr> {
        let value = value.filter(|_| column.ty != Type::Decimal);
        let value = value.map(|value| Func::min(value).into());
        let key = in_shown_order(column, key);
        value.into_iter().chain([key]).collect()
    }

    fn part_key(&self, column: &Column, value: Expr, part: DatePart) -> Expr {
        date_part(readable_value(column, value), part)
    }

    /// Decimals that are stored as texts remain texts, so that their digits can be shown.
    fn argument(&self, column: &Column, value: Expr, function: AggregateFunction) -> Expr {
        let (is_count, is_extreme) = match function {
            AggregateFunction::Count | AggregateFunction::CountDistinct => (true, false),
            AggregateFunction::Min | AggregateFunction::Max => (false, true),
            AggregateFunction::Sum | AggregateFunction::Avg => (false, false),
        };
        if column.ty == Type::Decimal && column.storage.decimal_text && !is_count {
            return self.group_value(column, value);
        }
        if is_extreme && column.ty == Type::Text {
            return readable_value(column, value);
        }
        self.group_key(column, value)
    }

    /// Adds what is before and what is after the point of decimals apart, since a sum has at most 65 digits. Numbers of so
    /// many digits that even the first could have more have no sum.
    fn sums(&self, column: &Column, argument: Expr) -> Vec<Expr> {
        if column.ty != Type::Decimal {
            return vec![Func::sum(argument).into()];
        }
        let value = number(column, argument.clone());
        let whole = Expr::cust_with_expr("TRUNCATE(?, 0)", value.clone());
        let fraction = Expr::cust_with_exprs("(? - ?)", [value, whole.clone()]);
        let most = Func::max(Func::cust("ABS").arg(whole.clone()));
        let bounded = format!("CASE WHEN ? < 1{} THEN ? END", "0".repeat(45));
        let wholes = Expr::cust_with_exprs(bounded, [most.into(), Func::sum(whole).into()]);
        let mut sums = vec![wholes, Func::sum(fraction).into()];
        if column.storage.decimal_text {
            sums.push(zero(argument));
        }
        sums
    }

    fn sum_order(&self, column: &Column, argument: Expr) -> Expr {
        Func::sum(number(column, argument)).into()
    }

    fn extreme(&self, column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        let first = match extreme {
            Extreme::Greatest => {
                "SUBSTRING_INDEX(GROUP_CONCAT(? ORDER BY ? DESC, ? SEPARATOR ','), ',', 1)"
            }
            Extreme::Least => {
                "SUBSTRING_INDEX(GROUP_CONCAT(? ORDER BY ?, ? SEPARATOR ','), ',', 1)"
            }
        };
        match column.storage.decimal_text {
            true => {
                let value = number(column, argument.clone());
                Expr::cust_with_exprs(first, [argument.clone(), value, argument])
            }
            false => extreme.of(argument),
        }
    }

    fn extreme_order(&self, column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        extreme.of(number(column, argument))
    }

    fn pads_zeros(&self, column: &Column) -> bool {
        column.storage.decimal_text
    }

    fn average_order(&self, column: &Column, argument: Expr) -> Expr {
        let argument = number(column, argument);
        Expr::cust_with_exprs(
            "(? * 1.000000000000 / ?)",
            [Func::sum(argument.clone()).into(), count(argument)],
        )
    }
}

/// Returns zero as a text, with as many digits after the point as the text of a number that has the most.
fn zero(argument: Expr) -> Expr {
    let places = "MAX(IF(LOCATE('.', ?) > 0, CHAR_LENGTH(?) - LOCATE('.', ?), 0))";
    let places = Expr::cust_with_exprs(places, vec![argument; 3]);
    Expr::cust_with_exprs(
        "CONCAT('0', IF(? > 0, '.', ''), REPEAT('0', ?))",
        vec![places; 2],
    )
}

/// Whether the database groups texts as clients see them.
fn is_exact(column: &Column) -> bool {
    column.storage.exact && !column.storage.utf8
}
