//! Routing: which place (a viewset at a path) a path leads to, and the keys on the path.
//!
//! A slash at the end is optional. Any other empty segment leads nowhere; in the position of a key, it is refused only
//! when the key is read.

mod targets;
mod template;
#[cfg(test)]
mod tests;

#[cfg(any(feature = "openapi", test))]
pub(crate) use self::targets::PathSegment;
use crate::{
    action::Action,
    params::{PlaceIndex, indexed, percent_decode},
};

/// The segment of the OpenAPI document, below the API root.
pub(crate) const DOCUMENT: &str = "openapi.json";
/// The segment of the documentation for people, below the API root.
pub(crate) const DOCS: &str = "docs";
/// The segment of Swagger UI, below that of the documentation.
pub(crate) const SWAGGER_UI: &str = "swagger-ui";

/// The target of a path: the root, the OpenAPI document, the documentation, a list, an object or an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target<'a> {
    /// The API root.
    Root,
    /// The OpenAPI document of the API.
    Document,
    /// The OpenAPI document as web pages.
    Docs(DocsPath),
    /// The list of a place, such as `/cars/`.
    List(Located<'a>),
    /// One object of a place, such as `/cars/7/`, with its key as written in the path.
    Object(Located<'a>, &'a str),
    /// An action of a place, such as `/cars/import/` or `/cars/7/sell/`: the key of its object as written in the path,
    /// `None` for an action on the collection, and its index among the actions of the place.
    Act(Located<'a>, Option<&'a str>, usize),
}

/// The pages that show the OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DocsPath {
    /// The page of the document, at `docs/`.
    Page,
    /// Swagger UI (feature `swagger-ui`), at `docs/swagger-ui/`.
    SwaggerUi,
}

/// A place on a path, and the objects that the path goes through to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located<'a> {
    pub(crate) place: PlaceIndex,
    /// The places that `place` is nested under, outermost first, each with the key of its object as written in the
    /// path: `cars` with `1` for `/cars/1/parts/`.
    pub(crate) above: Vec<(PlaceIndex, &'a str)>,
}

/// The places of all served paths. A nested place comes after its parent.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    places: Vec<Segment>,
    /// Whether the API has a single top-level place, whose list is at `/` instead of at a named segment such as
    /// `/cars/`.
    alone: bool,
    /// Whether the OpenAPI document is served.
    document: bool,
    /// Whether the document is also shown as web pages.
    docs: bool,
}

/// The segment of a place in paths, such as `parts` in `/cars/1/parts/`, and what the place serves there.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    /// The name of the segment; empty if the place is at the root.
    pub(crate) name: String,
    /// The place that this one is nested under, if any.
    pub(crate) parent: Option<PlaceIndex>,
    /// Whether a key identifies each row of the place, so that each has a URL.
    pub(crate) has_objects: bool,
    /// Whether each parent object has at most one object of the place. The path of the place, such as
    /// `/cars/1/engine/`, is then the path of that object.
    pub(crate) is_single: bool,
    pub(crate) actions: Vec<Named>,
}

/// The name of an action in a path, and whether it is on an object or on the collection.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    name: String,
    on_object: bool,
}

impl Named {
    pub(crate) fn of(action: &Action) -> Self {
        Self {
            name: action.name.clone(),
            on_object: action.on_object,
        }
    }
}

impl Target<'_> {
    /// Returns the place that the path leads to; `None` for the API root, the OpenAPI document and its pages.
    pub(crate) const fn found(&self) -> Option<&Located<'_>> {
        match self {
            Self::Root | Self::Document | Self::Docs(_) => None,
            Self::List(found) | Self::Object(found, _) | Self::Act(found, ..) => Some(found),
        }
    }

    /// Returns the place of an action, and the index of the action there; `None` for any other target.
    pub(crate) const fn action(&self) -> Option<(PlaceIndex, usize)> {
        match self {
            Self::Act(found, _, action) => Some((found.place, *action)),
            Self::Root | Self::Document | Self::Docs(_) | Self::List(_) | Self::Object(..) => None,
        }
    }

    /// Returns the target as [`Routes::targets`] lists it: without the keys of a path.
    #[cfg(feature = "openapi")]
    pub(crate) fn without_keys(&self) -> Target<'static> {
        match self {
            Self::Root => Target::Root,
            Self::Document => Target::Document,
            Self::Docs(path) => Target::Docs(*path),
            Self::List(found) => Target::List(found.without_keys()),
            Self::Object(found, _) => Target::Object(found.without_keys(), ""),
            Self::Act(found, key, action) => {
                Target::Act(found.without_keys(), key.map(|_| ""), *action)
            }
        }
    }
}

impl Located<'_> {
    #[cfg(feature = "openapi")]
    fn without_keys(&self) -> Located<'static> {
        Located {
            place: self.place,
            above: self.above.iter().map(|(at, _)| (*at, "")).collect(),
        }
    }

    /// Whether this path leads to `place`, or goes through one of its objects.
    pub(crate) fn is_within(&self, place: PlaceIndex) -> bool {
        self.place == place || self.above.iter().any(|(above, _)| *above == place)
    }
}

impl Routes {
    pub(crate) fn new(places: Vec<Segment>, alone: bool, document: bool) -> Self {
        Self {
            places,
            alone,
            document,
            docs: false,
        }
    }

    /// Shows the OpenAPI document as web pages, too, if it is served and the API `has_pages`.
    pub(crate) fn with_docs(mut self, has_pages: bool) -> Self {
        self.docs = self.document && has_pages;
        self
    }

    /// Whether the OpenAPI document is also shown as web pages.
    pub(crate) const fn has_docs(&self) -> bool {
        self.docs
    }

    /// Whether the API has a single top-level place, whose list is at `/`.
    pub(crate) const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Returns what a path leads to; `None` if nothing is served there.
    pub(crate) fn find<'a>(&self, path: &'a str) -> Option<Target<'a>> {
        if let Some(own) = self.own(path) {
            return Some(own);
        }
        let mut segments = Segments::of(path);
        let mut found = Located {
            place: match (self.alone, segments.next()) {
                (true, first) => {
                    segments.put_back(first);
                    self.first()?
                }
                (false, None) => return Some(Target::Root),
                (false, Some(name)) => self.child(None, name)?,
            },
            above: Vec::new(),
        };
        loop {
            let place = found.place.item(&self.places)?;
            let key = match place.is_single {
                true => "",
                false => match segments.next() {
                    Some(key) => key,
                    None => return Some(Target::List(found)),
                },
            };
            // A segment is first compared with the names of actions. A key that equals the name of an action has a
            // leading `~` in the path.
            if !place.is_single
                && let Some(action) = self.action(found.place, key, false)
            {
                let is_last = segments.next().is_none();
                return is_last.then_some(Target::Act(found, None, action));
            }
            if !place.has_objects && !place.is_single {
                return None;
            }
            let Some(name) = segments.next() else {
                return Some(Target::Object(found, key));
            };
            if let Some(action) = self.action(found.place, name, true) {
                let is_last = segments.next().is_none();
                return is_last.then_some(Target::Act(found, Some(key), action));
            }
            let child = self.child(Some(found.place), name)?;
            found.above.push((found.place, key));
            found.place = child;
        }
    }

    /// Returns the places along a path, outermost first, as far as its segments name places. The path as a whole need
    /// not lead to anything.
    pub(crate) fn places<'a>(&'a self, path: &'a str) -> impl Iterator<Item = PlaceIndex> + 'a {
        let mut segments = Segments::of(path);
        let mut last = None;
        std::iter::from_fn(move || {
            last = match last {
                None if self.alone => self.first(),
                None => self.child(None, segments.next()?),
                Some(parent) => {
                    if !parent.item(&self.places)?.is_single {
                        segments.next()?;
                    }
                    self.child(Some(parent), segments.next()?)
                }
            };
            last
        })
    }

    /// Whether a path is the API root, the OpenAPI document or a page of it, or begins with the path of a place.
    pub(crate) fn has(&self, path: &str) -> bool {
        matches!(path, "" | "/") || self.own(path).is_some() || self.places(path).next().is_some()
    }

    /// Returns the OpenAPI document or the page of it that a path leads to.
    fn own<'a>(&self, path: &'a str) -> Option<Target<'a>> {
        let mut segments = Segments::of(path);
        let first = segments.next().filter(|_| self.document)?;
        if is_named(first, DOCUMENT) {
            let is_last = segments.next().is_none();
            return is_last.then_some(Target::Document);
        }
        if !self.docs || !is_named(first, DOCS) {
            return None;
        }
        match (segments.next(), segments.next()) {
            (None, None) => Some(Target::Docs(DocsPath::Page)),
            (Some(second), None) => {
                let is_it = cfg!(feature = "swagger-ui") && is_named(second, SWAGGER_UI);
                is_it.then_some(Target::Docs(DocsPath::SwaggerUi))
            }
            (_, Some(_)) => None,
        }
    }

    /// Returns the index of the action of a place that a segment names.
    fn action(&self, place: PlaceIndex, segment: &str, on_object: bool) -> Option<usize> {
        let actions = &place.item(&self.places)?.actions;
        if actions.is_empty() {
            return None;
        }
        let name = percent_decode(segment).ok()?;
        let is_it = |action: &Named| action.on_object == on_object && action.name == name;
        actions.iter().position(is_it)
    }

    /// Returns the place that a segment names, directly under `parent` or at the top level.
    fn child(&self, parent: Option<PlaceIndex>, segment: &str) -> Option<PlaceIndex> {
        let name = percent_decode(segment).ok()?;
        let mut places = indexed(&self.places);
        let found = places.find(|(_, place)| place.parent == parent && place.name == name);
        found.map(|(at, _)| at)
    }

    /// Returns the place at the root, for an API with a single top-level place.
    fn first(&self) -> Option<PlaceIndex> {
        indexed(&self.places).next().map(|(at, _)| at)
    }
}

/// Whether a segment of a path is a name. The usual spelling is compared first, since every request comes by here.
fn is_named(segment: &str, name: &str) -> bool {
    segment == name || (segment.contains('%') && percent_decode(segment).is_ok_and(|it| it == name))
}

/// An iterator over the segments of a path, without its leading and trailing slash.
struct Segments<'a> {
    rest: Option<&'a str>,
    again: Option<&'a str>,
}

impl<'a> Segments<'a> {
    fn of(path: &'a str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        Self {
            rest: (!path.is_empty()).then(|| path.strip_suffix('/').unwrap_or(path)),
            again: None,
        }
    }

    fn next(&mut self) -> Option<&'a str> {
        if let Some(again) = self.again.take() {
            return Some(again);
        }
        let rest = self.rest?;
        match rest.split_once('/') {
            Some((segment, rest)) => {
                self.rest = Some(rest);
                Some(segment)
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }

    fn put_back(&mut self, segment: Option<&'a str>) {
        self.again = segment;
    }
}
