//! Settings of reflection: which tables are served, under which names, and how.

use sea_query::{ColumnDef, Table, TableCreateStatement};
use serde_json::json;
use tower_rest::{Database, Error, Model, Router, Schema, ViewSet};

use super::{check_left_out, get, members, rows, schema, sqlite};
use crate::server::ask;

async fn garage() -> Database {
    sqlite(
        "CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT, password TEXT, pin_hash TEXT);
         CREATE TABLE cars (id INTEGER PRIMARY KEY, make TEXT, owner_id INT REFERENCES owners);
         CREATE TABLE parts (id INTEGER PRIMARY KEY, car_id INT REFERENCES cars, kind TEXT);
         CREATE TABLE tmp_1 (id INTEGER PRIMARY KEY); CREATE TABLE tmp_2 (id INTEGER PRIMARY KEY);
         INSERT INTO owners VALUES (1, 'Ann', 'secret', 'abc');
         INSERT INTO cars VALUES (1, 'Saab', 1), (2, 'Audi', NULL);
         INSERT INTO parts VALUES (1, 1, 'brake'), (2, 1, 'wheel');",
    )
    .await
}

fn paths(schema: &Schema) -> Vec<&str> {
    schema.models().map(|(path, _)| path).collect()
}

fn mistakes(error: &Error) -> Vec<&str> {
    error.mistakes().iter().map(String::as_str).collect()
}

#[tokio::test]
async fn tables_are_included_excluded_and_renamed() {
    let db = garage().await;
    let schema = Schema::reflect(&db)
        .exclude(["tmp_*", "owners"])
        .rename("cars", "automobiles")
        .await
        .expect("a schema");
    assert_eq!(paths(&schema), ["automobiles", "parts"]);
    let expected = [
        "owners: excluded",
        "tmp_1: excluded",
        "the relation of cars by owner_id: `owners` is not served",
    ];
    check_left_out(&schema, &expected);
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(
        get(&api, "/parts/1/").await["car"],
        "http://test/automobiles/1/"
    );
    assert_eq!(rows(&api, "/automobiles/1/parts/").await.len(), 2);
    let schema = Schema::reflect(&db)
        .include(["c*", "tmp_2"])
        .exclude(["tmp_2"])
        .await;
    let schema = schema.expect("a schema");
    assert_eq!(paths(&schema), ["cars"]);
    assert!(
        schema.to_string().contains("parts: not included"),
        "{schema}"
    );
}

#[tokio::test]
async fn a_setting_that_names_nothing_is_a_mistake() {
    let db = garage().await;
    let error = Schema::reflect(&db)
        .include(["car", "gone_*"])
        .exclude(["zzz"])
        .rename("owner", "people")
        .show_secrets(["owners.pasword"])
        .await
        .expect_err("mistakes");
    assert_eq!(
        mistakes(&error),
        [
            "`.include(…)` names `car`, which is not there; did you mean `cars`?",
            "`.exclude(…)` names `zzz`, which is not there",
            "`.rename(…)` names `owner`, which is not there; did you mean `owners`?",
            "`.show_secrets(…)` names `owners.pasword`, which is not there; did you mean `owners.password`?",
        ]
    );
    let error = Schema::reflect(&db)
        .schemas(["public"])
        .await
        .expect_err("a mistake");
    assert_eq!(
        mistakes(&error),
        ["`.schemas(…)` names `public`, which is not there; there are `main`"]
    );
}

#[tokio::test]
async fn secrets_are_unknown_unless_they_are_asked_for() {
    let db = garage().await;
    let api = Router::of(schema(&db).await).build().expect("an API");
    assert_eq!(
        members(&api, "/owners/1/").await,
        ["cars", "href", "id", "name"]
    );
    for query in [
        "password=secret",
        "ordering=password",
        "fields=password",
        "pin_hash__isnull=true",
    ] {
        assert_eq!(
            ask(&api, &format!("/owners/?{query}")).await.status,
            400,
            "{query}"
        );
    }
    assert_eq!(ask(&api, "/cars/?owner__password=secret").await.status, 400);
    let db = sqlite(
        "CREATE TABLE sessions (token TEXT PRIMARY KEY);
         CREATE TABLE clicks (id INTEGER PRIMARY KEY, session TEXT REFERENCES sessions); INSERT INTO sessions VALUES ('s');
         INSERT INTO clicks VALUES (1, 's');",
    )
    .await;
    for (shown, expected) in [
        ("x*", vec!["href", "id"]),
        ("clicks.session", vec!["href", "id", "session"]),
        ("*", vec!["href", "id", "session", "sessions"]),
    ] {
        let schema = Schema::reflect(&db)
            .show_secrets([shown])
            .await
            .expect("a schema");
        let api = Router::of(schema).build().expect("an API");
        assert_eq!(members(&api, "/clicks/1/").await, expected, "{shown}");
    }
    let db = garage().await;
    let schema = Schema::reflect(&db).show_secrets(["owners.pin_*"]).await;
    let api = Router::of(schema.expect("a schema"))
        .build()
        .expect("an API");
    assert_eq!(
        members(&api, "/owners/1/").await,
        ["cars", "href", "id", "name", "pin_hash"]
    );
}

#[tokio::test]
async fn a_viewset_is_configured_wherever_it_is_nested() {
    let db = garage().await;
    let api = Router::of(schema(&db).await)
        .configure("parts", |parts| parts.page_size(1).filters(["kind"]))
        .build()
        .expect("an API");
    for path in ["/parts/", "/cars/1/parts/"] {
        assert_eq!(rows(&api, path).await.len(), 1, "{path}");
        assert_eq!(
            ask(&api, &format!("{path}?id=1")).await.status,
            400,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_a_program_nests_goes_before_what_was_found() {
    let db = garage().await;
    let found = schema(&db).await;
    let parts = found.model("parts").expect("parts").clone();
    let parts = ViewSet::new(parts).database(&db).page_size(1);
    let api = Router::of(found)
        .configure("cars", |cars| cars.nest("parts", parts))
        .build()
        .expect("an API");
    assert_eq!(rows(&api, "/cars/1/parts/").await.len(), 1);
    assert_eq!(rows(&api, "/parts/").await.len(), 2);
}

#[tokio::test]
async fn a_viewset_is_replaced_and_the_rest_leads_to_it() {
    let db = garage().await;
    let mut table = Table::create()
        .table("cars")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let with_cars = async |table: &TableCreateStatement| {
        let cars = ViewSet::new(Model::from_table("Car", table)).database(&db);
        let router = Router::of(schema(&db).await).replace("cars", cars);
        router.build().expect("an API")
    };
    // Without a foreign key in the model, no relation leads to it.
    let api = with_cars(&table).await;
    assert_eq!(members(&api, "/owners/1/").await, ["href", "id", "name"]);
    table.col(ColumnDef::new("owner_id").integer());
    let api = with_cars(&table).await;
    assert_eq!(
        get(&api, "/cars/1/").await,
        json!({
            "href": "http://test/cars/1/", "id": 1, "owner_id": 1, "parts": ["http://test/parts/1/", "http://test/parts/2/"]
        })
    );
    assert_eq!(get(&api, "/parts/1/").await["car"], "http://test/cars/1/");
    assert_eq!(rows(&api, "/owners/1/cars/").await.len(), 1);
}

#[tokio::test]
async fn a_path_that_is_not_served_is_a_mistake_of_the_build() {
    let db = garage().await;
    let error = Router::of(schema(&db).await)
        .configure("car", |cars| cars)
        .replace(
            "nothing",
            ViewSet::new(schema(&db).await.model("cars").expect("cars").clone()).database(&db),
        )
        .build()
        .expect_err("mistakes");
    assert_eq!(
        mistakes(&error),
        [
            "`.configure(…)` names `car`, but nothing is served there; did you mean `cars`?",
            "`.replace(…)` names `nothing`, but nothing is served there",
        ]
    );
}

#[tokio::test]
async fn a_table_without_a_key_can_be_given_one() {
    let db = sqlite(
        "CREATE TABLE log (code TEXT NOT NULL, note TEXT); INSERT INTO log VALUES ('a', 'x');
         CREATE TABLE users (name TEXT UNIQUE NOT NULL, note TEXT); INSERT INTO users VALUES ('ann', 'y');",
    )
    .await;
    let found = schema(&db).await;
    let log = found
        .model("log")
        .expect("the log")
        .clone()
        .pk_field("code");
    let api = Router::of(found)
        .replace("log", ViewSet::new(log).database(&db))
        .configure("users", |users| users.lookup_field("name"))
        .build()
        .expect("an API");
    assert_eq!(get(&api, "/log/a/").await["note"], "x");
    assert_eq!(
        get(&api, "/users/ann/").await["href"],
        "http://test/users/ann/"
    );
}

#[tokio::test]
async fn what_needs_a_key_is_a_mistake_without_one() {
    let db =
        sqlite("CREATE TABLE log (note TEXT); CREATE TABLE cars (id INTEGER PRIMARY KEY)").await;
    let found = schema(&db).await;
    let cars = ViewSet::new(
        found
            .model("cars")
            .expect("cars")
            .clone()
            .many("x", "log", "note"),
    );
    let error = Router::of(found)
        .configure("log", |log| log.id_member("id").nest("cars", cars))
        .build()
        .expect_err("mistakes");
    let mistakes = mistakes(&error).join("\n");
    assert!(
        mistakes.contains("cars cannot be nested at `cars` under log: no key names a row of it"),
        "{mistakes}"
    );
    assert!(
        mistakes.contains("log: there is no key that an `id_member` could show"),
        "{mistakes}"
    );
}

#[tokio::test]
async fn names_that_clash_are_told_apart() {
    let db = sqlite(
        "CREATE TABLE cars (id INTEGER PRIMARY KEY, parts TEXT, owner TEXT, owner_id INT REFERENCES people,
            people INT REFERENCES people (id));
         CREATE TABLE people (id INTEGER PRIMARY KEY, cars TEXT);
         CREATE TABLE parts (id INTEGER PRIMARY KEY, car_id INT REFERENCES cars, cars_by_car_id TEXT, car TEXT);
         INSERT INTO people VALUES (1, 'many'); INSERT INTO cars VALUES (1, 'text', 'text', 1, 1);
         INSERT INTO parts VALUES (1, 1, 'text', 'text');",
    )
    .await;
    let api = super::api(&db).await;
    assert_eq!(
        members(&api, "/cars/1/").await,
        [
            "href",
            "id",
            "owner",
            "owner_id",
            "parts",
            "parts_by_car",
            "people",
            "people_by_owner_id",
            "people_by_people"
        ]
    );
    assert_eq!(
        members(&api, "/parts/1/").await,
        [
            "car",
            "car_id",
            "cars_by_car_id",
            "cars_by_car_id_2",
            "href",
            "id"
        ]
    );
    assert_eq!(get(&api, "/cars/1/parts_by_car/1/").await["id"], 1);
}

#[tokio::test]
async fn an_empty_database_is_an_empty_api() {
    let db = Database::in_memory().await.expect("a database");
    let schema = schema(&db).await;
    assert!(schema.is_empty());
    assert_eq!(
        schema.to_string(),
        "0 tables and 0 views:\nleft out:\n  sqlite_schema: a table of SQLite's own"
    );
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(get(&api, "/").await, json!({}));
}
