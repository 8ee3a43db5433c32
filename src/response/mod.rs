//! Building responses, errors included: status, headers and body. No other module builds one.

mod log;
mod stream;

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::{
    body::Body,
    error::Error,
    idempotency::KeptAnswer,
    params::Format,
    read_after::{READ_AFTER, ReadAfter},
    representation::Document,
};

use self::log::log;
pub(crate) use self::stream::Stream;

/// The value of `Cache-Control` with which any cache may store the answer, but must ask the server before it uses it
/// again.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// The value of `Cache-Control` with which only the cache of a single client may store the answer, and must ask the
/// server before it uses it again.
const ASK_AGAIN_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// The value of `Cache-Control` with which no cache may store the answer.
const KEEP_NOTHING: HeaderValue = HeaderValue::from_static("no-store");
/// The value of `Retry-After`: the seconds after which a client should try a busy server again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Returns 200 with a document, which shared caches must not store if `is_private`.
pub(crate) fn document(document: Document, is_private: bool) -> Response<Body> {
    with_status(StatusCode::OK, document, is_private)
}

/// Returns a response with a status and a document.
pub(crate) fn with_status(
    status: StatusCode,
    document: Document,
    is_private: bool,
) -> Response<Body> {
    build(status, caching(is_private), document)
}

/// Returns 200 with the body of an export, which is written while rows are read, so that its length is unknown.
pub(crate) fn stream(stream: Stream, is_private: bool) -> Response<Body> {
    let media_type = HeaderValue::from_static(stream.media_type());
    let body = Body::new(stream);
    with_body(StatusCode::OK, media_type, caching(is_private), body)
}

fn caching(is_private: bool) -> HeaderValue {
    if is_private {
        ASK_AGAIN_PRIVATE
    } else {
        ASK_AGAIN
    }
}

/// Returns 200 without a body, which shared caches must not store if `is_private`.
pub(crate) fn nothing(is_private: bool) -> Response<Body> {
    let mut response = document(Document::new("", Vec::new()), is_private);
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

/// Returns 204, without a body, for a deleted row.
pub(crate) fn no_content(is_private: bool) -> Response<Body> {
    let mut response = nothing(is_private);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// Returns the response without its content: 204 in place of 200.
pub(crate) fn without_content(mut response: Response<Body>) -> Response<Body> {
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().remove(header::CONTENT_LENGTH);
    } else {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    response.headers_mut().remove(header::CONTENT_TYPE);
    without_body(response)
}

/// Returns an answer in the form in which it is stored under an idempotency key; `None` if its body is not in memory.
pub(crate) fn keep(response: Response<Body>) -> Option<KeptAnswer> {
    let (parts, body) = response.into_parts();
    Some(KeptAnswer {
        status: parts.status,
        headers: parts.headers,
        body: body.in_memory()?,
    })
}

/// Returns the response for an answer that was stored under an idempotency key.
pub(crate) fn kept(kept: KeptAnswer) -> Response<Body> {
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = kept.status;
    *response.headers_mut() = kept.headers;
    response
}

/// Returns 304, without a body, for a client that has the document already.
pub(crate) fn not_modified(is_private: bool) -> Response<Body> {
    let mut response = nothing(is_private);
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

/// Returns a document that no cache keeps, such as the page of a form.
pub(crate) fn unkept(status: StatusCode, document: Document) -> Response<Body> {
    build(status, KEEP_NOTHING, document)
}

/// Returns 303, by which the client goes on to a GET of `uri`. The caller has percent-encoded it.
pub(crate) fn see_other(uri: &str) -> Response<Body> {
    let mut response = build(
        StatusCode::SEE_OTHER,
        KEEP_NOTHING,
        Document::new("", Vec::new()),
    );
    response.headers_mut().remove(header::CONTENT_TYPE);
    located(&mut response, uri);
    response
}

/// Returns a file of the web pages, whose URL has its version, so that any cache keeps it.
pub(crate) fn asset(media_type: &'static str, content: impl Into<Bytes>) -> Response<Body> {
    let document = Document::new(media_type, content);
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    build(StatusCode::OK, forever, document)
}

/// Sets the header `ETag`, if a tag is given.
pub(crate) fn tagged(response: &mut Response<Body>, tag: Option<HeaderValue>) {
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
}

/// Sets `Location` to the URI of a created object. The URI is percent-encoded, so it is a valid header value.
pub(crate) fn located(response: &mut Response<Body>, uri: &str) {
    if let Ok(uri) = HeaderValue::from_str(uri) {
        response.headers_mut().insert(header::LOCATION, uri);
    }
}

/// Names the file as which browsers save an answer with rows of the list `name`. They always save `is_whole` lists, and
/// may show others.
pub(crate) fn as_file(response: &mut Response<Body>, name: &str, format: Format, is_whole: bool) {
    let Some(ending) = format.file_ending() else {
        return;
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = name.replace(|c: char| !is_plain(c), "_");
    let name = if name.is_empty() { "rows" } else { &name };
    let shown = if is_whole { "attachment" } else { "inline" };
    if let Ok(value) = HeaderValue::from_str(&format!("{shown}; filename=\"{name}.{ending}\"")) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
}

/// Returns the answer to OPTIONS: 200 with a description, and the methods in `Allow`.
pub(crate) fn description(description: Document, allow: &str) -> Response<Body> {
    let mut response = document(description, false);
    set_allow(&mut response, allow);
    response
}

/// Sets `Vary` to the names of the request headers that an answer depends on: `Accept` and the given ones.
pub(crate) fn vary(response: &mut Response<Body>, names: &[String]) {
    if names.is_empty() {
        return;
    }
    if let Ok(all) = HeaderValue::from_str(&format!("Accept, {}", names.join(", "))) {
        response.headers_mut().insert(header::VARY, all);
    }
}

/// Sets `Allow` to `allow`, the methods that a URL serves.
fn set_allow(response: &mut Response<Body>, allow: &str) {
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
}

/// Returns the response to an error with its document, a problem (RFC 9457) in any format. Errors of the server are also
/// logged.
pub(crate) fn problem(error: &Error, document: Document) -> Response<Body> {
    let status = error.status();
    if status.is_server_error() {
        log(error);
    }
    let mut response = build(status, KEEP_NOTHING, document);
    if let Some(allow) = error.allow() {
        set_allow(&mut response, allow);
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    response
}

/// Sets the token by which the client reads its own writes, in a header and in a cookie that is kept for `window`. The
/// cookie is sent by encrypted connections only if `is_https`.
pub(crate) fn read_after(
    response: &mut Response<Body>,
    token: &ReadAfter,
    window: Duration,
    is_https: bool,
) {
    let secure = if is_https { "; Secure" } else { "" };
    let seconds = window.as_secs();
    let cookie =
        format!("{READ_AFTER}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    let headers = response.headers_mut();
    if let Ok(token) = HeaderValue::try_from(token.to_string()) {
        headers.insert(READ_AFTER, token);
    }
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        headers.append(header::SET_COOKIE, cookie);
    }
}

/// Returns the answer to HEAD: the response without its body.
pub(crate) fn without_body(response: Response<Body>) -> Response<Body> {
    response.map(|_| Body::default())
}

fn build(status: StatusCode, caching: HeaderValue, document: Document) -> Response<Body> {
    let length = HeaderValue::from(document.bytes());
    let links = document.links.map(HeaderValue::try_from);
    let timing = document.timing.map(HeaderValue::try_from);
    let media_type = match document.media_type {
        Cow::Borrowed(media_type) => HeaderValue::from_static(media_type),
        Cow::Owned(media_type) => HeaderValue::try_from(media_type)
            .unwrap_or(HeaderValue::from_static("application/octet-stream")),
    };
    let body = Body::in_pieces(document.pieces);
    let mut response = with_body(status, media_type, caching, body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    if let Some(Ok(links)) = links {
        headers.insert(header::LINK, links);
    }
    if let Some(total) = document.total {
        headers.insert("x-total-count", HeaderValue::from(total));
    }
    if let Some(Ok(timing)) = timing {
        headers.insert("server-timing", timing);
    }
    response
}

fn with_body(
    status: StatusCode,
    media_type: HeaderValue,
    caching: HeaderValue,
    body: Body,
) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let is_page = media_type.as_bytes().starts_with(b"text/html");
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    headers.insert(header::CACHE_CONTROL, caching);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if is_page {
        secure(headers);
    }
    response
}

/// The policy of a web page: it loads its own style, script and images, sends its own forms, and cannot be framed.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

/// The policy of the page of Swagger UI, whose style has images in it, and whose script asks the API.
#[cfg(feature = "swagger-ui")]
const SWAGGER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
);

/// Lets a page run Swagger UI.
#[cfg(feature = "swagger-ui")]
pub(crate) fn runs_swagger_ui(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, SWAGGER_POLICY);
}

/// Sets the headers by which a browser keeps a web page from others.
fn secure(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    let same_origin = HeaderValue::from_static("same-origin");
    headers.insert(header::REFERRER_POLICY, same_origin.clone());
    headers.insert("cross-origin-opener-policy", same_origin);
    // A page may show who is signed in.
    if headers.get(header::CACHE_CONTROL) == Some(&ASK_AGAIN) {
        headers.insert(header::CACHE_CONTROL, ASK_AGAIN_PRIVATE);
    }
}
