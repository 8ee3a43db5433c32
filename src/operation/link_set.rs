//! The related rows with which a junction is to pair a written row.

use std::sync::Arc;

use crate::{
    cell::Value,
    model::{Join, Model},
    predicate::Predicate,
};

/// The new set of related rows of a written row, in a many-to-many relation. Related rows that the request may not see
/// stay related.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkSet {
    pub(crate) join: Arc<Join>,
    /// The model of the junction: its columns hold the written row's key, then the related row's key.
    pub(crate) pairs: Model,
    /// The key of each related row: the values of the columns that the join compares, in the join's order.
    pub(crate) keys: Vec<Vec<Value>>,
    /// The condition that limits the related rows to those the request may see.
    pub(crate) visible: Predicate,
    /// The member of the body that has the keys, as an array.
    pub(crate) member: String,
}
