//! The order of a statement's rows: by their own columns, or by columns of related rows.

use sea_query::{NullOrdering, OrderedStatement};

use super::{
    Dialect,
    source::{Source, Standing},
    through,
};
use crate::{
    cell::Value,
    model::{Column, ColumnNumber, Model},
    params::Order,
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
    let Some((column, key)) = key(order, source, dialect) else {
        return;
    };
    // Values that the database takes for equal may be shown differently. Without a key, only this tie break orders
    // their rows.
    let exact = source
        .at(order.column)
        .filter(|_| is_last_of_a_keyless(order, source.model))
        .and_then(|(column, value)| dialect.tie_break(column, value));
    let (direction, nulls) = direction(order.descending != reversed);
    if is_nullable(order, column, dialect) {
        statement.order_by_expr_with_nulls(key, direction.clone(), nulls);
    } else {
        statement.order_by_expr(key, direction.clone());
    }
    if let Some(exact) = exact {
        statement.order_by_expr(exact, direction);
    }
}

/// Returns the direction of an ordering and, as a null is the largest value, where nulls go in it.
pub(super) fn direction(falls: bool) -> (sea_query::Order, NullOrdering) {
    match falls {
        false => (sea_query::Order::Asc, NullOrdering::Last),
        true => (sea_query::Order::Desc, NullOrdering::First),
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

/// Returns the column that rows are ordered by, and the expression of the values by which they sort.
pub(super) fn key<'a>(order: &'a Order, source: Source<'a>, dialect: &dyn Dialect) -> Standing<'a> {
    let read = |column: &Column, value| dialect.order_value(column, value);
    let (column, value) = through::value(&order.through, order.column, source, dialect, &read)?;
    Some((column, dialect.order_collation(column, value)))
}

/// Returns the column that rows of a model are ordered by, which may be one of related rows.
fn column<'a>(order: &'a Order, model: &'a Model) -> Option<&'a Column> {
    let model = order.through.last().map_or(model, |step| &step.join.target);
    model.at(order.column)
}

/// Whether the values that rows of a model are ordered by may be null.
pub(super) fn may_be_null(order: &Order, model: &Model, dialect: &dyn Dialect) -> bool {
    column(order, model).is_none_or(|column| is_nullable(order, column, dialect))
}

fn is_nullable(order: &Order, column: &Column, dialect: &dyn Dialect) -> bool {
    column.nullable || !order.through.is_empty() || dialect.orders_some_as_null(column)
}

/// Appends the values of the placeholders that [`add`] writes for `orders`, in the order in which they stand in the
/// SQL.
pub(super) fn values(orders: &[Order], dialect: &dyn Dialect, out: &mut Vec<Value>) {
    // Only an ordering by a column of related rows has placeholders: those of the row filters of its steps. Its value
    // may be null, so it says where nulls go, for which some databases repeat the expression.
    let times = if dialect.orders_nulls_apart() { 2 } else { 1 };
    for order in orders {
        (0..times).for_each(|_| through::values(&order.through, dialect, out));
    }
}
