//! The types of actions, as the document describes them.

use http::Method;
use schemars::JsonSchema;
use sea_query::{ColumnDef, Table};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_rest::{Act, Action, Api, Database, Model, Reply, Result, Router, ViewSet};

use super::{Contract, document};
use crate::server::{Answer, ask, ask_with};

#[derive(Model)]
struct Car {
    #[model(key)]
    car_id: i64,
    make: String,
}

/// An engine, which may be made of others.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
struct Engine {
    kind: String,
    #[serde(default)]
    horsepower: u16,
    parts: Option<Vec<Self>>,
}

/// A type with the name of a model, and one that only replies have.
mod sold {
    use super::{Deserialize, Engine, JsonSchema, Serialize};

    #[derive(Deserialize, Serialize, JsonSchema)]
    pub(super) struct Car {
        pub(super) engine: Engine,
        pub(super) price: Option<u32>,
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The first year.
    since: u16,
    make: Option<Vec<String>>,
}

async fn sell(act: Act<sold::Car>) -> Result<Reply> {
    Ok(Reply::json(&act.payload))
}

async fn tune(act: Act<Option<Engine>>) -> Result<Reply> {
    Ok(Reply::json(&act.payload))
}

async fn stats(act: Act) -> Result<Reply> {
    let asked: Asked = act.query()?;
    let makes = asked.make.unwrap_or_default();
    Ok(Reply::json(&json!([asked.since, makes.len()])))
}

async fn api() -> Api {
    let db = Database::in_memory().await.expect("a database");
    let table = db.create_table(&Model::of::<Car>());
    db.execute_script(&table).await.expect("a table");
    let sell = Action::on_collection("sell", Method::POST, sell)
        .payload_schema::<sold::Car>()
        .reply_schema::<sold::Car>();
    let tune = Action::on_collection("tune", Method::POST, tune)
        .payload_schema::<Option<Engine>>()
        .reply_schema::<Option<Engine>>();
    let stats = Action::on_collection("stats", Method::GET, stats)
        .query_schema::<Asked>()
        .reply_schema::<(u16, usize)>();
    let plain = Action::on_collection("plain", Method::POST, async |_: Act| Ok(Reply::json(&1)));
    let cars = ViewSet::of::<Car>(&db);
    let cars = cars.action(sell).action(tune).action(stats).action(plain);
    let router = Router::new().register("cars", cars);
    router.build().expect("an API")
}

async fn post(api: &Api, path: &str, body: &str) -> Answer {
    let request = http::Request::post(path)
        .header("host", "test")
        .header("content-type", "application/json")
        .body(http_body_util::Full::new(bytes::Bytes::from(
            body.to_owned(),
        )));
    ask_with(api, request.expect("a request")).await
}

fn json_of<'d>(document: &'d Value, pointer: &str) -> &'d Value {
    document
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer} in {document:#}"))
}

#[tokio::test]
async fn the_types_of_actions_are_components_with_names_that_are_free() {
    let document = document(&api().await).await;
    let of = |action: &str, rest: &str| {
        let schema = json_of(&document, &format!("/paths/~1cars~1{action}~1{rest}"));
        schema.clone()
    };
    let body = "post/requestBody/content/application~1json/schema";
    let reply = "responses/200/content/application~1json/schema";
    // The name `Car` is that of the model. `price` may be missing where it is read, and is always there where written.
    let taken = json!({"$ref": "#/components/schemas/Car2"});
    let answered = json!({"$ref": "#/components/schemas/Car3"});
    assert_eq!(of("sell", &format!("/{body}")), taken);
    assert_eq!(of("sell", &format!("/post/{reply}")), answered);
    let required = |name: &str| json_of(&document, &format!("/components/schemas/{name}/required"));
    assert_eq!(required("Car2"), &json!(["engine"]));
    assert_eq!(required("Car3"), &json!(["engine", "price"]));
    // The definitions that are equal are one component.
    let schemas = json_of(&document, "/components/schemas").as_object();
    let names = schemas.into_iter().flatten().map(|(name, _)| &**name);
    let own: Vec<&str> = names.filter(|name| name.contains("Engine")).collect();
    assert_eq!(own, ["Engine", "Engine2"]);
    assert_eq!(required("Engine"), &json!(["kind"]));
    let needs = |action: &str| of(action, "/post/requestBody/required");
    assert_eq!(
        (needs("sell"), needs("tune"), needs("plain")),
        (true.into(), false.into(), false.into())
    );
    assert_eq!(of("plain", &format!("/post/{reply}")), json!({}));
}

#[derive(Deserialize, JsonSchema)]
struct CarBody {
    doors: u8,
}

#[tokio::test]
async fn a_type_does_not_take_the_name_of_an_enum() {
    let db = Database::in_memory().await.expect("a database");
    let mut cars = Table::create();
    cars.table("cars");
    cars.col(ColumnDef::new("car_id").integer().primary_key());
    cars.col(ColumnDef::new("body").enumeration("body", ["coupe", "sedan"]));
    let paint = Action::on_collection("paint", Method::POST, async |act: Act<CarBody>| {
        let CarBody { doors } = act.payload;
        Ok(Reply::json(&doors))
    });
    let cars = ViewSet::new(Model::from_table("Car", &cars)).database(&db);
    let cars = cars.action(paint.payload_schema::<CarBody>());
    let api = Router::new().register("cars", cars).build();
    let document = document(&api.expect("an API")).await;
    let schemas = json_of(&document, "/components/schemas");
    assert_eq!(schemas["CarBody"]["enum"], json!(["coupe", "sedan"]));
    assert_eq!(schemas["CarBody2"]["required"], json!(["doors"]));
}

#[tokio::test]
async fn the_fields_of_a_query_are_parameters() {
    let document = document(&api().await).await;
    let parameters = json_of(&document, "/paths/~1cars~1stats~1/get/parameters");
    let parameters = parameters.as_array().expect("parameters");
    let named = |name: &str| parameters.iter().find(|one| one["name"] == name);
    let since = named("since").expect("a parameter");
    assert_eq!(
        (&since["in"], &since["required"]),
        (&json!("query"), &json!(true))
    );
    assert_eq!(since["schema"]["description"], "The first year.");
    assert_eq!(named("make").expect("a parameter").get("required"), None);
}

#[tokio::test]
async fn what_actions_answer_fits_the_types_that_describe_it() {
    let api = api().await;
    let contract = Contract::new(document(&api).await);
    let car = r#"{"engine": {"kind": "V8", "parts": [{"kind": "V2"}]}}"#;
    for (path, body, status) in [
        ("/cars/sell/", car, 200),
        ("/cars/sell/", r#"{"engine": {}}"#, 400),
        ("/cars/tune/", r#"{"kind": "V8"}"#, 200),
        ("/cars/tune/", "null", 200),
    ] {
        let answer = post(&api, path, body).await;
        assert_eq!(answer.status, status, "{path} {body} {}", answer.body);
        let breaches = contract.breaches(format!("POST {path} ").as_bytes(), &answer);
        assert!(breaches.is_empty(), "{breaches:?}");
    }
    for (path, status) in [
        ("/cars/stats/?since=2010&make=Fiat&make=Opel", 200),
        ("/cars/stats/", 400),
    ] {
        let answer = ask(&api, path).await;
        assert_eq!(answer.status, status, "{path} {}", answer.body);
        let breaches = contract.breaches(format!("GET {path} ").as_bytes(), &answer);
        assert!(breaches.is_empty(), "{breaches:?}");
    }
    let wrong = r#"{"engine": {"kind": 8}}"#;
    let schema = json!({"$ref": "#/components/schemas/Car2"});
    let wrong: Value = serde_json::from_str(wrong).expect("JSON");
    assert_eq!(contract.faults(&schema, &wrong).len(), 1);
}
