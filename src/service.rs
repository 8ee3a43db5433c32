//! `Api`, the service: a span for each request, the layers around the flow, and empty bodies for HEAD.
//!
//! A request passes the router's layers, then the layers of its viewset, then the flow: the code that answers it, in
//! `api`. Without layers it goes straight to the flow. A layer may rewrite the path, so the place that the path leads
//! to is found again inside the router's layers and inside each viewset's layers.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use http::{Method, Request, Response};
use pin_project_lite::pin_project;
use tower::Service;
use tracing::{Instrument, Span, field};

use crate::{
    api::Shared,
    body::Body,
    database::WrittenDatabases,
    error::{BoxError, Result},
    layers::{Layers, ResponseFuture, Route},
    operation::{Head, RequestSpan},
    params::{PlaceIndex, indexed},
    response,
};

/// Viewsets as one `tower::Service`, for any web framework and any request body.
///
/// Cheap to clone, always ready, and infallible: every failure is a response. Built by
/// [`Router::build`](crate::Router::build) or [`ViewSet::build`](crate::ViewSet::build).
#[derive(Clone)]
pub struct Api(Arc<Layered>);

struct Layered {
    /// The service made by the router's layers, which wrap everything; `None` if the router has none.
    whole: Option<Route>,
    inside: Inside,
}

/// The service inside the layers of the router, or of one place (a viewset at a path).
#[derive(Clone)]
struct Inside {
    shared: Arc<Shared>,
    /// For each place (a viewset at a path) the service made by its layers; `None` if it has no layers. The list is
    /// empty if no place has layers.
    places: Arc<[Option<Route>]>,
    /// The place (a viewset at a path) whose layers wrap this service; `None` for the router's layers. Only this place
    /// and the places nested in it are served inside these layers, so a layer that rewrites paths cannot bypass the
    /// layers of another place.
    within: Option<PlaceIndex>,
}

impl Api {
    pub(crate) fn new(shared: Shared, layers: &Layers) -> Self {
        let shared = Arc::new(shared);
        let inside = |places, within| Inside {
            shared: Arc::clone(&shared),
            places,
            within,
        };
        // Nested places, later in the list, are wrapped first: the layers of a parent wrap those of its nested places.
        let mut places: Vec<Option<Route>> = shared.places.iter().map(|_| None).collect();
        for (at, place) in indexed(&shared.places).rev() {
            let route = place.layers.around(inside(places.clone().into(), Some(at)));
            if let Some(own) = at.item_mut(&mut places) {
                *own = route;
            }
        }
        if places.iter().all(Option::is_none) {
            places.clear();
        }
        let inside = inside(places.into(), None);
        Self(Arc::new(Layered {
            whole: layers.around(inside.clone()),
            inside,
        }))
    }

    /// Whether the API answers a path: the root, or a path whose first segment is registered, even if the answer is a
    /// 404. Only the path, without a prefix, is considered.
    ///
    /// ```
    /// # use sea_query::{ColumnDef, Table};
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use tower_rest::{Database, Model, Router, ViewSet};
    /// # let db = Database::in_memory().await?;
    /// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
    /// # let cars = ViewSet::new(Model::from_table("Car", &table)).database(&db);
    /// let api = Router::new().register("cars", cars).build()?;
    /// assert!(api.knows("/") && api.knows("/cars/7/"));
    /// assert!(!api.knows("/login"));
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    #[must_use]
    pub fn knows(&self, path: &str) -> bool {
        self.0.inside.shared.routes.has(path)
    }
}

impl<B> Service<Request<B>> for Api
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

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture {
        let span = tracing::info_span!(
            "request",
            method = %request.method(),
            model = field::Empty,
            operation = field::Empty,
            status = field::Empty,
            rows = field::Empty,
            microseconds = field::Empty
        );
        let is_head = request.method() == Method::HEAD;
        let Layered { whole, inside } = &*self.0;
        let path = request.uri().path();
        if let Some(route) = whole.as_ref().or_else(|| inside.layers_of(path)) {
            request.extensions_mut().insert(RequestSpan(span.clone()));
            let answer = route.serve(request.map(Body::new));
            return ResponseFuture::new(Noted::of(answer, is_head).instrument(span));
        }
        // Removes the span of an outer API, which is present if a layer of that API calls this one.
        request.extensions_mut().remove::<RequestSpan>();
        let answer = inside.answer(request);
        ResponseFuture::new(Noted::of(answer, is_head).instrument(span))
    }
}

pin_project! {
    /// A future that records the response in the request's span. It also removes the body of a response to HEAD. This
    /// is done outside of all layers, so that layers see the response to GET.
    struct Noted<F> {
        #[pin]
        answer: F,
        is_head: bool,
        started: Instant,
    }
}

impl<F> Noted<F> {
    fn of(answer: F, is_head: bool) -> Self {
        Self {
            answer,
            is_head,
            started: Instant::now(),
        }
    }
}

impl<F: Future<Output = Response<Body>>> Future for Noted<F> {
    type Output = Response<Body>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Response<Body>> {
        let noted = self.project();
        let response = ready!(noted.answer.poll(context));
        let span = Span::current();
        span.record("status", response.status().as_u16());
        let microseconds = u64::try_from(noted.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        span.record("microseconds", microseconds);
        Poll::Ready(if *noted.is_head {
            response::without_body(response)
        } else {
            response
        })
    }
}

impl Inside {
    /// Returns the outermost layers that a request for this path still has to pass; `None` if there are none.
    fn layers_of(&self, path: &str) -> Option<&Route> {
        if self.places.is_empty() {
            return None;
        }
        let mut places = self.shared.routes.places(path);
        if let Some(within) = self.within {
            places.find(|place| *place == within)?;
        }
        places.find_map(|place| place.item(&self.places)?.as_ref())
    }

    /// Returns the response to a request, without passing any layer.
    fn answer<B>(&self, request: Request<B>) -> impl Future<Output = Response<Body>> + Send + use<B>
    where
        B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        let (mut parts, body) = request.into_parts();
        if !parts.method.is_safe() {
            parts.extensions.insert(WrittenDatabases::default());
        }
        let (shared, within) = (Arc::clone(&self.shared), self.within);
        async move {
            let head = Head::new(parts);
            let mut body = Some(body);
            let mut take = || body.take().map(Body::new).unwrap_or_default();
            shared.answer(&head, &mut take, within).await
        }
    }
}

impl Service<Request<Body>> for Inside {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ResponseFuture {
        match self.layers_of(request.uri().path()) {
            Some(route) => route.clone().call(request),
            None => ResponseFuture::new(self.answer(request)),
        }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("places", &self.0.inside.shared.places)
            .finish_non_exhaustive()
    }
}
