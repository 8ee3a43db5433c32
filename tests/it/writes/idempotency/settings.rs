//! What a viewset's settings make of an `Idempotency-Key`, and what the table is to the rest of the library.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::{Value as Json, json};
use tower_rest::{
    Access, Base, Code, Condition, Create, Delete, Error, Manager, Next, Operation, Page, Result,
    Router, Schema, ViewSet, from_fn, testing::Client,
};

use super::{count, kept, keyed, open, outcome, same, send_with, tables, user};
use crate::{databases::Kind, server::ask};

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_the_key_is_ignored() {
    for kind in Kind::reachable().await {
        let fresh = tables(kind).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema).writable().build().expect("an API");
        for (key, id) in [("a", 2), ("a", 3), ("a b", 4)] {
            let answer = keyed(&api, ("POST", "/cars/"), key, &json!({"make": "Saab"})).await;
            assert_eq!(answer.json()["car_id"], id, "{kind}: {}", answer.body);
        }
        assert_eq!(kept(&fresh).await, 0, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_taken_back_keeps_nothing() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, ViewSet::dry_runs).await;
        let car = json!({"make": "Saab"});
        let headers = [
            ("x-user", "ada"),
            ("idempotency-key", "a"),
            ("prefer", "tx=rollback"),
        ];
        for _ in 0..2 {
            let dry = send_with(&api, ("POST", "/cars/"), &headers, &car).await;
            assert_eq!(dry.status, 201, "{kind}: {}", dry.body);
            assert_eq!((count(&api, "/cars/").await, kept(&fresh).await), (1, 0));
        }
        let done = keyed(&api, ("POST", "/cars/"), "a", &car).await;
        assert_eq!(done.status, 201, "{kind}: {}", done.body);
        assert_eq!((count(&api, "/cars/").await, kept(&fresh).await), (2, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_not_given_to_a_request_that_is_refused() {
    for kind in Kind::reachable().await {
        let fresh = tables(kind).await;
        let (is_open, has_scope) = (
            Arc::new(AtomicBool::new(true)),
            Arc::new(AtomicBool::new(true)),
        );
        let refused = || Error::new(Code::Forbidden, "not now");
        let (policy, scope) = (Arc::clone(&is_open), Arc::clone(&has_scope));
        let of_cars = move |cars: ViewSet| {
            let (policy, scope) = (Arc::clone(&policy), Arc::clone(&scope));
            let cars = cars.writable().idempotent(user);
            let cars = cars.policy(move |_, access| match access {
                Access::Create if !policy.load(Ordering::Relaxed) => Err(refused()),
                _ => Ok(()),
            });
            cars.scope(move |_| match scope.load(Ordering::Relaxed) {
                true => Ok(Condition::column("make").ne("None")),
                false => Err(refused()),
            })
        };
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema).configure("cars", of_cars).build();
        let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let car = json!({"make": "Saab"});
        let first = keyed(&api, ("POST", "/cars/"), "a", &car).await;
        assert_eq!(first.status, 201, "{kind}: {}", first.body);
        for switch in [&is_open, &has_scope] {
            switch.store(false, Ordering::Relaxed);
            let again = keyed(&api, ("POST", "/cars/"), "a", &car).await;
            assert_eq!(
                outcome(&again),
                (403, vec!["forbidden".to_owned()]),
                "{kind}"
            );
            switch.store(true, Ordering::Relaxed);
        }
        same(&first, &keyed(&api, ("POST", "/cars/"), "a", &car).await);
    }
}

/// Creates every row twice, by two questions to `base`.
struct Twice;

impl Manager for Twice {
    async fn create(&self, create: Create, base: Base) -> Result<Page> {
        drop(base.create(create.clone()).await?);
        base.create(create).await
    }
}

/// Answers with rows that are there, and creates none.
struct Never;

impl Manager for Never {
    async fn create(&self, _: Create, _: Base) -> Result<Page> {
        Err(Error::new(Code::Forbidden, "never"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_and_operation_layers_are_not_asked_again() {
    for kind in Kind::reachable().await {
        let fresh = tables(kind).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let layer = from_fn(move |operation: Operation, next: Next| {
            counted.fetch_add(1, Ordering::Relaxed);
            next.run(operation)
        });
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let router = Router::of(schema)
            .configure("cars", move |cars| {
                let cars = cars.writable().idempotent(user).manager(Twice);
                cars.operation_layer(layer.clone())
            })
            .configure("owners", |owners| {
                owners.writable().idempotent(user).manager(Never)
            });
        let api = router
            .build()
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        let car = json!({"make": "Saab"});
        let first = keyed(&api, ("POST", "/cars/"), "a", &car).await;
        assert_eq!(first.status, 201, "{kind}: {}", first.body);
        same(&first, &keyed(&api, ("POST", "/cars/"), "a", &car).await);
        assert_eq!(asked.load(Ordering::Relaxed), 1, "{kind}");
        // The first answer is kept, and both rows are there.
        assert_eq!((count(&api, "/cars/").await, kept(&fresh).await), (3, 1));
        let owner = json!({"name": "Eve", "tenant": 1});
        for _ in 0..2 {
            let never = keyed(&api, ("POST", "/owners/"), "b", &owner).await;
            assert_eq!(never.status, 403, "{kind}: {}", never.body);
        }
        assert_eq!(kept(&fresh).await, 1, "{kind}");
    }
}

/// Says that rows are deleted, without asking `Base`.
struct Pretends(Arc<AtomicUsize>);

impl Manager for Pretends {
    async fn delete(&self, _: Delete, _: Base) -> Result<bool> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(true)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_a_manager_that_does_not_ask_base_is_not_kept() {
    for kind in Kind::reachable().await {
        let fresh = tables(kind).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let pretends = Pretends(Arc::clone(&asked));
        let (schema, db) = (
            Schema::reflect(&fresh.db).await.expect("a schema"),
            fresh.db.clone(),
        );
        let cars = ViewSet::new(schema.model("cars").expect("a table").clone());
        let cars = cars
            .database(&db)
            .writable()
            .idempotent(user)
            .manager(pretends);
        let api = Router::new()
            .register("cars", cars)
            .build()
            .expect("an API");
        for number in 1..=2 {
            let answer = keyed(&api, ("DELETE", "/cars/1/"), "a", &Json::Null).await;
            assert_eq!(answer.status, 204, "{kind}: {}", answer.body);
            assert_eq!(asked.load(Ordering::Relaxed), number, "{kind}");
        }
        assert_eq!((count(&api, "/cars/").await, kept(&fresh).await), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_given_again_by_one_statement() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars).await;
        let client = Client::new(api)
            .header("x-user", "ada")
            .header("idempotency-key", "a");
        let car = json!({"make": "Saab", "owner_id": 1});
        let first = client.post("/cars/").json(&car).await;
        let again = client.post("/cars/").json(&car).await;
        assert_eq!(
            (first.text(), again.statements()),
            (again.text(), 1),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_table_is_found_at_the_start_or_is_a_mismatch() {
    for kind in Kind::reachable().await {
        let fresh = tables(kind).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let router = || {
            let router = Router::of(schema.clone());
            router.configure("cars", |cars| cars.writable().idempotent(user))
        };
        let checked = router().check(&fresh.db).await;
        checked.unwrap_or_else(|error| panic!("{kind}: {error}"));
        fresh.execute("DROP TABLE tower_rest_idempotency").await;
        let mistakes = router().check(&fresh.db).await.expect_err("no table");
        let expected = "Idempotency: there is no table `tower_rest_idempotency`";
        assert_eq!(mistakes.mistakes(), [expected], "{kind}");
        let api = router().build().expect("an API");
        let answer = keyed(&api, ("POST", "/cars/"), "a", &json!({"make": "Saab"})).await;
        let expected = (500, vec!["schema_mismatch".to_owned()]);
        assert_eq!(outcome(&answer), expected, "{kind}");
        assert_eq!(count(&api, "/cars/").await, 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_does_not_serve_the_table() {
    for kind in Kind::reachable().await {
        let fresh = tables(kind).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let paths: Vec<_> = schema.models().map(|(path, _)| path.to_owned()).collect();
        assert_eq!(paths, ["cars", "owners"], "{kind}");
        let left_out = schema.left_out().iter().map(ToString::to_string);
        let left_out: Vec<_> = left_out.collect();
        let is_said = |line: &String| line.contains("tower_rest_idempotency");
        assert!(left_out.iter().any(is_said), "{kind}: {left_out:?}");
        let api = Router::of(schema).build().expect("an API");
        let answer = ask(&api, "/tower_rest_idempotency/").await;
        assert_eq!(answer.status, 404, "{kind}: {}", answer.body);
    }
}

#[test]
fn no_database_and_a_life_of_less_than_a_second_are_mistakes() {
    let table = sea_query::Table::create()
        .table("cars")
        .col(sea_query::ColumnDef::new("car_id").integer().primary_key())
        .to_owned();
    let cars = ViewSet::new(tower_rest::Model::from_table("Car", &table)).manager(Never);
    let half = std::time::Duration::from_millis(500);
    let error = cars.idempotent(user).idempotency_lifetime(half).build();
    let error = error.expect_err("a mistake");
    let expected = [
        "Car: `.idempotent(…)` needs a database to keep answers in; say which, with `.database(…)`",
        "Car: `.idempotency_lifetime(…)` must be at least one second",
    ];
    assert_eq!(error.mistakes(), expected);
}
