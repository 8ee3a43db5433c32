//! The [`GroupDialect`] trait: the parts of statements over groups of rows that differ between databases.
//!
//! Such a statement has two selects. The inner one reads the rows: a key for each term that they are grouped by, and an
//! argument for each aggregate. Both are null where clients see null. The outer one groups and counts them.

use sea_query::{CaseStatement, Expr, ExprTrait, Func};

use crate::{cell::Type, model::Column, params::AggregateFunction, predicate::DatePart};

/// Which of the arguments of an aggregate is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extreme {
    Least,
    Greatest,
}

impl Extreme {
    /// Returns this one of the arguments, as the database compares them.
    pub(super) fn of(self, argument: Expr) -> Expr {
        match self {
            Self::Least => Func::min(argument).into(),
            Self::Greatest => Func::max(argument).into(),
        }
    }
}

/// The SQL of one database, for statements over groups of rows.
pub(crate) trait GroupDialect: Send + Sync {
    /// Returns the key by which rows are grouped, for the inner select. Two keys are equal, by the comparison of
    /// [`grouped`](Self::grouped), exactly when clients see the same value.
    fn group_key(&self, column: &Column, value: Expr) -> Expr;

    /// Whether the key is not the value itself, so that the inner select has the value beside it.
    fn is_apart(&self, _column: &Column) -> bool {
        false
    }

    /// Returns the value beside the key, if it [is apart](Self::is_apart).
    fn group_value(&self, _column: &Column, value: Expr) -> Expr {
        value
    }

    /// Returns the key as the outer select groups by it.
    fn grouped(&self, _column: &Column, key: Expr) -> Expr {
        key
    }

    /// Returns the expression to select for a group, given its key and, if it is apart, the value.
    fn group_shown(&self, _column: &Column, key: Expr, _value: Option<Expr>) -> Expr {
        key
    }

    /// Returns the expressions that order groups.
    fn group_order(&self, _column: &Column, key: Expr, _value: Option<Expr>) -> Vec<Expr> {
        vec![key]
    }

    /// Returns a part of a date as a key, for the inner select: a number, or the day.
    fn part_key(&self, column: &Column, value: Expr, part: DatePart) -> Expr;

    /// Returns the argument of an aggregate, for the inner select.
    fn argument(&self, column: &Column, value: Expr, _function: AggregateFunction) -> Expr {
        self.group_key(column, value)
    }

    /// Returns the numbers whose sum is that of the arguments: exactly, unless they are floats.
    fn sums(&self, column: &Column, argument: Expr) -> Vec<Expr>;

    /// Whether the numbers of [`sums`](Self::sums) have zeros at the end that the values have not. The last of them is then
    /// zero, with as many digits after the point as the value that has the most.
    fn pads_zeros(&self, _column: &Column) -> bool {
        false
    }

    /// Returns the expression that orders groups by the sum of the arguments.
    fn sum_order(&self, _column: &Column, argument: Expr) -> Expr {
        Func::sum(argument).into()
    }

    /// Returns the expression that orders groups by the average of the arguments.
    fn average_order(&self, column: &Column, argument: Expr) -> Expr;

    /// Returns the least or the greatest of the arguments.
    fn extreme(&self, _column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        extreme.of(argument)
    }

    /// Returns the expression that orders groups by the least or the greatest of the arguments.
    fn extreme_order(&self, column: &Column, argument: Expr, extreme: Extreme) -> Expr {
        self.extreme(column, argument, extreme)
    }

    /// Returns the number of different arguments.
    fn distinct(&self, column: &Column, argument: Expr) -> Expr {
        Func::count_distinct(self.grouped(column, argument)).into()
    }
}

/// Returns the sum of floats, or null if one of them is so large that a sum could be infinite, which is an error in some
/// databases and zero in others.
pub(super) fn float_sum(argument: Expr) -> Expr {
    let most = || Expr::cust("1e290");
    let size = |value: Expr| Expr::from(Func::cust("ABS").arg(value));
    let bounded = CaseStatement::new().case(size(argument.clone()).lt(most()), argument.clone());
    let largest = Expr::from(Func::max(size(argument)));
    let sum = Func::sum(Expr::Case(Box::new(bounded)));
    Expr::Case(Box::new(CaseStatement::new().case(largest.lt(most()), sum)))
}

/// Whether the column's sums are those of floats.
pub(super) fn is_float(column: &Column) -> bool {
    column.ty == Type::Float
}

/// Returns the number of arguments that are not null.
pub(super) fn count(argument: Expr) -> Expr {
    Func::count(argument).into()
}
