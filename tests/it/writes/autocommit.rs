//! Writes by one statement that commits itself. The first write of a shape is one by a transaction, so that each is sent
//! more than once.

use std::time::Duration;

use serde_json::json;
use sqlx::Connection as _;
use tokio::time::sleep;
use tower_rest::{Api, Condition, Router, Schema, ViewSet};

use super::{lines::answered_otherwise, outcome, send};
use crate::databases::{Fresh, Kind};

const TABLES: &str = "CREATE TABLE shelves (id integer NOT NULL PRIMARY KEY, tenant integer NOT NULL); \
    CREATE TABLE books (id integer NOT NULL PRIMARY KEY, tenant integer NOT NULL, n integer NOT NULL, note varchar(20), \
        shelf integer, CONSTRAINT on_shelf FOREIGN KEY (shelf) REFERENCES shelves (id)); \
    INSERT INTO shelves VALUES (1, 1); INSERT INTO shelves VALUES (2, 2); \
    INSERT INTO books VALUES (1, 1, 1, 'n', NULL); INSERT INTO books VALUES (2, 2, 2, 'n', NULL)";

/// The books of a tenant, writable.
async fn open(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.execute(TABLES).await;
    let api = api(&fresh, Duration::from_secs(5)).await;
    (fresh, api)
}

async fn api(fresh: &Fresh, limit: Duration) -> Api {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let of_tenant = move |set: ViewSet| {
        let set = set.writable().time_limit(limit);
        set.scope(|_| Ok(Condition::column("tenant").eq(1)))
    };
    let router = Router::of(schema)
        .configure("books", of_tenant)
        .configure("shelves", of_tenant);
    let api = router.build();
    api.unwrap_or_else(|error| panic!("{}: {error}", fresh.kind))
}

/// Answers that are as each of the lines says.
async fn expect(api: &Api, kind: Kind, lines: &str) {
    let wrong = answered_otherwise(api, lines).await;
    assert!(wrong.is_empty(), "{kind}:\n{wrong}");
}

/// Writes rows of the shapes that the tests write, the first time in transactions.
async fn warm(api: &Api, kind: Kind) {
    let lines = r#"
        PATCH /books/1/ {"n": 1} -> 200
        PATCH /books/1/ {"note": "n"} -> 200
        PATCH /books/1/ {"tenant": 1} -> 200
        POST /books/ {"id": 101, "tenant": 1, "n": 1} -> 201
        POST /books/ {"id": 102, "tenant": 1, "n": 1, "shelf": 1} -> 201
        POST /books/ [{"id": 103, "tenant": 1, "n": 1}, {"id": 104, "tenant": 1, "n": 1}] -> 201
    "#;
    expect(api, kind, lines).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_outside_the_scope_is_refused_and_not_there() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind).await;
        let lines = r#"
            PATCH /books/1/ {"tenant": 2} -> 403 outside_scope
            PATCH /books/2/ {"n": 9} -> 404 not_found
            PATCH /books/3/ {"n": 9} -> 404 not_found
            POST /books/ {"id": 201, "tenant": 2, "n": 9} -> 403 outside_scope
            POST /books/ {"id": 202, "tenant": 1, "n": 9, "shelf": 2} -> 400 /shelf invalid_value
            POST /books/ {"id": 203, "tenant": 1, "n": 9, "shelf": 3} -> 400 /shelf invalid_value
            POST /books/ [{"id": 204, "tenant": 1, "n": 9}, {"id": 205, "tenant": 2, "n": 9}] -> 403 outside_scope
            POST /books/ {"id": 1, "tenant": 1, "n": 9} -> 409 /id unique
            POST /books/ [{"id": 206, "tenant": 1, "n": 9}, {"id": 1, "tenant": 1, "n": 9}] -> 409 /1/id unique
        "#;
        expect(&api, kind, lines).await;
        warm(&api, kind).await;
        for _ in 0..2 {
            expect(&api, kind, lines).await;
        }
        let left = "SELECT COUNT(*) FROM books WHERE n = 9 OR (id = 1 AND tenant <> 1)";
        assert_eq!(fresh.number(left).await, 0, "{kind}");
        expect(
            &api,
            kind,
            r#"POST /books/ {"id": 301, "tenant": 1, "n": 1, "shelf": 1} -> 201"#,
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_to_the_value_that_is_there_finds_the_row() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        for n in [7, 7, 7, 8, 8] {
            let patched = send(&api, "PATCH", "/books/1/", &json!({"n": n})).await;
            assert_eq!(
                (patched.status, &patched.json()["n"]),
                (200, &json!(n)),
                "{kind}"
            );
        }
    }
}

/// Holds a lock on the first book and an uncommitted book 400 for as long as it is not dropped.
async fn hold(fresh: &Fresh) -> Box<dyn Send> {
    const HELD: &str = "UPDATE books SET note = 'held' WHERE id = 1; INSERT INTO books VALUES (400, 1, 4, 'held', NULL)";
    let url = fresh.url.as_deref().expect("a server");
    match fresh.kind {
        Kind::Postgres => {
            let mut held = sqlx::PgConnection::connect(url)
                .await
                .expect("a connection");
            let done = sqlx::raw_sql("BEGIN").execute(&mut held).await;
            done.expect("a transaction");
            sqlx::raw_sql(HELD).execute(&mut held).await.expect("locks");
            Box::new(held)
        }
        Kind::MySql => {
            let mut held = sqlx::MySqlConnection::connect(url)
                .await
                .expect("a connection");
            let done = sqlx::raw_sql("START TRANSACTION").execute(&mut held).await;
            done.expect("a transaction");
            sqlx::raw_sql(HELD).execute(&mut held).await.expect("locks");
            Box::new(held)
        }
        Kind::Sqlite => unreachable!("it is no server"),
    }
}

/// Ends the connections whose statement waits for a lock, and no other.
async fn end_waiting(fresh: &Fresh) {
    let url = fresh.url.as_deref().expect("a server");
    if fresh.kind == Kind::Postgres {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        assert_eq!(fresh.number(end).await, 1);
        return;
    }
    let connection = sqlx::MySqlConnection::connect(url).await;
    let mut connection = connection.expect("a connection");
    let waiting = "SELECT CAST(id AS SIGNED) FROM information_schema.processlist \
        WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command <> 'Sleep'";
    let waiting: Vec<i64> = sqlx::query_scalar(waiting)
        .fetch_all(&mut connection)
        .await
        .expect("a list");
    assert_eq!(waiting.len(), 1);
    for id in waiting {
        let end = sqlx::AssertSqlSafe(format!("KILL {id}"));
        let ended = sqlx::raw_sql(end).execute(&mut connection).await;
        ended.expect("it was there");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_whose_connection_is_lost_has_an_unknown_outcome() {
    for kind in Kind::reachable().await {
        if kind == Kind::Sqlite {
            continue;
        }
        let (fresh, api) = open(kind).await;
        warm(&api, kind).await;
        let writes = [
            ("PATCH", "/books/1/", json!({"n": 9})),
            ("POST", "/books/", json!({"id": 400, "tenant": 1, "n": 9})),
        ];
        for (method, path, body) in writes {
            let held = hold(&fresh).await;
            let waiting = tokio::spawn({
                let api = api.clone();
                async move { send(&api, method, path, &body).await }
            });
            sleep(Duration::from_millis(300)).await;
            end_waiting(&fresh).await;
            let answer = waiting.await.expect("an answer");
            let expected = (503, vec!["outcome_unknown".to_owned()]);
            assert_eq!(outcome(&answer), expected, "{kind} {method}");
            drop(held);
        }
        let written = "SELECT COUNT(*) FROM books WHERE n = 9";
        assert_eq!(fresh.number(written).await, 0, "{kind}");
        expect(&api, kind, r#"PATCH /books/1/ {"n": 3} -> 200"#).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_lost_while_it_was_idle_is_replaced() {
    for kind in Kind::reachable().await {
        if kind == Kind::Sqlite {
            continue;
        }
        let (fresh, api) = open(kind).await;
        warm(&api, kind).await;
        fresh.kill_all().await;
        sleep(Duration::from_millis(300)).await;
        expect(&api, kind, r#"PATCH /books/1/ {"n": 3} -> 200"#).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_interrupted_and_changes_nothing() {
    for kind in Kind::reachable().await {
        if kind == Kind::Sqlite {
            continue;
        }
        let (fresh, _) = open(kind).await;
        let api = api(&fresh, Duration::from_millis(400)).await;
        warm(&api, kind).await;
        let held = hold(&fresh).await;
        expect(&api, kind, r#"PATCH /books/1/ {"n": 9} -> 503 timeout"#).await;
        drop(held);
        sleep(Duration::from_millis(300)).await;
        let written = "SELECT COUNT(*) FROM books WHERE n = 9";
        assert_eq!(fresh.number(written).await, 0, "{kind}");
        expect(&api, kind, r#"PATCH /books/1/ {"n": 3} -> 200"#).await;
    }
}

/// What a trigger of PostgreSQL does to the row after it was written.
const AFTER: &str = "CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        UPDATE books SET note = 'marked', tenant = CASE WHEN n = 9 THEN 2 ELSE tenant END \
            WHERE id = NEW.id AND note IS DISTINCT FROM 'marked'; \
        RETURN NULL; END $$; \
    CREATE TRIGGER mark AFTER INSERT OR UPDATE OF n ON books FOR EACH ROW EXECUTE FUNCTION mark()";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_trigger_changes_afterwards_is_shown_and_within_the_scope() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    for is_late in [false, true] {
        let (fresh, api) = open(Kind::Postgres).await;
        if is_late {
            warm(&api, Kind::Postgres).await;
            expect(&api, Kind::Postgres, r#"PATCH /books/1/ {"n": 1} -> 200"#).await;
        }
        fresh.execute(AFTER).await;
        for n in 11..14 {
            let new = json!({"id": 500 + n, "tenant": 1, "n": n});
            let many =
                json!([{"id": 600 + n, "tenant": 1, "n": n}, {"id": 700 + n, "tenant": 1, "n": n}]);
            let created = send(&api, "POST", "/books/", &new).await;
            assert_eq!(
                (created.status, &created.json()["note"]),
                (201, &json!("marked"))
            );
            let created = send(&api, "POST", "/books/", &many).await;
            assert_eq!(
                (created.status, &created.json()[1]["note"]),
                (201, &json!("marked"))
            );
            fresh.execute("UPDATE books SET note = 'n'").await;
            let patched = send(&api, "PATCH", "/books/1/", &json!({"n": n})).await;
            assert_eq!(
                (patched.status, &patched.json()["note"]),
                (200, &json!("marked"))
            );
        }
        fresh.execute("UPDATE books SET note = 'n'").await;
        let lines = r#"
            PATCH /books/1/ {"n": 9} -> 403 outside_scope
            POST /books/ {"id": 801, "tenant": 1, "n": 9} -> 403 outside_scope
        "#;
        expect(&api, Kind::Postgres, lines).await;
        let written = "SELECT COUNT(*) FROM books WHERE n = 9";
        assert_eq!(fresh.number(written).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_foreign_key_changes_afterwards_is_shown() {
    if !Kind::MySql.is_reachable().await {
        return;
    }
    let (fresh, api) = open(Kind::MySql).await;
    warm(&api, Kind::MySql).await;
    let acting = "ALTER TABLE books DROP FOREIGN KEY on_shelf; \
        ALTER TABLE books ADD FOREIGN KEY (shelf) REFERENCES shelves (id) ON DELETE SET NULL; \
        CREATE TRIGGER clear AFTER INSERT ON books FOR EACH ROW DELETE FROM shelves WHERE id = NEW.shelf AND NEW.n = 9";
    fresh.execute(acting).await;
    let api = self::api(&fresh, Duration::from_secs(5)).await;
    warm_again(&api).await;
    for id in [901, 902] {
        fresh
            .execute("INSERT IGNORE INTO shelves VALUES (1, 1)")
            .await;
        let new = json!({"id": id, "tenant": 1, "n": 9, "shelf": 1});
        let created = send(&api, "POST", "/books/", &new).await;
        assert_eq!(
            (created.status, &created.json()["shelf"]),
            (201, &json!(null))
        );
    }
}

/// Creates a book that is like those of the test, twice.
async fn warm_again(api: &Api) {
    let lines = r#"
        POST /books/ {"id": 111, "tenant": 1, "n": 1, "shelf": 1} -> 201
        POST /books/ {"id": 112, "tenant": 1, "n": 1, "shelf": 1} -> 201
    "#;
    expect(api, Kind::MySql, lines).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deferred_constraint_is_a_conflict_on_its_member() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    let fresh = Kind::Postgres.fresh().await;
    let deferred = "CREATE TABLE books (id integer NOT NULL PRIMARY KEY, tenant integer NOT NULL, \
        n integer UNIQUE DEFERRABLE INITIALLY DEFERRED)";
    fresh.execute(deferred).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).writable().build().expect("an API");
    let lines = r#"
        POST /books/ {"id": 1, "tenant": 1, "n": 1} -> 201
        POST /books/ {"id": 2, "tenant": 1, "n": 2} -> 201
        POST /books/ {"id": 3, "tenant": 1, "n": 1} -> 409 /n unique
        PATCH /books/2/ {"n": 3} -> 200
        PATCH /books/2/ {"n": 4} -> 200
        PATCH /books/2/ {"n": 1} -> 409 /n unique
        POST /books/ {"id": 3, "tenant": 1, "n": 3} -> 201
    "#;
    expect(&api, Kind::Postgres, lines).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_leaves_the_commit_to_others_is_committed_nevertheless() {
    if !Kind::MySql.is_reachable().await {
        return;
    }
    let (fresh, _) = open(Kind::MySql).await;
    let url = fresh.url.as_deref().expect("a server");
    let pool = sqlx::mysql::MySqlPoolOptions::new().max_connections(2);
    let pool = pool.after_connect(|connection, _| {
        Box::pin(async move {
            let off = sqlx::raw_sql("SET autocommit = 0").execute(connection);
            off.await.map(drop)
        })
    });
    let db = tower_rest::Database::from_mysql_pool(pool.connect(url).await.expect("a pool"));
    let schema = Schema::reflect(&db).await.expect("a schema");
    let api = Router::of(schema).writable().build().expect("an API");
    for n in 1..4 {
        let new = json!({"id": 100 + n, "tenant": 1, "n": 9});
        assert_eq!(send(&api, "POST", "/books/", &new).await.status, 201);
        let change = json!({"n": 20 + n});
        assert_eq!(send(&api, "PATCH", "/books/1/", &change).await.status, 200);
        let created = fresh.number("SELECT COUNT(*) FROM books WHERE n = 9").await;
        let n_of_the_first = fresh
            .number("SELECT CAST(n AS SIGNED) FROM books WHERE id = 1")
            .await;
        assert_eq!((created, n_of_the_first), (n, 20 + n));
    }
}
