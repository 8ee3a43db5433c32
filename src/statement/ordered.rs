//! The order of the rows of a select: by how well they match a search, and by columns.

use sea_query::SelectStatement;

use super::{Dialect, order, plan::PlanKey, select::SelectDraft, source::Source, through};
use crate::cell::Value;

impl SelectDraft<'_> {
    /// Adds what the text of the order depends on to the key of a plan.
    pub(super) fn order_shape(&self, key: &mut PlanKey, dialect: &dyn Dialect) {
        if let Some(ranking) = &self.ranking {
            ranking.shape(key);
        }
        let steps = self.order.iter().flat_map(|order| &order.through);
        through::shape(steps, dialect, key);
    }

    /// Appends the values of the order, as [`add_order`](Self::add_order) places them.
    pub(super) fn order_values(&self, dialect: &dyn Dialect, values: &mut Vec<Value>) {
        if let Some(ranking) = &self.ranking {
            ranking.values(values);
        }
        order::values(self.order, dialect, values);
    }

    pub(super) fn add_order(
        &self,
        select: &mut SelectStatement,
        reversed: bool,
        dialect: &dyn Dialect,
    ) {
        let source = Source::top(self.model);
        if let Some(ranking) = &self.ranking {
            ranking.add(select, source, reversed, dialect);
        }
        for order in self.order {
            order::add(select, order, source, reversed, dialect);
        }
    }
}
