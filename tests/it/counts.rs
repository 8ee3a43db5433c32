//! Totals that SQLite need not count again, as nobody has written: never one of before.

use std::time::{Duration, Instant};

use sea_query::{ColumnDef, Table};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use tower_rest::{Api, Database, Model, ViewSet};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    logging::{Log, listening},
    server::ask,
};

/// Rows with a number that no index finds, so that counting those of one is dear: 20,000, of which a hundred have a 7.
async fn fill(db: &Database) {
    db.execute_script(
        "CREATE TABLE numbers (id INTEGER PRIMARY KEY, number INTEGER NOT NULL); \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
         INSERT INTO numbers SELECT i, CASE WHEN i % 200 = 0 THEN 7 ELSE 0 END FROM n; \
         CREATE VIEW others AS SELECT id, number FROM numbers WHERE random() IS NOT NULL",
    )
    .await
    .expect("rows");
}

fn api(db: &Database, table: &'static str) -> Api {
    let table = Table::create()
        .table(table)
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("number").integer().not_null())
        .to_owned();
    let numbers = ViewSet::new(Model::from_table("Number", &table)).database(db);
    numbers.build().expect("an API")
}

async fn own_pool(most: u32, options: SqliteConnectOptions) -> Database {
    let pool = SqlitePoolOptions::new()
        .max_connections(most)
        .idle_timeout(None);
    let pool = pool.connect_with(options.create_if_missing(true)).await;
    let db = Database::from_sqlite_pool(pool.expect("a pool")).await;
    db.expect("a database")
}

/// How many rows a list says it has, once it shows as many.
async fn count(api: &Api, path: &str) -> u64 {
    let mut answer = ask(api, path).await;
    // In a shared cache, readers do not wait for writers.
    while answer.status == 503 {
        answer = ask(api, path).await;
    }
    let list = answer.json();
    let shown = list["results"].as_array().expect("rows").len();
    assert_eq!(
        list["count"], shown,
        "a page and its count are of one moment"
    );
    list["count"].as_u64().expect("a count")
}

const SEVENS: &str = "/?number=7&page_size=1000";

/// Everything anybody writes is in the next answer, whoever has counted before, and whatever it was.
async fn is_never_of_before(db: &Database, name: &str) {
    fill(db).await;
    let (api, pool) = (api(db, "numbers"), db.sqlite_pool().expect("SQLite"));
    let mut expected = 100;
    for id in 3..=33 {
        let second = ask(&api, "/?number=7&page_size=100&page=2").await;
        let status = if expected > 100 { 200 } else { 404 };
        assert_eq!(second.status, status, "{name}: {expected}");
        for _ in 0..5 {
            assert_eq!(count(&api, SEVENS).await, expected, "{name}");
        }
        let change = match id % 3 {
            0 => format!("DELETE FROM numbers WHERE id = {}", id * 200),
            1 => format!("UPDATE numbers SET number = 7 WHERE id = {id}"),
            _ => format!("INSERT INTO numbers VALUES ({}, 7)", 20_000 + id),
        };
        let written = sqlx::query(sqlx::AssertSqlSafe(change)).execute(pool).await;
        written.expect("written");
        expected = if id % 3 == 0 {
            expected - 1
        } else {
            expected + 1
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_never_of_before_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| SqliteConnectOptions::new().filename(folder.path().join(name));
    let own = Database::open_file(folder.path().join("own.db")).await;
    let memory = Database::in_memory().await;
    let databases = [
        ("a file", own.expect("a file")),
        ("in memory", memory.expect("a database")),
        (
            "a pool",
            own_pool(5, file("pool.db").journal_mode(SqliteJournalMode::Wal)).await,
        ),
        (
            "without a log",
            own_pool(5, file("log.db").journal_mode(SqliteJournalMode::Delete)).await,
        ),
        ("one connection", own_pool(1, file("one.db")).await),
        (
            "a shared cache",
            own_pool(5, file("shared.db").shared_cache(true)).await,
        ),
    ];
    for (name, db) in databases {
        is_never_of_before(&db, name).await;
    }
}

/// Pages of a list that others write to show as many rows as they say there are.
async fn is_of_one_moment(db: &Database) {
    fill(db).await;
    let (api, pool) = (api(db, "numbers"), db.sqlite_pool().expect("SQLite"));
    let until = Instant::now() + Duration::from_secs(2);
    let write = {
        let pool: SqlitePool = pool.clone();
        tokio::spawn(async move {
            for id in (1_u32..).take_while(|_| Instant::now() < until) {
                let change = "UPDATE numbers SET number = 7 - number WHERE id = ?";
                // In a shared cache, writers do not wait for readers.
                drop(sqlx::query(change).bind(id).execute(&pool).await);
                // Now and then there is time for the same question twice.
                tokio::time::sleep(Duration::from_millis(u64::from(id % 20))).await;
            }
        })
    };
    let ask = || {
        let api = api.clone();
        tokio::spawn(async move {
            let (mut least, mut most) = (u64::MAX, 0);
            while Instant::now() < until {
                let count = count(&api, SEVENS).await;
                (least, most) = (least.min(count), most.max(count));
            }
            (least, most)
        })
    };
    for asking in [ask(), ask(), ask(), ask()] {
        let (least, most) = asking.await.expect("answers");
        assert!(least < most, "{least} is {most}: nothing was written");
    }
    write.await.expect("a writer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_its_count_are_of_one_moment_while_rows_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Database::open_file(folder.path().join("numbers.db")).await;
    is_of_one_moment(&db.expect("a file")).await;
    let shared = SqliteConnectOptions::new().filename(folder.path().join("shared.db"));
    is_of_one_moment(&own_pool(4, shared.shared_cache(true)).await).await;
}

#[tokio::test]
async fn a_view_that_is_another_one_is_looked_at_anew() {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    let view = |rows: &str| {
        format!(
            "DROP VIEW others; CREATE VIEW others AS SELECT id, number FROM numbers WHERE {rows}"
        )
    };
    let api = api(&db, "others");
    for (rows, expected) in [
        ("number = 7", Some(100)),
        ("number = 7 AND id > 10000", Some(50)),
        ("number = 7 AND random() % 3 = 0", None),
    ] {
        db.execute_script(&view(rows)).await.expect("a view");
        let mut seen = std::collections::HashSet::new();
        for _ in 0..few() * 3 {
            let list = ask(&api, "/?number=7").await.json();
            seen.insert(list["count"].as_u64());
        }
        match expected {
            Some(_) => assert_eq!(seen, [expected].into()),
            None => assert!(seen.len() > 3, "{rows}: {seen:?}"),
        }
    }
}

/// How often a list is counted at most: on each connection once to see that it is dear, and once where it is known in which
/// state. One thread more than there are processors reads lists, and on a busy machine a reading that overruns its lane counts
/// anew: each of three kinds of lists at most twice.
fn few() -> usize {
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    2 * (processors.max(2) + 1) + 2 * 3
}

/// How many statements of the log count.
fn counting(log: &Log) -> usize {
    log.up_to(Level::DEBUG).matches("COUNT(*)").count()
}

#[tokio::test]
async fn a_list_nobody_writes_to_is_counted_a_few_times_only() {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    let few = few();
    for (table, path, is_few) in [
        ("numbers", "/?number=7&page=1", true),
        ("numbers", "/?number=7&page=last", true),
        ("numbers", "/?number=0&page=300", true),
        ("numbers", "/?number=0&page=1", true),
        // One step counts a whole table.
        ("numbers", "/", true),
        ("numbers", "/?page=last", true),
        // No row has it.
        ("numbers", "/?number=5", true),
        // A cheap count is not worth a snapshot, whatever the page costs.
        ("numbers", "/?id__lt=100", false),
        ("numbers", "/?id__lt=1001&page_size=1000", false),
        // A view that may say something else each time.
        ("others", "/?number=7", false),
    ] {
        let (log, api) = (Log::default(), api(&db, table));
        let asking = async {
            let first = ask(&api, path).await.body;
            for _ in 1..few * 3 {
                assert_eq!(ask(&api, path).await.body, first, "{path}");
            }
        };
        asking.with_subscriber(listening(&log)).await;
        let counted = counting(&log);
        match is_few {
            true => assert!((1..=few).contains(&counted), "{path}: {counted} times"),
            false => assert_eq!(counted, few * 3, "{path}"),
        }
    }
}

#[tokio::test]
async fn pages_of_one_list_share_what_it_was_counted_to() {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    let (log, api) = (Log::default(), api(&db, "numbers"));
    // What is not there is told of in the same words, whatever is known.
    let missing = ask(&api, "/?number=7&page=9").await;
    assert_eq!(missing.status, 404);
    let asking = async {
        for page in 1..=(3 * few() as u64).max(40) {
            let path = format!("/?number=0&page={page}&page_size=10&ordering=-id");
            let list = ask(&api, &path).await.json();
            assert_eq!(
                (list["count"].as_u64(), list["page"].as_u64()),
                (Some(19_900), Some(page))
            );
            let before = (page - 1) * 10;
            let first = 20_000 - before - before / 199 - 1;
            assert_eq!(list["results"][0]["id"].as_u64(), Some(first), "{path}");
        }
    };
    asking.with_subscriber(listening(&log)).await;
    for _ in 0..few() {
        assert_eq!(count(&api, SEVENS).await, 100);
        assert_eq!(ask(&api, "/?number=7&page=9").await.body, missing.body);
    }
    assert!(counting(&log) <= few(), "{}", counting(&log));
}
