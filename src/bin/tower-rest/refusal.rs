//! Answers to requests that do not reach the API, as problem documents (RFC 9457) like the API's own.

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::Full;
use tower_rest::{Body, Code};

/// Returns a problem document with the status of the code.
pub(crate) fn refused(code: Code, detail: &str) -> Response<Body> {
    let status = code.status();
    let document = serde_json::json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "code": code.name(),
        "detail": detail,
    });
    let mut response = Response::new(Body::new(Full::<Bytes>::from(document.to_string())));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
