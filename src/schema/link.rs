//! Links: a link is a foreign key between two served tables. Also the choice of names for the relations made from them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Nest, draft::TableDraft};
use crate::model::{ColumnNumber, Many, Through};

/// A foreign key between two served tables, each given by its index among the drafts of all tables.
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) columns: Vec<ColumnNumber>,
    pub(super) references: Vec<ColumnNumber>,
    /// The name of the to-one relation, which belongs to the table that has the foreign key.
    pub(super) name: String,
}

/// Returns the relation `name` to many rows of the table `target`, and its nested list, as in `/cars/1/parts/`.
/// `columns` hold the key of the car, in `target` or in the junction.
pub(super) fn related(
    name: String,
    target: &TableDraft,
    columns: Vec<String>,
    through: Option<Through>,
) -> (Many, Nest) {
    let nest = Nest {
        path: name.clone(),
        child: target.path.clone(),
    };
    let many = Many {
        name,
        schema: target.table.schema.clone(),
        table: target.table.name.clone(),
        columns,
        through,
    };
    (many, nest)
}

/// Returns a name for each claim, which is the list of names that one relation could have: the first name that is not
/// `taken` and is in no other claim, else the last name with a number after it, as in `parts_2`. The returned names are
/// added to `taken`.
pub(super) fn settled(claims: Vec<Vec<String>>, taken: &mut BTreeSet<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in claims.iter().flatten() {
        *counts.entry(name.clone()).or_default() += 1;
    }
    let mut chosen = Vec::new();
    for names in claims {
        let last = names.last().cloned().unwrap_or_default();
        let numbered = (2..).map(|number: u64| format!("{last}_{number}"));
        let mut all = names.into_iter().chain(numbered);
        let is_free = |name: &String| {
            !taken.contains(name) && counts.get(name).is_none_or(|count| *count == 1)
        };
        let name = all.find(is_free).unwrap_or(last);
        taken.insert(name.clone());
        chosen.push(name);
    }
    chosen
}

pub(super) type ManyNest = (Many, Option<Nest>);
