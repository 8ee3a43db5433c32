//! Writes that are sent again with their `Idempotency-Key`.

mod failures;
mod processes;
mod settings;

use sea_query::{ColumnDef, Table};
use serde_json::{Value as Json, json};
use tower_rest::{Api, Code, Error, Head, Model, Result, Router, Schema, ViewSet};

use super::{outcome, script, send, send_with};
use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask},
};

/// Who sends a request, as `x-user` says.
fn user(head: &Head) -> Result<String> {
    let missing = |_| Error::new(Code::Unauthenticated, "no user");
    head.header("x-user").map(str::to_owned).map_err(missing)
}

/// A fresh database with owners, cars and the table of kept answers.
async fn tables(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    let done = fresh.db.execute_script(&script(kind)).await;
    done.unwrap_or_else(|error| panic!("{kind}: {error:?}"));
    fresh.execute(&fresh.db.idempotency_table()).await;
    fresh
}

/// An API of its own, as another process has one, over the tables.
async fn api_of(fresh: &Fresh, of_cars: fn(ViewSet) -> ViewSet) -> Api {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let idempotent = |viewset: ViewSet| viewset.writable().idempotent(user);
    let router = Router::of(schema)
        .configure("owners", idempotent)
        .configure("cars", move |cars| of_cars(idempotent(cars)));
    let api = router.build();
    api.unwrap_or_else(|error| panic!("{}: {error}", fresh.kind))
}

async fn open(kind: Kind, of_cars: fn(ViewSet) -> ViewSet) -> (Fresh, Api) {
    let fresh = tables(kind).await;
    let api = api_of(&fresh, of_cars).await;
    (fresh, api)
}

/// Sends a request of Ada's with a key.
async fn keyed(api: &Api, request: (&str, &str), key: &str, body: &Json) -> Answer {
    let headers = [("x-user", "ada"), ("idempotency-key", key)];
    send_with(api, request, &headers, body).await
}

async fn count(api: &Api, path: &str) -> u64 {
    let list = ask(api, path).await.json();
    list["count"].as_u64().expect("a count")
}

/// The number of answers that are kept.
async fn kept(fresh: &Fresh) -> u64 {
    kept_where(fresh, "").await
}

/// The number of answers that are kept and that filters select.
async fn kept_where(fresh: &Fresh, filters: &str) -> u64 {
    let table = Table::create()
        .table("tower_rest_idempotency")
        .col(ColumnDef::new("id").string_len(64).not_null().primary_key())
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .to_owned();
    let answers = ViewSet::new(Model::from_table("Kept", &table)).database(&fresh.db);
    let api = Router::new().register("kept", answers).build();
    count(&api.expect("an API"), &format!("/kept/?{filters}")).await
}

fn same(first: &Answer, again: &Answer) {
    assert_eq!(
        (first.status, &first.headers, &first.body),
        (again.status, &again.headers, &again.body)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_sent_again_is_answered_alike_and_changes_nothing() {
    for kind in Kind::reachable().await {
        let of_cars = |cars: ViewSet| cars.put_creates().bulk_updates(9).bulk_deletes(9);
        let (_fresh, api) = open(kind, of_cars).await;
        let car = json!({"make": "Saab", "owner_id": 1});
        for (number, (method, path, body, status)) in [
            ("POST", "/cars/", car.clone(), 201),
            ("POST", "/cars/", json!([car, {"make": "Seat"}]), 201),
            ("POST", "/cars/?fields=make", json!({"make": "Audi"}), 201),
            ("POST", "/owners/1/cars/", json!({"make": "Opel"}), 201),
            ("PATCH", "/cars/1/", json!({"year": 2001}), 200),
            ("PATCH", "/cars/1/", json!({}), 200),
            ("PUT", "/cars/1/", json!({"make": "Fiat"}), 200),
            ("PUT", "/cars/77/", json!({"make": "Ford"}), 201),
            ("PATCH", "/cars/?make=Ford", json!({"year": 1950}), 200),
            ("PATCH", "/cars/?make=None", json!({"year": 1950}), 200),
            ("DELETE", "/cars/?make=Ford", Json::Null, 200),
            ("DELETE", "/cars/1/", Json::Null, 204),
        ]
        .into_iter()
        .enumerate()
        {
            let key = format!("key {number}");
            let key = format!("\"{key}\"");
            let first = keyed(&api, (method, path), &key, &body).await;
            assert_eq!(
                first.status, status,
                "{kind} {method} {path}: {}",
                first.body
            );
            // A change since then is seen by nobody who sends the request again.
            let year = json!({"year": 1900 + number});
            send(&api, "PATCH", "/cars/1/", &year).await;
            let before = ask(&api, "/cars/").await.body;
            for _ in 0..2 {
                let again = keyed(&api, (method, path), &key, &body).await;
                same(&first, &again);
            }
            assert_eq!(
                ask(&api, "/cars/").await.body,
                before,
                "{kind} {method} {path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headers_of_the_first_answer_are_given_again() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars).await;
        let headers = [
            ("x-user", "ada"),
            ("idempotency-key", "a"),
            ("prefer", "return=minimal"),
        ];
        let car = json!({"make": "Saab"});
        let first = send_with(&api, ("POST", "/cars/"), &headers, &car).await;
        assert_eq!((first.status, &*first.body), (201, ""), "{kind}");
        for (name, value) in [
            ("location", "http://test/cars/2/"),
            ("preference-applied", "return=minimal"),
            ("content-length", "0"),
            ("cache-control", "no-cache"),
            ("vary", "Accept"),
        ] {
            assert_eq!(first.header(name), Some(value), "{kind}");
        }
        assert!(first.header("etag").is_some(), "{kind}");
        let again = send_with(&api, ("POST", "/cars/"), &headers[..2], &car).await;
        same(&first, &again);
        assert_eq!(count(&api, "/cars/").await, 2, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_sent_with_another_request_is_refused() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars).await;
        let car = json!({"make": "Saab"});
        let first = keyed(&api, ("POST", "/cars/"), "a", &car).await;
        assert_eq!(first.status, 201, "{kind}: {}", first.body);
        let patch = json!({"make": "Seat"});
        for (method, path, body) in [
            ("POST", "/cars/", &patch),
            ("POST", "/cars/?fields=make", &car),
            ("POST", "/owners/1/cars/", &car),
            ("PUT", "/cars/1/", &car),
            ("PATCH", "/cars/1/", &patch),
            ("DELETE", "/cars/1/", &Json::Null),
        ] {
            let other = keyed(&api, (method, path), "a", body).await;
            let expected = (422, vec!["idempotency_mismatch".to_owned()]);
            assert_eq!(outcome(&other), expected, "{kind} {method} {path}");
        }
        let form = http::Request::post("/cars/")
            .header("host", "test")
            .header("x-user", "ada")
            .header("idempotency-key", "a")
            .header("content-type", "application/x-www-form-urlencoded");
        let form = form.body(car.to_string()).expect("a request");
        let other = crate::server::ask_with(&api, form).await;
        assert_eq!(other.status, 422, "{kind}: {}", other.body);
        // In quotes or not, it is the same key.
        let quoted = keyed(&api, ("POST", "/cars/"), "\"a\"", &car).await;
        same(&first, &quoted);
        assert_eq!(count(&api, "/cars/").await, 2, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_client_is_another_key() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| cars).await;
        let car = json!({"make": "Saab"});
        let first = keyed(&api, ("POST", "/cars/"), "a", &car).await;
        let headers = [("x-user", "bob"), ("idempotency-key", "a")];
        let other = send_with(&api, ("POST", "/cars/"), &headers, &car).await;
        assert_eq!((first.status, other.status), (201, 201), "{kind}");
        assert_ne!(first.body, other.body, "{kind}");
        // Of a client without a name, nothing is done.
        let nobody = send_with(&api, ("POST", "/cars/"), &headers[1..], &car).await;
        let expected = (401, vec!["unauthenticated".to_owned()]);
        assert_eq!(outcome(&nobody), expected, "{kind}");
        assert_eq!((count(&api, "/cars/").await, kept(&fresh).await), (3, 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_more_than_a_blob_of_mariadb_is_kept_whole() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars).await;
        let cars = (0..500).map(|year| json!({"make": "Saab", "year": 1900 + year}));
        let cars = Json::from(cars.collect::<Vec<_>>());
        let first = keyed(&api, ("POST", "/cars/"), "a", &cars).await;
        assert_eq!(first.status, 201, "{kind}: {}", first.body);
        assert!(first.body.len() > 70_000, "{kind}: {}", first.body.len());
        same(&first, &keyed(&api, ("POST", "/cars/"), "a", &cars).await);
        assert_eq!(count(&api, "/cars/").await, 501, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_malformed_is_refused() {
    let (_fresh, api) = open(Kind::Sqlite, |cars| cars).await;
    let long = "a".repeat(256);
    for key in ["", "a b", "\"a", "\"\"", &long] {
        let answer = keyed(&api, ("POST", "/cars/"), key, &json!({"make": "Saab"})).await;
        let expected = (400, vec!["invalid_request".to_owned()]);
        assert_eq!(outcome(&answer), expected, "{key}");
    }
    let longest = keyed(
        &api,
        ("POST", "/cars/"),
        &long[1..],
        &json!({"make": "Saab"}),
    )
    .await;
    assert_eq!(longest.status, 201, "{}", longest.body);
    // Requests that change nothing have no use for it.
    let headers = [("idempotency-key", "a b")];
    let list = send_with(&api, ("GET", "/cars/"), &headers, &Json::Null).await;
    assert_eq!(list.status, 200, "{}", list.body);
}
