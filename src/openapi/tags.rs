//! Tags: one for the operations of each path of a viewset.

use super::{document::Tag, paths::PathTemplate};
use crate::{place::Place, route::Target};

/// Returns the tag of a target: the names on the path to its place, or that of the API itself.
pub(super) fn tag(target: &Target<'_>, places: &[Place]) -> String {
    let Some(found) = target.found() else {
        return "API".to_owned();
    };
    let above = found.above.iter().map(|(at, _)| *at);
    let on_the_path = above.chain([found.place]);
    let places: Vec<_> = on_the_path.filter_map(|at| at.item(places)).collect();
    let names: Vec<_> = places
        .iter()
        .map(|place| &*place.name)
        .filter(|name| !name.is_empty())
        .collect();
    match (names.as_slice(), places.last()) {
        ([], Some(place)) => place.model().name().to_owned(),
        _ => names.join(" "),
    }
}

/// Returns the tags of all paths, each once.
pub(super) fn tags(paths: &[PathTemplate], targets: &[Target<'_>], places: &[Place]) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for (path, target) in paths.iter().zip(targets) {
        if tags.iter().all(|known| known.name != path.tag) {
            let place = target.found().and_then(|found| found.place.item(places));
            let description = match place {
                Some(place) => {
                    let model = place.model();
                    let words = model.describes().map(str::to_owned);
                    words.unwrap_or_else(|| format!("Objects of the model {}.", model.name()))
                }
                None => "The API itself.".to_owned(),
            };
            tags.push(Tag {
                name: path.tag.clone(),
                description,
            });
        }
    }
    tags
}
