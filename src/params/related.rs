//! Conditions on related rows, as of `parts__name=bolt`. All filters through one relation that are not negated must
//! hold for the same related row.
//!
//! Rows that the request may not see do not exist for it: every relation that is followed adds the row filter (the
//! condition on visible rows) of the place that it leads to.

use std::sync::Arc;

use super::{
    lookup::Lookup,
    offer::{Served, World},
};
use crate::{
    model::{ColumnNumber, Model},
    predicate::Predicate,
};

/// The path of relations from a row of the list to a related row, and a condition on that related row; an empty path
/// leads to the row of the list itself.
type Placed<'a> = (&'a [&'a Served], Predicate);

/// Combines conditions on a row of the list and on its related rows to conditions on the row of the list. Conditions
/// through the same relation must hold for one and the same related row; they must be adjacent in `conditions`.
pub(super) fn gathered(conditions: Vec<Placed<'_>>, world: &dyn World) -> Vec<Predicate> {
    let mut here = Vec::new();
    let mut through: Vec<(&Served, Vec<Placed<'_>>)> = Vec::new();
    for (path, condition) in conditions {
        let Some((first, rest)) = path.split_first() else {
            here.push(condition);
            continue;
        };
        match through.last_mut() {
            Some((served, inner)) if served.name == first.name => inner.push((rest, condition)),
            _ => through.push((first, vec![(rest, condition)])),
        }
    }
    let related = through
        .into_iter()
        .map(|(served, inner)| served.related(gathered(inner, world), world));
    here.extend(related);
    here
}

/// Returns the condition that following a path of relations, over visible rows only, leads to a row that meets
/// `condition`.
pub(super) fn along(path: &[&Served], condition: Predicate, world: &dyn World) -> Predicate {
    path.iter().rev().fold(condition, |condition, served| {
        served.related(vec![condition], world)
    })
}

impl Served {
    /// Returns the condition that this relation leads to a visible row that meets all `conditions`.
    pub(super) fn related(&self, mut conditions: Vec<Predicate>, world: &dyn World) -> Predicate {
        let row_filter = world.row_filter(self.place);
        if row_filter != Predicate::All(Vec::new()) {
            conditions.push(row_filter);
        }
        let condition = match conditions.pop() {
            Some(only) if conditions.is_empty() => only,
            last => Predicate::All(conditions.into_iter().chain(last).collect()),
        };
        Predicate::Related {
            join: Arc::clone(&self.join),
            condition: Box::new(condition),
        }
    }

    /// Whether a single value identifies a related row: the value of the only column that a to-one relation joins by,
    /// or of the only key column of a to-many relation's target. `model` is the model that the relation starts from.
    pub(super) fn is_named_by_a_value(&self, model: &Model) -> bool {
        let (model, columns): (_, Vec<ColumnNumber>) = if self.join.many {
            (&self.join.target, self.join.target.key().to_vec())
        } else {
            (model, self.join.here().collect())
        };
        let [column] = columns.as_slice() else {
            return false;
        };
        model
            .at(*column)
            .is_some_and(|column| Lookup::Exact.suits(column))
    }
}
