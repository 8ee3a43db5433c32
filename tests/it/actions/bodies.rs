//! The body of a request: its types, its mistakes, its length, and when it is read at all.

use http::Method;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use tower_http::limit::RequestBodyLimitLayer;
use tower_rest::{Act, Action, Body, Code, Limits, Reply, Result};

use super::{FORM, JSON, api, call, car_viewset, database, post, problem, refused};

#[tokio::test]
async fn a_payload_is_json_a_form_or_nothing() {
    let api = api().await;
    let path = "/cars/1/engine/";
    let expected = json!({"kind": "V8", "power": 300});
    assert_eq!(post(&api, path, &expected).await.json(), expected);
    let utf8 = ("content-type", "application/json; charset=UTF-8");
    let answer = call(&api, "POST", path, &[utf8], expected.to_string()).await;
    assert_eq!(answer.json(), expected);
    let answer = call(&api, "POST", path, &[FORM], "kind=V8&power=300").await;
    assert_eq!(answer.json(), expected);
    let lists = call(&api, "POST", "/cars/echo/", &[FORM], "a=1&b=x+y&a=2").await;
    assert_eq!(
        lists.json()["payload"],
        json!({"a": ["1", "2"], "b": "x y"})
    );

    for (path, expected) in [
        (
            "/cars/echo/",
            json!({"key": "[]", "parent": "[]", "payload": null}),
        ),
        ("/cars/1/maybe/", json!(false)),
    ] {
        assert_eq!(call(&api, "POST", path, &[], "").await.json(), expected);
    }
    let some = post(&api, "/cars/1/maybe/", &expected).await;
    assert_eq!(some.json(), json!(true));
    let missing = call(&api, "POST", path, &[], "").await;
    assert_eq!(problem(&missing), refused(400, Code::MalformedBody));
    assert_eq!(
        call(&api, "POST", "/cars/1/nothing/", &[], "").await.status,
        200
    );
    assert_eq!(
        call(&api, "POST", "/cars/1/nothing/", &[FORM], "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said() {
    let api = api().await;
    let path = "/cars/1/engine/";
    let deep = format!("{}1{}", "[".repeat(33), "]".repeat(33));
    for (header, body, status, code) in [
        (Some("application/json"), "", 400, Code::MalformedBody),
        (Some("application/json"), "{", 400, Code::MalformedBody),
        (
            Some("application/json"),
            r#"{"kind":"a"} 1"#,
            400,
            Code::MalformedBody,
        ),
        (
            Some("application/json"),
            r#"{"kind":"a","kind":"b"}"#,
            400,
            Code::MalformedBody,
        ),
        (
            Some("application/json"),
            deep.as_str(),
            400,
            Code::MalformedBody,
        ),
        (
            Some("application/json; charset=latin1"),
            "{}",
            415,
            Code::UnsupportedMediaType,
        ),
        (
            Some("application/json; profile=x"),
            "{}",
            415,
            Code::UnsupportedMediaType,
        ),
        (Some("text/csv"), "a", 415, Code::UnsupportedMediaType),
        (
            Some("multipart/form-data; boundary=x"),
            "a",
            415,
            Code::UnsupportedMediaType,
        ),
        (Some("text/csv"), "", 415, Code::UnsupportedMediaType),
        (None, "{}", 415, Code::UnsupportedMediaType),
    ] {
        let headers: Vec<_> = header
            .iter()
            .map(|value| ("content-type", *value))
            .collect();
        let answer = call(&api, "POST", path, &headers, body.to_owned()).await;
        assert_eq!(problem(&answer), refused(status, code), "{header:?} {body}");
        if status == 415 {
            let detail = answer.json()["detail"].to_string();
            assert!(
                detail.contains("`Content-Type: application/json`"),
                "{detail}"
            );
        }
    }
    let check = async |headers: &[(&str, &str)], body: &str, pointer: &str, code: Code| {
        let answer = call(&api, "POST", path, headers, body.to_owned()).await;
        assert_eq!(problem(&answer), refused(400, code), "{body}");
        let fault = &answer.json()["errors"][0];
        assert_eq!(fault["pointer"], pointer, "{body}: {fault}");
        assert_eq!(fault["parameter"], Value::Null);
    };
    check(
        &[JSON],
        r#"{"kind":"a","power":70000}"#,
        "/power",
        Code::InvalidValue,
    )
    .await;
    check(&[JSON], r#"{"kind":7}"#, "/kind", Code::InvalidValue).await;
    check(
        &[JSON],
        r#"{"kind":"a","other":1}"#,
        "/other",
        Code::InvalidValue,
    )
    .await;
    check(&[JSON], "null", "", Code::InvalidValue).await;
    check(&[FORM], "kind=a&power=x", "/power", Code::InvalidValue).await;
    check(&[FORM], "kind=a&kind=b", "/kind", Code::Repeated).await;
    check(&[FORM], "kind=%f", "/kind", Code::BadEncoding).await;
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit() {
    let db = database().await;
    let sum = async |act: Act<String>| Ok(Reply::json(&act.payload.len()));
    let viewset = car_viewset(&db)
        .limits(Limits::default().body_bytes(100))
        .action(Action::on_collection("sum", Method::POST, sum));
    let api = viewset.clone().build().expect("an API");
    let cut = viewset.layer(RequestBodyLimitLayer::new(50));
    let cut = cut.build().expect("an API");
    let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
    let streamed = |bytes: usize| {
        let pieces = text(bytes).into_bytes();
        let pieces: Vec<_> = pieces
            .chunks(7)
            .map(|piece| Ok::<_, std::io::Error>(http_body::Frame::data(piece.to_vec().into())))
            .collect();
        let pieces: Vec<Result<http_body::Frame<bytes::Bytes>, _>> = pieces;
        Body::new(StreamBody::new(futures_util::stream::iter(pieces)))
    };
    for bytes in [99, 100, 101] {
        let whole = call(&api, "POST", "/sum/", &[JSON], text(bytes)).await;
        let pieces = call(&api, "POST", "/sum/", &[JSON], streamed(bytes)).await;
        for answer in [whole, pieces] {
            if bytes <= 100 {
                assert_eq!(answer.json(), json!(bytes - 2));
            } else {
                assert_eq!(problem(&answer), refused(413, Code::BodyTooLarge));
            }
        }
    }
    assert_eq!(
        call(&cut, "POST", "/sum/", &[JSON], streamed(50))
            .await
            .status,
        200
    );
    let answer = call(&cut, "POST", "/sum/", &[JSON], streamed(51)).await;
    assert_eq!(problem(&answer), refused(413, Code::BodyTooLarge));
    let broken = [Err(std::io::Error::other("gone"))];
    let broken: [Result<http_body::Frame<bytes::Bytes>, _>; 1] = broken;
    let broken = Body::new(StreamBody::new(futures_util::stream::iter(broken)));
    let answer = call(&api, "POST", "/sum/", &[JSON], broken).await;
    assert_eq!(problem(&answer), refused(400, Code::MalformedBody));
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_not_asked_for() {
    let api = api().await;
    let untouched = || {
        Body::new(StreamBody::new(futures_util::stream::poll_fn(
            |_| -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
                panic!("asked for")
            },
        )))
    };
    for (method, path, status) in [
        ("GET", "/cars/stats/", 200),
        ("GET", "/cars/1/", 200),
        ("POST", "/cars/", 405),
        ("OPTIONS", "/cars/1/engine/", 200),
        ("DELETE", "/cars/1/engine/", 405),
    ] {
        let answer = call(&api, method, path, &[JSON], untouched()).await;
        assert_eq!(answer.status, status, "{method} {path}");
    }
    let text = untouched();
    let answer = call(
        &api,
        "POST",
        "/cars/1/engine/",
        &[("content-type", "text/csv")],
        text,
    )
    .await;
    assert_eq!(answer.status, 415);
    let body = Body::from("x").collect().await.expect("a body").to_bytes();
    assert_eq!(body, "x");
}
