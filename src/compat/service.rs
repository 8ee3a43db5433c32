//! The service that a dialect makes of another.

use std::{
    fmt,
    future::{Future, ready},
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower::Service;

use super::dialect::{ClientDialect, refused};
use crate::{body::Body, error::BoxError, payload::RowsComeBack};

/// The service that a layer of this module makes of an inner service. It is ready when the inner service is.
#[derive(Clone, Debug)]
pub struct CompatService<S> {
    dialect: ClientDialect,
    inner: S,
}

impl<S> CompatService<S> {
    pub(super) const fn new(dialect: ClientDialect, inner: S) -> Self {
        Self { dialect, inner }
    }
}

impl<S, B, R> Service<Request<B>> for CompatService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    R: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = CompatFuture<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let asked = match self.dialect.translate(&mut parts) {
            Ok(asked) => asked,
            Err(error) => return CompatFuture(Box::pin(ready(Ok(refused(&error))))),
        };
        parts.extensions.insert(RowsComeBack);
        let answer = self.inner.call(Request::from_parts(parts, body));
        CompatFuture(Box::pin(async move {
            let answer = answer.await?;
            Ok(asked.answer(answer.map(Body::new)).await)
        }))
    }
}

/// The response future of a [`CompatService`].
#[must_use = "futures do nothing unless polled"]
pub struct CompatFuture<E>(Pin<Box<dyn Future<Output = Result<Response<Body>, E>> + Send>>);

impl<E> Future for CompatFuture<E> {
    type Output = Result<Response<Body>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<E> fmt::Debug for CompatFuture<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompatFuture").finish_non_exhaustive()
    }
}
