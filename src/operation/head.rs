//! The head of a request: what it says besides its body.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::request::Parts;
use tracing::Span;

use crate::error::{Code, Error, Result};

/// A request without its body: method, URI, headers and extensions. Cheap to clone.
///
/// What layers put into the request's extensions is read by [`extension`](Self::extension).
#[derive(Clone)]
pub struct Head(Arc<Parts>);

impl Head {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What a layer put into the request's extensions, such as who sends it.
    ///
    /// # Errors
    ///
    /// [`Code::Unauthenticated`] when there is no `T` among them.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let missing = || {
            Error::new(
                Code::Unauthenticated,
                "the request does not say who sends it",
            )
        };
        self.extensions.get().ok_or_else(missing)
    }

    /// The value of a header.
    ///
    /// # Errors
    ///
    /// [`Code::MissingKeyPart`] when the request has no such header, has it twice, or its value is no visible ASCII.
    pub fn header(&self, name: &str) -> Result<&str> {
        let refused =
            |words: &str| Error::new(Code::MissingKeyPart, format!("the header `{name}` {words}"));
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Err(refused("is missing")),
            (Some(_), Some(_)) => Err(refused("is given twice")),
            (Some(value), None) => value.to_str().map_err(|_| refused("is not plain text")),
        }
    }

    /// What counts the request's statements, if somebody wants to know.
    pub(crate) fn counter(&self) -> Option<Counter> {
        self.extensions.get().cloned()
    }

    /// The request's span: the current one may be a layer's.
    pub(crate) fn span(&self) -> Span {
        match self.extensions.get() {
            Some(RequestSpan(span)) => span.clone(),
            None => Span::current(),
        }
    }
}

/// The span of a request, among its extensions on the way through layers.
#[derive(Clone)]
pub(crate) struct RequestSpan(pub(crate) Span);

/// How many statements a request has run, among its extensions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter(Arc<AtomicUsize>);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(feature = "testing")]
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Deref for Head {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Method and path only: headers hold secrets, and the query what clients look for.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.uri.path())
    }
}
