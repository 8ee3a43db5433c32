//! What an action answers, also through layers and over a socket.

use http::{Method, Response};
use http_body_util::Full;
use serde_json::json;
use tower_rest::{Act, Action, Code, Error, Reply, Result, Router};

use super::{api, call, car_viewset, database, echo, post, problem, refused};
use crate::server::{send, serve};

#[tokio::test]
async fn an_action_answers_what_its_reply_says() {
    let db = database().await;
    let on = |name: &'static str, reply: fn() -> Result<Reply>| {
        let handler = move |_: Act| async move { reply() };
        Action::on_object(name, Method::POST, handler)
    };
    let own = || {
        let response = Response::builder().status(418).header("x-pot", "tea");
        let response = response.header("content-type", "text/plain");
        Ok(response
            .body(Full::new(bytes::Bytes::from("short and stout")))
            .expect("a response")
            .into())
    };
    let api = car_viewset(&db)
        .action(on("created", || Ok(Reply::created(&json!({"a": 1})))))
        .action(on("updated", || Ok(Reply::json("text"))))
        .action(on("accepted", || Ok(Reply::accepted(&[1, 2]))))
        .action(on("nothing", || Ok(().into())))
        .action(on("own", own))
        .action(on("error", || {
            Err(Error::new(Code::Forbidden, "not on Sundays"))
        }))
        .action(on("broken", || {
            let no_json = std::collections::HashMap::from([((1, 2), 3)]);
            Ok(Reply::json(&no_json))
        }))
        .build()
        .expect("an API");
    let act = async |name: &str| call(&api, "POST", &format!("/1/{name}/"), &[], "").await;
    for (name, status, body) in [
        ("created", 201, r#"{"a":1}"#),
        ("updated", 200, r#""text""#),
        ("accepted", 202, "[1,2]"),
    ] {
        let answer = act(name).await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let length = body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
    }
    let nothing = act("nothing").await;
    assert_eq!((nothing.status, nothing.body.as_str()), (200, ""));
    assert_eq!(nothing.header("content-length"), Some("0"));
    assert_eq!(nothing.header("content-type"), None);
    let own = act("own").await;
    assert_eq!((own.status, own.body.as_str()), (418, "short and stout"));
    let headers = [("x-pot", "tea"), ("content-type", "text/plain")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(own.headers, headers, "not a header more");
    let error = act("error").await;
    assert_eq!(problem(&error), refused(403, Code::Forbidden));
    assert_eq!(error.json()["detail"], "not on Sundays");
    assert_eq!(problem(&act("broken").await), refused(500, Code::Internal));
}

#[tokio::test]
async fn layers_around_a_viewset_are_around_its_actions() {
    let db = database().await;
    let guarded = car_viewset(&db)
        .action(Action::on_collection("echo", Method::POST, echo))
        .action(Action::on_object("echo", Method::POST, echo))
        .layer(tower_http::validate_request::ValidateRequestHeaderLayer::accept("application/json"))
        .layer(tower_http::set_header::SetResponseHeaderLayer::overriding(
            http::HeaderName::from_static("x-layer"),
            http::HeaderValue::from_static("cars"),
        ));
    let api = Router::new().register("cars", guarded).build();
    let api = api.expect("an API");
    for path in ["/cars/echo/", "/cars/1/echo/"] {
        let answer = post(&api, path, &json!([1])).await;
        assert_eq!(answer.json()["payload"], json!([1]));
        assert_eq!(answer.header("x-layer"), Some("cars"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_are_served_over_a_socket() {
    let address = serve(api().await).await;
    let body = r#"{"kind":"V8"}"#;
    let request = format!(
        "POST /cars/1/engine/ HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    let answer = send(address, request.as_bytes()).await;
    assert_eq!(answer.json(), json!({"kind": "V8", "power": null}));
    let chunked = "POST /cars/1/nothing/ HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\
                   Connection: close\r\n\r\n0\r\n\r\n";
    let answer = send(address, chunked.as_bytes()).await;
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, Some("0"))
    );
}
