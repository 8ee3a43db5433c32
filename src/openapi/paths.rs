//! The templates of paths, such as `/cars/{car_id}/parts/`, and their parameters.

use super::{document::ParameterObject, entries::Entries, parameters::of_key};
use crate::{
    params::PlaceIndex,
    place::Place,
    route::{DOCUMENT, PathSegment},
};

/// The template of a path.
#[derive(Clone, Debug)]
pub(super) struct PathTemplate {
    pub(super) template: String,
    pub(super) tag: String,
    pub(super) parameters: Vec<ParameterObject>,
    steps: Vec<TemplateSegment>,
}

/// A segment of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum TemplateSegment {
    Name(String),
    Key {
        place: PlaceIndex,
        /// The parameters of the key's columns: each with the name of the column's member.
        parts: Vec<(String, String)>,
    },
}

impl PathTemplate {
    /// Returns the template of a path of the routes. `slash` ends the paths of places.
    pub(super) fn of(path: &[PathSegment<'_>], tag: String, places: &[Place], slash: &str) -> Self {
        let (mut steps, mut parameters) = (Vec::new(), Vec::<ParameterObject>::new());
        let mut template = String::new();
        let mut last = "";
        for segment in path {
            template.push('/');
            match segment {
                PathSegment::Name(name) => {
                    template.push_str(name);
                    last = name;
                    steps.push(TemplateSegment::Name((*name).to_owned()));
                }
                PathSegment::Key(at) => {
                    let parts = parts(*at, places, last, &mut parameters);
                    let names: Vec<_> = parts
                        .iter()
                        .map(|(name, _)| format!("{{{name}}}"))
                        .collect();
                    template.push_str(&names.join(","));
                    steps.push(TemplateSegment::Key { place: *at, parts });
                }
            }
        }
        let is_document = matches!(path, [PathSegment::Name(DOCUMENT)]);
        match template.as_str() {
            "" => template.push('/'),
            _ if is_document => {}
            _ => template.push_str(slash),
        }
        Self {
            template,
            tag,
            parameters,
            steps,
        }
    }

    /// Returns the segments of the path.
    pub(super) fn segments(&self) -> Vec<PathSegment<'_>> {
        let steps = self.steps.iter().map(|step| match step {
            TemplateSegment::Name(name) => PathSegment::Name(name),
            TemplateSegment::Key { place, .. } => PathSegment::Key(*place),
        });
        steps.collect()
    }

    /// Returns the values of this path's parameters by runtime expressions of an answer at `from`, which shows an object
    /// at `pointer`: an object of the list `from` if the answer `is_new` there, else the object `from` itself. `None` if
    /// this path is neither that of the object nor directly below.
    pub(super) fn linked_from(
        &self,
        from: &Self,
        is_new: bool,
        pointer: &str,
    ) -> Option<Entries<String>> {
        let rest = self.steps.strip_prefix(from.steps.as_slice())?;
        let mut parameters = Entries::default();
        for parameter in &from.parameters {
            parameters.push(&parameter.name, format!("$request.path.{}", parameter.name));
        }
        match (rest, is_new) {
            (
                [TemplateSegment::Key { parts, .. }]
                | [TemplateSegment::Key { parts, .. }, TemplateSegment::Name(_)],
                true,
            ) => {
                for (name, member) in parts {
                    let member = member.replace('~', "~0").replace('/', "~1");
                    parameters.push(name, format!("$response.body#{pointer}/{member}"));
                }
            }
            ([] | [TemplateSegment::Name(_)], false) => {}
            _ => return None,
        }
        Some(parameters)
    }
}

/// Adds the parameters of a place's key, and returns them with the names of the members that they are. `above` is the
/// segment before the key, by which a parameter is called whose name is taken.
fn parts(
    at: PlaceIndex,
    places: &[Place],
    above: &str,
    parameters: &mut Vec<ParameterObject>,
) -> Vec<(String, String)> {
    let offer = at.item(places).map(|place| &place.offer);
    let columns = offer.into_iter().flat_map(|offer| {
        let columns = offer.url_key.iter();
        columns.filter_map(|column| offer.model.at(*column))
    });
    let mut parts = Vec::new();
    for column in columns {
        let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let own = column.name().replace(|char| !plain(char), "_");
        let longer = format!("{}_{own}", above.replace(|char| !plain(char), "_"));
        let numbered = (2..).map(|number: u32| format!("{longer}_{number}"));
        let is_free = |name: &String| parameters.iter().all(|known| known.name != *name);
        let mut names = [own, longer.clone()].into_iter().chain(numbered);
        let name = names.find(is_free).unwrap_or_default();
        parameters.push(of_key(&name, column));
        parts.push((name, column.name().to_owned()));
    }
    parts
}
