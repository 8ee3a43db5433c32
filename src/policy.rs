//! Policies: whether a request has the access it needs, decided before a connection is taken.

use std::{fmt, sync::Arc};

use crate::{error::Result, operation::Head};

/// The access to a viewset that a request needs, which its [policy](crate::ViewSet::policy) grants or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access<'a> {
    /// Reading a list.
    List,
    /// Reading one object, or using a path below it.
    Retrieve,
    /// Creating an object.
    Create,
    /// Changing an object, by PUT or PATCH.
    Update,
    /// Deleting an object.
    Delete,
    /// Calling an action, by its name.
    Act(&'a str),
}

/// The function that decides whether a request has the access it needs.
#[derive(Clone)]
pub(crate) struct Policy(Arc<PolicyFn>);

type PolicyFn = dyn Fn(&Head, Access<'_>) -> Result<()> + Send + Sync;

impl Policy {
    pub(crate) fn new(
        says: impl Fn(&Head, Access<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(says))
    }

    /// Returns the policy's error if the policy refuses the access.
    pub(crate) fn check(&self, head: &Head, access: Access<'_>) -> Result<()> {
        (self.0)(head, access)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy")
    }
}
