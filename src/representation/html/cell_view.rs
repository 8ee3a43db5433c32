//! Cells as people read them: null told apart from empty text, long texts folded, documents indented.

use std::borrow::Cow;

use askama::Template;

use super::{look::is_safe, moment_view::MomentView};
use crate::{
    cell::{Cell, Type},
    model::Column,
};

/// How much of a long text is shown before it is unfolded, in characters.
const SHORT: usize = 60;
/// The most characters of a text that a list contains. The object's own page shows all.
const MOST_IN_A_LIST: usize = 2_000;

/// A cell, as HTML.
#[derive(Debug, Template)]
#[template(path = "cell.html", config = "src/representation/html/askama.toml")]
pub(super) struct CellView<'a>(CellForm<'a>);

#[derive(Debug)]
enum CellForm<'a> {
    Null,
    Empty,
    Plain(Cell<'a>),
    Code(Cell<'a>),
    Link(&'a str),
    Moment(MomentView),
    /// A long text: its beginning, and all of it, as far as the page contains it.
    Long {
        start: &'a str,
        all: Cow<'a, str>,
        is_cut: bool,
        is_code: bool,
    },
    Bytes {
        size: usize,
        start: String,
        is_cut: bool,
    },
}

impl<'a> CellView<'a> {
    /// Returns the view of a cell; in a list, very long texts are cut.
    pub(super) fn of(cell: Cell<'a>, in_list: bool) -> Self {
        Self(CellForm::of(cell, in_list))
    }
}

impl<'a> CellForm<'a> {
    fn of(cell: Cell<'a>, in_list: bool) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Text("") => Self::Empty,
            Cell::Text(text) if is_link(text) => Self::Link(text),
            Cell::Text(text) => Self::of_text(text, in_list),
            Cell::Json(document) => {
                let indented = indented(document);
                match indented.contains('\n') || document.chars().count() > SHORT {
                    true => Self::folded(document, Cow::Owned(indented), in_list, true),
                    false => Self::Code(cell),
                }
            }
            Cell::Bytes(bytes) => {
                let start = bytes.get(..24).unwrap_or(bytes);
                let hex = start.iter().map(|byte| format!("{byte:02x}"));
                Self::Bytes {
                    size: bytes.len(),
                    start: hex.collect::<Vec<_>>().join(" "),
                    is_cut: start.len() < bytes.len(),
                }
            }
            Cell::Uuid(_) => Self::Code(cell),
            Cell::Date(_) | Cell::Time(_) | Cell::Timestamp(_) | Cell::ZonedTimestamp(_) => {
                MomentView::of(cell).map_or(Self::Null, Self::Moment)
            }
            Cell::Boolean(_)
            | Cell::Integer(_)
            | Cell::Unsigned(_)
            | Cell::Float(_)
            | Cell::Decimal(_)
            | Cell::Infinite(_) => Self::Plain(cell),
        }
    }

    fn of_text(text: &'a str, in_list: bool) -> Self {
        let is_long = text.char_indices().nth(SHORT).is_some() || text.contains('\n');
        match in_list && is_long {
            true => Self::folded(text, Cow::Borrowed(text), in_list, false),
            false => Self::Plain(Cell::Text(text)),
        }
    }

    fn folded(short: &'a str, all: Cow<'a, str>, in_list: bool, is_code: bool) -> Self {
        let line = short.split('\n').next().unwrap_or_default();
        let start = first(line, SHORT);
        let most = if in_list { MOST_IN_A_LIST } else { usize::MAX };
        let is_cut = first(&all, most).len() < all.len();
        Self::Long {
            start,
            is_cut,
            all: match is_cut {
                true => Cow::Owned(first(&all, most).to_owned()),
                false => all,
            },
            is_code,
        }
    }
}

/// Returns the class of a column's cells, by which they are aligned.
pub(super) fn class(column: &Column) -> &'static str {
    match column.ty {
        Type::Integer { .. } | Type::Float | Type::Decimal => "number",
        Type::Date | Type::Time | Type::Timestamp | Type::ZonedTimestamp | Type::Boolean => "short",
        Type::Text | Type::Enum(_) | Type::Bytes | Type::Uuid | Type::Json | Type::Other => "text",
    }
}

fn first(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most);
    end.and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// Whether a text as a whole is a link of the web.
fn is_link(text: &str) -> bool {
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    has_scheme && text.len() < 300 && is_safe(text) && !text.contains(char::is_whitespace)
}

/// Returns a JSON document with a line for each member and item, and its numbers and texts as they are; unchanged if that
/// would make it very much longer, as the indentation of many levels would.
fn indented(document: &str) -> String {
    let most = document.len().saturating_mul(4).saturating_add(1 << 18);
    let mut out = String::with_capacity(2 * document.len());
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    let mut characters = document.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(character) = characters.next() {
        if out.len() > most {
            return document.to_owned();
        }
        if in_text {
            in_text = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            out.push(character);
            continue;
        }
        match character {
            '"' => {
                in_text = true;
                out.push('"');
            }
            '{' | '[' => {
                out.push(character);
                while characters.next_if(char::is_ascii_whitespace).is_some() {}
                if matches!(characters.peek(), Some('}' | ']')) {
                    out.extend(characters.next());
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(character);
            }
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_indented_and_keeps_its_texts_and_digits() {
        let document = r#"{"a":[1.50,12345678901234567890],"b, [":"\"}","c":{},"d":[]}"#;
        let expected = "{\n  \"a\": [\n    1.50,\n    12345678901234567890\n  ],\n  \"b, [\": \"\\\"}\",\n  \"c\": {},\n  \"d\": []\n}";
        assert_eq!(indented(document), expected);
    }

    #[test]
    fn r416_a_document_of_many_levels_is_not_indented() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(indented(&deep(100)).lines().count(), 199);
        for levels in [1_000, 50_000] {
            assert_eq!(indented(&deep(levels)), deep(levels));
        }
    }

    #[test]
    fn texts_are_escaped_and_only_links_of_the_web_are_links() {
        let html = |text| CellView::of(Cell::Text(text), true).render().expect("HTML");
        assert_eq!(html("<b>&\"'"), "&#60;b&#62;&#38;&#34;&#39;");
        assert!(
            html("https://example.com/?a=1&b").contains("href=\"https://example.com/?a=1&#38;b\"")
        );
        for text in ["javascript:alert(1)", "https://a b", "data:text/html,x"] {
            assert!(!html(text).contains("<a"), "{text}");
        }
    }
}
