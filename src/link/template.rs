//! Path templates of objects: the segments, and the columns of a row that give the keys between them.

use std::sync::Arc;

use super::LinkBase;
use crate::{
    model::{ColumnNumber, Join},
    params::PlaceIndex,
};

/// The path template of a row's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) start: Start,
    pub(crate) steps: Vec<TemplateStep>,
    /// Conditions on the row for the path to be valid.
    pub(crate) guards: Vec<Guard>,
}

/// The beginning of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The API's root.
    Root,
    /// The object in the request's own path at this level; the outermost is 0.
    Above(usize),
    /// The object that contains the link.
    Object,
}

/// A place on a path, and the columns of its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateStep {
    /// The text before the key: `/cars/`.
    pub(crate) before: String,
    pub(crate) columns: Vec<ColumnNumber>,
    /// Names that are not read as keys in this position.
    pub(crate) reserved: Arc<[String]>,
}

/// A column that must equal a key part that the place takes from the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) column: ColumnNumber,
    pub(crate) place: PlaceIndex,
    /// The column of that place's model.
    pub(crate) there: ColumnNumber,
}

/// The paths of the objects above the request's place, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Vec<String>);

impl Template {
    /// Returns the columns the path uses.
    pub(crate) fn columns(&self) -> impl Iterator<Item = ColumnNumber> {
        let steps = self.steps.iter().flat_map(|step| &step.columns);
        let guards = self.guards.iter().map(|guard| guard.column);
        steps.copied().chain(guards)
    }

    /// Translates a path that uses the columns of the source row into one that uses those of the target row.
    pub(crate) fn seen_from_there(&self, join: &Join) -> Option<Self> {
        let turned = |column: &mut ColumnNumber| {
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

impl TemplateStep {
    /// Creates the path to an object of a named place.
    pub(crate) fn new(name: &str, columns: Vec<ColumnNumber>, reserved: Arc<[String]>) -> Self {
        Self {
            before: match name {
                // The single object of a place has the place's own path.
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
    /// Appends an object of a place.
    pub(crate) fn push(&mut self, name: &str, key: &str) {
        let below = self.below(name);
        self.0.push(match key {
            "" => below,
            key => format!("{below}/{key}"),
        });
    }

    /// Returns the path of a place under the last object.
    pub(crate) fn below(&self, name: &str) -> String {
        let last = self.0.last().map_or("", String::as_str);
        match name {
            "" => last.to_owned(),
            name => format!("{last}/{name}"),
        }
    }
}

impl Start {
    /// Returns the two parts of the URI, without a trailing slash; `None` for the object that contains the link, or if
    /// the request came by another path.
    pub(crate) fn uri<'a>(self, base: &'a LinkBase, trail: &'a Trail) -> Option<[&'a str; 2]> {
        match self {
            Self::Root => Some([base.prefix(), ""]),
            Self::Above(level) => Some([base.prefix(), trail.0.get(level)?]),
            Self::Object => None,
        }
    }
}
