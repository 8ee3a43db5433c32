//! Search for words in several columns at once: `search=red convertible`.

use super::{parameter::Parameter, reading::QueryReader};
use crate::{
    error::Code,
    predicate::{Anchor, Matching, Predicate},
};

impl QueryReader<'_> {
    /// Returns the condition that every word occurs in at least one of the searched columns, ignoring case; `None`
    /// without a search, or after a fault.
    pub(super) fn search(&mut self) -> Option<Predicate> {
        let pair = self.reserved(Parameter::Search)?;
        let (offer, limits) = (self.offer, &self.offer.limits);
        if offer.search.is_empty() {
            let instead = offer.text_filter();
            let instead =
                instead.map(|filter| format!("; a text column is searched as in `{filter}`"));
            let instead = instead.unwrap_or_default();
            let detail = format!("`search` is not offered by {}{instead}", offer.label);
            self.fault("search", Code::NotSupported, detail);
            return None;
        }
        let words: Vec<&str> = pair.value.split_whitespace().collect();
        if words.len() > limits.search_words {
            let detail = format!(
                "`search` has {} words; at most {} are read",
                words.len(),
                limits.search_words
            );
            self.fault("search", Code::LimitExceeded, detail);
            return None;
        }
        if let Some(word) = words.iter().find(|word| word.len() > limits.pattern_bytes) {
            let detail = format!(
                "`search` has a word of {} bytes; at most {} are read",
                word.len(),
                limits.pattern_bytes
            );
            self.fault("search", Code::LimitExceeded, detail);
            return None;
        }
        let matching = Matching {
            place: Anchor::Inside,
            ignore_case: true,
        };
        let in_a_column = |word: &&str| {
            let columns = offer.search.iter().map(|column| Predicate::Text {
                column: *column,
                matching,
                text: (*word).to_owned(),
            });
            Predicate::Any(columns.collect())
        };
        Some(Predicate::All(words.iter().map(in_a_column).collect()))
    }
}
