//! JSON merge patches (RFC 7396): a patch has only those members of a document that change.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use serde_json::value::RawValue;

use super::document::object_members;

/// The most levels of a patch that a program makes. A body has fewer.
const DEEPEST: usize = 128;

/// Applies a merge patch to a document, or to an empty object if there is no document.
///
/// Members that the patch does not name stay as they are, with every digit and in their order; new ones come last.
/// Returns `None` if the patch is not JSON or has more than [`DEEPEST`] levels, or if the document begins like an object and is not JSON.
pub(crate) fn merge_patch(document: Option<&str>, patch: &str) -> Option<String> {
    let mut merged = String::new();
    write(document.unwrap_or("{}"), patch, &mut merged, DEEPEST)?;
    Some(merged)
}

/// Writes a patched document whose patch has at most `depth` levels.
fn write(document: &str, patch: &str, out: &mut String, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    if !patch.starts_with('{') {
        out.push_str(patch);
        return Some(());
    }
    // A document that is no object is replaced by one.
    let members = match document.starts_with('{') {
        true => object_members(document.as_bytes())?,
        false => Vec::new(),
    };
    let changes = object_members(patch.as_bytes())?;
    // If the patch repeats a name, the last member counts.
    let changed: HashMap<&str, &RawValue> = named(&changes).collect();
    let stored: HashMap<&str, &RawValue> = named(&members).collect();
    let mut merged = HashSet::new();
    let mut between = '{';
    for (name, value) in named(&members).chain(named(&changes)) {
        let change = changed.get(name).copied();
        let is_repeated = change.is_some() && !merged.insert(name);
        if is_repeated || change.is_some_and(|change| change.get() == "null") {
            continue;
        }
        out.push(std::mem::replace(&mut between, ','));
        out.push_str(&serde_json::to_string(name).ok()?);
        out.push(':');
        match change {
            None => out.push_str(value.get()),
            Some(change) => {
                let before = stored.get(name).map_or("null", |value| value.get());
                write(before, change.get(), out, depth)?;
            }
        }
    }
    if between == '{' {
        out.push(between);
    }
    out.push('}');
    Some(())
}

fn named<'a>(
    members: &'a [(Cow<'_, str>, &'a RawValue)],
) -> impl Iterator<Item = (&'a str, &'a RawValue)> {
    members.iter().map(|(name, value)| (name.as_ref(), *value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_give_its_results() {
        for (document, patch, result) in [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, "{}"),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (
                r#"{"a":{"b":"c"}}"#,
                r#"{"a":{"b":"d","c":null}}"#,
                r#"{"a":{"b":"d"}}"#,
            ),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            ("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ] {
            let merged = merge_patch(Some(document), patch);
            assert_eq!(merged.as_deref(), Some(result), "{document} {patch}");
        }
    }

    #[test]
    fn digits_order_and_strange_names_are_kept() {
        for (document, patch, result) in [
            (
                r#"{"z":1.50,"a":1e400,"big":123456789012345678901234567890}"#,
                r#"{"b":2.50}"#,
                r#"{"z":1.50,"a":1e400,"big":123456789012345678901234567890,"b":2.50}"#,
            ),
            (
                r#"{"a\"b\\":1,"\u00e9":2,"":3}"#,
                r#"{"":4,"é":null}"#,
                r#"{"a\"b\\":1,"":4}"#,
            ),
            // The last of repeated members counts, and one remains.
            (
                r#"{"a":{"x":1},"b":2,"a":{"y":3}}"#,
                r#"{"a":{"z":4}}"#,
                r#"{"a":{"y":3,"z":4},"b":2}"#,
            ),
            (r#"{"a":1,"a":2}"#, r#"{"b":3}"#, r#"{"a":1,"a":2,"b":3}"#),
        ] {
            let merged = merge_patch(Some(document), patch);
            assert_eq!(merged.as_deref(), Some(result), "{document} {patch}");
        }
        assert_eq!(
            merge_patch(None, r#"{"a":null,"b":1}"#).as_deref(),
            Some(r#"{"b":1}"#)
        );
        assert_eq!(merge_patch(Some("{"), r#"{"b":1}"#), None);
    }
}
