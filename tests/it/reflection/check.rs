//! `Router::check`: models compared with the tables of the database.

use sea_query::{ColumnDef, ForeignKey, Index, Table};
use tower_rest::{Database, Model, Router, ViewSet};

use super::{schema, sqlite};
use crate::{databases::Kind, fixture::Style};

async fn differences(db: &Database, models: impl IntoIterator<Item = Model>) -> Vec<String> {
    let mut router = Router::new();
    for (at, model) in models.into_iter().enumerate() {
        router = router.register(&format!("m{at}"), ViewSet::new(model).database(db));
    }
    match router.check(db).await {
        Ok(()) => Vec::new(),
        Err(error) => error.mistakes().to_vec(),
    }
}

#[tokio::test]
async fn every_difference_is_in_one_error() {
    let db = sqlite(
        "CREATE TABLE owners (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
         CREATE TABLE cars (id INTEGER PRIMARY KEY, make TEXT, year TEXT NOT NULL, owner_id INT REFERENCES owners,
            vin BLOB NOT NULL);
         CREATE TABLE pairs (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b));",
    )
    .await;
    let car = Table::create()
        .table("cars")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("make").string().not_null())
        .col(ColumnDef::new("year").integer().not_null())
        .col(ColumnDef::new("colour").string())
        .col(ColumnDef::new("owner_id").integer())
        .col(ColumnDef::new("vin").blob())
        .foreign_key(
            ForeignKey::create()
                .from("cars", "owner_id")
                .to("owners", "code"),
        )
        .to_owned();
    let pair = Table::create()
        .table("pairs")
        .col(ColumnDef::new("a").integer().not_null().primary_key())
        .col(ColumnDef::new("b").integer().not_null())
        .to_owned();
    let gone = Table::create()
        .table("gone")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let models = [("Car", car), ("Pair", pair), ("Gone", gone)];
    let models = models.map(|(name, table)| Model::from_table(name, &table));
    assert_eq!(
        differences(&db, models).await,
        [
            "Car: `cars.make` may be null, in the model it is not",
            "Car: `cars.year` is of type text, in the model of type integer of 64 bits",
            "Car: `cars` has no column `colour`",
            "Car: `cars.vin` is never null, in the model it may be",
            "Car: the foreign key owner_id of `cars` leads to `owners` (id), in the model to `owners` (code)",
            "Pair: the key of `pairs` is a, b, in the model a",
            "Gone: there is no table `gone`",
        ]
    );
}

#[tokio::test]
async fn what_a_database_was_made_of_does_not_differ_from_it() {
    for kind in Kind::reachable().await {
        let fresh = crate::fixture::database_on(kind, Style::Classical).await;
        let models = [
            crate::fixture::types(kind),
            crate::fixture::owners(),
            crate::fixture::cars(),
        ];
        let models = models.map(|table| Model::from_table("One", &table));
        assert_eq!(differences(&fresh.db, models).await, [""; 0], "{kind}");
    }
}

#[tokio::test]
async fn names_differ_as_far_as_the_database_tells_them_apart() {
    let db = sqlite("CREATE TABLE Cars (Id INTEGER PRIMARY KEY)").await;
    let table = Table::create()
        .table("cars")
        .col(ColumnDef::new("ID").integer().primary_key())
        .to_owned();
    assert_eq!(
        differences(&db, [Model::from_table("Car", &table)]).await,
        [""; 0]
    );
}

#[tokio::test]
async fn what_is_found_does_not_differ_from_what_is_there() {
    let db = sqlite(&super::awkward::script(Kind::Sqlite)).await;
    Router::of(schema(&db).await)
        .check(&db)
        .await
        .expect("no difference");
}

#[tokio::test]
async fn a_unique_column_may_be_the_key_and_nested_models_are_compared_too() {
    let db =
        sqlite("CREATE TABLE owners (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE)").await;
    let owners = |key: &str| {
        let table = Table::create()
            .table("owners")
            .col(ColumnDef::new("id").integer().not_null())
            .col(ColumnDef::new("code").text().not_null())
            .primary_key(Index::create().col(key.to_owned()))
            .to_owned();
        Model::from_table("Owner", &table)
    };
    assert_eq!(differences(&db, [owners("code")]).await, [""; 0]);
    let parts = Table::create()
        .table("parts")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let parts = ViewSet::new(Model::from_table("Part", &parts)).database(&db);
    let owners = ViewSet::new(owners("id"))
        .database(&db)
        .nest("parts", parts);
    let error = Router::new().register("owners", owners).check(&db).await;
    assert_eq!(
        error.expect_err("a difference").mistakes(),
        ["Part: there is no table `parts`"]
    );
}
