//! The objects of an answer, described for any format: which members they show, and where the cells of each stand.

use std::sync::Arc;

use super::{
    cell_index::CellIndex,
    links::{ListUri, ObjectUri},
};
use crate::params::Offer;

/// The names of the members that a place's objects may have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// By the column's number.
    pub(crate) columns: Vec<String>,
    /// By the relation's place in its [`Offer`].
    pub(crate) relations: Vec<String>,
    /// The second name of the key, if it has one.
    pub(crate) id: Option<String>,
}

/// How the objects of one place are shown in one answer.
pub(crate) struct Objects {
    pub(crate) members: Arc<Members>,
    /// The object's own link; none where no path leads to it.
    pub(crate) href: Option<ObjectUri>,
    /// Whether the object's own link is a member, and not only what other links begin with.
    pub(crate) shows_href: bool,
    /// The cells of the key, where its second name is a member.
    pub(crate) id: Option<Vec<CellIndex>>,
    /// The number of each column that is a member, and its cell.
    pub(crate) columns: Vec<(u16, CellIndex)>,
    /// The relations that are members, in order.
    pub(crate) relations: Vec<(usize, RelationView)>,
    /// Whether integers that are not exact in a double are shown as texts.
    pub(crate) integers_as_text: bool,
    /// The most bytes that an answer may have; past so many of a piece, nothing more is written.
    pub(crate) most_bytes: usize,
}

/// How a relation is shown. The `related` rows are those that were wanted as the answer's so many-th.
pub(crate) enum RelationView {
    /// As a link by the row's own columns; null where they hold none.
    Link(ObjectUri),
    /// As the object.
    Object {
        related: usize,
        object: Box<Objects>,
    },
    /// As the links of the rows; as that of their list, if there are more.
    Links {
        related: usize,
        link: ObjectUri,
        list: Option<ListUri>,
    },
    /// As the first objects, and the link to the next.
    Objects {
        related: usize,
        objects: Box<Objects>,
        next: Option<ListUri>,
    },
    /// As the link of the list.
    List(ListUri),
}

impl Members {
    /// Collects the names from what a place offers.
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
    /// Whether the link of a relation begins with that of the object.
    pub(super) fn has_links_below(&self) -> bool {
        let mut views = self.relations.iter().map(|(_, view)| view);
        views.any(RelationView::begins_at_the_object)
    }

    /// Returns the texts of the links in an object, those of its related objects aside, that are not percent-encoded.
    pub(super) fn link_texts(&self) -> impl Iterator<Item = &str> {
        let own = self.href.iter().flat_map(ObjectUri::texts);
        own.chain(
            self.relations
                .iter()
                .flat_map(|(_, view)| view.link_texts()),
        )
    }

    /// Whether the objects' own links begin with that of the object in which they stand.
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
