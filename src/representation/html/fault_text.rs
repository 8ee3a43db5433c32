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

/// Returns the first text between backticks, with what stands before and after it. A value that contains backticks is
/// whole, as far as words do not tell otherwise: the first one stands at the beginning of a word, the last one at the end.
fn first_code(text: &str) -> Option<(&str, &str, &str)> {
    let begins = |before: &str| !before.ends_with(|last: char| last.is_alphanumeric());
    let ends = |after: &str| !after.starts_with(|next: char| next.is_alphanumeric() || next == '`');
    let (before, rest) = split_at(text, |before, _| begins(before))?;
    let (code, after) = split_at(rest, |code, after| !code.is_empty() && ends(after))?;
    Some((before, code, after))
}

/// Splits a text at the first backtick for which `is_it` holds of what stands before and after it.
fn split_at(text: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<(&str, &str)> {
    let backticks = text.match_indices('`');
    let mut parts = backticks.filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    parts.find(|(before, after)| is_it(before, after))
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
            ("``` is no lookup", "<code>`</code> is no lookup"),
            ("``rm` x` is", "<code>`rm</code> x` is"),
            ("one ` alone", "one ` alone"),
            ("`a` and ` alone", "<code>a</code> and ` alone"),
            ("", ""),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }
}
