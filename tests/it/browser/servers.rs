//! The pages of a table whose types every database has in a way of its own.

use std::cell::RefCell;

use tower_rest::{Database, Router, Schema};

use super::walk;
use crate::databases::Kind;

/// A number of 65 digits, which is as long as MariaDB has them.
const LONG: &str = "12345678901234567890123456789012345.123456789012345678901234567890";

/// Returns the statements that create the table and its rows.
fn script(kind: Kind) -> String {
    let types = match kind {
        Kind::Sqlite => [
            "integer PRIMARY KEY",
            "text",
            "json",
            "blob",
            "timestamptz",
            "uuid",
            "varchar(10)",
        ],
        Kind::Postgres => [
            "bigserial PRIMARY KEY",
            "numeric(65, 30)",
            "jsonb",
            "bytea",
            "timestamptz",
            "uuid",
            "wear",
        ],
        Kind::MySql => [
            "bigint AUTO_INCREMENT PRIMARY KEY",
            "decimal(65, 30)",
            "json",
            "blob",
            "timestamp NULL",
            "uuid",
            "enum('new', 'used')",
        ],
    };
    let [id, price, spec, photo, seen, serial, wear] = types;
    let (before, bytes, zone) = match kind {
        Kind::Postgres => (
            "CREATE TYPE wear AS ENUM ('new', 'used');",
            "'\\x00ff10'",
            "+00",
        ),
        Kind::Sqlite | Kind::MySql => ("", "x'00ff10'", ""),
    };
    format!(
        "{before}
        CREATE TABLE things (id {id}, name varchar(40) NOT NULL, price {price}, spec {spec}, photo {photo}, seen {seen},
            serial {serial}, wear {wear});
        INSERT INTO things (name, price, spec, photo, seen, serial, wear) VALUES
            ('Axle', {LONG}, '{{\"teeth\": [1, 2]}}', {bytes}, '2024-01-02 03:04:05{zone}',
                '7a0b2a57-6f0e-4e0c-8f1e-1f2b3c4d5e6f', 'used'),
            ('Bolt', NULL, NULL, NULL, NULL, NULL, NULL),
            ('Cog', 2.5, '[]', {bytes}, '2023-01-02 03:04:05{zone}', NULL, 'new');"
    )
}

async fn app(db: &Database) -> axum::Router {
    let schema = Schema::reflect(db).await.expect("a schema");
    let api = Router::of(schema).writable().build().expect("an API");
    axum::Router::new().nest_service("/api", api)
}

async fn take(kind: Kind) {
    let Some(first) = kind.fresh_if_reachable().await else {
        return;
    };
    let fresh = [first, kind.fresh().await];
    let apps = RefCell::new(Vec::new());
    for one in &fresh {
        one.execute(&script(kind)).await;
        apps.borrow_mut().push(app(&one.db).await);
    }
    let next = async || apps.borrow_mut().pop().expect("an application");
    walk("walk-servers", next).await;
}

#[tokio::test]
async fn types_of_postgres() {
    take(Kind::Postgres).await;
}

#[tokio::test]
async fn types_of_mariadb() {
    take(Kind::MySql).await;
}
