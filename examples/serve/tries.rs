//! What to try first: a list that has rows, a filter and an expansion that give some.

use serde_json::Value;
use tower_rest::{Api, Schema, testing::Client};

/// How many tables are looked at, those with most relations first.
const LOOKED_AT: usize = 20;

/// Returns paths and queries of the API that give rows: those of the table with most rows and relations.
pub(crate) async fn tries(api: &Api, schema: &Schema) -> Vec<String> {
    let client = Client::new(api.clone());
    let mut paths = Vec::new();
    for (path, _) in schema.models() {
        let described = client
            .ask(http::Method::OPTIONS, &format!("/{path}/"))
            .await
            .json();
        let relations = described["relations"].as_array().map_or(0, Vec::len);
        paths.push((std::cmp::Reverse(relations), path));
    }
    paths.sort_unstable();
    let mut best: Option<(f64, &str, Value)> = None;
    for (_, path) in paths.into_iter().take(LOOKED_AT) {
        let Some(list) = get(&client, &format!("/{path}/?page_size=1")).await else {
            continue;
        };
        let rows = list["count"].as_u64().unwrap_or(1);
        if rows == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "only to be compared")]
        let score = (rows as f64).ln() + 4.0 * links(&list["results"][0]).len() as f64;
        if best.as_ref().is_none_or(|(known, ..)| score > *known) {
            best = Some((score, path, list));
        }
    }
    let Some((_, path, list)) = best else {
        return vec![String::new()];
    };
    let row = &list["results"][0];
    let mut tries = vec![format!("{path}/?page=last")];
    let filters = row.as_object().into_iter().flatten();
    let filters = filters.filter_map(|(name, value)| filter(name, value));
    for filter in filters {
        let query = format!("{path}/?{filter}");
        if has_rows(&client, &query).await {
            tries.push(query);
            break;
        }
    }
    for relation in links(row) {
        let query = format!("{path}/?expand={relation}&page_size=5");
        if has_rows(&client, &query).await {
            tries.push(query);
            break;
        }
    }
    tries
}

/// The relations of a row that lead to another, by names that need no escaping.
fn links(row: &Value) -> Vec<&str> {
    let members = row.as_object().into_iter().flatten();
    let links = members.filter(|(name, value)| {
        let is_link = value.as_str().is_some_and(|text| text.starts_with("http"));
        is_link && *name != "href" && is_plain(name)
    });
    links.map(|(name, _)| name.as_str()).collect()
}

/// A filter by the value of a member, if both are short and need no escaping.
fn filter(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let fits =
        is_plain(name) && is_plain(&text) && text.len() <= 40 && name != "href" && name != "id";
    fits.then(|| format!("{name}={text}"))
}

fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !text.is_empty() && text.bytes().all(is_plain)
}

async fn has_rows(client: &Client<Api>, query: &str) -> bool {
    let list = get(client, &format!("/{query}")).await;
    list.is_some_and(|list| {
        list["results"]
            .as_array()
            .is_some_and(|rows| !rows.is_empty())
    })
}

async fn get(client: &Client<Api>, uri: &str) -> Option<Value> {
    let answer = client.get(uri).await;
    (answer.status() == 200).then(|| answer.json())
}
