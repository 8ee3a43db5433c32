//! Several requests with one key at once, in one process and in several; clients and connections that break off.

use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::{sleep, timeout};
use tower_rest::Api;

use super::{api_of, count, kept, keyed, open, outcome, tables, user};
use crate::{
    databases::Kind,
    server::{Answer, ask},
    writes::writable,
};

/// Sends one request by each of the APIs at once.
async fn race(apis: Vec<Api>, path: &'static str, key: &str, body: &Json) -> Vec<Answer> {
    let racers = apis.into_iter().map(|api| {
        let (key, body) = (key.to_owned(), body.clone());
        tokio::spawn(async move { keyed(&api, ("POST", path), &key, &body).await })
    });
    let mut answers = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        answers.push(racer.await.expect("an answer"));
    }
    answers
}

/// The bodies of the answers that say 201; every other one says that the first request still runs.
fn done(answers: &[Answer]) -> Vec<&str> {
    let is_done = |answer: &&Answer| {
        let running = (409, vec!["idempotency_in_progress".to_owned()]);
        assert!(
            answer.status == 201 || outcome(answer) == running,
            "{} {}",
            answer.status,
            answer.body
        );
        answer.status == 201
    };
    let done = answers.iter().filter(is_done);
    done.map(|answer| answer.body.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_requests_at_once_in_one_process_one_runs() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| cars).await;
        for number in 0..10 {
            let owner = json!({"name": format!("n{number}"), "tenant": 1});
            let apis = vec![api.clone(); 8];
            let answers = race(apis, "/owners/", &format!("k{number}"), &owner).await;
            let mut bodies = done(&answers);
            bodies.dedup();
            assert_eq!(bodies.len(), 1, "{kind}: {bodies:?}");
        }
        assert_eq!(
            (count(&api, "/owners/").await, kept(&fresh).await),
            (12, 10)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_requests_at_once_in_several_processes_one_is_committed() {
    for kind in Kind::reachable().await {
        let fresh = tables(kind).await;
        let mut apis = Vec::new();
        for _ in 0..4 {
            apis.push(api_of(&fresh, |cars| cars).await);
        }
        for number in 0..10 {
            // One table has a unique column, which the others would break if they were not given the answer.
            let owner = json!({"name": format!("n{number}"), "tenant": 1});
            let key = format!("o{number}");
            let answers = race(apis.clone(), "/owners/", &key, &owner).await;
            let mut bodies = done(&answers);
            bodies.dedup();
            assert_eq!(bodies.len(), 1, "{kind}: {bodies:?}");
            let car = json!({"make": "Saab", "year": 1900 + number});
            let answers = race(apis.clone(), "/cars/", &format!("c{number}"), &car).await;
            let mut bodies = done(&answers);
            bodies.dedup();
            assert_eq!(bodies.len(), 1, "{kind}: {bodies:?}");
        }
        assert_eq!(count(&apis[0], "/owners/").await, 12, "{kind}");
        assert_eq!(count(&apis[0], "/cars/").await, 11, "{kind}");
        assert_eq!(kept(&fresh).await, 20, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_and_comes_back_has_written_once() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| cars).await;
        for number in 0..30 {
            let (key, car) = (
                format!("k{number}"),
                json!({"make": "Saab", "year": 1900 + number}),
            );
            let request = keyed(&api, ("POST", "/cars/"), &key, &car);
            // It is gone at some moment within the request, or just after it.
            timeout(Duration::from_micros(number * 150), request)
                .await
                .ok();
            let mut answer = keyed(&api, ("POST", "/cars/"), &key, &car).await;
            for _ in 0..500 {
                if answer.status != 409 {
                    break;
                }
                sleep(Duration::from_millis(10)).await;
                answer = keyed(&api, ("POST", "/cars/"), &key, &car).await;
            }
            assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
            assert_eq!(count(&api, "/cars/").await, number + 2, "{kind}");
        }
        assert_eq!(kept(&fresh).await, 30, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_leaves_the_row_and_its_answer_or_neither() {
    for kind in [Kind::Postgres, Kind::MySql] {
        if !kind.is_reachable().await {
            continue;
        }
        let (fresh, api) = open(kind, |cars| cars).await;
        for number in 0..15 {
            let (key, car) = (
                format!("k{number}"),
                json!({"make": "Saab", "year": 1900 + number}),
            );
            let first = {
                let (api, key, car) = (api.clone(), key.clone(), car.clone());
                tokio::spawn(async move { keyed(&api, ("POST", "/cars/"), &key, &car).await })
            };
            sleep(Duration::from_micros(number * 200)).await;
            fresh.kill_all().await;
            let mut answer = first.await.expect("an answer");
            for _ in 0..100 {
                if answer.status < 500 {
                    break;
                }
                assert_eq!(answer.status, 503, "{kind}: {}", answer.body);
                answer = keyed(&api, ("POST", "/cars/"), &key, &car).await;
            }
            assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
            assert_eq!(count(&api, "/cars/").await, number + 2, "{kind}");
            assert_eq!(kept(&fresh).await, number + 1, "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_is_run_again_keeps_one_answer() {
    const TABLES: &str = "CREATE TABLE sums (id integer NOT NULL PRIMARY KEY, n integer NOT NULL); \
        CREATE TABLE a (id integer NOT NULL PRIMARY KEY, n integer); CREATE TABLE b (id integer NOT NULL PRIMARY KEY, n integer); \
        INSERT INTO sums VALUES (1, 0), (2, 0); INSERT INTO a VALUES (1, 0); INSERT INTO b VALUES (1, 0); ";
    for kind in Kind::reachable().await {
        let (fresh, plain) = writable(kind, TABLES).await;
        fresh.execute(&fresh.db.idempotency_table()).await;
        for (table, first, second) in [("a", 1, 2), ("b", 2, 1)] {
            let steps = format!(
                "UPDATE sums SET n = n + 1 WHERE id = {first}; UPDATE sums SET n = n + 1 WHERE id = {second};"
            );
            let trigger = match kind {
                Kind::Sqlite => {
                    format!("CREATE TRIGGER t{table} AFTER UPDATE ON {table} BEGIN {steps} END")
                }
                Kind::Postgres => format!(
                    "CREATE FUNCTION f{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {steps} RETURN NEW; END $$; \
                     CREATE TRIGGER t{table} AFTER UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION f{table}()"
                ),
                Kind::MySql => format!(
                    "CREATE TRIGGER t{table} AFTER UPDATE ON {table} FOR EACH ROW BEGIN {steps} END"
                ),
            };
            fresh.execute(&trigger).await;
        }
        let schema = tower_rest::Schema::reflect(&fresh.db)
            .await
            .expect("a schema");
        let idempotent = |viewset: tower_rest::ViewSet| viewset.writable().idempotent(user);
        let router = tower_rest::Router::of(schema).configure("a", idempotent);
        let api = router.configure("b", idempotent).build().expect("an API");
        let writers = ["/a/1/", "/b/1/"].map(|path| {
            let api = api.clone();
            tokio::spawn(async move {
                let mut done = 0;
                for step in 1..=30 {
                    let body = json!({"n": step});
                    let key = format!("{path}{step}");
                    let answer = keyed(&api, ("PATCH", path), &key, &body).await;
                    let (status, codes) = outcome(&answer);
                    done += u64::from(status == 200);
                    assert!(
                        status == 200 || codes == ["retries_exhausted"],
                        "{}",
                        answer.body
                    );
                }
                done
            })
        });
        let mut done = 0;
        for writer in writers {
            done += writer
                .await
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
        }
        let sums = ask(&plain, "/sums/").await.json();
        assert_eq!(sums["results"][0]["n"], done, "{kind}");
        assert_eq!(kept(&fresh).await, done, "{kind}");
        assert!(done > 30, "{kind}: {done}");
    }
}
