//! What is checked before a handler runs, and what `build()` refuses.

use http::Method;
use serde_json::Value;
use tower_rest::{Action, Code, Condition, Error, Limits, Model, Router, ViewSet};

use super::{
    FORM, JSON, api, call, car_viewset, database, echo, engine, parts, problem, refused, router,
    words,
};
use crate::server::ask;

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let api = api().await;
    let plain = ("content-type", "text/plain");
    let multipart = ("content-type", "multipart/form-data; boundary=x");
    let site = |value| ("sec-fetch-site", value);
    let origin = |value| ("origin", value);
    let (ok, cross, type_) = (
        (200, ""),
        (403, "cross_site"),
        (415, "unsupported_media_type"),
    );
    for (headers, expected) in [
        (vec![], ok),
        (vec![FORM], ok),
        (vec![FORM, site("same-origin")], ok),
        (vec![FORM, site("none")], ok),
        (vec![FORM, site("cross-site")], cross),
        (vec![FORM, site("same-site")], cross),
        (vec![FORM, site("anything")], cross),
        (vec![site("cross-site")], cross),
        (vec![plain, site("cross-site")], cross),
        (vec![multipart, site("cross-site")], cross),
        (vec![plain, site("same-origin")], type_),
        (vec![JSON, site("cross-site")], ok),
        (vec![FORM, site("same-origin"), origin("http://evil")], ok),
        (vec![FORM, site("cross-site"), origin("http://test")], cross),
        (vec![FORM, site("none"), site("cross-site")], cross),
        (vec![FORM, origin("http://test")], ok),
        (vec![FORM, origin("https://TEST")], ok),
        (vec![FORM, origin("http://test:80")], ok),
        (vec![FORM, origin("http://test:8080")], cross),
        (vec![FORM, origin("http://evil")], cross),
        (vec![FORM, origin("null")], cross),
        (vec![origin("http://evil")], cross),
        (vec![JSON, origin("http://evil")], ok),
    ] {
        let body = if headers.contains(&JSON) { "{}" } else { "" };
        let body = if headers.contains(&plain) { "x" } else { body };
        let answer = call(&api, "POST", "/cars/echo/", &headers, body).await;
        let (status, code) = problem(&answer);
        assert_eq!(
            (status, code.as_str()),
            expected,
            "{headers:?}: {}",
            answer.body
        );
        let read = call(&api, "GET", "/cars/stats/", &headers, "").await;
        assert_eq!(read.status, 200, "what reads is for all: {headers:?}");
    }
    let db = database().await;
    let api = router(&db).origin("https://api.example.com").build();
    let api = api.expect("an API");
    let own = [FORM, origin("https://api.example.com")];
    assert_eq!(
        call(&api, "POST", "/cars/echo/", &own, "").await.status,
        200
    );
}

#[tokio::test]
async fn a_router_for_reading_only_has_no_actions() {
    let db = database().await;
    let words = ViewSet::new(Model::from_table("Word", &words()))
        .database(&db)
        .action(Action::on_collection("stats", Method::POST, echo).shadows_keys());
    let router = router(&db).register("words", words);
    let api = router.clone().read_only().build().expect("an API");
    for path in ["/cars/1/echo/", "/cars/1/parts/2/echo/"] {
        let answer = call(&api, "POST", path, &[], "").await;
        assert_eq!(problem(&answer), refused(404, Code::NoRoute), "{path}");
    }
    let key = ask(&api, "/cars/stats/").await;
    assert_eq!(
        problem(&key),
        refused(404, Code::NotFound),
        "it is a key again"
    );
    assert_eq!(call(&api, "POST", "/cars/echo/", &[], "").await.status, 405);
    let described = call(&api, "OPTIONS", "/cars/", &[], "").await.json();
    assert_eq!(described["actions"], Value::Null);
    let stats = ask(&api, "/words/stats/").await.json();
    assert_eq!(stats["href"], "http://test/words/stats/");
}

#[test]
fn mistakes_with_actions_are_told_all_at_once() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let db = runtime.block_on(database());
    let on = |name| Action::on_object(name, Method::POST, echo);
    let all = |name| Action::on_collection(name, Method::POST, echo);
    let cars = car_viewset(&db)
        .nest("parts", ViewSet::new(Model::from_table("Part", &parts())))
        .action(on("parts"))
        .action(on("twice"))
        .action(on("twice"))
        .action(all("twice"))
        .action(on(""))
        .action(on(".."))
        .action(on("a/b"))
        .action(all("~tilde"))
        .action(all("7"))
        .action(all("8").shadows_keys())
        .action(Action::on_object("none", [], echo))
        .action(Action::on_object(
            "odd",
            [Method::HEAD, Method::OPTIONS, Method::TRACE],
            echo,
        ))
        .action(Action::on_object("again", [Method::PUT, Method::PUT], echo));
    let words = ViewSet::new(Model::from_table("Word", &words()))
        .database(&db)
        .action(all("stats"))
        .action(all("fine").shadows_keys());
    // A composite key contains a comma, which the name of an action cannot.
    let parts = ViewSet::new(Model::from_table("Part", &parts()))
        .database(&db)
        .action(all("stats"));
    let router = Router::new()
        .register("cars", cars)
        .register("words", words);
    let error = router
        .register("parts", parts)
        .build()
        .expect_err("mistakes");
    let expected = [
        "Car: the action `parts` has the path of what is nested here",
        "Car: the action `twice` is there twice",
        "Car: the action `` is not one segment",
        "Car: the action `..` is not one segment",
        "Car: the action `a/b` is not one segment",
        "Car: the action `~tilde` is not one segment",
        "Car: the action `7` stands where the object with the key `7` would",
        "Car: the action `none` has no method",
        "Car: the action `odd` declares HEAD, which comes with GET",
        "Car: the action `odd` declares OPTIONS, which is answered by the library",
        "Car: the action `odd` declares TRACE, which is not for resources",
        "Car: the action `again` declares PUT, which is declared twice",
        "Word: the action `stats` stands where the object with the key `stats` would",
    ];
    let mistakes = error.mistakes();
    assert_eq!(mistakes.len(), expected.len(), "{mistakes:#?}");
    for (mistake, expected) in mistakes.iter().zip(expected) {
        assert!(mistake.starts_with(expected), "{mistake}");
    }
}

#[tokio::test]
async fn checks_come_in_the_order_of_the_contract() {
    let db = database().await;
    let cars = car_viewset(&db)
        .limits(Limits::default().body_bytes(10))
        .scope(|head| match head.headers.get("x-user") {
            Some(_) => Ok(Condition::everything()),
            None => Err(Error::new(Code::Unauthenticated, "who are you?")),
        })
        .action(Action::on_object("engine", Method::POST, engine));
    let api = Router::new().register("cars", cars);
    let api = api.allowed_hosts(["test"]).build().expect("an API");
    let long = "/cars/9/engine/?".to_owned() + &"a".repeat(17_000);
    // Everything is wrong at first; each round mends what the last refusal named.
    let mut headers = vec![
        ("host", "evil"),
        ("accept", "text/csv"),
        ("sec-fetch-site", "cross-site"),
        ("content-type", "text/plain"),
    ];
    let (mut path, mut method, mut body) =
        (long.replace("engine", "other"), "PATCH", "{".repeat(11));
    let mut codes = Vec::new();
    for _ in 0..10 {
        let answer = call(&api, method, &path, &headers, body.clone()).await;
        let (_, code) = problem(&answer);
        match code.as_str() {
            "host_not_allowed" => headers[0] = ("host", "test"),
            "no_route" => path = long.clone(),
            "method_not_allowed" => method = "POST",
            "uri_too_long" => path = "/cars/9/engine/".to_owned(),
            "not_acceptable" => headers[1] = ("accept", "*/*"),
            "cross_site" => headers[2] = ("sec-fetch-site", "none"),
            "unauthenticated" => headers.push(("x-user", "me")),
            "unsupported_media_type" => headers[3] = JSON,
            "body_too_large" => body = "{".to_owned(),
            "malformed_body" => body = r#"{"kind":1}"#.to_owned(),
            "invalid_value" => body = r#"{"kind":""}"#.to_owned(),
            _ => {}
        }
        codes.push(code);
    }
    body = "{".to_owned();
    let answer = call(&api, method, &path, &headers, body).await;
    assert_eq!(
        problem(&answer),
        refused(400, Code::MalformedBody),
        "before a 404"
    );
    let expected = [
        "host_not_allowed",
        "no_route",
        "method_not_allowed",
        "uri_too_long",
        "not_acceptable",
        "cross_site",
        "unauthenticated",
        "unsupported_media_type",
        "body_too_large",
        "malformed_body",
    ];
    assert_eq!(codes, expected);
}
