//! Viewsets that offer writes: with defaults, generated columns, forms of storage, and settings that change what is shown.

use serde_json::{Value as Json, json};
use tower_rest::{
    Api, Ask, Column, Condition, Model, Next, Operation, Router, Schema, TimestampFormat,
    UuidFormat, ViewSet, from_fn,
};

use super::{lines::answered_otherwise, outcome, send};
use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

const TABLE: &str = "CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, make varchar(20) NOT NULL DEFAULT 'new', \
    doors integer NOT NULL DEFAULT 4, built {moment} NOT NULL DEFAULT CURRENT_TIMESTAMP, price {decimal} DEFAULT 1.50, note varchar(20), \
    big bigint, twice integer GENERATED ALWAYS AS (doors * 2) STORED, must varchar(20) NOT NULL); \
    INSERT INTO cars (id, make, doors, note, big, must) VALUES (1, 'Fiat', 2, 'n', 9007199254740993, 'x')";

async fn open(
    kind: Kind,
    change: fn(ViewSet) -> ViewSet,
    of_model: fn(Model) -> Model,
) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let (moment, decimal) = match kind {
        Kind::Sqlite => ("timestamp", "decimal_text"),
        Kind::Postgres => ("timestamp", "numeric(8, 2)"),
        Kind::MySql => ("datetime(6)", "decimal(8, 2)"),
    };
    let table = TABLE
        .replace("{moment}", moment)
        .replace("{decimal}", decimal);
    fresh.execute(&table).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let model = of_model(schema.model("cars").expect("a table").clone());
    let cars = change(ViewSet::new(model).database(&fresh.db).writable());
    let api = Router::new().register("cars", cars).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_replaced_gets_the_defaults_of_what_is_absent() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars, |model| model).await;
        let replaced = send(&api, "PUT", "/cars/1/", &json!({"must": "y"})).await;
        assert_eq!(replaced.status, 200, "{kind}: {}", replaced.body);
        let now = replaced.json();
        for (name, value) in [
            ("make", json!("new")),
            ("doors", json!(4)),
            ("price", json!("1.50")),
            ("note", Json::Null),
            ("big", Json::Null),
            ("twice", json!(8)),
            ("must", json!("y")),
        ] {
            assert_eq!(now[name], value, "{kind} {name}: {now}");
        }
        let year = now["built"].as_str().expect("a moment").get(..2);
        assert_eq!(year, Some("20"), "{kind}: {now}");
        for (method, path, body, expected) in [
            ("PUT", "/cars/1/", json!({}), "/must required"),
            ("PUT", "/cars/1/", json!({"must": null}), "/must null"),
            (
                "PUT",
                "/cars/1/",
                json!({"must": "y", "make": null}),
                "/make null",
            ),
            (
                "PUT",
                "/cars/1/",
                json!({"must": "y", "twice": 5}),
                "/twice read_only",
            ),
            (
                "POST",
                "/cars/",
                json!({"id": 2, "must": "y", "twice": 8}),
                "/twice read_only",
            ),
        ] {
            let answer = send(&api, method, path, &body).await;
            assert_eq!(
                outcome(&answer),
                (400, vec![expected.to_owned()]),
                "{kind} {body}: {}",
                answer.body
            );
        }
        assert_eq!(ask(&api, "/cars/1/").await.json(), now, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_set_may_come_back_however_the_viewset_shows_it() {
    type Change = fn(ViewSet) -> ViewSet;
    let all: [(&str, Change); 4] = [
        ("links_only", ViewSet::links_only),
        ("fixed_fields", |cars| cars.links_only().fixed_fields()),
        ("big_integers_as_text", |cars| {
            cars.big_integers_as_text().id_member("key")
        }),
        ("plain", |cars| cars),
    ];
    for kind in Kind::reachable().await {
        for (what, change) in all {
            let (_fresh, api) =
                open(kind, change, |model| model.column("big", Column::read_only)).await;
            let shown = ask(&api, "/cars/1/").await.json();
            let again = send(&api, "PATCH", "/cars/1/", &shown).await;
            assert_eq!((again.status, again.json()), (200, shown), "{kind} {what}");
            let big = match what {
                "big_integers_as_text" => json!("9007199254740993"),
                _ => json!(9_007_199_254_740_993_i64),
            };
            for body in [
                json!({"id": 1}),
                json!({"twice": 4, "note": "m"}),
                json!({"big": big}),
            ] {
                let same = send(&api, "PATCH", "/cars/1/", &body).await;
                assert_eq!(same.status, 200, "{kind} {what} {body}: {}", same.body);
            }
            let other = send(
                &api,
                "PATCH",
                "/cars/1/",
                &json!({"big": 9_007_199_254_740_992_i64}),
            )
            .await;
            assert_eq!(
                outcome(&other),
                (400, vec!["/big read_only".to_owned()]),
                "{kind} {what}: {}",
                other.body
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_that_panics_writes_nothing() {
    for kind in Kind::reachable().await {
        let boom = |cars: ViewSet| {
            cars.scope(|head| match head.header("x-boom") {
                Ok(_) => panic!("a bug in a scope"),
                Err(_) => Ok(Condition::column("id").eq(1)),
            })
        };
        let (_fresh, api) = open(kind, boom, |model| model).await;
        for method in ["PATCH", "PUT", "DELETE"] {
            let request = http::Request::builder()
                .method(method)
                .uri("/cars/1/")
                .header("host", "test");
            let request = request
                .header("x-boom", "1")
                .header("content-type", "application/json");
            let request = request
                .body("{\"must\": \"z\"}".to_owned())
                .expect("a request");
            let answer = crate::server::ask_with(&api, request).await;
            assert_eq!(
                outcome(&answer),
                (500, vec!["internal".to_owned()]),
                "{kind}: {}",
                answer.body
            );
        }
        assert_eq!(ask(&api, "/cars/1/").await.json()["must"], "x", "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_forms_in_which_a_column_stores_its_values() {
    let fresh = Kind::Sqlite.fresh().await;
    fresh
        .execute(
            "CREATE TABLE things (id integer PRIMARY KEY, flag boolean, t timestamp, off timestamptz, millis timestamptz, u uuid, raw uuid); \
             INSERT INTO things VALUES (1, 't', '2014-01-02T03:04:05', '2014-01-02T03:04:05+00:00', '2014-01-02T03:04:05.678Z', \
                 '67e55044-10b1-426f-9247-bb680e5fe0c8', x'67e5504410b1426f9247bb680e5fe0c8'), (2, 'f', NULL, NULL, NULL, NULL, NULL)",
        )
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let model = schema.model("things").expect("a table").clone();
    let model = model
        .column("t", |column| column.timestamp_format(TimestampFormat::T))
        .column("off", |column| {
            column.timestamp_format(TimestampFormat::Offset)
        })
        .column("millis", |column| {
            column.timestamp_format(TimestampFormat::Millis)
        })
        .column("raw", |column| column.uuid_format(UuidFormat::Bytes));
    let api = Router::new()
        .register("things", ViewSet::new(model).database(&fresh.db).writable())
        .build()
        .expect("an API");
    let shown = ask(&api, "/things/1/").await.json();
    assert_eq!(shown["millis"], "2014-01-02T03:04:05.678Z");
    let again = send(&api, "PUT", "/things/1/", &shown).await;
    assert_eq!((again.status, again.json()), (200, shown), "{}", again.body);
    let body = json!({"flag": true, "t": "2014-01-02T03:04:05", "off": "2014-01-02T05:04:05+02:00", "millis": "2014-01-02T03:04:05.678Z",
        "u": "67e55044-10b1-426f-9247-bb680e5fe0c8", "raw": "67E55044-10b1-426f-9247-bb680e5fe0c8"});
    let created = send(&api, "POST", "/things/", &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let pool = fresh.db.sqlite_pool().expect("a pool");
    let same: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM things a JOIN things b ON (a.flag, a.t, a.off, a.millis, a.u, a.raw) = (b.flag, b.t, b.off, b.millis, b.u, b.raw) \
         WHERE a.id = 1 AND b.id = 3 AND typeof(b.flag) = 'text' AND typeof(b.raw) = 'blob'",
    )
    .fetch_one(pool)
    .await
    .expect("a number");
    assert_eq!(same, 1, "{}", created.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_only_reads_offers_no_write() {
    let fresh = Kind::Sqlite.fresh().await;
    fresh
        .execute("CREATE TABLE cars (id integer PRIMARY KEY)")
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let router = Router::of(schema).writable().read_only();
    let api = router.build().expect("an API");
    for (method, path) in [
        ("POST", "/cars/"),
        ("PUT", "/cars/1/"),
        ("PATCH", "/cars/1/"),
        ("DELETE", "/cars/1/"),
    ] {
        let answer = send(&api, method, path, &json!({})).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{}",
            answer.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_layer_narrows_what_is_written() {
    for kind in Kind::reachable().await {
        let narrowed = |cars: ViewSet| {
            cars.operation_layer(from_fn(|mut operation: Operation, next: Next| {
                let few = || Condition::column("doors").lt(4);
                operation.ask = match operation.ask {
                    Ask::Create(create) => Ask::Create(create.and(few())),
                    Ask::Update(update) => Ask::Update(update.and(few())),
                    Ask::Delete(delete) => Ask::Delete(delete.and(few())),
                    other => other,
                };
                next.run(operation)
            }))
        };
        let (fresh, api) = open(kind, narrowed, |model| model).await;
        fresh
            .execute("INSERT INTO cars (id, doors, must) VALUES (2, 5, 'x')")
            .await;
        let lines = r#"
            PATCH /cars/1/ {"doors": 3} -> 200
            PATCH /cars/1/ {"doors": 5} -> 403 outside_scope
            PATCH /cars/2/ {"doors": 3} -> 404 not_found
            DELETE /cars/2/ -> 404 not_found
            POST /cars/ {"id": 3, "doors": 5, "must": "y"} -> 403 outside_scope
            POST /cars/ {"id": 3, "doors": 2, "must": "y"} -> 201
            DELETE /cars/3/ -> 204
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}
