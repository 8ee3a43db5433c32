//! The tables that the clients work with: cars, their owners, and tags whose keys are texts.

use tower_rest::{Database, Router, Schema};

use crate::databases::{Fresh, Kind};

const TABLES: &str = "
    CREATE TABLE owners (owner_id integer PRIMARY KEY, name varchar(20) NOT NULL);
    CREATE TABLE cars (car_id {number}, make varchar(20) NOT NULL, year integer, price {decimal} NOT NULL, sold boolean NOT NULL,
        built {moment}, owner_id integer, FOREIGN KEY (owner_id) REFERENCES owners (owner_id));
    CREATE TABLE tags (tag varchar(20) PRIMARY KEY, note varchar(20));
    INSERT INTO owners (owner_id, name) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Zoë, \"Z\"');
    INSERT INTO tags (tag, note) VALUES ('plain', NULL), ('a/b c', 'odd');";

/// How many cars there are. Their keys count from 1.
const CARS: i32 = 60;

/// A fresh database of each reachable kind, with its rows.
pub(super) async fn opened() -> Vec<Fresh> {
    let mut all = Vec::new();
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let (number, decimal, moment) = match kind {
            Kind::Sqlite => ("integer PRIMARY KEY", "decimal_text", "timestamp"),
            Kind::Postgres => ("serial PRIMARY KEY", "numeric(8, 2)", "timestamp"),
            Kind::MySql => (
                "integer AUTO_INCREMENT PRIMARY KEY",
                "decimal(8, 2)",
                "datetime",
            ),
        };
        let tables = TABLES
            .replace("{number}", number)
            .replace("{decimal}", decimal)
            .replace("{moment}", moment);
        let rows: Vec<_> = (1..=CARS).map(car).collect();
        let columns = "make, year, price, sold, built, owner_id";
        let insert = format!("INSERT INTO cars ({columns}) VALUES {}", rows.join(", "));
        fresh.execute(&format!("{tables} {insert}")).await;
        all.push(fresh);
    }
    all
}

/// The car with a key: of three makes in turn, without a year every tenth, sold every second, without an owner every
/// fourth.
fn car(key: i32) -> String {
    let make = match key % 3 {
        0 => "Fiat",
        1 => "Seat",
        _ => "Toyota",
    };
    let or_null = |is_there: bool, value: i32| match is_there {
        true => value.to_string(),
        false => "NULL".to_owned(),
    };
    let year = or_null(key % 10 != 0, 1990 + key);
    let owner = or_null(key % 4 != 0, key % 3 + 1);
    let sold = key % 2 == 0;
    let built = match key % 10 {
        0 => "NULL".to_owned(),
        _ => format!("'2020-01-02 03:04:{:02}'", key % 60),
    };
    format!("('{make}', {year}, '{key}.50', {sold}, {built}, {owner})")
}

pub(super) async fn api(db: &Database) -> Router {
    let schema = Schema::reflect(db).await.expect("a schema");
    Router::of(schema)
        .writable()
        .id_member("id")
        .limit_offset_pages()
        .configure("cars", |cars| {
            let cars = cars.search(["make"]).export().groups();
            cars.aggregates(["price", "year"])
                .group_by(["make", "sold", "built"])
        })
}
