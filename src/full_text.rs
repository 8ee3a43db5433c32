//! Full text: the index of a database over the words of texts, and what a search looks for in it.

use std::sync::Arc;

use crate::model::{ColumnNumber, Model};

/// How `search` uses the full text of the database; the argument of [`ViewSet::full_text`](crate::ViewSet::full_text).
///
/// The columns are those of [`ViewSet::search`](crate::ViewSet::search). Each database takes what is meant for it, so
/// that one setting serves several:
///
/// | database | searches | with the index |
/// |---|---|---|
/// | PostgreSQL | the texts of the columns, or the column of [`vector`](Self::vector), in the language of [`config`](Self::config) | GIN |
/// | MySQL, MariaDB | the columns | `FULLTEXT` over exactly these columns |
/// | SQLite | the FTS5 table of [`table`](Self::table) | itself |
///
/// The guide has [the statements that create the indexes](crate::guide::full_text).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct FullText {
    pub(crate) config: String,
    pub(crate) vector: Option<String>,
    pub(crate) table: Option<String>,
}

impl FullText {
    /// Searches the columns as they are, without the rules of a language. On SQLite, add a [`table`](Self::table).
    pub fn new() -> Self {
        Self {
            config: "simple".to_owned(),
            vector: None,
            table: None,
        }
    }

    /// Sets the text search configuration of PostgreSQL, such as `english`, by which `cars` finds `car`. Default:
    /// `simple`, which knows no language. Other databases ignore it.
    ///
    /// It must be the one of the index. A name is letters, digits and `_`, perhaps after its schema and a `.`; another
    /// is an error of `build()`.
    pub fn config(mut self, name: impl Into<String>) -> Self {
        self.config = name.into();
        self
    }

    /// Names the column of PostgreSQL's type `tsvector` that is searched instead of the texts. Default: none. Other
    /// databases ignore it.
    ///
    /// The column need not be in the model. It should have the texts of the searched columns and no other, since clients
    /// find rows by what it has.
    pub fn vector(mut self, column: impl Into<String>) -> Self {
        self.vector = Some(column.into());
        self
    }

    /// Names the FTS5 table of SQLite that is searched, whose `rowid` is that of the model's table. Other databases
    /// ignore it.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }
}

impl Default for FullText {
    fn default() -> Self {
        Self::new()
    }
}

/// The full text of a model: the columns that are searched, and how.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct FullTextIndex {
    pub(crate) columns: Vec<ColumnNumber>,
    pub(crate) setting: FullText,
}

impl FullTextIndex {
    /// Returns the name of the first column that is no column of the table; `None` if there is none.
    pub(crate) fn computed<'m>(&self, model: &'m Model) -> Option<&'m str> {
        let mut columns = self.columns.iter().filter_map(|number| model.at(*number));
        let computed = columns.find(|column| column.computed.is_some())?;
        Some(&computed.name)
    }
}

/// The condition that the full text of a row has terms, each a word or words that follow each other.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FullTextMatch {
    pub(crate) index: Arc<FullTextIndex>,
    /// The terms, each with a letter or digit.
    pub(crate) terms: Vec<String>,
    /// Whether the row has all terms; otherwise at least one.
    pub(crate) every: bool,
}

/// The ordering of rows by how well they match the terms of a search.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Relevance {
    pub(crate) sought: FullTextMatch,
    /// Whether the rows that match best are first.
    pub(crate) best_first: bool,
}
