//! The changes of rows that a place serves.

use super::{Nesting, draft::PlaceDraft, join::is_reverse, key::Site, links::Linked};
use crate::{
    model::{ColumnNumber, Model},
    params::{Served, indexed},
    viewset::Writes,
};

/// The most rows that a change of a list may be allowed to change.
const MOST_ROWS: u64 = 10_000;

/// Returns which of the changes that a viewset offers are served at a place.
pub(super) fn served(offered: Writes, nesting: Option<&Nesting>, model: &Model) -> Writes {
    // Rows that are related to their parent through a junction are not created at the nested place, only at a place of
    // the same table that is not nested.
    let is_paired = nesting.is_some_and(|nesting| nesting.join.junction.is_some());
    let is_keyless = model.is_keyless();
    Writes {
        create: offered.create && !is_paired && !is_keyless,
        update_many: offered.update_many.filter(|_| !is_keyless),
        delete_many: offered.delete_many.filter(|_| !is_keyless),
        ..offered
    }
}

/// Marks the relations that bodies may write: those through junctions that a viewset names, and those to nested rows
/// that are created with their parent.
pub(super) fn set_written(
    drafts: &[PlaceDraft],
    sites: &[Site],
    resolved: &mut [Vec<(Served, Linked)>],
    mistakes: &mut Vec<String>,
) {
    for (at, draft) in indexed(drafts) {
        for name in &draft.viewset.paired {
            let relations = at.item_mut(resolved).into_iter().flatten();
            let named = relations.map(|(served, _)| served);
            let named = named.into_iter().find(|served| served.name == *name);
            let paired = named.and_then(|served| Some((served.join.junction.clone()?, served)));
            let Some((junction, served)) = paired else {
                let model = draft.model.name();
                mistakes.push(format!(
                    "{model}: `.writes(\"{name}\")` names no relation through a junction"
                ));
                continue;
            };
            served.pairs = Some(junction.model(&draft.model, &served.join.target));
        }
    }
    for (at, draft) in indexed(drafts).filter(|(_, draft)| draft.viewset.inlined) {
        let nesting = at.item(sites).and_then(|site| site.nesting.as_ref());
        let relation = nesting.and_then(|nesting| {
            let mut relations = nesting.parent.item_mut(resolved)?.iter_mut();
            let is_it = |served: &Served| is_reverse(&nesting.join, &served.join);
            relations.find(|(served, _)| is_it(served) && served.join.junction.is_none())
        });
        match relation {
            Some((served, _)) => served.inline = Some(at),
            None => mistakes.push(format!(
                "{}: `.inline()` is for a viewset that is nested by a foreign key",
                draft.model.name()
            )),
        }
    }
}

impl PlaceDraft {
    /// Returns the columns of the unique key by which a POST may find and change stored rows.
    pub(super) fn upsert(&self, mistakes: &mut Vec<String>) -> Option<Vec<ColumnNumber>> {
        let names = self.viewset.upsert.as_ref()?;
        if names.is_empty() {
            let model = self.model.name();
            mistakes.push(format!("{model}: `.upserts(…)` names no column"));
        }
        Some(self.named(names, "upserts", mistakes))
    }

    /// Adds a message for each setting of the viewset's writes that is wrong.
    pub(super) fn check_writes(&self, mistakes: &mut Vec<String>) {
        self.upsert(mistakes);
        let (model, writes) = (self.model.name(), self.viewset.writes);
        let idempotency = &self.viewset.idempotency;
        let has_database = !self.is_without_database() || self.viewset.manager.is_factory();
        if idempotency.principal.is_some() && !has_database {
            mistakes.push(format!(
                "{model}: `.idempotent(…)` needs a database to keep answers in; say which, with `.database(…)`"
            ));
        }
        if idempotency.lifetime.as_secs() == 0 {
            mistakes.push(format!(
                "{model}: `.idempotency_lifetime(…)` must be at least one second"
            ));
        }
        for (method, most) in [
            ("bulk_updates", writes.update_many),
            ("bulk_deletes", writes.delete_many),
        ] {
            let Some(most) = most else { continue };
            if !(1..=MOST_ROWS).contains(&most) {
                mistakes.push(format!(
                    "{model}: `.{method}({most})` must be from 1 to {MOST_ROWS}"
                ));
            }
            if writes.requires_if_match {
                mistakes.push(format!(
                    "{model}: `.{method}(…)` changes rows without `If-Match`, which `.require_if_match()` requires"
                ));
            }
        }
    }
}
