//! Anchors of the page of the document: `operation-listCars`, `tag-cars`, `schema-Car`.

use std::fmt::Write as _;

use super::tags::tag;
use crate::{place::Place, route::Target};

/// Returns the anchor of a named thing of this kind. Other characters than letters, digits and underscores are written
/// as their numbers, in hexadecimal between dashes.
pub(super) fn anchor(kind: &str, name: &str) -> String {
    let mut anchor = format!("{kind}-");
    let is_plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
    for char in name.chars() {
        match is_plain(char) {
            true => anchor.push(char),
            // Writing to a text cannot fail.
            false => write!(anchor, "-{:x}-", u32::from(char)).unwrap_or_default(),
        }
    }
    anchor
}

/// Returns the anchor of the operations of a target.
pub(crate) fn anchor_of(target: &Target<'_>, places: &[Place]) -> String {
    anchor("tag", &tag(target, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_has_only_characters_of_ids_and_differs_for_each_name() {
        for (name, expected) in [
            ("cars_2", "tag-cars_2"),
            ("cars parts", "tag-cars-20-parts"),
            ("cars-20-parts", "tag-cars-2d-20-2d-parts"),
            ("<é>", "tag--3c--e9--3e-"),
        ] {
            assert_eq!(anchor("tag", name), expected);
        }
    }
}
