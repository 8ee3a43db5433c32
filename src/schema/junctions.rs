//! Relations through junctions: tables whose rows pair the rows of two other tables.

use std::collections::BTreeSet;

use super::{
    draft::TableDraft,
    link::{Link, ManyNest, related, settled},
    names,
};
use crate::model::{ColumnNumber, Through};

/// Returns the many-to-many relations of the table with the index `at`, each with a name that is not yet in `taken`.
/// `ways` has a pair for each direction through each junction: the junction's foreign key to the table from which the
/// relation starts, then its foreign key to the related table.
pub(super) fn paired(
    at: usize,
    ways: &[(&Link, &Link)],
    drafts: &[TableDraft],
    taken: &mut BTreeSet<String>,
) -> Vec<ManyNest> {
    let pairs = ways.iter().filter(|(here, _)| here.to == at);
    let pairs: Vec<_> = pairs.collect();
    let choices = pairs.iter().map(|(here, there)| {
        let own = drafts.get(at);
        let name = |at: usize| {
            let named = drafts.get(at).zip(own);
            named.map_or_else(String::new, |(one, own)| {
                names::relation(&one.name_from(own))
            })
        };
        let table = name(there.to);
        let through = format!("{table}_through_{}", name(here.from));
        let columns = drafts
            .get(there.from)
            .map_or_else(String::new, |one| one.columns_of(there));
        let by = format!(
            "{through}_by_{}",
            names::relation(&names::segment(&columns))
        );
        vec![table, through, by]
    });
    let chosen = settled(choices.collect(), taken);
    let each = pairs.into_iter().zip(chosen);
    each.filter_map(|((here, there), name)| {
        let junction = drafts.get(here.from)?;
        let (own, target) = (drafts.get(here.to)?, drafts.get(there.to)?);
        let through = Through {
            schema: junction.table.schema.clone(),
            table: junction.table.name.clone(),
            columns: by_key(target, junction, there)?,
        };
        let columns = by_key(own, junction, here)?;
        let (many, nest) = related(name, target, columns, Some(through));
        Some((many, Some(nest)))
    })
    .collect()
}

/// Returns both directions through each junction. A direction leads from one table that the junction references
/// (`cars`) to the other (`tags`). It is a pair: the junction's foreign key to the first table, then its foreign key to
/// the second. In `links`, the foreign keys of one table must be adjacent.
pub(super) fn ways<'l>(links: &'l [Link], drafts: &[TableDraft]) -> Vec<(&'l Link, &'l Link)> {
    let mut ways = Vec::new();
    for own in links.chunk_by(|one, next| one.from == next.from) {
        if let [left, right] = own
            && let Some(junction) = drafts.get(left.from)
            && is_junction(junction, left, right, drafts)
        {
            ways.extend([(left, right), (right, left)]);
        }
    }
    ways
}

/// Whether a table is a junction: its two foreign keys together identify its rows, and each is on the whole key of the
/// table that it references.
fn is_junction(junction: &TableDraft, left: &Link, right: &Link, drafts: &[TableDraft]) -> bool {
    let both: BTreeSet<_> = left.columns.iter().chain(&right.columns).copied().collect();
    let uniques = junction.table.uniques.iter().chain([&junction.table.key]);
    let is_unique = uniques
        .filter_map(|names| junction.positions(names))
        .any(|columns| {
            !columns.is_empty() && columns.iter().copied().collect::<BTreeSet<_>>() == both
        });
    let leads_to_key = |link: &Link| {
        drafts
            .get(link.to)
            .is_some_and(|to| by_key(to, junction, link).is_some())
    };
    let is_disjoint = both.len() == left.columns.len() + right.columns.len();
    is_unique && is_disjoint && leads_to_key(left) && leads_to_key(right)
}

/// Returns the columns of a junction that reference the key of the table `to`, in the order of that key; `None` if the
/// link references other columns.
fn by_key(to: &TableDraft, junction: &TableDraft, link: &Link) -> Option<Vec<String>> {
    let column = |part: &ColumnNumber| {
        let at = link.references.iter().position(|there| there == part)?;
        let column = junction.column(*link.columns.get(at)?)?;
        Some(column.sql.clone())
    };
    let columns: Option<Vec<String>> = to.key.iter().map(column).collect();
    columns.filter(|columns| !columns.is_empty() && columns.len() == link.columns.len())
}
