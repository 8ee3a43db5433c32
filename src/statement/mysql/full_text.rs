//! Full text in MySQL and MariaDB: <https://dev.mysql.com/doc/refman/8.4/en/fulltext-boolean.html>.

use sea_query::Expr;

use super::MySqlDialect;
use crate::{
    full_text::{FullTextIndex, FullTextMatch},
    model::Model,
    statement::{dialect::placeholder, full_text::Searches, source::Source},
};

impl Searches for MySqlDialect {
    fn cannot_search(&self, index: &FullTextIndex, model: &Model) -> Option<String> {
        let computed = index.computed(model)?;
        Some(format!(
            "`{computed}` is computed, and MySQL has no index over it"
        ))
    }

    /// Writes the syntax of the boolean mode, with nothing in it but words, quotes and `+`.
    ///
    /// A word that is never in the index, since it is short or a stopword, would find no row. Beside others it is not
    /// required.
    fn sought(&self, search: &FullTextMatch) -> String {
        let terms: Vec<_> = search.terms.iter().map(|term| words(term)).collect();
        let requires_all = terms.iter().all(|words| !is_indexed(words));
        let written = terms.iter().filter(|words| !words.is_empty()).map(|words| {
            let is_required = search.every && (requires_all || is_indexed(words));
            let plus = if is_required { "+" } else { "" };
            match words.as_slice() {
                [word] => format!("{plus}{word}"),
                words => format!("{plus}\"{}\"", words.join(" ")),
            }
        });
        written.collect::<Vec<_>>().join(" ")
    }

    fn full_text(&self, index: &FullTextIndex, source: Source<'_>) -> Expr {
        score(index, source)
    }

    fn relevance(&self, index: &FullTextIndex, source: Source<'_>) -> Expr {
        score(index, source)
    }
}

/// Returns the score of a row, which is zero, and so false, where the text is not found.
fn score(index: &FullTextIndex, source: Source<'_>) -> Expr {
    let columns = index.columns.iter().filter_map(|number| source.at(*number));
    let mut parts: Vec<_> = columns.map(|(_, column)| column).collect();
    let columns = vec!["?"; parts.len()].join(", ");
    parts.push(placeholder());
    Expr::cust_with_exprs(
        format!("MATCH ({columns}) AGAINST (? IN BOOLEAN MODE)"),
        parts,
    )
}

/// Returns the words of a term, as the parser of InnoDB splits texts.
fn words(term: &str) -> Vec<&str> {
    let is_of_word = |char: char| char.is_alphabetic() || char.is_ascii_digit() || char == '_';
    let words = term.split(|char| !is_of_word(char));
    words.filter(|word| !word.is_empty()).collect()
}

/// Whether an index with the server's default settings may have one of the words.
fn is_indexed(words: &[&str]) -> bool {
    words.iter().any(|word| {
        let length = word.chars().count();
        let is_stopword = STOPWORDS.iter().any(|one| one.eq_ignore_ascii_case(word));
        (SHORTEST..=LONGEST).contains(&length) && !is_stopword
    })
}

/// The defaults of `innodb_ft_min_token_size` and `innodb_ft_max_token_size`.
const SHORTEST: usize = 3;
const LONGEST: usize = 84;

/// The words of `INFORMATION_SCHEMA.INNODB_FT_DEFAULT_STOPWORD` that are not short.
const STOPWORDS: [&str; 18] = [
    "about", "are", "com", "for", "from", "how", "that", "the", "this", "und", "was", "what",
    "when", "where", "who", "will", "with", "www",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::full_text::check_sought;

    #[track_caller]
    fn check(terms: &[&str], every: bool, expected: &str) {
        check_sought(&MySqlDialect::Plain, terms, every, expected);
    }

    #[test]
    fn a_text_has_nothing_but_words_quotes_and_plus() {
        check(&["red"], true, "+red");
        check(&["red car", "fast"], true, "+\"red car\" +fast");
        check(&["red car", "fast"], false, "\"red car\" fast");
        check(
            &["foo-bar", "(a*b)", "\"x@4", "under_score"],
            true,
            "+\"foo bar\" \"a b\" \"x 4\" +under_score",
        );
        check(&["O'Neil"], true, "+\"O Neil\"");
        check(&["½", "red"], true, "+red");
        check(&["½"], true, "");
    }

    #[test]
    fn what_is_not_in_the_index_is_not_required_beside_others() {
        check(&["the", "of", "red"], true, "the of +red");
        check(&["of the", "The red"], true, "\"of the\" +\"The red\"");
        check(&["the", "of"], true, "+the +of");
        check(&["the", "of"], false, "the of");
    }
}
