//! Asking a database what it has, and making models of what it says.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
};

use super::{Found, LeftOut, Schema, draft::Draft, names, relations};
use crate::{
    catalog::{Catalog, Schemas, Table},
    database::Database,
    error::{Error, Result},
    params::nearest,
};

/// What of a database is to be found: made by [`Schema::reflect`], and awaited.
///
/// Tables and columns are named as the database names them, with a schema and a dot before them where they are not in the
/// schema of names that say none; `*` stands for any characters. A name that names nothing is a mistake.
#[derive(Clone)]
#[must_use = "nothing is asked of the database until it is awaited"]
pub struct Reflect {
    database: Database,
    schemas: Vec<String>,
    include: Vec<String>,
    exclude: Vec<String>,
    renames: Vec<(String, String)>,
    secrets: Vec<String>,
}

impl Reflect {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            schemas: Vec::new(),
            include: Vec::new(),
            exclude: Vec::new(),
            renames: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// The schemas that are looked at. Default: on PostgreSQL every one but the system's, on MySQL the connected database.
    pub fn schemas<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.schemas = texts(names);
        self
    }

    /// The only tables and views to serve. Default: all.
    pub fn include<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.include.extend(texts(patterns));
        self
    }

    /// Tables and views not to serve, though they are included.
    pub fn exclude<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.exclude.extend(texts(patterns));
        self
    }

    /// Serves a table at another path. Default: at its name.
    pub fn rename(mut self, table: &str, path: &str) -> Self {
        self.renames.push((table.to_owned(), path.to_owned()));
        self
    }

    /// Shows columns although they look secret, each as `table.column`. Default: none is shown.
    pub fn show_secrets<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.secrets.extend(texts(patterns));
        self
    }

    async fn run(self) -> Result<Schema> {
        let catalog = self
            .database
            .catalog(&Schemas::of(self.schemas.clone()))
            .await?;
        let mistakes = self.mistakes(&catalog);
        if !mistakes.is_empty() {
            return Err(Error::configuration(mistakes));
        }
        let (found, left_out) = self.models(catalog);
        Ok(Schema {
            database: self.database,
            found,
            left_out,
        })
    }

    /// The names in the settings that name nothing.
    fn mistakes(&self, catalog: &Catalog) -> Vec<String> {
        let home = catalog.home.as_deref();
        let left_out = catalog.left_out.iter().map(|(name, _)| name.clone());
        let tables = catalog.tables.iter();
        let tables: Vec<_> = tables.map(|table| table.full_name(home)).collect();
        let columns = catalog.tables.iter().flat_map(|table| {
            let name = table.full_name(home);
            let columns = table.columns.iter();
            columns.map(move |column| format!("{name}.{}", column.sql))
        });
        let columns: Vec<String> = columns.collect();
        let all: Vec<_> = tables.iter().cloned().chain(left_out).collect();
        let renamed: Vec<_> = self
            .renames
            .iter()
            .map(|(table, _)| table.clone())
            .collect();
        let settings = [
            ("include", &self.include, &all),
            ("exclude", &self.exclude, &all),
            ("rename", &renamed, &tables),
            ("show_secrets", &self.secrets, &columns),
        ];
        let mut mistakes = Vec::new();
        for (method, patterns, known) in settings {
            for pattern in patterns.iter().filter(|pattern| !pattern.contains('*')) {
                if !known.contains(pattern) {
                    let near = nearest(pattern, known.iter().map(String::as_str));
                    mistakes.push(format!(
                        "`.{method}(…)` names `{pattern}`, which is not there{near}"
                    ));
                }
            }
        }
        mistakes
    }

    fn models(&self, catalog: Catalog) -> (Vec<Found>, Vec<LeftOut>) {
        let home = catalog.home.as_deref();
        let left_out = catalog.left_out.into_iter();
        let mut left_out: Vec<_> = left_out
            .map(|(what, reason)| LeftOut::new(what, reason))
            .collect();
        let mut drafts = Vec::new();
        for table in catalog.tables {
            let name = table.full_name(home);
            match self.refusal(&name) {
                Some(reason) => left_out.push(LeftOut::new(name, reason)),
                None => {
                    let table = without_invisible(&name, table, &mut left_out);
                    drafts.push(self.draft(name, table, home, &mut left_out));
                }
            }
        }
        relations::hide_what_leads_to_secrets(&mut drafts, &self.secrets);
        note_hidden(&drafts, &mut left_out);
        drafts.retain(|draft| {
            let is_shown = draft.visible().next().is_some();
            if !is_shown {
                left_out.push(LeftOut::new(&*draft.name, "no column of it can be shown"));
            }
            is_shown
        });
        for draft in &mut drafts {
            draft.set_key(&mut left_out);
        }
        relations::relate(&mut drafts, &mut left_out);
        let found = drafts.into_iter().map(Draft::found);
        (found.collect(), left_out)
    }

    /// Why a table is not to be served.
    fn refusal(&self, name: &str) -> Option<&'static str> {
        let is_among =
            |patterns: &[String]| patterns.iter().any(|pattern| names::matches(pattern, name));
        if is_among(&self.exclude) {
            return Some("excluded");
        }
        (!self.include.is_empty() && !is_among(&self.include)).then_some("not included")
    }

    fn draft(
        &self,
        name: String,
        table: Table,
        home: Option<&str>,
        left_out: &mut Vec<LeftOut>,
    ) -> Draft {
        let renamed = self
            .renames
            .iter()
            .rev()
            .find(|(renamed, _)| *renamed == name);
        let path = match renamed {
            Some((_, path)) => path.clone(),
            None => {
                let schema = table
                    .schema
                    .as_deref()
                    .filter(|schema| Some(*schema) != home);
                names::path(schema, &table.name)
            }
        };
        for (column, reason) in &table.left_out {
            left_out.push(LeftOut::new(format!("{name}.{column}"), &**reason));
        }
        let mut draft = Draft::new(path, name, table);
        draft.hide_secrets(&self.secrets);
        draft.name_columns();
        draft
    }
}

/// Takes the invisible columns out of a table, and says so.
fn without_invisible(name: &str, mut table: Table, left_out: &mut Vec<LeftOut>) -> Table {
    for column in table.take_invisible() {
        let reason = "the table declares it INVISIBLE";
        left_out.push(LeftOut::new(format!("{name}.{column}"), reason));
    }
    table
}

fn note_hidden(drafts: &[Draft], left_out: &mut Vec<LeftOut>) {
    for draft in drafts {
        let hidden = draft.table.columns.iter().filter(|column| column.hidden);
        left_out.extend(hidden.map(|column| {
            let what = format!("{}.{}", draft.name, column.sql);
            LeftOut::new(
                what,
                "it looks secret, or leads to what does; `.show_secrets(…)` shows it",
            )
        }));
    }
}

fn texts<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Vec<String> {
    names.into_iter().map(Into::into).collect()
}

impl IntoFuture for Reflect {
    type Output = Result<Schema>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<Schema>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Reflect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reflect")
            .field("schemas", &self.schemas)
            .field("include", &self.include)
            .field("exclude", &self.exclude)
            .finish_non_exhaustive()
    }
}
