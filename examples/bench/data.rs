//! The tables, and rows that are the same every time.

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{Database, Model};

use crate::{BoxError, databases::Kind};

pub(crate) const CARS: u32 = 100_000;
pub(crate) const PARTS: u32 = 300_000;
/// Makes of 10,000 cars each.
pub(crate) const COMMON: [&str; 9] = [
    "Fiat", "Ford", "Honda", "Mazda", "Opel", "Peugeot", "Renault", "Toyota", "Volvo",
];
/// How many makes there are of 100 cars each.
pub(crate) const RARE: u32 = 100;

/// One of the makes of 100 cars.
pub(crate) fn rare(number: u32) -> String {
    format!("Rare{}", number % RARE)
}

/// How many rows one statement inserts.
const BATCH: u32 = 1000;

/// Puts everything into an empty database.
pub(crate) async fn make(kind: Kind, db: &Database) -> Result<(), BoxError> {
    for (name, table) in [("Car", cars()), ("Part", parts())] {
        db.execute_script(&db.create_table(&Model::from_table(name, &table)))
            .await?;
    }
    // A server takes no script without end.
    for batches in rows().chunks(20) {
        let script = format!("BEGIN; {}; COMMIT", batches.join("; "));
        db.execute_script(&script).await?;
    }
    // With the key, as an index of SQLite's and InnoDB's has it by itself.
    for (name, table, columns) in [
        ("cars_make", "cars", "make, car_id"),
        ("parts_car", "parts", "car_id"),
    ] {
        db.execute_script(&format!("CREATE INDEX {name} ON {table} ({columns})"))
            .await?;
    }
    let settle: &[&str] = match kind {
        // Nothing is left in the log for the readers to look through.
        Kind::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)"],
        Kind::Postgres => &["VACUUM ANALYZE cars", "VACUUM ANALYZE parts"],
        Kind::MySql => &["ANALYZE TABLE cars", "ANALYZE TABLE parts"],
    };
    for statement in settle {
        db.execute_script(statement).await?;
    }
    Ok(())
}

/// The statements that insert the rows.
fn rows() -> Vec<String> {
    let batches = |table: &'static str, count: u32, row: fn(u32) -> String| {
        (0..count / BATCH).map(move |batch| {
            let rows: Vec<_> = (1..=BATCH).map(|at| row(batch * BATCH + at)).collect();
            format!("INSERT INTO {table} VALUES {}", rows.join(", "))
        })
    };
    let cars = batches("cars", CARS, car);
    cars.chain(batches("parts", PARTS, part)).collect()
}

fn car(number: u32) -> String {
    let make = match usize::try_from(number % 10) {
        Ok(place @ 1..) => COMMON[place - 1].to_owned(),
        _ => rare(number / 10),
    };
    let (model, year) = (number * 31 % 997, 1950 + number * 17 % 76);
    let cents = 50_000 + u64::from(number) * 7919 % 9_950_000;
    let (euros, cents) = (cents / 100, cents % 100);
    let seconds = 946_684_800 + i64::from(number) * 7177;
    let built = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    let built = built.format("%Y-%m-%d %H:%M:%S");
    format!("({number}, '{make}', 'Model {model}', {year}, {euros}.{cents:02}, '{built}')")
}

fn part(number: u32) -> String {
    let car = u64::from(number) * 7919 % u64::from(CARS) + 1;
    let (name, cents) = (number % 4999, number % 100_000);
    let (euros, cents) = (cents / 100, cents % 100);
    format!("({number}, {car}, 'Part {name}', {euros}.{cents:02})")
}

pub(crate) fn cars() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("make").string_len(40).not_null())
        .col(ColumnDef::new("model").string_len(40).not_null())
        .col(ColumnDef::new("year").integer().not_null())
        .col(ColumnDef::new("price").double().not_null())
        .col(ColumnDef::new("built").date_time().not_null())
        .to_owned()
}

pub(crate) fn parts() -> TableCreateStatement {
    Table::create()
        .table("parts")
        .col(ColumnDef::new("part_id").integer().primary_key())
        .col(ColumnDef::new("car_id").integer().not_null())
        .col(ColumnDef::new("name").string_len(40).not_null())
        .col(ColumnDef::new("price").double().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("parts", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}
