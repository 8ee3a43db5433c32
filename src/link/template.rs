//! Paths to objects, as a recipe: which segments, and which columns of a row give the keys between them.

use std::sync::Arc;

use super::Base;
use crate::model::Join;

/// The path to the object of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
    /// What must hold for the path to lead to that row.
    pub(crate) guards: Vec<Guard>,
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// At the API's root.
    Root,
    /// At the object of the request's own path that stands at this level, the outermost being 0.
    Above(usize),
    /// At the object in which the link stands.
    Object,
}

/// A place on a path, and the columns of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// What stands before the key: `/cars/`.
    pub(crate) before: String,
    pub(crate) columns: Vec<u16>,
    /// The names that stand for no key there.
    pub(crate) reserved: Arc<[String]>,
}

/// A column that must hold what a place takes from the request as part of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) column: u16,
    pub(crate) place: usize,
    /// The column of that place's model.
    pub(crate) there: u16,
}

/// The way a request came: the paths of the objects above its place, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Vec<String>);

impl Template {
    /// The columns it takes.
    pub(crate) fn columns(&self) -> impl Iterator<Item = u16> {
        let steps = self.steps.iter().flat_map(|step| &step.columns);
        let guards = self.guards.iter().map(|guard| guard.column);
        steps.copied().chain(guards)
    }

    /// The same path by the columns of the row it leads to, where it goes by those of the row that leads.
    pub(crate) fn seen_from_there(&self, join: &Join) -> Option<Self> {
        let turned = |column: &mut u16| {
            let pair = join.on.iter().find(|(here, _)| here == column);
            pair.map(|(_, there)| *column = *there)
        };
        let mut turn = self.clone();
        let steps = turn.steps.iter_mut().flat_map(|step| &mut step.columns);
        let mut columns = steps.chain(turn.guards.iter_mut().map(|guard| &mut guard.column));
        columns.try_for_each(turned)?;
        Some(turn)
    }
}

impl Step {
    /// To an object of a place with a name.
    pub(crate) fn new(name: &str, columns: Vec<u16>, reserved: Arc<[String]>) -> Self {
        Self {
            before: match name {
                // The one object of a place has the path of the place.
                name if columns.is_empty() => format!("/{name}"),
                "" => "/".to_owned(),
                name => format!("/{name}/"),
            },
            columns,
            reserved,
        }
    }
}

impl Trail {
    /// Goes on to an object of a place.
    pub(crate) fn push(&mut self, name: &str, key: &str) {
        let below = self.below(name);
        self.0.push(match key {
            "" => below,
            key => format!("{below}/{key}"),
        });
    }

    /// The path of a place under the last object.
    pub(crate) fn below(&self, name: &str) -> String {
        let last = self.0.last().map_or("", String::as_str);
        match name {
            "" => last.to_owned(),
            name => format!("{last}/{name}"),
        }
    }
}

impl Start {
    /// The parts of the URI it stands for, without a final slash; none for the object the link stands in, or where the
    /// request came another way.
    pub(crate) fn uri<'a>(self, base: &'a Base, trail: &'a Trail) -> Option<[&'a str; 2]> {
        match self {
            Self::Root => Some([base.prefix(), ""]),
            Self::Above(level) => Some([base.prefix(), trail.0.get(level)?]),
            Self::Object => None,
        }
    }
}
