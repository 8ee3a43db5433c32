//! The head of a request: everything but its body.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::{HeaderMap, request::Parts};
use tracing::Span;

use crate::error::{Code, Error, Result, SERVER_FAILED};

/// A request without its body: method, URI, headers and extensions. Cheap to clone.
///
/// [`extension`](Self::extension) reads values that layers put into the request's extensions.
#[derive(Clone)]
pub struct Head(Arc<Parts>);

impl Head {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Returns the identity of the client, which an authentication layer put into the request's extensions.
    ///
    /// ```
    /// use tower_rest::{Condition, Head, Result};
    ///
    /// #[derive(Clone)]
    /// struct User { id: i64 }
    ///
    /// /// A scope: without an identity the answer is a 401.
    /// fn own(head: &Head) -> Result<Condition> {
    ///     Ok(Condition::column("owner_id").eq(head.identity::<User>()?.id))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Code::Unauthenticated`] when there is no `T` among the extensions.
    pub fn identity<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let missing = || {
            let detail = "the request does not say who sends it";
            Error::new(Code::Unauthenticated, detail)
        };
        self.extensions.get().ok_or_else(missing)
    }

    /// Returns a value that a layer puts into the extensions of every request.
    ///
    /// ```
    /// use tower_rest::{Head, Result};
    ///
    /// #[derive(Clone)]
    /// struct Locale(String);
    ///
    /// fn language(head: &Head) -> Result<&str> {
    ///     Ok(&head.extension::<Locale>()?.0)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when the extensions hold no `T`: a layer is missing, which is not the client's fault.
    /// [`identity`](Self::identity) answers 401 instead.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let missing = || {
            let name = std::any::type_name::<T>();
            let source = format!("no layer put a `{name}` into the request's extensions");
            Error::new(Code::Internal, SERVER_FAILED).with_source(source)
        };
        self.extensions.get().ok_or_else(missing)
    }

    /// Returns the value of a header.
    ///
    /// # Errors
    ///
    /// [`Code::MissingHeader`] when the header is missing, repeated, or not visible ASCII.
    pub fn header(&self, name: &str) -> Result<&str> {
        let refused =
            |words: &str| Error::new(Code::MissingHeader, format!("the header `{name}` {words}"));
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Err(refused("is missing")),
            (Some(_), Some(_)) => Err(refused("is given twice")),
            (Some(value), None) => value.to_str().map_err(|_| refused("is not plain text")),
        }
    }

    /// Returns the same head with one more extension.
    pub(crate) fn with<T: Clone + Send + Sync + 'static>(&self, extension: T) -> Self {
        let mut parts = Parts::clone(&self.0);
        parts.extensions.insert(extension);
        Self::new(parts)
    }

    /// Returns the counter of the request's statements, if there is one.
    pub(crate) fn counter(&self) -> Option<Counter> {
        self.extensions.get().cloned()
    }

    /// Returns the request's id; see [`request_id`].
    pub(crate) fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// Returns the request's span, which differs from the current span if a layer entered a span of its own.
    pub(crate) fn span(&self) -> Span {
        match self.extensions.get() {
            Some(RequestSpan(span)) => span.clone(),
            None => Span::current(),
        }
    }
}

/// Returns the id by which a client, a proxy or a layer names a request, the value of `x-request-id`; `None` if there is
/// none, or if it is longer than 128 bytes or not visible ASCII, so that a client cannot write into the log at will.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    const MOST: usize = 128;
    let id = headers.get("x-request-id")?.to_str().ok()?;
    let is_visible = id.bytes().all(|byte| byte.is_ascii_graphic());
    Some(id).filter(|id| is_visible && (1..=MOST).contains(&id.len()))
}

/// The span of a request, kept in the request's extensions while it passes through layers.
#[derive(Clone)]
pub(crate) struct RequestSpan(pub(crate) Span);

/// The number of database statements that a request has run, kept in the request's extensions.
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

/// Shows method and path only: headers and the query may hold secrets and personal data.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.uri.path())
    }
}
