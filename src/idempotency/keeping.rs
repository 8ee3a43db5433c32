//! Answers that are kept, and how the transaction of a write builds them.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::keyed::KeyedRequest;
use crate::{error::Result, operation::Outcome};

/// An answer as it is kept: what the client gets each time it sends the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Keeps the answer to a question of a request with an idempotency key. Managers and operation layers pass it on, in the
/// request's extensions, without seeing it.
#[derive(Clone)]
pub(crate) struct Keeping(Arc<KeepingInner>);

struct KeepingInner {
    keyed: Arc<KeyedRequest>,
    answer: Box<AnswerFn>,
    /// The answer, once it is committed.
    kept: OnceLock<KeptAnswer>,
}

/// Builds the answer from an outcome; `None` if the outcome is not one to keep, such as that there is no such row.
type AnswerFn = dyn Fn(&Outcome) -> Result<Option<KeptAnswer>> + Send + Sync;

impl Keeping {
    pub(crate) fn new(
        keyed: &Arc<KeyedRequest>,
        answer: impl Fn(&Outcome) -> Result<Option<KeptAnswer>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(KeepingInner {
            keyed: Arc::clone(keyed),
            answer: Box::new(answer),
            kept: OnceLock::new(),
        }))
    }

    pub(crate) fn keyed(&self) -> &KeyedRequest {
        &self.0.keyed
    }

    /// Builds the answer from an outcome. `None` if it is not one to keep, or if an answer is kept already: a manager
    /// may write several times.
    pub(crate) fn answer(&self, outcome: &Outcome) -> Result<Option<KeptAnswer>> {
        match self.0.kept.get() {
            None => (self.0.answer)(outcome),
            Some(_) => Ok(None),
        }
    }

    /// Notes that the answer is committed, if there is one.
    pub(crate) fn committed(keeping: Option<&Self>, kept: Option<KeptAnswer>) {
        if let (Some(Self(inner)), Some(kept)) = (keeping, kept) {
            // It is set once only, since no second answer is built.
            inner.kept.set(kept).ok();
        }
    }

    /// Returns the answer that is committed.
    pub(crate) fn kept(&self) -> Option<&KeptAnswer> {
        self.0.kept.get()
    }
}

impl fmt::Debug for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keeping").field(&self.0.kept).finish()
    }
}
