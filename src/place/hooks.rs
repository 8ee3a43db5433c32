//! The hooks of places: which places run hooks when a row is written.

use std::sync::Arc;

use super::draft::PlaceDraft;
use crate::{
    database::{PlaceHooks, RowHooks},
    params::indexed,
};

/// Returns for each draft (a place being built) the hooks of its rows and of the nested rows that are created with
/// them; `None` if there is no hook at all, so that a write needs no preparation for hooks.
pub(super) fn hooks(drafts: &[PlaceDraft]) -> Vec<Option<PlaceHooks>> {
    let all: Arc<[RowHooks]> = drafts
        .iter()
        .map(|draft| draft.viewset.hooks.clone())
        .collect();
    let mut runs: Vec<_> = all.iter().map(|hooks| !hooks.is_empty()).collect();
    let places: Vec<_> = indexed(drafts).collect();
    // A nested draft comes after its parent.
    for (place, draft) in indexed(drafts).rev() {
        let is_run = draft.viewset.inlined && place.item(&runs) == Some(&true);
        let parent = draft.parent.filter(|_| is_run);
        if let Some(runs) = parent.and_then(|parent| parent.item_mut(&mut runs)) {
            *runs = true;
        }
    }
    let each = places.iter().zip(runs);
    each.map(|((place, _), runs)| {
        runs.then(|| PlaceHooks {
            all: Arc::clone(&all),
            place: *place,
        })
    })
    .collect()
}
