//! Tests of declared models, and of the statement that creates a model's table.

use expect_test::{Expect, expect};
use sea_query::{ColumnDef, Expr, ForeignKey, Index, SqliteQueryBuilder, Table};

use super::*;
use crate::cell::{Date, Value};
use tower_rest::{Choices, Model};

#[derive(Choices)]
#[model(rename_all = "kebab-case")]
enum Body {
    Saloon,
    PickUp,
    #[model(rename = "SUV")]
    Suv,
}

/// Somebody who owns cars,
/// or did.
///
/// A person.
#[derive(Model)]
#[model(
    table = "people",
    schema = "hall",
    name = "Person",
    many(bought: Car, by = "owner_id"),
    many(sold: Car, by = "seller_id")
)]
struct Owner {
    #[model(key)]
    id: i64,
    /// As on the passport.
    #[model(max_length = 40)]
    name: String,
    #[model(one(Self))]
    parent_id: Option<i64>,
    #[model(one(Car, name = "favourite"))]
    car_id: Option<i64>,
}

#[derive(Model)]
#[model(
    schema = "hall",
    description = "Cars",
    one(Place, by = ("shop_id", "number")),
    many(tags: Tag, through = CarTag, by = "car_id", to = "tag_id"),
    many(marks: Tag, through = "car_marks", by = "car", to = "mark")
)]
struct Car {
    #[model(key)]
    id: i64,
    #[model(
        column = "mk",
        rename = "make",
        unique,
        max_length = 20,
        default = "Fiat"
    )]
    maker: String,
    #[model(default = Body::PickUp)]
    body: Body,
    #[model(default = 4)]
    doors: Option<u8>,
    #[model(default = -0.5)]
    angle: f32,
    #[model(default = true, read_only)]
    sold: bool,
    #[model(type = "decimal", default = "0.00")]
    price: String,
    #[model(default = b"\x00\xff")]
    raw: Vec<u8>,
    #[model(default_sql = "CURRENT_DATE")]
    built: Date,
    #[model(type = "integer", default = 7)]
    rank: String,
    #[model(hidden)]
    secret: Option<serde_json::Value>,
    #[model(one(Owner))]
    owner_id: Option<i64>,
    #[model(one(Owner, name = "sold_by"))]
    seller_id: i64,
    shop_id: Option<i32>,
    number: Option<String>,
    #[model(type = "other")]
    r#type: Option<i8>,
}

#[derive(Model)]
#[model(schema = "hall", many(cars: Car, by = ("shop_id", "number")))]
struct Place {
    #[model(key)]
    shop_id: i32,
    #[model(key)]
    number: String,
}

#[derive(Model)]
#[model(schema = "hall")]
struct Tag {
    #[model(key)]
    id: i16,
}

#[derive(Model)]
#[model(schema = "hall")]
struct CarTag {
    #[model(key, one(Car))]
    car_id: i64,
    #[model(key, one(Tag))]
    tag_id: i16,
}

fn relations(model: &Model) -> String {
    let ones = model.relations().iter().map(|one| {
        let columns: Vec<_> = one.columns.iter().filter_map(|at| model.at(*at)).collect();
        let columns: Vec<_> = columns.iter().map(|column| column.sql.as_str()).collect();
        let (schema, table, name) = (&one.schema, &one.table, &one.name);
        format!(
            "one {name:?} by {columns:?} to {schema:?} {table} {:?}",
            one.references
        )
    });
    let manys = model.many_relations().iter().map(|many| {
        let (name, schema, table) = (&many.name, &many.schema, &many.table);
        let through = many.through.as_ref().map(|junction| {
            format!(
                " through {:?} {}",
                junction.table,
                junction.columns.join(",")
            )
        });
        let through = through.unwrap_or_default();
        format!(
            "many {name} by {:?} in {schema:?} {table}{through}",
            many.columns
        )
    });
    ones.chain(manys).collect::<Vec<_>>().join("\n")
}

#[test]
fn relations_are_declared_to_one_and_to_many() {
    let check = |model: &Model, expected: &Expect| expected.assert_eq(&relations(model));
    check(
        &Model::of::<Owner>(),
        &expect![[r#"
        one None by ["parent_id"] to None people ["id"]
        one Some("favourite") by ["car_id"] to None cars ["id"]
        many bought by ["owner_id"] in None cars
        many sold by ["seller_id"] in None cars"#]],
    );
    check(
        &Model::of::<Car>(),
        &expect![[r#"
        one None by ["shop_id", "number"] to None places ["shop_id", "number"]
        one None by ["owner_id"] to None people ["id"]
        one Some("sold_by") by ["seller_id"] to None people ["id"]
        many tags by ["car_id"] in None tags through "car_tags" tag_id
        many marks by ["car"] in None tags through "car_marks" mark"#]],
    );
    check(
        &Model::of::<Place>(),
        &expect![[r#"many cars by ["shop_id", "number"] in None cars"#]],
    );
    check(
        &Model::of::<CarTag>(),
        &expect![[r#"
            one None by ["car_id"] to None cars ["id"]
            one None by ["tag_id"] to None tags ["id"]"#]],
    );
}

#[test]
fn a_struct_says_what_its_table_is_called_and_what_its_rows_are() {
    let owner = Model::of::<Owner>();
    assert_eq!(
        (owner.name(), owner.table(), owner.schema()),
        ("Person", "people", Some("hall"))
    );
    assert_eq!(
        owner.describes(),
        Some("Somebody who owns cars, or did.\n\nA person.")
    );
    assert_eq!(
        (Owner::TABLE, Owner::SCHEMA, Owner::KEY),
        ("people", Some("hall"), &["id"][..])
    );
    assert_eq!(Place::KEY, ["shop_id", "number"]);
    assert_eq!(CarTag::TABLE, "car_tags");
    let car = Model::of::<Car>();
    assert_eq!(
        (car.name(), car.table(), car.describes()),
        ("Car", "cars", Some("Cars"))
    );
    assert_eq!(Car::MAKER.column(), "mk");
    assert_eq!(Car::TYPE.column(), "type");
}

/// Returns in one text all that a table definition contains of a model.
fn described(model: &Model) -> String {
    let columns = model.numbered().map(|(number, column)| {
        let (sql, ty, is_key) = (&column.sql, &column.ty, model.key().contains(&number));
        format!(
            "{sql} {ty:?} nullable {} unique {} key {is_key} length {:?} default {:?} {:?} decimal text {}",
            column.nullable,
            column.unique,
            column.max_length,
            column.default,
            column.description,
            column.storage.decimal_text
        )
    });
    let (schema, table, description) = (model.schema(), model.table(), model.describes());
    let head = format!("{schema:?} {table} {description:?}");
    let lines = std::iter::once(head).chain(columns);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_statement_that_creates_a_table_describes_its_model() {
    for model in [
        Model::of::<Owner>(),
        Model::of::<Car>(),
        Model::of::<Place>(),
        Model::of::<Tag>(),
        Model::of::<CarTag>(),
        classical(),
    ] {
        let again = Model::from_table(model.name(), &model.create_table());
        assert_eq!(described(&again), described(&model));
        let ones = |model: &Model| {
            let ones = model.relations().iter().map(|one| {
                (
                    one.columns.clone(),
                    one.schema.clone(),
                    one.table.clone(),
                    one.references.clone(),
                )
            });
            ones.collect::<Vec<_>>()
        };
        assert_eq!(ones(&again), ones(&model));
        assert_eq!(again.check(), Vec::<String>::new());
        assert_eq!(
            again.create_table().to_string(SqliteQueryBuilder),
            model.create_table().to_string(SqliteQueryBuilder)
        );
    }
}

/// Returns a model from a table definition with everything that only a definition can declare, such as a custom type.
fn classical() -> Model {
    let table = Table::create()
        .table("things")
        .comment("Things")
        .col(ColumnDef::new("a").char_len(3).not_null())
        .col(ColumnDef::new("b").big_unsigned().not_null())
        .col(ColumnDef::new("c").decimal_len(10, 2).default(0))
        .col(
            ColumnDef::new("d")
                .custom("whatever")
                .default(Expr::cust("x'00'")),
        )
        .col(
            ColumnDef::new("e")
                .date()
                .default("2014-01-02")
                .comment("a day"),
        )
        .col(ColumnDef::new("f").double().default(2))
        .col(
            ColumnDef::new("g")
                .string_len(9)
                .default("it's")
                .unique_key(),
        )
        .col(
            ColumnDef::new("h")
                .binary_len(16)
                .default(Option::<String>::None),
        )
        .col(ColumnDef::new("i").big_unsigned().default(u64::MAX))
        .primary_key(Index::create().col("a").col("b"))
        .foreign_key(
            ForeignKey::create()
                .from("things", ("a", "b"))
                .to("others", ("x", "y")),
        )
        .to_owned();
    Model::from_table("Thing", &table)
}

#[test]
fn tables_are_created_with_types_defaults_keys_and_references() {
    let sql = |model: Model| {
        let sql = model.create_table().to_string(SqliteQueryBuilder);
        sql.replace(", ", ",\n")
    };
    expect![[r#"
        CREATE TABLE "hall"."cars" ( "id" integer NOT NULL PRIMARY KEY,
        "mk" varchar(20) NOT NULL DEFAULT 'Fiat' UNIQUE,
        "body" enum_text NOT NULL DEFAULT 'pick-up',
        "doors" tinyint DEFAULT 4,
        "angle" double NOT NULL DEFAULT -0.5,
        "sold" boolean NOT NULL DEFAULT TRUE,
        "price" decimal_text NOT NULL DEFAULT '0.00',
        "raw" blob NOT NULL DEFAULT x'00FF',
        "built" date_text NOT NULL DEFAULT (CURRENT_DATE),
        "rank" integer NOT NULL DEFAULT 7,
        "secret" json_text,
        "owner_id" integer,
        "seller_id" integer NOT NULL,
        "shop_id" integer,
        "number" varchar,
        "type",
        FOREIGN KEY ("shop_id",
        "number") REFERENCES "places" ("shop_id",
        "number"),
        FOREIGN KEY ("owner_id") REFERENCES "people" ("id"),
        FOREIGN KEY ("seller_id") REFERENCES "people" ("id") )"#]]
    .assert_eq(&sql(Model::of::<Car>()));
    expect![[r#"
        CREATE TABLE "things" ( "a" char(3) NOT NULL,
        "b" integer NOT NULL,
        "c" real(10,
        2) DEFAULT 0,
        "d" whatever DEFAULT (x'00'),
        "e" date_text DEFAULT '2014-01-02',
        "f" double DEFAULT 2,
        "g" varchar(9) DEFAULT 'it''s' UNIQUE,
        "h" blob(16),
        "i" integer DEFAULT 18446744073709551615,
        PRIMARY KEY ("a",
        "b"),
        FOREIGN KEY ("a",
        "b") REFERENCES "others" ("x",
        "y") )"#]]
    .assert_eq(&sql(classical()));
}

#[test]
fn a_relation_whose_columns_there_are_not_known_is_no_foreign_key() {
    let node = Model::of::<Tag>().relation("parent", "id", "tags");
    assert_eq!(
        node.create_table().to_string(SqliteQueryBuilder),
        r#"CREATE TABLE "hall"."tags" ( "id" smallint NOT NULL PRIMARY KEY )"#
    );
}

#[test]
fn a_column_named_instead_of_the_key_is_unique_and_the_key_stays() {
    let place = Model::of::<Place>().pk_field("number");
    assert_eq!(
        place.create_table().to_string(SqliteQueryBuilder),
        r#"CREATE TABLE "hall"."places" ( "shop_id" integer NOT NULL, "number" varchar NOT NULL UNIQUE, PRIMARY KEY ("shop_id", "number") )"#
    );
}

type Nullable = Option<i64>;
type Words = String;
type Number = i64;

#[derive(Model)]
#[model(many(parts: Tag, through = "pairs", by = ("a", "b"), to = "c"))]
struct Disguised {
    #[model(key)]
    id: Nullable,
    #[model(max_length = 3, default = "four")]
    words: Words,
    #[model(max_length = 3)]
    number: Number,
}

#[test]
fn what_an_alias_hides_from_the_macro_is_a_mistake_of_build() {
    let model = Model::of::<Disguised>()
        .column("number", |column| {
            column.default(Value::Text("x".to_owned()))
        })
        .column("id", |column| {
            column.max_length(1).default(Value::Boolean(true))
        });
    let bodies = Model::of::<Car>().column("body", |column| {
        column.default(Value::Text("van".to_owned()))
    });
    expect![[r#"
        Disguised: `by` of the relation `parts` names 2 columns of `pairs`, but they hold a key of 1: id
        Disguised: the key column `id` may be null, so it names no row; its field must not be an `Option`
        Disguised: `id` has a `max_length`, but is of type integer; only text and bytes have a length
        Disguised: `id` is of type integer, which its default `true` is not; give a value of the type, or say it in SQL by `default_sql`
        Disguised: the default `four` of `words` is longer than its `max_length` of 3
        Disguised: `number` has a `max_length`, but is of type integer; only text and bytes have a length
        Disguised: `number` is of type integer, which its default `x` is not; give a value of the type, or say it in SQL by `default_sql`
        Car: `body` is of type enum, which its default `van` is not; it is one of saloon, pick-up, SUV"#]].assert_eq(&[model.check(), bodies.check()].concat().join("\n"));
}
