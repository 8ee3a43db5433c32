//! Which related rows a written row is paired with by a junction.

use std::sync::Arc;

use crate::{
    cell::Value,
    model::{Join, Model},
    predicate::Predicate,
};

/// The related rows that a written row is to have by a relation through a junction: these, and no others of those that
/// the request may see.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkSet {
    pub(crate) join: Arc<Join>,
    /// The model of the junction's rows: the columns of the written row's key, then those of the related row's.
    pub(crate) pairs: Model,
    /// The key of each related row: the columns that the join compares, in its order.
    pub(crate) keys: Vec<Vec<Value>>,
    /// The condition that limits the related rows to those the request may see.
    pub(crate) visible: Predicate,
    /// The member of the body that has the keys, as an array.
    pub(crate) member: String,
}
