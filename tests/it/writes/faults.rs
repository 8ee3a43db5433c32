//! Constraints that a row breaks, bodies that cannot be read, and what else goes wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::{Value as Json, json};
use tower_rest::{Api, Router, Schema, ViewSet};

use super::{lines::answered_otherwise, outcome, send};
use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with},
};

async fn open(kind: Kind, tables: &str) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.execute(tables).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).writable().build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

const BROKEN: &str = "CREATE TABLE owners (id integer NOT NULL PRIMARY KEY, name varchar(80) NOT NULL, code varchar(80), \
        CONSTRAINT secret_one UNIQUE (name), CONSTRAINT secret_two UNIQUE (code)); \
    CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, \"the make\" varchar(80), owner_name varchar(80), year integer, \
        CONSTRAINT secret_make UNIQUE (\"the make\"), CONSTRAINT secret_rule CHECK (year > 1880), \
        CONSTRAINT secret_owner FOREIGN KEY (owner_name) REFERENCES owners (name)); \
    INSERT INTO owners VALUES (1, 'Ada', 'x'); INSERT INTO owners VALUES (2, 'for key ''secret_two''', 'y'); \
    INSERT INTO cars VALUES (1, 'Fiat', 'Ada', 1999)";

/// A request with a body of a type, which may be missing.
async fn raw(api: &Api, method: &str, path: &str, ty: Option<&str>, body: &str) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test");
    let request = match ty {
        Some(ty) => request.header("content-type", ty),
        None => request,
    };
    ask_with(api, request.body(body.to_owned()).expect("a request")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_constraint_is_told_by_its_columns_and_never_by_its_name() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, BROKEN).await;
        let rule = match kind {
            Kind::Postgres => "/year constraint",
            Kind::Sqlite | Kind::MySql => "constraint",
        };
        let lines = r#"
            POST /owners/ {"id": 3, "name": "Ada"} -> 409 /name unique
            POST /owners/ {"id": 3, "name": "for key 'secret_two'"} -> 409 /name unique
            POST /owners/ {"id": 1, "name": "Eve"} -> 409 /id unique
            PATCH /owners/2/ {"code": "x"} -> 409 /code unique
            PATCH /owners/2/ {"name": null} -> 400 /name null
            POST /cars/ {"id": 2, "the make": "Fiat"} -> 409 /the make unique
            POST /cars/ {"id": 2, "owner_name": "is still referenced, FOREIGN KEY (`year`)"} -> 409 /owner_name foreign_key
            POST /cars/ {"id": 2, "year": 1700} -> 400 {rule}
            PATCH /cars/1/ {"owner_name": "Eve"} -> 409 /owner_name foreign_key
            PATCH /owners/1/ {"name": "Eve"} -> 409 foreign_key
            DELETE /owners/1/ -> 409 foreign_key
        "#;
        let wrong = answered_otherwise(&api, &lines.replace("{rule}", rule)).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_read_strictly() {
    const TABLES: &str = "CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, make varchar(20) NOT NULL, year integer, note varchar(20))";
    let deep = format!(
        "{{\"id\": 7, \"make\": {}1{}}}",
        "[".repeat(40),
        "]".repeat(40)
    );
    let json = Some("application/json");
    let form = Some("application/x-www-form-urlencoded");
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, TABLES).await;
        let mut wrong = Vec::new();
        for (ty, body, status, expected) in [
            (json, "", 400, &["malformed_body"][..]),
            (json, "null", 400, &["malformed_body"]),
            (json, "7", 400, &["malformed_body"]),
            (
                json,
                "{\"id\": 7, \"make\": \"a\", \"make\": \"b\"}",
                400,
                &["malformed_body"],
            ),
            (
                json,
                "{\"id\": 7, \"make\": \"a\"} x",
                400,
                &["malformed_body"],
            ),
            (
                json,
                "{\"id\": 7, \"make\": \"a\",}",
                400,
                &["malformed_body"],
            ),
            (
                json,
                "{\"id\": 7, \"make\": \"\\ud800\"}",
                400,
                &["malformed_body"],
            ),
            (json, &deep, 400, &["malformed_body"]),
            (None, "", 400, &["malformed_body"]),
            (None, "{}", 415, &["unsupported_media_type"]),
            (Some("text/plain"), "{}", 415, &["unsupported_media_type"]),
            (
                Some("application/xml"),
                "{}",
                415,
                &["unsupported_media_type"],
            ),
            (
                Some("application/json; charset=latin1"),
                "{}",
                415,
                &["unsupported_media_type"],
            ),
            (
                Some("application/json; charset=utf-8"),
                "{}",
                400,
                &["/make required"],
            ),
            (form, "id=7&make=a&make=a", 400, &["/make repeated"]),
            (form, "id=7&make=%zz", 400, &["/make bad_encoding"]),
            (form, "id=7&make=a&yaer=1", 400, &["/yaer unknown_field"]),
            (form, "id=+7&make=a", 400, &["/id invalid_value"]),
            (form, "id=&make=a", 400, &["/id null"]),
            (form, "", 400, &["/make required"]),
            (form, "id=7&make=&year=&note=", 201, &[]),
        ] {
            let answer = raw(&api, "POST", "/cars/", ty, body).await;
            let expected: Vec<_> = expected.iter().map(|&one| one.to_owned()).collect();
            if outcome(&answer) != (status, expected) {
                wrong.push(format!("{ty:?} {body}: {} {}", answer.status, answer.body));
            }
        }
        assert!(wrong.is_empty(), "{kind}:\n{}", wrong.join("\n"));
        let made = ask(&api, "/cars/7/").await.json();
        assert_eq!(
            (&made["make"], &made["year"], &made["note"]),
            (&json!(""), &Json::Null, &json!("")),
            "{kind}"
        );
        for (query, body, status, expected) in [
            (
                "?page=1",
                json!({"id": 8, "make": "a"}),
                400,
                &["unknown_parameter"][..],
            ),
            (
                "?make=a",
                json!({"id": 8, "make": "a"}),
                400,
                &["unknown_parameter"],
            ),
            ("?fields=id", json!({"id": 8, "make": "a"}), 201, &[]),
            (
                "?yaer=1",
                json!({"id": 9, "maek": "a"}),
                400,
                &["unknown_parameter", "unknown_field"],
            ),
        ] {
            let answer = send(&api, "POST", &format!("/cars/{query}"), &body).await;
            assert_eq!(answer.status, status, "{kind} {query}: {}", answer.body);
            for code in expected {
                assert!(
                    answer.body.contains(code),
                    "{kind} {query}: {}",
                    answer.body
                );
            }
        }
        let only = send(&api, "PATCH", "/cars/8/?fields=make", &json!({"make": "b"})).await;
        assert_eq!(
            (only.status, only.json()),
            (200, json!({"make": "b"})),
            "{kind}"
        );
        let nothing = send(&api, "PATCH", "/cars/8/", &json!({})).await;
        assert_eq!(
            (nothing.status, &nothing.json()["make"]),
            (200, &json!("b")),
            "{kind}: {}",
            nothing.body
        );
        let other = send(&api, "DELETE", "/cars/8/?fields=make", &Json::Null).await;
        assert_eq!(other.status, 400, "{kind}: {}", other.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_checked_at_the_commit_or_raised_by_a_trigger_is_told() {
    for kind in Kind::reachable().await {
        let tables = match kind {
            Kind::Sqlite => {
                "CREATE TABLE owners (id integer PRIMARY KEY); \
                 CREATE TABLE cars (id integer PRIMARY KEY, code integer, \
                     owner_id integer REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED); \
                 CREATE TRIGGER secret_trigger BEFORE INSERT ON cars WHEN NEW.code = 13 \
                     BEGIN SELECT RAISE(ABORT, 'secret words'); END; \
                 CREATE TRIGGER secret_end BEFORE INSERT ON cars WHEN NEW.code = 14 \
                     BEGIN SELECT RAISE(ROLLBACK, 'secret words'); END"
            }
            Kind::Postgres => {
                "CREATE TABLE owners (id serial PRIMARY KEY); \
                 CREATE TABLE cars (id serial PRIMARY KEY, code integer UNIQUE DEFERRABLE INITIALLY DEFERRED, \
                     owner_id integer REFERENCES owners (id) DEFERRABLE INITIALLY DEFERRED); \
                 CREATE FUNCTION secret_function() RETURNS trigger LANGUAGE plpgsql AS \
                     $$ BEGIN IF NEW.code IN (13, 14) THEN RAISE EXCEPTION 'secret words'; END IF; RETURN NEW; END $$; \
                 CREATE TRIGGER secret_trigger BEFORE INSERT ON cars FOR EACH ROW EXECUTE FUNCTION secret_function()"
            }
            Kind::MySql => {
                "CREATE TABLE owners (id integer AUTO_INCREMENT PRIMARY KEY); \
                 CREATE TABLE cars (id integer AUTO_INCREMENT PRIMARY KEY, code integer UNIQUE, \
                     owner_id integer, FOREIGN KEY (owner_id) REFERENCES owners (id)); \
                 CREATE TRIGGER secret_trigger BEFORE INSERT ON cars FOR EACH ROW \
                     IF NEW.code IN (13, 14) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'secret words'; END IF"
            }
        };
        let (_fresh, api) = open(kind, tables).await;
        let mut wrong = Vec::new();
        for (body, status, expected) in [
            (json!({"owner_id": 77}), 409, "/owner_id foreign_key"),
            (json!({"code": 13}), 400, "constraint"),
            (json!({"code": 14}), 400, "constraint"),
            (json!({"code": 1}), 201, ""),
            (
                json!({"code": 1}),
                if kind == Kind::Sqlite { 201 } else { 409 },
                if kind == Kind::Sqlite {
                    ""
                } else {
                    "/code unique"
                },
            ),
        ] {
            let answer = send(&api, "POST", "/cars/", &body).await;
            let expected: Vec<_> = [expected.to_owned()]
                .into_iter()
                .filter(|one| !one.is_empty())
                .collect();
            if outcome(&answer) != (status, expected) || answer.body.contains("secret") {
                wrong.push(format!("{body}: {} {}", answer.status, answer.body));
            }
        }
        assert!(wrong.is_empty(), "{kind}:\n{}", wrong.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_the_table_of_a_trigger_names_no_member_of_the_row() {
    for kind in Kind::reachable().await {
        let tables = "CREATE TABLE log (id {id}, make varchar(20) NOT NULL, note varchar(20) UNIQUE); \
            CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, make varchar(20), note varchar(20)); \
            INSERT INTO log (make, note) VALUES ('a', 'twice'); {trigger}";
        let (id, trigger) = match kind {
            Kind::Sqlite => (
                "integer PRIMARY KEY",
                "CREATE TRIGGER t AFTER INSERT ON cars BEGIN INSERT INTO log (make, note) VALUES (NEW.make, NEW.note); END",
            ),
            Kind::Postgres => (
                "serial PRIMARY KEY",
                "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                    INSERT INTO log (make, note) VALUES (NEW.make, NEW.note); RETURN NEW; END $$; \
                 CREATE TRIGGER t AFTER INSERT ON cars FOR EACH ROW EXECUTE FUNCTION f()",
            ),
            Kind::MySql => (
                "integer AUTO_INCREMENT PRIMARY KEY",
                "CREATE TRIGGER t AFTER INSERT ON cars FOR EACH ROW INSERT INTO log (make, note) VALUES (NEW.make, NEW.note)",
            ),
        };
        let tables = tables.replace("{id}", id).replace("{trigger}", trigger);
        let (_fresh, api) = open(kind, &tables).await;
        let twice = json!({"id": 1, "make": "b", "note": "twice"});
        let answer = send(&api, "POST", "/cars/", &twice).await;
        assert_eq!(
            outcome(&answer),
            (409, vec!["unique".to_owned()]),
            "{kind}: {}",
            answer.body
        );
        if kind != Kind::MySql {
            let answer = send(&api, "POST", "/cars/", &json!({"id": 1})).await;
            assert_eq!(
                outcome(&answer),
                (400, vec!["required".to_owned()]),
                "{kind}: {}",
                answer.body
            );
        }
        assert_eq!(ask(&api, "/cars/").await.json()["count"], 0, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_key_or_is_a_view_is_only_read_or_told_of() {
    const TABLES: &str = "CREATE TABLE notes (words varchar(20)); CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, make varchar(20)); \
        CREATE VIEW cars_seen AS SELECT id, make FROM cars";
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, TABLES).await;
        for list in ["/notes/", "/cars_seen/"] {
            let answer = send(&api, "POST", list, &json!({})).await;
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, Some("GET, HEAD, OPTIONS")),
                "{kind} {list}: {}",
                answer.body
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_without_foreign_keys_takes_no_reference_to_nothing() {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .in_memory(true)
        .foreign_keys(false);
    let pool = sqlx::sqlite::SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .expect("a pool");
    let db = tower_rest::Database::from_sqlite_pool(pool)
        .await
        .expect("a database");
    db.execute_script("CREATE TABLE owners (id integer PRIMARY KEY); CREATE TABLE cars (id integer PRIMARY KEY, owner_id integer REFERENCES owners (id)); INSERT INTO owners VALUES (1); INSERT INTO cars VALUES (1, 1)").await.expect("tables");
    let schema = Schema::reflect(&db).await.expect("a schema");
    let api = Router::of(schema)
        .configure("owners", ViewSet::writable)
        .configure("cars", ViewSet::writable)
        .build()
        .expect("an API");
    for (method, path) in [("POST", "/cars/"), ("PATCH", "/cars/1/")] {
        let answer = send(&api, method, path, &json!({"owner_id": 77})).await;
        assert_eq!(
            outcome(&answer),
            (409, vec!["/owner_id foreign_key".to_owned()]),
            "{}",
            answer.body
        );
        let answer = send(&api, method, path, &json!({"owner_id": 1})).await;
        assert!(answer.status < 300, "{}", answer.body);
    }
}

/// Twelve clients that change their rows while the type of a column changes again and again.
async fn written_while_the_table_changes(fresh: &Fresh, api: Api, kind: Kind) {
    const CLIENTS: u32 = 12;
    let rows: Vec<_> = (0..CLIENTS).map(|id| format!("({id}, 0)")).collect();
    let rows = rows.join(", ");
    let fill = format!("DELETE FROM cells; INSERT INTO cells VALUES {rows}");
    fresh.execute(&fill).await;
    let (api, is_over) = (Arc::new(api), Arc::new(AtomicBool::new(false)));
    let written = Arc::new(AtomicU32::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (api, is_over) = (Arc::clone(&api), Arc::clone(&is_over));
            let written = Arc::clone(&written);
            tokio::spawn(async move {
                let path = format!("/cells/{client}/");
                while !is_over.load(Ordering::Relaxed) {
                    let n = written.fetch_add(1, Ordering::Relaxed);
                    let answer = send(&api, "PATCH", &path, &json!({"n": n})).await;
                    let seen = (answer.status, answer.json()["n"].clone());
                    assert_eq!(seen, (200, json!(n)), "{kind}: {}", answer.body);
                }
            })
        })
        .collect();
    for ty in ["bigint", "integer"].iter().cycle().take(10) {
        // Most clients have changed their row since the last change of the table, so that all connections are used.
        let enough = written.load(Ordering::Relaxed) + 5 * CLIENTS;
        while written.load(Ordering::Relaxed) < enough {
            assert!(!clients.iter().any(tokio::task::JoinHandle::is_finished));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let change = match kind {
            Kind::Postgres => format!("ALTER TABLE cells ALTER COLUMN n TYPE {ty}"),
            Kind::Sqlite | Kind::MySql => format!("ALTER TABLE cells MODIFY n {ty}"),
        };
        fresh.execute(&change).await;
    }
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("right answers");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r411_writes_of_a_table_that_changes_again_and_again_are_run_again() {
    for kind in [Kind::Postgres, Kind::MySql] {
        if !kind.is_reachable().await {
            continue;
        }
        let tables = "CREATE TABLE cells (id integer NOT NULL PRIMARY KEY, n integer)";
        let (fresh, api) = open(kind, tables).await;
        written_while_the_table_changes(&fresh, api, kind).await;
        // A hook may run statements of its own, for which the transaction has a connection of the pool.
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let hooked = |cells: ViewSet| cells.after_update(|_| async { Ok(()) });
        let hooked = Router::of(schema).configure("cells", hooked).writable();
        let api = hooked.build().expect("an API");
        written_while_the_table_changes(&fresh, api, kind).await;
    }
}
