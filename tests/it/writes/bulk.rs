//! An array of objects in one POST: all rows or none, their keys in order, faults on the row that has them.

use serde_json::{Value as Json, json};
use tower_rest::{Condition, Limits, Router, Schema, ViewSet};

use super::{open, outcome, send, send_with, writable};
use crate::{databases::Kind, server::ask};

/// The members of that name of an array's objects.
fn column(rows: &Json, name: &str) -> Vec<Json> {
    let rows = rows
        .as_array()
        .unwrap_or_else(|| panic!("no array: {rows}"));
    rows.iter().map(|row| row[name].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_inserts_its_rows_in_order() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners).await;
        let row = |number: usize| match number % 4 {
            0 => json!({"make": format!("m{number}"), "year": 1900 + number}),
            1 => json!({"make": format!("m{number}"), "year": null}),
            2 => json!({"make": format!("m{number}"), "owner_id": 1 + number % 2}),
            _ => json!({"year": 1900 + number, "make": format!("m{number}"), "sold": true}),
        };
        let rows: Vec<_> = (0..300).map(row).collect();
        let created = send(&api, "POST", "/cars/", &json!(rows)).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        assert_eq!(created.header("location"), None, "{kind}");
        let created = created.json();
        let makes: Vec<_> = (0..300).map(|number| json!(format!("m{number}"))).collect();
        assert_eq!(column(&created, "make"), makes, "{kind}");
        let keys: Vec<_> = (2..302).map(|key| json!(key)).collect();
        assert_eq!(column(&created, "car_id"), keys, "{kind}");
        let list = ask(&api, "/cars/?page_size=1000&ordering=car_id&car_id__gt=1")
            .await
            .json();
        assert_eq!(list["results"], created, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_of_one_and_of_none_are_arrays() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners).await;
        let one = send(&api, "POST", "/cars/", &json!([{"make": "Seat"}])).await;
        assert_eq!((one.status, one.header("location")), (201, None), "{kind}");
        assert_eq!(column(&one.json(), "car_id"), [json!(2)], "{kind}");
        let none = send(&api, "POST", "/cars/", &json!([])).await;
        assert_eq!((none.status, none.body.as_str()), (201, "[]"), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_one_row_is_on_that_row_and_nothing_is_written() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| {
            owners.scope(|_| Ok(Condition::column("tenant").eq(1)))
        })
        .await;
        let fine = json!({"make": "Fiat", "year": 1950});
        let many = |bad: &[(usize, Json)]| {
            let mut rows = vec![fine.clone(); 40];
            for (at, row) in bad {
                rows[*at] = row.clone();
            }
            json!(rows)
        };
        for (body, expected) in [
            (
                many(&[
                    (3, json!({"make": 7, "yaer": 1})),
                    (5, json!({})),
                    (7, json!(8)),
                ]),
                vec![
                    "/3/make invalid_value",
                    "/3/yaer unknown_field",
                    "/5/make required",
                    "/7 invalid_value",
                ],
            ),
            (
                many(&[(39, json!({"make": "Fiat", "vin": "a"}))]),
                vec!["/39/make unique", "/39/vin unique"],
            ),
            (
                many(&[
                    (2, json!({"make": "x", "vin": "b"})),
                    (30, json!({"make": "x", "vin": "b"})),
                ]),
                vec!["/30/make unique", "/30/vin unique"],
            ),
            (
                many(&[(9, json!({"make": "Fiat", "year": 1700}))]),
                vec!["/9 constraint"],
            ),
            (
                many(&[
                    (1, json!({"make": "x", "owner_id": 1})),
                    (2, json!({"make": "x", "owner_id": 2})),
                    (3, json!({"make": "x", "owner": "/owners/9/"})),
                ]),
                vec!["/2/owner_id invalid_value", "/3/owner_id invalid_value"],
            ),
        ] {
            let answer = send(&api, "POST", "/cars/", &body).await;
            let (status, mut codes) = outcome(&answer);
            // SQLite and MariaDB name the columns of a broken check where they can.
            for code in &mut codes {
                if code.ends_with(" constraint") {
                    *code = "/9 constraint".to_owned();
                }
            }
            assert_eq!(codes, expected, "{kind}: {}", answer.body);
            assert!([400, 409].contains(&status), "{kind}: {status}");
            let count = ask(&api, "/cars/").await.json()["count"].clone();
            assert_eq!(count, 1, "{kind}: something was written");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_outside_the_scope_takes_all_of_them_back() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| {
            owners.scope(|_| Ok(Condition::column("tenant").eq(1)))
        })
        .await;
        let body = json!([{"name": "Cid", "tenant": 1}, {"name": "Dan", "tenant": 2}]);
        let answer = send(&api, "POST", "/owners/", &body).await;
        assert_eq!(
            outcome(&answer),
            (403, vec!["outside_scope".to_owned()]),
            "{kind}"
        );
        assert_eq!(ask(&api, "/owners/").await.json()["count"], 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_the_client_sends_come_back_in_its_order() {
    const TABLES: &str = "CREATE TABLE pairs (a varchar(9) NOT NULL, b integer NOT NULL, n integer, PRIMARY KEY (a, b)); \
        CREATE TABLE names (name varchar(9) NOT NULL PRIMARY KEY, n integer)";
    for kind in Kind::reachable().await {
        let (_fresh, api) = writable(kind, TABLES).await;
        let pairs: Vec<_> = (0..50)
            .map(|n| json!({"a": format!("k{}", n * 7 % 50), "b": n % 3, "n": n}))
            .collect();
        let created = send(&api, "POST", "/pairs/", &json!(pairs)).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        let order: Vec<_> = (0..50).map(|n| json!(n)).collect();
        assert_eq!(column(&created.json(), "n"), order, "{kind}");
        let names: Vec<_> = (0..50)
            .map(|n| json!({"name": format!("Z{}", n * 11 % 50), "n": n}))
            .collect();
        let created = send(&api, "POST", "/names/", &json!(names)).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        assert_eq!(column(&created.json(), "n"), order, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_is_bounded_and_only_for_new_rows() {
    for kind in Kind::reachable().await {
        let (fresh, _) = open(kind, |owners| owners).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let limited = |cars: ViewSet| cars.writable().limits(Limits::default().bulk_rows(2));
        let api = Router::of(schema)
            .configure("cars", limited)
            .build()
            .expect("an API");
        let row = json!({"make": "Seat"});
        let too_many = send(&api, "POST", "/cars/", &json!([row, row, row])).await;
        assert_eq!(
            outcome(&too_many),
            (400, vec!["limit_exceeded".to_owned()]),
            "{kind}"
        );
        let two = send(&api, "POST", "/cars/", &json!([row, row])).await;
        assert_eq!(two.status, 201, "{kind}");
        let change = send(&api, "PATCH", "/cars/1/", &json!([row])).await;
        assert_eq!(
            outcome(&change),
            (400, vec!["malformed_body".to_owned()]),
            "{kind}"
        );
        let nothing = send(&api, "POST", "/cars/", &json!([row, row, "x"])).await;
        assert_eq!(nothing.status, 400, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_a_filtered_list_is_changed_or_deleted() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners.bulk_updates(10).bulk_deletes(10)).await;
        let names: Vec<_> = (0..12)
            .map(|n| json!({"name": format!("n{n}"), "tenant": n % 4}))
            .collect();
        assert_eq!(
            send(&api, "POST", "/owners/", &json!(names)).await.status,
            201,
            "{kind}"
        );
        let refused = |code: &str| (400, vec![code.to_owned()]);
        for (method, query, body, expected) in [
            (
                "PATCH",
                "",
                json!({"tenant": 7}),
                refused("invalid_request"),
            ),
            ("DELETE", "", Json::Null, refused("invalid_request")),
            (
                "DELETE",
                "?format=json",
                Json::Null,
                refused("invalid_request"),
            ),
            (
                "PATCH",
                "?name__startswith=n",
                json!({"tenant": 7}),
                refused("limit_exceeded"),
            ),
            (
                "DELETE",
                "?name__startswith=n",
                Json::Null,
                refused("limit_exceeded"),
            ),
            (
                "DELETE",
                "?nmae=n1",
                Json::Null,
                refused("unknown_parameter"),
            ),
            (
                "DELETE",
                "?name=n1&page=1",
                Json::Null,
                refused("not_supported"),
            ),
            (
                "PATCH",
                "?name=n1",
                json!({"owner_id": 9}),
                (400, vec!["/owner_id read_only".to_owned()]),
            ),
            (
                "PATCH",
                "?tenant=3",
                json!({"name": "same"}),
                (409, vec!["/name unique".to_owned()]),
            ),
            (
                "PATCH",
                "?nmae=n1",
                json!({"nmae": 9}),
                (
                    400,
                    vec![
                        " unknown_parameter".to_owned(),
                        "/nmae unknown_field".to_owned(),
                    ],
                ),
            ),
        ] {
            let answer = send(&api, method, &format!("/owners/{query}"), &body).await;
            let (status, codes) = outcome(&answer);
            let codes: Vec<_> = if codes == [" unknown_parameter"] || codes == [" not_supported"] {
                vec![codes[0].trim().to_owned()]
            } else {
                codes
            };
            assert_eq!(
                (status, codes),
                expected,
                "{kind} {method} {query}: {}",
                answer.body
            );
        }
        assert_eq!(
            ask(&api, "/owners/?tenant=7").await.json()["count"],
            0,
            "{kind}"
        );
        let changed = send(
            &api,
            "PATCH",
            "/owners/?tenant=3&name__startswith=n",
            &json!({"tenant": 9}),
        )
        .await;
        assert_eq!(
            (changed.status, changed.body.as_str()),
            (200, "{\"updated\":3}"),
            "{kind}"
        );
        assert_eq!(
            ask(&api, "/owners/?tenant=9").await.json()["count"],
            3,
            "{kind}"
        );
        let deleted = send(&api, "DELETE", "/owners/?tenant=9", &Json::Null).await;
        assert_eq!(
            (deleted.status, deleted.body.as_str()),
            (200, "{\"deleted\":3}"),
            "{kind}"
        );
        let none = send(&api, "DELETE", "/owners/?tenant=9", &Json::Null).await;
        assert_eq!(
            (none.status, none.body.as_str()),
            (200, "{\"deleted\":0}"),
            "{kind}"
        );
        let referred = send(&api, "DELETE", "/owners/?name=Ada", &Json::Null).await;
        assert_eq!(
            outcome(&referred),
            (409, vec!["foreign_key".to_owned()]),
            "{kind}"
        );
        let cars = send(&api, "DELETE", "/cars/?make=Fiat", &Json::Null).await;
        assert_eq!(
            (cars.status, cars.header("allow")),
            (405, Some("GET, HEAD, POST, OPTIONS")),
            "{kind}"
        );
        let tagged = send_with(
            &api,
            ("DELETE", "/owners/?tenant=1"),
            &[("if-match", "*")],
            &Json::Null,
        )
        .await;
        assert_eq!(tagged.status, 400, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_list_stays_in_the_scope() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |owners| {
            owners
                .bulk_updates(10)
                .bulk_deletes(10)
                .scope(|_| Ok(Condition::column("tenant").eq(1)))
        })
        .await;
        fresh
            .execute("INSERT INTO owners (name, tenant) VALUES ('Cid', 1), ('Dan', 2)")
            .await;
        let out = send(
            &api,
            "PATCH",
            "/owners/?name__in=Cid,Dan",
            &json!({"tenant": 2}),
        )
        .await;
        assert_eq!(
            outcome(&out),
            (403, vec!["outside_scope".to_owned()]),
            "{kind}"
        );
        let deleted = send(&api, "DELETE", "/owners/?name__in=Cid,Dan", &Json::Null).await;
        assert_eq!(deleted.body, "{\"deleted\":1}", "{kind}");
        let left = fresh.execute("UPDATE owners SET tenant = 1");
        left.await;
        let names = ask(&api, "/owners/?ordering=name").await.json();
        assert_eq!(
            column(&names["results"], "name"),
            ["Ada", "Bob", "Dan"].map(|name| json!(name)),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_viewset_says_what_is_wrong_with_its_changes_of_lists() {
    let db = tower_rest::Database::in_memory().await.expect("a database");
    db.execute_script("CREATE TABLE cars (id integer PRIMARY KEY)")
        .await
        .expect("a table");
    let schema = Schema::reflect(&db).await.expect("a schema");
    let wrong = |cars: ViewSet| cars.bulk_updates(0).bulk_deletes(5).require_if_match();
    let error = Router::of(schema)
        .configure("cars", wrong)
        .build()
        .expect_err("mistakes");
    assert_eq!(error.mistakes().len(), 3, "{error}");
}
