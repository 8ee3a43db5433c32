//! Reflection: a model for every table and view of a database.
//!
//! 1. Nothing is left out silently: [`Schema::left_out`] lists every part that is not served, with the reason.
//! 2. No table prevents others from being served: names that clash are changed, and a table whose key cannot be in a
//!    URL is served as a list without links.
//! 3. Columns that look secret are hidden.

mod check;
mod draft;
mod junctions;
mod link;
mod names;
mod reflect;
mod relations;
mod secret;
mod served_table;
mod settings;

use std::fmt;

pub(crate) use self::check::differences;
use self::served_table::plural;
pub(crate) use self::served_table::{Nest, ServedTable};
pub use self::{reflect::Reflect, served_table::LeftOut};
use crate::{database::Database, model::Model};

/// The models of a database's tables and views, found by [`reflect`](Self::reflect).
///
/// Its [`Display`](fmt::Display) lists the tables that were found and the parts that were left out.
#[derive(Clone, Debug)]
pub struct Schema {
    database: Database,
    found: Vec<ServedTable>,
    left_out: Vec<LeftOut>,
    notes: Vec<(String, String)>,
    /// Whether any table references another by a foreign key.
    relates: bool,
}

impl Schema {
    /// Returns the models and their paths: first the tables and views of the default schema, then those of the other
    /// schemas. Within a schema, they are sorted by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.found.iter().map(|one| (one.path.as_str(), &one.model))
    }

    /// Returns the model that is served at a path.
    #[must_use]
    pub fn model(&self, path: &str) -> Option<&Model> {
        self.models()
            .find(|(known, _)| *known == path)
            .map(|(_, model)| model)
    }

    /// Whether no table is served.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Returns the parts of the database that are not served, with the reasons.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Returns the columns that are read as another type than they declare, each as `table.column`, with a description
    /// of how it is read. On SQLite, where a column may hold any value, a column gets a type that all sampled values
    /// can be read as.
    pub fn notes(&self) -> impl Iterator<Item = (&str, &str)> {
        let notes = self.notes.iter();
        notes.map(|(column, words)| (column.as_str(), words.as_str()))
    }

    pub(crate) fn into_parts(self) -> (Database, Vec<ServedTable>) {
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
