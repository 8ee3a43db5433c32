//! Bugs of requests that write.

use sea_query::{ColumnDef, ForeignKey, Table};
use serde_json::json;
use tower_rest::{Api, Model, Router, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask_with},
};

async fn post(api: &Api, path: &str, content: &str, body: &str) -> Answer {
    let request = http::Request::post(path)
        .header("host", "test")
        .header("content-type", content);
    let request = request.body(body.to_owned()).expect("a request");
    ask_with(api, request).await
}

/// Nodes, which refer to each other, on a new database.
async fn open(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let nodes = Table::create()
        .table("nodes")
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(ColumnDef::new("small").small_integer())
        .col(ColumnDef::new("raw").blob())
        .col(ColumnDef::new("above_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("nodes", "above_id")
                .to("nodes", "id"),
        )
        .to_owned();
    let model = Model::from_table("Node", &nodes);
    fresh.execute(&fresh.db.create_table(&model)).await;
    let nodes = ViewSet::new(model).database(&fresh.db).writable();
    let api = Router::new().register("nodes", nodes).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn r400_an_integer_outside_the_declared_width_is_refused_by_sqlite_too() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        for (number, status) in [(-32768, 201), (32767, 201), (32768, 400), (-32769, 400)] {
            let body = json!({"id": number, "small": number}).to_string();
            let json = post(&api, "/nodes/", "application/json", &body).await;
            assert_eq!(json.status, status, "{kind} {number}: {}", json.body);
            let body = format!("id={}&small={number}", number + 7);
            let content = "application/x-www-form-urlencoded";
            let form = post(&api, "/nodes/", content, &body).await;
            assert_eq!(form.status, status, "{kind} {number}: {}", form.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r401_bytes_in_a_body_are_not_explained_as_those_in_a_url() {
    let (_fresh, api) = open(Kind::Sqlite).await;
    let body = json!({"id": 1, "raw": "*"}).to_string();
    let answer = post(&api, "/nodes/", "application/json", &body).await;
    let detail = answer.json()["detail"].clone();
    assert_eq!(detail, "`raw` takes bytes in base64, such as `AP8=`");
}

#[tokio::test(flavor = "multi_thread")]
async fn r402_a_row_that_is_not_there_is_told_in_the_same_words_by_every_database() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let body = json!({"id": 1, "above_id": 77}).to_string();
        let answer = post(&api, "/nodes/", "application/json", &body).await;
        let detail = answer.json()["errors"][0]["detail"].clone();
        assert_eq!(
            (answer.status, detail),
            (409, json!("there is no row that this refers to")),
            "{kind}"
        );
    }
}

/// An empty search selects every row, and counted as the filter without which no list is changed.
#[tokio::test(flavor = "multi_thread")]
async fn r403_an_empty_search_is_no_filter_of_rows_to_change() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let mut table = Table::create();
        let table = table
            .table("cars")
            .col(ColumnDef::new("id").integer().primary_key())
            .col(ColumnDef::new("make").string().not_null());
        fresh.create(table).await;
        fresh.execute("INSERT INTO cars VALUES (1, 'Fiat')").await;
        let cars = ViewSet::new(Model::from_table("Car", table)).database(&fresh.db);
        let cars = cars.search("make").bulk_deletes(10).bulk_updates(10);
        let api = cars.build().expect("an API");
        for method in [http::Method::DELETE, http::Method::PATCH] {
            let request = http::Request::builder()
                .method(&method)
                .uri("/?search=")
                .header("host", "test")
                .header("content-type", "application/json")
                .body("{\"make\": \"Opel\"}".to_owned());
            let answer = ask_with(&api, request.expect("a request")).await;
            assert_eq!(answer.status, 400, "{kind} {method}: {}", answer.body);
        }
    }
}
