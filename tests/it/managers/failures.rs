//! Panics in managers, factories and layers, and requests that are dropped.

use std::{
    future::pending,
    time::{Duration, Instant},
};

use sea_query::{ColumnDef, Table};
use tower::limit::ConcurrencyLimitLayer;
use tower_rest::{
    Base, Database, Head, List, Manager, Model, Next, Operation, Page, Result, ViewSet, from_fn,
};
use tracing::{Level, instrument::WithSubscriber};

use super::{Notes, build, cars, status_and_code, thing, with_header};
use crate::{
    fixture,
    logging::{Log, listening},
    server::{ask, ask_with},
};

/// Panics at the point that the header `x-panic` names.
struct Panicking(Database);

impl Manager for Panicking {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        assert!(
            !has_header(base.head(), "x-panic", "now"),
            "as it was asked to"
        );
        tokio::task::yield_now().await;
        assert!(
            !has_header(base.head(), "x-panic", "later"),
            "as it was asked to"
        );
        base.list(list).await
    }

    fn database(&self) -> Option<&Database> {
        Some(&self.0)
    }
}

fn has_header(head: &Head, name: &str, value: &str) -> bool {
    head.header(name).is_ok_and(|found| found == value)
}

#[tokio::test]
async fn a_panic_is_the_500_of_its_own_request() {
    let db = fixture::database().await;
    let layer = from_fn(|operation: Operation, next: Next| {
        assert!(
            !has_header(&operation.head, "x-panic", "layer"),
            "as it was asked to"
        );
        next.run(operation)
    });
    let notes = Notes::default();
    let seen = notes.clone();
    let outside = from_fn(move |operation: Operation, next: Next| {
        let seen = seen.clone();
        async move {
            let outcome = next.run(operation).await;
            seen.add(outcome.as_ref().map_or("failed", |_| "answered"));
            outcome
        }
    });
    let cars = cars(&db)
        .manager_factory(move |head| {
            assert!(
                !has_header(&head, "x-panic", "factory"),
                "as it was asked to"
            );
            let db = db.clone();
            async move {
                assert!(
                    !has_header(&head, "x-panic", "making"),
                    "as it was asked to"
                );
                Ok(Panicking(db))
            }
        })
        .operation_layer(layer)
        .operation_layer(ConcurrencyLimitLayer::new(2))
        .operation_layer(outside);
    let api = build(cars);
    for place in ["now", "later", "factory", "making", "layer"] {
        for _ in 0..5 {
            let log = Log::default();
            let request = with_header("/cars/", "x-panic", place);
            let answer = ask_with(&api, request)
                .with_subscriber(listening(&log))
                .await;
            assert_eq!(
                status_and_code(&answer),
                (500, "internal".to_owned()),
                "{place}"
            );
            assert!(!answer.body.contains("asked"), "{}", answer.body);
            let log = log.up_to(Level::ERROR);
            assert!(
                log.contains("panicked: as it was asked to"),
                "{place}: {log}"
            );
            assert_eq!(notes.take(), ["failed"], "{place}");
        }
    }
    assert_eq!(ask(&api, "/cars/").await.json()["count"], 12);
    assert_eq!(notes.take(), ["answered"]);
}

/// Adds a note when it is dropped.
struct DropNote(Notes);

impl Drop for DropNote {
    fn drop(&mut self) {
        self.0.add("dropped");
    }
}

/// Never answers a list of page size 1, and reads any other list from a view that never ends.
struct Endless(Notes);

impl Manager for Endless {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        let _dropped = DropNote(self.0.clone());
        if list.page_size() == 1 {
            pending::<()>().await;
        }
        base.list(list).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_goes_away_takes_its_manager_and_its_statement_along() {
    let db = Database::in_memory().await.expect("a database");
    let view = "CREATE VIEW things AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) \
                SELECT i AS id, NULL AS name, NULL AS near_id FROM n";
    let numbers = "CREATE TABLE numbers (id INTEGER PRIMARY KEY); INSERT INTO numbers VALUES (1)";
    for script in [view, numbers] {
        db.execute_script(script).await.expect("a table");
    }
    let notes = Notes::default();
    let api = thing()
        .database(&db)
        .time_limit(Duration::from_secs(60))
        .manager(Endless(notes.clone()))
        .operation_layer(from_fn(|operation, next: Next| next.run(operation)))
        .build()
        .expect("an API");
    for path in ["/?page_size=1", "/", "/", "/", "/", "/", "/"] {
        let gone = tokio::time::timeout(Duration::from_millis(60), ask(&api, path)).await;
        assert!(gone.is_err(), "{path} is answered");
        assert_eq!(notes.take(), ["dropped"], "{path}");
    }
    // The dropped requests have stopped, so the reader threads are free at once.
    let started = Instant::now();
    let numbers = Table::create()
        .table("numbers")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let numbers = ViewSet::new(Model::from_table("Number", &numbers)).database(&db);
    let list = ask(&numbers.build().expect("an API"), "/").await;
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(list.json()["count"], 1);
}
