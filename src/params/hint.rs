//! Hints for error messages: "did you mean …?", lists of names, and texts cut to a readable length.

use std::borrow::Cow;

use strsim::damerau_levenshtein;

pub(crate) use crate::error::shown;

/// The greatest length in bytes of a name that is compared with others for "did you mean …?": the work grows with the
/// product of both lengths.
const LONGEST: usize = 64;

/// Returns `; did you mean …?` with the names most similar to `name`; empty if none is similar enough.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest_after("", name, names)
}

/// Returns `; did you mean …?` with the names most similar to `name`, each with `before` in front of it.
pub(crate) fn nearest_after<'a>(
    before: &str,
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest_as(name, names, |name| format!("{before}{name}"))
}

/// Returns `; did you mean …?` with the names most similar to `name`, each in the form that `written` returns.
pub(crate) fn nearest_as<'a>(
    name: &str,
    names: impl IntoIterator<Item = &'a str>,
    written: impl Fn(&str) -> String,
) -> String {
    let near = near(name, names);
    if near.is_empty() {
        return String::new();
    }
    let quoted: Vec<_> = near
        .iter()
        .map(|name| format!("`{}`", written(name)))
        .collect();
    format!("; did you mean {}?", quoted.join(" or "))
}

/// Returns a hint that continues with a sentence, whose first letter is a small one.
pub(crate) fn followed(hint: &str, sentence: &str) -> String {
    if hint.is_empty() {
        return format!("; {sentence}");
    }
    let (first, rest) = sentence.split_at_checked(1).unwrap_or_default();
    format!("{hint} {}{rest}", first.to_ascii_uppercase())
}

/// Returns a name as it is written in a query string, with special characters percent-encoded.
pub(crate) fn in_a_query(name: &str) -> String {
    let mut written = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '%' | '&' | '+' | '=' | '#' | '!' | '"' | '<' | '>' | '`' | '\0'..=' ' | '\x7f' => {
                // Every character of this match arm is ASCII, so that it is encoded as a single byte.
                written.push_str(&format!("%{:02X}", u32::from(character)));
            }
            character => written.push(character),
        }
    }
    written
}

/// Returns a name as it is written in a list in a query string: in quotes if it begins with a quote.
pub(crate) fn in_a_list(name: &str) -> String {
    in_a_query(&list_item(name))
}

/// Returns a name or value as an item of a list, before it is percent-encoded: in quotes if it is empty, begins with a
/// quote or has a comma.
pub(crate) fn list_item(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.starts_with('"') || text.contains(',') {
        return Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")));
    }
    Cow::Borrowed(text)
}

/// Returns the names with the smallest edit distance, at most three; none if the distance is too large for a typing
/// error.
fn near<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    if name.is_empty() || name.len() > LONGEST {
        return Vec::new();
    }
    let allowed = 1 + name.chars().count() / 4;
    let lower = name.to_lowercase();
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter(|other| other.len() <= LONGEST)
        .map(|other| (damerau_levenshtein(&lower, &other.to_lowercase()), other))
        .filter(|(distance, other)| *distance <= allowed && *distance < other.chars().count())
        .collect();
    near.sort_unstable();
    near.dedup();
    let least = near.first().map_or(0, |(distance, _)| *distance);
    let nearest = near
        .into_iter()
        .take_while(|(distance, _)| *distance == least);
    nearest.take(3).map(|(_, other)| other).collect()
}

/// Returns the names as `a`, `b`, `c`, each in backquotes. After 24 names, `…` stands for the others.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    list_after("", names)
}

/// Returns the names as a list, as [`list`] does, each with `before` in front of it.
pub(crate) fn list_after<'a>(before: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    list_as(names, |name| format!("{before}{name}"))
}

/// Returns the names as a list, as [`list`] does, each in the form that `written` returns.
pub(crate) fn list_as<'a>(
    names: impl IntoIterator<Item = &'a str>,
    written: impl Fn(&str) -> String,
) -> String {
    const MOST: usize = 24;
    let mut names = names.into_iter();
    let quoted: Vec<_> = names
        .by_ref()
        .take(MOST)
        .map(|name| format!("`{}`", written(name)))
        .collect();
    let more = if names.next().is_some() { ", …" } else { "" };
    format!("{}{more}", quoted.join(", "))
}

/// Returns all names as `a`, `b` and `c`, each in backquotes and cut to a readable length.
pub(crate) fn all<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names = names.into_iter();
    let quoted: Vec<_> = names.map(|name| format!("`{}`", shown(name))).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_ends_its_sentence() {
        let after = |hint: &str| followed(hint, "groups are `or(…)`");
        assert_eq!(after(""), "; groups are `or(…)`");
        assert_eq!(
            after("; did you mean `or`?"),
            "; did you mean `or`? Groups are `or(…)`"
        );
    }

    #[test]
    fn a_slip_of_the_finger_finds_the_name() {
        let names = ["year", "make", "model", "owner_id"];
        let check =
            |name: &str, expected: &str| assert_eq!(nearest(name, names), expected, "{name}");
        check("yaer", "; did you mean `year`?");
        check("Year", "; did you mean `year`?");
        check("owner", "");
        check("ownerid", "; did you mean `owner_id`?");
        check("mak", "; did you mean `make`?");
        check("zzz", "");
        check("", "");
        check(&"year".repeat(50), "");
    }
}
