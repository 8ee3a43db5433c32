//! The tables and rows the exchanges are about, and the APIs that serve them.

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{
    Api, Count, Database, Forwarded, Limits, Lookup, Model, Router, TimestampFormat, UuidFormat,
    ViewSet,
};

use crate::{
    databases::{Fresh, Kind},
    declared,
};

/// How the models are described.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// By the statements that create their tables.
    Classical,
    /// By structs.
    Declared,
}

impl Style {
    /// The model of a table of this file.
    fn model(self, name: &str, table: &TableCreateStatement) -> Model {
        match self {
            Self::Classical => Model::from_table(name, table),
            Self::Declared => declared::model(Model::from_table(name, table).table()),
        }
    }
}

/// A new database in memory with every table of this file.
pub(crate) async fn database() -> Database {
    database_on(Kind::Sqlite, Style::Classical).await.db.clone()
}

/// A new database of a kind with every table of this file, created as a style describes them.
pub(crate) async fn database_on(kind: Kind, style: Style) -> Fresh {
    let fresh = kind.fresh().await;
    let tables = [
        owners(),
        cars(),
        types(kind),
        keyed("texts", ColumnDef::new("name").string().not_null()),
        keyed("uids", ColumnDef::new("uid").uuid().not_null()),
        keyed("blobs", ColumnDef::new("raw").blob().not_null()),
        keyed("days", ColumnDef::new("day").date().not_null()),
        keyed(
            "decimals",
            ColumnDef::new("amount").custom("decimal_text").not_null(),
        ),
        odd(),
        numbers("numbers"),
        numbers("nothing"),
        numbers("single"),
        nodes(),
        // No model creates a table that lacks a column of it.
        drifted(&["id", "kept"]),
    ];
    for table in tables {
        match style {
            Style::Declared if !is_drifted(&table) => {
                let model = style.model("", &table);
                fresh.execute(&fresh.db.create_table(&model)).await;
            }
            _ => fresh.create(&table).await,
        }
    }
    fresh.execute(include_str!("fixture.sql")).await;
    let own = match kind {
        Kind::Sqlite => include_str!("fixture.sqlite.sql"),
        Kind::Postgres => include_str!("fixture.postgres.sql"),
        Kind::MySql => include_str!("fixture.mysql.sql"),
    };
    fresh.execute(own).await;
    fresh
}

fn is_drifted(table: &TableCreateStatement) -> bool {
    Model::from_table("", table).table() == "drifted"
}

/// The API an exchange is with.
pub(crate) fn api(name: &str, db: &Database) -> Api {
    api_of(Style::Classical, name, db)
}

/// The same, its models described in a style.
pub(crate) fn api_of(style: Style, name: &str, db: &Database) -> Api {
    let built = match name {
        "main" => everything(style, db).build(),
        // One viewset, at the root.
        "alone" => car_viewset(style, db).build(),
        "hosts" => cars_only(style, db)
            .allowed_hosts(["good.example", "Good.Example:8080"])
            .build(),
        "forwarded" => cars_only(style, db)
            .allowed_hosts(["good.example", "proxy"])
            .trust_forwarded(Forwarded::XForwarded)
            .build(),
        "rfc7239" => cars_only(style, db)
            .allowed_hosts(["good.example", "proxy"])
            .trust_forwarded(Forwarded::Rfc7239)
            .build(),
        "origin" => cars_only(style, db)
            .origin("https://api.example.com")
            .mount("/v1")
            .build(),
        "https" => cars_only(style, db).scheme("https").build(),
        "noslash" => cars_only(style, db)
            .trailing_slash(false)
            .read_only()
            .build(),
        "export" => exported(style, db).build(),
        name => panic!("no API is called {name}"),
    };
    built.unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn cars_only(style: Style, db: &Database) -> Router {
    Router::new()
        .register("cars", car_viewset(style, db))
        .register(
            "owners",
            viewset(style, "Owner", &owners(), db).group_by(["name", "city"]),
        )
}

/// Lists that can be had as a whole.
fn exported(style: Style, db: &Database) -> Router {
    let numbers = |name| {
        viewset(style, "Number", &numbers(name), db)
            .page_size(10)
            .export()
    };
    let owners = viewset(style, "Owner", &owners(), db);
    Router::new()
        .register("cars", car_viewset(style, db).export())
        .register(
            "owners",
            owners.nest("cars", car_viewset(style, db).export()),
        )
        .register("numbers", numbers("numbers").fixed_page_size())
        .register("uncounted", numbers("numbers").count(Count::Off))
        .register("links", numbers("numbers").links_only())
        .register("empty", numbers("nothing"))
        .register("ghosts", numbers("ghosts"))
        .register("types", types_viewset(style, db).export())
        .register("texts", {
            let key = ColumnDef::new("name").string().not_null().to_owned();
            viewset(style, "Text", &keyed("texts", &mut key.clone()), db).export()
        })
        .register("nodes", viewset(style, "Node", &nodes(), db))
}

fn viewset(style: Style, name: &str, table: &TableCreateStatement, db: &Database) -> ViewSet {
    ViewSet::new(style.model(name, table)).database(db)
}

/// Owners, for layers to be put around.
pub(crate) fn owner_viewset(db: &Database) -> ViewSet {
    viewset(Style::Classical, "Owner", &owners(), db)
}

/// Cars, for places of all kinds.
pub(crate) fn car_viewset(style: Style, db: &Database) -> ViewSet {
    let model = style
        .model("Car", &cars())
        .description("Cars")
        .column("secret", tower_rest::Column::hidden);
    ViewSet::new(model)
        .database(db)
        .search(["make", "model", "notes"])
}

fn everything(style: Style, db: &Database) -> Router {
    let number = |name| {
        viewset(style, "Number", &numbers(name), db)
            .page_size(10)
            .max_page_size(500)
    };
    cars_only(style, db)
        // Cars in other ways: `/narrow/` allows little, `/tight/` has small limits.
        .register(
            "narrow",
            car_viewset(style, db)
                .filters(["make", "year"])
                .lookups("make", [Lookup::Exact, Lookup::In])
                .orderings(["year"])
                .default_ordering(["-year"])
                .search([] as [&str; 0]),
        )
        .register("grouped", car_viewset(style, db).groups())
        .register(
            "shop",
            car_viewset(style, db)
                .groups()
                .facets(["make", "sold", "price", "owner_id"])
                .aggregates(["car_id", "make", "year", "price", "sold", "built", "notes"])
                .group_by(["make", "sold", "year", "price", "built", "notes", "owner"]),
        )
        .register(
            "kiosk",
            car_viewset(style, db)
                .facets("make")
                .aggregates([] as [&str; 0])
                .group_by("make")
                .limits(
                    Limits::default()
                        .facets(1)
                        .facet_values(3)
                        .aggregates(1)
                        .aggregate_groups(4),
                ),
        )
        .register("patterned", car_viewset(style, db).groups().regex())
        .register("lenient", car_viewset(style, db).lenient_params())
        .register(
            "ignoring",
            car_viewset(style, db).ignore_params(["x_*", "make", "nonce"]),
        )
        .register(
            "tight",
            car_viewset(style, db).groups().limits(
                Limits::default()
                    .query_bytes(200)
                    .pairs(6)
                    .filters(3)
                    .group_depth(2)
                    .items(4)
                    .ordering_terms(2)
                    .search_words(2)
                    .value_bytes(20)
                    .pattern_bytes(5),
            ),
        )
        .register("types", types_viewset(style, db))
        .register("safe", types_viewset(style, db).big_integers_as_text())
        .register(
            "texts",
            viewset(
                style,
                "Text",
                &keyed("texts", ColumnDef::new("name").string().not_null()),
                db,
            ),
        )
        .register(
            "uids",
            viewset(
                style,
                "Uid",
                &keyed("uids", ColumnDef::new("uid").uuid().not_null()),
                db,
            )
            .id_member("id"),
        )
        .register(
            "blobs",
            viewset(
                style,
                "Blob",
                &keyed("blobs", ColumnDef::new("raw").blob().not_null()),
                db,
            )
            .id_member("id"),
        )
        .register(
            "days",
            viewset(
                style,
                "Day",
                &keyed("days", ColumnDef::new("day").date().not_null()),
                db,
            ),
        )
        .register(
            "decimals",
            viewset(
                style,
                "Amount",
                &keyed(
                    "decimals",
                    ColumnDef::new("amount").custom("decimal_text").not_null(),
                ),
                db,
            ),
        )
        .register("odd", viewset(style, "Odd", &odd(), db))
        // 2600 rows, to be cut into pages in several ways.
        .register("numbers", number("numbers"))
        .register("uncounted", number("numbers").count(Count::Off))
        .register("windows", number("numbers").limit_offset_pages())
        .register("cursors", number("numbers").cursor_pages())
        .register(
            "windows_alone",
            number("numbers")
                .limit_offset_pages()
                .without_numbered_pages()
                .export()
                .page_headers(),
        )
        .register(
            "windows_uncounted",
            number("numbers").limit_offset_pages().count(Count::Off),
        )
        .register(
            "capped",
            number("numbers")
                .limit_offset_pages()
                .count(Count::Capped(100))
                .count_choices([Count::Exact, Count::Off])
                .page_headers(),
        )
        .register("fixed", number("numbers").fixed_page_size().fixed_fields())
        .register("links", number("numbers").links_only().id_member("id_"))
        .register(
            "shallow",
            number("numbers").limits(Limits::default().offset_rows(100)),
        )
        .register(
            "shallow_uncounted",
            number("numbers")
                .count(Count::Off)
                .limits(Limits::default().offset_rows(100)),
        )
        .register("empty", number("nothing"))
        .register("single", number("single"))
        .register("nodes", viewset(style, "Node", &nodes(), db))
        // A table the database does not have, and one that lacks a column.
        .register("ghosts", viewset(style, "Ghost", &numbers("ghosts"), db))
        .register(
            "drifted",
            viewset(style, "Drifted", &drifted(&["id", "kept", "dropped"]), db),
        )
}

pub(crate) fn owners() -> TableCreateStatement {
    Table::create()
        .table("owners")
        .col(ColumnDef::new("owner_id").integer().primary_key())
        .col(ColumnDef::new("name").string().not_null())
        .col(ColumnDef::new("city").string())
        .to_owned()
}

pub(crate) fn cars() -> TableCreateStatement {
    Table::create()
        .table("cars")
        .col(ColumnDef::new("car_id").integer().primary_key())
        .col(ColumnDef::new("make").string().not_null())
        .col(ColumnDef::new("model").string().not_null())
        .col(ColumnDef::new("year").integer())
        .col(ColumnDef::new("price").custom("decimal_text"))
        .col(ColumnDef::new("sold").boolean().not_null())
        .col(ColumnDef::new("built").date_time())
        .col(ColumnDef::new("secret").string())
        .col(ColumnDef::new("notes").text())
        .col(ColumnDef::new("owner_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("cars", "owner_id")
                .to("owners", "owner_id"),
        )
        .to_owned()
}

/// A column of every type.
pub(crate) fn types(kind: Kind) -> TableCreateStatement {
    let misc = match kind {
        Kind::Sqlite => "whatever",
        Kind::Postgres | Kind::MySql => "text",
    };
    Table::create()
        .table("types")
        .col(ColumnDef::new("id").big_integer().primary_key())
        .col(ColumnDef::new("whole").big_integer())
        .col(ColumnDef::new("small").tiny_integer())
        .col(ColumnDef::new("flag").boolean())
        .col(ColumnDef::new("float").double())
        .col(ColumnDef::new("amount").custom("decimal_text"))
        .col(ColumnDef::new("word").string())
        .col(ColumnDef::new("colour").enumeration("colour", ["red", "green", "blue"]))
        .col(ColumnDef::new("raw").blob())
        .col(ColumnDef::new("day").date())
        .col(ColumnDef::new("hour").time())
        .col(ColumnDef::new("local").date_time())
        .col(ColumnDef::new("zoned").timestamp_with_time_zone())
        .col(ColumnDef::new("local_t").date_time())
        .col(ColumnDef::new("zoned_offset").timestamp_with_time_zone())
        .col(ColumnDef::new("zoned_millis").timestamp_with_time_zone())
        .col(ColumnDef::new("uid").uuid())
        .col(ColumnDef::new("uid_blob").uuid())
        .col(ColumnDef::new("doc").json())
        .col(ColumnDef::new("misc").custom(misc))
        .to_owned()
}

/// Rows of every type.
pub(crate) fn types_viewset(style: Style, db: &Database) -> ViewSet {
    let model = style
        .model("Everything", &types(Kind::Sqlite))
        .column("local_t", |column| {
            column.timestamp_format(TimestampFormat::T)
        })
        .column("zoned_offset", |column| {
            column.timestamp_format(TimestampFormat::Offset)
        })
        .column("zoned_millis", |column| {
            column.timestamp_format(TimestampFormat::Millis)
        })
        .column("uid_blob", |column| {
            column
                .uuid_format(UuidFormat::Bytes)
                .description("sixteen bytes")
        });
    ViewSet::new(model).database(db)
}

/// A table whose key is the given column, with a number beside it.
fn keyed(name: &'static str, key: &mut ColumnDef) -> TableCreateStatement {
    let key = key.primary_key().to_owned();
    Table::create()
        .table(name)
        .col(key)
        .col(ColumnDef::new("n").integer())
        .to_owned()
}

/// Names that SQL or the query string would trip on.
fn odd() -> TableCreateStatement {
    Table::create()
        .table("order by \"x\"; --")
        .col(ColumnDef::new("group").integer().primary_key())
        .col(ColumnDef::new("sp ace").string())
        .col(ColumnDef::new("qu\"ote").string())
        .col(ColumnDef::new("page").integer())
        .col(ColumnDef::new("a").date())
        .col(ColumnDef::new("a__year").integer())
        .col(ColumnDef::new("a__b").string())
        .col(ColumnDef::new("ünï").string())
        .col(ColumnDef::new("mark!").string())
        .col(ColumnDef::new("total").integer())
        .to_owned()
}

fn numbers(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("tie").integer())
        .to_owned()
}

fn nodes() -> TableCreateStatement {
    Table::create()
        .table("nodes")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("parent_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("nodes", "parent_id")
                .to("nodes", "id"),
        )
        .to_owned()
}

fn drifted(columns: &[&'static str]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table("drifted");
    for column in columns {
        let mut column = ColumnDef::new(*column).integer().to_owned();
        if column.get_column_name() == "id" {
            column.primary_key();
        }
        table.col(column);
    }
    table
}
