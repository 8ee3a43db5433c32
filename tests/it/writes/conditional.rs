//! ETags, and the conditional requests that use them.

use serde_json::{Value as Json, json};

use tower_rest::{Router, Schema, ViewSet};

use super::{open, outcome, send, send_with, writable};
use crate::{
    databases::Kind,
    server::{Answer, ask},
};

fn tag(answer: &Answer) -> String {
    let tag = answer.header("etag");
    tag.unwrap_or_else(|| panic!("no ETag: {}", answer.body))
        .to_owned()
}

/// The part of a tag that names the row.
fn row(tag: &str) -> &str {
    tag.split_once('-').expect("a row's tag").0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_the_document_gets_304() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners).await;
        for path in [
            "/cars/",
            "/cars/1/",
            "/cars/1/?fields=href",
            "/cars/?make=Fiat&fields=make",
        ] {
            let first = ask(&api, path).await;
            let tag = tag(&first);
            let again = async |method, value: &str| {
                send_with(
                    &api,
                    (method, path),
                    &[("if-none-match", value)],
                    &Json::Null,
                )
                .await
            };
            for value in [&tag, &format!("\"x\", W/{tag}"), "*"] {
                let same = again("GET", value).await;
                assert_eq!(
                    (same.status, same.body.as_str()),
                    (304, ""),
                    "{kind} {path} {value}"
                );
                for name in ["etag", "vary", "cache-control"] {
                    assert_eq!(
                        same.header(name),
                        first.header(name),
                        "{kind} {path} {name}"
                    );
                }
                assert_eq!(same.header("content-type"), None, "{kind} {path}");
                assert_eq!(again("HEAD", value).await.status, 304, "{kind} {path}");
            }
            assert_eq!(
                again("GET", "\"x\"").await.body,
                first.body,
                "{kind} {path}"
            );
            assert_eq!(again("GET", "x").await.status, 400, "{kind} {path}");
            send(&api, "PATCH", "/cars/1/", &json!({"year": 1950})).await;
            let changed = again("GET", &tag).await;
            let shows_the_year = !path.contains("fields");
            assert_eq!(
                changed.status,
                if shows_the_year { 200 } else { 304 },
                "{kind} {path}"
            );
            send(&api, "PATCH", "/cars/1/", &json!({"year": 1999})).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_names_the_row_in_every_format_and_after_every_write() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners).await;
        let body = json!({"make": "Saab", "price": "12.50", "vin": ""});
        let created = send(&api, "POST", "/cars/", &body).await;
        let read = ask(&api, "/cars/2/").await;
        assert_eq!(tag(&created), tag(&read), "{kind}");
        let other = ask(&api, "/cars/2/?format=ndjson").await;
        assert_ne!(tag(&other), tag(&read), "{kind}");
        assert_eq!(row(&tag(&other)), row(&tag(&read)), "{kind}");
        let changed = send(&api, "PATCH", "/cars/2/", &json!({"vin": null})).await;
        assert_ne!(
            row(&tag(&changed)),
            row(&tag(&read)),
            "{kind}: an empty text is not null"
        );
        assert_eq!(tag(&changed), tag(&ask(&api, "/cars/2/").await), "{kind}");
        let back = send(&api, "PUT", "/cars/2/", &body).await;
        assert_eq!(tag(&back), tag(&read), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_with_if_match_meets_the_row_that_the_client_saw() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners).await;
        let old = tag(&ask(&api, "/cars/1/").await);
        let year = tag(&ask(&api, "/cars/1/?fields=year").await);
        let none = tag(&ask(&api, "/cars/1/?fields=href").await);
        send(&api, "PATCH", "/cars/1/", &json!({"make": "Opel"})).await;
        let new = tag(&ask(&api, "/cars/1/?format=ndjson").await);
        let refused = (412, vec!["precondition_failed".to_owned()]);
        let fine = (200, Vec::new());
        let body = json!({"make": "Seat"});
        for (name, value, expected) in [
            ("if-match", old.as_str(), &refused),
            ("if-match", "\"x\"", &refused),
            ("if-match", "\"\"", &refused),
            ("if-match", none.as_str(), &refused),
            ("if-match", "x", &(400, vec!["invalid_request".to_owned()])),
            ("if-none-match", new.as_str(), &refused),
            ("if-none-match", "*", &refused),
            ("if-none-match", old.as_str(), &fine),
            ("if-match", year.as_str(), &fine),
            ("if-match", "*", &fine),
        ] {
            let answer = send_with(&api, ("PATCH", "/cars/1/"), &[(name, value)], &body).await;
            assert_eq!(outcome(&answer), *expected, "{kind} {name}: {value}");
        }
        let now = tag(&ask(&api, "/cars/1/").await);
        let both = format!("{old}, W/{now}");
        let delete = ("DELETE", "/cars/1/");
        let stale = send_with(&api, delete, &[("if-match", &old)], &Json::Null).await;
        assert_eq!(outcome(&stale), refused, "{kind}");
        let done = send_with(&api, delete, &[("if-match", &both)], &Json::Null).await;
        assert_eq!(done.status, 204, "{kind}: {}", done.body);
        let gone = send_with(&api, delete, &[("if-match", "*")], &Json::Null).await;
        assert_eq!(gone.status, 404, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_with_one_tag_one_is_refused() {
    const TABLE: &str = "CREATE TABLE sums (id integer NOT NULL PRIMARY KEY, n integer NOT NULL, note varchar(9)); \
         INSERT INTO sums (id, n) VALUES (1, 0)";
    for kind in Kind::reachable().await {
        let (_fresh, api) = writable(kind, TABLE).await;
        for round in 0..10 {
            let seen = tag(&ask(&api, "/sums/1/").await);
            let writers = [1, 2].map(|number| {
                let (api, seen) = (api.clone(), seen.clone());
                tokio::spawn(async move {
                    let body = json!({"n": 10 * round + number});
                    send_with(&api, ("PATCH", "/sums/1/"), &[("if-match", &seen)], &body).await
                })
            });
            let mut statuses = Vec::new();
            for writer in writers {
                statuses.push(writer.await.expect("an answer").status);
            }
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{kind} {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewset_can_require_if_match() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, ViewSet::require_if_match).await;
        let body = json!({"name": "Eve", "tenant": 3});
        for (method, path, expected) in [
            (
                "PATCH",
                "/owners/2/",
                (428, vec!["precondition_required".to_owned()]),
            ),
            (
                "PUT",
                "/owners/2/",
                (428, vec!["precondition_required".to_owned()]),
            ),
            ("PATCH", "/owners/9/", (404, vec!["not_found".to_owned()])),
            ("POST", "/owners/", (201, Vec::new())),
        ] {
            let answer = send(&api, method, path, &body).await;
            assert_eq!(outcome(&answer), expected, "{kind} {method} {path}");
        }
        let gone = send(&api, "DELETE", "/owners/2/", &Json::Null).await;
        assert_eq!(gone.status, 428, "{kind}");
        let seen = tag(&ask(&api, "/owners/2/").await);
        let headers = [("if-match", seen.as_str())];
        let gone = send_with(&api, ("DELETE", "/owners/2/"), &headers, &Json::Null).await;
        assert_eq!(gone.status, 204, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_raised_by_every_change() {
    const TABLE: &str = "CREATE TABLE sums (id integer NOT NULL PRIMARY KEY, n integer NOT NULL, version integer NOT NULL)";
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.execute(TABLE).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let versioned = |sums: ViewSet| {
            let sums = sums.writable().version("version").upserts("id");
            sums.bulk_updates(9)
        };
        let api = Router::of(schema)
            .configure("sums", versioned)
            .build()
            .expect("an API");
        let created = send(
            &api,
            "POST",
            "/sums/",
            &json!([{"id": 1, "n": 1}, {"id": 2, "n": 1}]),
        )
        .await;
        assert_eq!(created.json()[1]["version"], 1, "{kind}: {}", created.body);
        let first = tag(&ask(&api, "/sums/1/").await);
        let merge = [("prefer", "resolution=merge-duplicates")];
        for (method, path, headers, body, version) in [
            ("PATCH", "/sums/1/", &[][..], json!({"n": 2}), 2),
            ("PATCH", "/sums/1/", &[], json!({}), 2),
            ("PUT", "/sums/1/", &[], json!({"n": 3, "version": 2}), 3),
            ("POST", "/sums/", &merge, json!({"id": 1, "n": 4}), 4),
            ("PATCH", "/sums/?n__gte=1", &[], json!({"n": 1}), 5),
        ] {
            let answer = send_with(&api, (method, path), headers, &body).await;
            assert!(answer.status < 300, "{kind} {method}: {}", answer.body);
            let now = ask(&api, "/sums/1/").await.json();
            assert_eq!(now["version"], version, "{kind} {method}: {now}");
        }
        let sent = send(&api, "PATCH", "/sums/1/", &json!({"version": 9})).await;
        assert_eq!(
            outcome(&sent),
            (400, vec!["/version read_only".to_owned()]),
            "{kind}"
        );
        // The row is as it was, but it was changed in between.
        assert_eq!(ask(&api, "/sums/1/").await.json()["n"], 1, "{kind}");
        let seen = [("if-match", first.as_str())];
        let stale = send_with(&api, ("PATCH", "/sums/1/"), &seen, &json!({"n": 5})).await;
        assert_eq!(stale.status, 412, "{kind}");
    }
}
