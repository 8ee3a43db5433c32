//! A list in the value of one parameter: `in=a,b`, `range=1,5`, `ordering=-year,make`.
//!
//! Commas separate the items. An item that begins with `"` ends at the next single `"`; inside it, `""` stands for one
//! quote, and a comma is a plain character. Spaces are kept. The empty text is written `""`: an item without any
//! characters is missing.

use std::borrow::Cow;

use super::{pairs::Pair, reading::QueryReader};
use crate::error::Code;

/// The text of an item of a list such as `a,b`, and whether it was in quotes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) quoted: bool,
}

impl Item<'_> {
    /// Whether the item has no characters at all, not even quotes.
    pub(crate) fn is_missing(&self) -> bool {
        self.text.is_empty() && !self.quoted
    }
}

impl QueryReader<'_> {
    /// Returns the names in the value of a reserved parameter, at most `most`; `None` after a fault.
    pub(super) fn names<'v>(
        &mut self,
        pair: &'v Pair<'_>,
        most: usize,
        example: &[String],
    ) -> Option<Vec<Item<'v>>> {
        let parameter = &*pair.name;
        let names = split(&pair.value).filter(|names| !names.is_empty());
        let Some(names) = names.filter(|names| !names.iter().any(Item::is_missing)) else {
            let mut detail = format!("`{parameter}` takes names split by commas");
            if !example.is_empty() {
                detail.push_str(&format!(", such as `{}`", example.join(",")));
            }
            self.fault(parameter, Code::InvalidValue, detail);
            return None;
        };
        if names.len() > most {
            let detail = format!(
                "`{parameter}` has {} names; at most {most} are read",
                names.len()
            );
            self.fault(parameter, Code::LimitExceeded, detail);
            return None;
        }
        Some(names)
    }
}

/// Splits a value into its items; an empty value has no items. Returns `None` if a quote is not closed, or if a closing
/// quote is followed by anything but a comma or the end.
pub(crate) fn split(value: &str) -> Option<Vec<Item<'_>>> {
    let mut items = Vec::new();
    if value.is_empty() {
        return Some(items);
    }
    let mut rest = value;
    loop {
        let (item, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_item(quoted)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (text, after) = rest.split_at_checked(end)?;
                let text = Cow::Borrowed(text);
                (
                    Item {
                        text,
                        quoted: false,
                    },
                    after,
                )
            }
        };
        items.push(item);
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None if after.is_empty() => return Some(items),
            None => return None,
        };
    }
}

/// Reads an item from the text after its opening quote; returns the item, and the text after its closing quote.
pub(super) fn quoted_item(quoted: &str) -> Option<(Item<'_>, &str)> {
    let mut from = 0;
    loop {
        let end = from + quoted.get(from..)?.find('"')?;
        let after = quoted.get(end + 1..)?;
        if after.starts_with('"') {
            from = end + 2;
            continue;
        }
        let raw = quoted.get(..end)?;
        let text = if raw.contains('"') {
            Cow::Owned(raw.replace("\"\"", "\""))
        } else {
            Cow::Borrowed(raw)
        };
        return Some((Item { text, quoted: true }, after));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: Option<&[&str]>) {
        let items = split(value);
        let texts = items
            .as_ref()
            .map(|items| items.iter().map(|item| &*item.text).collect::<Vec<_>>());
        assert_eq!(texts.as_deref(), expected, "{value}");
    }

    #[test]
    fn items_split_at_commas_outside_quotes() {
        check("", Some(&[]));
        check("a", Some(&["a"]));
        check("a,b", Some(&["a", "b"]));
        check(" a , b ", Some(&[" a ", " b "]));
        check("a,,b", Some(&["a", "", "b"]));
        check("a,", Some(&["a", ""]));
        check(r#""a,b",c"#, Some(&["a,b", "c"]));
        check(r#""a""b""#, Some(&["a\"b"]));
        check(r#""""#, Some(&[""]));
        check(r#""""""#, Some(&["\""]));
        check(r#"a"b,c"#, Some(&["a\"b", "c"]));
    }

    #[test]
    fn a_quote_must_be_closed_and_end_its_item() {
        check(r#"""#, None);
        check(r#""a"#, None);
        check(r#""a"b"#, None);
        check(r#"a,"b"#, None);
    }

    #[test]
    fn only_an_unquoted_empty_item_is_missing() {
        let missing = |value| split(value).expect("items").iter().any(Item::is_missing);
        assert!(missing("a,"));
        assert!(missing(",a"));
        assert!(!missing(r#"a,"""#));
    }
}
