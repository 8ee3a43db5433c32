//! A viewset at a path before it is a place: its model as its database stores it, and where it stands.

use std::sync::Arc;

use crate::{
    database::Database,
    model::{Model, Relation},
    viewset::{Nested, ViewSet},
};

/// A viewset whose model is known as its database stores it.
pub(super) struct Draft {
    pub(super) name: String,
    /// The draft it is nested under.
    pub(super) parent: Option<usize>,
    /// The relation it is nested by, if one is named.
    pub(super) nested_by: Option<String>,
    pub(super) viewset: ViewSet,
    pub(super) model: Model,
    /// The column of the table's key that `pk_field` named, where requests give other parts.
    pub(super) pk_field: Option<u16>,
}

impl Draft {
    /// Every viewset, each after the one it is nested under.
    pub(super) fn all(entries: Vec<(String, ViewSet)>, mistakes: &mut Vec<String>) -> Vec<Self> {
        let mut drafts = Vec::new();
        for (path, viewset) in entries {
            let nested = Nested {
                path,
                relation: None,
                viewset,
            };
            Self::add(nested, None, &mut drafts, mistakes);
        }
        check_paths(&drafts, mistakes);
        drafts
    }

    fn add(
        entry: Nested,
        parent: Option<usize>,
        drafts: &mut Vec<Self>,
        mistakes: &mut Vec<String>,
    ) {
        let Nested {
            path,
            relation,
            mut viewset,
        } = entry;
        let nested = std::mem::take(&mut viewset.nested);
        let above = parent.and_then(|parent| drafts.get(parent));
        viewset.database = viewset.manager.database().or(viewset.database);
        if viewset.database.is_none() && viewset.manager.is_default() {
            viewset.database = above.and_then(Self::database_for_nested);
        }
        let below = above.filter(|above| above.viewset.manager.is_factory());
        let below = below.map(|above| above.model.name());
        let draft = Self::new(path, parent, relation, viewset, below, mistakes);
        let at = drafts.len();
        drafts.push(draft);
        for child in nested {
            Self::add(child, Some(at), drafts, mistakes);
        }
    }

    fn new(
        name: String,
        parent: Option<usize>,
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
                model
            }
        };
        Self {
            name,
            parent,
            nested_by,
            viewset,
            model,
            pk_field,
        }
    }

    /// The names of its actions on the collection, which stand for no key.
    pub(super) fn reserved(&self) -> Arc<[String]> {
        let actions = self.viewset.actions.iter();
        let own = actions.filter(|action| !action.on_object);
        own.map(|action| action.name.clone()).collect()
    }

    /// The database of what is nested here and does not say: none where each request has another.
    fn database_for_nested(&self) -> Option<Database> {
        let is_same = !self.viewset.manager.is_factory();
        self.viewset.database.clone().filter(|_| is_same)
    }

    /// Whether nobody but a manager knows where its rows are.
    pub(super) fn is_without_database(&self) -> bool {
        self.viewset.database.is_none() && !self.viewset.manager.is_default()
    }

    /// Whether two drafts have the rows of one database.
    pub(super) fn shares_database(&self, other: &Self) -> bool {
        match (&self.viewset.database, &other.viewset.database) {
            (Some(here), Some(there)) => Database::same(here, there),
            _ => false,
        }
    }

    /// Whether a table that a relation of this one names is that of another draft.
    pub(super) fn means(&self, schema: Option<&str>, table: &str, other: &Self) -> bool {
        self.shares_database(other)
            && table == other.model.table()
            && schema.or(self.model.schema()) == other.model.schema()
    }

    /// Whether two drafts serve one table.
    pub(super) fn same_table(&self, other: &Self) -> bool {
        self.means(self.model.schema(), self.model.table(), other)
    }

    /// Whether a relation of this one leads to the table of another.
    pub(super) fn leads_to(&self, relation: &Relation, other: &Self) -> bool {
        self.means(relation.schema.as_deref(), &relation.table, other)
    }
}

/// The mistake of a viewset that does not say where its rows are; `below` is what it is nested under, where that has a
/// manager for each request.
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

fn check_paths(drafts: &[Draft], mistakes: &mut Vec<String>) {
    let alone = |draft: &Draft| {
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
            let above = draft.parent.and_then(|parent| drafts.get(parent));
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
