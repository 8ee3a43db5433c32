//! Slow statements are logged with their texts, never with values, and not more often than an operator can read.

use std::time::Duration;

use sea_query::{ColumnDef, Table};
use tower_rest::{Api, Model, Router, Schema, ViewSet};
use tracing::{Level, instrument::WithSubscriber as _};

use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::{ask, ask_with},
};

const TABLES: &str = "CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, make varchar(40), price integer); \
    INSERT INTO cars VALUES (771133, 'Toyota', 791133)";

/// A view whose reading takes longer than any time limit of these tests. It is not reflected, since that reads a row.
const fn never_ends(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => {
            "CREATE VIEW ages AS WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT max(id) AS id FROM n"
        }
        Kind::Postgres => "CREATE VIEW ages AS SELECT 1 AS id FROM (SELECT pg_sleep(30)) AS s",
        Kind::MySql => "CREATE VIEW ages AS SELECT 1 + SLEEP(30) AS id",
    }
}

async fn api(fresh: &Fresh) -> Api {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let writable = |set: ViewSet| set.writable().search(["make"]);
    let router = Router::of(schema).configure("cars", writable);
    router.build().expect("an API")
}

async fn send(api: &Api, method: &str, path: &str, body: &'static str) -> u16 {
    let request = http::Request::builder().method(method).uri(path);
    let request = request
        .header("host", "test")
        .header("content-type", "application/json")
        .body(http_body_util::Full::new(bytes::Bytes::from_static(
            body.as_bytes(),
        )));
    ask_with(api, request.expect("a request")).await.status
}

#[tokio::test]
async fn slow_statements_are_logged_with_their_texts_and_without_values() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.execute(TABLES).await;
        let api = api(&fresh).await;
        let log = Log::default();
        // An infinite time turns the warnings off, and none of these statements takes half a second.
        fresh.db.log_slow_statements(Duration::MAX);
        ask(&api, "/cars/?make=Toyota")
            .with_subscriber(listening(&log))
            .await;
        assert_eq!(log.up_to(Level::WARN), "", "{kind}");
        fresh.db.log_slow_statements(Duration::ZERO);
        async {
            for (method, path, body, status) in [
                (
                    "GET",
                    "/cars/?make=Toyota&search=oyo&price__gt=791132",
                    "",
                    200,
                ),
                ("GET", "/cars/771133/", "", 200),
                (
                    "POST",
                    "/cars/",
                    r#"{"id": 781133, "make": "Toyota", "price": 3}"#,
                    201,
                ),
                ("PATCH", "/cars/781133/", r#"{"make": "Toyota 2"}"#, 200),
                ("DELETE", "/cars/781133/", "", 204),
            ] {
                assert_eq!(
                    send(&api, method, path, body).await,
                    status,
                    "{kind}: {path}"
                );
            }
        }
        .with_subscriber(listening(&log))
        .await;
        let warned = log.up_to(Level::WARN);
        for expected in [
            "model=\"cars\" operation=\"list\"",
            "operation=\"retrieve\"",
            "operation=\"insert\"",
            "operation=\"update\"",
            "operation=\"delete\"",
            "db.query.text=\"SELECT",
            "db.query.text=\"INSERT INTO",
            "rows=1",
            "microseconds=",
            "message=a slow statement",
        ] {
            assert!(
                warned.contains(expected),
                "{kind}: no {expected} in\n{warned}"
            );
        }
        for value in ["oyo", "771133", "781133", "791132"] {
            assert!(!warned.contains(value), "{kind}: {value} is in\n{warned}");
        }
    }
}

#[tokio::test]
async fn a_flood_of_slow_statements_is_no_flood_of_warnings() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.execute(TABLES).await;
        let api = api(&fresh).await;
        fresh.db.log_slow_statements(Duration::ZERO);
        let log = Log::default();
        async {
            for _ in 0..50 {
                assert_eq!(ask(&api, "/cars/771133/").await.status, 200);
            }
        }
        .with_subscriber(listening(&log))
        .await;
        let warned = log.up_to(Level::WARN);
        assert_eq!(warned.lines().count(), 1, "{kind}:\n{warned}");
        async {
            // Each list has a statement of its own.
            for lookup in ["gt", "gte", "lt", "lte"] {
                for order in ["id", "-id", "make", "-make", "price", "-price"] {
                    let path = format!("/cars/?id__{lookup}=1&ordering={order}");
                    assert_eq!(ask(&api, &path).await.status, 200, "{path}");
                }
            }
        }
        .with_subscriber(listening(&log))
        .await;
        let warned = log.up_to(Level::WARN);
        assert!(warned.lines().count() <= 10, "{kind}:\n{warned}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_stopped_is_logged_too() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.execute(TABLES).await;
        let view = fresh.db.execute_script(never_ends(kind)).await;
        view.expect("a view");
        fresh.db.log_slow_statements(Duration::from_millis(100));
        let id = ColumnDef::new("id").big_integer().primary_key().to_owned();
        let ages = Model::from_table("Age", &Table::create().table("ages").col(id).to_owned());
        let ages = ViewSet::new(ages).database(&fresh.db);
        let ages = ages.time_limit(Duration::from_millis(400));
        let api = Router::new().register("ages", ages).build();
        let (api, log) = (api.expect("an API"), Log::default());
        let answer = ask(&api, "/ages/").with_subscriber(listening(&log));
        assert_eq!(answer.await.status, 503, "{kind}");
        let expected = "message=a slow statement, which failed or was stopped";
        let mut warned = log.up_to(Level::WARN);
        // The answer does not wait for SQLite's thread, whose statement ends a moment later.
        for _ in 0..100 {
            if warned.contains(expected) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            warned = log.up_to(Level::WARN);
        }
        assert!(warned.contains(expected), "{kind}:\n{warned}");
        assert!(warned.contains("model=\"Age\""), "{kind}:\n{warned}");
    }
}
