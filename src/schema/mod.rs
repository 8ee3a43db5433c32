//! A whole database as it is: every table and view a model, found by asking the database.
//!
//! 1. Nothing is left out silently: what is not served, or not whole, is in [`Schema::left_out`] with a reason.
//! 2. What is found never keeps the rest from being served: names that clash are told apart, keys that no URL can name make
//!    a list without links.
//! 3. What looks secret is hidden.

mod check;
mod draft;
mod junctions;
mod names;
mod reflect;
mod relations;
mod secret;
mod settings;

use std::fmt;

pub(crate) use self::check::differences;
pub use self::reflect::Reflect;
use crate::{
    database::Database,
    model::{Column, Model},
};

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

/// A table or view that is served.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Its path, and its name in [`Router::configure`](crate::Router::configure).
    pub(crate) path: String,
    pub(crate) model: Model,
    is_view: bool,
    pub(crate) nested: Vec<Nest>,
}

/// A table that is served under the objects of another.
#[derive(Clone, Debug)]
pub(crate) struct Nest {
    /// Its path there, and the name of the relation to its rows.
    pub(crate) path: String,
    /// The path of the table.
    pub(crate) child: String,
}

/// Something of a database that is not served, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    what: String,
    reason: String,
}

impl LeftOut {
    fn new(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            reason: reason.into(),
        }
    }

    /// What is left out: a table `cars`, a column `cars.vin`, or a part of a table, in words.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Why it is left out.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.reason)
    }
}

impl Schema {
    /// Asks a database what it has. Settings may follow; awaiting it asks.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema};
    ///
    /// let db = Database::in_memory().await?;
    /// db.execute_script("CREATE TABLE cars (car_id INTEGER PRIMARY KEY, make TEXT)").await?;
    /// let schema = Schema::reflect(&db).exclude(["tmp_*"]).await?;
    /// assert_eq!(schema.models().map(|(path, _)| path).collect::<Vec<_>>(), ["cars"]);
    /// let api = Router::of(schema).build()?;
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn reflect(database: &Database) -> Reflect {
        Reflect::new(database.clone())
    }

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

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let model = &self.model;
        let columns = model.columns().iter().filter(|column| !column.hidden);
        let columns = columns.count();
        write!(f, "/{}/: {columns} column{}", self.path, plural(columns))?;
        let key = model.key().iter().filter_map(|at| model.at(*at));
        let key: Vec<_> = key.map(Column::name).collect();
        match key.as_slice() {
            [] => write!(f, ", no key"),
            key => write!(f, ", key {}", key.join(", ")),
        }
    }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
