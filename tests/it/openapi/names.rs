//! The answer to `GET /openapi.json` itself, its names, and what `build()` refuses.

use sea_query::{ColumnDef, Table, TableCreateStatement};
use serde_json::json;
use tower_rest::{Act, Action, Api, Database, Model, OpenApi, Reply, Result, Router, ViewSet};

use super::{Contract, document};
use crate::server::{Answer, ask, ask_with};

fn table() -> TableCreateStatement {
    let mut table = Table::create();
    table.table("cars");
    table.col(ColumnDef::new("car_id").integer().primary_key());
    table.col(ColumnDef::new("full_name").string().not_null());
    table.col(ColumnDef::new("kind").string());
    table
}

async fn cars() -> ViewSet {
    let db = Database::in_memory().await.expect("a database");
    ViewSet::new(Model::from_table("Car", &table())).database(&db)
}

async fn send(api: &Api, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
    ask_with(api, request.expect("a request")).await
}

fn mistakes(router: Router) -> Vec<String> {
    let error = router.build().expect_err("mistakes");
    error.mistakes().to_vec()
}

#[tokio::test]
async fn the_document_has_a_tag_and_is_not_sent_to_those_who_have_it() {
    let api = Router::new()
        .register("cars", cars().await)
        .build()
        .expect("an API");
    let first = ask(&api, "/openapi.json").await;
    let tag = first.header("etag").expect("a tag").to_owned();
    let again = send(&api, "GET", "/openapi.json/", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let head = send(&api, "HEAD", "/openapi.json", &[]).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(
        head.header("content-length"),
        Some(&*first.body.len().to_string())
    );
    let elsewhere = send(
        &api,
        "GET",
        "http://other/openapi.json",
        &[("if-none-match", &tag)],
    )
    .await;
    assert_eq!(elsewhere.status, 200, "its servers are others");
    assert_eq!(
        elsewhere.json()["servers"],
        json!([{"url": "http://other"}])
    );
    assert_eq!(first.json()["servers"], json!([{"url": "http://test"}]));
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    let post = send(&api, "POST", "/openapi.json", &[]).await;
    assert_eq!(post.status, 405);
    assert_eq!(post.header("allow"), Some("GET, HEAD, OPTIONS"));
    for (path, status) in [
        ("/openapi.json?format=json", 200),
        ("/openapi.json?format=csv", 400),
        ("/openapi.json?make=Fiat", 400),
    ] {
        assert_eq!(ask(&api, path).await.status, status, "{path}");
    }
    let options = send(&api, "OPTIONS", "/openapi.json", &[]).await;
    assert_eq!(options.json()["name"], "OpenAPI document");
}

#[tokio::test]
async fn the_root_and_every_description_link_to_their_part_of_the_document() {
    let served = Router::new().register("cars", cars().await).mount("/api");
    let api = served.clone().build().expect("an API");
    for (method, path, part) in [
        ("GET", "/", ""),
        ("OPTIONS", "/", ""),
        ("OPTIONS", "/cars/", "#/paths/~1cars~1"),
        ("OPTIONS", "/cars/1/", "#/paths/~1cars~1%7Bcar_id%7D~1"),
    ] {
        let answer = send(&api, method, path, &[]).await;
        let link = format!("<http://test/api/openapi.json{part}>; rel=\"service-desc\"");
        assert_eq!(answer.header("link"), Some(&*link), "{method} {path}");
    }
    let without = served.without_openapi().build().expect("an API");
    assert_eq!(send(&without, "GET", "/", &[]).await.header("link"), None);
    assert_eq!(ask(&without, "/openapi.json").await.status, 404);
}

#[tokio::test]
async fn a_viewset_at_the_root_has_a_document_beside_its_objects() {
    let api = cars().await.build().expect("an API");
    let contract = Contract::new(document(&api).await);
    assert_eq!(contract.template("/7/"), Some("/{car_id}/"));
    assert_eq!(contract.template("/openapi.json"), Some("/openapi.json"));
}

async fn noted(_: Act) -> Result<Reply> {
    Ok(().into())
}

#[tokio::test]
async fn the_paths_of_the_document_are_refused_for_anything_else() {
    for name in ["openapi.json", "docs"] {
        let found = mistakes(
            Router::new()
                .register(name, cars().await)
                .register("cars", cars().await),
        );
        let expected = format!("`{name}` has the path of");
        assert!(found.iter().any(|one| one.contains(&expected)), "{found:?}");
        let free = Router::new().register(name, cars().await).without_openapi();
        assert!(free.build().is_ok(), "{name} is free without a document");
        let nested = cars()
            .await
            .action(Action::on_object(name, http::Method::POST, noted));
        assert!(
            Router::new().register("cars", nested).build().is_ok(),
            "{name} below an object"
        );
        let action = Action::on_collection(name, http::Method::POST, noted);
        let found = mistakes(Router::new().register("", cars().await.action(action)));
        assert!(
            found.iter().any(|one| one.contains("has the path of")),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn changes_of_what_the_document_lacks_are_mistakes() {
    let openapi = OpenApi::new("Cars", "1.0.0")
        .operation("listCasr", json!({}))
        .schema("Cra", json!({}));
    let found = mistakes(
        Router::new()
            .register("cars", cars().await)
            .openapi(openapi),
    );
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found
            .iter()
            .any(|one| one.contains("`listCasr`") && one.contains("`listCars`")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|one| one.contains("`Cra`") && one.contains("`Car`")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_program_changes_the_document_part_by_part_and_as_a_whole() {
    let bearer = json!({"type": "http", "scheme": "bearer"});
    let openapi = OpenApi::new("Cars", "2.1.0")
        .description("Cars.")
        .security("token", bearer.clone())
        .operation("listCars", json!({"summary": "All cars", "x-limit": 100}))
        .schema("Car", json!({"properties": {"kind": {"example": "van"}}}))
        .merge(json!({"info": {"contact": {"url": "https://example.com/"}}, "x-of": "all"}));
    let router = Router::new().register("cars", cars().await);
    let api = router
        .clone()
        .openapi(openapi.clone())
        .build()
        .expect("an API");
    let changed = document(&api).await;
    let check = |pointer: &str, expected: serde_json::Value| {
        assert_eq!(changed.pointer(pointer), Some(&expected), "{pointer}");
    };
    check("/info/title", json!("Cars"));
    check("/info/version", json!("2.1.0"));
    check("/info/contact/url", json!("https://example.com/"));
    check("/x-of", json!("all"));
    check("/security", json!([{"token": []}]));
    check("/components/securitySchemes/token", bearer);
    check("/paths/~1cars~1/get/summary", json!("All cars"));
    check("/paths/~1cars~1/get/x-limit", json!(100));
    check(
        "/components/schemas/Car/properties/kind/example",
        json!("van"),
    );
    check("/servers", json!([{"url": "http://test"}]));
    let servers = json!([{"url": "https://api.example.com"}]);
    let openapi = openapi.merge(json!({"servers": servers}));
    let api = router.openapi(openapi).build().expect("an API");
    assert_eq!(document(&api).await["servers"], servers);
}

#[tokio::test]
async fn names_are_in_camel_case_where_those_of_the_api_are() {
    let router = Router::new()
        .register("cars", cars().await.writable())
        .camel_case();
    let all = document(&router.build().expect("an API")).await;
    let schemas = &all["components"]["schemas"];
    for name in ["Car", "CarCreate", "CarReplace", "CarPatch"] {
        let properties = &schemas[name]["properties"];
        assert!(
            properties["fullName"].is_object() && properties["full_name"].is_null(),
            "{name}"
        );
    }
    assert_eq!(schemas["CarCreate"]["required"], json!(["fullName"]));
    let parameters = all["components"]["parameters"]
        .as_object()
        .expect("parameters");
    assert!(
        parameters
            .values()
            .any(|one| one["name"] == "fullName__icontains")
    );
    assert!(all["paths"].get("/cars/{carId}/").is_some());
}

#[tokio::test]
async fn a_database_with_replicas_answers_tokens_to_writes_and_takes_them_from_readings() {
    let nowhere = async || Database::connect_lazily("postgres://127.0.0.1:1/none").await;
    let (primary, replica) = (nowhere().await, nowhere().await);
    let (primary, replica) = (primary.expect("a database"), replica.expect("a database"));
    let replicated = primary.reads_from([replica]).expect("a database");
    for (db, is_there) in [(primary, false), (replicated, true)] {
        let cars = ViewSet::new(Model::from_table("Car", &table())).database(&db);
        let router = Router::new().register("cars", cars.writable());
        let document = ask(&router.build().expect("an API"), "/openapi.json").await;
        let document = document.json();
        let (list, object) = (
            &document["paths"]["/cars/"],
            &document["paths"]["/cars/{car_id}/"],
        );
        let takes = |operation: &serde_json::Value| {
            operation["parameters"].to_string().contains("Read-After")
        };
        let tells = |answer: &serde_json::Value| answer["headers"]["Read-After"].is_object();
        assert_eq!(
            (
                takes(&list["get"]),
                takes(&object["get"]),
                takes(&list["post"])
            ),
            (is_there, is_there, false)
        );
        assert_eq!(
            (
                tells(&list["get"]["responses"]["200"]),
                tells(&list["post"]["responses"]["201"]),
                tells(&object["patch"]["responses"]["200"]),
                tells(&object["delete"]["responses"]["204"]),
            ),
            (false, is_there, is_there, is_there),
            "{document}"
        );
    }
}
