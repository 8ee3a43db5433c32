//! Requests to an API in this process, without a socket.

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
use tower::ServiceExt as _;
use tower_rest::Api;

use crate::BoxError;

/// Sends a request; returns the status and the body of the answer.
pub(crate) async fn send(
    api: &Api,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<(StatusCode, Bytes), BoxError> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "bench")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let response = api.clone().oneshot(request).await?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

/// Sends a GET request that must succeed; returns the body of the answer.
pub(crate) async fn get(api: &Api, path: &str) -> Result<Bytes, BoxError> {
    let (status, body) = send(api, Method::GET, path, None).await?;
    match status.is_success() {
        true => Ok(body),
        false => Err(format!("{path}: {status}: {}", String::from_utf8_lossy(&body)).into()),
    }
}
