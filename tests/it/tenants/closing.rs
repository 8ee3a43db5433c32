//! How the databases of tenants are closed: the one idle for the longest time, and each after a while, but none in use.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use serde_json::json;
use tokio::{sync::Notify, time::sleep};
use tower_rest::{
    Act, Action, Code, Database, Reply, Router, TenantDatabases,
    testing::{Answer, Client},
};

use super::{Tenants, client, notes, until};
use crate::databases::Kind;

/// Reads and writes as a tenant, on several connections.
async fn use_it(made: &Tenants, tenants: &TenantDatabases, tenant: usize) {
    let client = client(&made.fresh.db, tenants).header("x-tenant", &format!("t{tenant}"));
    let body = json!({"owner": "x", "text": "y"});
    let all = tokio::join!(
        client.get("/notes/"),
        client.get("/notes/?text=a"),
        client.post("/notes/").json(&body),
        client.post("/notes/add/").json(&"more"),
    );
    let statuses = [&all.0, &all.1, &all.2, &all.3].map(Answer::status);
    assert_eq!(statuses, [200, 200, 201, 200], "{}", all.3.text());
}

#[tokio::test]
async fn the_database_idle_for_the_longest_time_is_closed_for_another() {
    for kind in Kind::reachable().await {
        let made = Tenants::create(kind, 3, 4).await;
        let tenants = made.cache().most_open(2);
        use_it(&made, &tenants, 0).await;
        use_it(&made, &tenants, 1).await;
        assert!(made.connections(0).await > 0 && made.connections(1).await > 0);
        // Now `t1` is the one that has been idle for longer.
        use_it(&made, &tenants, 0).await;
        tenants.get("t2").await.expect("a database");
        assert_eq!(made.connections(1).await, 0, "{kind}: it was closed before");
        assert!(made.connections(0).await > 0, "{kind}");
        use_it(&made, &tenants, 1).await;
        assert_eq!((made.connections(0).await, tenants.open_count()), (0, 2));
        // Its connections are at most those of the URL, beside those of exports and of what stops statements.
        assert!(made.connections(1).await <= 4 * files_each(kind), "{kind}");
    }
}

/// How many files a connection has open.
fn files_each(kind: Kind) -> i64 {
    match kind {
        // The database, its log and the index of the log.
        Kind::Sqlite => 3,
        Kind::Postgres | Kind::MySql => 1,
    }
}

#[tokio::test]
async fn idle_databases_are_closed_without_a_further_request() {
    for kind in Kind::reachable().await {
        let made = Tenants::create(kind, 2, 4).await;
        let tenants = made.cache().closes_after(Duration::from_millis(500));
        let held = tenants.get("t1").await.expect("a database");
        held.execute_script("SELECT 1").await.expect("a statement");
        use_it(&made, &tenants, 0).await;
        tenants.get("t0").await.expect("a database");
        assert_eq!(tenants.open_count(), 2);
        let closed = || async { made.connections(0).await == 0 };
        until(closed, "the idle one is closed").await;
        until(|| async { tenants.open_count() == 1 }, "its place is free").await;
        // The one with a handle is in use, and idle from then on.
        sleep(Duration::from_millis(1100)).await;
        held.execute_script("SELECT 1").await.expect("it is open");
        drop(held);
        until(|| async { tenants.open_count() == 0 }, "all are closed").await;
        assert_eq!(made.connections(1).await, 0, "{kind}");
        use_it(&made, &tenants, 0).await;
        tenants.close("t0").await;
        assert_eq!(tenants.open_count(), 0);
        if kind != Kind::Sqlite {
            // A server ends a session a moment after its client has.
            until(closed, "its sessions have ended").await;
        }
        assert_eq!(made.connections(0).await, 0, "{kind}");
    }
}

#[tokio::test]
async fn a_database_in_use_is_not_closed_and_others_wait_for_it() {
    for kind in Kind::reachable().await {
        let made = Tenants::create(kind, 2, 2).await;
        let tenants = made.cache().most_open(1);
        let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (begins, ends) = (Arc::clone(&begun), Arc::clone(&end));
        let slow = Action::on_collection("slow", [Method::POST], move |act: Act| {
            let (begun, end) = (Arc::clone(&begins), Arc::clone(&ends));
            async move {
                let insert = "INSERT INTO notes (owner, text) VALUES ('t0', 'slow')";
                if let Ok(mut lent) = act.transaction.sqlite().await {
                    sqlx::query(insert).execute(&mut *lent).await?;
                } else if let Ok(mut lent) = act.transaction.postgres().await {
                    sqlx::query(insert).execute(&mut *lent).await?;
                } else {
                    let mut lent = act.transaction.mysql().await?;
                    sqlx::query(insert).execute(&mut *lent).await?;
                }
                begun.notify_one();
                end.notified().await;
                Ok(Reply::json(&"done"))
            }
        });
        let notes = notes(&made.fresh.db, &tenants).action(slow);
        let api = Router::new().register("notes", notes).build();
        let client = Client::new(api.expect("an API"));
        let asking = client.post("/notes/slow/").header("x-tenant", "t0");
        let slow = tokio::spawn(asking.into_future());
        let begins = tokio::time::timeout(Duration::from_secs(10), begun.notified());
        begins.await.expect("a transaction");
        // Nothing is closed under the transaction: another tenant waits for two seconds.
        let since = Instant::now();
        let busy = client.get("/notes/").header("x-tenant", "t1").await;
        assert_eq!((busy.status(), busy.code().as_str()), (503, "busy"));
        let waited = since.elapsed();
        assert!((1900..4000).contains(&waited.as_millis()), "{waited:?}");
        // The next one is served as soon as the transaction has ended.
        let asking = client.get("/notes/").header("x-tenant", "t1");
        let waiting = tokio::spawn(asking.into_future());
        sleep(Duration::from_millis(100)).await;
        end.notify_one();
        assert_eq!(slow.await.expect("no panic").status(), 200);
        assert_eq!(waiting.await.expect("no panic").status(), 200, "{kind}");
        let list = client.get("/notes/?text=slow").header("x-tenant", "t0");
        assert_eq!(list.await.json()["count"], 1, "{kind}: it is committed");
    }
}

#[tokio::test]
async fn a_handle_of_the_program_keeps_its_database_open() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    let tenants = TenantDatabases::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Database::in_memory()
    })
    .most_open(1)
    .closes_after(Duration::from_millis(20));
    let held = tenants.get("a").await.expect("a database");
    let create = held.execute_script("CREATE TABLE a (id integer)").await;
    create.expect("a table");
    let error = tenants.get("b").await.expect_err("the place is taken");
    assert_eq!(error.code(), Code::Busy);
    tenants.get("a").await.expect("it is open");
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    // `close` waits for the handle, and the next request gets another database.
    let closing = tokio::spawn({
        let tenants = tenants.clone();
        async move { tenants.close("a").await }
    });
    sleep(Duration::from_millis(100)).await;
    assert!(!closing.is_finished());
    let there = held.execute_script("INSERT INTO a VALUES (1)").await;
    there.expect("it is open");
    drop(held);
    closing.await.expect("no panic");
    let new = tenants.get("a").await.expect("a database");
    let gone = new.execute_script("INSERT INTO a VALUES (1)").await;
    gone.expect_err("another database");
}

/// The number of threads of this process.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task")
        .expect("the threads")
        .count()
}

/// Runs in a process of its own, since the threads and files of other tests would be counted.
#[test]
fn nothing_is_left_after_the_last_handle() {
    const ALONE: &str = "TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let this = "tenants::closing::nothing_is_left_after_the_last_handle";
        let test = std::env::current_exe().expect("this program");
        let mut child = Command::new(test);
        let ran = child.args([this, "--exact"]).env(ALONE, "1").output();
        let ran = ran.expect("a process");
        let words = String::from_utf8_lossy(&ran.stdout);
        assert!(
            ran.status.success() && words.contains("1 passed"),
            "{words}"
        );
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for kind in runtime.block_on(Kind::reachable()) {
        let made = runtime.block_on(Tenants::create(kind, 3, 4));
        let settled = || async {
            sleep(Duration::from_millis(300)).await;
            true
        };
        runtime.block_on(until(settled, "what created them has ended"));
        let tasks = || runtime.metrics().num_alive_tasks();
        let (before, threads_before) = (tasks(), threads());
        let during = runtime.block_on(async {
            let tenants = made.cache();
            for tenant in 0..3 {
                use_it(&made, &tenants, tenant).await;
            }
            assert!(made.all_connections().await > 0, "{kind}");
            // One that is still being opened.
            let other = TenantDatabases::new(|_| std::future::pending());
            let opening = other.get("x");
            tokio::time::timeout(Duration::from_millis(20), opening)
                .await
                .expect_err("it never opens");
            tasks()
        });
        assert!(during > before, "{kind}");
        let ended = || async {
            tasks() <= before && threads() <= threads_before && made.all_connections().await == 0
        };
        runtime.block_on(until(ended, "all tasks, threads and connections end"));
    }
}
