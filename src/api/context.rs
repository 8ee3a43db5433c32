//! The surroundings of a web page: the path to it, and the other requests that this client may make there.

use super::{Request, Shared};
use crate::{
    action::Action,
    link::{LinkBase, percent_encoded},
    operation::Head,
    params::{PlaceIndex, Shows, key_in_a_path},
    policy::Access,
    question::Question,
    representation::{ActionLink, Allowed, Crumb, PageContext, PlaceContext, Writer},
    route::{DOCS, Target},
};

impl Request<'_> {
    /// Returns what the page of a writer shows around the data of the answer; `None` if it shows nothing else.
    pub(super) fn context(&self, writer: &dyn Writer) -> Option<PageContext<'_>> {
        let needed = writer.needs_context();
        needed.then(|| {
            self.shared
                .context(Some(self.target), self.base, self.head, self.query)
        })
    }
}

impl Shared {
    /// Returns what a page about the target of a path shows around its data; without a target, what a page about an
    /// unknown path shows.
    pub(super) fn context<'r>(
        &'r self,
        target: Option<&'r Target<'r>>,
        base: &LinkBase,
        head: &'r Head,
        query: &'r str,
    ) -> PageContext<'r> {
        let mut steps = Steps::at(base);
        let found = target.and_then(Target::found);
        for (at, key) in found.iter().flat_map(|found| &found.above) {
            self.step(*at, &mut steps);
            steps.key(key);
        }
        let place = target.zip(found).and_then(|(target, found)| {
            let place = found.place.item(&self.places)?;
            self.step(found.place, &mut steps);
            let list = steps.uri();
            if let Some(key) = target.key() {
                steps.key(key);
            }
            let object = steps.path.clone();
            if let Some(action) = self.action(target) {
                steps.named(&action.name);
            }
            Some(PlaceContext {
                offer: &place.offer,
                list,
                may: self.may(target, head),
                actions: self.action_links(target, head, &object, base),
            })
        });
        if matches!(target, Some(Target::Docs(_))) {
            steps.named(DOCS);
        }
        PageContext {
            head,
            #[cfg(all(feature = "html", feature = "openapi"))]
            docs: self.docs_uri(target, base),
            #[cfg(not(all(feature = "html", feature = "openapi")))]
            docs: None,
            root: base.collection(""),
            uri: steps.uri(),
            query,
            trail: steps.trail,
            formats: &self.writers.formats,
            shows: match target {
                Some(Target::List(_) | Target::Object(..)) => Shows::Rows,
                Some(Target::Docs(_)) => Shows::Page,
                Some(Target::Root | Target::Document | Target::Act(..)) | None => Shows::Overview,
            },
            place,
        }
    }

    /// Adds the step of a place to the path of a page.
    fn step(&self, at: PlaceIndex, steps: &mut Steps<'_>) {
        // An API with a single viewset has its list at the root.
        if let Some(place) = at.item(&self.places).filter(|place| !place.name.is_empty()) {
            steps.named(&place.name);
        }
    }

    /// Returns the changes of a list or an object that policies allow to a request.
    fn may(&self, target: &Target<'_>, head: &Head) -> Allowed {
        let mut may = Allowed::default();
        for (_, question) in self.questions(target) {
            let access = question.access();
            if access.is_some_and(|(found, access)| self.permit(found, access, head).is_err()) {
                continue;
            }
            match question {
                Question::Create(_) => may.create = true,
                Question::Update(..) => may.update = true,
                Question::Delete(..) => may.delete = true,
                Question::Root
                | Question::Document
                | Question::Docs(_)
                | Question::Describe(_)
                | Question::List(_)
                | Question::Retrieve(..)
                | Question::UpdateMany(_)
                | Question::DeleteMany(_)
                | Question::Filter(_)
                | Question::Form(..)
                | Question::Submit(..)
                | Question::Act(..) => {}
            }
        }
        may
    }

    /// Returns the actions on a list, or on the object with the path `object`, that policies allow to a request.
    fn action_links<'r>(
        &'r self,
        target: &Target<'_>,
        head: &Head,
        object: &str,
        base: &LinkBase,
    ) -> Vec<ActionLink<'r>> {
        let on_object = match target {
            Target::List(_) => false,
            Target::Object(..) => true,
            Target::Root | Target::Document | Target::Docs(_) | Target::Act(..) => {
                return Vec::new();
            }
        };
        let Some(found) = target.found() else {
            return Vec::new();
        };
        let place = found.place.item(&self.places);
        let actions = place.into_iter().flat_map(|place| &place.actions);
        let is_offered = |action: &&Action| {
            let access = Access::Act(&action.name);
            action.on_object == on_object && self.permit(found, access, head).is_ok()
        };
        let actions = actions.filter(is_offered);
        let links = actions.map(|action| {
            let uri = base.collection(&format!("{object}/{}", percent_encoded(&action.name)));
            // An action that only reads needs no form.
            let only_reads = action
                .methods()
                .all(|method| matches!(method, "GET" | "HEAD"));
            ActionLink {
                name: &action.name,
                description: action.description.as_deref(),
                uri: if only_reads {
                    uri
                } else {
                    format!("{uri}?_form=act")
                },
            }
        });
        links.collect()
    }
}

impl<'a> Target<'a> {
    /// Returns the key of the object that the path leads to, as written there; `None` if there is none.
    fn key(&self) -> Option<&'a str> {
        let key = match self {
            Self::Root | Self::Document | Self::Docs(_) | Self::List(_) => None,
            Self::Object(_, key) => Some(*key),
            Self::Act(_, key, _) => *key,
        };
        key.filter(|key| !key.is_empty())
    }
}

/// The path to a page, and the steps that lead to it.
struct Steps<'b> {
    base: &'b LinkBase,
    path: String,
    trail: Vec<Crumb>,
}

impl<'b> Steps<'b> {
    fn at(base: &'b LinkBase) -> Self {
        Self {
            base,
            path: String::new(),
            trail: Vec::new(),
        }
    }

    fn uri(&self) -> String {
        self.base.collection(&self.path)
    }

    /// Adds a step with a name, which is percent-encoded.
    fn named(&mut self, name: &str) {
        self.path.push('/');
        self.path.push_str(&percent_encoded(name));
        self.add(name.to_owned());
    }

    /// Adds a step with a key as written in the path. An object that is the only one of its parent has none.
    fn key(&mut self, key: &str) {
        if !key.is_empty() {
            self.path.push('/');
            self.path.push_str(key);
            self.add(key_in_a_path(key));
        }
    }

    fn add(&mut self, text: String) {
        let uri = self.uri();
        self.trail.push(Crumb { text, uri });
    }
}
