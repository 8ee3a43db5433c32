//! The rows to which written rows refer by their foreign keys.

use std::sync::Arc;

use crate::{cell::Value, model::Join, predicate::Predicate};

/// The rows to which written rows refer by one relation. The request must be allowed to see them.
#[derive(Clone, PartialEq)]
pub(crate) struct Reference {
    pub(crate) join: Arc<Join>,
    /// For each written row, its position in the body's array (`None` without an array) and the key of the row to which
    /// it refers. A key has the values of the columns that the join compares, in the join's order.
    pub(crate) keys: Vec<(Option<usize>, Vec<Value>)>,
    /// The condition that limits rows of the other model to those the request may see.
    pub(crate) visible: Predicate,
    /// The member of the body in which the key or link was sent.
    pub(crate) member: String,
}

impl Reference {
    /// Whether the rows are looked up before the write in any case: the request may not see every row. Otherwise the
    /// rows are looked up only if the database does not enforce foreign keys.
    pub(crate) fn is_checked(&self) -> bool {
        !matches!(&self.visible, Predicate::All(all) if all.is_empty())
    }

    /// Returns the condition that a row has this key and that the request may see it.
    pub(crate) fn condition(&self, key: &[Value]) -> Predicate {
        let there = self.join.there().zip(key);
        let keys = there.map(|(column, part)| Predicate::Key {
            column,
            part: part.clone(),
        });
        Predicate::All(keys.collect()).and(self.visible.clone())
    }
}
