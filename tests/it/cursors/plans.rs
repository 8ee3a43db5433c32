//! The cost of a page by cursor: one statement, which an index on the ordering serves.

use sqlx::Row as _;
use tower_rest::{Api, Router, Schema, ViewSet};
use tracing::{Level, instrument::WithSubscriber as _};

use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::ask,
};

/// A table of many rows with indexes on a column that may be null and on two that may not, and its list.
async fn many(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)";
    let rows = "SELECT i, i % 97, i % 1000, i % 10 FROM n";
    let insert = match kind {
        Kind::MySql => format!("INSERT INTO things {numbers} {rows}"),
        Kind::Sqlite | Kind::Postgres => format!("{numbers} INSERT INTO things {rows}"),
    };
    fresh
        .execute(&format!(
            "CREATE TABLE things (id INTEGER PRIMARY KEY, maybe INTEGER, year INTEGER NOT NULL, make INTEGER NOT NULL);\
             CREATE INDEX by_year ON things (year, id); CREATE INDEX by_make ON things (make, year, id); {insert}"
        ))
        .await;
    let analyze = match kind {
        Kind::Sqlite | Kind::Postgres => "ANALYZE",
        Kind::MySql => "ANALYZE TABLE things",
    };
    fresh.execute(analyze).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).configure("things", ViewSet::cursor_pages);
    let api = api.build().expect("an API");
    (fresh, api)
}

/// The SQL of the second page by cursor.
async fn second_page(api: &Api, ordering: &str) -> String {
    let first = ask(
        api,
        &format!("/things/?cursor=&fields=id&ordering={ordering}"),
    )
    .await;
    let first: serde_json::Value = serde_json::from_str(&first.body).expect("JSON");
    let next = first["next"].as_str().expect("a link");
    statement(api, next.strip_prefix("http://test").expect("a link")).await
}

/// The only SQL statement of an answer.
pub(crate) async fn statement(api: &Api, path: &str) -> String {
    let log = Log::default();
    let answer = ask(api, path).with_subscriber(listening(&log)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let log = log.up_to(Level::DEBUG);
    let texts = log
        .lines()
        .filter(|line| line.contains("statement ") && line.contains("db.query.text="));
    let texts: Vec<_> = texts.collect();
    let [text] = &*texts else {
        panic!("one statement for {path}, not {texts:#?}");
    };
    let (_, sql) = text.split_once("db.query.text=").expect("SQL");
    let sql = sql.split_once(" rows=").map_or(sql, |(sql, _)| sql);
    serde_json::from_str::<String>(sql).unwrap_or_else(|_| sql.to_owned())
}

/// The plan of a statement with these values, of which the last stands for all that follow.
pub(crate) async fn plan(fresh: &Fresh, sql: &str, given: &[&str]) -> String {
    let values = |sql: &str, mark: &str| {
        let (mut text, mut at) = (String::new(), 0);
        let mut pieces = sql.split(mark).peekable();
        while let Some(piece) = pieces.next() {
            // A placeholder of PostgreSQL has a number.
            let piece = piece
                .trim_start_matches(|char: char| at > 0 && mark == "$" && char.is_ascii_digit());
            text.push_str(piece);
            if pieces.peek().is_some() {
                text.push_str(given.get(at).or(given.last()).expect("a value"));
            }
            at += 1;
        }
        text
    };
    let url = fresh.url.as_deref().unwrap_or_default();
    match fresh.kind {
        Kind::Sqlite => {
            let text = format!("EXPLAIN QUERY PLAN {}", values(sql, "?"));
            let pool = fresh.db.sqlite_pool().expect("a pool");
            let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(pool).await;
            let rows = rows.expect("a plan");
            let details = rows.iter().map(|row| row.get::<String, _>("detail"));
            details.collect::<Vec<_>>().join("\n")
        }
        Kind::Postgres => {
            let text = format!("EXPLAIN {}", values(sql, "$"));
            let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url)
                .await
                .expect("one");
            let rows = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(text))
                .fetch_all(&mut connection);
            rows.await.expect("a plan").join("\n")
        }
        Kind::MySql => {
            let text = format!("EXPLAIN {}", values(sql, "?"));
            let mut connection = <sqlx::MySqlConnection as sqlx::Connection>::connect(url)
                .await
                .expect("one");
            let rows = sqlx::query(sqlx::AssertSqlSafe(text))
                .fetch_all(&mut connection)
                .await;
            let rows = rows.expect("a plan");
            let rows = rows.iter().map(|row| {
                let text = |name| {
                    row.try_get::<Option<String>, _>(name)
                        .ok()
                        .flatten()
                        .unwrap_or_default()
                };
                format!("{} {} {}", text("type"), text("key"), text("Extra"))
            });
            rows.collect::<Vec<_>>().join("\n")
        }
    }
}

/// Whether a plan searches an index and reads the rows in its order.
fn is_served(kind: Kind, plan: &str, index: &str) -> bool {
    match kind {
        Kind::Sqlite => {
            let searched = match index {
                "" => plan.contains("USING INTEGER PRIMARY KEY (rowid"),
                index => plan.contains(&format!("INDEX {index} (")),
            };
            searched && plan.contains("SEARCH") && !plan.contains("TEMP B-TREE")
        }
        Kind::Postgres => {
            let index = if index.is_empty() {
                "things_pkey"
            } else {
                index
            };
            plan.contains(index) && plan.contains("Index Cond") && !plan.contains("Sort")
        }
        Kind::MySql => {
            let index = if index.is_empty() { "PRIMARY" } else { index };
            plan.contains(&format!("range {index}")) && !plan.contains("filesort")
        }
    }
}

#[tokio::test]
async fn an_index_on_the_ordering_serves_each_page() {
    for kind in Kind::reachable().await {
        let (fresh, api) = many(kind).await;
        for (ordering, index) in [
            ("id", ""),
            ("-id", ""),
            ("year", "by_year"),
            ("-year,-id", "by_year"),
            ("make,year", "by_make"),
            ("-make,-year,-id", "by_make"),
        ] {
            let sql = second_page(&api, ordering).await;
            assert!(!sql.contains("IS NULL"), "{kind}, {ordering}: {sql}");
            // The values of a row in the middle.
            let plan = plan(&fresh, &sql, &["5"]).await;
            assert!(
                is_served(kind, &plan, index),
                "{kind}, {ordering}: {sql}\n{plan}"
            );
        }
    }
}

#[tokio::test]
async fn only_a_column_that_may_be_null_has_a_term_for_nulls() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = many(kind).await;
        let sql = second_page(&api, "maybe").await;
        assert!(sql.contains("IS NULL"), "{kind}: {sql}");
    }
}
