//! Responses: status, headers and bodies, errors included. Nothing else builds one.

mod stream;

use std::error::Error as _;

use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

use crate::{
    body::Body,
    error::{Error, Fault, Where},
    params::Format,
    representation::Document,
};

pub(crate) use self::stream::Stream;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");
/// A cache may keep the answer and must ask again before it uses it.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// The same for the cache of one client alone.
const ASK_AGAIN_PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const KEEP_NOTHING: HeaderValue = HeaderValue::from_static("no-store");
/// Seconds after which a client may try a busy server again.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// 200 with a document of a media type; a private one is for no cache that others share.
pub(crate) fn document(
    document: Document,
    media_type: &'static str,
    is_private: bool,
) -> Response<Body> {
    let length = HeaderValue::from(document.bytes());
    let links = document.links.map(HeaderValue::try_from);
    let media_type = HeaderValue::from_static(media_type);
    let body = Body::in_pieces(document.pieces);
    let mut response = with_body(StatusCode::OK, media_type, caching(is_private), body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    if let Some(Ok(links)) = links {
        headers.insert(header::LINK, links);
    }
    response
}

/// 200 with a body whose length nobody knows yet.
pub(crate) fn stream(stream: Stream, media_type: &'static str, is_private: bool) -> Response<Body> {
    let media_type = HeaderValue::from_static(media_type);
    let body = Body::new(stream);
    with_body(StatusCode::OK, media_type, caching(is_private), body)
}

/// 200 with a JSON document; a private one is for no cache that others share.
pub(crate) fn json(document: Vec<u8>, is_private: bool) -> Response<Body> {
    json_with(StatusCode::OK, document, is_private)
}

/// A JSON document with another status.
pub(crate) fn json_with(status: StatusCode, document: Vec<u8>, is_private: bool) -> Response<Body> {
    build(status, JSON, caching(is_private), document)
}

fn caching(is_private: bool) -> HeaderValue {
    if is_private {
        ASK_AGAIN_PRIVATE
    } else {
        ASK_AGAIN
    }
}

/// 200 without a body.
pub(crate) fn nothing(is_private: bool) -> Response<Body> {
    let mut response = json(Vec::new(), is_private);
    response.headers_mut().remove(header::CONTENT_TYPE);
    response
}

/// 200 with a JSON document and the methods of the URL: what OPTIONS answers.
pub(crate) fn description(document: Vec<u8>, allow: &str) -> Response<Body> {
    let mut response = json(document, false);
    set_allow(&mut response, allow);
    response
}

/// The request headers, besides `Accept`, that an answer depends on.
pub(crate) fn vary(response: &mut Response<Body>, names: &[String]) {
    if names.is_empty() {
        return;
    }
    if let Ok(all) = HeaderValue::from_str(&format!("Accept, {}", names.join(", "))) {
        response.headers_mut().insert(header::VARY, all);
    }
}

/// The methods of a URL. Their names are tokens, so they are a header's value.
fn set_allow(response: &mut Response<Body>, allow: &str) {
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
}

/// The problem document of an error: RFC 9457.
pub(crate) fn problem(error: &Error, _format: Format) -> Response<Body> {
    let status = error.status();
    if status.is_server_error() {
        log(error);
    }
    let document = Problem {
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        code: error.code().name(),
        detail: error.detail(),
        errors: error.parameter_faults().iter().map(Described::of).collect(),
    };
    // Texts and numbers only: serializing them cannot fail.
    let document = serde_json::to_vec(&document).unwrap_or_default();
    let mut response = build(status, PROBLEM, KEEP_NOTHING, document);
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

/// The answer to HEAD: everything but the body.
pub(crate) fn without_body(response: Response<Body>) -> Response<Body> {
    response.map(|_| Body::default())
}

fn build(
    status: StatusCode,
    media_type: HeaderValue,
    caching: HeaderValue,
    document: Vec<u8>,
) -> Response<Body> {
    let length = HeaderValue::from(document.len());
    let mut response = with_body(status, media_type, caching, Body::from(document));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
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
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    headers.insert(header::CACHE_CONTROL, caching);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'a str,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Described<'a>>,
}

#[derive(Serialize)]
struct Described<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<&'a str>,
    code: &'static str,
    detail: &'a str,
}

impl<'a> Described<'a> {
    fn of(fault: &'a Fault) -> Self {
        let (parameter, pointer) = match &fault.at {
            Where::Parameter(name) => (Some(name.as_str()), None),
            Where::Pointer(pointer) => (None, Some(pointer.as_str())),
        };
        Self {
            parameter,
            pointer,
            code: fault.code.name(),
            detail: &fault.detail,
        }
    }
}

fn log(error: &Error) {
    let mut causes = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    let code = error.code().name();
    if error.is_silent() {
        tracing::debug!(code, "{error}{causes}");
    } else if error.status() == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(code, "{error}{causes}");
    } else {
        tracing::error!(code, "{error}{causes}");
    }
}
