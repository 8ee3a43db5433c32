//! A description of an answer's objects for every format: the members they show, and the cell of each.

use std::sync::Arc;

use super::{
    cell_index::CellIndex,
    links::{ListUri, ObjectUri},
};
use crate::{model::ColumnNumber, params::Offer};

/// The names of the members that a place's objects may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// Indexed by column.
    pub(crate) columns: Vec<String>,
    /// Indexed by the relation's position in its [`Offer`].
    pub(crate) relations: Vec<String>,
    /// The second name of the key, if there is one.
    pub(crate) id: Option<String>,
}

/// How the objects of one place are shown in one answer.
pub(crate) struct Objects {
    pub(crate) members: Arc<Members>,
    /// The object's own link; `None` if no path leads to it.
    pub(crate) href: Option<ObjectUri>,
    /// Whether the object's own link is a member, and not only the beginning of other links.
    pub(crate) shows_href: bool,
    /// The cells of the key, if its second name is a member.
    pub(crate) id: Option<Vec<CellIndex>>,
    /// Each column that is a member, with its cell.
    pub(crate) columns: Vec<(ColumnNumber, CellIndex)>,
    /// The relations that are members, in order.
    pub(crate) relations: Vec<(usize, RelationView)>,
    /// Whether integers that are not exact in a double are shown as texts.
    pub(crate) integers_as_text: bool,
    /// The limit on the bytes of an answer; writing stops once it is exceeded.
    pub(crate) most_bytes: usize,
}

/// How a relation is shown. `related` is the index among the answer's related rows.
pub(crate) enum RelationView {
    /// A link by the row's own columns; null if they are null.
    Link(ObjectUri),
    /// The embedded object.
    Object {
        related: usize,
        object: Box<Objects>,
    },
    /// The links of the rows, or the link of their list if there are more.
    Links {
        related: usize,
        link: ObjectUri,
        list: Option<ListUri>,
    },
    /// The first objects, and the link to more.
    Objects {
        related: usize,
        objects: Box<Objects>,
        next: Option<ListUri>,
    },
    /// The link of the list.
    List(ListUri),
}

impl Members {
    /// Collects the names from the features of a place.
    pub(crate) fn of(offer: &Offer) -> Self {
        let columns = offer.model.columns().iter();
        let relations = offer.relations.iter();
        Self {
            columns: columns.map(|column| column.name().to_owned()).collect(),
            relations: relations.map(|relation| relation.name.clone()).collect(),
            id: offer.id_member.clone(),
        }
    }
}

impl Objects {
    /// Whether the link of a relation begins with the object's own URI.
    pub(super) fn has_links_below(&self) -> bool {
        let mut views = self.relations.iter().map(|(_, view)| view);
        views.any(RelationView::begins_at_the_object)
    }

    /// Returns the parts of the object's links that are not percent-encoded, except those of embedded objects.
    pub(super) fn link_texts(&self) -> impl Iterator<Item = &str> {
        let own = self.href.iter().flat_map(ObjectUri::texts);
        own.chain(
            self.relations
                .iter()
                .flat_map(|(_, view)| view.link_texts()),
        )
    }

    /// Whether the objects' own links begin with the URI of the enclosing object.
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
            Self::Object { .. } => (None, None),
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
            Self::Object { .. } => false,
        }
    }
}
