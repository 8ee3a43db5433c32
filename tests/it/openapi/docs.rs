//! The page of the document: what the document says, for people.

use std::collections::{BTreeMap, BTreeSet};

use scraper::{Html, Selector};
use serde_json::{Value, json};
use tower_rest::{Api, OpenApi};

use super::{
    Contract, document,
    hidden::{guarded, of_role, router},
    reflected,
};
use crate::{
    databases::Kind,
    server::{Answer, ask, ask_with},
};

async fn page(api: &Api) -> Html {
    let answer = ask(api, "/docs/").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    Html::parse_document(&answer.body)
}

/// The texts of the elements that a selector finds, each without the space around it.
fn texts(page: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    let found = page.select(&selector);
    found
        .map(|element| element.text().collect::<String>().trim().to_owned())
        .collect()
}

fn attributes(page: &Html, selector: &str, name: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    let found = page.select(&selector);
    found
        .filter_map(|element| element.attr(name).map(str::to_owned))
        .collect()
}

/// Holds that a page has every operation, schema and shared answer of the document, no other, and no link to an anchor
/// that is not there.
fn check_whole(page: &Html, document: &Value) {
    let contract = Contract::new(document.clone());
    let operations = contract.operations();
    let mut expected: Vec<String> = operations
        .map(|(path, method, operation)| {
            let id = operation["operationId"].as_str().expect("an id");
            format!("{} {path} {id}", method.to_uppercase())
        })
        .collect();
    let summaries = texts(page, "details:has([id^='operation-']) > summary b");
    let paths = texts(page, "details:has([id^='operation-']) > summary code");
    let ids = texts(page, "[id^='operation-'] > .label code");
    let mut found: Vec<String> = summaries
        .iter()
        .zip(&paths)
        .zip(&ids)
        .map(|((method, path), id)| format!("{method} {path} {id}"))
        .collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    for (kind, selector) in [("schemas", "schema"), ("responses", "response")] {
        let components = document["components"][kind].as_object();
        let names: BTreeSet<String> = components.expect("components").keys().cloned().collect();
        let selector = format!("details:has([id^='{selector}-']) > summary b");
        let found = texts(page, &selector);
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), names);
        assert_eq!(found.len(), names.len());
    }
    let anchors = attributes(page, "[id]", "id");
    let set: BTreeSet<&String> = anchors.iter().collect();
    assert_eq!(set.len(), anchors.len(), "an id stands twice");
    for link in attributes(page, "a[href^='#']", "href") {
        assert!(set.contains(&link[1..].to_owned()), "{link}");
    }
}

#[tokio::test]
async fn the_page_has_every_operation_of_the_document_and_no_other() {
    for writable in [false, true] {
        let router = router().await;
        let router = if writable { router.writable() } else { router };
        let api = router.build().expect("an API");
        check_whole(&page(&api).await, &document(&api).await);
    }
}

#[tokio::test]
async fn sixty_tables_with_awkward_names_are_shown_as_texts() {
    let (_fresh, router) = reflected(Kind::Sqlite).await;
    let api = router.build().expect("an API");
    let (page, document) = (page(&api).await, document(&api).await);
    check_whole(&page, &document);
    let tags = document["tags"].as_array().expect("tags");
    let names: Vec<_> = tags
        .iter()
        .map(|tag| tag["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(texts(&page, "h2[id^='tag-']"), names);
    assert_eq!(texts(&page, ".contents a[href^='#tag-']"), names);
}

#[tokio::test]
async fn what_the_program_says_is_escaped() {
    let hostile = "<script>alert(1)</script>\" onclick='x'";
    let openapi = OpenApi::new(hostile, hostile)
        .description(hostile)
        .security(
            hostile,
            json!({"type": "http", "scheme": hostile, "description": hostile}),
        )
        .operation(
            "listCars",
            json!({"summary": hostile, "description": hostile, "operationId": hostile,
                "tags": [hostile], "parameters": [{"name": hostile, "in": hostile, "schema": {"type": hostile, "default": hostile}}]}),
        )
        .schema("Car", json!({"properties": {hostile: {"enum": [hostile]}}}))
        .merge(json!({"servers": [{"url": hostile}], "components": {"schemas": {hostile: {"type": 5}}}}));
    let router = router().await.openapi(openapi);
    let api = router.build().expect("an API");
    let page = page(&api).await;
    check_whole(&page, &document(&api).await);
    let scripts = attributes(&page, "script", "src");
    assert_eq!(scripts.len(), texts(&page, "script").len());
    assert_eq!(attributes(&page, "[onclick]", "onclick").len(), 0);
    assert!(texts(&page, "h1").contains(&hostile.to_owned()));
    assert!(texts(&page, "h2").contains(&hostile.to_owned()));
}

#[tokio::test]
async fn parts_of_another_shape_than_openapi_has_are_left_out() {
    let odd = json!({"info": 1, "tags": {"name": 2}, "paths": {"/x": [], "/y": {"get": 3, "post": {"parameters": "no",
        "responses": [1], "requestBody": {"content": {"a/b": null}}, "security": 7}}}, "components": {"schemas": {"X": true}}});
    let router = router().await.openapi(OpenApi::default().merge(odd));
    let api = router.build().expect("an API");
    let page = page(&api).await;
    assert!(
        texts(&page, "summary")
            .iter()
            .any(|text| text.contains("/y"))
    );
    assert!(texts(&page, "summary b").contains(&"X".to_owned()));
}

async fn docs_of_role(api: &Api, role: &str, tag: &str) -> Answer {
    of_role(api, "/docs/", role, tag).await
}

#[tokio::test]
async fn an_operation_that_a_policy_refuses_is_not_on_the_page() {
    let api = guarded().await;
    let all = docs_of_role(&api, "writer", "\"none\"").await;
    let some = docs_of_role(&api, "reader", "\"none\"").await;
    for (answer, role) in [(&all, "writer"), (&some, "reader")] {
        let document = of_role(&api, "/openapi.json", role, "\"none\"").await;
        check_whole(&Html::parse_document(&answer.body), &document.json());
    }
    assert!(all.body.contains("deleteCar") && !some.body.contains("deleteCar"));
    assert!(all.body.contains("CarCreate") && !some.body.contains("CarCreate"));
    assert_eq!(some.header("cache-control"), Some("private, no-cache"));
    assert_eq!(some.header("vary"), Some("Accept, Role"));
    let tag = |answer: &Answer| answer.header("etag").expect("a tag").to_owned();
    assert_ne!(tag(&all), tag(&some));
    assert_eq!(docs_of_role(&api, "reader", &tag(&some)).await.status, 304);
    assert_eq!(docs_of_role(&api, "writer", &tag(&some)).await.status, 200);
}

async fn status(api: &Api, method: &str, path: &str, accept: &str) -> (u16, Option<String>) {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test")
        .header("accept", accept)
        .body(http_body_util::Empty::<bytes::Bytes>::new());
    let answer = ask_with(api, request.expect("a request")).await;
    let allow = answer.header("allow").map(str::to_owned);
    (answer.status, allow)
}

#[tokio::test]
async fn the_page_is_read_as_html_alone() {
    let api = router().await.build().expect("an API");
    let both = Some("GET, HEAD".to_owned());
    for (method, path, accept, expected) in [
        ("GET", "/docs", "*/*", (200, None)),
        ("GET", "/docs/", "", (200, None)),
        ("GET", "/docs/?format=html", "application/json", (200, None)),
        ("HEAD", "/docs/", "text/html", (200, None)),
        ("GET", "/docs/", "application/json", (406, None)),
        ("GET", "/docs/?format=json", "text/html", (400, None)),
        ("GET", "/docs/?x=1", "text/html", (400, None)),
        ("POST", "/docs/", "text/html", (405, both.clone())),
        ("OPTIONS", "/docs/", "text/html", (405, both.clone())),
        ("GET", "/docs/?_form=options", "text/html", (405, both)),
        ("GET", "/docs//", "text/html", (404, None)),
        ("GET", "/docs/x/", "text/html", (404, None)),
    ] {
        assert_eq!(
            status(&api, method, path, accept).await,
            expected,
            "{method} {path} {accept}"
        );
    }
}

#[tokio::test]
async fn every_page_links_to_what_the_documentation_says_of_it() {
    let api = router().await.writable().build().expect("an API");
    let docs = page(&api).await;
    let anchors = attributes(&docs, "[id]", "id");
    let mut links = BTreeMap::new();
    for (path, status) in [
        ("/?format=html", 200),
        ("/cars/?format=html&x=1", 400),
        ("/cars/?_form=create", 200),
        ("/cars/?_form=options", 200),
        ("/docs/", 200),
    ] {
        let answer = ask(&api, path).await;
        assert_eq!(answer.status, status, "{path}");
        let page = Html::parse_document(&answer.body);
        let found = attributes(&page, "header .docs a", "href");
        assert_eq!(found.len(), 1, "{path}");
        if let Some((_, anchor)) = found[0].split_once('#') {
            assert!(anchors.contains(&anchor.to_owned()), "{anchor}");
        }
        links.insert(path, found[0].clone());
    }
    assert_eq!(links["/?format=html"], "http://test/docs/");
    assert_eq!(
        links["/cars/?format=html&x=1"],
        "http://test/docs/#tag-cars"
    );
    let to_the_document = attributes(&docs, "h1 + p a", "href");
    assert_eq!(to_the_document[0], "http://test/openapi.json");
}

#[tokio::test]
async fn without_the_document_or_without_pages_there_is_no_documentation() {
    let without_openapi = router().await.without_openapi().build().expect("an API");
    let without_html = router().await.without_html().build().expect("an API");
    for api in [&without_openapi, &without_html] {
        for path in ["/docs/", "/docs/swagger-ui/", "/?_form=swagger_start-0"] {
            let answer = ask(api, path).await;
            assert_ne!(
                answer.header("content-type"),
                Some("text/html; charset=utf-8"),
                "{path}"
            );
            assert!(path.starts_with("/?") || answer.status == 404, "{path}");
        }
    }
    let root = ask(&without_openapi, "/?format=html").await;
    assert_eq!(root.status, 200);
    assert!(!root.body.contains("/docs/"));
}

#[tokio::test]
async fn swagger_ui_has_a_policy_of_its_own_and_files_that_any_cache_keeps() {
    let api = router().await.build().expect("an API");
    let answer = ask(&api, "/docs/swagger-ui/").await;
    assert_eq!(answer.status, 200);
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("connect-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    let docs = ask(&api, "/docs/").await;
    let usual = docs.header("content-security-policy").expect("a policy");
    assert!(!usual.contains("data:"), "{usual}");
    let page = Html::parse_document(&answer.body);
    let mut files = attributes(&page, "link[rel=stylesheet]", "href");
    files.extend(attributes(&page, "script", "src"));
    assert_eq!(files.len(), 3);
    for file in files {
        let path = file.strip_prefix("http://test").expect("a file of the API");
        let answer = ask(&api, path).await;
        assert_eq!(answer.status, 200, "{path}");
        let kept = "public, max-age=31536000, immutable";
        assert_eq!(answer.header("cache-control"), Some(kept), "{path}");
        assert!(answer.body.len() > 100, "{path}");
    }
    assert_eq!(
        attributes(&page, "main", "data-document"),
        ["http://test/openapi.json"]
    );
    assert!(docs.body.contains("http://test/docs/swagger-ui/"));
}
