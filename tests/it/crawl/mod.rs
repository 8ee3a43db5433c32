//! Every link that any answer has leads somewhere: to the list it names, or to the row that has it as its own.

mod columns;
mod files;

use std::collections::{BTreeSet, VecDeque};

use serde_json::Value;
use tower_rest::{Api, Database};

use crate::{
    databases::Kind,
    garage,
    server::{Answer, ask_with},
};

/// How many URLs of one API are followed.
const MOST: usize = 400;

const ORIGIN: &str = "http://test";

#[tokio::test]
async fn every_href_resolves() {
    for kind in Kind::reachable().await {
        let garage = garage::database_on(kind).await;
        let followed = crawl_all(&garage.db).await;
        assert!(followed > 2000, "{kind}: {followed} are too few");
    }
}

/// How many links there were.
async fn crawl_all(db: &Database) -> usize {
    let mut followed = 0;
    for (name, headers) in garage::APIS {
        let known = crawl(&garage::api(name, db), name, headers, MOST).await;
        followed += known.len();
        assert!(known.len() > 5, "{name}: only {known:?}");
    }
    followed
}

/// Follows every link from the root on, at most so many, and gives the paths that were asked for.
pub(crate) async fn crawl(
    api: &Api,
    name: &str,
    headers: &[(&str, &str)],
    most: usize,
) -> BTreeSet<String> {
    let (mut known, mut queue) = (BTreeSet::new(), VecDeque::from(["/".to_owned()]));
    while let Some(path) = queue.pop_front().filter(|_| known.len() < most) {
        if !known.insert(path.clone()) {
            continue;
        }
        let answer = ask(api, &path, headers).await;
        assert_eq!(answer.status, 200, "{name} {path}: {}", answer.body);
        let document = answer.json();
        // The root has no link of its own, though something may be served at `/href/`.
        let own = document.get("href");
        if let Some(href) = own.filter(|_| !path.contains('?') && path != "/") {
            assert_eq!(href, &format!("{ORIGIN}{path}"), "{name}: its own link");
        }
        queue.extend(links(&document));
        queue.extend(variants(&path, &document));
    }
    known
}

async fn ask(api: &Api, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::get(path).header("host", "test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
    ask_with(api, request.expect("a request")).await
}

/// The paths of every link in a document, wherever it stands.
fn links(document: &Value) -> Vec<String> {
    match document {
        Value::String(text) => text
            .strip_prefix(ORIGIN)
            .map(str::to_owned)
            .into_iter()
            .collect(),
        Value::Array(items) => items.iter().flat_map(links).collect(),
        Value::Object(members) => members.values().flat_map(links).collect(),
        _ => Vec::new(),
    }
}

/// The same with small pages, and with every relation embedded.
fn variants(path: &str, document: &Value) -> Vec<String> {
    if path.contains('?') || path == "/" {
        return Vec::new();
    }
    let rows = document.get("results").and_then(Value::as_array);
    let row = rows.map_or(Some(document), |rows| rows.first());
    let relations: Vec<_> = row
        .filter(|row| row.get("href").is_some())
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, value)| *name != "href" && is_relation(value))
        .map(|(name, _)| name.as_str())
        .collect();
    let mut variants = Vec::new();
    if !relations.is_empty() {
        variants.push(format!("{path}?expand={}", relations.join(",")));
    }
    if rows.is_some() {
        variants.push(format!("{path}?page_size=1"));
        variants.push(format!("{path}?page_size=2&page=last"));
    }
    variants
}

fn is_relation(value: &Value) -> bool {
    let is_link = value.as_str().is_some_and(|text| text.starts_with(ORIGIN));
    is_link || value.is_array()
}
