//! Bugs of values and declarations at their limits, which panicked or took all memory.

use std::fmt::Write as _;

use sea_query::{ColumnDef, ExprTrait as _, Func, Table, extension::postgres::PgFunc};
use serde_json::json;
use tower_rest::{Api, Limits, Model, Router, Schema, Type, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with},
};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

async fn send(api: &Api, method: &str, path: &str, content: &str, body: String) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test")
        .header("content-type", content);
    ask_with(api, request.body(body).expect("a request")).await
}

fn notes() -> Model {
    let mut notes = Table::create();
    notes
        .table("notes")
        .col(ColumnDef::new("id").big_integer().primary_key())
        .col(ColumnDef::new("name").string_len(20))
        .col(ColumnDef::new("doc").json());
    Model::from_table("Note", &notes)
}

async fn open(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.execute(&fresh.db.create_table(&notes())).await;
    let viewset = ViewSet::new(notes()).database(&fresh.db).writable();
    let api = Router::new().register("notes", viewset).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

fn levels(number: usize) -> String {
    "[".repeat(number) + &"]".repeat(number)
}

#[tokio::test(flavor = "multi_thread")]
async fn r417_a_document_of_many_levels_is_refused_from_a_form_as_from_a_body_of_json() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        for (id, number, status) in [(1, 31, 201), (2, 32, 400), (3, 100_000, 400)] {
            let doc = levels(number).replace('[', "%5B").replace(']', "%5D");
            let body = format!("id={id}&name=a&doc={doc}");
            let answer = send(&api, "POST", "/notes/", FORM, body).await;
            assert_eq!(answer.status, status, "{kind} {number}: {}", answer.body);
        }
        let twice = "id=4&name=a&doc=%7B%22a%22:1,%22a%22:2%7D".to_owned();
        let answer = send(&api, "POST", "/notes/", FORM, twice).await;
        assert_eq!(answer.status, 400, "{kind}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r418_a_stored_document_of_many_levels_is_shown_and_does_not_hinder_changes() {
    const LEVELS: usize = 20_000;
    let (fresh, api) = open(Kind::Sqlite).await;
    let insert = format!("INSERT INTO notes VALUES (1, 'a', '{}')", levels(LEVELS));
    fresh.execute(&insert).await;
    for path in ["/notes/", "/notes/1/"] {
        let request = http::Request::get(path)
            .header("host", "test")
            .header("accept", "text/html");
        let page = ask_with(&api, request.body(String::new()).expect("a request")).await;
        assert_eq!(page.status, 200, "{path}");
        let times = page.body.len() / LEVELS;
        assert!(times < 20, "{path}: {} bytes", page.body.len());
    }
    // The address is compared with that of the row.
    let object = ask(&api, "/notes/1/").await;
    let (start, _) = object.body.split_once("[[").expect("the document");
    let href = start.split('"').find(|part| part.ends_with("/notes/1/"));
    let change = json!({"href": href.expect("an address"), "name": "b"});
    let answer = send(&api, "PATCH", "/notes/1/", JSON, change.to_string()).await;
    assert_eq!(answer.status, 200, "{}", &answer.body[..200]);
}

#[tokio::test(flavor = "multi_thread")]
async fn r419_the_least_number_of_128_bits_is_refused() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let note = json!({"id": i128::MIN.to_string(), "name": "a"});
        let answer = send(&api, "POST", "/notes/", JSON, note.to_string()).await;
        assert_eq!(answer.status, 400, "{kind}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r420_a_declaration_that_no_database_can_have_is_an_error_at_the_start() {
    let words = |viewset: ViewSet| match viewset.build() {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    let fresh = Kind::Sqlite.fresh().await;
    fresh.execute(&fresh.db.create_table(&notes())).await;
    let viewset = || ViewSet::new(notes()).database(&fresh.db);
    let said = words(viewset().limits(Limits::default().items(usize::MAX)));
    assert!(said.contains("the limit `items`"), "{said}");
    for (bits, signed) in [(0, true), (65, false), (128, true), (255, false)] {
        let ty = Type::Integer { bits, signed };
        let said = words(viewset().computed("twice", ty, |note| note.column("id").mul(2)));
        assert!(said.contains("from 1 to 64"), "{bits} {signed}: {said}");
    }
    let said = words(viewset().computed("any", Type::INTEGER, |note| {
        PgFunc::any(note.column("id")).into()
    }));
    assert!(said.contains("this database does not have"), "{said}");
}

/// sea-query goes as deep as an expression is, and each unbounded column added a level.
#[tokio::test(flavor = "multi_thread")]
async fn r421_a_row_of_a_table_with_very_many_texts_is_written() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        // MariaDB's rows have room for some two hundred texts.
        let number = match kind {
            Kind::Postgres | Kind::Sqlite => 1_500,
            Kind::MySql => 190,
        };
        let mut wide = Table::create();
        wide.table("wide")
            .col(ColumnDef::new("id").integer().primary_key());
        for column in 0..number {
            wide.col(ColumnDef::new(format!("text{column}")).text());
        }
        let model = Model::from_table("Wide", &wide);
        fresh.execute(&fresh.db.create_table(&model)).await;
        let api = ViewSet::new(model).database(&fresh.db).writable().build();
        let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let mut body = "{\"id\": 1".to_owned();
        for column in (0..number).step_by(7) {
            write!(body, ", \"text{column}\": \"a\"").expect("a text");
        }
        let answer = send(&api, "POST", "/", JSON, body + "}").await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
    }
}

/// sea-query and SQLite go as deep as a chain of conditions is long, and each pair added one.
#[tokio::test(flavor = "multi_thread")]
async fn r423_thousands_of_pairs_are_taken_away_at_once_and_no_more_are_set_than_rows_in_a_body() {
    const PAIRS: usize = 3_000;
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let tables = "CREATE TABLE cars (car_id integer PRIMARY KEY); \
                      CREATE TABLE tags (tag_id integer PRIMARY KEY); \
                      CREATE TABLE car_tags (car_id integer NOT NULL, tag_id integer NOT NULL, PRIMARY KEY (car_id, tag_id), \
                          FOREIGN KEY (car_id) REFERENCES cars (car_id), FOREIGN KEY (tag_id) REFERENCES tags (tag_id)); \
                      INSERT INTO cars VALUES (1)";
        fresh.execute(tables).await;
        let rows =
            |row: &dyn Fn(usize) -> String| (1..=PAIRS).map(row).collect::<Vec<_>>().join(", ");
        let (tags, pairs) = (
            rows(&|tag| format!("({tag})")),
            rows(&|tag| format!("(1, {tag})")),
        );
        fresh
            .execute(&format!("INSERT INTO tags VALUES {tags}"))
            .await;
        fresh
            .execute(&format!("INSERT INTO car_tags VALUES {pairs}"))
            .await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let router =
            Router::of(schema).configure("cars", |cars: ViewSet| cars.writable().writes("tags"));
        let api = router
            .build()
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
        let set = async |tags: Vec<usize>| {
            let body = json!({"tags": tags}).to_string();
            send(&api, "PATCH", "/cars/1/", JSON, body).await
        };
        let many = set((1..=PAIRS).collect()).await;
        assert_eq!(
            many.json()["errors"][0]["code"],
            "limit_exceeded",
            "{kind}: {}",
            many.body
        );
        for tags in [vec![], (1..=1_000).collect(), vec![7]] {
            let number = tags.len();
            let answer = set(tags).await;
            assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
            let list = ask(&api, "/cars/1/tags/").await;
            assert_eq!(list.json()["count"], number, "{kind}: {}", list.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r424_a_default_of_sql_may_have_constants() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let mut cars = Table::create();
        cars.table("cars")
            .col(ColumnDef::new("id").integer().primary_key())
            .col(
                ColumnDef::new("make")
                    .string_len(20)
                    .default(Func::lower("FIAT?")),
            )
            .col(ColumnDef::new("year").integer());
        let model = Model::from_table("Car", &cars);
        fresh
            .execute("CREATE TABLE cars (id integer PRIMARY KEY, make varchar(20), year integer)")
            .await;
        fresh
            .execute("INSERT INTO cars VALUES (1, 'Opel', 1)")
            .await;
        let api = ViewSet::new(model).database(&fresh.db).writable().build();
        let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let answer = send(&api, "PUT", "/1/", JSON, json!({"year": 1957}).to_string()).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
        let car = answer.json();
        assert_eq!(
            (&car["make"], &car["year"]),
            (&json!("fiat?"), &json!(1957)),
            "{kind}"
        );
    }
}
