//! Rows that are created, changed and deleted, on every database.

mod across;
mod autocommit;
mod bulk;
mod conditional;
mod faults;
mod hooks;
mod idempotency;
mod keys;
mod lines;
mod links;
mod lost;
mod matrix;
mod merge_patch;
mod nested;
mod property;
mod races;
mod roles;
mod scope;
mod shared;
mod together;
mod upsert;
mod validation;
mod values;
mod viewsets;

use serde_json::{Value as Json, json};
use tower_rest::{Api, Condition, Router, Schema, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with},
};

const OWNERS: &str = "CREATE TABLE owners (owner_id {id}, name varchar(20) NOT NULL UNIQUE, tenant integer NOT NULL)";
const CARS: &str = "CREATE TABLE cars (car_id {id}, make varchar(10) NOT NULL, year integer, price {decimal}, \
    owner_id integer REFERENCES owners (owner_id), sold boolean NOT NULL DEFAULT {false}, built date, vin varchar(8), \
    CONSTRAINT one_vin UNIQUE (make, vin), CONSTRAINT no_horses CHECK (year > 1880){foreign})";

/// The statements that create and fill the tables.
fn script(kind: Kind) -> String {
    let (id, decimal, no, foreign) = match kind {
        Kind::Sqlite => ("integer PRIMARY KEY", "decimal_text", "0", ""),
        Kind::Postgres => ("serial PRIMARY KEY", "numeric(8, 2)", "false", ""),
        Kind::MySql => (
            "integer AUTO_INCREMENT PRIMARY KEY",
            "decimal(8, 2)",
            "0",
            ", FOREIGN KEY (owner_id) REFERENCES owners (owner_id)",
        ),
    };
    let rows = "INSERT INTO owners (name, tenant) VALUES ('Ada', 1); INSERT INTO owners (name, tenant) VALUES ('Bob', 2); \
                INSERT INTO cars (make, year, owner_id, vin) VALUES ('Fiat', 1999, 1, 'a')";
    let tables = format!("{OWNERS}; {CARS}; {rows}");
    let tables = tables.replace("{id}", id).replace("{decimal}", decimal);
    tables.replace("{false}", no).replace("{foreign}", foreign)
}

/// The tables as they are, writable, on a fresh database.
async fn open(kind: Kind, of_owners: fn(ViewSet) -> ViewSet) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let done = fresh.db.execute_script(&script(kind)).await;
    done.unwrap_or_else(|error| panic!("{kind}: {error:?}"));
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let router = Router::of(schema)
        .configure("owners", move |owners| of_owners(owners.writable()))
        .configure("cars", ViewSet::writable);
    let api = router
        .build()
        .unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

/// The reflected tables of a script, all writable, on a fresh database.
async fn writable(kind: Kind, tables: &str) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.execute(tables).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).writable().build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

async fn send(api: &Api, method: &str, path: &str, body: &Json) -> Answer {
    send_with(api, (method, path), &[], body).await
}

/// Sends a request with headers; its body is JSON, or absent if it is null.
async fn send_with(
    api: &Api,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &Json,
) -> Answer {
    let request = http::Request::builder().method(method).uri(path);
    let mut request = request.header("host", "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Json::Null => String::new(),
        body => {
            request = request.header("content-type", "application/json");
            body.to_string()
        }
    };
    ask_with(api, request.body(body).expect("a request")).await
}

/// The codes of an error with their pointers.
fn faults(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let each = json["errors"].as_array().into_iter().flatten();
    let each = each.map(|fault| {
        let part = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", part("pointer"), part("code"))
    });
    each.collect()
}

/// The status of an answer, with the faults of an error, else its code.
fn outcome(answer: &Answer) -> (u16, Vec<String>) {
    if answer.status < 400 {
        return (answer.status, Vec::new());
    }
    let mut found = faults(answer);
    found.sort();
    if found.is_empty() {
        found.extend(answer.json()["code"].as_str().map(str::to_owned));
    }
    (answer.status, found)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_created_changed_replaced_and_deleted() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners).await;
        let new = json!({"make": "Saab", "year": 2001, "price": "12.50", "owner_id": 2, "built": "2001-02-03"});
        let created = send(&api, "POST", "/cars/", &new).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        assert_eq!(
            created.header("location"),
            Some("http://test/cars/2/"),
            "{kind}"
        );
        let car = created.json();
        for (name, value) in [
            ("href", json!("http://test/cars/2/")),
            ("car_id", json!(2)),
            ("make", json!("Saab")),
            ("price", json!("12.50")),
            ("owner", json!("http://test/owners/2/")),
            ("sold", json!(false)),
            ("built", json!("2001-02-03")),
        ] {
            assert_eq!(car[name], value, "{kind}: {name} of {car}");
        }
        assert_eq!(ask(&api, "/cars/2/").await.json(), car, "{kind}");

        let change = json!({"year": null, "sold": true, "owner": "http://test/owners/1/"});
        let changed = send(&api, "PATCH", "/cars/2/", &change).await;
        assert_eq!(changed.status, 200, "{kind}: {}", changed.body);
        let now = changed.json();
        assert_eq!(
            (&now["year"], &now["sold"], &now["owner_id"]),
            (&Json::Null, &json!(true), &json!(1))
        );
        assert_eq!(
            (&now["make"], &now["price"]),
            (&car["make"], &car["price"]),
            "{kind}"
        );

        let replaced = send(&api, "PUT", "/cars/2/", &json!({"make": "Volvo"})).await;
        assert_eq!(replaced.status, 200, "{kind}: {}", replaced.body);
        let now = replaced.json();
        assert_eq!(
            (&now["make"], &now["sold"], &now["owner_id"]),
            (&json!("Volvo"), &json!(false), &Json::Null)
        );

        // What was read can be sent back whole.
        let again = send(&api, "PUT", "/cars/2/", &now).await;
        assert_eq!((again.status, again.json()), (200, now), "{kind}");

        let deleted = send(&api, "DELETE", "/cars/2/", &Json::Null).await;
        assert_eq!((deleted.status, &*deleted.body), (204, ""), "{kind}");
        for method in ["DELETE", "PATCH"] {
            let gone = send(&api, method, "/cars/2/", &json!({"year": 1900})).await;
            assert_eq!(gone.status, 404, "{kind} {method}: {}", gone.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_pointed_at_and_nothing_is_written() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |owners| owners).await;
        let before = ask(&api, "/cars/").await.json();
        for (method, path, body, status, expected) in [
            ("POST", "/cars/", json!({}), 400, &["/make required"][..]),
            (
                "POST",
                "/cars/",
                json!({"make": null, "yaer": 1}),
                400,
                &["/make null", "/yaer unknown_field"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": 7, "year": "x", "sold": 1}),
                400,
                &[
                    "/make invalid_value",
                    "/sold invalid_value",
                    "/year invalid_value",
                ],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "x".repeat(11)}),
                400,
                &["/make invalid_value"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "year": 1e30}),
                400,
                &["/year invalid_value"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "built": "2001-02-30"}),
                400,
                &["/built invalid_value"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "owner": "http://test/cars/1/"}),
                400,
                &["/owner invalid_value"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "owner": "http://test/owners/1/", "owner_id": 2}),
                400,
                &["/owner conflicting"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "href": "x"}),
                400,
                &["/href read_only"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Fiat", "vin": "a"}),
                409,
                &["/make unique", "/vin unique"],
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "owner_id": 77}),
                409,
                &["/owner_id foreign_key"],
            ),
            (
                "POST",
                "/owners/",
                json!({"name": "Ada", "tenant": 1}),
                409,
                &["/name unique"],
            ),
            (
                "PATCH",
                "/cars/1/",
                json!({"car_id": 2}),
                400,
                &["/car_id read_only"],
            ),
            (
                "PATCH",
                "/cars/1/",
                json!({"owner_id": 77}),
                409,
                &["/owner_id foreign_key"],
            ),
            (
                "PUT",
                "/cars/1/",
                json!({"year": 1900}),
                400,
                &["/make required"],
            ),
        ] {
            let answer = send(&api, method, path, &body).await;
            let mut found = faults(&answer);
            found.sort();
            assert_eq!(
                (answer.status, found),
                (
                    status,
                    expected.iter().map(|&fault| fault.to_owned()).collect()
                ),
                "{kind} {method} {path} {body}: {}",
                answer.body
            );
        }
        let rule = send(&api, "PATCH", "/cars/1/", &json!({"year": 1700})).await;
        assert_eq!(
            (rule.status, rule.json()["code"].as_str()),
            (400, Some("constraint")),
            "{kind}: {}",
            rule.body
        );
        let used = send(&api, "DELETE", "/owners/1/", &Json::Null).await;
        assert_eq!(
            (used.status, used.json()["code"].as_str()),
            (409, Some("foreign_key")),
            "{kind}: {}",
            used.body
        );
        assert_eq!(ask(&api, "/cars/").await.json(), before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_outside_the_scope_is_neither_written_nor_referred_to() {
    for kind in Kind::reachable().await {
        let first = |owners: ViewSet| owners.scope(|_| Ok(Condition::column("tenant").eq(1)));
        let (_fresh, api) = open(kind, first).await;
        for (method, path, body, status, code) in [
            (
                "POST",
                "/owners/",
                json!({"name": "Eve", "tenant": 2}),
                403,
                "outside_scope",
            ),
            (
                "PATCH",
                "/owners/1/",
                json!({"tenant": 2}),
                403,
                "outside_scope",
            ),
            (
                "PATCH",
                "/owners/2/",
                json!({"name": "Eve"}),
                404,
                "not_found",
            ),
            ("DELETE", "/owners/2/", Json::Null, 404, "not_found"),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "owner_id": 2}),
                400,
                "invalid_value",
            ),
            (
                "POST",
                "/cars/",
                json!({"make": "Saab", "owner_id": 77}),
                400,
                "invalid_value",
            ),
            (
                "PATCH",
                "/cars/1/",
                json!({"owner": "/owners/2/"}),
                400,
                "invalid_value",
            ),
        ] {
            let answer = send(&api, method, path, &body).await;
            assert_eq!(
                (answer.status, answer.json()["code"].as_str()),
                (status, Some(code)),
                "{kind} {method} {path} {body}: {}",
                answer.body
            );
        }
        assert_eq!(ask(&api, "/owners/").await.json()["count"], 1, "{kind}");
        assert_eq!(ask(&api, "/owners/1/").await.json()["tenant"], 1, "{kind}");
        assert_eq!(ask(&api, "/cars/").await.json()["count"], 1, "{kind}");
    }
}
