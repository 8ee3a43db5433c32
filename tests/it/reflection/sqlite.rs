//! Reflection of SQLite databases.

use serde_json::json;
use tower_rest::{Database, Model, Schema, Type};

use super::{
    api, awkward, check_awkward, check_left_out, describe, described, get, left_out, members, rows,
    schema, sqlite, types_of,
};
use crate::{databases::Kind, server::ask};

#[tokio::test]
async fn a_database_of_awkward_names_is_served_whole() {
    let db = sqlite(&awkward::script(Kind::Sqlite)).await;
    check_awkward(&db, 1).await;
    let schema = schema(&db).await;
    let hidden = "it is to be hidden, or looks secret, or leads to what does; `Reflect::show_secrets(…)`, or `--show table.column`, shows it";
    assert_eq!(
        left_out(&schema),
        [
            "sqlite_schema: a table of SQLite's own",
            &format!("accounts.password_hash: {hidden}"),
            &format!("accounts.api_token: {hidden}"),
            &format!("clicks.session: {hidden}"),
            &format!("sessions.token: {hidden}"),
            "the key of measures: no URL can name `reading` exactly, which is of type float: its rows are a list without \
             `href`",
            "the key of sessions: its part `token` looks secret: its rows are a list without `href`",
        ]
    );
}

/// Returns the reflected types of columns, given their declarations.
async fn types(declared: &[&str]) -> Vec<Type> {
    let columns: Vec<_> = (0..)
        .zip(declared)
        .map(|(at, declared): (usize, _)| format!("c{at} {declared}"))
        .collect();
    let db = sqlite(&format!("CREATE TABLE t ({})", columns.join(", "))).await;
    let schema = schema(&db).await;
    let mut types = types_of(schema.model("t").expect("the table"));
    types.truncate(declared.len());
    types
}

#[tokio::test]
async fn types_are_what_people_mean_by_their_names() {
    let integer = Type::Integer {
        bits: 64,
        signed: true,
    };
    let found = types(&[
        "INTEGER",
        "BigInt",
        "BOOLEAN",
        "varchar(20)",
        "TEXT",
        "REAL",
        "NUMERIC(10,2)",
        "decimal_text",
        "DATE",
        "TIME",
        "DATETIME",
        "TIMESTAMPTZ",
        "UUID",
        "JSON",
        "BLOB",
        "",
        "GEOMETRY",
    ])
    .await;
    let expected = [
        integer.clone(),
        integer,
        Type::Boolean,
        Type::Text,
        Type::Text,
        Type::Float,
        Type::Float,
        Type::Decimal,
        Type::Date,
        Type::Time,
        Type::Timestamp,
        Type::ZonedTimestamp,
        Type::Uuid,
        Type::Json,
        Type::Bytes,
        Type::Other,
        Type::Other,
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn the_form_of_moments_and_uuids_is_that_of_the_values() {
    let db = sqlite(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, space DATETIME, t DATETIME, offset_ DATETIME, millis DATETIME,
            seconds DATETIME, words DATETIME, text UUID, raw UUID, upper UUID, empty DATETIME);
         INSERT INTO t VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            (2, '2024-01-02 03:04:05.5', '2024-01-02T03:04:05', '2024-01-02T03:04:05+00:00',
             '2024-01-02T03:04:05.000Z', 1704164645, 'soon', '00000000-0000-0000-0000-00000000000a', x'0000000000000000000000000000000a',
             '00000000-0000-0000-0000-00000000000A', NULL);",
    )
    .await;
    let api = api(&db).await;
    assert_eq!(
        get(&api, "/t/2/").await,
        json!({
            "href": "http://test/t/2/", "id": 2, "space": "2024-01-02T03:04:05.5", "t": "2024-01-02T03:04:05",
            "offset_": "2024-01-02T03:04:05Z", "millis": "2024-01-02T03:04:05Z", "seconds": 1_704_164_645,
            "words": "soon", "text": "00000000-0000-0000-0000-00000000000a",
            "raw": "00000000-0000-0000-0000-00000000000a", "upper": "00000000-0000-0000-0000-00000000000A",
            "empty": null
        })
    );
    for filter in [
        "t__year=2024",
        "millis=2024-01-02T03:04:05Z",
        "raw=00000000-0000-0000-0000-00000000000a",
    ] {
        assert_eq!(
            rows(&api, &format!("/t/?{filter}")).await.len(),
            1,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn generated_columns_defaults_lengths_and_uniques_are_described() {
    let db = sqlite(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(5) NOT NULL DEFAULT 'it''s', n INT DEFAULT 7,
            long VARCHAR(2) DEFAULT 'long', made TEXT DEFAULT CURRENT_TIMESTAMP, none TEXT DEFAULT NULL,
            twice INT GENERATED ALWAYS AS (n * 2) STORED, code TEXT UNIQUE, left_ INT, right_ INT, UNIQUE (left_, right_));",
    )
    .await;
    let api = api(&db).await;
    let description = describe(&api, "/t/").await;
    let column = |name| described(&description, name);
    assert_eq!(column("name")["default"], "it's");
    assert_eq!(column("name")["max_length"], 5);
    assert_eq!(column("name")["nullable"], false);
    assert_eq!(column("n")["default"], 7);
    for name in ["long", "made", "none"] {
        assert!(column(name).get("default").is_none(), "{name}");
    }
    assert_eq!(column("twice")["read_only"], true);
    assert_eq!(column("code")["unique"], true);
    assert_eq!(column("left_")["unique"], false);
    assert_eq!(column("id")["nullable"], false);
}

#[tokio::test]
async fn what_cannot_be_read_is_left_out_and_the_rest_is_served() {
    let db = sqlite(
        "CREATE TABLE cars (id INTEGER PRIMARY KEY AUTOINCREMENT, owner_id TEXT REFERENCES owners, maker_id INT REFERENCES nowhere,
            colour_id INT REFERENCES colours (no_such));
         CREATE TABLE owners (id INTEGER PRIMARY KEY);
         CREATE TABLE colours (id INTEGER PRIMARY KEY);
         CREATE TABLE passwords (password TEXT);
         CREATE VIEW broken AS SELECT * FROM gone;
         CREATE VIEW wrong AS SELECT cast('x' AS DATE) AS day, json_extract('{', '$') AS bad, created FROM (SELECT '2020' AS created);
         CREATE VIRTUAL TABLE pages USING fts5(body);
         INSERT INTO pages VALUES ('found');
         PRAGMA foreign_keys = OFF; INSERT INTO cars VALUES (1, 'x', 1, 1); PRAGMA foreign_keys = ON;",
    )
    .await;
    let schema = schema(&db).await;
    let expected = [
        "broken: a view that cannot be read: no such table: main.gone",
        "sqlite_sequence: a table of SQLite's own",
        "pages_data: it holds the data of a virtual table",
        "passwords: no column of it can be shown",
        "the relation of cars by owner_id: `owner_id` is of type text, and `owners.id` of type integer",
        "the relation of cars by maker_id: `nowhere` is not served",
        "the relation of cars by colour_id: it leads to columns that `colours` does not have",
    ];
    check_left_out(&schema, &expected);
    let api = api(&db).await;
    assert_eq!(
        members(&api, "/cars/1/").await,
        ["colour_id", "href", "id", "maker_id", "owner_id"]
    );
    assert_eq!(rows(&api, "/pages/").await, [json!({"body": "found"})]);
    assert_eq!(ask(&api, "/broken/").await.status, 404);
}

#[tokio::test]
async fn rows_without_a_key_are_ordered_by_their_number_or_by_all_they_show() {
    let db = sqlite(
        "CREATE TABLE log (rowid TEXT, note JSON);
         CREATE TABLE plain (oid TEXT, rowid TEXT, _rowid_ TEXT);
         INSERT INTO log VALUES ('b', '1'), ('a', '2'), ('c', NULL);
         INSERT INTO plain VALUES ('b', '1', NULL), ('a', '2', NULL), ('c', NULL, NULL);",
    )
    .await;
    let api = api(&db).await;
    let first = |rows: Vec<serde_json::Value>, name: &str| {
        rows.iter()
            .map(|row| row[name].as_str().unwrap_or("").to_owned())
            .collect::<String>()
    };
    assert_eq!(first(rows(&api, "/log/").await, "rowid"), "bac");
    assert_eq!(
        first(rows(&api, "/log/?ordering=-rowid").await, "rowid"),
        "cba"
    );
    assert_eq!(first(rows(&api, "/plain/").await, "oid"), "abc");
    assert_eq!(
        rows(&api, "/log/?fields=note&page=last&page_size=1").await,
        [json!({"note": null})]
    );
}

#[tokio::test]
async fn names_of_tables_in_foreign_keys_are_read_in_any_case() {
    let db = sqlite(
        "CREATE TABLE Owners (Id INTEGER PRIMARY KEY);
         CREATE TABLE cars (id INTEGER PRIMARY KEY, owner_id INT, FOREIGN KEY (OWNER_ID) REFERENCES owners (ID));
         INSERT INTO Owners VALUES (1); INSERT INTO cars VALUES (1, 1);",
    )
    .await;
    let api = api(&db).await;
    assert_eq!(
        get(&api, "/cars/1/").await["owner"],
        "http://test/Owners/1/"
    );
    assert_eq!(get(&api, "/Owners/1/cars/1/").await["id"], 1);
}

#[tokio::test]
async fn a_file_is_found_the_same_on_a_pool_of_ones_own() {
    let pool = sqlx::SqlitePool::connect("sqlite::memory:")
        .await
        .expect("a pool");
    let db = Database::from_sqlite_pool(pool).await.expect("a database");
    db.execute_script(
        "CREATE TABLE prices (price decimal_text, note TEXT); INSERT INTO prices VALUES ('1.50', 'x');
         CREATE VIEW dear AS SELECT * FROM prices;",
    )
    .await
    .expect("tables");
    let api = api(&db).await;
    // A pool of the user has no collation for decimals, so the rows are not ordered by them.
    assert_eq!(
        rows(&api, "/prices/").await,
        [json!({"price": "1.50", "note": "x"})]
    );
    assert_eq!(
        rows(&api, "/dear/").await,
        [json!({"price": "1.50", "note": "x"})]
    );
}

#[tokio::test]
async fn a_created_table_is_found_as_it_was_described() {
    let db = crate::fixture::database().await;
    // The types are read from the declarations where there are no rows.
    db.execute_script("DELETE FROM types")
        .await
        .expect("no rows");
    let found: Schema = schema(&db).await;
    let car: &Model = found.model("types").expect("a table");
    let described = Model::from_table("Type", &crate::fixture::types(Kind::Sqlite));
    for (found, described) in car.columns().iter().zip(described.columns()) {
        let is_integer = |ty: &Type| matches!(ty, Type::Integer { .. });
        let is_text = matches!(described.ty(), Type::Enum(_)) && *found.ty() == Type::Text;
        let same = is_text
            || found.ty() == described.ty()
            || (is_integer(found.ty()) && is_integer(described.ty()));
        assert!(
            same || *described.ty() == Type::Other,
            "{found:?} {described:?}"
        );
    }
}
