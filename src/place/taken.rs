//! Segments below the root that the library takes for itself, so that no viewset or action has them.

use super::PlaceDraft;
use crate::route::{DOCS, DOCUMENT};

/// The segments that an API takes if it serves its OpenAPI document, each with what stands there.
const TAKEN: [(&str, &str); 2] = [
    (DOCUMENT, "the OpenAPI document"),
    (DOCS, "the documentation"),
];

/// Appends a message for each draft (a place being built) or action whose segment is taken.
pub(super) fn check(drafts: &[PlaceDraft], mistakes: &mut Vec<String>) {
    for draft in drafts.iter().filter(|draft| draft.is_documented) {
        let model = draft.model.name();
        let actions = draft.viewset.actions.iter();
        let own = actions.filter(|action| draft.is_at_the_root() && !action.on_object);
        let actions = own.map(|action| (format!("the action `{}`", action.name), &action.name));
        let place = (draft.parent.is_none()).then(|| (format!("`{}`", draft.name), &draft.name));
        for (what, segment) in place.into_iter().chain(actions) {
            let taken = TAKEN.iter().find(|(taken, _)| taken == segment);
            if let Some((segment, there)) = taken {
                mistakes.push(format!(
                    "{model}: {what} has the path of {there}, `/{segment}`; give it another, or serve no document, by \
                     `.without_openapi()`"
                ));
            }
        }
    }
}
