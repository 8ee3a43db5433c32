//! Connections that cannot write: directly, and through PgBouncer, which may ignore what a client sends as it connects.

use sqlx::{Connection as _, PgConnection};
use tower_rest::{Database, Router, Schema};

use super::{check, file};
use crate::{databases::Kind, pgbouncer::Pooler, server::ask};

#[tokio::test]
async fn a_database_that_is_connected_for_reading_refuses_writes_itself() {
    for kind in Kind::reachable().await {
        let (_folder, path) = file().await;
        let fresh = kind.fresh().await;
        if fresh.url.is_some() {
            fresh.execute(super::TABLES).await;
        }
        let url = fresh
            .url
            .clone()
            .unwrap_or(format!("sqlite:{path}?mode=rwc"));
        let db = Database::connect_for_reading(&url)
            .await
            .expect("a database");
        // As many at once as there may be connections: each of them is asked.
        let writes = (0..20).map(|_| refuses_writes(&db));
        for refused in futures_util::future::join_all(writes).await {
            assert!(
                refused.contains("readonly")
                    || refused.contains("read-only")
                    || refused.contains("read only"),
                "{kind}: {refused}"
            );
        }
        let schema = Schema::reflect(&db).await.expect("a schema");
        let router = Router::of(schema)
            .configure("cars", tower_rest::ViewSet::export)
            .writable();
        let api = router.build().expect("an API");
        assert_eq!(ask(&api, "/cars/").await.json()["count"], 2, "{kind}");
        let export = ask(&api, "/cars/?page=all&format=ndjson&fields=id").await;
        assert_eq!(export.body, "{\"id\":1}\n{\"id\":2}\n", "{kind}");
        let request = http::Request::delete("/cars/1/").body(String::new());
        let answer = crate::server::ask_with(&api, request.expect("a request")).await;
        assert!(answer.status >= 400, "{kind}: {}", answer.body);
        assert_eq!(ask(&api, "/cars/").await.json()["count"], 2, "{kind}");
    }
    let error = Database::connect_for_reading("sqlite::memory:").await;
    assert!(
        error
            .expect_err("no file")
            .to_string()
            .contains("nothing to read")
    );
}

/// Returns the answer of the database to a write.
async fn refuses_writes(db: &Database) -> String {
    let written = db
        .execute_script("INSERT INTO cars VALUES (3, 'Seat', 1)")
        .await;
    format!("{:?}", written.expect_err("no write")).to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_ignores_options_lends_no_connection_that_can_write() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    fresh.execute(super::TABLES).await;
    let server = fresh.url.as_deref().expect("a URL");
    let Some(pooler) = Pooler::start(server, "session") else {
        return;
    };
    let url = pooler.url(server);
    // A setting that would keep it from writing, were it not ignored.
    let ignored = format!("{url}?options[default_transaction_read_only]=on");
    let writes = Database::connect(&ignored).await.expect("a database");
    writes
        .execute_script("INSERT INTO cars VALUES (4, 'Skoda', 1)")
        .await
        .expect("a write");
    drop(writes);
    let db = Database::connect_for_reading(&url)
        .await
        .expect("a database");
    assert!(refuses_writes(&db).await.contains("read-only"));
    check(&["check", &url], 0, &["on connections that cannot write"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_a_pooler_shares_must_be_read_only_by_themselves() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    fresh.execute(super::TABLES).await;
    let server = fresh.url.clone().expect("a URL");
    let Some(pooler) = Pooler::start(&server, "transaction") else {
        return;
    };
    let direct = pooler.url(&server);
    let url = format!("{direct}?pooler=transaction");
    let error = Database::connect_for_reading(&url).await;
    let words = error.expect_err("a refusal").to_string();
    assert!(
        words.contains("a pooler lends each of them to several clients"),
        "{words}"
    );
    assert!(
        words.contains("ALTER ROLE … SET default_transaction_read_only = on"),
        "{words}"
    );
    check(
        &["serve", &url, "--addr", "127.0.0.1:0"],
        1,
        &["a pooler lends each"],
    );
    // A URL that does not name the pooler is refused, too.
    let error = Database::connect_for_reading(&direct).await;
    let words = error.expect_err("a refusal").to_string();
    assert!(words.contains("pooler=transaction"), "{words}");
    // Nothing was changed for the other clients of these sessions.
    let mut other = PgConnection::connect(&direct).await.expect("a connection");
    for number in 10..14 {
        let insert = format!("INSERT INTO cars VALUES ({number}, 'Skoda', 1)");
        let insert = sqlx::raw_sql(sqlx::AssertSqlSafe(insert));
        insert.execute(&mut other).await.expect("a write");
    }
    drop((other, pooler));
    let (_, name) = server.rsplit_once('/').expect("a database");
    fresh
        .execute(&format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = on"
        ))
        .await;
    let pooler = Pooler::start(&server, "transaction").expect("a pooler");
    let url = format!("{}?pooler=transaction", pooler.url(&server));
    let db = Database::connect_for_reading(&url).await;
    assert!(
        refuses_writes(&db.expect("a database"))
            .await
            .contains("read-only")
    );
}
