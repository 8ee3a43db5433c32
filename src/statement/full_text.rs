//! The [`Searches`] trait: the SQL of full text, and the words of a search in the syntax of each database.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use sea_query::{Expr, Order, SelectStatement};

use super::source::Source;
use crate::{
    cell::Value,
    full_text::{FullTextIndex, FullTextMatch, Relevance},
    model::Model,
};

/// The SQL of one database for full text.
pub(crate) trait Searches {
    /// Returns why the database cannot search the full text of a model, as the end of a sentence that names the setting;
    /// `None` if it can.
    fn cannot_search(&self, index: &FullTextIndex, model: &Model) -> Option<String>;

    /// Returns the text that is bound for a search, in the syntax of the database. No term can make it a syntax error.
    fn sought(&self, search: &FullTextMatch) -> String;

    /// Returns the condition that the full text of a row matches the bound text, whose placeholder is in it once.
    fn full_text(&self, index: &FullTextIndex, source: Source<'_>) -> Expr;

    /// Returns a number that is greater the better a row matches the bound text, whose placeholder is in it once.
    fn relevance(&self, index: &FullTextIndex, source: Source<'_>) -> Expr;
}

/// A condition on the full text of a row, in the form of one database.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FullTextTerm {
    pub(super) index: Arc<FullTextIndex>,
    pub(super) sought: Value,
}

impl FullTextTerm {
    pub(super) fn of(search: &FullTextMatch, dialect: &dyn Searches) -> Self {
        Self {
            index: Arc::clone(&search.index),
            sought: Value::Text(dialect.sought(search)),
        }
    }

    pub(super) fn condition(&self, source: Source<'_>, dialect: &dyn Searches) -> Expr {
        dialect.full_text(&self.index, source)
    }

    /// Adds what the text of the condition depends on to the key of a plan.
    pub(super) fn shape(&self, key: &mut impl Hasher) {
        self.index.hash(key);
    }

    pub(super) fn values(&self, out: &mut Vec<Value>) {
        out.push(self.sought.clone());
    }
}

/// The ordering of rows by how well they match a search, in the form of one database.
#[derive(Debug)]
pub(super) struct Ranking {
    term: FullTextTerm,
    best_first: bool,
}

impl Ranking {
    pub(super) fn of(relevance: &Relevance, dialect: &dyn Searches) -> Self {
        Self {
            term: FullTextTerm::of(&relevance.sought, dialect),
            best_first: relevance.best_first,
        }
    }

    /// Adds the ordering to the `ORDER BY` of a select, or its reverse.
    pub(super) fn add(
        &self,
        select: &mut SelectStatement,
        source: Source<'_>,
        reversed: bool,
        dialect: &dyn Searches,
    ) {
        let rank = dialect.relevance(&self.term.index, source);
        let direction = match self.best_first != reversed {
            true => Order::Desc,
            false => Order::Asc,
        };
        select.order_by_expr(rank, direction);
    }

    pub(super) fn shape(&self, key: &mut impl Hasher) {
        self.term.shape(key);
        self.best_first.hash(key);
    }

    pub(super) fn values(&self, out: &mut Vec<Value>) {
        self.term.values(out);
    }
}

/// Checks the text that a database is given for terms.
#[cfg(test)]
#[track_caller]
pub(super) fn check_sought(dialect: &dyn Searches, terms: &[&str], every: bool, expected: &str) {
    let (columns, setting) = (Vec::new(), crate::full_text::FullText::new());
    let search = FullTextMatch {
        index: Arc::new(FullTextIndex { columns, setting }),
        terms: terms.iter().map(|term| (*term).to_owned()).collect(),
        every,
    };
    assert_eq!(dialect.sought(&search), expected);
}
