//! The template of a path, such as `/cars/{key}/parts/`: the path without its keys, for logs.

use std::fmt;

use super::{DOCS, DOCUMENT, DocsPath, Located, Routes, SWAGGER_UI, Segment, Target};

/// The template of the path of a target, below the prefix of the API.
#[derive(Clone, Copy)]
pub(crate) struct RouteTemplate<'r> {
    routes: &'r Routes,
    target: &'r Target<'r>,
}

impl Routes {
    pub(crate) const fn template<'r>(&'r self, target: &'r Target<'r>) -> RouteTemplate<'r> {
        RouteTemplate {
            routes: self,
            target,
        }
    }
}

impl RouteTemplate<'_> {
    /// Writes the path of a list, and returns its place.
    fn list<'s>(
        &'s self,
        f: &mut fmt::Formatter<'_>,
        found: &Located<'_>,
    ) -> Result<Option<&'s Segment>, fmt::Error> {
        for (above, _) in &found.above {
            let above = above.item(&self.routes.places);
            segment(f, above)?;
            key(f, above)?;
        }
        let place = found.place.item(&self.routes.places);
        segment(f, place)?;
        Ok(place)
    }
}

impl fmt::Display for RouteTemplate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("/")?;
        match self.target {
            Target::Root => Ok(()),
            Target::Document => f.write_str(DOCUMENT),
            Target::Docs(DocsPath::Page) => write!(f, "{DOCS}/"),
            Target::Docs(DocsPath::SwaggerUi) => write!(f, "{DOCS}/{SWAGGER_UI}/"),
            Target::List(found) => self.list(f, found).map(drop),
            Target::Object(found, _) => {
                let place = self.list(f, found)?;
                key(f, place)
            }
            Target::Act(found, of_object, action) => {
                let place = self.list(f, found)?;
                if of_object.is_some() {
                    key(f, place)?;
                }
                let action = place.and_then(|place| place.actions.get(*action));
                write!(f, "{}/", action.map_or("", |action| &action.name))
            }
        }
    }
}

/// Writes the name of a place; one at the root has none.
fn segment(f: &mut fmt::Formatter<'_>, place: Option<&Segment>) -> fmt::Result {
    match place.map_or("", |place| &place.name) {
        "" => Ok(()),
        name => write!(f, "{name}/"),
    }
}

/// Writes the template of a key; a place with one object has none.
fn key(f: &mut fmt::Formatter<'_>, place: Option<&Segment>) -> fmt::Result {
    match place {
        Some(place) if place.is_single => Ok(()),
        _ => f.write_str("{key}/"),
    }
}
