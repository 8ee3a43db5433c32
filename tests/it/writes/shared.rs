//! Requests that wait for SQLite's one writer share a transaction, and yet each is whole or absent by itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use tokio::time::sleep;
use tower_rest::{Act, Action, Api, Database, Router, Schema, ViewSet};

use super::{outcome, send};
use crate::server::{Answer, ask};

const TABLES: &str = "CREATE TABLE owners (owner_id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE); \
    CREATE TABLE cars (car_id INTEGER PRIMARY KEY, name TEXT NOT NULL, \
        owner_id INTEGER REFERENCES owners (owner_id) DEFERRABLE INITIALLY DEFERRED); \
    CREATE TRIGGER slow AFTER INSERT ON owners WHEN NEW.name = 'slow' BEGIN \
        UPDATE owners SET name = 'slow' || (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
        SELECT count(*) FROM n) WHERE owner_id = NEW.owner_id; END; \
    CREATE TRIGGER ends BEFORE INSERT ON owners WHEN NEW.name = 'ends' BEGIN SELECT RAISE(ROLLBACK, 'over'); END; \
    INSERT INTO owners VALUES (1, 'Ada')";

/// A database in a file, over a pool of its own that counts what is committed.
struct Counted {
    db: Database,
    pool: SqlitePool,
    commits: Arc<AtomicUsize>,
    folder: tempfile::TempDir,
}

impl Counted {
    async fn new(connections: u32) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("owners.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10));
        let commits = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&commits);
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .after_connect(move |connection, _| {
                let counter = Arc::clone(&counter);
                Box::pin(async move {
                    connection.lock_handle().await?.set_commit_hook(move || {
                        counter.fetch_add(1, Ordering::SeqCst);
                        true
                    });
                    Ok(())
                })
            });
        let pool = pool.connect_with(options).await.expect("a pool");
        let db = Database::from_sqlite_pool(pool.clone()).await;
        let db = db.expect("a database");
        db.execute_script(TABLES).await.expect("the tables");
        Self {
            db,
            pool,
            commits,
            folder,
        }
    }

    async fn api(&self, owners: impl Fn(ViewSet) -> ViewSet + Send + Sync + 'static) -> Api {
        let schema = Schema::reflect(&self.db).await.expect("a schema");
        let router = Router::of(schema).writable();
        router.configure("owners", owners).build().expect("an API")
    }

    /// Starts requests while another connection holds the lock, so that all of them wait, and then lets them run.
    async fn all_at_once(
        &self,
        requests: Vec<impl Future<Output = Answer> + Send + 'static>,
    ) -> Vec<Answer> {
        let options = (*self.pool.connect_options()).clone();
        let outside = SqlitePool::connect_with(options).await.expect("a pool");
        let lock = outside.begin_with("BEGIN IMMEDIATE").await;
        let lock = lock.expect("the lock");
        let sent: Vec<_> = requests.into_iter().map(tokio::spawn).collect();
        sleep(Duration::from_millis(300)).await;
        lock.rollback().await.expect("the lock is free");
        let answers = join_all(sent).await;
        answers
            .into_iter()
            .map(|answer| answer.expect("an answer"))
            .collect()
    }
}

/// A POST of an owner.
fn owner(api: &Api, name: &str) -> impl Future<Output = Answer> + Send + 'static + use<> {
    let (api, body) = (api.clone(), json!({"name": name}));
    async move { send(&api, "POST", "/owners/", &body).await }
}

/// How many answers have each status.
fn with_status(answers: &[Answer], status: u16) -> usize {
    answers
        .iter()
        .filter(|answer| answer.status == status)
        .count()
}

async fn count(api: &Api, list: &str) -> u64 {
    let list = ask(api, &format!("/{list}/")).await.json();
    list["count"].as_u64().expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_wait_share_a_commit_and_each_name_is_taken_once() {
    let counted = Counted::new(10).await;
    let api = counted.api(|owners| owners).await;
    let before = counted.commits.load(Ordering::SeqCst);
    let requests = (0..60).map(|number| owner(&api, &format!("owner {}", number % 30)));
    let answers = counted.all_at_once(requests.collect()).await;
    assert_eq!(with_status(&answers, 201), 30);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(
            outcome(refused),
            (409, vec!["/name unique".to_owned()]),
            "{}",
            refused.body
        );
    }
    assert_eq!(count(&api, "owners").await, 31);
    let commits = counted.commits.load(Ordering::SeqCst) - before;
    assert!(commits < 30, "{commits} commits");
    for created in answers.iter().filter(|answer| answer.status == 201) {
        let shown = ask(&api, created.header("location").expect("a link")).await;
        assert_eq!(shown.json(), created.json(), "the created row is there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_deferred_key_is_answered_to_its_own_request() {
    let counted = Counted::new(10).await;
    let api = counted.api(|owners| owners).await;
    let requests = (0..30).map(|number| {
        let (api, owner) = (api.clone(), if number % 3 == 0 { 1000 } else { 1 });
        let body = json!({"name": format!("car {number}"), "owner_id": owner});
        async move { send(&api, "POST", "/cars/", &body).await }
    });
    let answers = counted.all_at_once(requests.collect()).await;
    for (number, answer) in answers.iter().enumerate() {
        let expected = match number % 3 {
            0 => (409, vec!["/owner_id foreign_key".to_owned()]),
            _ => (201, vec![]),
        };
        assert_eq!(outcome(answer), expected, "{number}: {}", answer.body);
    }
    assert_eq!(count(&api, "cars").await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_takes_too_long_fails_alone() {
    let counted = Counted::new(10).await;
    let limit = Duration::from_millis(1500);
    let api = counted.api(move |owners| owners.time_limit(limit)).await;
    let requests = (0..9).map(|number| {
        let (api, is_slow) = (api.clone(), number == 4);
        let body = json!({"name": if is_slow { "slow" } else { "quick" }});
        let list = if is_slow { "/owners/" } else { "/cars/" };
        async move { send(&api, "POST", list, &body).await }
    });
    let answers = counted.all_at_once(requests.collect()).await;
    for (number, answer) in answers.iter().enumerate() {
        let expected = match number {
            4 => (503, vec!["timeout".to_owned()]),
            _ => (201, vec![]),
        };
        assert_eq!(outcome(answer), expected, "{number}: {}", answer.body);
    }
    assert_eq!(
        (count(&api, "owners").await, count(&api, "cars").await),
        (1, 8)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_that_ends_the_transaction_fails_its_own_request() {
    let counted = Counted::new(10).await;
    let api = counted.api(|owners| owners).await;
    let requests = ["a", "b", "ends", "c", "d"].map(|name| owner(&api, name));
    let answers = counted.all_at_once(requests.into()).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [201, 201, 400, 201, 201]);
    assert_eq!(count(&api, "owners").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn among_many_that_fail_what_is_answered_as_written_is_there_and_nothing_else() {
    let counted = Counted::new(10).await;
    let api = counted.api(|owners| owners).await;
    // Fewer than those of which some would be refused at once, since the lock is held while they come.
    let sent: Vec<_> = (0..60)
        .map(|number| match number % 7 {
            2 => ("ends".to_owned(), 400),
            4 => ("Ada".to_owned(), 409),
            _ => (format!("owner {number:03}"), 201),
        })
        .collect();
    let requests = sent.iter().map(|(name, _)| owner(&api, name));
    let answers = counted.all_at_once(requests.collect()).await;
    let mut written = vec!["Ada".to_owned()];
    for ((name, expected), answer) in sent.into_iter().zip(&answers) {
        assert_eq!(answer.status, expected, "{name}: {}", answer.body);
        if expected == 201 {
            written.push(name);
        }
    }
    let names = sqlx::query_scalar("SELECT name FROM owners ORDER BY name");
    let names: Vec<String> = names.fetch_all(&counted.pool).await.expect("names");
    assert_eq!(names, written);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_could_not_begin_in_time_is_busy_and_writes_nothing_later() {
    let counted = Counted::new(10).await;
    let limit = Duration::from_millis(100);
    let api = counted.api(move |owners| owners.time_limit(limit)).await;
    let requests = (0..5).map(|number| owner(&api, &format!("owner {number}")));
    let answers = counted.all_at_once(requests.collect()).await;
    for answer in &answers {
        assert_eq!(outcome(answer), (503, vec!["busy".to_owned()]));
    }
    assert_eq!(owner(&api, "later").await.status, 201);
    assert_eq!(count(&api, "owners").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_commits_by_itself_concerns_no_other_request() {
    let counted = Counted::new(10).await;
    let commits = async |act: Act| {
        let mut sqlite = act.transaction.sqlite().await?;
        let sql = "INSERT INTO owners (name) VALUES ('by an action'); COMMIT";
        sqlx::raw_sql(sql).execute(&mut *sqlite).await?;
        tokio::task::yield_now().await;
        Ok(())
    };
    let api = counted
        .api(move |owners| owners.action(Action::on_collection("commit", Method::POST, commits)));
    let api = api.await;
    let written = (0..20).map(|number| owner(&api, &format!("owner {number}")));
    let acted = (0..3).map(|_| send(&api, "POST", "/owners/commit/", &serde_json::Value::Null));
    let (written, acted) = tokio::join!(join_all(written), join_all(acted));
    assert_eq!(with_status(&written, 201), 20);
    assert_eq!(with_status(&acted, 201) + with_status(&acted, 200), 0);
    for answer in &written {
        let shown = ask(&api, answer.header("location").expect("a link")).await;
        assert_eq!(shown.json(), answer.json());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_is_enough_for_reads_writes_and_actions() {
    let counted = Counted::new(1).await;
    let counts = async |act: Act| {
        let mut sqlite = act.transaction.sqlite().await?;
        let rows = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM owners");
        rows.fetch_one(&mut *sqlite).await?;
        Ok(())
    };
    let api = counted
        .api(move |owners| owners.action(Action::on_collection("count", Method::POST, counts)));
    let api = api.await;
    let started = Instant::now();
    for round in 0..5 {
        let names = (0..5).map(|number| format!("owner {round} {number}"));
        let written = names.map(|name| owner(&api, &name));
        let read = (0..5).map(|_| ask(&api, "/owners/1/"));
        let acted = (0..2).map(|_| send(&api, "POST", "/owners/count/", &serde_json::Value::Null));
        let (written, read, acted) = tokio::join!(
            join_all(written.collect::<Vec<_>>()),
            join_all(read),
            join_all(acted)
        );
        assert_eq!(with_status(&written, 201), 5);
        assert_eq!(with_status(&read, 200), 5);
        assert_eq!(with_status(&acted, 200), 2);
    }
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "none waits long"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_pool_is_unavailable_at_once() {
    let counted = Counted::new(5).await;
    let api = counted.api(|owners| owners).await;
    assert_eq!(owner(&api, "a").await.status, 201);
    counted.pool.close().await;
    let started = Instant::now();
    let answers = join_all((0..5).map(|_| owner(&api, "b"))).await;
    for answer in &answers {
        assert_eq!(outcome(answer), (503, vec!["unavailable".to_owned()]));
    }
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(counted.folder.path().exists());
}

#[test]
fn writes_of_one_runtime_do_not_end_those_of_another() {
    let runtime = || tokio::runtime::Runtime::new().expect("a runtime");
    let (first, second) = (runtime(), runtime());
    let counted = first.block_on(Counted::new(5));
    let api = first.block_on(counted.api(|owners| owners));
    assert_eq!(first.block_on(owner(&api, "a")).status, 201);
    assert_eq!(second.block_on(owner(&api, "b")).status, 201);
    second.shutdown_background();
    assert_eq!(first.block_on(owner(&api, "c")).status, 201);
}
