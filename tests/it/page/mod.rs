//! Web pages, as a client without a screen sees them.
//!
//! This file holds the tables and the API that the tests of forms share.

mod acting;
mod browser;
mod conflicts;
mod crawl;
mod filtering;
mod hostile;
mod looking_up;
mod looks;
mod pasting;
mod policies;
mod reading;
mod writing;

use http::Method;
use serde::Deserialize;
use serde_json::json;
use tower_rest::{
    Access, Act, Action, Api, Code, Condition, Database, Date, Error, Head, Model, Reply, Result,
    Router, ViewSet,
};

use self::browser::Browser;
use crate::databases::{Fresh, Kind};

/// Who owns cars.
#[derive(Model)]
struct Owner {
    #[model(key)]
    owner_id: i64,
    #[model(max_length = 20, unique)]
    name: String,
    tenant: i64,
}

/// A car of the collection.
#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i64,
    #[model(max_length = 20, not_blank)]
    make: String,
    /// When it was first built.
    #[model(range = 1886..=2100)]
    year: Option<i32>,
    #[model(one(Owner))]
    owner_id: Option<i64>,
    #[model(default = false)]
    sold: bool,
    built: Option<Date>,
    note: Option<String>,
    #[model(create_only)]
    vin: Option<String>,
    #[model(write_only)]
    pin: Option<String>,
    #[model(read_only)]
    mileage: Option<i64>,
    #[model(hidden)]
    bought_for: Option<i64>,
}

#[derive(Model)]
struct Part {
    #[model(key)]
    part_id: i64,
    #[model(one(Car))]
    car_id: i64,
    #[model(max_length = 20)]
    kind: String,
    weight: Option<i64>,
}

const TABLES: &str = "
    CREATE TABLE owners (owner_id {id}, name varchar(20) NOT NULL UNIQUE, tenant bigint NOT NULL);
    CREATE TABLE cars (car_id {id}, make varchar(20) NOT NULL, year integer, owner_id bigint, sold boolean NOT NULL DEFAULT {no},
        built date, note text, vin varchar(20), pin varchar(20), mileage bigint, bought_for bigint,
        FOREIGN KEY (owner_id) REFERENCES owners (owner_id));
    CREATE TABLE parts (part_id {id}, car_id bigint NOT NULL, kind varchar(20) NOT NULL, weight bigint,
        FOREIGN KEY (car_id) REFERENCES cars (car_id));
    INSERT INTO owners (name, tenant) VALUES ('Ada', 1), ('Bob', 2), ('Cyd', 1);
    INSERT INTO cars (make, year, owner_id, sold, built, note, vin, pin, mileage, bought_for) VALUES
        ('Fiat', 1999, 1, {no}, '1999-05-06', {crlf}, 'F1', '1234', 70, 5000),
        ('Saab', 2001, 2, {yes}, NULL, NULL, 'S1', NULL, NULL, NULL),
        ('Volvo', NULL, NULL, {no}, NULL, '', NULL, NULL, NULL, NULL);
    INSERT INTO parts (car_id, kind, weight) VALUES (1, 'wheel', 9), (1, 'door', 20), (3, 'wheel', 10)";

/// The tables with their rows, on a fresh database.
async fn database(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    let (id, no, yes, crlf) = match kind {
        Kind::Sqlite => (
            "integer PRIMARY KEY",
            "0",
            "1",
            "'one' || char(13, 10) || 'two'",
        ),
        Kind::Postgres => (
            "bigserial PRIMARY KEY",
            "false",
            "true",
            "'one' || chr(13) || chr(10) || 'two'",
        ),
        Kind::MySql => (
            "bigint AUTO_INCREMENT PRIMARY KEY",
            "0",
            "1",
            "concat('one', char(13, 10), 'two')",
        ),
    };
    let tables = TABLES.replace("{id}", id).replace("{crlf}", crlf);
    fresh
        .execute(&tables.replace("{no}", no).replace("{yes}", yes))
        .await;
    fresh
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wash {
    soap: String,
}

async fn wash(act: Act<Wash>) -> Result<Reply> {
    let key: i64 = act.key_as()?;
    Ok(Reply::json(
        &json!({"washed": key, "with": act.payload.soap}),
    ))
}

async fn stats(_: Act) -> Result<Reply> {
    Ok(Reply::json(&json!({"cars": 3})))
}

/// Guests read, mechanics write, and nobody else is known. Without the header everybody may do everything.
fn by_role(head: &Head, access: Access<'_>) -> Result<()> {
    let role = head.headers.get("x-role").map(http::HeaderValue::as_bytes);
    match (role, access) {
        (None | Some(b"mechanic"), _)
        | (Some(b"guest"), Access::List | Access::Retrieve)
        | (Some(b"clerk"), Access::List | Access::Retrieve | Access::Create) => Ok(()),
        _ => Err(Error::new(Code::Forbidden, "only mechanics may do this")),
    }
}

/// The owners of one tenant, if the request says which.
fn by_tenant(head: &Head) -> Result<Condition> {
    let tenant = head.headers.get("x-tenant");
    let tenant = tenant.and_then(|tenant| tenant.to_str().ok()?.parse::<i64>().ok());
    Ok(tenant.map_or(Owner::TENANT.gte(0), |tenant| Owner::TENANT.eq(tenant)))
}

fn router(db: &Database) -> Router {
    let parts = ViewSet::of::<Part>(db).writable();
    let owners = ViewSet::of::<Owner>(db)
        .writable()
        .search(["name"])
        .scope(by_tenant);
    let cars = ViewSet::of::<Car>(db)
        .writable()
        .policy(by_role)
        .action(
            Action::on_object("wash", Method::POST, wash).description("Washes the car with soap"),
        )
        .action(Action::on_collection("stats", Method::GET, stats))
        .nest("parts", parts);
    Router::new()
        .register("owners", owners)
        .register("cars", cars)
}

/// The API of fresh tables, and a browser that reads its pages.
async fn open(kind: Kind) -> (Fresh, Api, Browser) {
    let fresh = database(kind).await;
    let api = router(&fresh.db).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    let browser = Browser::of(&api);
    (fresh, api, browser)
}
