//! The layers of dialects, where the clients' scripts do not reach.

use http::{Method, Request, Response};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_rest::{
    Api, Body, Code, Error,
    compat::{DjangoRest, JsonServer, SimpleRest},
    testing::Client,
};

use super::world::{api, opened};
use crate::databases::Fresh;

/// An API on SQLite.
async fn cars() -> (Vec<Fresh>, Api) {
    let all = opened().await;
    let api = api(&all[0].db).await.build().expect("an API");
    (all, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_the_headers_of_the_list() {
    let (_all, api) = cars().await;
    let client = Client::new(JsonServer.layer(api));
    let get = client.get("/cars?_start=0&_end=2").await;
    let head = client.ask(Method::HEAD, "/cars?_start=0&_end=2").await;
    assert_eq!(head.text(), "");
    for name in ["x-total-count", "content-length", "etag", "content-type"] {
        assert!(get.header(name).is_some(), "{name}");
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert_eq!(
        get.header("content-length"),
        Some(&*get.bytes().len().to_string())
    );
    assert_eq!(
        get.header("access-control-expose-headers"),
        Some("x-total-count")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_may_delete_from_another_origin_as_its_preflight_was_answered() {
    let (_all, api) = cars().await;
    let delete = |client: Client<_>| async move {
        let client = client.header("origin", "http://elsewhere");
        client.ask(Method::DELETE, "/cars/1").await.status()
    };
    assert_eq!(
        delete(Client::new(DjangoRest.layer(api.clone()))).await,
        204
    );
    let plain = Client::new(api.clone()).header("origin", "http://elsewhere");
    assert_eq!(plain.ask(Method::DELETE, "/cars/2").await.status(), 403);
    let posts = Client::new(SimpleRest.layer(api)).header("origin", "http://elsewhere");
    let post = posts.post("/cars").body("text/plain", "{}").await;
    assert_eq!(post.status(), 403, "{}", post.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_stays_as_it_is() {
    let (_all, api) = cars().await;
    let plain = Client::new(api.clone());
    let client = Client::new(SimpleRest.layer(api));
    for path in [
        "/",
        "/cars/1",
        "/cars/1/",
        "/nothing",
        "/cars/?format=csv",
        "/cars/?page=all&format=ndjson",
        "/cars?nope=1",
        "/cars?%zz=1",
    ] {
        let (expected, answer) = (plain.get(path).await, client.get(path).await);
        assert_eq!(answer.status(), expected.status(), "{path}");
        assert_eq!(answer.text(), expected.text(), "{path}");
        assert_eq!(answer.header("content-range"), None, "{path}");
    }
    let list = client.get("/cars").await;
    assert_eq!(list.header("content-range"), Some("cars 0-24/60"));
    let tag = list.header("etag").expect("a tag").to_owned();
    let again = client.get("/cars").header("if-none-match", &tag).await;
    assert_eq!((again.status(), again.bytes()), (304, &b""[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_translated_never_reaches_the_api() {
    let inner = service_fn(|request: Request<Body>| async move {
        assert_eq!(request.uri(), "", "it was asked");
        Ok::<_, std::convert::Infallible>(Response::new(Body::default()))
    });
    let client = Client::new(SimpleRest.layer(inner));
    let answer = client.get("/cars?sort=make").await;
    assert_eq!((answer.status(), &*answer.code()), (400, "invalid_value"));
    assert_eq!(answer.json()["errors"][0]["parameter"], "sort");
}

#[tokio::test]
async fn an_error_of_the_inner_service_passes() {
    let inner = service_fn(|_: Request<Body>| async {
        Err::<Response<Body>, _>(Error::new(Code::Busy, "busy"))
    });
    let request = Request::get("/").body(Body::default()).expect("a request");
    let error = JsonServer
        .layer(inner)
        .oneshot(request)
        .await
        .expect_err("an error");
    assert_eq!(error.code(), Code::Busy);
}
