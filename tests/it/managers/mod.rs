//! Managers, the factories that make them, and the operation layers around them.
//!
//! This file holds the helpers and managers that several of the test files share.

mod factory;
mod failures;
mod layers;
mod memory;
mod overriding;
mod tower_layers;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use http::Request;
use http_body_util::Empty;
use sea_query::{ColumnDef, ForeignKey, SqliteQueryBuilder, Table, TableCreateStatement};
use tower_rest::{
    Api, Base, Cell, Code, Condition, Database, Error, List, Manager, Model, Object, Page, Result,
    Retrieve, Router, Rows, ViewSet,
};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    fixture::{self, Style},
    logging::{Log, listening},
    server::{Answer, ask},
};

fn cars(db: &Database) -> ViewSet {
    fixture::car_viewset(Style::Classical, db)
}

fn build(viewset: ViewSet) -> Api {
    let api = Router::new().register("cars", viewset).build();
    api.unwrap_or_else(|error| panic!("{error}"))
}

fn status_and_code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"].as_str().expect("a code").to_owned();
    (answer.status, code)
}

fn numbers(answer: &Answer, member: &str) -> Vec<i64> {
    let list = answer.json();
    let rows = list["results"].as_array().expect("results");
    let number = |row: &serde_json::Value| row[member].as_i64().expect("a number");
    rows.iter().map(number).collect()
}

/// Returns the answer and the number of statements that were run for it.
async fn counted(api: &Api, path: &str) -> (Answer, usize) {
    let log = Log::default();
    let answer = ask(api, path).with_subscriber(listening(&log)).await;
    let statements = log.up_to(Level::DEBUG);
    (answer, statements.matches("DEBUG statement model=").count())
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().expect("notes").push(note.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("notes"))
    }
}

/// Lists only cars from 1990 on, and retrieves any car.
struct Recent;

impl Manager for Recent {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        base.list(list.and(Condition::column("year").gte(1990)))
            .await
    }
}

fn with_header(path: &str, name: &str, value: &str) -> Request<Empty<bytes::Bytes>> {
    let request = Request::get(path).header("host", "test");
    let request = request.header(name, value).body(Empty::new());
    request.expect("a request")
}

/// Creates one database for each of two tenants, with the same table in both.
async fn tenants() -> HashMap<&'static str, Database> {
    let mut tenants = HashMap::new();
    for name in ["north", "south"] {
        let db = Database::in_memory().await.expect("a database");
        let rows = format!("INSERT INTO things VALUES (1, '{name}', 1), (2, 'both', 1)");
        let script = format!("{}; {rows}", things().to_string(SqliteQueryBuilder));
        db.execute_script(&script).await.expect("a table");
        tenants.insert(name, db);
    }
    tenants
}

fn things() -> TableCreateStatement {
    Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("name").string())
        .col(ColumnDef::new("near_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("things", "near_id")
                .to("things", "id"),
        )
        .to_owned()
}

fn thing() -> ViewSet {
    ViewSet::new(Model::from_table("Thing", &things()))
}

/// A manager of rows in memory.
struct Memory(Rows);

impl Manager for Memory {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        list.over(base.model(), &self.0)
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        retrieve.over(base.model(), &self.0)
    }
}

fn memory(rows: &[(i64, Option<&str>)]) -> Memory {
    let rows = rows.iter().map(|(id, name)| {
        let name = name.map_or(Cell::Null, Cell::Text);
        [Cell::Integer(*id), name, Cell::Null]
    });
    Memory(Rows::new(3, rows))
}

/// A manager that refuses every question.
struct Closed;

impl Manager for Closed {
    async fn list(&self, _: List, _: Base) -> Result<Page> {
        Err(Error::new(Code::Forbidden, "closed"))
    }

    async fn retrieve(&self, _: Retrieve, _: Base) -> Result<Option<Object>> {
        Err(Error::new(Code::Forbidden, "closed"))
    }
}
