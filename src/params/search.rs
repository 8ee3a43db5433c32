//! Search for words and phrases in several columns at once: `search=red convertible`, `search="red car" fast`.
//!
//! Without full text, each must occur inside the text of a column. With it, the database finds words as wholes, and terms
//! after a `-` must not be in a row: `search=red -fast`.

use std::sync::Arc;

use super::{
    group::placed,
    pairs::Pair,
    parameter::Parameter,
    reading::QueryReader,
    search_text::{SearchFault, SearchTerm, read},
};
use crate::{
    error::Code,
    full_text::{FullTextIndex, FullTextMatch},
    predicate::{Anchor, Matching, Predicate},
};

/// A search that has been read.
pub(super) struct Search {
    /// The condition on the rows.
    pub(super) condition: Predicate,
    /// The terms by which rows match more or less; `None` if there is no such term, or without full text.
    pub(super) sought: Option<FullTextMatch>,
}

impl QueryReader<'_> {
    /// Returns the search, whose condition is met by every row if it has no terms; `None` without a search, or after a
    /// fault.
    pub(super) fn search(&mut self) -> Option<Search> {
        let pair = self.reserved(Parameter::Search)?;
        let offer = self.offer;
        if offer.search.is_empty() {
            let instead = offer.text_filter();
            let instead =
                instead.map(|filter| format!("; a text column is searched as in `{filter}`"));
            let instead = instead.unwrap_or_default();
            let detail = format!("`search` is not offered by {}{instead}", offer.label);
            self.fault("search", Code::NotSupported, detail);
            return None;
        }
        let found = read(&pair.value, offer.full_text.is_some());
        let terms = self.or_fault(&pair, found)?;
        self.check_terms(&terms)?;
        match &offer.full_text {
            Some(index) => {
                let found = full_text(&terms, index);
                self.or_fault(&pair, found)
            }
            None => Some(Search {
                condition: self.inside_texts(&terms),
                sought: None,
            }),
        }
    }

    /// Returns what was read; `None` after its fault, which is added.
    fn or_fault<T>(&mut self, pair: &Pair<'_>, found: Result<T, SearchFault>) -> Option<T> {
        found
            .map_err(|fault| {
                let detail = placed(pair, fault.at, fault.detail);
                self.fault("search", Code::InvalidValue, detail);
            })
            .ok()
    }

    /// Adds a fault and returns `None` if there are too many terms, or one is too long.
    fn check_terms(&mut self, terms: &[SearchTerm<'_>]) -> Option<()> {
        let limits = &self.offer.limits;
        let (most, most_bytes) = (limits.search_words, limits.pattern_bytes);
        let long = terms.iter().find(|term| term.text.len() > most_bytes);
        let detail = match long {
            _ if terms.len() > most => format!(
                "`search` has {} words and phrases; at most {most} are read",
                terms.len(),
            ),
            Some(term) => format!(
                "`search` has a {} of {} bytes; at most {most_bytes} are read",
                if term.is_phrase { "phrase" } else { "word" },
                term.text.len(),
            ),
            None => return Some(()),
        };
        self.fault("search", Code::LimitExceeded, detail);
        None
    }

    /// Returns the condition that each term occurs in at least one of the searched columns, ignoring case.
    fn inside_texts(&self, terms: &[SearchTerm<'_>]) -> Predicate {
        let matching = Matching {
            place: Anchor::Inside,
            ignore_case: true,
        };
        let in_a_column = |term: &SearchTerm<'_>| {
            let columns = self.offer.search.iter().map(|column| Predicate::Text {
                column: *column,
                matching,
                text: term.text.to_string(),
            });
            Predicate::Any(columns.collect())
        };
        Predicate::All(terms.iter().map(in_a_column).collect())
    }
}

/// Returns the search in full text. A word without a letter or digit only separates others.
fn full_text(terms: &[SearchTerm<'_>], index: &Arc<FullTextIndex>) -> Result<Search, SearchFault> {
    let has_word = |term: &&SearchTerm<'_>| term.text.contains(char::is_alphanumeric);
    let mut without = terms.iter().filter(|term| !has_word(term));
    let is_blank = !terms.iter().any(|term| has_word(&term));
    if let Some(term) = without.find(|term| term.is_phrase || is_blank) {
        return Err(SearchFault {
            at: term.at,
            detail: "there is no letter or digit to search for",
        });
    }
    let matching = |is_excluded: bool| {
        let terms = terms.iter().filter(has_word);
        let terms = terms.filter(|term| term.is_excluded == is_excluded);
        let terms: Vec<_> = terms.map(|term| term.text.to_string()).collect();
        let found = FullTextMatch {
            index: Arc::clone(index),
            terms,
            every: !is_excluded,
        };
        Some(found).filter(|found| !found.terms.is_empty())
    };
    let (sought, excluded) = (matching(false), matching(true));
    let wanted = sought.clone().map(Predicate::FullText);
    let unwanted = excluded.map(|excluded| Predicate::FullText(excluded).negated_if(true));
    Ok(Search {
        condition: Predicate::All(wanted.into_iter().chain(unwanted).collect()),
        sought,
    })
}
