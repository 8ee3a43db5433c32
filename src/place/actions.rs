//! Checks of the actions of places: their names, their methods, and conflicts with other URLs.

use http::Method;

use super::{PlaceDraft, draft::is_segment, key::Site};
use crate::{
    action::Action,
    params::{indexed, read_key},
};

/// Appends a message for each mistake in the actions of the drafts (places being built).
pub(super) fn check(drafts: &[PlaceDraft], sites: &[Site], mistakes: &mut Vec<String>) {
    for ((at, draft), site) in indexed(drafts).zip(sites) {
        let actions = &draft.viewset.actions;
        for (number, action) in actions.iter().enumerate() {
            let (name, on_object) = (&action.name, action.on_object);
            let before = actions.iter().take(number);
            let children = drafts.iter().filter(|child| child.parent == Some(at));
            let mut say = |what: String| {
                mistakes.push(format!(
                    "{}: the action `{name}` {what}",
                    draft.model.name()
                ));
            };
            if draft.is_without_database() && !draft.viewset.manager.is_factory() {
                say("has no database to write to; say which, with `.database(…)`".to_owned());
            }
            if !is_segment(name) || name.starts_with('~') {
                say("is not one segment of letters, digits, `-`, `.`, `_` and `~` that begins with no `~`".to_owned());
            }
            if on_object && draft.model.is_keyless() && site.url_key.is_empty() {
                say("is on one object, but no key names a row".to_owned());
            }
            for what in mistakes_in_methods(action) {
                say(what);
            }
            if before
                .clone()
                .any(|other| other.name == *name && other.on_object == on_object)
            {
                say("is there twice; give one action both methods, and let it look at `act.head.method`".to_owned());
            }
            if on_object && children.clone().any(|child| child.name == *name) {
                say("has the path of what is nested here; rename one of them".to_owned());
            }
            if !on_object && !action.shadows_keys && draft.is_key(name, site) {
                say(format!(
                    "stands where the object with the key `{name}` would: if the object may move to `~{name}`, say so \
                     with `.shadows_keys()`"
                ));
            }
        }
    }
}

fn mistakes_in_methods(action: &Action) -> Vec<String> {
    let mut mistakes = Vec::new();
    if action.methods.is_empty() {
        mistakes.push("has no method".to_owned());
    }
    for (at, method) in action.methods.iter().enumerate() {
        let served = match *method {
            Method::HEAD => Some("comes with GET: declare that"),
            Method::OPTIONS => Some("is answered by the library, with its description"),
            Method::CONNECT | Method::TRACE => Some("is not for resources"),
            _ if action.methods.iter().take(at).any(|other| other == method) => {
                Some("is declared twice")
            }
            _ => None,
        };
        mistakes.extend(served.map(|words| format!("declares {method}, which {words}")));
    }
    mistakes
}

impl PlaceDraft {
    /// Whether a segment of a path can be read as the key of an object.
    fn is_key(&self, segment: &str, site: &Site) -> bool {
        !site.url_key.is_empty() && read_key(segment, &self.model, &site.url_key).is_some()
    }
}
