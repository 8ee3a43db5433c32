//! The statements of the guide make the indexes that it says, which follow what is written.

use http::Method;
use sea_query::{ColumnDef, Table};
use serde_json::json;
use tower_rest::{FullText, Model, ViewSet, testing::Client};

use crate::databases::Kind;

const GUIDE: &str = include_str!("../../../docs/guide/full_text.md");

/// The blocks of SQL below a heading of the guide.
fn blocks(heading: &str) -> Vec<&'static str> {
    let section = GUIDE.split_once(&format!("\n### {heading}\n"));
    let (_, section) = section.expect("a section");
    let section = section.split("\n### ").next().expect("its text");
    let blocks = section.split("```sql\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().expect("SQL"));
    blocks.collect()
}

#[tokio::test]
async fn the_statements_of_the_guide_make_indexes_that_follow_what_is_written() {
    for kind in Kind::reachable().await {
        let heading = match kind {
            Kind::Sqlite => "SQLite",
            Kind::Postgres => "PostgreSQL",
            Kind::MySql => "MySQL and MariaDB",
        };
        let blocks = blocks(heading);
        assert_eq!(
            blocks.len(),
            1 + usize::from(kind == Kind::Postgres),
            "{kind}"
        );
        for block in blocks {
            let fresh = kind.fresh().await;
            let table = "CREATE TABLE cars (car_id INTEGER PRIMARY KEY, make VARCHAR(40) NOT NULL, notes TEXT);\
                         INSERT INTO cars VALUES (1, 'Fiat', 'red car')";
            fresh.execute(table).await;
            fresh.execute(block).await;
            let car = Table::create()
                .table("cars")
                .col(ColumnDef::new("car_id").integer().primary_key())
                .col(ColumnDef::new("make").string().not_null())
                .col(ColumnDef::new("notes").text())
                .to_owned();
            let setting = match block.contains("search_vector") {
                true => FullText::new().config("english").vector("search_vector"),
                false => FullText::new().table("cars_fts"),
            };
            let api = ViewSet::new(Model::from_table("Car", &car))
                .database(&fresh.db)
                .search(["make", "notes"])
                .full_text(setting)
                .writable();
            let client = Client::new(api.build().expect("an API"));
            let count = |word: &'static str| {
                let list = client.get(&format!("/?search={word}"));
                async move { list.await.json()["count"].clone() }
            };
            assert_eq!(count("red").await, 1, "{kind}: {block}");
            let new = json!({"car_id": 2, "make": "Opel", "notes": "red van"});
            let created = client.post("/").json(&new).await;
            assert_eq!(created.status(), 201, "{kind}: {}", created.text());
            assert_eq!(count("red").await, 2, "{kind}: {block}");
            let change = client.ask(Method::PATCH, "/1/");
            let changed = change.json(&json!({"notes": "blue car"})).await;
            assert_eq!(changed.status(), 200, "{kind}: {}", changed.text());
            assert_eq!(
                (count("red").await, count("blue").await),
                (json!(1), json!(1)),
                "{kind}"
            );
            let deleted = client.ask(Method::DELETE, "/2/").await;
            assert_eq!(deleted.status(), 204, "{kind}: {}", deleted.text());
            assert_eq!(count("red").await, 0, "{kind}: {block}");
        }
    }
}

/// The plan of a search is looked at with this expression.
#[test]
fn the_expression_of_the_guide_is_the_one_whose_plan_is_tested() {
    assert!(GUIDE.contains(super::EXPRESSION));
}
