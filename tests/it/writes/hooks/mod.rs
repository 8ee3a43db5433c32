//! Hooks of written rows, and managers that write several rows in one transaction, on every database.

mod base;
mod failures;
mod order;
mod recipes;
mod retries;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use sqlx::AssertSqlSafe;
use tower_rest::{Api, Column, Result, Router, Schema, StoredRow, Transaction, ViewSet};

use crate::databases::{Fresh, Kind};

const TABLES: &str = "CREATE TABLE cars (car_id integer NOT NULL PRIMARY KEY, make varchar(10) NOT NULL UNIQUE, year integer, \
        secret varchar(10)); \
    CREATE TABLE parts (part_id integer NOT NULL PRIMARY KEY, car_id integer NOT NULL, kind varchar(10) NOT NULL, \
        FOREIGN KEY (car_id) REFERENCES cars (car_id)); \
    CREATE TABLE notes (note varchar(80) NOT NULL); \
    INSERT INTO cars VALUES (1, 'Fiat', 1999, 'x'); INSERT INTO cars VALUES (2, 'Saab', 2001, 'y')";

/// The cars as `of_cars` serves them, with their parts nested, on a fresh database.
async fn open(kind: Kind, of_cars: impl FnOnce(ViewSet) -> ViewSet) -> (Fresh, Api) {
    open_with(kind, of_cars, ViewSet::writable).await
}

async fn open_with(
    kind: Kind,
    of_cars: impl FnOnce(ViewSet) -> ViewSet,
    of_parts: impl FnOnce(ViewSet) -> ViewSet,
) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.execute(TABLES).await;
    let api = serve(&fresh, of_cars, of_parts).await;
    (fresh, api)
}

async fn serve(
    fresh: &Fresh,
    of_cars: impl FnOnce(ViewSet) -> ViewSet,
    of_parts: impl FnOnce(ViewSet) -> ViewSet,
) -> Api {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let set = |name: &str| {
        let model = schema.model(name).expect("a table").clone();
        let model = match name {
            "cars" => model.column("secret", Column::hidden),
            _ => model,
        };
        ViewSet::new(model).database(&fresh.db)
    };
    let cars = of_cars(set("cars").writable()).nest("parts", of_parts(set("parts")));
    let api = Router::new().register("cars", cars).build();
    api.unwrap_or_else(|error| panic!("{}: {error}", fresh.kind))
}

/// Runs a statement of a program inside a transaction.
async fn run(kind: Kind, transaction: &Transaction, sql: &str) -> Result<()> {
    let sql = AssertSqlSafe(sql.to_owned());
    match kind {
        Kind::Sqlite => {
            let mut connection = transaction.sqlite().await?;
            sqlx::query(sql).execute(&mut *connection).await?;
        }
        Kind::Postgres => {
            let mut connection = transaction.postgres().await?;
            sqlx::query(sql).execute(&mut *connection).await?;
        }
        Kind::MySql => {
            let mut connection = transaction.mysql().await?;
            sqlx::query(sql).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Inserts a note inside a transaction: it is there afterwards only if the transaction is committed.
async fn note(kind: Kind, transaction: &Transaction, note: &str) -> Result<()> {
    let sql = format!("INSERT INTO notes (note) VALUES ('{note}')");
    run(kind, transaction, &sql).await
}

async fn notes_of(fresh: &Fresh) -> i64 {
    fresh.number("SELECT COUNT(*) FROM notes").await
}

/// What hooks did, in their order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn add(&self, words: impl Into<String>) {
        self.0.lock().expect("a list").push(words.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("a list"))
    }

    /// Waits until there is as much, as hooks after the commit are not waited for by the answer.
    async fn wait_for(&self, length: usize) -> Vec<String> {
        for _ in 0..500 {
            if self.0.lock().expect("a list").len() >= length {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.take()
    }
}

/// The make, year and hidden column of a row; `-` where there is none.
fn shown(row: Option<&StoredRow>) -> String {
    let Some(row) = row else {
        return "-".to_owned();
    };
    let make: String = row.get_as("make").expect("a make");
    let year: Option<i32> = row.get_as("year").expect("a year");
    let secret: Option<String> = row.get_as("secret").expect("a secret");
    format!(
        "{make} {} {}",
        year.map_or("null".to_owned(), |year| year.to_string()),
        secret.unwrap_or_default()
    )
}
