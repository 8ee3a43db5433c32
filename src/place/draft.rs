//! Drafts: a draft is a viewset at a path while places are being built, with its model adapted to its database.

use std::sync::Arc;

use crate::{
    database::Database,
    model::{ColumnNumber, Model, Relation},
    params::{Formats, PlaceIndex},
    route::{DOCS, DOCUMENT},
    server_values::ServerColumns,
    viewset::{Nested, ViewSet},
};

/// A place while `build()` makes it: a viewset at a path, with its model adapted to the column types of its database.
pub(super) struct PlaceDraft {
    pub(super) name: String,
    /// The index of the draft that this one is nested under.
    pub(super) parent: Option<PlaceIndex>,
    /// The name of the relation by which this draft is nested, if the program names one with `.nest_by(…)`.
    pub(super) nested_by: Option<String>,
    pub(super) viewset: ViewSet,
    pub(super) model: Model,
    /// The column that `pk_field` declares as the key; `None` unless the viewset has `other_keys`.
    pub(super) pk_field: Option<ColumnNumber>,
    pub(super) server_columns: ServerColumns,
    /// The formats of answers.
    pub(super) formats: Arc<Formats>,
    /// Whether the API serves its OpenAPI document.
    pub(super) is_documented: bool,
}

impl PlaceDraft {
    /// Returns a draft (a place being built) for each viewset, nested ones included. A nested draft comes after its
    /// parent.
    pub(super) fn all(
        entries: Vec<(String, ViewSet)>,
        (formats, is_documented): (&Arc<Formats>, bool),
        mistakes: &mut Vec<String>,
    ) -> Vec<Self> {
        let mut drafts = Vec::new();
        for (path, viewset) in entries {
            let nested = Nested {
                path,
                relation: None,
                viewset,
            };
            Self::add(nested, None, &mut drafts, mistakes);
        }
        for draft in &mut drafts {
            draft.formats = Arc::clone(formats);
            draft.is_documented = is_documented;
        }
        check_paths(&drafts, mistakes);
        drafts
    }

    fn add(
        entry: Nested,
        parent: Option<PlaceIndex>,
        drafts: &mut Vec<Self>,
        mistakes: &mut Vec<String>,
    ) {
        let Nested {
            path,
            relation,
            mut viewset,
        } = entry;
        let nested = std::mem::take(&mut viewset.nested);
        let above = parent.and_then(|parent| parent.item(drafts));
        viewset.database = viewset.manager.database().or(viewset.database);
        if viewset.database.is_none() && viewset.manager.is_default() {
            viewset.database = above.and_then(Self::database_for_nested);
        }
        let below = above.filter(|above| above.viewset.manager.is_factory());
        let below = below.map(|above| above.model.name());
        let draft = Self::new(path, parent, relation, viewset, below, mistakes);
        let at = PlaceIndex::of_pushed(draft, drafts);
        for child in nested {
            Self::add(child, Some(at), drafts, mistakes);
        }
    }

    fn new(
        name: String,
        parent: Option<PlaceIndex>,
        nested_by: Option<String>,
        viewset: ViewSet,
        below: Option<&str>,
        mistakes: &mut Vec<String>,
    ) -> Self {
        let model = viewset.model.clone();
        mistakes.extend(model.check());
        let (model, pk_field) = match viewset.other_keys {
            Some(_) => model.by_primary_key(),
            None => (model, None),
        };
        let model = match &viewset.database {
            Some(database) => {
                let (model, more) = database.adapt(model);
                mistakes.extend(more);
                model
            }
            None => {
                if viewset.manager.is_default() {
                    mistakes.push(unknown(&model, below));
                }
                if let Some(computed) = model.first_computed() {
                    let name = model.name();
                    mistakes.push(format!(
                        "{name}: the column `{computed}` is computed by a database; say by which, with `.database(…)`"
                    ));
                }
                model
            }
        };
        let server_columns = viewset.server_values.resolve(&model, mistakes);
        let model = match server_columns.numbers().as_slice() {
            [] => model,
            columns => model.with_read_only(columns),
        };
        Self {
            name,
            parent,
            nested_by,
            viewset,
            model,
            pk_field,
            server_columns,
            formats: Arc::default(),
            is_documented: false,
        }
    }

    /// Returns the names that are not read as keys: those of the actions on the collection, such as `import` in
    /// `/cars/import/`, and those of the OpenAPI document and its pages beside a list at the root.
    pub(super) fn reserved(&self) -> Arc<[String]> {
        let actions = self.viewset.actions.iter();
        let own = actions.filter(|action| !action.on_object);
        let has_documents = self.is_documented && self.is_at_the_root();
        let documents = [DOCUMENT, DOCS]
            .into_iter()
            .filter(|_| has_documents)
            .map(str::to_owned);
        let own = own.map(|action| action.name.clone());
        own.chain(documents).collect()
    }

    /// Whether the list of the viewset is at `/`.
    pub(super) fn is_at_the_root(&self) -> bool {
        self.parent.is_none() && self.name.is_empty()
    }

    /// Returns the database for nested viewsets that name none; `None` if a manager factory may give each request
    /// another database.
    fn database_for_nested(&self) -> Option<Database> {
        let is_same = !self.viewset.manager.is_factory();
        self.viewset.database.clone().filter(|_| is_same)
    }

    /// Whether only a manager reaches the rows, since the viewset has no database.
    pub(super) fn is_without_database(&self) -> bool {
        self.viewset.database.is_none() && !self.viewset.manager.is_default()
    }

    /// Whether both drafts (places being built) use the same database.
    pub(super) fn shares_database(&self, other: &Self) -> bool {
        match (&self.viewset.database, &other.viewset.database) {
            (Some(here), Some(there)) => Database::same(here, there),
            _ => false,
        }
    }

    /// Whether a relation of this draft (a place being built) that names `schema` and `table` means the table of
    /// `other`. If `schema` is `None`, it is the schema of this draft's table.
    pub(super) fn means(&self, schema: Option<&str>, table: &str, other: &Self) -> bool {
        self.shares_database(other)
            && table == other.model.table()
            && schema.or(self.model.schema()) == other.model.schema()
    }

    /// Whether both drafts (places being built) serve the same table of the same database.
    pub(super) fn same_table(&self, other: &Self) -> bool {
        self.means(self.model.schema(), self.model.table(), other)
    }

    /// Whether a relation of this draft (a place being built) leads to the table of `other`.
    pub(super) fn leads_to(&self, relation: &Relation, other: &Self) -> bool {
        self.means(relation.schema.as_deref(), &relation.table, other)
    }
}

/// Returns the message about a viewset that has no database. `below` is the model name of its parent if the parent has
/// a manager factory, so that its database is not known in advance.
fn unknown(model: &Model, below: Option<&str>) -> String {
    let name = model.name();
    match below {
        None => format!("{name}: say where its rows are, with `.database(…)`"),
        Some(below) => format!(
            "{name}: say where its rows are, with `.database(…)`, and whether each request has a manager of its own, as \
             one for {below} has, with `.manager_factory(…)`"
        ),
    }
}

fn check_paths(drafts: &[PlaceDraft], mistakes: &mut Vec<String>) {
    let alone = |draft: &PlaceDraft| {
        let tops = drafts.iter().filter(|draft| draft.parent.is_none());
        draft.parent.is_none() && draft.name.is_empty() && tops.count() == 1
    };
    for (at, draft) in drafts.iter().enumerate() {
        let name = &draft.name;
        if !is_segment(name) && !alone(draft) {
            mistakes.push(format!(
                "the path `{name}` is not one segment of letters, digits, `-`, `.`, `_` and `~`"
            ));
        }
        let mut before = drafts.iter().take(at);
        if before.any(|other| other.parent == draft.parent && other.name == *name) {
            let above = draft.parent.and_then(|parent| parent.item(drafts));
            mistakes.push(match above {
                None => format!("two viewsets are registered at `{name}`"),
                Some(above) => format!(
                    "two viewsets are nested at `{name}` under {}",
                    above.model.name()
                ),
            });
        }
    }
}

pub(super) fn is_segment(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    !matches!(name, "" | "." | "..") && name.bytes().all(plain)
}
