//! Views of rows, and plans of how their relations are shown.

use crate::{
    link::{Start, Template},
    model::{ColumnNumber, Join},
    operation::Wanted,
    place::ListLink,
    representation::Objects,
};

/// How rows are shown, the columns to read of them, and the related rows to read.
pub(crate) struct View {
    pub(crate) objects: Objects,
    pub(crate) columns: Vec<ColumnNumber>,
    pub(crate) related: Vec<Wanted>,
}

/// How a relation is shown, decided before it is known which columns are read and where their cells are.
pub(super) enum RelationPlan<'a> {
    Link(&'a Template),
    /// The column of the row itself that holds the key of the related row.
    Key(ColumnNumber),
    Related {
        join: &'a Join,
        view: Box<View>,
        list: Option<&'a ListLink>,
    },
    Links {
        template: &'a Template,
        columns: Vec<ColumnNumber>,
        list: Option<&'a ListLink>,
    },
    List(&'a ListLink),
    Nothing,
}

impl RelationPlan<'_> {
    pub(super) fn begins_at_the_object(&self) -> bool {
        let object = |start: &Start| *start == Start::Object;
        let listed = |list: &Option<&ListLink>| list.is_some_and(|list| object(&list.start));
        match self {
            Self::Link(template) => object(&template.start),
            Self::Links { template, list, .. } => object(&template.start) || listed(list),
            Self::Related { view, list, .. } => view.objects.begin_at_the_object() || listed(list),
            Self::List(list) => object(&list.start),
            Self::Key(_) | Self::Nothing => false,
        }
    }

    /// Returns the columns of the object's own row that must be read to show the relation whose join is `join`.
    pub(super) fn columns(&self, join: &Join) -> Vec<ColumnNumber> {
        let listed = |list: &Option<&ListLink>| {
            let query = list.iter().flat_map(|list| &list.query);
            query.map(|(_, column)| *column).collect::<Vec<_>>()
        };
        match self {
            Self::Link(template) => template.columns().collect(),
            Self::Key(key) => vec![*key],
            Self::Related { list, .. } | Self::Links { list, .. } => {
                join.here().chain(listed(list)).collect()
            }
            Self::List(list) => listed(&Some(list)),
            Self::Nothing => Vec::new(),
        }
    }
}
