//! The parameter `filter` of `ra-data-simple-rest`: a JSON object, whose members are filters.

use serde_json::value::RawValue;

use super::core_query::CoreQuery;
use crate::{
    cell::{json_string, object_members},
    params::list_item,
};

/// The most relations in the name of a filter that are followed; the API allows fewer by default.
const DEEPEST: usize = 16;

/// Adds the filters of a JSON object to `core`. Returns the number of keys that its member `id` lists, if it is a list.
///
/// # Errors
///
/// A message that says what is wrong with the value, as the end of a sentence.
pub(super) fn translate(value: &str, core: &mut CoreQuery) -> Result<Option<usize>, String> {
    let members = object_members(value.as_bytes())
        .ok_or("takes a JSON object of filters, such as `{\"make\":\"Fiat\",\"id\":[1,2]}`")?;
    let mut keys = None;
    for (name, json) in members {
        if name == "q" {
            core.add("search", &scalar(&name, json)?);
            continue;
        }
        let listed = add(&name, json, 0, core)?;
        keys = keys.or(listed.filter(|_| name == "id"));
    }
    Ok(keys)
}

/// Adds the filter of a member, or those of the members inside of it. Returns the number of items of a list.
fn add(
    name: &str,
    json: &RawValue,
    depth: usize,
    core: &mut CoreQuery,
) -> Result<Option<usize>, String> {
    let text = json.get();
    if let Some(members) = object_members(text.as_bytes()) {
        if depth == DEEPEST {
            return Err(format!(
                "has more than {DEEPEST} objects inside of each other"
            ));
        }
        for (inner, json) in members {
            add(&format!("{name}__{inner}"), json, depth + 1, core)?;
        }
        return Ok(None);
    }
    if text == "null" {
        core.add(&with_lookup(name, "isnull"), "true");
        return Ok(None);
    }
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
        let texts = items
            .iter()
            .map(|one| Ok(list_item(&scalar(name, one)?).into_owned()));
        let texts: Vec<_> = texts.collect::<Result<_, String>>()?;
        let takes_a_list = ["__in", "__range"];
        let is_said = takes_a_list
            .iter()
            .any(|lookup| plain(name).ends_with(lookup));
        let name = match is_said {
            true => name.to_owned(),
            false => with_lookup(name, "in"),
        };
        core.add(&name, &texts.join(","));
        return Ok(Some(items.len()));
    }
    core.add(name, &scalar(name, json)?);
    Ok(None)
}

/// Returns the text of a JSON text, number or boolean, whose digits are kept.
fn scalar(name: &str, json: &RawValue) -> Result<String, String> {
    let text = json.get();
    match json_string(text) {
        Some(text) => Ok(text.into_owned()),
        None if text == "null" || text.starts_with(['{', '[']) => Err(format!(
            "has `{text}` in `{}`, where a text, a number or a boolean belongs",
            plain(name)
        )),
        None => Ok(text.to_owned()),
    }
}

/// Returns the name of a filter without the `!` that negates it.
fn plain(name: &str) -> &str {
    name.strip_suffix('!').unwrap_or(name)
}

/// Returns the name of a filter with a lookup, which stands before the `!` that negates it.
fn with_lookup(name: &str, lookup: &str) -> String {
    let mark = if name.ends_with('!') { "!" } else { "" };
    format!("{}__{lookup}{mark}", plain(name))
}
