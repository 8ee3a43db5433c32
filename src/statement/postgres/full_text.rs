//! Full text in PostgreSQL: <https://www.postgresql.org/docs/current/textsearch.html>.

use sea_query::{BinOper, Expr, ExprTrait as _, Func};

use super::PostgresDialect;
use crate::{
    full_text::{FullTextIndex, FullTextMatch},
    model::Model,
    statement::{dialect::placeholder, full_text::Searches, source::Source},
};

impl Searches for PostgresDialect {
    fn cannot_search(&self, index: &FullTextIndex, model: &Model) -> Option<String> {
        let config = &index.setting.config;
        if !is_name(config) {
            return Some(format!(
                "`{config}` is no name of a text search configuration, such as `english` or `public.my_english`"
            ));
        }
        let computed = index.computed(model)?;
        index.setting.vector.is_none().then(|| {
            format!(
                "`{computed}` is computed, and PostgreSQL has no index over it; search a `FullText::vector` instead"
            )
        })
    }

    /// Writes the syntax of `websearch_to_tsquery`, which takes any text. Each term is in quotes, so that `or` is a word.
    fn sought(&self, search: &FullTextMatch) -> String {
        let terms = search.terms.iter();
        let quoted = terms.map(|term| format!("\"{}\"", without_compounds(term).replace('"', " ")));
        let quoted: Vec<_> = quoted.collect();
        quoted.join(if search.every { " " } else { " or " })
    }

    fn full_text(&self, index: &FullTextIndex, source: Source<'_>) -> Expr {
        let sought = call("websearch_to_tsquery", index, placeholder());
        vector(index, source).binary(BinOper::Custom("@@"), sought)
    }

    fn relevance(&self, index: &FullTextIndex, source: Source<'_>) -> Expr {
        let sought = call("websearch_to_tsquery", index, placeholder());
        let rank = Func::cust("ts_rank").args([vector(index, source), sought]);
        rank.into()
    }
}

/// Returns the term with spaces instead of hyphens between letters. The words of a compound are also in the index by
/// themselves, in their order, but only a whole compound is found by one. Addresses are one word, hyphens included.
fn without_compounds(term: &str) -> String {
    if term.contains(['.', '/', '@', ':']) {
        return term.to_owned();
    }
    let chars = || term.chars().map(Some).chain([None]);
    let before = [None].into_iter().chain(chars());
    let each = before.zip(chars()).zip(chars().skip(1));
    let is_letter = |char: Option<char>| char.is_some_and(char::is_alphabetic);
    let each = each.filter_map(|((before, char), after)| match char {
        Some('-') if is_letter(before) && is_letter(after) => Some(' '),
        char => char,
    });
    each.collect()
}

/// Returns the `tsvector` of a row. The planner finds an index over the expression that has the same functions, constants
/// and columns in the same order.
fn vector(index: &FullTextIndex, source: Source<'_>) -> Expr {
    if let Some(column) = &index.setting.vector {
        return source.named(column);
    }
    let texts = index.columns.iter().filter_map(|number| source.at(*number));
    let texts = texts.map(|(_, text)| Func::coalesce([text, Expr::cust("''")]).into());
    let concat = |before: Expr, text: Expr| {
        let concat = BinOper::Custom("||");
        before
            .binary(concat, Expr::cust("' '"))
            .binary(concat, text)
    };
    let text: Option<Expr> = texts.reduce(concat);
    let text = text.unwrap_or_else(|| Expr::cust("''"));
    call("to_tsvector", index, text)
}

/// Returns the call of a function with the configuration, whose name was checked.
fn call(function: &'static str, index: &FullTextIndex, argument: Expr) -> Expr {
    let config = Expr::cust(format!("'{}'::regconfig", index.setting.config));
    Func::cust(function).args([config, argument]).into()
}

/// Whether a text is a plain name, perhaps after that of a schema.
fn is_name(text: &str) -> bool {
    let is_plain = |part: &str| {
        let begins = part.starts_with(|char: char| char.is_ascii_alphabetic() || char == '_');
        begins
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let mut parts = text.split('.');
    text.matches('.').count() < 2 && parts.all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::full_text::check_sought;

    #[track_caller]
    fn check(terms: &[&str], every: bool, expected: &str) {
        check_sought(&PostgresDialect, terms, every, expected);
    }

    #[test]
    fn each_term_is_in_quotes() {
        check(
            &["red", "or", "fast car"],
            true,
            "\"red\" \"or\" \"fast car\"",
        );
        check(&["red", "fast car"], false, "\"red\" or \"fast car\"");
        check(&["a\"b", "\"c\""], true, "\"a b\" \" c \"");
    }

    #[test]
    fn a_compound_is_its_words_and_an_address_is_one_word() {
        check(&["foo-bar-x"], true, "\"foo bar x\"");
        check(
            &["x-1", "-a", "a-", "a--b"],
            true,
            "\"x-1\" \"-a\" \"a-\" \"a--b\"",
        );
        check(&["my-site.com", "é-à"], true, "\"my-site.com\" \"é à\"");
    }

    #[test]
    fn a_configuration_has_a_plain_name() {
        for (name, is_plain) in [
            ("english", true),
            ("public.my_english2", true),
            ("", false),
            (".english", false),
            ("a.b.c", false),
            ("it's", false),
            ("2nd", false),
        ] {
            assert_eq!(is_name(name), is_plain, "{name}");
        }
    }
}
