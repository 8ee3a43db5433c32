//! The relation that nests a viewset under another.

use std::sync::Arc;

use super::{
    PlaceDraft,
    join::{join, many_join, member, reversed},
};
use crate::{
    model::{ColumnNumber, Join},
    params::PlaceIndex,
};

/// How a place is nested: its parent place, and the join to the parent object.
#[derive(Debug)]
pub(crate) struct Nesting {
    pub(crate) parent: PlaceIndex,
    /// The join from a row to its parent object.
    pub(crate) join: Arc<Join>,
    /// Pairs of `join`, a column and the parent's column, whose common value is known from the URL or the rest of the
    /// request.
    pub(crate) known: Vec<(ColumnNumber, ColumnNumber)>,
}

/// Returns the join from a row of `child` to its parent row in `parent`; `None` if there is a mistake.
pub(super) fn nesting_join(
    child: &PlaceDraft,
    parent: &PlaceDraft,
    mistakes: &mut Vec<String>,
) -> Option<Join> {
    if !are_together(child, parent, mistakes) {
        return None;
    }
    let (mut found, mut bad) = (Vec::new(), Vec::new());
    for relation in child.model.relations() {
        if child.leads_to(relation, parent) {
            match join(relation, child, parent) {
                Ok(join) => {
                    let columns = child.sql_names(&relation.columns);
                    let mut names = vec![member(relation, child, &join)];
                    let many = parent.model.many_relations().iter().filter(|many| {
                        many.through.is_none()
                            && many.columns == columns
                            && parent.means(many.schema.as_deref(), &many.table, child)
                    });
                    names.extend(many.map(|many| many.name.clone()));
                    found.push((names, join));
                }
                Err(words) => bad.push(words),
            }
        }
    }
    for many in parent.model.many_relations() {
        let is_child = parent.means(many.schema.as_deref(), &many.table, child);
        let by_key = found.iter().any(|(names, _)| names.contains(&many.name));
        if is_child && !by_key {
            match many_join(many, parent, child) {
                Ok(join) => found.push((vec![many.name.clone()], reversed(&join, parent))),
                Err(words) => bad.push(words),
            }
        }
    }
    mistakes.extend(bad);
    choose(found, child, parent, mistakes)
}

/// Whether the rows of both drafts (places being built) are in the same database; adds a mistake with the reason if
/// not.
fn are_together(child: &PlaceDraft, parent: &PlaceDraft, mistakes: &mut Vec<String>) -> bool {
    if let Some(alone) = [child, parent]
        .into_iter()
        .find(|one| one.is_without_database())
    {
        mistakes.push(format!(
            "{} cannot be nested at `{}` under {}: {} has a manager and no database, so that no rows are known to be \
             related; say where they are, with `.database(…)`",
            child.model.name(),
            child.name,
            parent.model.name(),
            alone.model.name()
        ));
        return false;
    }
    if !child.shares_database(parent) {
        // A missing database is already reported as a mistake.
        if child.viewset.database.is_some() && parent.viewset.database.is_some() {
            mistakes.push(format!(
                "{} cannot be nested at `{}` under {}: its rows are in another database",
                child.model.name(),
                child.name,
                parent.model.name()
            ));
        }
        return false;
    }
    true
}

/// Returns the join of the relation that nests `child`: the one that `.nest_by(…)` names, else the one with the name of
/// the path, else the only one. Each of `found` is a join and the names of its relation.
fn choose(
    mut found: Vec<(Vec<String>, Join)>,
    child: &PlaceDraft,
    parent: &PlaceDraft,
    mistakes: &mut Vec<String>,
) -> Option<Join> {
    let (path, model, above) = (&child.name, child.model.name(), parent.model.name());
    let wanted = child.nested_by.as_ref();
    let named = |name: &String| found.iter().position(|(names, _)| names.contains(name));
    let at = match wanted {
        Some(name) => named(name),
        None => named(path).or_else(|| (found.len() == 1).then_some(0)),
    };
    if let Some(at) = at {
        return Some(found.swap_remove(at).1);
    }
    let names: Vec<_> = found
        .iter()
        .map(|(names, _)| format!("`{}`", names.join("` or `")))
        .collect();
    let names = names.join(", ");
    mistakes.push(match wanted {
        _ if found.is_empty() => format!(
            "{model} cannot be nested at `{path}` under {above}: no relation between their tables is declared; declare \
             one with `.relation(…)` of {model} or `.many(…)` of {above}"
        ),
        Some(name) => format!(
            "{model} cannot be nested under {above} by `{name}`: the relations between them are {names}"
        ),
        None => format!(
            "{model} is related to {above} in several ways ({names}): say which one nests it, with \
             `.nest_by(\"{path}\", \"…\", …)`"
        ),
    });
    None
}
