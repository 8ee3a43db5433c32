//! Full text over rows in memory: words are runs of letters and digits, in any case.

use std::cmp::Reverse;

use super::MemoryTable;
use crate::{
    cell::{Cell, Row},
    full_text::{FullTextMatch, Relevance},
};

/// The words of each searched text of a row.
struct RowWords(Vec<Vec<String>>);

impl RowWords {
    /// Returns how many times the texts have the words of a term next to each other.
    fn count(&self, term: &str) -> usize {
        let term = words(term);
        let texts = self.0.iter();
        let in_text = |text: &Vec<String>| {
            let windows = text.windows(term.len().max(1));
            windows.filter(|window| *window == term).count()
        };
        texts.map(in_text).sum()
    }
}

impl<'a> MemoryTable<'a> {
    /// Whether the texts of a row have the terms of a search.
    pub(super) fn has_terms(self, row: Row<'a>, search: &FullTextMatch) -> bool {
        let words = self.words(row, search);
        let mut found = search.terms.iter().map(|term| words.count(term) > 0);
        match search.every {
            true => found.all(|is_found| is_found),
            false => found.any(|is_found| is_found),
        }
    }

    fn words(self, row: Row<'a>, search: &FullTextMatch) -> RowWords {
        let columns = search.index.columns.iter();
        let texts = columns.filter_map(|column| match self.cell(row, *column) {
            Cell::Text(text) => Some(words(text)),
            _ => None,
        });
        RowWords(texts.collect())
    }

    /// Orders rows, given by their positions, by how often they have the terms of a search. The order of rows that have
    /// them as often stays.
    pub(super) fn rank(self, relevance: &Relevance, selected: &mut [usize]) {
        let sought = &relevance.sought;
        let rank = |at: &usize| {
            let row = self.rows.get(*at);
            row.map_or(0, |row| {
                let words = self.words(row, sought);
                sought
                    .terms
                    .iter()
                    .map(|term| words.count(term))
                    .sum::<usize>()
            })
        };
        match relevance.best_first {
            true => selected.sort_by_cached_key(|at| Reverse(rank(at))),
            false => selected.sort_by_cached_key(rank),
        }
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text.split(|char: char| !char.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}
