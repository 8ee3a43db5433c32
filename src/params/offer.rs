//! The offer of a viewset: the filters, orderings and other parameters that clients may use, and the places (viewsets
//! at a path) that its relations lead to.

use std::sync::Arc;

use super::{
    Limits, Lookup, format::Formats, order::Order, paging::Pages, place_index::PlaceIndex,
    summaries::Summaries, to_one::ToOne,
};
use crate::{
    full_text::FullTextIndex,
    model::{ColumnNumber, Join, Model, camel_case},
    predicate::Predicate,
};

/// The offer of a viewset: its model, and the parameters and values that clients may use.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// The viewset's name in error messages: its path, or the name of its model if the path is empty.
    pub(crate) label: String,
    pub(crate) model: Model,
    /// The allowed lookups, such as `gte`, of each column; a hidden column has none.
    pub(crate) lookups: Vec<Vec<Lookup>>,
    /// Whether a list may be ordered by each column.
    pub(crate) orderable: Vec<bool>,
    pub(crate) default_order: Vec<Order>,
    pub(crate) search: Vec<ColumnNumber>,
    /// The full text of the searched columns, if the database has it; `None` if words are looked for inside their texts.
    pub(crate) full_text: Option<Arc<FullTextIndex>>,
    /// Whether filters may be combined in groups: `or=(…)`, `and=(…)`, `not=(…)`.
    pub(crate) groups: bool,
    /// The facets and aggregates that clients may request.
    pub(crate) summaries: Summaries,
    pub(crate) pages: Pages,
    pub(crate) limits: Limits,
    pub(crate) formats: Arc<Formats>,
    /// The names of parameters to ignore; a final `*` stands for any ending.
    pub(crate) ignored: Vec<String>,
    pub(crate) lenient: bool,
    /// Whether integers may be shown as strings, so that a body may have them so.
    pub(crate) integers_as_text: bool,
    /// A second name of the key, such as `id`, by which it is a member, a filter and an ordering.
    pub(crate) id_member: Option<String>,
    /// The columns whose values identify an object in a URL of the place, in the order of the URL.
    pub(crate) url_key: Vec<ColumnNumber>,
    /// Whether a nested place has at most one object under each parent object, as `/cars/1/engine/` does, so that the
    /// parent's key identifies it.
    pub(crate) is_single: bool,
    pub(crate) relations: Vec<Served>,
    /// Whether the names of members are in camelCase.
    pub(crate) camel_case: bool,
    /// Whether the objects of a list have no member but `href`, unless `fields` selects others.
    pub(crate) links_only: bool,
    /// Whether the parameter `fields` is refused, so that clients cannot select members.
    pub(crate) fixed_fields: bool,
}

impl Offer {
    /// Returns the name of the member with a function of a column: `avg_price`.
    pub(super) fn summary_name(&self, function: &str, column: &str) -> String {
        let name = format!("{function}_{column}");
        match self.camel_case {
            true => camel_case(&name),
            false => name,
        }
    }
}

/// A relation whose related rows have a place (a viewset at a path), and so URLs.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) name: String,
    pub(crate) join: Arc<Join>,
    /// The place (a viewset at a path) that serves the related rows. The offer of this place applies to these rows.
    pub(crate) place: PlaceIndex,
    /// How the row of a to-one relation is shown.
    pub(crate) shape: ToOne,
    /// Whether lists may be filtered by the relation and by columns of its rows.
    pub(crate) filtered: bool,
    /// Whether lists may be ordered by columns of the related row.
    pub(crate) ordered: bool,
    /// Whether rows may be grouped by columns of the related row.
    pub(crate) grouped: bool,
    /// The model of the junction's rows, if a body may set which rows the relation leads to.
    pub(crate) pairs: Option<Model>,
    /// The place whose rows a POST may create together with a row, by the relation's member; `None` if it may not.
    pub(crate) inline: Option<PlaceIndex>,
}

impl Served {
    /// Returns the column of the row itself that the relation joins by; `None` if it joins by several.
    #[cfg(feature = "html")]
    pub(crate) fn only_column(&self) -> Option<ColumnNumber> {
        let mut here = self.join.here();
        here.next().filter(|_| here.next().is_none())
    }

    /// Returns the column of the row itself that holds the key of the related row, given the columns of that key; `None`
    /// if none does, or if the key has several columns.
    pub(crate) fn key_here(&self, key: &[ColumnNumber]) -> Option<ColumnNumber> {
        match (self.join.on.as_slice(), key) {
            ([(here, there)], [key]) if there == key && self.is_set_by_columns() => Some(*here),
            _ => None,
        }
    }

    /// Whether columns of the row itself hold the key of the related row, so that a write sets the relation by them.
    pub(crate) fn is_set_by_columns(&self) -> bool {
        !self.join.many && self.join.junction.is_none()
    }
}

/// All places (viewsets at paths) of an API, and which rows of each one request may see.
pub(crate) trait World {
    /// Returns the offer of a place (what clients may ask of it); `None` if no place has this index.
    fn offer(&self, place: PlaceIndex) -> Option<&Offer>;

    /// Returns the condition on the rows of a place that the request may see.
    fn row_filter(&self, place: PlaceIndex) -> Predicate;
}

/// The offers of all places while the API is being built. No request exists yet, so all rows count as visible.
impl World for Vec<Offer> {
    fn offer(&self, place: PlaceIndex) -> Option<&Offer> {
        place.item(self)
    }

    fn row_filter(&self, _place: PlaceIndex) -> Predicate {
        Predicate::All(Vec::new())
    }
}
