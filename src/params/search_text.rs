//! The text of `search`: its words and phrases.
//!
//! 1. White space separates the terms. Each is a word, or a phrase in double quotes.
//! 2. Inside a phrase `""` stands for one quote, as in an item of a list, and every other character for itself.
//! 3. Where terms can be excluded, one that must not be in a row follows a `-`.
//! 4. A quote inside a word, such as the one of `5"`, is a plain character.

use std::borrow::Cow;

use super::items::quoted_item;

/// A word or a phrase of a search.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SearchTerm<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) is_phrase: bool,
    pub(super) is_excluded: bool,
    /// The byte position of the term in the text of the search.
    pub(super) at: usize,
}

/// The fault of a text that cannot be searched for, at a byte position in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SearchFault {
    pub(super) at: usize,
    pub(super) detail: &'static str,
}

/// Returns the terms of the text, in their order. If `can_exclude`, a `-` before a term is not part of it.
pub(super) fn read(text: &str, can_exclude: bool) -> Result<Vec<SearchTerm<'_>>, SearchFault> {
    let (mut terms, mut rest) = (Vec::new(), text.trim_start());
    while !rest.is_empty() {
        let excluded = rest
            .strip_prefix('-')
            .filter(|rest| can_exclude && rest.starts_with(|char: char| !char.is_whitespace()));
        rest = excluded.unwrap_or(rest);
        let at = text.len() - rest.len();
        let (term, after) = match rest.strip_prefix('"') {
            Some(quoted) => phrase(quoted, at)?,
            None => word(rest, at),
        };
        terms.push(SearchTerm {
            is_excluded: excluded.is_some(),
            ..term
        });
        rest = after.trim_start();
    }
    Ok(terms)
}

/// Reads a word, which is at `at`; returns it, and the text after it.
fn word(text: &str, at: usize) -> (SearchTerm<'_>, &str) {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (word, after) = text.split_at_checked(end).unwrap_or((text, ""));
    let term = SearchTerm {
        text: Cow::Borrowed(word),
        is_phrase: false,
        is_excluded: false,
        at,
    };
    (term, after)
}

/// Reads a phrase from the text after its opening quote, which is at `at`; returns it, and the text after its closing
/// quote.
fn phrase(quoted: &str, at: usize) -> Result<(SearchTerm<'_>, &str), SearchFault> {
    let fault = |at, detail| Err(SearchFault { at, detail });
    let Some((item, after)) = quoted_item(quoted) else {
        return fault(
            at,
            "a quote is not closed by another; inside it, `\"\"` is a quote",
        );
    };
    if item.text.is_empty() {
        return fault(
            at,
            "a phrase is empty; write a word or a phrase, such as `\"red car\"`",
        );
    }
    if !after.is_empty() && !after.starts_with(char::is_whitespace) {
        let ended = at + 1 + quoted.len() - after.len();
        return fault(ended, "a phrase has ended, so a space must follow");
    }
    let term = SearchTerm {
        text: item.text,
        is_phrase: true,
        is_excluded: false,
        at,
    };
    Ok((term, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        check_read(text, false, expected);
    }

    /// Checks the terms of a text, with phrases in angle brackets and a `!` before what is excluded, or the place and the
    /// beginning of its fault.
    #[track_caller]
    fn check_read(text: &str, can_exclude: bool, expected: &str) {
        let shown = match read(text, can_exclude) {
            Ok(terms) => {
                let shown = terms.iter().map(|term| {
                    let not = if term.is_excluded { "!" } else { "" };
                    match term.is_phrase {
                        true => format!("{not}<{}>", term.text),
                        false => format!("{not}{}", term.text),
                    }
                });
                shown.collect::<Vec<_>>().join("|")
            }
            Err(fault) => {
                let words = fault.detail.split([' ', ';']).take(4);
                format!("{}: {}", fault.at, words.collect::<Vec<_>>().join(" "))
            }
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn words_and_phrases_are_separated_by_white_space() {
        check("", "");
        check(" \t ", "");
        check("red car", "red|car");
        check("  red\u{3000}car\n", "red|car");
        check(r#""red car" fast"#, "<red car>|fast");
        check(r#"fast "red car"  "big""#, "fast|<red car>|<big>");
        check(r#""  red  car ""#, "<  red  car >");
        check(r#"" ""#, "< >");
    }

    #[test]
    fn two_quotes_in_a_phrase_are_one() {
        check(r#""a ""b"" c""#, r#"<a "b" c>"#);
        check(r#""""""#, r#"<">"#);
        check(r#""5""" wide"#, r#"<5">|wide"#);
    }

    #[test]
    fn a_quote_inside_a_word_is_a_plain_character() {
        check(r#"5" 7"8"#, r#"5"|7"8"#);
        check(r#"-"red car""#, r#"-"red|car""#);
    }

    #[test]
    fn a_fault_is_where_its_phrase_begins_or_has_ended() {
        check(r#"red "car"#, "4: a quote is not");
        check(r#"""#, "0: a quote is not");
        check(r#"""""#, "0: a quote is not");
        check(r#"red """#, "4: a phrase is empty");
        check(r#"é "" x"#, "3: a phrase is empty");
        check(r#""red"car"#, "5: a phrase has ended,");
        check(r#"x "a""b"c"#, "8: a phrase has ended,");
    }

    #[test]
    fn a_hyphen_excludes_the_term_that_follows_it_at_once() {
        let check = |text, expected| check_read(text, true, expected);
        check("red -car", "red|!car");
        check(r#"-"red car" fast"#, "!<red car>|fast");
        check("red - car", "red|-|car");
        check("red -", "red|-");
        check("--red foo-bar", "!-red|foo-bar");
        check(r#"red -"car"#, "5: a quote is not");
        check(r#"-"""#, "1: a phrase is empty");
    }
}
