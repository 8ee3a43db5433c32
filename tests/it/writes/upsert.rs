//! Writes that meet a row that is there, or is not: upserts, PUT of a new object, preferences.

use serde_json::{Value as Json, json};
use tower_rest::{Api, Condition, Router, Schema, ViewSet};

use super::{open, outcome, send, send_with};
use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask},
};

const MERGE: (&str, &str) = ("prefer", "resolution=merge-duplicates");
const IGNORE: (&str, &str) = ("prefer", "resolution=ignore-duplicates");

/// Owners are upserted by name, within a tenant; cars by make and VIN.
async fn upserting(kind: Kind) -> (Fresh, Api) {
    let (fresh, _) = open(kind, |owners| owners).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let owners = |owners: ViewSet| {
        let scoped = owners.scope(|_| Ok(Condition::column("tenant").eq(1)));
        scoped.writable().upserts("name").dry_runs().put_creates()
    };
    let cars = |cars: ViewSet| cars.writable().upserts(["make", "vin"]);
    let router = Router::of(schema)
        .configure("owners", owners)
        .configure("cars", cars);
    (fresh, router.build().expect("an API"))
}

async fn post(api: &Api, path: &str, prefer: (&str, &str), body: &Json) -> Answer {
    send_with(api, ("POST", path), &[prefer], body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_there_is_merged_or_left() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = upserting(kind).await;
        let fiat = json!({"make": "Fiat", "vin": "a", "sold": true});
        let left = post(&api, "/cars/", IGNORE, &fiat).await;
        assert_eq!(
            (left.status, left.header("location")),
            (200, None),
            "{kind}: {}",
            left.body
        );
        assert_eq!(
            (&left.json()["sold"], &left.json()["year"]),
            (&json!(false), &json!(1999)),
            "{kind}"
        );
        let merged = post(&api, "/cars/", MERGE, &fiat).await;
        assert_eq!(merged.status, 200, "{kind}: {}", merged.body);
        assert_eq!(
            merged.header("preference-applied"),
            Some("resolution=merge-duplicates"),
            "{kind}"
        );
        let car = merged.json();
        assert_eq!(
            (&car["car_id"], &car["sold"], &car["year"]),
            (&json!(1), &json!(true), &json!(1999)),
            "{kind}"
        );
        let new = post(&api, "/cars/", MERGE, &json!({"make": "Fiat", "vin": "b"})).await;
        assert_eq!(
            (new.status, new.header("location")),
            (201, Some("http://test/cars/2/")),
            "{kind}"
        );
        let same = send(&api, "POST", "/cars/", &fiat).await;
        assert_eq!(
            outcome(&same),
            (
                409,
                vec!["/make unique".to_owned(), "/vin unique".to_owned()]
            ),
            "{kind}"
        );
        assert_eq!(same.header("preference-applied"), None, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_an_array_are_merged_one_by_one() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = upserting(kind).await;
        let rows = json!([
            {"make": "Fiat", "vin": "a", "year": 1950},
            {"make": "Seat", "vin": "b", "year": 1951},
            {"make": "Seat", "vin": "b", "year": 1952},
        ]);
        let answer = post(&api, "/cars/", MERGE, &rows).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        let years = |rows: &Json| -> Vec<_> {
            let rows = rows.as_array().cloned().unwrap_or_default();
            rows.iter()
                .map(|row| (row["car_id"].as_i64(), row["year"].as_i64()))
                .collect()
        };
        let expected = [
            (Some(1), Some(1950)),
            (Some(2), Some(1952)),
            (Some(2), Some(1952)),
        ];
        assert_eq!(years(&answer.json()), expected, "{kind}");
        let faulty =
            json!([{"make": "Fiat", "vin": "a"}, {"make": "Fiat"}, {"vin": null, "make": "x"}]);
        let answer = post(&api, "/cars/", MERGE, &faulty).await;
        let expected = (
            400,
            vec!["/1/vin required".to_owned(), "/2/vin required".to_owned()],
        );
        assert_eq!(outcome(&answer), expected, "{kind}");
        let other = post(&api, "/cars/", IGNORE, &rows).await;
        assert_eq!(other.status, 200, "{kind}: {}", other.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_another_scope_is_never_touched() {
    for kind in Kind::reachable().await {
        let (fresh, api) = upserting(kind).await;
        let bob = json!({"name": "Bob", "tenant": 1});
        for (prefer, body, expected) in [
            (MERGE, bob.clone(), "outside_scope"),
            (IGNORE, bob.clone(), "outside_scope"),
            (
                MERGE,
                json!([{"name": "Ada", "tenant": 1}, bob]),
                "/1 outside_scope",
            ),
        ] {
            let answer = post(&api, "/owners/", prefer, &body).await;
            assert_eq!(
                outcome(&answer),
                (403, vec![expected.to_owned()]),
                "{kind}: {}",
                answer.body
            );
        }
        let out = post(
            &api,
            "/owners/",
            MERGE,
            &json!({"name": "Ada", "tenant": 2}),
        )
        .await;
        assert_eq!(
            outcome(&out),
            (403, vec!["outside_scope".to_owned()]),
            "{kind}"
        );
        let key = post(
            &api,
            "/owners/",
            MERGE,
            &json!({"owner_id": 9, "name": "Ada", "tenant": 1}),
        )
        .await;
        assert_eq!(
            outcome(&key),
            (400, vec!["/owner_id read_only".to_owned()]),
            "{kind}"
        );
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let all = Router::of(schema).build().expect("an API");
        let owners = ask(&all, "/owners/?fields=name,tenant&ordering=name")
            .await
            .json();
        assert_eq!(
            owners["results"],
            json!([{"name": "Ada", "tenant": 1}, {"name": "Bob", "tenant": 2}]),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_upsert_one_row_one_creates_it() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = upserting(kind).await;
        let racers = (0..24).map(|number| {
            let api = api.clone();
            tokio::spawn(async move {
                let body = json!({"make": "Race", "vin": "r", "year": 1900 + number});
                post(&api, "/cars/", MERGE, &body).await
            })
        });
        let mut statuses = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            statuses.push(racer.await.expect("an answer").status);
        }
        statuses.retain(|status| *status != 503);
        let created = statuses.iter().filter(|status| **status == 201).count();
        assert_eq!(created, 1, "{kind}: {statuses:?}");
        assert!(
            statuses.iter().all(|status| [200, 201].contains(status)),
            "{kind}: {statuses:?}"
        );
        assert_eq!(
            ask(&api, "/cars/?make=Race").await.json()["count"],
            1,
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_creates_the_object_of_its_url() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = upserting(kind).await;
        let body = json!({"name": "Cid", "tenant": 1});
        let only_new = [("if-none-match", "*")];
        let new = send_with(&api, ("PUT", "/owners/7/"), &only_new, &body).await;
        assert_eq!(
            (new.status, new.header("location")),
            (201, Some("http://test/owners/7/")),
            "{kind}: {}",
            new.body
        );
        assert_eq!(new.json()["owner_id"], 7, "{kind}");
        let again = send_with(&api, ("PUT", "/owners/7/"), &only_new, &body).await;
        assert_eq!(again.status, 412, "{kind}");
        let changed = send(
            &api,
            "PUT",
            "/owners/7/",
            &json!({"owner_id": 7, "name": "Dan", "tenant": 1}),
        )
        .await;
        assert_eq!(changed.status, 200, "{kind}: {}", changed.body);
        for (path, headers, body, expected) in [
            (
                "/owners/8/",
                vec![("if-match", "*")],
                body.clone(),
                (412, vec!["precondition_failed".to_owned()]),
            ),
            (
                "/owners/8/",
                vec![],
                json!({"owner_id": 9, "name": "x", "tenant": 1}),
                (400, vec!["/owner_id read_only".to_owned()]),
            ),
            (
                "/owners/8/",
                vec![],
                json!({"name": "x"}),
                (400, vec!["/tenant required".to_owned()]),
            ),
            (
                "/owners/8/",
                vec![],
                json!({"name": "x", "tenant": 2}),
                (403, vec!["outside_scope".to_owned()]),
            ),
            (
                "/owners/x/",
                vec![],
                body.clone(),
                (404, vec!["not_found".to_owned()]),
            ),
            (
                "/cars/9/",
                vec![],
                json!({"make": "x"}),
                (404, vec!["not_found".to_owned()]),
            ),
        ] {
            let answer = send_with(&api, ("PUT", path), &headers, &body).await;
            assert_eq!(outcome(&answer), expected, "{kind} {path}: {}", answer.body);
        }
        // A row that the request may not see keeps its key.
        let hidden = send(&api, "PUT", "/owners/2/", &body).await;
        assert_eq!(hidden.status, 409, "{kind}: {}", hidden.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_may_be_minimal_and_a_change_may_be_tried() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = upserting(kind).await;
        let minimal = [("prefer", "return=minimal, respond-async")];
        let new = json!({"name": "Cid", "tenant": 1});
        let created = send_with(&api, ("POST", "/owners/"), &minimal, &new).await;
        assert_eq!((created.status, created.body.as_str()), (201, ""), "{kind}");
        let location = created.header("location").expect("a location").to_owned();
        assert_eq!(
            created.header("preference-applied"),
            Some("return=minimal"),
            "{kind}"
        );
        let path = location.trim_start_matches("http://test").to_owned();
        let tag = ask(&api, &path).await.header("etag").map(str::to_owned);
        assert_eq!(created.header("etag").map(str::to_owned), tag, "{kind}");
        let changed = send_with(&api, ("PATCH", &path), &minimal, &json!({"name": "Dan"})).await;
        assert_eq!((changed.status, changed.body.as_str()), (204, ""), "{kind}");
        assert_eq!(
            (
                changed.header("content-type"),
                changed.header("content-length")
            ),
            (None, None),
            "{kind}"
        );

        let tried = [("prefer", "tx=rollback")];
        for (method, path, body, status) in [
            ("POST", "/owners/", json!({"name": "Eve", "tenant": 1}), 201),
            ("PATCH", path.as_str(), json!({"name": "Eve"}), 200),
            ("DELETE", path.as_str(), Json::Null, 204),
            ("POST", "/owners/", json!({"name": "Ada", "tenant": 1}), 409),
        ] {
            let answer = send_with(&api, (method, path), &tried, &body).await;
            assert_eq!(answer.status, status, "{kind} {method}: {}", answer.body);
            assert_eq!(answer.header("location"), None, "{kind}");
            let applied = answer.header("preference-applied");
            assert_eq!(
                applied,
                (status < 400).then_some("tx=rollback"),
                "{kind} {method}"
            );
            assert_eq!(ask(&api, path).await.status, 200, "{kind}");
        }
        let owners = ask(&api, "/owners/?fields=name&ordering=name").await.json();
        assert_eq!(
            owners["results"],
            json!([{"name": "Ada"}, {"name": "Dan"}]),
            "{kind}"
        );
        // Where it is not offered, the preference is ignored, unless the client insists.
        let car = json!({"make": "Seat"});
        let strict = [("prefer", "handling=strict, tx=rollback")];
        let refused = send_with(&api, ("POST", "/cars/"), &strict, &car).await;
        assert_eq!(
            outcome(&refused),
            (400, vec!["invalid_request".to_owned()]),
            "{kind}"
        );
        let strict = [("prefer", "handling=strict, return=minimal")];
        assert_eq!(
            send_with(&api, ("POST", "/cars/"), &strict, &car)
                .await
                .status,
            201,
            "{kind}"
        );
    }
}
