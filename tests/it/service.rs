//! What hosts rely on: auto traits, every kind of body, the same bytes under every host.

use std::{
    cell::Cell,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tower::Service;
use tower_rest::{
    Api, ApiLayer, ApiService, ApiServiceFuture, Body, Database, Error, Mount, ResponseFuture,
    Route, Router, Rows, ViewSet,
};

use crate::{
    fixture,
    server::{ask_with, get, serve, serve_any},
};

fn is_shared<T: Send + Sync + 'static>() {}
fn is_sent<T: Send + 'static>() {}
fn is_cloned<T: Clone>() {}

#[test]
fn the_service_can_go_anywhere() {
    is_shared::<Api>();
    is_cloned::<Api>();
    is_sent::<ResponseFuture>();
    is_shared::<Route>();
    is_cloned::<Route>();
    is_shared::<ApiLayer>();
    is_shared::<ApiService<Api>>();
    is_cloned::<ApiService<Api>>();
    is_sent::<ApiServiceFuture<ResponseFuture>>();
    is_shared::<Body>();
    is_shared::<Database>();
    is_shared::<Error>();
    is_shared::<Rows>();
    is_shared::<Router>();
    is_shared::<ViewSet>();
}

/// A body that cannot be shared between threads.
struct Unshared(Cell<u8>);

impl http_body::Body for Unshared {
    type Data = bytes::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
        self.0.set(self.0.get() + 1);
        Poll::Ready(None)
    }
}

#[tokio::test]
async fn any_request_body_will_do() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let request = Request::get("/owners/1/")
        .body(Unshared(Cell::new(0)))
        .expect("a request");
    assert_eq!(ask_with(&api, request).await.status, 200);
    let request = Request::get("/owners/1/")
        .body(axum::body::Body::from("ignored"))
        .expect("a request");
    assert_eq!(ask_with(&api, request).await.status, 200);
}

#[tokio::test]
async fn it_is_always_ready_and_never_fails() {
    let db = fixture::database().await;
    let mut api = fixture::api("main", &db);
    let ready = std::future::poll_fn(|context| {
        Service::<Request<Empty<bytes::Bytes>>>::poll_ready(&mut api, context)
    });
    let ready: Result<(), Infallible> = ready.await;
    assert!(ready.is_ok());
}

const PATHS: &[&str] = &[
    "/",
    "/cars/?page_size=3&ordering=-year",
    "/cars/?page_size=3&page=last",
    "/cars/1/",
    "/texts/a%2Fb/",
    "/nothing/",
    "/cars/?yaer=1",
];

#[tokio::test]
async fn hyper_and_axum_give_the_same_bytes() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let bare = serve(api.clone()).await;
    let nested = serve_any(axum::Router::new().nest_service("/api", api.clone())).await;
    let around = serve_any(axum::Router::new().layer(ApiLayer::at("/api", api.clone()))).await;
    let fallback = serve_any(axum::Router::new().fallback_service(api.clone())).await;
    for path in PATHS {
        let expected = get(bare, path).await;
        let found = get(fallback, path).await;
        assert_eq!(
            (found.status, &found.body),
            (expected.status, &expected.body),
            "{path}"
        );
        let prefixed = expected.body.replace("http://test/", "http://test/api/");
        for address in [nested, around] {
            let found = get(address, &format!("/api{path}")).await;
            // What the API does not know is left to the application that is around it.
            if address == nested || api.knows(path.split('?').next().unwrap_or_default()) {
                assert_eq!(
                    (found.status, &found.body),
                    (expected.status, &prefixed),
                    "{path}"
                );
            } else {
                assert_eq!((found.status, found.body.as_str()), (404, ""), "{path}");
            }
        }
    }
    // The path that is nothing but the prefix.
    for address in [nested, around] {
        assert_eq!(
            get(address, "/api").await.body,
            get(address, "/api/").await.body
        );
    }
}

#[tokio::test]
async fn a_host_that_strips_a_prefix_says_so() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let request = Request::get("/owners/1/")
        .header("host", "test")
        .extension(Mount("/v2/".to_owned()));
    let answer = ask_with(
        &api,
        request
            .body(Empty::<bytes::Bytes>::new())
            .expect("a request"),
    )
    .await;
    assert_eq!(answer.json()["href"], "http://test/v2/owners/1/");
}

#[tokio::test]
async fn http_2_names_its_host_in_the_authority() {
    let db = fixture::database().await;
    let address = serve(fixture::api("main", &db)).await;
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut client, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .expect("a handshake");
    tokio::spawn(connection);
    let request = Request::get("http://h2.example:8080/owners/1/")
        .body(Empty::<bytes::Bytes>::new())
        .expect("a request");
    let response = client.send_request(request).await.expect("a response");
    assert_eq!(
        (response.version(), response.status().as_u16()),
        (http::Version::HTTP_2, 200)
    );
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let document: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(document["href"], "http://h2.example:8080/owners/1/");
}

#[tokio::test]
async fn a_head_has_the_headers_of_its_get() {
    let db = fixture::database().await;
    let address = serve(fixture::api("main", &db)).await;
    for path in PATHS {
        let get = get(address, path).await;
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let head = crate::server::send(address, request.as_bytes()).await;
        let without_date = |headers: &[(String, String)]| {
            headers
                .iter()
                .filter(|(name, _)| name != "date")
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(
            without_date(&head.headers),
            without_date(&get.headers),
            "{path}"
        );
        assert_eq!(head.body, "", "{path}");
    }
}
