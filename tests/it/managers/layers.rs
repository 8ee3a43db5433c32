//! Operation layers: caching, auditing, order, and what a layer may answer.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use expect_test::expect;
use http::Request;
use http_body_util::Empty;
use tower::util::MapErrLayer;
use tower_rest::{Ask, Code, Condition, Error, Next, Operation, Outcome, Result, Router, from_fn};

use super::{Notes, build, cars, counted, numbers, status_and_code, with_header};
use crate::{
    fixture,
    server::{ask, ask_with},
};

type Kept = Arc<Mutex<Vec<(Ask, Outcome)>>>;

/// Caches every outcome by its question.
async fn cached(kept: Kept, operation: Operation, next: Next) -> Result<Outcome> {
    let ask = operation.ask.clone();
    let found = |kept: &Kept| {
        let kept = kept.lock().expect("a cache");
        let hit = kept.iter().find(|(other, _)| *other == ask);
        hit.map(|(_, outcome)| outcome.clone())
    };
    if let Some(hit) = found(&kept) {
        return Ok(hit);
    }
    let outcome = next.run(operation).await?;
    kept.lock()
        .expect("a cache")
        .push((ask.clone(), outcome.clone()));
    Ok(outcome)
}

#[tokio::test]
async fn a_caching_layer_leaves_the_database_alone() {
    let db = fixture::database().await;
    let kept = Kept::default();
    let cars = cars(&db)
        .scope(|head| Ok(Condition::column("sold").eq(head.headers.contains_key("x-sold"))))
        .operation_layer(from_fn({
            let kept = kept.clone();
            move |operation, next| cached(kept.clone(), operation, next)
        }));
    let owners = fixture::owner_viewset(&db);
    let api = Router::new()
        .register("cars", cars)
        .register("owners", owners);
    let api = api.build().expect("an API");
    for path in [
        "/cars/?make=Toyota",
        "/cars/?page=last",
        "/cars/?ordering=-year&page_size=3&page=2",
        "/cars/2/",
        "/cars/99/",
        "/cars/?expand=owner",
    ] {
        let (first, statements) = counted(&api, path).await;
        assert!(statements > 0, "{path}");
        let (second, statements) = counted(&api, path).await;
        assert_eq!(statements, 0, "{path}");
        assert_eq!(
            (first.status, first.body),
            (second.status, second.body),
            "{path}"
        );
    }
    // Another question, or the same one under another scope, goes to the database.
    let (_, statements) = counted(&api, "/cars/?make=Fiat").await;
    assert_eq!(statements, 1);
    let sold = with_header("/cars/?make=Toyota", "x-sold", "1");
    let sold = ask_with(&api, sold).await;
    assert_eq!(numbers(&sold, "car_id"), [1]);
    // Links are written anew for each request.
    let elsewhere = Request::get("/cars/2/").header("host", "other");
    let elsewhere = elsewhere.body(Empty::<bytes::Bytes>::new());
    let elsewhere = ask_with(&api, elsewhere.expect("a request")).await;
    assert_eq!(elsewhere.json()["href"], "http://other/cars/2/");
}

#[tokio::test]
async fn an_auditing_layer_sees_who_asked_what_and_how_it_went() {
    let db = fixture::database().await;
    let notes = Notes::default();
    let audit = from_fn({
        let notes = notes.clone();
        move |operation: Operation, next: Next| {
            let notes = notes.clone();
            async move {
                let (name, head) = (operation.ask.name(), operation.head.clone());
                let model = operation.model.name().to_owned();
                let outcome = next.run(operation).await;
                let how = match &outcome {
                    Ok(outcome) => format!("{} rows", outcome.rows()),
                    Err(error) => error.code().name().to_owned(),
                };
                let who = head.header("x-user").unwrap_or("nobody");
                notes.add(format!("{who}: {name} {model} {}: {how}", head.uri));
                outcome
            }
        }
    });
    let api = build(cars(&db).operation_layer(audit));
    for path in ["/cars/?make=Ford", "/cars/?page=9", "/cars/99/", "/cars/3/"] {
        ask_with(&api, with_header(path, "x-user", "Ann")).await;
    }
    // A refused request and an `OPTIONS` request are not operations.
    ask(&api, "/cars/?maek=Ford").await;
    let options = Request::options("/cars/").body(Empty::<bytes::Bytes>::new());
    ask_with(&api, options.expect("a request")).await;
    assert_eq!(
        notes.take(),
        [
            "Ann: list Car /cars/?make=Ford: 2 rows",
            "Ann: list Car /cars/?page=9: no_such_page",
            "Ann: retrieve Car /cars/99/: 0 rows",
            "Ann: retrieve Car /cars/3/: 1 rows",
        ]
    );
}

#[tokio::test]
async fn what_an_operation_shows_of_itself_holds_nothing_that_was_sent() {
    let db = fixture::database().await;
    let notes = Notes::default();
    let showing = from_fn({
        let notes = notes.clone();
        move |operation: Operation, next: Next| {
            notes.add(format!("{operation:?}"));
            next.run(operation)
        }
    });
    let cars = cars(&db)
        .scope(|head| Ok(Condition::column("make").eq(head.header("x-make")?)))
        .operation_layer(showing);
    let api = build(cars);
    for path in ["/cars/?notes=hush&fields=make", "/cars/7/?fields=make"] {
        ask_with(&api, with_header(path, "x-make", "Hush")).await;
    }
    let shown = notes.take().join("\n");
    assert!(!shown.to_lowercase().contains("hush"), "{shown}");
    expect![[r#"
        Operation { head: GET /cars/, model: "Car", ask: List(List { position: Page(1), page_size: 25, columns: [1], .. }) }
        Operation { head: GET /cars/7/, model: "Car", ask: Retrieve(Retrieve { columns: [1], .. }) }"#]]
    .assert_eq(&shown);
}

/// An error type that a layer defines itself.
#[derive(Debug)]
struct Tired;

impl fmt::Display for Tired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secretly tired")
    }
}

impl std::error::Error for Tired {}

#[tokio::test]
async fn what_a_layer_fails_with_is_an_answer() {
    let db = fixture::database().await;
    let failing = from_fn(|operation: Operation, next: Next| async move {
        match operation.head.header("x-fails") {
            Ok("own") => Err(Error::new(Code::Forbidden, "not on Sundays")),
            _ => next.run(operation).await,
        }
    });
    let api = build(cars(&db).operation_layer(failing));
    let answer = ask_with(&api, with_header("/cars/", "x-fails", "own")).await;
    assert_eq!(status_and_code(&answer), (403, "forbidden".to_owned()));
    assert_eq!(answer.json()["detail"], "not on Sundays");
    assert_eq!(ask(&api, "/cars/").await.status, 200);
    let tired = MapErrLayer::new(|_: Error| Tired);
    let api = build(cars(&db).operation_layer(tired));
    assert_eq!(ask(&api, "/cars/").await.status, 200);
    let answer = ask(&api, "/cars/?page=9").await;
    assert_eq!(status_and_code(&answer), (500, "internal".to_owned()));
    assert!(!answer.body.contains("tired"), "{}", answer.body);
}

#[tokio::test]
async fn what_a_layer_answers_must_be_of_the_kind_that_was_asked() {
    let db = fixture::database().await;
    let nothing = from_fn(|_, _: Next| async { Ok(Outcome::Object(None)) });
    let api = build(cars(&db).operation_layer(nothing));
    let answer = ask(&api, "/cars/").await;
    assert_eq!(status_and_code(&answer), (500, "internal".to_owned()));
    assert_eq!(ask(&api, "/cars/1/").await.status, 404);
}

#[tokio::test]
async fn the_operation_layer_added_last_is_the_outermost_and_http_layers_are_outside() {
    let db = fixture::database().await;
    let notes = Notes::default();
    let noting = |name: &'static str| {
        let notes = notes.clone();
        from_fn(move |operation: Operation, next: Next| {
            let notes = notes.clone();
            async move {
                notes.add(format!("{name} in"));
                let outcome = next.run(operation).await;
                notes.add(format!("{name} out"));
                outcome
            }
        })
    };
    let http = {
        let notes = notes.clone();
        tower::util::MapRequestLayer::new(move |request: Request<tower_rest::Body>| {
            notes.add("http in");
            request
        })
    };
    let making = notes.clone();
    let cars = cars(&db)
        .operation_layer(noting("first"))
        .layer(http)
        .operation_layer(noting("second"))
        .manager_factory(move |_| {
            making.add("factory");
            let db = db.clone();
            async { Ok(db) }
        });
    assert_eq!(ask(&build(cars), "/cars/1/").await.status, 200);
    assert_eq!(
        notes.take(),
        [
            "http in",
            "second in",
            "first in",
            "factory",
            "first out",
            "second out"
        ]
    );
}
