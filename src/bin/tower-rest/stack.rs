//! The layers around what is served, from the outermost to the innermost, and why in this order:
//!
//! 1. The request id (`x-request-id`, the client's or a new one) is set first, so that the trace can name it. One that
//!    is long or not plain is replaced.
//! 2. The trace sees every answer, those of the layers below included, and knows the id.
//! 3. The id is put into every answer, since it is what a client reports and what the log has.
//! 4. Panics are caught inside the trace, so that their 500 is traced, and outside everything that could panic.
//! 5. CORS, if any, stands around what can refuse a request, since scripts could not read a refusal without its headers.
//! 6. The front checks the host and leads to the API, whose own layers are the two below, so that a HEAD is compressed
//!    as its GET would be, and a timeout is a problem document or a page.
//! 7. Compression is outside the timeout: a body that is streamed has no time limit, and is compressed as it comes.
//! 8. The timeout ends a request whose answer does not begin in time, and that of a client that sends its body slowly.
//!
//! The limit of bodies is no layer but the API's own ([`Limits::body_bytes`](tower_rest::Limits::body_bytes)): only the
//! API reads bodies, and a layer's refusal would be neither a problem document nor a page.

use std::{any::Any, convert::Infallible, time::Duration};

use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use tower::{Service, ServiceBuilder, timeout::TimeoutLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders},
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::{DefaultOnResponse, TraceLayer},
};
use tower_rest::{Body, BoxError, Code, Router};
use tracing::{Level, Span};

use super::{front::Front, refusal::refused};

/// The header that names a request.
const REQUEST_ID: &str = "x-request-id";

/// How long browsers may remember what a preflight allowed.
const PREFLIGHT: Duration = Duration::from_mins(10);

/// Adds the layers that stand inside the API: the timeout, and compression around it.
pub(crate) fn inside(router: Router, limit: Duration) -> Router {
    let compression = ServiceBuilder::new()
        .map_response(weak_if_compressed)
        .layer(CompressionLayer::new().gzip(true));
    router.layer(TimeoutLayer::new(limit)).layer(compression)
}

/// Puts the layers around the front.
pub(crate) fn around<B>(
    front: Front,
    cors: Option<CorsLayer>,
) -> impl Service<Request<B>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static
where
    B: http_body::Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let cors = cors.map(|cors| {
        ServiceBuilder::new()
            .map_request(set_aside::<B>)
            .layer(cors)
            .map_request(taken_up::<B>)
            .into_inner()
    });
    ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(Body::new))
        .map_request(without_unfit_id::<B>)
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                .on_failure(())
                .on_body_chunk(())
                .on_eos(()),
        )
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(CatchPanicLayer::custom(panicked))
        .option_layer(cors)
        .service(front)
}

/// Removes an id that is no fit name for a request: longer than 128 bytes, or not visible ASCII.
fn without_unfit_id<B>(mut request: Request<B>) -> Request<B> {
    let headers = request.headers_mut();
    let is_fit = |id: &HeaderValue| {
        let id = id.as_bytes();
        (1..=128).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
    };
    if headers.get(REQUEST_ID).is_some_and(|id| !is_fit(id)) {
        headers.remove(REQUEST_ID);
    }
    request
}

/// The span of a request, at level `error` so that every line of the log has its id, whatever `--log` says. It has the
/// path without the query, whose values may be personal.
fn span<B>(request: &Request<B>) -> Span {
    let id = request.headers().get(REQUEST_ID);
    let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::error_span!("http", method = %request.method(), path = request.uri().path(), id)
}

/// Answers for a request that panicked. The message of the panic is on standard error by then.
fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    refused(Code::Internal, "the server failed; its log says how")
}

/// Makes the entity tag of a compressed answer a weak one, since a strong one promises the bytes that were not
/// compressed. The API takes either in `If-Match`.
fn weak_if_compressed<B>(mut response: Response<B>) -> Response<B> {
    let headers: &mut HeaderMap = response.headers_mut();
    if headers.contains_key(header::CONTENT_ENCODING)
        && let Some(tag) = headers.get_mut(header::ETAG)
        && tag.as_bytes().starts_with(b"\"")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        *tag = weak;
    }
    response
}

/// The answer to scripts of other origins: these origins, or any if one of them is `*`. Cookies are never allowed.
pub(crate) fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        origins if origins.iter().any(|origin| origin == "*") => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().cloned()),
    };
    let cors = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::any())
        .max_age(PREFLIGHT);
    Some(cors)
}

/// Marks a request for a description, an OPTIONS that is no preflight.
#[derive(Clone, Copy, Debug)]
struct Described;

/// Hides an OPTIONS that is no preflight from the CORS layer, which would answer every one itself.
fn set_aside<B>(mut request: Request<B>) -> Request<B> {
    let is_preflight = request
        .headers()
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if request.method() == Method::OPTIONS && !is_preflight {
        *request.method_mut() = Method::GET;
        request.extensions_mut().insert(Described);
    }
    request
}

/// Undoes [`set_aside`].
fn taken_up<B>(mut request: Request<B>) -> Request<B> {
    if request.extensions_mut().remove::<Described>().is_some() {
        *request.method_mut() = Method::OPTIONS;
    }
    request
}
