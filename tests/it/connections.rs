//! Connections under bad weather: slow statements, requests that go away, a database somebody else has locked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sea_query::{ColumnDef, SqliteQueryBuilder, Table, TableCreateStatement};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tower_rest::{Api, Database, Model, Router, ViewSet};

use crate::server::ask;

fn table(name: &'static str) -> TableCreateStatement {
    let mut id = ColumnDef::new("id");
    Table::create()
        .table(name)
        .col(id.big_integer().primary_key())
        .to_owned()
}

/// A thousand numbers, and a view that counts for minutes.
async fn fill(db: &Database) {
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO numbers SELECT i FROM n";
    let endless = "CREATE VIEW endless AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT i AS id FROM n";
    let script = format!(
        "{}; {numbers}; {endless}",
        table("numbers").to_string(SqliteQueryBuilder)
    );
    db.execute_script(&script).await.expect("tables");
}

fn api(db: &Database, limit: Duration) -> Api {
    let viewset = |name, table| {
        ViewSet::new(Model::from_table(name, table))
            .database(db)
            .time_limit(limit)
    };
    Router::new()
        .register("numbers", viewset("Number", &table("numbers")))
        .register("endless", viewset("Endless", &table("endless")))
        .build()
        .expect("an API")
}

async fn own_pool(most: u32) -> (Database, SqlitePool) {
    let options = SqliteConnectOptions::new()
        .filename(format!("/shared-{}", rand_name()))
        .vfs("memdb");
    let pool = SqlitePoolOptions::new()
        .max_connections(most)
        .min_connections(1);
    let pool = pool
        .idle_timeout(None)
        .connect_with(options.create_if_missing(true))
        .await
        .expect("a pool");
    (
        Database::from_sqlite_pool(pool.clone())
            .await
            .expect("a database"),
        pool,
    )
}

/// A name no other test has.
fn rand_name() -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

async fn answers_are_right(api: &Api, times: u64) {
    for number in 0..times {
        let page = number % 40 + 1;
        let list = ask(api, &format!("/numbers/?page={page}")).await.json();
        assert_eq!(
            (list["count"].as_u64(), list["results"][24]["id"].as_u64()),
            (Some(1000), Some(page * 25))
        );
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_stopped() {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    let api = api(&db, Duration::from_millis(100));
    for _ in 0..5 {
        let started = Instant::now();
        let answer = ask(&api, "/endless/").await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (503, Some("timeout")),
            "{}",
            answer.body
        );
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(
            started.elapsed() < Duration::from_secs(2),
            "{:?}",
            started.elapsed()
        );
    }
    // Nothing of it runs on: every thread is free at once.
    let started = Instant::now();
    answers_are_right(&api, 100).await;
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_go_away_leave_every_connection_usable() {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    let api = Arc::new(api(&db, Duration::from_secs(5)));
    let mut seed = 7_u64;
    for _ in 0..1000 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let path = if seed >> 62 == 0 {
            "/endless/"
        } else {
            "/numbers/?page=last"
        };
        let after = Duration::from_micros((seed >> 33) % 1500);
        drop(tokio::time::timeout(after, ask(&api, path)).await);
    }
    let started = Instant::now();
    answers_are_right(&api, 10_000).await;
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
    db.execute_script("BEGIN IMMEDIATE; DELETE FROM numbers; ROLLBACK")
        .await
        .expect("no lock is left");
    // With nothing to do, the threads give every connection back to whoever closes the pool.
    let pool = db.sqlite_pool().expect("SQLite");
    let closed = tokio::time::timeout(Duration::from_secs(2), pool.close()).await;
    assert!(closed.is_ok(), "{} connections are kept", pool.size());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_one_is_shared_with_its_owner() {
    let (db, pool) = own_pool(1).await;
    fill(&db).await;
    let api = api(&db, Duration::from_secs(5));
    for _ in 0..20 {
        assert_eq!(ask(&api, "/numbers/?page=last").await.json()["count"], 1000);
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM numbers")
            .fetch_one(&pool)
            .await
            .expect("the connection");
        assert_eq!(count, 1000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dear_request_waits_its_turn_for_two_seconds() {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    let api = api(&db, Duration::from_secs(6));
    let threads = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .max(2);
    let slow: Vec<_> = (0..threads)
        .map(|_| {
            let api = api.clone();
            tokio::spawn(async move { ask(&api, "/endless/").await.status })
        })
        .collect();
    // By then it is known what they cost.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let started = Instant::now();
    answers_are_right(&api, 10).await;
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "others have threads of their own"
    );
    let started = Instant::now();
    let answer = ask(&api, "/endless/").await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (503, Some("busy"))
    );
    assert!(
        (1900..3900).contains(&started.elapsed().as_millis()),
        "{:?}",
        started.elapsed()
    );
    for slow in slow {
        assert_eq!(slow.await.expect("an answer"), 503);
    }
    answers_are_right(&api, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_locked_away_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("locked.db");
    let db = Database::open_file(&path).await.expect("a file");
    fill(&db).await;
    let api = api(&db, Duration::from_millis(300));
    answers_are_right(&api, 10).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    db.sqlite_pool().expect("SQLite").close().await;
    let again = Database::open_file(&path).await.expect("the file again");
    let api = self::api(&again, Duration::from_millis(300));
    again
        .execute_script("PRAGMA journal_mode = DELETE")
        .await
        .expect("a mode in which a writer locks readers out");

    let locking = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path))
        .await
        .expect("another");
    let mut locker = locking.acquire().await.expect("a connection");
    sqlx::raw_sql("BEGIN EXCLUSIVE")
        .execute(&mut *locker)
        .await
        .expect("a lock");
    for _ in 0..3 {
        let answer = ask(&api, "/numbers/").await;
        assert_eq!(answer.status, 503, "{}", answer.body);
    }
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut *locker)
        .await
        .expect("unlocked");
    let deadline = Instant::now() + Duration::from_secs(10);
    while ask(&api, "/numbers/").await.status != 200 {
        assert!(Instant::now() < deadline, "it does not recover");
    }
    answers_are_right(&api, 100).await;
}

/// Rows of so many bytes that no connection holds all of them.
async fn heavy(path: &std::path::Path) -> Database {
    let db = Database::open_file(path).await.expect("a file");
    let rows = "CREATE TABLE numbers (id INTEGER PRIMARY KEY, text TEXT);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        INSERT INTO numbers SELECT i, hex(zeroblob(300)) FROM n;
        PRAGMA wal_checkpoint(TRUNCATE);";
    db.execute_script(rows).await.expect("rows");
    db
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_content_is_gone_under_load_is_503_until_it_is_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("heavy.db");
    let db = heavy(&path).await;
    let api = ViewSet::new(Model::from_table("Number", &table("numbers")))
        .database(&db)
        .build()
        .expect("an API");
    let content = std::fs::read(&path).expect("the file");
    let ask_for = async |id: usize| {
        let answer = ask(&api, &format!("/{id}/")).await;
        if answer.status == 200 {
            assert_eq!(answer.json()["id"], id);
        } else {
            assert_eq!(answer.status, 503, "{}", answer.body);
        }
        answer.status
    };
    let mut ids = (0..).map(|n: usize| n * 7919 % 20_000 + 1);
    let mut failed = 0;
    for _ in 0..3 {
        std::fs::write(&path, vec![b'x'; content.len()]).expect("a file of nothing");
        for id in ids.by_ref().take(200) {
            failed += usize::from(ask_for(id).await == 503);
        }
        std::fs::write(&path, &content).expect("the file again");
        for id in ids.by_ref().take(200) {
            let mut tries = 0;
            while ask_for(id).await != 200 {
                tries += 1;
                assert!(tries < 100, "it does not recover");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    assert!(failed > 0, "nothing failed while the content was gone");
}
