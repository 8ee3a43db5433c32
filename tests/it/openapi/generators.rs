//! The document as generators of clients need it: it names types, and has nothing that one of them stumbles over.

use sea_query::{ColumnDef, Table};
use serde_json::{Value, json};
use tower_rest::{Database, Model, Router, ViewSet};

use crate::{
    databases::Kind,
    examples::cars,
    garage,
    server::{get, serve_any},
};

async fn the_cars() -> Value {
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("tables and rows");
    let address = serve_any(cars::app(&db).expect("an application")).await;
    get(address, "/api/openapi.json").await.json()
}

/// The schemas with an enum of texts below a value, but for the value itself.
fn enums(value: &Value) -> usize {
    let below: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(members) => Box::new(members.values()),
        _ => Box::new(std::iter::empty()),
    };
    let each = below.map(|one| {
        let is_enum = one["enum"].is_array() && one["type"] != json!("integer");
        usize::from(is_enum) + enums(one)
    });
    each.sum()
}

#[tokio::test]
async fn enums_of_columns_and_parameters_have_names() {
    let document = the_cars().await;
    let schemas = &document["components"]["schemas"];
    let body = json!({"$ref": "#/components/schemas/CarBody"});
    for schema in ["Car", "CarCreate", "CarReplace", "CarPatch"] {
        assert_eq!(schemas[schema]["properties"]["body"], body, "{schema}");
    }
    assert_eq!(schemas["CarBody"]["enum"][0], "saloon");
    let parameters = &document["components"]["parameters"];
    assert_eq!(parameters["Car.body"]["schema"], body);
    assert_eq!(parameters["Car.body__in"]["schema"]["items"], body);
    let fields = &parameters["Car.fields"]["schema"]["items"];
    assert_eq!(*fields, json!({"$ref": "#/components/schemas/CarField"}));
    // `page` takes a number or a word.
    let inline: usize = parameters
        .as_object()
        .expect("parameters")
        .iter()
        .filter(|(name, _)| !name.ends_with(".page"))
        .map(|(_, parameter)| enums(parameter))
        .sum();
    assert_eq!(inline, 0, "{parameters}");
}

#[tokio::test]
async fn an_enum_that_may_be_null_refers_to_its_name_or_is_null() {
    let table = Table::create()
        .table("moods")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("mood").enumeration("mood", ["sad", "glad"]))
        .to_owned();
    let db = Database::in_memory().await.expect("a database");
    let moods = ViewSet::new(Model::from_table("Mood", &table)).database(&db);
    let api = Router::new().register("moods", moods.writable()).build();
    let document = super::document(&api.expect("an API")).await;
    let schemas = &document["components"]["schemas"];
    let expected = json!({"anyOf": [{"$ref": "#/components/schemas/MoodMood"}, {"type": "null"}]});
    for schema in ["Mood", "MoodCreate"] {
        assert_eq!(schemas[schema]["properties"]["mood"], expected, "{schema}");
    }
    assert_eq!(
        schemas["MoodMood"],
        json!({"type": "string", "enum": ["sad", "glad"]})
    );
}

#[tokio::test]
async fn errors_of_a_status_have_a_name_and_the_number_of_the_status() {
    let document = the_cars().await;
    let components = &document["components"];
    let content = &components["responses"]["NotFound"]["content"];
    let expected = json!({"$ref": "#/components/schemas/NotFoundProblem"});
    assert_eq!(content["application/problem+json"]["schema"], expected);
    let own = &components["schemas"]["NotFoundProblem"]["allOf"][1]["properties"];
    assert_eq!(own["status"], json!({"type": "integer", "enum": [404]}));
    assert_eq!(own["code"]["type"], "string");
}

#[tokio::test]
async fn the_list_of_all_objects_has_the_plain_name() {
    let document = the_cars().await;
    let of = |path: &str| {
        let create = &document["paths"][path]["post"]["requestBody"]["content"]["application/json"];
        create["schema"]["anyOf"][0]["$ref"].clone()
    };
    assert_eq!(of("/parts/"), "#/components/schemas/PartCreate");
    assert_eq!(
        of("/cars/{car_id}/parts/"),
        "#/components/schemas/CarPartCreate"
    );
}

#[tokio::test]
async fn forms_are_described_in_words() {
    let document = the_cars().await;
    assert!(
        !document
            .to_string()
            .contains(r#""application/x-www-form-urlencoded":"#)
    );
    let body = &document["paths"]["/owners/"]["post"]["requestBody"];
    let words = body["description"].as_str().expect("a description");
    assert!(words.contains("x-www-form-urlencoded"), "{words}");
}

#[tokio::test]
async fn a_size_of_pages_is_a_default_where_no_other_parameter_refuses_it() {
    let default = |document: &Value, parameter: &str| {
        let parameters = document["components"]["parameters"].as_object();
        let mut all = parameters.expect("parameters").iter();
        let found = all.find(|(name, _)| name.ends_with(parameter));
        found.expect("a parameter").1["schema"]["default"].clone()
    };
    let cars = the_cars().await;
    assert_eq!(default(&cars, "Owner.page_size"), 25);
    for parameter in ["Car.page_size", "Car.limit", "Part.page_size"] {
        assert_eq!(default(&cars, parameter), Value::Null, "{parameter}");
    }
    let garage = garage::database_on(Kind::Sqlite).await;
    let numbered = super::document(&garage::api("garage", &garage.db)).await;
    assert!(default(&numbered, ".page_size").is_number());
}
