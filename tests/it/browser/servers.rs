//! The pages of a table whose types every database has in a way of its own.

use std::cell::RefCell;

use tower_rest::{Database, Router, Schema};

use super::walk;
use crate::databases::Kind;

/// The number has 65 digits, which are as many as MariaDB has of one.
const POSTGRES: &str = r#"
    CREATE TYPE wear AS ENUM ('new', 'used');
    CREATE TABLE things (id bigserial PRIMARY KEY, name varchar(40) NOT NULL, price numeric(65, 30), spec jsonb, photo bytea,
        seen timestamptz, serial uuid, wear wear);
    INSERT INTO things (name, price, spec, photo, seen, serial, wear) VALUES
        ('Axle', 12345678901234567890123456789012345.123456789012345678901234567890, '{"teeth": [1, 2]}', '\x00ff10',
            '2024-01-02 03:04:05+00', '7a0b2a57-6f0e-4e0c-8f1e-1f2b3c4d5e6f', 'used'),
        ('Bolt', NULL, NULL, NULL, NULL, NULL, NULL),
        ('Cog', 2.5, '[]', '\x00ff10', '2023-01-02 03:04:05+00', NULL, 'new')"#;

const MARIADB: &str = r#"
    CREATE TABLE things (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(40) NOT NULL, price decimal(65, 30), spec json,
        photo blob, seen timestamp NULL, serial uuid, wear enum('new', 'used'));
    INSERT INTO things (name, price, spec, photo, seen, serial, wear) VALUES
        ('Axle', 12345678901234567890123456789012345.123456789012345678901234567890, '{"teeth": [1, 2]}', x'00ff10',
            '2024-01-02 03:04:05', '7a0b2a57-6f0e-4e0c-8f1e-1f2b3c4d5e6f', 'used'),
        ('Bolt', NULL, NULL, NULL, NULL, NULL, NULL),
        ('Cog', 2.5, '[]', x'00ff10', '2023-01-02 03:04:05', NULL, 'new')"#;

async fn app(db: &Database) -> axum::Router {
    let schema = Schema::reflect(db).await.expect("a schema");
    let api = Router::of(schema).writable().build().expect("an API");
    axum::Router::new().nest_service("/api", api)
}

/// Takes the walkthrough on two fresh databases of a kind, in which a script creates the table.
async fn take(kind: Kind, script: &str) {
    let Some(first) = kind.fresh_if_reachable().await else {
        return;
    };
    let fresh = [first, kind.fresh().await];
    let mut apps = Vec::new();
    for one in &fresh {
        one.execute(script).await;
        apps.push(app(&one.db).await);
    }
    let apps = RefCell::new(apps);
    let next = async || apps.borrow_mut().pop().expect("an application");
    walk("walk-servers", next).await;
}

#[tokio::test]
async fn types_of_postgres() {
    take(Kind::Postgres, POSTGRES).await;
}

#[tokio::test]
async fn types_of_mariadb() {
    take(Kind::MySql, MARIADB).await;
}
