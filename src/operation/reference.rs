//! The rows that written rows refer to by their foreign keys.

use std::sync::Arc;

use crate::{cell::Value, model::Join, predicate::Predicate};

/// The rows that the written rows refer to by one relation. The request must be allowed to see them.
#[derive(Clone, PartialEq)]
pub(crate) struct Reference {
    pub(crate) join: Arc<Join>,
    /// The key of each row that is referred to, with the number of the row of the body's array that does so. A key has
    /// the values of the columns that the join compares, in its order.
    pub(crate) keys: Vec<(Option<usize>, Vec<Value>)>,
    /// The condition that limits rows of the other model to those the request may see.
    pub(crate) visible: Predicate,
    /// The member of the body that refers to a row.
    pub(crate) member: String,
}

impl Reference {
    /// Whether the rows are always looked up before the write, since the request may not see every row. Otherwise they
    /// are looked up only if the database does not enforce foreign keys.
    pub(crate) fn is_checked(&self) -> bool {
        !matches!(&self.visible, Predicate::All(all) if all.is_empty())
    }

    /// Returns the condition that selects the row with a key if the request may see it.
    pub(crate) fn condition(&self, key: &[Value]) -> Predicate {
        let there = self.join.there().zip(key);
        let keys = there.map(|(column, part)| Predicate::Key {
            column,
            part: part.clone(),
        });
        Predicate::All(keys.collect()).and(self.visible.clone())
    }
}
