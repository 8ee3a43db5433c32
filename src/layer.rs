//! `ApiLayer` puts the API at a prefix, around a service for all other paths.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response, Uri};
use http_body_util::Either;
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use crate::{
    body::Body,
    error::BoxError,
    layers::ResponseFuture,
    link::{Mount, mounted},
    service::Api,
};

/// Puts an [`Api`] at a path prefix of another service.
///
/// 1. The API answers the prefix itself and paths below it whose first segment is registered, including their 404s and
///    405s. [`Api::knows`] decides.
/// 2. Every other request passes to the inner service unchanged, including its body.
/// 3. The API sees the path without the prefix, and a [`Mount`] with the prefix, so links are complete.
///
/// ```
/// # use sea_query::{ColumnDef, Table};
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// # use tower_rest::{Database, Model, Router, ViewSet};
/// # let db = Database::in_memory().await?;
/// # let table = Table::create().table("cars").col(ColumnDef::new("car_id").integer().primary_key()).to_owned();
/// # db.execute_script("CREATE TABLE cars (car_id INTEGER PRIMARY KEY)").await?;
/// # let cars = ViewSet::new(Model::from_table("Car", &table)).database(&db);
/// use http::{Request, Response, StatusCode};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tower_rest::ApiLayer;
///
/// let api = Router::new().register("cars", cars).build()?;
/// let app = ServiceBuilder::new()
///     .layer(ApiLayer::at("/api", api))
///     .service_fn(async |_: Request<String>| Ok::<_, std::io::Error>(Response::new("hello".to_owned())));
///
/// let status = async |path: &str| {
///     let request = Request::get(path).body(String::new()).unwrap();
///     app.clone().oneshot(request).await.unwrap().status()
/// };
/// assert_eq!(status("/api/cars/").await, StatusCode::OK);
/// assert_eq!(status("/api/cars/7/").await, StatusCode::NOT_FOUND);
/// assert_eq!(status("/api/other/").await, StatusCode::OK); // hello
/// # Ok::<(), tower_rest::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct ApiLayer {
    /// The path prefix, such as `/api`; empty if the API is at `/`.
    prefix: Arc<str>,
    api: Api,
}

impl ApiLayer {
    /// Creates a layer with the API at a prefix such as `/api`. With the prefix `/`, the API root replaces the inner
    /// service's own `/`.
    #[must_use]
    pub fn at(prefix: &str, api: Api) -> Self {
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            segments => format!("/{segments}"),
        };
        Self {
            prefix: prefix.into(),
            api,
        }
    }

    /// Returns the URI without the prefix, if the API and not the inner service answers it.
    fn below(&self, uri: &Uri) -> Option<Uri> {
        let rest = uri
            .path_and_query()?
            .as_str()
            .strip_prefix(self.prefix.as_ref())?;
        let path = rest.split('?').next().unwrap_or_default();
        if !(path.is_empty() || path.starts_with('/')) || !self.api.knows(path) {
            return None;
        }
        let rest = if path.is_empty() {
            format!("/{rest}").parse()
        } else {
            rest.parse()
        };
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(rest.ok()?);
        Uri::from_parts(parts).ok()
    }
}

impl<S> Layer<S> for ApiLayer {
    type Service = ApiService<S>;

    fn layer(&self, inner: S) -> ApiService<S> {
        ApiService {
            layer: self.clone(),
            inner,
        }
    }
}

/// The service that an [`ApiLayer`] makes of an inner service. It is ready when the inner service is.
#[derive(Clone, Debug)]
pub struct ApiService<S> {
    layer: ApiLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for ApiService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Either<Body, R>>;
    type Error = S::Error;
    type Future = ApiServiceFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let answer = match self.layer.below(request.uri()) {
            None => EitherFuture::Inner {
                future: self.inner.call(request),
            },
            Some(uri) => {
                let before = mounted(request.extensions(), request.uri());
                let mount = format!("{}{}", before.trim_end_matches('/'), self.layer.prefix);
                *request.uri_mut() = uri;
                request.extensions_mut().insert(Mount(mount));
                EitherFuture::Api {
                    future: self.layer.api.call(request),
                }
            }
        };
        ApiServiceFuture { answer }
    }
}

pin_project! {
    /// The response future of an [`ApiService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ApiServiceFuture<F> {
        #[pin]
        answer: EitherFuture<F>,
    }
}

pin_project! {
    #[project = EitherFutureProjection]
    #[derive(Debug)]
    enum EitherFuture<F> {
        Api { #[pin] future: ResponseFuture },
        Inner { #[pin] future: F },
    }
}

impl<F, R, E> Future for ApiServiceFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<Either<Body, R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project().answer.project() {
            EitherFutureProjection::Api { future } => {
                let Ok(response) = ready!(future.poll(context));
                Ok(response.map(Either::Left))
            }
            EitherFutureProjection::Inner { future } => {
                let response = ready!(future.poll(context))?;
                Ok(response.map(Either::Right))
            }
        })
    }
}
