//! Names in the document, made of the segments of paths: unique by construction, and stable as long as the paths are.

use std::collections::{BTreeMap, BTreeSet};

use crate::route::PathSegment;

/// A wish for an operation id, and the text that is unique to the operation: its verb and its path.
pub(super) struct Wish {
    /// The id that the operation should have.
    pub(super) wished: String,
    pub(super) verb: String,
    pub(super) path: String,
}

/// Returns the id of each operation: what is wished, or where several wish the same, the verb and the whole path.
pub(super) fn operation_ids(wishes: &[Wish]) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for wish in wishes {
        *counts.entry(&wish.wished).or_default() += 1;
    }
    let ids = wishes.iter().map(|wish| match counts.get(&*wish.wished) {
        Some(1) => wish.wished.clone(),
        _ => format!("{}_{}", wish.verb, escaped(&wish.path)),
    });
    ids.collect()
}

/// Returns a text in letters, digits and escapes such as `_2f`. No two texts give the same, and none gives one without
/// `_` unless it is plain.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte.is_ascii_alphanumeric() {
            true => escaped.push(char::from(byte)),
            false => escaped.push_str(&format!("_{byte:02x}")),
        }
    }
    escaped
}

/// Returns the words of a path for ids, such as `CarParts` for `/cars/{car_id}/parts/`: names before a key are in the
/// singular, and so is the last one if `is_one`.
pub(super) fn words(path: &[PathSegment<'_>], is_one: bool) -> String {
    let mut words = String::new();
    for (at, segment) in path.iter().enumerate() {
        if let PathSegment::Name(name) = segment {
            let next = path.get(at + 1);
            let is_before_a_key = matches!(next, Some(PathSegment::Key(_)));
            let is_last = next.is_none();
            let name = pascal(name);
            words.push_str(&match is_before_a_key || (is_last && is_one) {
                true => singular(&name),
                false => name,
            });
        }
    }
    words
}

/// Returns a name in letters and digits, each word with a capital: `car_parts` is `CarParts`.
pub(super) fn pascal(name: &str) -> String {
    let words = name.split(|char: char| !char.is_ascii_alphanumeric());
    let mut pascal = String::new();
    for word in words {
        pascal.push_str(&capital(word));
    }
    pascal
}

/// Returns a text with a capital.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// Returns the singular of an English name, as far as its ending tells.
pub(super) fn singular(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let cut = |ending: usize| name.get(..name.len() - ending).unwrap_or_default();
    let stays = ["ss", "us", "is", "news", "series", "species"];
    if lower.len() < 4 || stays.iter().any(|ending| lower.ends_with(ending)) {
        name.to_owned()
    } else if lower.ends_with("ies") && lower.len() > 4 {
        format!("{}y", cut(3))
    } else if ["sses", "xes", "ches", "shes", "uses"]
        .iter()
        .any(|ending| lower.ends_with(ending))
    {
        cut(2).to_owned()
    } else if lower.ends_with('s') {
        cut(1).to_owned()
    } else {
        name.to_owned()
    }
}

/// Names that are each given once.
#[derive(Debug, Default)]
pub(super) struct TakenNames(BTreeSet<String>);

impl TakenNames {
    /// Takes names that are used already.
    pub(super) fn of(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// Returns the first of the wishes that is free with each of the endings, or the last with a number.
    pub(super) fn take(
        &mut self,
        wishes: impl IntoIterator<Item = String>,
        endings: &[&str],
    ) -> String {
        let mut last = String::new();
        for wish in wishes {
            if self.takes(&wish, endings) {
                return wish;
            }
            last = wish;
        }
        let mut number = 2;
        loop {
            let name = format!("{last}{number}");
            if self.takes(&name, endings) {
                return name;
            }
            number += 1;
        }
    }

    fn takes(&mut self, name: &str, endings: &[&str]) -> bool {
        let all = endings.iter().map(|ending| format!("{name}{ending}"));
        let all: Vec<String> = all.collect();
        let is_free = all.iter().all(|name| !self.0.contains(name));
        if is_free {
            self.0.extend(all);
        }
        is_free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_and_the_singular_is_guessed_from_the_ending() {
        for (name, expected) in [
            ("cars", "Car"),
            ("car_parts", "CarPart"),
            ("addresses", "Address"),
            ("address", "Address"),
            ("cities", "City"),
            ("boxes", "Box"),
            ("status", "Status"),
            ("statuses", "Status"),
            ("bus", "Bus"),
            ("series", "Series"),
            ("sheep", "Sheep"),
            ("~-~", ""),
        ] {
            assert_eq!(singular(&pascal(name)), expected, "{name}");
        }
    }

    #[test]
    fn ids_that_several_operations_wish_are_made_of_their_paths() {
        let wish = |wished: &str, verb: &str, path: &str| Wish {
            wished: wished.to_owned(),
            verb: verb.to_owned(),
            path: path.to_owned(),
        };
        let ids = operation_ids(&[
            wish("listCarParts", "list", "/cars/{}/parts/"),
            wish("listCarParts", "list", "/car_parts/"),
            wish("listCarParts", "list", "/car-parts/"),
            wish("listCars", "list", "/cars/"),
        ]);
        let expected = [
            "list__2fcars_2f_7b_7d_2fparts_2f",
            "list__2fcar_5fparts_2f",
            "list__2fcar_2dparts_2f",
            "listCars",
        ];
        assert_eq!(ids, expected);
    }
}
