//! Conditions on related rows: what positive filters say of one relation must hold of one row there.
//!
//! Rows that a request may not see do not exist for it: every step holds the row filter of its place.

use std::sync::Arc;

use super::{
    lookup::Lookup,
    offer::{Served, World},
};
use crate::{
    model::{ColumnNumber, Model},
    predicate::Predicate,
};

/// A condition, and the relations that lead to the row it is about.
type Placed<'a> = (&'a [&'a Served], Predicate);

/// Combines conditions into one tree: those through the same relation must hold for the same row. Conditions with the
/// same path must be adjacent.
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

/// Returns the condition that a path of relations leads to a row which meets a condition.
pub(super) fn along(path: &[&Served], condition: Predicate, world: &dyn World) -> Predicate {
    path.iter().rev().fold(condition, |condition, served| {
        served.related(vec![condition], world)
    })
}

impl Served {
    /// Returns the condition that this relation leads to a visible row which meets all conditions.
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

    /// Whether a single value identifies a related row: by the only column of a to-one relation, or by the only key
    /// column of the target of a to-many relation. `model` is the source of the relation.
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
