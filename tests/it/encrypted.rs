//! Connections to servers over TLS: what the URL asks for is what is done.

use tower_rest::{Database, Router, Schema};

use crate::{
    databases::{Kind, skipped},
    server::ask,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_url_asks_for_an_encrypted_connection_and_for_a_certificate_that_is_known() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    let offers = "SELECT count(*) FROM pg_settings WHERE name = 'ssl' AND setting = 'on'";
    if fresh.number(offers).await == 0 {
        return skipped("over TLS", "PostgreSQL offers no TLS");
    }
    fresh
        .execute("CREATE TABLE cars (id bigint PRIMARY KEY, make text); INSERT INTO cars VALUES (1, 'Fiat')")
        .await;
    let url = fresh.url.as_deref().expect("a URL");
    for (mode, is_encrypted) in [("require", true), ("disable", false)] {
        for connected in [
            Database::connect(&format!("{url}?sslmode={mode}")).await,
            Database::connect_for_reading(&format!("{url}?sslmode={mode}")).await,
        ] {
            let db = connected.expect("a database");
            let pool = db.postgres_pool().expect("a pool");
            let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
            let stated: bool = sqlx::query_scalar(sql)
                .fetch_one(pool)
                .await
                .expect("a state");
            assert_eq!(stated, is_encrypted, "{mode}");
            let schema = Schema::reflect(&db).await.expect("a schema");
            let api = Router::of(schema).build().expect("an API");
            assert_eq!(ask(&api, "/cars/1/").await.json()["make"], "Fiat", "{mode}");
        }
    }
    // The certificate of the server is its own work.
    let refused = Database::connect(&format!("{url}?sslmode=verify-full")).await;
    let refused = refused.expect_err("an unknown certificate").to_string();
    assert!(refused.contains("certificate"), "{refused}");
}
