//! Path templates of objects: fixed segments, and the columns of a row whose values are the keys between them.

use std::sync::Arc;

use super::LinkBase;
use crate::{
    model::{ColumnNumber, Join},
    params::PlaceIndex,
};

/// A template of the path to an object, completed by the columns of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) start: Start,
    pub(crate) steps: Vec<TemplateStep>,
    /// Conditions on the row; the path leads to the object only if they hold.
    pub(crate) guards: Vec<Guard>,
}

/// What a path begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The API's root.
    Root,
    /// An object on the path of the request, by its level; the outermost has level 0.
    Above(usize),
    /// The object that contains the link.
    Object,
}

/// One place on a path, and the columns of the key of its object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateStep {
    /// The text before the key, such as `/cars/`.
    pub(crate) before: String,
    pub(crate) columns: Vec<ColumnNumber>,
    /// The names of actions, which are not read as keys in this position.
    pub(crate) reserved: Arc<[String]>,
}

/// A condition on a row: its `column` must equal the value that the request determines for the column `there` of
/// `place`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) column: ColumnNumber,
    pub(crate) place: PlaceIndex,
    /// The column of the place's model.
    pub(crate) there: ColumnNumber,
}

/// The paths of the objects that the path of the request goes through, outermost first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail(Vec<String>);

impl Template {
    /// Returns the columns whose values complete the path, or are compared by its guards.
    pub(crate) fn columns(&self) -> impl Iterator<Item = ColumnNumber> {
        let steps = self.steps.iter().flat_map(|step| &step.columns);
        let guards = self.guards.iter().map(|guard| guard.column);
        steps.copied().chain(guards)
    }

    /// Translates a template for the source row of a join into one for the target row; `None` if it uses a column that
    /// the join does not pair.
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
    /// Creates the step to an object of the place with this name.
    pub(crate) fn new(name: &str, columns: Vec<ColumnNumber>, reserved: Arc<[String]>) -> Self {
        Self {
            before: match name {
                // A place with a single object shares its path with that object.
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
    /// Appends the path of an object of a place under the last object.
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
    /// Returns the beginning of the URI in two parts, without a slash at its end. `None` for [`Start::Object`], and for
    /// a level that the path of the request does not have.
    pub(crate) fn uri<'a>(self, base: &'a LinkBase, trail: &'a Trail) -> Option<[&'a str; 2]> {
        match self {
            Self::Root => Some([base.prefix(), ""]),
            Self::Above(level) => Some([base.prefix(), trail.0.get(level)?]),
            Self::Object => None,
        }
    }
}
