//! How the objects of an answer are shown, for every format: their members, and the cell of each.

use std::sync::Arc;

use super::{
    cell_index::CellIndex,
    links::{ListUri, ObjectUri},
};
use crate::{
    cell::{Row, Type},
    model::{Column, ColumnNumber},
    params::Offer,
};

/// Which integers are shown as strings, for clients that read numbers as doubles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IntegersAsText {
    #[default]
    None,
    /// Those that a double may not represent exactly.
    Large,
    /// Also those of columns that may hold such integers.
    Wide,
}

/// The names of the members that a place's objects may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// The names of the columns, by the number of the column.
    pub(crate) columns: Vec<String>,
    /// Whether each column may hold integers that a double does not represent exactly, by the number of the column.
    pub(crate) are_wide: Vec<bool>,
    /// Whether the key has one column, and that column may hold such integers.
    pub(crate) is_wide_id: bool,
    /// The names of the relations, by their index in the [`Offer`].
    pub(crate) relations: Vec<String>,
    /// The viewset's `id_member`, the name of a member that shows the key; `None` if the viewset has none.
    pub(crate) id: Option<String>,
}

/// How the objects of one place are shown in one answer.
pub(crate) struct Objects {
    pub(crate) members: Arc<Members>,
    /// The URI of the object itself; `None` if no path leads to it, or if neither a member nor another link needs it.
    pub(crate) href: Option<ObjectUri>,
    /// Whether `href` is a member of the object. If not, its URI is only the beginning of other links.
    pub(crate) shows_href: bool,
    /// Where the cells of the key are, if the viewset's `id_member` is a member of the object.
    pub(crate) id: Option<Vec<CellIndex>>,
    /// The columns that are members, each with the position of its cell.
    pub(crate) columns: Vec<(ColumnNumber, CellIndex)>,
    /// The relations that are members, each by its index in the [`Offer`], in order.
    pub(crate) relations: Vec<(usize, RelationView)>,
    pub(crate) integers_as_text: IntegersAsText,
    /// The most bytes of an answer; writing stops once they are exceeded.
    pub(crate) most_bytes: usize,
}

/// How a relation is shown. In the variants, `related` is the index of the relation among those whose rows were read.
pub(crate) enum RelationView {
    /// A link to the related row, completed by columns of the object's own row; null if one of these is null.
    Link(ObjectUri),
    /// The key of the related row, which a column of the object's own row holds.
    Key {
        key: CellIndex,
        /// Whether it may be an integer that a double does not represent exactly.
        is_wide: bool,
    },
    /// The related row as an embedded object; null if it is missing.
    Object {
        related: usize,
        object: Box<Objects>,
    },
    /// The links of the related rows, or the link of their list if there are too many.
    Links {
        related: usize,
        link: ObjectUri,
        list: Option<ListUri>,
    },
    /// The first related rows as embedded objects, and `next`, the link of the list with the remaining rows.
    Objects {
        related: usize,
        objects: Box<Objects>,
        next: Option<ListUri>,
    },
    /// The link of the list of the related rows.
    List(ListUri),
}

impl Members {
    /// Whether a column may hold integers that a double does not represent exactly.
    pub(crate) fn is_wide(column: &Column) -> bool {
        matches!(column.ty, Type::Integer { bits: 54.., .. })
    }

    /// Collects the names of members from the offer of a place.
    pub(crate) fn of(offer: &Offer) -> Self {
        let columns = offer.model.columns().iter();
        let relations = offer.relations.iter();
        Self {
            columns: columns.map(|column| column.name().to_owned()).collect(),
            is_wide_id: match offer.url_key.as_slice() {
                [only] => offer.model.at(*only).is_some_and(Self::is_wide),
                _ => false,
            },
            are_wide: offer.model.columns().iter().map(Self::is_wide).collect(),
            relations: relations.map(|relation| relation.name.clone()).collect(),
            id: offer.id_member.clone(),
        }
    }
}

impl Objects {
    /// Whether a link of some relation continues the object's own URI, as `/cars/1/parts/` does.
    pub(super) fn has_links_below(&self) -> bool {
        let mut views = self.relations.iter().map(|(_, view)| view);
        views.any(RelationView::begins_at_the_object)
    }

    /// Returns the parts of the object's links that are written as they are, and may contain characters that a format
    /// must escape. Links inside of embedded objects are left out.
    pub(super) fn link_texts(&self) -> impl Iterator<Item = &str> {
        let own = self.href.iter().flat_map(ObjectUri::texts);
        own.chain(
            self.relations
                .iter()
                .flat_map(|(_, view)| view.link_texts()),
        )
    }

    /// Returns the URI of a row's object, if a path leads to it.
    pub(crate) fn uri(&self, row: Row<'_>) -> Option<String> {
        self.href.as_ref()?.text(row, &[])
    }

    /// Whether the embedded objects' own URIs begin with the URI of the object in which they are embedded.
    pub(crate) fn begin_at_the_object(&self) -> bool {
        let href = self.href.as_ref();
        href.is_some_and(|href| href.start.is_none())
    }
}

impl RelationView {
    fn link_texts(&self) -> impl Iterator<Item = &str> {
        let (link, list) = match self {
            Self::Link(link) => (Some(link), None),
            Self::Links { link, list, .. } => (Some(link), list.as_ref()),
            Self::Objects { next, .. } => (None, next.as_ref()),
            Self::List(list) => (None, Some(list)),
            Self::Key { .. } | Self::Object { .. } => (None, None),
        };
        let link = link.into_iter().flat_map(ObjectUri::texts);
        link.chain(list.into_iter().flat_map(ListUri::texts))
    }

    fn begins_at_the_object(&self) -> bool {
        let is_below =
            |list: &Option<ListUri>| list.as_ref().is_some_and(|list| list.start.is_none());
        match self {
            Self::Link(link) => link.start.is_none(),
            Self::Links { link, list, .. } => link.start.is_none() || is_below(list),
            Self::Objects { objects, next, .. } => objects.begin_at_the_object() || is_below(next),
            Self::List(list) => list.start.is_none(),
            Self::Key { .. } | Self::Object { .. } => false,
        }
    }
}
