//! Texts of errors, whose names and values between backticks are shown as code.

use askama::Template;

/// A text of an error, as HTML.
#[derive(Debug, Template)]
#[template(
    path = "fault_text.html",
    config = "src/representation/html/askama.toml"
)]
pub(super) struct FaultText<'a>(Vec<TextPiece<'a>>);

#[derive(Debug)]
struct TextPiece<'a> {
    text: &'a str,
    is_code: bool,
}

impl<'a> FaultText<'a> {
    /// Returns the view of a text. A backtick without a second one is shown as it is.
    pub(super) fn of(mut text: &'a str) -> Self {
        let mut pieces = Vec::new();
        while let Some((before, code, after)) = first_code(text) {
            pieces.push(TextPiece {
                text: before,
                is_code: false,
            });
            pieces.push(TextPiece {
                text: code,
                is_code: true,
            });
            text = after;
        }
        pieces.push(TextPiece {
            text,
            is_code: false,
        });
        Self(pieces)
    }
}

/// Returns the first text between backticks, with what stands before and after it.
fn first_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_escaped() {
        let html = |text| FaultText::of(text).render().expect("HTML");
        for (text, expected) in [
            ("no name", "no name"),
            ("`a` is `b`.", "<code>a</code> is <code>b</code>."),
            ("`<b>` & <i>", "<code>&#60;b&#62;</code> &#38; &#60;i&#62;"),
            ("one ` alone", "one ` alone"),
            ("`a` and ` alone", "<code>a</code> and ` alone"),
            ("", ""),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }
}
