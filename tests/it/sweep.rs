//! Every type that SQLite's columns are declared with, and everything that may be in them: what is shown can be asked for.

use std::fmt::Write as _;

use serde_json::Value;
use tower_rest::{Api, Database, Router, Schema};

use crate::server::ask;

/// What a column may be declared as; of the strict ones only what they keep is there.
const DECLARED: [&str; 26] = [
    "INTEGER",
    "INT",
    "BIGINT",
    "REAL",
    "DOUBLE",
    "NUMERIC",
    "DECIMAL(10,2)",
    "BOOLEAN",
    "TEXT",
    "VARCHAR(20)",
    "STRING",
    "CLOB",
    "JSON",
    "UUID",
    "DATE",
    "TIME",
    "DATETIME",
    "TIMESTAMPTZ",
    "BLOB",
    "BINARY(16)",
    "decimal_text",
    "",
    "POINT",
    "MONEY",
    "ANY",
    "GEOMETRY",
];

/// What a column may hold.
const HELD: [&str; 24] = [
    "1, 2, 10, -3",
    "0, 1",
    "9007199254740993, 9007199254740992, 1",
    "1.5, 2.0, 0.1",
    "1, 1.5, 1e300",
    "9007199254740993, 0.5",
    "'007', '12', 'abc'",
    "'abc', 'Abc', ''",
    "34, '', 70, 'N/A'",
    "'2016-07-04', '2017-01-01'",
    "'2016-02-30', '2016-07-04', '0000-00-00'",
    "'2024-06-27 10:00:00', '2024-06-27', '2024-06-27T11:00:00', '2024-06-27 12:00', '2024-06-27T13:00:00Z'",
    "'2011-09-06 06:00:00+00:00', '2011-09-06 06:00:00.5+00:00'",
    "'2024-06-27T10:00:00Z', '2024-06-27T10:00:00.123456Z'",
    "'2024-06-27 10:00:00.5', '2024-06-27 10:00:00.50'",
    "'10:00:00', '10:00:00.5', '10:00:00.50'",
    "'10:00', '10:00:00'",
    "'t', 'f'",
    "'true', 'false', 'FALSE'",
    "'{\"a\": 1}', '[1]', '3', '\"x\"'",
    "'67e55044-10b1-426f-9247-bb680e5fe0c8', '67E55044-10B1-426F-9247-BB680E5FE0C8'",
    "x'00ff', x'61'",
    "x'61', 'a', 1",
    "x'000102030405060708090a0b0c0d0e0f'",
];

/// The tables of the sweep in one database: each declared type with each mixture, in a table of its own.
async fn swept(database: &Database, tables: &[(String, &str)]) -> Vec<String> {
    let mut names = Vec::new();
    for (number, (script, held)) in tables.iter().enumerate() {
        let name = format!("t{number}");
        let made = database.execute_script(&script.replace("{t}", &name)).await;
        made.unwrap_or_else(|error| panic!("{script}: {error}"));
        // A strict table takes some of them only.
        for value in held.split(", ").chain(["NULL"]) {
            let insert = format!("INSERT INTO {name} (c) VALUES ({value})");
            let done = database.execute_script(&insert).await;
            assert!(
                done.is_ok() || script.contains("STRICT") || script.contains("NOT NULL"),
                "{script} {insert}: {done:?}"
            );
        }
        names.push(name);
    }
    names
}

/// A value as a filter takes it.
fn as_filter(value: &Value) -> String {
    match value {
        Value::String(text) => encoded(text),
        other => encoded(&other.to_string()),
    }
}

/// What is shown of a column can be asked for, and only that.
async fn check_column(api: &Api, place: &str, id: &str, what: &str) {
    let rows = list(api, &format!("/{place}/?page_size=100")).await;
    let key = |row: &Value| row[id].clone();
    let shown = |value: &Value| -> Vec<Value> {
        rows.iter()
            .filter(|row| row["c"] == *value)
            .map(key)
            .collect()
    };
    let found = |query: String| async move {
        let answer = ask(api, &format!("/{place}/?page_size=100&{query}")).await;
        assert!(
            answer.status == 200 || answer.status == 400,
            "{what} {query}: {}",
            answer.body
        );
        (answer.status == 200).then(|| {
            let answer = answer.json();
            answer["results"]
                .as_array()
                .expect("rows")
                .iter()
                .map(key)
                .collect::<Vec<_>>()
        })
    };
    let nulls = shown(&Value::Null);
    assert_eq!(
        found("c__isnull=true".to_owned()).await.expect("an answer"),
        nulls,
        "{what}: {rows:?}"
    );
    let Some(order) = found(format!("ordering=c,{id}")).await else {
        return;
    };
    let mut reversed = found(format!("ordering=-c,-{id}")).await.expect("an order");
    reversed.reverse();
    assert_eq!(order, reversed, "{what}");
    assert!(order.ends_with(&nulls), "{what}: {order:?} {nulls:?}");
    for row in rows.iter().filter(|row| !row["c"].is_null()) {
        let (value, filter) = (&row["c"], as_filter(&row["c"]));
        let same = shown(value);
        assert_eq!(
            found(format!("c={filter}")).await.expect("an answer"),
            same,
            "{what} c={value}: {rows:?}"
        );
        let others: Vec<_> = rows
            .iter()
            .map(key)
            .filter(|id| !same.contains(id))
            .collect();
        assert_eq!(
            found(format!("c%21={filter}")).await.expect("an answer"),
            others,
            "{what} c!={value}"
        );
        let listed = format!("c__in={filter},{filter}");
        if !filter.is_empty() && !filter.contains("%22") {
            assert_eq!(
                found(listed).await.expect("an answer"),
                same,
                "{what} c__in={value}"
            );
        }
        if let Some(greater) = found(format!("ordering=c,{id}&c__gt={filter}")).await {
            let after = order
                .iter()
                .position(|id| same.contains(id))
                .expect("a row")
                + same.len();
            let until = order.len() - nulls.len();
            assert_eq!(
                greater,
                order[after..until],
                "{what} c__gt={value}: {order:?} {rows:?}"
            );
            let less = found(format!("ordering=c,{id}&c__lte={filter}"))
                .await
                .expect("an answer");
            assert_eq!(
                less,
                order[..after],
                "{what} c__lte={value}: {order:?} {rows:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_declared_type_shows_every_class_and_finds_what_it_shows() {
    let mut tables = Vec::new();
    for held in HELD {
        for declared in DECLARED {
            tables.push((
                format!("CREATE TABLE {{t}} (id INTEGER PRIMARY KEY, c {declared})"),
                held,
            ));
        }
        for declared in ["INTEGER", "REAL", "TEXT", "BLOB", "ANY"] {
            tables.push((
                format!("CREATE TABLE {{t}} (id INTEGER PRIMARY KEY, c {declared}) STRICT"),
                held,
            ));
        }
        for declared in ["DATETIME", "TEXT", "INTEGER"] {
            tables.push((
                format!(
                    "CREATE TABLE {{t}}_of (id INTEGER PRIMARY KEY, c0, c {declared} GENERATED ALWAYS AS (c0));
                     CREATE VIEW {{t}} AS SELECT id, c FROM {{t}}_of;
                     CREATE TRIGGER {{t}}_in INSTEAD OF INSERT ON {{t}} BEGIN INSERT INTO {{t}}_of (c0) VALUES (NEW.c); END"
                ),
                held,
            ));
        }
        tables.push((
            "CREATE TABLE {t}_of (id INTEGER PRIMARY KEY, c);
             CREATE VIEW {t} AS SELECT id AS id, CASE WHEN id THEN c END AS c FROM {t}_of;
             CREATE TRIGGER {t}_in INSTEAD OF INSERT ON {t} BEGIN INSERT INTO {t}_of (c) VALUES (NEW.c); END"
                .to_owned(),
            held,
        ));
    }
    let db = Database::in_memory().await.expect("a database");
    let names = swept(&db, &tables).await;
    let api = reflected(&db).await;
    for (name, (script, held)) in names.iter().zip(&tables) {
        let what = format!("{} with {held}", script.lines().next().unwrap_or_default());
        let rows = list(&api, &format!("/{name}/?page_size=100")).await;
        let nulls = rows.iter().filter(|row| row["c"].is_null()).count();
        assert_eq!(nulls, 1, "{what}: {rows:?}");
        check_column(&api, name, "id", &what).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_of_every_declared_type_has_a_url_of_its_own_or_none() {
    let mut tables = Vec::new();
    for held in HELD {
        for declared in DECLARED {
            tables.push((
                format!("CREATE TABLE {{t}} (c {declared} NOT NULL PRIMARY KEY) WITHOUT ROWID"),
                held,
            ));
            tables.push((
                format!("CREATE TABLE {{t}} (c {declared} NOT NULL PRIMARY KEY)"),
                held,
            ));
        }
    }
    let db = Database::in_memory().await.expect("a database");
    let names = swept(&db, &tables).await;
    let api = reflected(&db).await;
    let mut followed = 0;
    for (name, (script, held)) in names.iter().zip(&tables) {
        let rows = list(&api, &format!("/{name}/?page_size=100")).await;
        let mut seen = Vec::new();
        for row in &rows {
            let Some(href) = row["href"].as_str() else {
                continue;
            };
            let what = format!("{script} with {held}: {href} {rows:?}");
            assert!(!seen.contains(&href), "{what}");
            seen.push(href);
            let path = href.strip_prefix("http://test").expect("a path");
            let answer = ask(&api, path).await;
            assert_eq!(answer.status, 200, "{what}: {}", answer.body);
            assert_eq!(answer.json(), *row, "{what}");
            followed += 1;
        }
    }
    assert!(followed > 1000, "{followed}");
}

pub(crate) fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(char::from(byte));
            }
            byte => write!(encoded, "%{byte:02X}").expect("a text"),
        }
    }
    encoded
}

async fn list(api: &Api, path: &str) -> Vec<Value> {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()["results"].as_array().expect("rows").clone()
}

async fn reflected(db: &Database) -> Api {
    let schema = Schema::reflect(db).await.expect("a schema");
    Router::of(schema).build().expect("an API")
}
