//! Actions: their URLs, what a handler is given and answers, and what is refused before it runs.
//!
//! This file holds the database, the API and the client that the test files share.

mod bodies;
mod checks;
mod replies;
mod urls;

use http::{Method, Request};
use sea_query::{ColumnDef, ForeignKey, Index, SqliteQueryBuilder, Table, TableCreateStatement};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_rest::{Act, Action, Api, Body, Code, Database, Model, Reply, Result, Router, ViewSet};

use crate::server::{Answer, ask_with};

pub(crate) fn cars() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("engine").string().not_null())
        .col(ColumnDef::new("washed").integer().not_null())
        .to_owned()
}

fn parts() -> TableCreateStatement {
    Table::create()
        .table("parts")
        .col(ColumnDef::new("car_id").integer().not_null())
        .col(ColumnDef::new("part_no").integer().not_null())
        .primary_key(Index::create().col("car_id").col("part_no"))
        .foreign_key(
            ForeignKey::create()
                .from("parts", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}

fn words() -> TableCreateStatement {
    Table::create()
        .table("words")
        .col(ColumnDef::new("word").string().not_null().primary_key())
        .to_owned()
}

/// Creates three cars, parts of the first two, and words.
pub(crate) async fn database() -> Database {
    let db = Database::in_memory().await.expect("a database");
    fill(&db).await;
    db
}

pub(crate) async fn fill(db: &Database) {
    let tables = [cars(), parts(), words()].map(|table| table.to_string(SqliteQueryBuilder));
    let sql = format!(
        "{}; INSERT INTO cars VALUES (1, 'V6', 0), (2, 'V8', 0), (3, 'V12', 0); \
         INSERT INTO parts VALUES (1, 1), (1, 2), (2, 1); \
         INSERT INTO words VALUES ('stats'), ('~stats'), ('~'), (''), ('other'), ('a,b')",
        tables.join("; ")
    );
    db.execute_script(&sql).await.expect("tables with rows");
}

pub(crate) fn car_viewset(db: &Database) -> ViewSet {
    ViewSet::new(Model::from_table("Car", &cars())).database(db)
}

/// Answers with what the handler was given, as JSON.
async fn echo(act: Act<Value>) -> Result<Reply> {
    Ok(Reply::json(&json!({
        "key": format!("{:?}", act.key),
        "parent": format!("{:?}", act.parent),
        "payload": act.payload,
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Engine {
    kind: String,
    power: Option<u16>,
}

async fn engine(act: Act<Engine>) -> Result<Reply> {
    let Engine { kind, power } = act.payload;
    Ok(Reply::json(&json!({"kind": kind, "power": power})))
}

fn router(db: &Database) -> Router {
    let parts = ViewSet::new(Model::from_table("Part", &parts()))
        .action(Action::on_collection("count", Method::GET, echo))
        .action(Action::on_object("echo", [Method::POST, Method::GET], echo));
    let cars = car_viewset(db)
        .nest("parts", parts)
        .action(Action::on_collection("echo", [Method::POST], echo))
        .action(
            Action::on_object("echo", [Method::POST, Method::PUT], echo)
                .description("Says what it was given"),
        )
        .action(Action::on_object("engine", Method::POST, engine))
        .action(Action::on_object(
            "nothing",
            Method::POST,
            async |_: Act| Ok(()),
        ))
        .action(Action::on_object(
            "maybe",
            Method::POST,
            async |act: Act<Option<Engine>>| Ok(Reply::json(&act.payload.is_some())),
        ))
        .action(Action::on_collection("stats", Method::GET, stats));
    Router::new().register("cars", cars)
}

async fn stats(act: Act) -> Result<Reply> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        since: Option<u16>,
        #[serde(default)]
        makes: Vec<String>,
    }
    let asked: Asked = act.query()?;
    Ok(Reply::json(&json!([asked.since, asked.makes])))
}

async fn api() -> Api {
    router(&database().await).build().expect("an API")
}

/// Sends a request with headers and a body.
pub(crate) async fn call(
    api: &Api,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "test");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask_with(api, request.body(body.into()).expect("a request")).await
}

const JSON: (&str, &str) = ("content-type", "application/json");

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn post(api: &Api, path: &str, body: &Value) -> Answer {
    call(api, "POST", path, &[JSON], body.to_string()).await
}

/// Returns the status and the code of a problem document.
pub(crate) fn problem(answer: &Answer) -> (u16, String) {
    let code = serde_json::from_str::<Value>(&answer.body).ok();
    let code = code.and_then(|problem| problem["code"].as_str().map(str::to_owned));
    (answer.status, code.unwrap_or_default())
}

fn refused(status: u16, code: Code) -> (u16, String) {
    (status, code.name().to_owned())
}
