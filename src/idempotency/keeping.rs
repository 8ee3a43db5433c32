//! The stored answers of requests with an idempotency key, and how the transaction of a write builds them.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::keyed::KeyedRequest;
use crate::{error::Result, operation::Outcome};

/// A stored answer: the client gets it each time it sends the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Builds and holds the answer to a request with an idempotency key. It travels in the request's extensions, so
/// managers and operation layers pass it on without knowing of it.
#[derive(Clone)]
pub(crate) struct Keeping(Arc<KeepingInner>);

struct KeepingInner {
    keyed: Arc<KeyedRequest>,
    answer: Box<AnswerFn>,
    /// The answer; set once it is committed.
    kept: OnceLock<KeptAnswer>,
}

/// Builds the answer from an outcome; `None` if the answer is not to be stored, such as a 404.
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

    /// Builds the answer from an outcome. Returns `None` if the answer is not to be stored, or if one is stored
    /// already: a manager may write several times.
    pub(crate) fn answer(&self, outcome: &Outcome) -> Result<Option<KeptAnswer>> {
        match self.0.kept.get() {
            None => (self.0.answer)(outcome),
            Some(_) => Ok(None),
        }
    }

    /// Notes that the answer, if there is one, is committed.
    pub(crate) fn committed(keeping: Option<&Self>, kept: Option<KeptAnswer>) {
        if let (Some(Self(inner)), Some(kept)) = (keeping, kept) {
            // `set` cannot fail, since no second answer is built.
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
