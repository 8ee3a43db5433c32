//! The order of a statement's rows: by their own columns, or by columns of related rows.

use std::hash::Hasher;

use sea_query::{Expr, NullOrdering, OrderedStatement};

use super::{
    Dialect,
    source::{Source, Standing},
    term::Term,
};
use crate::{
    cell::Value,
    model::{Column, ColumnNumber, Model},
    params::{Order, Step},
};

/// Adds `order` to the `ORDER BY` of a statement or a window function. A null is the largest value: last when rising,
/// first when falling.
pub(super) fn add(
    statement: &mut impl OrderedStatement,
    order: &Order,
    source: Source<'_>,
    reversed: bool,
    dialect: &dyn Dialect,
) {
    let Some((column, value)) = value(&order.through, order.column, source, dialect) else {
        return;
    };
    // Values that the database takes for equal may be shown differently. Without a key, only this tie break orders
    // their rows.
    let exact = source
        .at(order.column)
        .filter(|_| is_last_of_a_keyless(order, source.model))
        .and_then(|(column, value)| dialect.tie_break(column, value));
    let key = dialect.order_collation(column, value);
    let (direction, nulls) = if order.descending == reversed {
        (sea_query::Order::Asc, NullOrdering::Last)
    } else {
        (sea_query::Order::Desc, NullOrdering::First)
    };
    if says_where_nulls_go(order, column) {
        statement.order_by_expr_with_nulls(key, direction.clone(), nulls);
    } else {
        statement.order_by_expr(key, direction.clone());
    }
    if let Some(exact) = exact {
        statement.order_by_expr(exact, direction);
    }
}

/// Whether the model has no key, and `order` is by one of the columns that order its rows instead.
fn is_last_of_a_keyless(order: &Order, model: &Model) -> bool {
    let is_own = order.through.is_empty();
    is_own && model.is_keyless() && model.last_order().contains(&order.column)
}

/// Returns the rising order by the key of a model, or, if it has none, by the columns that order its rows instead.
pub(super) fn by_key(model: &Model) -> Vec<Order> {
    let rising = |column: &ColumnNumber| Order {
        through: Vec::new(),
        column: *column,
        descending: false,
    };
    model.last_order().iter().map(rising).collect()
}

fn says_where_nulls_go(order: &Order, column: &Column) -> bool {
    column.nullable || !order.through.is_empty()
}

/// Appends the values of the placeholders that [`add`] writes for `orders`, in the order in which they stand in the
/// SQL.
pub(super) fn values(orders: &[Order], dialect: &dyn Dialect, out: &mut Vec<Value>) {
    // Only an ordering by a column of related rows has placeholders: those of the row filters of its steps. Its value
    // may be null, so it says where nulls go, for which some databases repeat the expression.
    let times = if dialect.orders_nulls_apart() { 2 } else { 1 };
    for order in orders {
        for _ in 0..times {
            // Each step is a subselect among the selected columns of the step before it, so the row filter of the last
            // step comes first in the text.
            let filters = order
                .through
                .iter()
                .rev()
                .map(|step| row_filter(step, dialect));
            filters.for_each(|filter| filter.values(out));
        }
    }
}

/// Adds to a plan's key the row filters (the conditions on the rows that a request may see) of the relations that
/// `orders` follow, without their values.
pub(super) fn shape(orders: &[Order], dialect: &dyn Dialect, key: &mut impl Hasher) {
    let steps = orders.iter().flat_map(|order| &order.through);
    steps.for_each(|step| row_filter(step, dialect).shape(key));
}

fn row_filter(step: &Step, dialect: &dyn Dialect) -> Term {
    Term::of(&step.row_filter, &step.join.target, dialect)
}

/// Returns the expression to order by: `column` of the row at the end of `through`, a path of to-one relations, read by
/// one subselect for each step. It is null where a row has no visible related row. Unlike a join, a subselect repeats
/// no row. The dialect's ordering expression is inside the innermost subselect, so that the placeholders of the
/// subselects occur once in the text.
fn value<'a>(
    through: &'a [Step],
    column: ColumnNumber,
    here: Source<'a>,
    dialect: &dyn Dialect,
) -> Standing<'a> {
    let Some((step, further)) = through.split_first() else {
        let (column, value) = here.at(column)?;
        return Some((column, dialect.order_value(column, value)));
    };
    let (mut row, there) = here.rows_of(&step.join, dialect);
    let filter = row_filter(step, dialect);
    if !filter.is_always() {
        row.cond_where(filter.condition(there, dialect));
    }
    let (column, value) = value(further, column, there, dialect)?;
    row.expr(value);
    Some((column, Expr::SubQuery(None, Box::new(row.into()))))
}
