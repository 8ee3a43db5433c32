//! Reflection: a whole database served as it is found, and what is left out.
//!
//! This file holds the helpers that the tests of each database share.

pub(crate) mod awkward;
mod check;
mod mysql;
mod postgres;
mod settings;
mod sqlite;

use std::collections::BTreeSet;

use serde_json::Value;
use tower_rest::{Api, Database, Model, Router, Schema, Type};

use crate::{
    crawl::crawl,
    databases::{Fresh, Kind},
    server::{ask, ask_with},
};

/// Creates an SQLite database with tables.
async fn sqlite(script: &str) -> Database {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(script).await.expect("tables");
    db
}

/// Creates a database of a kind with tables, unless no server of the kind is reachable.
async fn fresh(kind: Kind, script: &str) -> Option<Fresh> {
    let fresh = kind.fresh_if_reachable().await?;
    fresh.execute(script).await;
    Some(fresh)
}

async fn schema(db: &Database) -> Schema {
    Schema::reflect(db).await.expect("a schema")
}

async fn api(db: &Database) -> Api {
    Router::of(schema(db).await).build().expect("an API")
}

/// Returns a line for each table, column and relation that is not served.
fn left_out(schema: &Schema) -> Vec<String> {
    schema.left_out().iter().map(ToString::to_string).collect()
}

/// Checks that each line is among those of what is not served.
fn check_left_out(schema: &Schema, expected: &[&str]) {
    let left_out = left_out(schema);
    for line in expected {
        let is_there = left_out.iter().any(|other| other == line);
        assert!(is_there, "{line}: {left_out:#?}");
    }
}

/// Returns the types of a model's columns.
fn types_of(model: &Model) -> Vec<Type> {
    let columns = model.columns().iter();
    columns.map(|column| column.ty().clone()).collect()
}

async fn get(api: &Api, path: &str) -> Value {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

/// Returns the names of an object's members.
async fn members(api: &Api, path: &str) -> Vec<String> {
    let object = get(api, path).await;
    let object = object.as_object().expect("an object");
    object.keys().cloned().collect()
}

/// Returns the rows of a list.
async fn rows(api: &Api, path: &str) -> Vec<Value> {
    let list = get(api, path).await;
    list["results"].as_array().expect("rows").clone()
}

/// Returns the rows of a list, read in pages of one row.
async fn rows_by_page(api: &Api, path: &str, pages: usize) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1..=pages {
        all.extend(rows(api, &format!("{path}?page_size=1&page={page}")).await);
    }
    all
}

/// Returns the description of a list, which `OPTIONS` asks for.
async fn describe(api: &Api, path: &str) -> Value {
    let request = http::Request::options(path).body(String::new());
    let answer = ask_with(api, request.expect("a request")).await;
    answer.json()
}

/// Returns the description of a column, out of that of its list.
fn described<'a>(description: &'a Value, column: &str) -> &'a Value {
    let columns = description["columns"].as_array().expect("columns");
    let mut found = columns.iter().filter(|one| one["name"] == column);
    found.next().unwrap_or_else(|| panic!("no column {column}"))
}

/// Checks that the tables of [`awkward`] are all served, and follows every link.
async fn check_awkward(db: &Database, views: usize) {
    let schema = schema(db).await;
    let paths: BTreeSet<String> = schema.models().map(|(path, _)| path.to_owned()).collect();
    assert!(paths.len() >= 60 + views, "{schema}");
    for name in awkward::NAMES {
        let found = schema.models().find(|(_, model)| model.table() == name);
        assert!(found.is_some(), "{name} in {schema}");
    }
    let api = Router::of(schema).build().expect("an API");
    let root = get(&api, "/").await;
    let listed = root.as_object().expect("the root").keys().cloned();
    assert_eq!(listed.collect::<BTreeSet<_>>(), paths);
    let known = crawl(&api, "awkward", &[], 10_000).await;
    assert!(known.len() > 500, "only {} links", known.len());
    check_shapes(&api).await;
}

/// Checks the links of keys and foreign keys of every shape.
async fn check_shapes(api: &Api) {
    let ann = get(api, "/people/1/").await;
    let link = |path: &str| Value::from(format!("http://test{path}"));
    for (member, expected) in [
        ("loans", vec!["/loans/1/"]),
        ("profiles", vec!["/profiles/1/"]),
        ("tags", vec!["/tags/1/", "/tags/2/"]),
        ("friends_by_user", vec!["/friends/1,2/"]),
        ("people_through_friends_by_friend", vec!["/people/2/"]),
        ("people_through_friends_by_user", vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(link).collect();
        assert_eq!(ann[member], Value::from(expected), "{member}");
    }
    assert_eq!(
        ann["visits"],
        link("/visits/?person_id=1"),
        "a list without objects"
    );
    let flight = get(api, "/flights/2/").await;
    assert_eq!(flight["origin"], link("/airports/~../"));
    assert_eq!(flight["destination"], link("/airports/%C3%A9%2C%20%C3%BC/"));
    assert_eq!(
        flight["airports"],
        link("/airports/TXL/"),
        "`via` has no `_id`"
    );
    let airport = members(api, "/airports/TXL/").await;
    let flights = airport.iter().filter(|name| name.starts_with("flights"));
    assert_eq!(
        flights.collect::<Vec<_>>(),
        [
            "flights_by_destination",
            "flights_by_origin",
            "flights_by_via"
        ]
    );
    assert_eq!(
        get(api, "/employees/4/").await["boss"],
        link("/employees/2/")
    );
    let book = get(api, "/books/2,1/").await;
    assert_eq!(book["title"], "Emma", "the key in its own order");
    assert_eq!(get(api, "/loans/1/").await["books"], link("/books/2,1/"));
    assert_eq!(get(api, "/books/2,1/chapters/2/").await["title"], "Two");
    assert_eq!(get(api, "/cards/1/").await["holder"], "a");
    assert_eq!(rows(api, "/cards/?people__name=Ann").await.len(), 1);
    check_keyless(api).await;
}

/// Checks that rows without a key are listed and paged, and have no URL.
async fn check_keyless(api: &Api) {
    let log = rows(api, "/log/").await;
    assert_eq!(log.len(), 4);
    assert!(log.iter().all(|row| row.get("href").is_none()), "{log:?}");
    let mut pages = Vec::new();
    for page in ["1", "2", "3", "last"] {
        pages.extend(rows(api, &format!("/log/?page_size=1&page={page}")).await);
    }
    assert_eq!(pages, log, "every row is on one page");
    for path in [
        "/log/1/",
        "/log//",
        "/measures/1.5/",
        "/tagged/x/",
        "/people/1/visits/1/",
    ] {
        assert_eq!(ask(api, path).await.status, 404, "{path}");
    }
    assert_eq!(rows(api, "/people/1/visits/").await.len(), 2);
    assert_eq!(rows(api, "/measures/?reading__gt=2").await.len(), 1);
    assert_eq!(
        rows(api, "/tagged/?name=Ann&ordering=-label").await.len(),
        2
    );
}
