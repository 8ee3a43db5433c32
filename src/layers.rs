//! Layers: the service they wrap, their storage until an API is built, and the conversion of their errors.
//!
//! 1. A layer wraps a [`Route`], which accepts every request body, so a layer may change the body type.
//! 2. The layer added last is the outermost.
//! 3. When the API is built, a viewset's layer is applied once for each path that serves the viewset, and a router's
//!    layer once.
//! 4. Each request is served by its own clone of the service, which is polled ready and called inside the response
//!    future. So a limit counts a request from the moment it may proceed, and no two requests use the same `&mut self`.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower::{Layer, Service, ServiceExt};

use crate::{
    body::Body,
    error::{BoxError, Error},
    operation::request_id,
    representation::json_problem,
    response,
};

/// The service that a layer of a [`ViewSet`](crate::ViewSet) or [`Router`](crate::Router) wraps; accepts every request
/// body.
///
/// Always ready, infallible, and cheap to clone.
#[derive(Clone)]
pub struct Route(Arc<dyn Serve>);

/// A type-erased service, whose one method answers a request.
trait Serve: Send + Sync {
    fn serve(&self, request: Request<Body>) -> BoxResponse;
}

type BoxResponse = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

/// A service that is cloned for each request.
struct Cloned<S>(S);

impl<S, R> Serve for Cloned<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
    R: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    fn serve(&self, request: Request<Body>) -> BoxResponse {
        let service = self.0.clone();
        let id = request_id(request.headers()).map(str::to_owned);
        Box::pin(async move {
            match service.oneshot(request).await {
                Ok(response) => response.map(Body::new),
                Err(error) => {
                    // Only the inner service knows the negotiated format, so this error has the default format.
                    let error = Error::from_layer(error.into());
                    response::problem(&error, json_problem(&error), id.as_deref())
                }
            }
        })
    }
}

impl Route {
    pub(crate) fn new<S, R>(service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<R>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        R: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        Self(Arc::new(Cloned(service)))
    }

    pub(crate) fn serve(&self, request: Request<Body>) -> BoxResponse {
        self.0.serve(request)
    }
}

impl<B> Service<Request<B>> for Route
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        ResponseFuture(self.serve(request.map(Body::new)))
    }
}

/// The response future of an [`Api`](crate::Api) or a [`Route`].
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture(BoxResponse);

impl ResponseFuture {
    pub(crate) fn new(future: impl Future<Output = Response<Body>> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(Ok)
    }
}

/// Layers in the order they were added, each as a function that wraps a route.
#[derive(Clone, Default)]
pub(crate) struct Layers(Vec<Arc<dyn Fn(Route) -> Route + Send + Sync>>);

impl Layers {
    pub(crate) fn add<L, R>(&mut self, layer: L)
    where
        L: Layer<Route> + Send + Sync + 'static,
        L::Service: Service<Request<Body>, Response = Response<R>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        R: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        self.0
            .push(Arc::new(move |route| Route::new(layer.layer(route))));
    }

    /// Returns the service wrapped in every layer; `None` if there is no layer.
    pub(crate) fn around<S>(&self, service: S) -> Option<Route>
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (first, others) = self.0.split_first()?;
        let route = first(Route::new(service));
        Some(others.iter().fold(route, |route, layer| layer(route)))
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} layers", self.0.len())
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").finish_non_exhaustive()
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
