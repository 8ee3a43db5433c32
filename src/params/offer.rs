//! The offer of a viewset: the questions that clients may ask, and the places that its relations lead to.

use std::sync::Arc;

use super::{Limits, Lookup, order::Order, paging::Pages, place_index::PlaceIndex};
use crate::{
    model::{ColumnNumber, Join, Model},
    predicate::Predicate,
};

/// The offer of a viewset: its model, and the parameters and values that clients may use.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// The name of the rows in errors: the viewset's path, else the model's name.
    pub(crate) label: String,
    pub(crate) model: Model,
    /// For each column the lookups it may be filtered by; none of a hidden one.
    pub(crate) lookups: Vec<Vec<Lookup>>,
    /// For each column whether a list may be ordered by it.
    pub(crate) orderable: Vec<bool>,
    pub(crate) default_order: Vec<Order>,
    pub(crate) search: Vec<ColumnNumber>,
    pub(crate) pages: Pages,
    pub(crate) limits: Limits,
    /// Parameters that are not ours to answer for; a final `*` stands for any ending.
    pub(crate) ignored: Vec<String>,
    pub(crate) lenient: bool,
    /// The member, filter and ordering that stands for the key.
    pub(crate) id_member: Option<String>,
    /// The columns of the key that a URL of the place names, in its order.
    pub(crate) url_key: Vec<ColumnNumber>,
    /// Whether its one object is named by the one above it.
    pub(crate) is_single: bool,
    pub(crate) relations: Vec<Served>,
    /// Whether a list shows links only by default.
    pub(crate) links_only: bool,
    /// Whether `fields` is refused.
    pub(crate) fixed_fields: bool,
}

/// A relation that a place serves.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) name: String,
    pub(crate) join: Arc<Join>,
    /// The place that serves its rows, whose offer says what may be asked of them.
    pub(crate) place: PlaceIndex,
    /// Whether lists may be filtered through it.
    pub(crate) filtered: bool,
    /// Whether lists may be ordered through it.
    pub(crate) ordered: bool,
}

/// Every place there is, as one request may see it.
pub(crate) trait World {
    /// Returns the offer of a place.
    fn offer(&self, place: PlaceIndex) -> Option<&Offer>;

    /// Which rows of a place there are for the request.
    fn row_filter(&self, place: PlaceIndex) -> Predicate;
}

/// The places as a configuration knows them, by their number: nothing is walled off.
impl World for Vec<Offer> {
    fn offer(&self, place: PlaceIndex) -> Option<&Offer> {
        place.item(self)
    }

    fn row_filter(&self, _place: PlaceIndex) -> Predicate {
        Predicate::All(Vec::new())
    }
}
