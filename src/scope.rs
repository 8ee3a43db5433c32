//! Scopes: the rows that a request may see.
//!
//! A scope is part of every statement about a viewset's rows: lists and their totals, objects, the parents of nested
//! lists, filters and orderings through relations, links and embedded objects.

use std::{fmt, sync::Arc};

use crate::{condition::Condition, error::Result, operation::Head};

/// The function that returns the scope of a request.
#[derive(Clone)]
pub(crate) struct Scope(Arc<ScopeFn>);

type ScopeFn = dyn Fn(&Head) -> Result<Condition> + Send + Sync;

impl Scope {
    pub(crate) fn new(says: impl Fn(&Head) -> Result<Condition> + Send + Sync + 'static) -> Self {
        Self(Arc::new(says))
    }

    /// Returns the condition on the rows that a request may see.
    pub(crate) fn of(&self, head: &Head) -> Result<Condition> {
        (self.0)(head)
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}
