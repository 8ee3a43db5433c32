//! Values of related rows, found by to-one relations, as expressions of a statement.

use std::hash::Hasher;

use sea_query::Expr;

use super::{
    Dialect,
    source::{Source, Standing},
    term::Term,
};
use crate::{
    cell::Value,
    model::{Column, ColumnNumber},
    params::Step,
};

/// Returns `column` of the row at the end of `through`, a path of to-one relations, as `read` makes it, read by one
/// subselect for each step. It is null where a row has no visible related row. Unlike a join, a subselect repeats no row.
/// The expression of `read` is inside the innermost subselect, so that the placeholders of the subselects occur once in
/// the text.
pub(super) fn value<'a>(
    through: &'a [Step],
    column: ColumnNumber,
    here: Source<'a>,
    dialect: &dyn Dialect,
    read: &dyn Fn(&Column, Expr) -> Expr,
) -> Standing<'a> {
    let Some((step, further)) = through.split_first() else {
        let (column, value) = here.at(column)?;
        return Some((column, read(column, value)));
    };
    let (mut row, there) = here.rows_of(&step.join, dialect);
    let filter = row_filter(step, dialect);
    if !filter.is_always() {
        row.cond_where(filter.condition(there, dialect));
    }
    let (column, value) = value(further, column, there, dialect, read)?;
    row.expr(value);
    Some((column, Expr::SubQuery(None, Box::new(row.into()))))
}

/// Appends the values of the placeholders in a [`value`]: those of the row filters (the conditions on the rows that a
/// request may see) of its steps.
pub(super) fn values(through: &[Step], dialect: &dyn Dialect, out: &mut Vec<Value>) {
    // Each step is a subselect among the selected columns of the step before it, so the row filter of the last step comes
    // first in the text.
    let filters = through.iter().rev().map(|step| row_filter(step, dialect));
    filters.for_each(|filter| filter.values(out));
}

/// Adds the row filters of the steps to a plan's key, without their values.
pub(super) fn shape<'a>(
    steps: impl Iterator<Item = &'a Step>,
    dialect: &dyn Dialect,
    key: &mut impl Hasher,
) {
    steps.for_each(|step| row_filter(step, dialect).shape(key));
}

fn row_filter(step: &Step, dialect: &dyn Dialect) -> Term {
    Term::of(&step.row_filter, &step.join.target, dialect)
}
