//! Every method that is served is described, and every one described is served.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tower_rest::Api;

use super::{Contract, document, reflected};
use crate::{
    databases::Kind,
    garage,
    server::{Answer, ask, ask_with},
};

async fn options(api: &Api, path: &str) -> Answer {
    let request = http::Request::builder()
        .method("OPTIONS")
        .uri(path)
        .header("host", "test")
        .body(http_body_util::Empty::<bytes::Bytes>::new());
    ask_with(api, request.expect("a request")).await
}

/// A path of a template, whose keys may name no row.
fn filled(template: &str) -> String {
    let mut path = String::new();
    for piece in template.split('{') {
        match piece.split_once('}') {
            Some((_, rest)) => path.extend(["1", rest]),
            None => path.push_str(piece),
        }
    }
    path
}

/// # Panics
///
/// When a path's `Allow` and the methods of the document differ.
async fn every_documented_method_is_served(api: &Api, contract: &Contract) {
    let mut methods = BTreeMap::<&str, BTreeSet<String>>::new();
    for (path, method, operation) in contract.operations() {
        methods
            .entry(path)
            .or_default()
            .insert(method.to_ascii_uppercase());
        assert!(operation["summary"].is_string(), "{operation}");
    }
    for (path, documented) in methods {
        let answer = options(api, &filled(path)).await;
        let allow = answer.header("allow").unwrap_or_default();
        let served = allow.split(", ").map(str::to_owned).collect();
        assert_eq!(documented, served, "{path}");
    }
}

/// Follows the links of every answer from the root, and returns how many paths were found.
///
/// # Panics
///
/// When a link leads to a path that is not documented.
async fn every_linked_path_is_documented(api: &Api, contract: &Contract) -> usize {
    let (mut known, mut left) = (BTreeSet::new(), vec!["/".to_owned()]);
    while let Some(path) = left.pop() {
        let bare = path.split('?').next().unwrap_or_default();
        let template = contract.template(bare);
        let template = template.unwrap_or_else(|| panic!("{path} is not documented"));
        // One object of a place tells as much as all of them.
        if !known.insert(template.to_owned()) {
            continue;
        }
        let answer = ask(api, &path).await;
        if answer.status == 200 {
            links(&answer.json(), &mut left);
        }
    }
    known.len()
}

fn links(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.extend(text.strip_prefix("http://test").map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| links(item, found)),
        Value::Object(members) => members.values().for_each(|member| links(member, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn ids(contract: &Contract) -> BTreeSet<&str> {
    let ids = contract
        .operations()
        .map(|(_, _, operation)| operation["operationId"].as_str().expect("an id"));
    let all: Vec<_> = ids.collect();
    let once: BTreeSet<_> = all.iter().copied().collect();
    assert_eq!(once.len(), all.len(), "ids are given twice");
    once
}

#[tokio::test(flavor = "multi_thread")]
async fn the_garage_is_documented_as_it_is_served() {
    for kind in Kind::reachable().await {
        let db = garage::database_on(kind).await;
        for (name, headers) in garage::APIS {
            let api = garage::api(name, &db.db);
            let contract = Contract::new(document(&api).await);
            every_documented_method_is_served(&api, &contract).await;
            if headers.is_empty() {
                every_linked_path_is_documented(&api, &contract).await;
            }
            assert!(!ids(&contract).is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_tables_are_documented_as_they_are_served() {
    for kind in Kind::reachable().await {
        let (_fresh, router) = reflected(kind).await;
        let api = router.build().expect("an API");
        let contract = Contract::new(document(&api).await);
        every_documented_method_is_served(&api, &contract).await;
        assert!(every_linked_path_is_documented(&api, &contract).await > 60);
        assert!(ids(&contract).len() > 500);
    }
}

#[tokio::test]
async fn ids_are_words_where_words_tell_operations_apart() {
    let db = garage::database_on(Kind::Sqlite).await;
    let contract = Contract::new(document(&garage::api("garage", &db.db)).await);
    let ids = ids(&contract);
    for id in [
        "readRoot",
        "readOpenApi",
        "describeRoot",
        "listCars",
        "headListCars",
        "describeCars",
        "retrieveCar",
        "headRetrieveCar",
        "describeCar",
        "listCarParts",
        "retrieveCarPart",
    ] {
        assert!(ids.contains(id), "{id} is not in {ids:?}");
    }
}
