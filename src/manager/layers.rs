//! Operation layers: how they are kept until an API is built, and how their errors and panics become errors of the API.
//!
//! The layer added last is the outermost. When the API is built, each layer is applied once for each path of its
//! viewset. Each operation then runs in a clone of the resulting service.

use std::{
    any::Any,
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tower::{Layer, Service, ServiceExt};

use super::failure::failed;
use crate::{
    error::{BoxError, Error, Result},
    operation::{Operation, Outcome},
};

/// The service that an operation layer wraps. Its request is an [`Operation`], its response an [`Outcome`].
///
/// The service is always ready, and cheap to clone.
#[derive(Clone)]
pub struct Operations(Arc<dyn Answers>);

/// A type-erased service that answers operations.
pub(crate) trait Answers: Send + Sync {
    fn answer(&self, operation: Operation) -> OutcomeFuture;
}

pub(crate) type OutcomeFuture = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// The service of a layer, cloned for each operation.
struct ClonedOperations<S>(S);

impl<S> Answers for ClonedOperations<S>
where
    S: Service<Operation, Response = Outcome, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    fn answer(&self, operation: Operation) -> OutcomeFuture {
        let service = self.0.clone();
        Box::pin(caught(async move {
            let answered = service.oneshot(operation).await;
            answered.map_err(|error| Error::from_layer(error.into()))
        }))
    }
}

impl Operations {
    pub(crate) fn answer(&self, operation: Operation) -> OutcomeFuture {
        self.0.answer(operation)
    }
}

impl Service<Operation> for Operations {
    type Response = Outcome;
    type Error = Error;
    type Future = OutcomeFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, operation: Operation) -> OutcomeFuture {
        self.answer(operation)
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operations").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that turns a panic of the inner future into an error. It is polled in the request's own task, so it has
    /// the request's span and is dropped with the request.
    pub(crate) struct Caught<F> {
        #[pin]
        future: F,
    }
}

/// Wraps a future so that its panic becomes an error. This is no `async fn`: the future of an `async fn` would hold the
/// inner future twice.
pub(crate) const fn caught<F>(future: F) -> Caught<F> {
    Caught { future }
}

impl<T, F: Future<Output = Result<T>>> Future for Caught<F> {
    type Output = Result<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project().future;
        // Catching is sound, since a future that panicked is not polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| future.poll(context)));
        polled.unwrap_or_else(|panic| {
            let words = words_of(&*panic);
            Poll::Ready(Err(failed(format!(
                "a closure, a hook, a manager or an operation layer panicked: {words}"
            ))))
        })
    }
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("without words")
}

/// Operation layers in the order they were added, each as a function that wraps a service.
#[derive(Clone, Default)]
pub(crate) struct OperationLayers(Vec<Arc<dyn Fn(Operations) -> Operations + Send + Sync>>);

impl OperationLayers {
    pub(crate) fn add<L>(&mut self, layer: L)
    where
        L: Layer<Operations> + Send + Sync + 'static,
        L::Service: Service<Operation, Response = Outcome, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.0.push(Arc::new(move |inner| {
            Operations(Arc::new(ClonedOperations(layer.layer(inner))))
        }));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Wraps all layers around the innermost service.
    pub(crate) fn around(&self, innermost: impl Answers + 'static) -> Operations {
        let innermost = Operations(Arc::new(innermost));
        self.0.iter().fold(innermost, |inner, layer| layer(inner))
    }
}

impl fmt::Debug for OperationLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} operation layers", self.0.len())
    }
}

/// Makes an operation layer from an async function of an operation and the next service.
///
/// ```
/// use tower_rest::{Next, Operation, from_fn};
///
/// let audit = from_fn(|operation: Operation, next: Next| async move {
///     let asked = format!("{operation:?}");
///     let outcome = next.run(operation).await;
///     let rows = outcome.as_ref().map_or(0, |outcome| outcome.rows());
///     println!("{asked}: {rows} rows");
///     outcome
/// });
/// # let _ = audit;
/// ```
pub fn from_fn<F, A>(function: F) -> FromFn<F>
where
    F: Fn(Operation, Next) -> A + Clone,
    A: Future<Output = Result<Outcome>> + Send + 'static,
{
    FromFn(function)
}

/// The layer made by [`from_fn`].
#[derive(Clone)]
#[must_use]
pub struct FromFn<F>(F);

/// The service that a [`FromFn`] layer makes.
#[derive(Clone)]
pub struct FromFnService<F> {
    function: F,
    inner: Operations,
}

/// The next service for an operation: the layers inside the current one, then the manager.
#[derive(Clone, Debug)]
#[must_use]
pub struct Next(Operations);

impl Next {
    /// Runs the operation.
    ///
    /// # Errors
    ///
    /// Any error of the inner layers or the manager.
    pub async fn run(self, operation: Operation) -> Result<Outcome> {
        self.0.answer(operation).await
    }
}

impl<F: Clone> Layer<Operations> for FromFn<F> {
    type Service = FromFnService<F>;

    fn layer(&self, inner: Operations) -> FromFnService<F> {
        FromFnService {
            function: self.0.clone(),
            inner,
        }
    }
}

impl<F, A> Service<Operation> for FromFnService<F>
where
    F: Fn(Operation, Next) -> A,
    A: Future<Output = Result<Outcome>> + Send + 'static,
{
    type Response = Outcome;
    type Error = Error;
    type Future = A;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, operation: Operation) -> A {
        (self.function)(operation, Next(self.inner.clone()))
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for FromFnService<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFnService").finish_non_exhaustive()
    }
}
