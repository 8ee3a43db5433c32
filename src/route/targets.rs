//! Every target that paths lead to, with the path as a template.

use super::{DOCUMENT, Located, Named, Routes, Target};
use crate::params::{PlaceIndex, indexed};

/// A segment of the template of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathSegment<'r> {
    Name(&'r str),
    /// The key of an object of a place.
    Key(PlaceIndex),
}

/// The template of a path, and the target that such paths lead to. The keys in the target are empty.
pub(crate) type RoutedTarget<'r> = (Vec<PathSegment<'r>>, Target<'static>);

impl Routes {
    /// Returns every target, each after those whose paths its own path begins with.
    pub(crate) fn targets(&self) -> Vec<RoutedTarget<'_>> {
        let mut all = Vec::new();
        if !self.alone {
            all.push((Vec::new(), Target::Root));
        }
        if self.document {
            all.push((vec![PathSegment::Name(DOCUMENT)], Target::Document));
        }
        self.add_below(None, &[], &[], &mut all);
        all
    }

    /// Adds the targets of the places that are nested under `parent`, whose objects have the path `path`.
    fn add_below<'r>(
        &'r self,
        parent: Option<PlaceIndex>,
        path: &[PathSegment<'r>],
        above: &[(PlaceIndex, &'static str)],
        all: &mut Vec<RoutedTarget<'r>>,
    ) {
        for (at, place) in indexed(&self.places).filter(|(_, place)| place.parent == parent) {
            let mut path = path.to_vec();
            if !place.name.is_empty() {
                path.push(PathSegment::Name(&place.name));
            }
            let located = || Located {
                place: at,
                above: above.to_vec(),
            };
            let act = |all: &mut Vec<_>, path: &[PathSegment<'r>], on_object: bool| {
                let actions = place.actions.iter().enumerate();
                for (number, Named { name, .. }) in
                    actions.filter(|(_, action)| action.on_object == on_object)
                {
                    let mut path = path.to_vec();
                    path.push(PathSegment::Name(name));
                    let key = on_object.then_some("");
                    all.push((path, Target::Act(located(), key, number)));
                }
            };
            if !place.is_single {
                all.push((path.clone(), Target::List(located())));
                act(all, &path, false);
                path.push(PathSegment::Key(at));
            }
            if !place.is_single && !place.has_objects {
                continue;
            }
            all.push((path.clone(), Target::Object(located(), "")));
            act(all, &path, true);
            let mut above = above.to_vec();
            above.push((at, ""));
            self.add_below(Some(at), &path, &above, all);
        }
    }
}
