//! What to try first: a list that has rows, a filter and an expansion that give some.

use http::Method;
use serde_json::Value;
use tower_rest::{Api, Schema};

use super::{ask::ask, options::ApiOptions};

/// How many tables are looked at, those with most relations first.
const LOOKED_AT: usize = 20;

/// Returns paths and queries of the API that give rows: those of the table with most rows and relations.
pub(crate) async fn tries(api: &Api, schema: &Schema, options: &ApiOptions) -> Vec<String> {
    let mut paths = Vec::new();
    for (path, _) in schema.models() {
        let described = answer(api, Method::OPTIONS, &format!("/{path}/")).await;
        let relations = described
            .as_ref()
            .and_then(|described| described.get("relations")?.as_array())
            .map_or(0, Vec::len);
        paths.push((std::cmp::Reverse(relations), path));
    }
    paths.sort_unstable();
    let mut best: Option<(f64, &str, Value)> = None;
    for (_, path) in paths.into_iter().take(LOOKED_AT) {
        let Some(list) = get(api, &format!("/{path}/?page_size=1")).await else {
            continue;
        };
        let rows = list.get("count").and_then(Value::as_u64).unwrap_or(1);
        if rows == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "only to be compared")]
        let score = (rows as f64).ln() + 4.0 * links(first(&list)).len() as f64;
        if best.as_ref().is_none_or(|(known, ..)| score > *known) {
            best = Some((score, path, list));
        }
    }
    let Some((_, path, list)) = best else {
        return vec![String::new()];
    };
    let row = first(&list);
    let last = format!("{path}/?page=last");
    let mut tries = match has_rows(api, &last).await {
        true => vec![last],
        // Without a count, no page is known to be the last one.
        false => vec![format!("{path}/")],
    };
    let filters = row.as_object().into_iter().flatten();
    let filters = filters.filter_map(|(name, value)| Some((name, filter(name, value)?)));
    let mut filtered = None;
    for (name, filter) in filters {
        let query = format!("{path}/?{filter}");
        if has_rows(api, &query).await {
            tries.push(query);
            filtered = Some(name);
            break;
        }
    }
    for relation in links(row) {
        let query = format!("{path}/?expand={relation}&page_size=5");
        if has_rows(api, &query).await {
            tries.push(query);
            break;
        }
    }
    if let Some(name) = filtered.filter(|_| options.summaries) {
        let facet = format!("{path}/?facet={name}&page_size=5");
        let groups = format!("{path}/?aggregate=count&group_by={name}&ordering=-count&page_size=5");
        for query in [facet, groups] {
            if has_rows(api, &query).await {
                tries.push(query);
            }
        }
    }
    if options.export {
        tries.push(format!("{path}/?page=all&format=csv"));
    }
    tries
}

/// The first row of a list; null if it has none.
fn first(list: &Value) -> &Value {
    list.pointer("/results/0").unwrap_or(&Value::Null)
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

async fn has_rows(api: &Api, query: &str) -> bool {
    let list = get(api, &format!("/{query}")).await;
    list.is_some_and(|list| !first(&list).is_null())
}

async fn get(api: &Api, uri: &str) -> Option<Value> {
    answer(api, Method::GET, uri).await
}

async fn answer(api: &Api, method: Method, uri: &str) -> Option<Value> {
    let (status, body) = ask(api, method, uri).await;
    match status.is_success() {
        true => serde_json::from_slice(&body).ok(),
        false => None,
    }
}
