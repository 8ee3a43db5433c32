//! The reflection of a database: reads its catalog and builds its models.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
};

use super::{
    LeftOut, Schema, ServedTable, draft::TableDraft, names, relations, settings::Settings,
};
use crate::{
    catalog::{Catalog, Schemas, Table},
    cell::Type,
    database::{Database, SAMPLED_BYTES},
    error::{Error, Result},
    idempotency,
};

/// A reflection of a database, created by [`Schema::reflect`] and run when it is awaited.
///
/// Tables and columns are given by their names in the database. A table outside the default schema is given after its
/// schema and a dot; `*` stands for any characters. A name that matches nothing is an error.
#[derive(Clone, Debug)]
#[must_use = "nothing is asked of the database until it is awaited"]
pub struct Reflect {
    database: Database,
    settings: Settings,
}

impl Schema {
    /// Reflects a database: makes a model for each table and view. The returned [`Reflect`] takes further settings, and
    /// does nothing until it is awaited.
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
}

impl Reflect {
    fn new(database: Database) -> Self {
        Self {
            database,
            settings: Settings::default(),
        }
    }

    /// Sets the schemas to reflect. Default: on PostgreSQL all except those of the system, on MySQL the database of the
    /// connection.
    pub fn schemas<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.settings.schemas = texts(names);
        self
    }

    /// Serves only the tables and views that match a pattern. Default: all.
    pub fn include<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.settings.include.extend(texts(patterns));
        self
    }

    /// Leaves out the tables and views that match a pattern, even if [`include`](Self::include) names them. Default:
    /// none.
    pub fn exclude<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.settings.exclude.extend(texts(patterns));
        self
    }

    /// Serves a table at `path`. Default: the table's name.
    pub fn rename(mut self, table: &str, path: &str) -> Self {
        self.settings
            .renames
            .push((table.to_owned(), path.to_owned()));
        self
    }

    /// Shows columns that would be hidden since they look secret, each given as `table.column`. Default: none.
    pub fn show_secrets<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.settings.shown.extend(texts(patterns));
        self
    }

    /// Hides columns from clients, each given as `table.column`. Default: those that look secret.
    pub fn hide<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.settings.hidden.extend(texts(patterns));
        self
    }

    /// Sets the type of a column, given as `table.column`. Default: on SQLite a type that all sampled values can be
    /// read as, elsewhere the declared type.
    ///
    /// On SQLite any type is possible, and values that do not fit the type are shown as null. On other databases, the
    /// declared type must be readable as the new one. [`Type::named`] returns the type with a given name.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema, Type, testing::Client};
    ///
    /// let db = Database::in_memory().await?;
    /// db.execute_script("CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER);
    ///     INSERT INTO people VALUES (1, 34), (2, 'N/A')").await?;
    /// let integer = Type::named("integer").expect("a type");
    /// let schema = Schema::reflect(&db).column_type("people.age", integer).await?;
    /// let client = Client::new(Router::of(schema).build()?);
    /// assert_eq!(client.get("/people/?age__gt=5").await.json()["count"], 1);
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn column_type(mut self, column: &str, ty: Type) -> Self {
        self.settings.types.push((column.to_owned(), ty));
        self
    }

    /// Reads columns of bytes, each given as `table.column`, as texts in UTF-8. MediaWiki on MySQL, for example, stores
    /// its texts in such columns. Default: none. Not supported on PostgreSQL.
    ///
    /// If a sampled value of a column is not UTF-8, that is an error. Any other value that is not UTF-8 is shown as
    /// null. On SQLite, a column that holds both bytes and other values can be read as texts, too.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema, testing::Client};
    ///
    /// let db = Database::in_memory().await?;
    /// db.execute_script("CREATE TABLE page (id INTEGER PRIMARY KEY, title BLOB);
    ///     INSERT INTO page VALUES (1, x'4D61696E')").await?;
    /// let schema = Schema::reflect(&db).text(["page.*"]).await?;
    /// let client = Client::new(Router::of(schema).build()?);
    /// assert_eq!(client.get("/page/?title__startswith=Ma").await.json()["results"][0]["title"], "Main");
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn text<S: Into<String>>(mut self, patterns: impl IntoIterator<Item = S>) -> Self {
        self.settings.texts.extend(texts(patterns));
        self
    }

    /// Adds a relation that no foreign key of the database declares. `columns` refer to the columns `to`, each given as
    /// `table.column`; several are separated by commas, as in `posts.a, posts.b`.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use tower_rest::{Database, Router, Schema, testing::Client};
    ///
    /// let db = Database::in_memory().await?;
    /// db.execute_script("CREATE TABLE users (id INTEGER PRIMARY KEY);
    ///     CREATE TABLE posts (id INTEGER PRIMARY KEY, author_id INTEGER);
    ///     INSERT INTO users VALUES (7); INSERT INTO posts VALUES (1, 7)").await?;
    /// let schema = Schema::reflect(&db).relate("posts.author_id", "users.id").await?;
    /// let client = Client::new(Router::of(schema).build()?);
    /// assert_eq!(client.get("/posts/1/").await.json()["author"], "http://localhost/users/7/");
    /// # Ok::<(), tower_rest::Error>(()) }).unwrap();
    /// ```
    pub fn relate(mut self, columns: &str, to: &str) -> Self {
        let pair = (columns.to_owned(), to.to_owned());
        self.settings.relations.push(pair);
        self
    }

    async fn run(self) -> Result<Schema> {
        let schemas = Schemas::of(self.settings.schemas.clone());
        let mut catalog = self.database.catalog(&schemas).await?;
        let mut mistakes = self.settings.mistakes(&catalog);
        if mistakes.is_empty() {
            let applied = self.settings.apply(&mut catalog);
            mistakes = applied.mistakes;
            mistakes.extend(self.undecodable(&catalog, applied.texts).await?);
        }
        if !mistakes.is_empty() {
            return Err(Error::configuration(mistakes));
        }
        let has_foreign_keys = |table: &Table| !table.foreign_keys.is_empty();
        let relates = catalog.tables.iter().any(has_foreign_keys);
        let notes = notes(&catalog);
        let (found, left_out) = self.models(catalog);
        Ok(Schema {
            database: self.database,
            found,
            left_out,
            notes,
            relates,
        })
    }

    /// Returns a message for each column of `texts` that has a sampled value which is not UTF-8. A column is given by
    /// its table's index and its name.
    async fn undecodable(
        &self,
        catalog: &Catalog,
        texts: Vec<(usize, String)>,
    ) -> Result<Vec<String>> {
        let mut mistakes = Vec::new();
        for (at, column) in texts {
            let Some(table) = catalog.tables.get(at) else {
                continue;
            };
            let name = table.full_name(catalog.home.as_deref());
            if self.refusal(&name).is_some() {
                continue;
            }
            let samples = self.database.bytes_of(table, &column).await?;
            if !samples.iter().all(|sample| is_text(sample)) {
                mistakes.push(format!(
                    "`.text(…)` names `{name}.{column}`, which has bytes that are no text in UTF-8; leave it out, and its \
                     bytes are served in base64"
                ));
            }
        }
        Ok(mistakes)
    }

    fn models(&self, catalog: Catalog) -> (Vec<ServedTable>, Vec<LeftOut>) {
        let home = catalog.home.as_deref();
        let left_out = catalog.left_out.into_iter();
        let mut left_out: Vec<_> = left_out
            .map(|(what, reason)| LeftOut::new(what, reason))
            .collect();
        let mut drafts = Vec::new();
        let only = match self.settings.schemas.as_slice() {
            [only] => Some(only.as_str()),
            _ => None,
        };
        for table in in_order(catalog.tables) {
            let name = table.full_name(home);
            match self.refusal(&name).or_else(|| own_use(&table)) {
                Some(reason) => left_out.push(LeftOut::new(name, reason)),
                None => {
                    let table = without_invisible(&name, table, &mut left_out);
                    drafts.push(self.draft(name, table, (home, only), &mut left_out));
                }
            }
        }
        relations::hide_what_leads_to_secrets(&mut drafts, &self.settings.shown);
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
        let found = drafts.into_iter().map(TableDraft::served_table);
        (found.collect(), left_out)
    }

    /// Returns the reason why the settings leave out the table `name`, such as that `exclude` names it; `None` if they
    /// serve it.
    fn refusal(&self, name: &str) -> Option<&'static str> {
        let is_among =
            |patterns: &[String]| patterns.iter().any(|pattern| names::matches(pattern, name));
        if is_among(&self.settings.exclude) {
            return Some("excluded");
        }
        (!self.settings.include.is_empty() && !is_among(&self.settings.include))
            .then_some("not included")
    }

    fn draft(
        &self,
        name: String,
        table: Table,
        (home, only): (Option<&str>, Option<&str>),
        left_out: &mut Vec<LeftOut>,
    ) -> TableDraft {
        let renamed = self
            .settings
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
                    .filter(|schema| Some(*schema) != only.or(home));
                names::served(names::path(schema, &table.name))
            }
        };
        for (column, reason) in &table.left_out {
            left_out.push(LeftOut::new(format!("{name}.{column}"), &**reason));
        }
        let mut draft = TableDraft::new(path, name, table);
        draft.hide_columns(&self.settings.shown, &self.settings.hidden);
        draft.name_columns();
        draft
    }
}

/// Returns the reason why a table that the library keeps for itself is left out; `None` if it is another table.
fn own_use(table: &Table) -> Option<&'static str> {
    (table.name == idempotency::TABLE)
        .then_some("keeps the answers to requests with an `Idempotency-Key`")
}

/// Whether a sample, which is the beginning of a value, is UTF-8. The end of the sample may cut a character.
fn is_text(sample: &[u8]) -> bool {
    match std::str::from_utf8(sample) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && sample.len() == SAMPLED_BYTES,
    }
}

/// Returns the tables, with those of each schema sorted by name, ignoring case. The order of the database is not used,
/// since it depends on a collation.
fn in_order(mut tables: Vec<Table>) -> Vec<Table> {
    let mut schemas: Vec<Option<String>> = Vec::new();
    for table in &tables {
        if !schemas.contains(&table.schema) {
            schemas.push(table.schema.clone());
        }
    }
    tables.sort_by_cached_key(|table| {
        let schema = schemas.iter().position(|schema| *schema == table.schema);
        (schema, table.name.to_lowercase(), table.name.clone())
    });
    tables
}

/// Returns `table.column` of each column that is read as another type than it declares, with a description of how it is
/// read.
fn notes(catalog: &Catalog) -> Vec<(String, String)> {
    let home = catalog.home.as_deref();
    let of_table = |table: &Table| {
        let name = table.full_name(home);
        let notes = table.notes.iter();
        let notes = notes.map(move |(column, words)| (format!("{name}.{column}"), words.clone()));
        notes.collect::<Vec<_>>()
    };
    catalog.tables.iter().flat_map(of_table).collect()
}

/// Returns the table without the columns that it declares invisible, except those of the key, and adds these columns to
/// `left_out`.
fn without_invisible(name: &str, mut table: Table, left_out: &mut Vec<LeftOut>) -> Table {
    for column in table.take_invisible() {
        let reason = "the table declares it INVISIBLE";
        left_out.push(LeftOut::new(format!("{name}.{column}"), reason));
    }
    table
}

fn note_hidden(drafts: &[TableDraft], left_out: &mut Vec<LeftOut>) {
    for draft in drafts {
        let hidden = draft.table.columns.iter().filter(|column| column.hidden);
        left_out.extend(hidden.map(|column| {
            let what = format!("{}.{}", draft.name, column.sql);
            LeftOut::new(
                what,
                "it is to be hidden, or looks secret, or leads to what does; `Reflect::show_secrets(…)`, or `--show table.column`, shows it",
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
