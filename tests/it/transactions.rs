//! The transaction of an action: committed after `Ok`, else taken back, whole or not at all, whatever the client does.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Method, Response};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::{
    sync::{Barrier, Notify, mpsc},
    time::{sleep, timeout},
};
use tower_rest::{Act, Action, Api, Code, Database, Error, Reply, Result, Transaction};

use crate::{
    actions::{call, car_viewset, database, fill, problem},
    server::{Answer, ask},
};

/// Washes the car of an action once more.
async fn wash(act: &Act) -> Result<()> {
    let mut sqlite = act.transaction.sqlite().await?;
    sqlx::query("UPDATE cars SET washed = washed + 1 WHERE car_id = ?")
        .bind(act.key_as::<i64>()?)
        .execute(&mut *sqlite)
        .await?;
    Ok(())
}

/// The same by reading and writing, which would lose increments without a lock.
async fn wash_slowly(act: Act) -> Result<Reply> {
    let key = act.key_as::<i64>()?;
    let mut sqlite = act.transaction.sqlite().await?;
    let washed: i64 = sqlx::query_scalar("SELECT washed FROM cars WHERE car_id = ?")
        .bind(key)
        .fetch_one(&mut *sqlite)
        .await?;
    tokio::task::yield_now().await;
    sqlx::query("UPDATE cars SET washed = ? WHERE car_id = ?")
        .bind(washed + 1)
        .bind(key)
        .execute(&mut *sqlite)
        .await?;
    Ok(Reply::json(&(washed + 1)))
}

/// A database in a file, whose readers wait for no writer.
async fn in_a_file() -> (Database, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Database::open_file(folder.path().join("cars.db")).await;
    let db = db.expect("a database");
    fill(&db).await;
    (db, folder)
}

/// How often a car was washed, as the database has it.
async fn washed(api: &Api, car: u8) -> i64 {
    let car = ask(api, &format!("/{car}/")).await.json();
    car["washed"].as_i64().expect("a number")
}

async fn act(api: &Api, name: &str) -> Answer {
    call(api, "POST", &format!("/1/{name}/"), &[], "").await
}

fn code(code: Code) -> (u16, String) {
    (code.status().as_u16(), code.name().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_committed_after_ok_and_else_taken_back() {
    let db = database().await;
    let api = car_viewset(&db)
        .action(Action::on_object("wash", Method::POST, async |act: Act| {
            wash(&act).await
        }))
        .action(Action::on_object(
            "teapot",
            Method::POST,
            async |act: Act| {
                wash(&act).await?;
                let response = Response::builder().status(418);
                Ok(response.body(String::new()).expect("a response"))
            },
        ))
        .action(Action::on_object("fail", Method::POST, async |act: Act| {
            wash(&act).await?;
            Err::<(), _>(Error::new(Code::Forbidden, "not today"))
        }))
        .action(Action::on_object("panic", Method::POST, panics))
        .action(Action::on_object(
            "no_json",
            Method::POST,
            async |act: Act| {
                wash(&act).await?;
                Ok(Reply::json(&std::collections::HashMap::from([((), 1)])))
            },
        ))
        .action(Action::on_object(
            "wrong",
            Method::POST,
            async |act: Act| {
                wash(&act).await?;
                let mut sqlite = act.transaction.sqlite().await?;
                sqlx::query("UPDATE nowhere SET x = 1")
                    .execute(&mut *sqlite)
                    .await?;
                Ok(())
            },
        ))
        .build()
        .expect("an API");
    for (name, expected, times) in [
        ("wash", (200, String::new()), 1),
        ("fail", code(Code::Forbidden), 1),
        ("panic", code(Code::Internal), 1),
        ("wash", (200, String::new()), 2),
        ("no_json", code(Code::Internal), 2),
        ("wrong", code(Code::SchemaMismatch), 2),
        ("teapot", (418, String::new()), 3),
        ("panic", code(Code::Internal), 3),
        ("panic", code(Code::Internal), 3),
        ("panic", code(Code::Internal), 3),
        ("panic", code(Code::Internal), 3),
        ("panic", code(Code::Internal), 3),
        ("wash", (200, String::new()), 4),
    ] {
        let answer = act(&api, name).await;
        assert_eq!(problem(&answer), expected, "{name}: {}", answer.body);
        assert_eq!(washed(&api, 1).await, times, "{name}");
        for secret in ["cars", "nowhere", "boom", "SQL"] {
            assert!(!answer.body.contains(secret), "{}", answer.body);
        }
    }
    assert_eq!(washed(&api, 2).await, 0);
}

async fn panics(act: Act) -> Result<()> {
    wash(&act).await?;
    let sqlite = act.transaction.sqlite().await?;
    if act.key.len() == 1 {
        panic!("boom");
    }
    drop(sqlite);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_at_once_are_counted_exactly() {
    let (file, _folder) = in_a_file().await;
    for db in [database().await, file] {
        let wash = Action::on_object("wash", Method::POST, wash_slowly);
        let api = car_viewset(&db).action(wash).build().expect("an API");
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let api = api.clone();
                tokio::spawn(async move { act(&api, "wash").await })
            })
            .collect();
        let mut seen = Vec::new();
        for task in tasks {
            let answer = task.await.expect("an answer");
            seen.push(answer.json().as_i64().expect("a number"));
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=20).collect::<Vec<_>>());
        assert_eq!(washed(&api, 1).await, 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_leaves_an_action_whole() {
    let (db, _folder) = in_a_file().await;
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (says, waits) = (begun.clone(), go.clone());
    let slow = move |act: Act| {
        let (says, waits) = (says.clone(), waits.clone());
        async move {
            wash(&act).await?;
            says.notify_one();
            waits.notified().await;
            wash(&act).await
        }
    };
    let api = car_viewset(&db)
        .action(Action::on_object("slow", Method::POST, slow))
        .build()
        .expect("an API");
    let request = {
        let api = api.clone();
        tokio::spawn(async move { act(&api, "slow").await })
    };
    begun.notified().await;
    request.abort();
    assert!(request.await.expect_err("gone").is_cancelled());
    assert_eq!(washed(&api, 1).await, 0, "not yet committed");
    go.notify_one();
    until(async || washed(&api, 1).await == 2).await;
    // The next one has the turn, and a clean connection.
    go.notify_one();
    assert_eq!(act(&api, "slow").await.status, 200);
    assert_eq!(washed(&api, 1).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_before_its_turn_leaves_the_connections_clean() {
    let (db, _folder) = in_a_file().await;
    let api = car_viewset(&db)
        .action(Action::on_object("wash", Method::POST, wash_slowly))
        .build()
        .expect("an API");
    let pool = db.sqlite_pool().expect("a pool");
    let other = pool.begin_with("BEGIN IMMEDIATE").await.expect("the lock");
    for wait in [0, 1, 5, 20, 50] {
        let gone = timeout(Duration::from_millis(wait), act(&api, "wash")).await;
        assert!(gone.is_err(), "the lock is held");
    }
    other.rollback().await.expect("the lock is free");
    // What was taken up goes on to its end; what was not has left nothing.
    assert_eq!(act(&api, "wash").await.status, 200);
    let total = washed(&api, 1).await;
    assert!((1..=6).contains(&total), "{total}");
    for number in 1..=5 {
        assert_eq!(act(&api, "wash").await.json(), json!(total + number));
        assert_eq!(washed(&api, 1).await, total + number, "each is lasting");
    }
}

/// Waits until something is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), waiting)
        .await
        .expect("it becomes so");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_cannot_begin_in_time_is_busy() {
    let db = database().await;
    let api = car_viewset(&db)
        .time_limit(Duration::from_millis(200))
        .action(Action::on_object("wash", Method::POST, wash_slowly))
        .action(Action::on_collection(
            "idle",
            Method::POST,
            async |_: Act| Ok(()),
        ))
        .build()
        .expect("an API");
    let pool = db.sqlite_pool().expect("a pool");
    let lock = pool.begin_with("BEGIN IMMEDIATE").await.expect("the lock");
    let answer = act(&api, "wash").await;
    assert_eq!(problem(&answer), code(Code::Busy));
    assert_eq!(answer.header("retry-after"), Some("1"));
    let idle = call(&api, "POST", "/idle/", &[], "").await;
    assert_eq!(idle.status, 200, "what needs no transaction begins none");
    lock.rollback().await.expect("the lock is free");
    until(async || act(&api, "wash").await.status == 200).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_reads_waits_for_no_writer_and_sees_one_moment() {
    let (db, _folder) = in_a_file().await;
    let barrier = Arc::new(Barrier::new(2));
    let inside = barrier.clone();
    let look = move |act: Act| {
        let inside = inside.clone();
        async move {
            let look = async || {
                let mut sqlite = act.transaction.sqlite().await?;
                let sum = sqlx::query_scalar::<_, i64>("SELECT sum(washed) FROM cars");
                Ok::<_, Error>(sum.fetch_one(&mut *sqlite).await?)
            };
            let before = look().await?;
            inside.wait().await;
            inside.wait().await;
            Ok(Reply::json(&[before, look().await?]))
        }
    };
    let api = car_viewset(&db)
        .action(Action::on_object("look", Method::GET, look))
        .action(Action::on_object("wash", Method::POST, wash_slowly))
        .build()
        .expect("an API");
    let looking = {
        let api = api.clone();
        tokio::spawn(async move { ask(&api, "/1/look/").await })
    };
    barrier.wait().await;
    assert_eq!(act(&api, "wash").await.status, 200);
    barrier.wait().await;
    assert_eq!(looking.await.expect("an answer").json(), json!([0, 0]));
    assert_eq!(washed(&api, 1).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_over_with_its_handler() {
    let (db, _folder) = in_a_file().await;
    let kept: Arc<Mutex<Option<Transaction>>> = Arc::default();
    let (keeps, (done, mut dones)) = (kept.clone(), mpsc::unbounded_channel());
    let keep = move |act: Act| {
        let keeps = keeps.clone();
        async move {
            wash(&act).await?;
            *keeps.lock().expect("no panic") = Some(act.transaction);
            Ok(())
        }
    };
    let hold = move |act: Act| {
        let done = done.clone();
        async move {
            wash(&act).await?;
            let (holds, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let (says, transaction) = (held.clone(), act.transaction);
            let until = holds.clone();
            done.send(holds).expect("a test that waits");
            tokio::spawn(async move {
                let sqlite = transaction.sqlite().await;
                says.notify_one();
                until.notified().await;
                drop(sqlite);
            });
            held.notified().await;
            Ok(())
        }
    };
    let api = car_viewset(&db)
        .action(Action::on_object("keep", Method::POST, keep))
        .action(Action::on_object("hold", Method::POST, hold))
        .action(Action::on_object("wash", Method::POST, wash_slowly))
        .build()
        .expect("an API");
    assert_eq!(act(&api, "keep").await.status, 200);
    assert_eq!(washed(&api, 1).await, 1, "committed");
    let kept = kept
        .lock()
        .expect("no panic")
        .take()
        .expect("a transaction");
    let error = kept.sqlite().await.expect_err("it is over");
    assert_eq!(error.code(), Code::Internal);

    assert_eq!(problem(&act(&api, "hold").await), code(Code::Internal));
    assert_eq!(washed(&api, 1).await, 1, "in use: taken back");
    dones.recv().await.expect("a holder").notify_one();
    assert_eq!(act(&api, "wash").await.json(), json!(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_one_connection_of_ones_own_will_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("cars.db"))
        .create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.expect("a pool");
    let db = Database::from_sqlite_pool(pool).await.expect("a database");
    fill(&db).await;
    let api = car_viewset(&db)
        .action(Action::on_object("wash", Method::POST, wash_slowly))
        .build()
        .expect("an API");
    for times in 1..=5 {
        assert_eq!(act(&api, "wash").await.json(), json!(times));
        assert_eq!(washed(&api, 1).await, times);
    }
}
