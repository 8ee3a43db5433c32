//! The tables, and rows that are the same every time.

use std::path::Path;

use sea_query::{ColumnDef, ForeignKey, Index, SqliteQueryBuilder, Table, TableCreateStatement};
use tower_rest::Database;

use crate::BoxError;

pub(crate) const CARS: u32 = 100_000;
pub(crate) const PARTS: u32 = 300_000;
/// Makes of 10,000 cars each, but for the first, which shares with [`RARE`].
pub(crate) const COMMON: [&str; 10] = [
    "Citroen", "Fiat", "Ford", "Honda", "Mazda", "Opel", "Peugeot", "Renault", "Toyota", "Volvo",
];
/// A make of 100 cars.
pub(crate) const RARE: &str = "Trabant";

/// Makes the file, with everything in it.
pub(crate) fn make(file: &Path) -> Result<(), BoxError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let db = Database::open_file(file).await?;
        db.execute_script(&script()).await?;
        // Nothing is left in the log for the readers to look through.
        db.execute_script("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        Ok(())
    })
}

fn script() -> String {
    let tables = [cars(), parts()].map(|table| table.to_string(SqliteQueryBuilder));
    let indexes = [
        ("cars_make", "cars", "make"),
        ("parts_car", "parts", "car_id"),
    ];
    let indexes = indexes.map(|(name, table, column)| {
        let mut index = Index::create();
        index.name(name).table(table).col(column);
        index.to_string(SqliteQueryBuilder)
    });
    let makes: String = COMMON
        .iter()
        .enumerate()
        .map(|(number, make)| format!(" WHEN {number} THEN '{make}'"))
        .collect();
    format!(
        "BEGIN; {tables}; {indexes};
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {CARS})
         INSERT INTO cars SELECT i,
             CASE WHEN i % 1000 = 500 THEN '{RARE}' ELSE CASE i % 10{makes} END END,
             'Model ' || (i * 31 % 997), 1950 + i * 17 % 76, 500 + i * 7919 % 9950000 / 100.0,
             strftime('%Y-%m-%dT%H:%M:%S', 946684800 + i * 7177, 'unixepoch') FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {PARTS})
         INSERT INTO parts SELECT i, i * 7919 % {CARS} + 1, 'Part ' || (i % 4999), i % 100000 / 100.0 FROM n;
         COMMIT;",
        tables = tables.join("; "),
        indexes = indexes.join("; "),
    )
}

pub(crate) fn cars() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("make").string().not_null())
        .col(ColumnDef::new("model").string().not_null())
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
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("price").double().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("parts", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}
