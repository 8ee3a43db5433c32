//! Idempotency keys (IETF draft-ietf-httpapi-idempotency-key-header): a request that is sent again with the same
//! `Idempotency-Key` gets the first answer again, and changes nothing.
//!
//! 1. A key belongs to the client that sent it. The program's [`Principal`] function names the client.
//! 2. A [`KeyedRequest`] is the only request of this process that runs with its key.
//! 3. A [`Keeping`] goes with the operation to its transaction. There it builds the [`KeptAnswer`] from the outcome, so
//!    that the answer is committed with the change or not at all.
//! 4. The table's model and its rows are in `record.rs`.

mod keeping;
mod key;
mod keyed;
mod record;

use std::{fmt, sync::Arc, time::Duration};

pub(crate) use self::{
    keeping::{Keeping, KeptAnswer},
    key::{has_key, key_of},
    keyed::{KeyedRequest, RunningKeys},
    record::{TABLE, columns, expired, has_id, model, read, row},
};
use crate::{error::Result, operation::Head};

/// The settings of a viewset for requests with an idempotency key.
#[derive(Clone, Debug)]
pub(crate) struct Idempotency {
    /// The program's function that names the client of a request; `None` if the viewset ignores `Idempotency-Key`.
    pub(crate) principal: Option<Principal>,
    /// How long a stored answer is valid.
    pub(crate) lifetime: Duration,
}

impl Default for Idempotency {
    fn default() -> Self {
        Self {
            principal: None,
            lifetime: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// The program's function that names the client of a request.
#[derive(Clone)]
pub(crate) struct Principal(Arc<PrincipalFn>);

type PrincipalFn = dyn Fn(&Head) -> Result<String> + Send + Sync;

impl Principal {
    pub(crate) fn new(names: impl Fn(&Head) -> Result<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(names))
    }

    /// Returns the name of the client that sends a request.
    pub(crate) fn of(&self, head: &Head) -> Result<String> {
        (self.0)(head)
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Principal")
    }
}
