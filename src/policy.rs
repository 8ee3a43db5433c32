//! Whether a request may do what it asks at all, decided before any connection is taken.

use std::{fmt, sync::Arc};

use crate::{error::Result, operation::Head};

/// What a request asks of a viewset, as a [policy](crate::ViewSet::policy) is asked about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked<'a> {
    /// A list.
    List,
    /// One object, or what is nested under it.
    Retrieve,
    /// An action, by its name.
    Act(&'a str),
}

/// What says whether a request may do what it asks.
#[derive(Clone)]
pub(crate) struct Policy(Arc<Says>);

type Says = dyn Fn(&Head, Asked<'_>) -> Result<()> + Send + Sync;

impl Policy {
    pub(crate) fn new(
        says: impl Fn(&Head, Asked<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(says))
    }

    /// Refuses what may not be done.
    pub(crate) fn check(&self, head: &Head, asked: Asked<'_>) -> Result<()> {
        (self.0)(head, asked)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Policy")
    }
}
