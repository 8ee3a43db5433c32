//! Requests to an API in this process, without a socket.

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Empty};
use tower::ServiceExt as _;
use tower_rest::Api;

/// Returns the status of the answer to a request without a body, and the answer's body.
pub(crate) async fn ask(api: &Api, method: Method, uri: &str) -> (StatusCode, Bytes) {
    let request = Request::builder()
        .method(method)
        .uri(uri)
        .header(header::HOST, "localhost")
        .header(header::ACCEPT, "application/json");
    let Ok(request) = request.body(Empty::<Bytes>::new()) else {
        return (StatusCode::BAD_REQUEST, Bytes::new());
    };
    let Ok(response) = api.clone().oneshot(request).await;
    let status = response.status();
    let body = response.into_body().collect().await;
    match body {
        Ok(body) => (status, body.to_bytes()),
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR, Bytes::new()),
    }
}
