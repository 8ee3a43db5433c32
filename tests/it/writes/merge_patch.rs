//! PATCH with a JSON merge patch (RFC 7396).

use http::Method;
use serde_json::{Value as Json, json};
use tower_rest::{Action, Api, Reply, Router, Schema, ViewSet};

use super::{outcome, send};
use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with},
};

async fn open(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh
        .execute("CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, make varchar(20), extra json, must json NOT NULL)")
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let cars = ViewSet::new(schema.model("cars").expect("a table").clone());
    let cars = cars.database(&fresh.db).writable().bulk_updates(10);
    let echo = |_: tower_rest::Act<Json>| async { Ok::<_, tower_rest::Error>(Reply::json(&1)) };
    let cars = cars.action(Action::on_object("echo", Method::PATCH, echo));
    let api = Router::new().register("cars", cars).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    let body = json!({"id": 1, "make": "Fiat", "extra": {"a": {"b": 1, "c": [1, {"d": 2}]}, "e": "x"}, "must": {}});
    assert_eq!(
        send(&api, "POST", "/cars/", &body).await.status,
        201,
        "{kind}"
    );
    (fresh, api)
}

async fn merge(api: &Api, method: &str, path: &str, patch: &str) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test");
    let request = request.header("content-type", "application/merge-patch+json");
    ask_with(api, request.body(patch.to_owned()).expect("a request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_merged_with_the_stored_document() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        for (patch, make, extra, must) in [
            (
                r#"{"extra": {"a": {"b": null, "new": {"x": null, "y": 1}}, "f": true}}"#,
                json!("Fiat"),
                json!({"a": {"c": [1, {"d": 2}], "new": {"y": 1}}, "e": "x", "f": true}),
                json!({}),
            ),
            (
                r#"{"make": "Saab", "extra": {"a": [1]}, "must": {"k": "v"}}"#,
                json!("Saab"),
                json!({"a": [1], "e": "x", "f": true}),
                json!({"k": "v"}),
            ),
            (
                r#"{"extra": [1, 2]}"#,
                json!("Saab"),
                json!([1, 2]),
                json!({"k": "v"}),
            ),
            (
                r#"{"extra": {"a": 1}}"#,
                json!("Saab"),
                json!({"a": 1}),
                json!({"k": "v"}),
            ),
            (
                r#"{"make": null, "extra": null}"#,
                Json::Null,
                Json::Null,
                json!({"k": "v"}),
            ),
            (
                r#"{"extra": {"a": {"b": null}}, "must": 7}"#,
                Json::Null,
                json!({"a": {}}),
                json!(7),
            ),
            ("{}", Json::Null, json!({"a": {}}), json!(7)),
        ] {
            let answer = merge(&api, "PATCH", "/cars/1/", patch).await;
            assert_eq!(answer.status, 200, "{kind} {patch}: {}", answer.body);
            let car = answer.json();
            assert_eq!(
                (&car["make"], &car["extra"], &car["must"]),
                (&make, &extra, &must),
                "{kind} {patch}"
            );
            assert_eq!(ask(&api, "/cars/1/").await.json(), car, "{kind} {patch}");
        }
        // As JSON, an object replaces the document.
        let replaced = send(&api, "PATCH", "/cars/1/", &json!({"extra": {"z": 1}})).await;
        assert_eq!(replaced.json()["extra"], json!({"z": 1}), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_patch_that_does_not_fit_changes_nothing() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let before = ask(&api, "/cars/1/").await.json();
        for (method, path, patch, status, faults) in [
            ("PATCH", "/cars/1/", r#"{"must": null}"#, 400, "/must null"),
            (
                "PATCH",
                "/cars/1/",
                r#"{"yaer": 1, "make": 7}"#,
                400,
                "/make invalid_value, /yaer unknown_field",
            ),
            (
                "PATCH",
                "/cars/1/",
                r#"{"extra": {"a": 1, "a": 2}}"#,
                400,
                "malformed_body",
            ),
            (
                "PATCH",
                "/cars/1/",
                r#"{"extra": {"a": "\u0000"}}"#,
                400,
                "/extra invalid_value",
            ),
            ("PATCH", "/cars/1/", "[1]", 400, "malformed_body"),
            ("PATCH", "/cars/1/", r#"{"id": 2}"#, 400, "/id read_only"),
            ("PATCH", "/cars/2/", r#"{"make": "x"}"#, 404, "not_found"),
            (
                "PUT",
                "/cars/1/",
                r#"{"must": {}}"#,
                415,
                "unsupported_media_type",
            ),
            (
                "POST",
                "/cars/",
                r#"{"id": 2, "must": {}}"#,
                415,
                "unsupported_media_type",
            ),
            (
                "PATCH",
                "/cars/?make=Fiat",
                r#"{"extra": {}}"#,
                415,
                "unsupported_media_type",
            ),
            (
                "PATCH",
                "/cars/1/echo/",
                "{}",
                415,
                "unsupported_media_type",
            ),
        ] {
            let answer = merge(&api, method, path, patch).await;
            let (found, codes) = outcome(&answer);
            assert_eq!(
                (found, codes.join(", ")),
                (status, faults.to_owned()),
                "{kind} {method} {path} {patch}: {}",
                answer.body
            );
        }
        assert_eq!(ask(&api, "/cars/1/").await.json(), before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merge_patches_at_once_lose_no_member() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let each = (0..20).map(|number| {
            let api = api.clone();
            tokio::spawn(async move {
                let patch = format!(r#"{{"must": {{"m{number}": {number}}}}}"#);
                merge(&api, "PATCH", "/cars/1/", &patch).await.status
            })
        });
        for one in each.collect::<Vec<_>>() {
            assert_eq!(one.await.expect("an answer"), 200, "{kind}");
        }
        let car = ask(&api, "/cars/1/").await.json();
        let members = car["must"].as_object().map(serde_json::Map::len);
        assert_eq!(members, Some(20), "{kind}: {car}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_and_order_stay_as_far_as_the_database_keeps_them() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let body = r#"{"extra":{"z":1.50,"a":123456789012345678901234567890}}"#;
        let request = http::Request::builder()
            .method("PATCH")
            .uri("/cars/1/")
            .header("host", "test");
        let request = request
            .header("content-type", "application/json")
            .body(body.to_owned());
        assert_eq!(
            ask_with(&api, request.expect("a request")).await.status,
            200,
            "{kind}"
        );
        let merged = merge(&api, "PATCH", "/cars/1/", r#"{"extra":{"b":2.50}}"#).await;
        // MySQL's own type of documents keeps neither; MariaDB, SQLite and PostgreSQL's `json` keep the text.
        let expected = r#""extra":{"z":1.50,"a":123456789012345678901234567890,"b":2.50}"#;
        assert!(merged.body.contains(expected), "{kind}: {}", merged.body);
    }
}
