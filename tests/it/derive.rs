//! `#[derive(Model)]` and `#[derive(Choices)]`: what a program does with declared models.

use expect_test::{Expect, expect};
use sea_query::{ColumnDef, SqliteQueryBuilder, Table};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower_rest::{Api, Choices, Database, Lookup, Model, Router, Value, ViewSet};

use crate::server::{get, send, serve};

#[derive(Clone, Copy, Debug, PartialEq, Choices, Serialize, Deserialize, sqlx::Type)]
#[model(rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
enum Fuel {
    Petrol,
    Electricity,
}

/// A car, as a row, as JSON, and as a model: one struct.
#[derive(Clone, Debug, PartialEq, Model, Serialize, Deserialize, sqlx::FromRow)]
struct Car {
    #[model(key)]
    car_id: i64,
    #[model(max_length = 40)]
    make: String,
    /// When it was first built.
    year: Option<i32>,
    #[model(default = Fuel::Petrol)]
    fuel: Fuel,
    #[model(rename = "rank", column = "position")]
    #[sqlx(rename = "position")]
    place: i64,
    #[model(hidden)]
    secret: Option<String>,
    #[model(one(Person, name = "owner"))]
    owner_id: Option<i64>,
    #[model(one(Person, name = "seller"))]
    seller_id: Option<i64>,
    #[model(type = "timestamp", read_only, default_sql = "CURRENT_TIMESTAMP")]
    added: String,
}

/// Two relations lead here, and one back: the models are a cycle.
#[derive(Model)]
#[model(table = "people", many(bought: Car, by = "owner_id"), many(sold: Car, by = "seller_id"))]
struct Person {
    #[model(key)]
    id: i64,
    #[model(one(Self))]
    parent_id: Option<i64>,
    #[model(one(Car, name = "favourite"))]
    car_id: Option<i64>,
}

async fn filled() -> Database {
    let db = Database::in_memory().await.expect("a database");
    for model in [Model::of::<Person>(), Model::of::<Car>()] {
        let table = model.create_table().to_string(SqliteQueryBuilder);
        db.execute_script(&table).await.expect("a table");
    }
    db.execute_script(
        "BEGIN; PRAGMA defer_foreign_keys = ON;
         INSERT INTO people VALUES (1, NULL, 8), (2, 1, NULL);
         INSERT INTO cars (car_id, make, year, position, secret, owner_id, seller_id) VALUES
         (7, 'Fiat', 1957, 3, 's', 1, 2), (8, 'Toyota', NULL, 1, 's', 2, NULL), (9, 'Toyota', 1997, 2, 's', NULL, 2);
         UPDATE cars SET added = '2014-01-02 03:04:05'; COMMIT",
    )
    .await
    .expect("rows");
    db
}

fn api(db: &Database, cars: ViewSet) -> Api {
    let router = Router::new()
        .register("cars", cars)
        .register("people", ViewSet::of::<Person>(db));
    router.build().unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn a_declared_struct_stays_a_row_of_sqlx_and_of_serde() {
    let db = filled().await;
    let pool = db.sqlite_pool().expect("SQLite");
    let car: Car = sqlx::query_as("SELECT * FROM cars WHERE car_id = 7")
        .fetch_one(pool)
        .await
        .expect("a row");
    assert_eq!(
        (car.fuel, car.place, car.year),
        (Fuel::Petrol, 3, Some(1957))
    );
    let again: Car = serde_json::from_value(json!(car)).expect("the same car");
    assert_eq!(again, car);
}

#[tokio::test]
async fn two_relations_between_models_cycles_and_self_references_are_linked() {
    let db = filled().await;
    let address = serve(api(&db, ViewSet::of::<Car>(&db))).await;
    let car = get(address, "/cars/7/").await.json();
    assert_eq!(
        car,
        json!({
            "href": "http://test/cars/7/", "car_id": 7, "make": "Fiat", "year": 1957, "fuel": "petrol", "rank": 3,
            "owner_id": 1, "seller_id": 2, "added": "2014-01-02T03:04:05",
            "owner": "http://test/people/1/", "seller": "http://test/people/2/", "people": []
        })
    );
    let person = get(address, "/people/2/?fields=parent,favourite").await;
    assert_eq!(
        person.body,
        r#"{"parent":"http://test/people/1/","favourite":null}"#
    );
}

#[tokio::test]
async fn handles_configure_a_viewset_under_the_names_clients_use() {
    let db = filled().await;
    let cars = ViewSet::of::<Car>(&db)
        .filters((Car::MAKE, Car::PLACE, "year"))
        .lookups(Car::MAKE, [Lookup::Exact])
        .orderings((Car::PLACE, Car::MAKE))
        .search(Car::MAKE)
        .default_ordering((Car::MAKE.desc(), Car::PLACE));
    let address = serve(api(&db, cars)).await;
    let keys = async |query: &str| {
        let list = get(address, &format!("/cars/?{query}")).await.json();
        let rows = list["results"].as_array().cloned().unwrap_or_default();
        rows.iter()
            .map(|row| row["car_id"].as_i64())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("").await, [Some(8), Some(9), Some(7)]);
    assert_eq!(keys("rank=3").await, [Some(7)]);
    assert_eq!(
        keys("search=toyota&ordering=-rank").await,
        [Some(9), Some(8)]
    );
    for refused in [
        "position=3",
        "fuel=petrol",
        "make__in=Fiat",
        "ordering=fuel",
    ] {
        assert_eq!(
            get(address, &format!("/cars/?{refused}")).await.status,
            400,
            "{refused}"
        );
    }
}

fn check(viewset: ViewSet, expected: &Expect) {
    let error = viewset.build().expect_err("mistakes");
    expected.assert_eq(&error.mistakes().join("\n"));
}

#[tokio::test]
async fn a_handle_of_another_model_is_a_mistake_of_build() {
    let db = filled().await;
    check(
        ViewSet::of::<Car>(&db)
            .filters((Car::MAKE, Person::ID))
            .lookups(Person::ID, [Lookup::Exact])
            .orderings([Person::PARENT_ID])
            .default_ordering(Person::CAR_ID.desc())
            .search((Car::SECRET, Car::MAKE)),
        &expect![[r#"
            Car: `.filters(…)` names `id` of the table `people`, but the rows are those of `cars`
            Car: `.lookups(…)` names `id` of the table `people`, but the rows are those of `cars`
            Car: `.orderings(…)` names `parent_id` of the table `people`, but the rows are those of `cars`
            Car: `.default_ordering(…)` names `car_id` of the table `people`, but the rows are those of `cars`
            Car: `.search(…)` names `secret`, which is no visible column"#]],
    );
}

#[tokio::test]
async fn declared_and_classical_models_are_described_alike() {
    let db = filled().await;
    let people = Model::from_table("Person", &Model::of::<Person>().create_table())
        .relation("favourite", "car_id", "cars")
        .many("bought", "cars", "owner_id")
        .many("sold", "cars", "seller_id");
    let cars = Model::from_table("Car", &Model::of::<Car>().create_table())
        .column("position", |column| column.rename("rank"))
        .column("secret", tower_rest::Column::hidden)
        .column("added", tower_rest::Column::read_only)
        .relation("owner", "owner_id", "people")
        .relation("seller", "seller_id", "people");
    let classical = Router::new()
        .register("cars", ViewSet::new(cars).database(&db))
        .register("people", ViewSet::new(people).database(&db))
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    let describe = b"OPTIONS /cars/ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let here = serve(api(&db, ViewSet::of::<Car>(&db))).await;
    let there = serve(classical).await;
    for path in ["/cars/7/", "/people/2/", "/people/", "/cars/?owner__id=1"] {
        assert_eq!(
            get(here, path).await.body,
            get(there, path).await.body,
            "{path}"
        );
    }
    let people = b"OPTIONS /people/ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    assert_eq!(
        send(here, people).await.json(),
        send(there, people).await.json()
    );
    let declared = send(here, describe).await.json();
    assert_eq!(declared, send(there, describe).await.json());
    let columns = declared["columns"].as_array().expect("columns");
    let column = |name: &str| {
        let found = columns.iter().find(|column| column["name"] == name);
        found.cloned().expect("a column")
    };
    assert_eq!(
        declared["description"],
        "A car, as a row, as JSON, and as a model: one struct."
    );
    assert_eq!(
        column("make"),
        json!({"name": "make", "type": "text", "nullable": false, "unique": false, "max_length": 40})
    );
    assert_eq!(
        column("fuel"),
        json!({"name": "fuel", "type": "enum", "nullable": false, "unique": false, "default": "petrol",
               "choices": ["petrol", "electricity"]})
    );
    assert_eq!(
        column("added"),
        json!({"name": "added", "type": "timestamp", "nullable": false, "unique": false, "read_only": true})
    );
    assert_eq!(
        column("year"),
        json!({"name": "year", "type": "integer", "nullable": true, "unique": false,
               "description": "When it was first built."})
    );
    assert!(columns.iter().all(|column| column["name"] != "secret"));
}

#[tokio::test]
async fn a_classical_model_says_lengths_defaults_and_read_only_columns_too() {
    let db = Database::in_memory().await.expect("a database");
    let table = Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("word").string_len(9).default("none"))
        .col(ColumnDef::new("size").integer())
        .to_owned();
    let thing = Model::from_table("Thing", &table).column("size", |column| {
        column.default(Value::Integer(0)).read_only().unique()
    });
    let address = serve(
        ViewSet::new(thing.clone())
            .database(&db)
            .build()
            .unwrap_or_else(|error| panic!("{error}")),
    )
    .await;
    let describe = b"OPTIONS / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let columns = send(address, describe).await.json()["columns"].clone();
    assert_eq!(
        [&columns[1], &columns[2]],
        [
            &json!({"name": "word", "type": "text", "nullable": true, "unique": false, "max_length": 9, "default": "none"}),
            &json!({"name": "size", "type": "integer", "nullable": true, "unique": true, "read_only": true, "default": 0}),
        ]
    );
    check(
        ViewSet::new(thing.column("size", |column| column.max_length(3))).database(&db),
        &expect![
            "Thing: `size` has a `max_length`, but is of type integer; only text and bytes have a length"
        ],
    );
}

#[derive(Model)]
#[model(table = "shelves", many(books: Book, by = ("hall", "shelf")))]
struct Shelf {
    #[model(key)]
    hall: String,
    #[model(key)]
    number: i32,
}

#[derive(Model)]
#[model(
    one(Shelf, by = ("hall", "shelf"), name = "on"),
    many(topics: Topic, through = BookTopic, by = "book_id", to = "topic_id")
)]
struct Book {
    #[model(key)]
    id: i32,
    hall: Option<String>,
    shelf: Option<i32>,
}

#[derive(Model)]
#[model(many(books: Book, through = "book_topics", by = "topic_id", to = "book_id"))]
struct Topic {
    #[model(key)]
    id: i32,
}

#[derive(Model)]
struct BookTopic {
    #[model(key, one(Book))]
    book_id: i32,
    #[model(key, one(Topic))]
    topic_id: i32,
}

#[tokio::test]
async fn composite_foreign_keys_and_junctions_are_followed_both_ways() {
    let db = Database::in_memory().await.expect("a database");
    for model in [
        Model::of::<Shelf>(),
        Model::of::<Book>(),
        Model::of::<Topic>(),
        Model::of::<BookTopic>(),
    ] {
        let table = model.create_table().to_string(SqliteQueryBuilder);
        db.execute_script(&table).await.expect("a table");
    }
    db.execute_script(
        "INSERT INTO shelves VALUES ('a', 1), ('a', 2); INSERT INTO topics VALUES (5), (6);
         INSERT INTO books VALUES (1, 'a', 2), (2, NULL, 1); INSERT INTO book_topics VALUES (1, 5), (1, 6), (2, 5)",
    )
    .await
    .expect("rows");
    let api = Router::new()
        .register("shelves", ViewSet::of::<Shelf>(&db))
        .register("books", ViewSet::of::<Book>(&db))
        .register("topics", ViewSet::of::<Topic>(&db))
        .build()
        .unwrap_or_else(|error| panic!("{error}"));
    let address = serve(api).await;
    let shown = async |path: &str| get(address, path).await.body.replace("http://test", "");
    assert_eq!(
        shown("/books/1/").await,
        r#"{"href":"/books/1/","id":1,"hall":"a","shelf":2,"on":"/shelves/a,2/","topics":["/topics/5/","/topics/6/"]}"#
    );
    assert_eq!(
        shown("/shelves/a,2/?fields=books").await,
        r#"{"books":["/books/1/"]}"#
    );
    assert_eq!(
        shown("/topics/5/?fields=books").await,
        r#"{"books":["/books/1/","/books/2/"]}"#
    );
    assert_eq!(shown("/books/2/?fields=on").await, r#"{"on":null}"#);
}
