//! Databases in memory, in files and of the user's own, and what becomes of a request when one fails.

use std::time::Duration;

use sea_query::{ColumnDef, SqliteQueryBuilder, Table, TableCreateStatement};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tower_rest::{Api, Database, Model, ViewSet};

use crate::server::{Answer, ask};

fn prices() -> TableCreateStatement {
    Table::create()
        .table("prices")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("amount").custom("decimal_text"))
        .to_owned()
}

const ROWS: &str = "INSERT INTO prices VALUES (1, '10'), (2, '9.5'), (3, '-1')";

async fn fill(db: &Database) {
    let sql = format!("{}; {ROWS}", prices().to_string(SqliteQueryBuilder));
    db.execute_script(&sql).await.expect("a table with rows");
}

fn viewset(db: &Database) -> ViewSet {
    ViewSet::new(Model::from_table("Price", &prices())).database(db)
}

fn api(db: &Database) -> Api {
    viewset(db).build().expect("an API")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_memory_is_one_for_all_connections_and_no_other() {
    let (one, other) = (
        Database::in_memory().await.expect("one"),
        Database::in_memory().await.expect("other"),
    );
    fill(&one).await;
    let api = api(&one);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let api = api.clone();
            tokio::spawn(async move { ask(&api, "/?ordering=amount").await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("an answer").json()["count"], 3);
    }
    assert!(
        other.execute_script(ROWS).await.is_err(),
        "the other has no such table"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_a_database_in_memory_wait_for_a_writer() {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    let api = api(&db);
    let writer = {
        let db = db.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                db.execute_script("UPDATE prices SET amount = '1' WHERE id = 1")
                    .await
                    .expect("a write");
            }
        })
    };
    for _ in 0..200 {
        assert_eq!(ask(&api, "/").await.status, 200);
    }
    writer.await.expect("every write done");
}

#[tokio::test]
async fn a_file_is_made_and_opened_with_a_write_ahead_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new.db");
    let db = Database::open_file(&path).await.expect("a file");
    fill(&db).await;
    let pool = db.sqlite_pool().expect("SQLite");
    let pragma = |name: &'static str| async move {
        sqlx::query_scalar::<_, String>(name).fetch_one(pool).await
    };
    assert_eq!(pragma("PRAGMA journal_mode").await.expect("a mode"), "wal");
    let number = |name: &'static str| async move {
        sqlx::query_scalar::<_, i64>(name).fetch_one(pool).await
    };
    assert_eq!(number("PRAGMA foreign_keys").await.expect("a switch"), 1);
    assert_eq!(number("PRAGMA busy_timeout").await.expect("a time"), 5000);

    let url = format!("sqlite:{}", path.display());
    for url in [
        url.clone(),
        format!("{url}?mode=ro"),
        format!("sqlite://{}?mode=rwc", path.display()),
    ] {
        let again = Database::connect(&url)
            .await
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(
            ask(&api(&again), "/1/").await.json()["amount"],
            "10",
            "{url}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_opened_says_what_would_be_right() {
    let check = |url: &'static str, words: &'static str| async move {
        let error = Database::connect(url).await.expect_err(url);
        assert!(error.to_string().contains(words), "{url}: {error}");
        assert_eq!(error.code().name(), "unavailable", "{url}");
    };
    check("sqlite:/nowhere/at/all.db", "end the URL in `?mode=rwc`").await;
    check("oracle://localhost/x", "starts with `sqlite:`").await;
    check(
        "postgres://ann:hush@127.0.0.1:1/x",
        "`postgres://ann@127.0.0.1:1/x`: Connection refused",
    )
    .await;
    check("cars.db", "starts with `sqlite:`").await;
    check("sqlite:cars.db?mode=strange", "strange").await;
}

#[tokio::test]
async fn decimals_are_compared_where_the_connections_can() {
    let memory = || SqliteConnectOptions::new().in_memory(true);
    let pool = |options| {
        SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .connect_with(options)
    };

    let able = Database::from_sqlite_pool(
        pool(Database::with_decimals(memory()))
            .await
            .expect("a pool"),
    )
    .await
    .expect("a database");
    fill(&able).await;
    let answer = ask(&api(&able), "/?ordering=amount&amount__lt=10.0&fields=id").await;
    assert_eq!(
        answer.json()["results"].to_string(),
        r#"[{"id":3},{"id":2}]"#
    );

    let unable = Database::from_sqlite_pool(pool(memory()).await.expect("a pool"))
        .await
        .expect("a database");
    fill(&unable).await;
    let plain = api(&unable);
    assert_eq!(ask(&plain, "/2/").await.json()["amount"], "9.5");
    assert_eq!(
        ask(&plain, "/?amount__isnull=false").await.json()["count"],
        3
    );
    assert_eq!(
        ask(&plain, "/?amount=10").await.json()["code"],
        "unknown_lookup"
    );
    assert_eq!(
        ask(&plain, "/?ordering=amount").await.json()["code"],
        "unknown_field"
    );
    let error = viewset(&unable)
        .filters(["amount"])
        .orderings(["amount"])
        .build()
        .expect_err("two mistakes");
    assert_eq!(error.mistakes().len(), 2, "{error}");
    assert!(
        error.to_string().contains("Database::with_decimals"),
        "{error}"
    );
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_503_busy() {
    let options = SqliteConnectOptions::new().in_memory(true);
    let pool: SqlitePool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .expect("a pool");
    let db = Database::from_sqlite_pool(pool.clone())
        .await
        .expect("a database");
    fill(&db).await;
    let api = api(&db);
    let held = pool.acquire().await.expect("the only connection");
    let (busy, bad) = tokio::join!(ask(&api, "/"), async {
        // A request that is refused waits for nothing.
        tokio::time::timeout(Duration::from_secs(1), ask(&api, "/?page=0"))
            .await
            .expect("an answer at once")
    });
    assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
    assert_eq!(busy.json()["code"], "busy");
    assert_eq!(bad.status, 400);
    drop(held);
    assert_eq!(ask(&api, "/").await.status, 200);
}

#[tokio::test]
async fn a_database_that_is_gone_or_broken_is_503() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("broken.db");
    let db = Database::open_file(&path).await.expect("a file");
    fill(&db).await;
    db.sqlite_pool().expect("SQLite").close().await;
    // The threads give their connections up when they have rested.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let unavailable = |answer: Answer| {
        let code = answer.json()["code"].as_str().map(str::to_owned);
        assert_eq!((answer.status, code.as_deref()), (503, Some("unavailable")));
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(
            !answer.body.contains("sqlite") && !answer.body.contains("broken.db"),
            "{}",
            answer.body
        );
    };
    unavailable(ask(&api(&db), "/1/").await);

    std::fs::write(&path, vec![b'x'; 8192]).expect("a broken file");
    let options = SqliteConnectOptions::new().filename(&path);
    let pool = SqlitePoolOptions::new()
        .connect_with(options)
        .await
        .expect("SQLite opens what it has not read");
    let broken = Database::from_sqlite_pool(pool).await.expect("a database");
    unavailable(ask(&api(&broken), "/1/").await);
}

#[tokio::test]
async fn what_the_library_did_not_foresee_is_500() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("collated.db");
    let backwards = |left: &str, right: &str| right.cmp(left);
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .collation("backwards", backwards);
    let pool = SqlitePoolOptions::new()
        .connect_with(options)
        .await
        .expect("a pool");
    let able = Database::from_sqlite_pool(pool).await.expect("a database");
    able.execute_script("CREATE TABLE words (id integer primary key, word TEXT COLLATE backwards); INSERT INTO words VALUES (1, 'a'), (2, 'b')")
        .await
        .expect("a table");
    let words = Table::create()
        .table("words")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("word").string())
        .to_owned();
    let serve = |db: &Database| {
        ViewSet::new(Model::from_table("Word", &words))
            .database(db)
            .build()
            .expect("an API")
    };
    // A collation of the user's own connections works here too.
    assert_eq!(
        ask(&serve(&able), "/?ordering=word&fields=word")
            .await
            .json()["results"]
            .to_string(),
        r#"[{"word":"b"},{"word":"a"}]"#
    );
    let unable = Database::open_file(&path)
        .await
        .expect("a database without the collation");
    let answer = ask(&serve(&unable), "/?ordering=word").await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (500, Some("internal"))
    );
    assert!(!answer.body.contains("backwards"), "{}", answer.body);
}

#[tokio::test]
async fn exact_filters_and_prefixes_can_use_an_index() {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script("CREATE TABLE words (id integer primary key, word text); CREATE INDEX by_word ON words (word)").await.expect("a table");
    let pool = db.sqlite_pool().expect("SQLite");
    let uses_index = |condition: &'static str| async move {
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(condition)
            .bind("a*")
            .fetch_all(pool)
            .await
            .expect("a plan");
        plan.iter()
            .any(|(.., detail)| detail.contains("SEARCH") && detail.contains("by_word"))
    };
    // The conditions are those that `statement/tests.rs` holds to the letter.
    assert!(
        uses_index(
            "EXPLAIN QUERY PLAN SELECT id FROM words WHERE (\"words\".\"word\" COLLATE BINARY) = ?"
        )
        .await
    );
    assert!(
        uses_index("EXPLAIN QUERY PLAN SELECT id FROM words WHERE \"words\".\"word\" GLOB ?").await
    );
    assert!(uses_index("EXPLAIN QUERY PLAN SELECT id FROM words WHERE (\"words\".\"word\" COLLATE BINARY) IN (?, ?)").await);
}
