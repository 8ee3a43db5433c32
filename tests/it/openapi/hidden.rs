//! A document has nothing that its client may not know.

use sea_query::{ColumnDef, ForeignKey, Table};
use serde_json::Value;
use tower_rest::{Access, Api, Code, Column, Database, Error, Model, Router, ToOne, ViewSet};

use super::{Contract, document};
use crate::server::{Answer, ask_with};

pub(super) async fn router() -> Router {
    let db = Database::in_memory().await.expect("a database");
    let mut makers = Table::create();
    makers.table("makers");
    makers.col(ColumnDef::new("maker_id").integer().primary_key());
    makers.col(ColumnDef::new("secret_recipe").string());
    let mut cars = Table::create();
    cars.table("cars");
    cars.col(ColumnDef::new("car_id").integer().primary_key());
    cars.col(ColumnDef::new("maker_id").integer());
    cars.col(ColumnDef::new("make").string().not_null());
    cars.col(ColumnDef::new("buried").string());
    cars.col(ColumnDef::new("password").string());
    cars.foreign_key(
        ForeignKey::create()
            .from("cars", "maker_id")
            .to("makers", "maker_id"),
    );
    let car = Model::from_table("Car", &cars)
        .column("buried", Column::hidden)
        .column("password", Column::write_only);
    let cars = ViewSet::new(car)
        .database(&db)
        .to_one("maker", ToOne::Object);
    let makers = ViewSet::new(Model::from_table("Maker", &makers)).database(&db);
    Router::new()
        .register("cars", cars)
        .register("makers", makers)
}

fn text(document: &Value) -> String {
    document.to_string()
}

#[tokio::test]
async fn hidden_columns_are_nowhere_and_write_only_ones_are_only_sent() {
    let read_only = document(&router().await.build().expect("an API")).await;
    assert!(!text(&read_only).contains("buried") && !text(&read_only).contains("password"));
    let written = document(&router().await.writable().build().expect("an API")).await;
    assert!(!text(&written).contains("buried"));
    let schemas = written["components"]["schemas"]
        .as_object()
        .expect("schemas");
    for (name, schema) in schemas {
        let is_there = schema.to_string().contains("password");
        let takes = ["CarCreate", "CarReplace", "CarPatch"].contains(&name.as_str());
        assert_eq!(is_there, takes, "{name}");
    }
    assert_eq!(
        schemas["CarCreate"]["properties"]["password"]["writeOnly"],
        true
    );
    let others = written["components"]["parameters"].to_string() + &written["paths"].to_string();
    assert!(!others.contains("password"));
}

/// The API of which a request sees what its header `Role` allows: a writer everything, a reader cars alone.
pub(super) async fn guarded() -> Api {
    let guard = |viewset: ViewSet, open: bool| {
        viewset.policy(move |head, access| {
            let role = head.headers.get("role").and_then(|role| role.to_str().ok());
            let reads = matches!(access, Access::List | Access::Retrieve);
            match role {
                Some("writer") => Ok(()),
                Some("reader") if reads && open => Ok(()),
                _ => Err(Error::new(Code::Forbidden, "not for you")),
            }
        })
    };
    let router = router().await.writable();
    let router = router
        .configure("cars", |cars| guard(cars, true).vary(["Role"]))
        .configure("makers", |makers| guard(makers, false));
    router.build().expect("an API")
}

pub(super) async fn of_role(api: &Api, path: &str, role: &str, tag: &str) -> Answer {
    let request = http::Request::get(path)
        .header("host", "test")
        .header("role", role)
        .header("if-none-match", tag)
        .body(http_body_util::Empty::<bytes::Bytes>::new());
    ask_with(api, request.expect("a request")).await
}

#[tokio::test]
async fn a_policy_hides_operations_their_schemas_and_links_to_them() {
    let api = guarded().await;
    let all = of_role(&api, "/openapi.json", "writer", "\"none\"").await;
    let some = of_role(&api, "/openapi.json", "reader", "\"none\"").await;
    let none = of_role(&api, "/openapi.json", "guest", "\"none\"").await;
    let methods = |answer: &Answer| -> Vec<String> {
        let contract = Contract::new(answer.json());
        let all = contract.operations();
        all.map(|(path, method, _)| format!("{method} {path}"))
            .collect()
    };
    assert!(methods(&all).contains(&"delete /makers/{maker_id}/".to_owned()));
    let read = ["get", "head", "options"];
    let mut expected: Vec<_> = ["/", "/cars/", "/cars/{car_id}/", "/openapi.json"]
        .iter()
        .flat_map(|path| read.map(|method| format!("{method} {path}")))
        .collect();
    // Operations that no policy decides about are described to every client.
    expected.extend(["/makers/", "/makers/{maker_id}/"].map(|path| format!("options {path}")));
    let mut found = methods(&some);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let schemas = some.json()["components"]["schemas"].clone();
    assert!(
        schemas["CarCreate"].is_null() && schemas["Car"].is_object(),
        "{schemas}"
    );
    assert!(!some.body.contains("deleteCar") && all.body.contains("deleteCar"));
    assert!(!none.body.contains("make__"), "{}", none.body);
    assert_eq!(some.header("cache-control"), Some("private, no-cache"));
    assert_eq!(some.header("vary"), Some("Accept, Role"));
    let tag = |answer: &Answer| answer.header("etag").expect("a tag").to_owned();
    assert_ne!(tag(&all), tag(&some));
    assert_eq!(
        of_role(&api, "/openapi.json", "reader", &tag(&some))
            .await
            .status,
        304
    );
    assert_eq!(
        of_role(&api, "/openapi.json", "writer", &tag(&some))
            .await
            .status,
        200
    );
}
