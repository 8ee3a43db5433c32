//! The tables and rows that exchanges write, and their API.

use sea_query::{ColumnDef, Expr, ForeignKey, Index, Table, TableCreateStatement};
use tower_rest::{Api, Column, Limits, Model, Router, ViewSet};

use crate::databases::{Fresh, Kind};

/// The lists that show every row.
pub(super) const NAMES: [&str; 10] = [
    "owners", "cars", "parts", "things", "notes", "texts", "uids", "days", "blobs", "sealed",
];

fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .integer()
        .not_null()
        .primary_key()
        .to_owned()
}

fn owners() -> TableCreateStatement {
    Table::create()
        .table("owners")
        .col(id("owner_id"))
        .col(ColumnDef::new("name").string_len(20).not_null())
        .col(ColumnDef::new("city").string_len(20))
        .col(ColumnDef::new("code").string_len(8).unique_key())
        .to_owned()
}

fn cars() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(id("car_id"))
        .col(ColumnDef::new("make").string_len(20).not_null())
        .col(ColumnDef::new("year").integer())
        .col(ColumnDef::new("doors").integer().not_null().default(4))
        .col(ColumnDef::new("sold").boolean().not_null().default(false))
        .col(ColumnDef::new("vin").string_len(8))
        .col(ColumnDef::new("owner_id").integer().not_null())
        .col(ColumnDef::new("seller_id").integer())
        .index(
            Index::create()
                .unique()
                .name("one_vin")
                .col("make")
                .col("vin"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("cars", "owner_id")
                .to("owners", "owner_id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("cars", "seller_id")
                .to("owners", "owner_id"),
        )
        .to_owned()
}

fn parts() -> TableCreateStatement {
    Table::create()
        .table("parts")
        .col(ColumnDef::new("car_id").integer().not_null())
        .col(ColumnDef::new("part_no").integer().not_null())
        .col(ColumnDef::new("name").string_len(20))
        .primary_key(Index::create().col("car_id").col("part_no"))
        .foreign_key(
            ForeignKey::create()
                .from("parts", "car_id")
                .to("cars", "car_id"),
        )
        .to_owned()
}

/// A column of every type that each database has.
fn things() -> TableCreateStatement {
    Table::create()
        .table("things")
        .col(ColumnDef::new("id").big_integer().not_null().primary_key())
        .col(ColumnDef::new("big").big_integer())
        .col(ColumnDef::new("whole").integer())
        .col(ColumnDef::new("small").small_integer())
        .col(ColumnDef::new("flag").boolean())
        .col(ColumnDef::new("twice").double())
        .col(ColumnDef::new("amount").custom("decimal_text"))
        .col(ColumnDef::new("few").string_len(5))
        .col(ColumnDef::new("words").text())
        .col(ColumnDef::new("colour").enumeration("hue", ["red", "it's", ""]))
        .col(ColumnDef::new("raw").blob())
        .col(ColumnDef::new("day").date())
        .col(ColumnDef::new("hour").time())
        .col(ColumnDef::new("local").date_time())
        .col(ColumnDef::new("zoned").timestamp_with_time_zone())
        .col(ColumnDef::new("uid").uuid())
        .col(ColumnDef::new("doc").json())
        .to_owned()
}

/// The table of notes, whose rows the database numbers, as no model says it.
fn numbered(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "CREATE TABLE notes (id integer PRIMARY KEY, words varchar(40))",
        Kind::Postgres => "CREATE TABLE notes (id serial PRIMARY KEY, words varchar(40))",
        Kind::MySql => {
            "CREATE TABLE notes (id integer AUTO_INCREMENT PRIMARY KEY, words varchar(40))"
        }
    }
}

fn notes() -> TableCreateStatement {
    let words = ColumnDef::new("words").string_len(40).to_owned();
    Table::create()
        .table("notes")
        .col(id("id"))
        .col(words)
        .to_owned()
}

fn keyed(table: &'static str, key: &mut ColumnDef) -> TableCreateStatement {
    let key = key.not_null().primary_key().to_owned();
    Table::create()
        .table(table)
        .col(key)
        .col(ColumnDef::new("n").integer())
        .to_owned()
}

fn sealed() -> TableCreateStatement {
    Table::create()
        .table("sealed")
        .col(id("id"))
        .col(ColumnDef::new("name").string_len(20).not_null())
        .col(ColumnDef::new("secret").string_len(20))
        .col(
            ColumnDef::new("stamp")
                .string_len(20)
                .not_null()
                .default(Expr::val("new")),
        )
        .to_owned()
}

fn tables() -> Vec<(&'static str, TableCreateStatement)> {
    vec![
        ("Owner", owners()),
        ("Car", cars()),
        ("Part", parts()),
        ("Thing", things()),
        ("Note", notes()),
        (
            "Text",
            keyed("texts", ColumnDef::new("word").string_len(40)),
        ),
        ("Uid", keyed("uids", ColumnDef::new("uid").uuid())),
        ("Day", keyed("days", ColumnDef::new("day").date())),
        ("Blob", keyed("blobs", ColumnDef::new("raw").var_binary(20))),
        ("Sealed", sealed()),
    ]
}

/// Creates the tables, and the API of them.
pub(super) async fn create(fresh: &Fresh) -> Api {
    let (db, mut sets) = (&fresh.db, Vec::new());
    for (name, table) in tables() {
        let model = Model::from_table(name, &table);
        match name {
            "Note" => fresh.execute(numbered(fresh.kind)).await,
            _ => fresh.execute(&db.create_table(&model)).await,
        }
        sets.push((name, model));
    }
    // A model creates no index of several columns.
    fresh
        .execute("CREATE UNIQUE INDEX one_vin ON cars (make, vin)")
        .await;
    let set = |wanted: &str| {
        let mut sets = sets.iter();
        let (_, model) = sets.find(|(name, _)| *name == wanted).expect("a model");
        ViewSet::new(model.clone()).database(db)
    };
    let sealed = |model: &Model| {
        model
            .clone()
            .column("secret", Column::hidden)
            .column("stamp", Column::read_only)
    };
    let (_, last) = sets.last().expect("a model");
    let cars = || set("Car").writable();
    let small = Limits::default().body_bytes(40).json_depth(3);
    let router = Router::new()
        .register(
            "owners",
            set("Owner").writable().nest_by("cars", "owner", cars()),
        )
        .register("cars", cars().nest("parts", set("Part").writable()))
        .register("parts", set("Part").writable())
        .register("things", set("Thing").writable())
        .register("notes", set("Note").writable())
        .register("texts", set("Text").writable())
        .register("uids", set("Uid").writable())
        .register("days", set("Day").writable())
        .register("blobs", set("Blob").writable())
        .register("sealed", ViewSet::new(sealed(last)).database(db).writable())
        .register("shelf", set("Note"))
        .register("inbox", set("Note").creates())
        .register("desk", set("Note").updates())
        .register("bin", set("Note").deletes())
        .register("tight", set("Note").writable().limits(small));
    router
        .build()
        .unwrap_or_else(|error| panic!("{}: {error}", fresh.kind))
}

/// The statements that make every row what it is at first.
pub(super) fn rows(kind: Kind) -> String {
    let number = match kind {
        Kind::Sqlite => "",
        Kind::Postgres => "ALTER SEQUENCE notes_id_seq RESTART WITH 3; ",
        Kind::MySql => "ALTER TABLE notes AUTO_INCREMENT = 3; ",
    };
    let mut sql = String::new();
    for table in [
        "parts", "cars", "owners", "things", "notes", "texts", "uids", "days", "blobs", "sealed",
    ] {
        sql.push_str(&format!("DELETE FROM {table}; "));
    }
    format!(
        "{sql}\
         INSERT INTO owners VALUES (1, 'Ada', 'Galway', 'a'), (2, 'Bob', NULL, 'b'), (3, 'Cyd', NULL, NULL); \
         INSERT INTO cars VALUES (1, 'Fiat', 1999, 4, TRUE, 'v1', 1, 2), (2, 'Saab', NULL, 2, FALSE, NULL, 2, NULL); \
         INSERT INTO parts VALUES (1, 1, 'engine'), (1, 2, NULL), (2, 1, 'door'); \
         INSERT INTO things (id, words) VALUES (1, 'kept'); \
         INSERT INTO notes VALUES (1, 'first'), (2, NULL); {number}\
         INSERT INTO texts VALUES ('plain', 1), ('a/b', 2); \
         INSERT INTO uids VALUES ('67e55044-10b1-426f-9247-bb680e5fe0c8', 1); \
         INSERT INTO days VALUES ('2014-01-02', 1); \
         INSERT INTO sealed VALUES (1, 'box', 'gold', 'old')"
    )
}
