//! Bugs in how a request is read and refused, and in the links and the size of an answer.
//!
//! This file holds the garage that several of the test files ask.

mod filters;
mod links;
mod page_bytes;
mod pages;
mod refusals;

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{Api, Model, Router, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

/// Declares a table with a key, a name and foreign keys.
fn table(name: &'static str, key: &'static str, leads: &[&'static str]) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(name)
        .col(ColumnDef::new(key).integer().primary_key())
        .col(ColumnDef::new("name").string_len(4000));
    for column in leads {
        let (target, target_key) = match *column {
            "city_id" => ("cities", "city_id"),
            "owner_id" => ("owners", "owner_id"),
            "maker_id" => ("makers", "maker_id"),
            _ => ("cars", "car_id"),
        };
        let mut to = ForeignKey::create();
        to.from(name, *column).to(target, target_key);
        table
            .col(ColumnDef::new(*column).integer())
            .foreign_key(&mut to);
    }
    table
}

/// Serves cities, owners, makers, cars and parts; some foreign keys and some names are null.
async fn garage(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let tables = [
        ("City", table("cities", "city_id", &[])),
        ("Owner", table("owners", "owner_id", &["city_id"])),
        ("Maker", table("makers", "maker_id", &[])),
        ("Car", table("cars", "car_id", &["owner_id"])),
        ("Part", table("parts", "part_id", &["car_id", "maker_id"])),
    ];
    let mut router = Router::new();
    for (name, table) in &tables {
        fresh.create(table).await;
        let model = Model::from_table(name, table);
        let path = model.table().to_owned();
        router = router.register(&path, ViewSet::new(model).database(&fresh.db));
    }
    fresh
        .execute(
            "INSERT INTO cities VALUES (1, 'Rome'), (2, NULL); \
             INSERT INTO owners VALUES (1, 'Ann', 1), (2, NULL, 2), (3, 'Cid', NULL), (4, NULL, NULL); \
             INSERT INTO makers VALUES (1, 'Bosch'), (2, NULL); \
             INSERT INTO cars VALUES (1, 'Fiat', 1), (2, 'Seat', 2), (3, NULL, 3), (4, 'Opel', 4), (5, 'Audi', NULL), \
             (6, NULL, 2); \
             INSERT INTO parts VALUES (1, 'brake', 1, 1), (2, NULL, 1, NULL), (3, 'wheel', 2, 2), (4, 'brake', 2, 1), \
             (5, 'wheel', 3, NULL), (6, NULL, 6, 2), (7, NULL, NULL, NULL)",
        )
        .await;
    (fresh, router.build().expect("an API"))
}

/// Returns the keys of the rows of a list, in order.
async fn keys(api: &Api, path: &str) -> String {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let list = answer.json();
    let rows = list["results"].as_array().expect("rows");
    let key = |row: &serde_json::Value| {
        let href = row["href"].as_str().expect("a link").trim_end_matches('/');
        href.rsplit('/').next().unwrap_or_default().to_owned()
    };
    rows.iter().map(key).collect::<Vec<_>>().join(" ")
}
