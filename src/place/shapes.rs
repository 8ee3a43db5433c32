//! How the relations of a place are shown.

use super::{PlaceDraft, key::Site};
use crate::params::{Served, ToOne};

/// Returns the relations of a place with the shapes that its viewset gives them. A shape that a relation cannot have is a
/// mistake.
pub(super) fn shaped(
    mut relations: Vec<Served>,
    draft: &PlaceDraft,
    sites: &[Site],
    mistakes: &mut Vec<String>,
) -> Vec<Served> {
    let model = draft.model.name();
    for (name, shape) in &draft.viewset.to_one {
        let mut to_one = relations.iter_mut().filter(|one| !one.join.many);
        let Some(relation) = to_one.find(|one| one.name == *name) else {
            mistakes.push(format!(
                "{model}: `.to_one(…)` names `{name}`, which is no to-one relation that is served"
            ));
            continue;
        };
        let key = relation.place.item(sites).map(|site| &*site.url_key);
        let has_key = key.is_some_and(|key| relation.key_here(key).is_some());
        if *shape == ToOne::Key && !has_key {
            mistakes.push(format!(
                "{model}: `.to_one(…)` shows `{name}` as a key, but no column of {model} holds the whole key of {}",
                relation.join.target.name()
            ));
        }
        relation.shape = *shape;
    }
    relations
}
