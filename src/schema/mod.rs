//! A whole database as it is: every table and view a model, found by asking the database.
//!
//! 1. Nothing is left out silently: what is not served, or not whole, is in [`Schema::left_out`] with a reason.
//! 2. What is found never keeps the rest from being served: names that clash are told apart, keys that no URL can name make
//!    a list without links.
//! 3. What looks secret is hidden.

mod check;
mod draft;
mod found;
mod junctions;
mod link;
mod names;
mod reflect;
mod relations;
mod secret;
mod settings;

use std::fmt;

pub(crate) use self::check::differences;
use self::found::plural;
pub(crate) use self::found::{Found, Nest};
pub use self::{found::LeftOut, reflect::Reflect};
use crate::{database::Database, model::Model};

/// The models of a database's tables and views, found by [`reflect`](Self::reflect).
///
/// Its [`Display`](fmt::Display) says what was found and what was left out.
#[derive(Clone, Debug)]
pub struct Schema {
    database: Database,
    found: Vec<Found>,
    left_out: Vec<LeftOut>,
    notes: Vec<(String, String)>,
    /// Whether a table leads to another.
    relates: bool,
}

impl Schema {
    /// The models, each with the path it is served at: the tables and views of the schema of names that say none, then
    /// those of the others, in the order of their names.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.found.iter().map(|one| (one.path.as_str(), &one.model))
    }

    /// The model that is served at a path.
    #[must_use]
    pub fn model(&self, path: &str) -> Option<&Model> {
        self.models()
            .find(|(known, _)| *known == path)
            .map(|(_, model)| model)
    }

    /// Whether there is nothing to serve.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What is not served, or not whole, and why.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Returns the columns that are read otherwise than they are declared, each as `table.column`, and how: SQLite's
    /// columns hold any value, and are what all sampled values can be read as.
    pub fn notes(&self) -> impl Iterator<Item = (&str, &str)> {
        let notes = self.notes.iter();
        notes.map(|(column, words)| (column.as_str(), words.as_str()))
    }

    pub(crate) fn into_parts(self) -> (Database, Vec<Found>) {
        (self.database, self.found)
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let views = self.found.iter().filter(|one| one.is_view).count();
        let tables = self.found.len() - views;
        write!(f, "{tables} table{}", plural(tables))?;
        write!(f, " and {views} view{}:", plural(views))?;
        for one in &self.found {
            write!(f, "\n  {one}")?;
        }
        if !self.relates && tables > 1 {
            write!(
                f,
                "\nno table has a foreign key, so there are no relations; `Reflect::relate(…)`, or `--relate 'posts.author=users.id'`, adds one"
            )?;
        }
        if !self.notes.is_empty() {
            write!(
                f,
                "\nread by their values (`Reflect::column_type(…)`, or `--type table.column=integer`, insists):"
            )?;
        }
        for (column, words) in self.notes() {
            write!(f, "\n  {column}: {words}")?;
        }
        if !self.left_out.is_empty() {
            write!(f, "\nleft out:")?;
        }
        for one in &self.left_out {
            write!(f, "\n  {one}")?;
        }
        Ok(())
    }
}
