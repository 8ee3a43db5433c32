//! The facets, aggregates and groups that a viewset offers.

use crate::model::ColumnNumber;

/// The facets, aggregates and groups that clients may request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summaries {
    /// The columns whose values may be counted beside a page, by `facet`.
    pub(crate) facets: Vec<ColumnNumber>,
    /// The columns that `aggregate` may name in a function, such as `price` in `avg(price)`; `None` if the viewset offers
    /// no aggregates, not even the number of rows.
    pub(crate) aggregates: Option<Vec<ColumnNumber>>,
    /// The columns that rows may be grouped by.
    pub(crate) groups: Vec<ColumnNumber>,
    /// Whether rows may be grouped by columns of related rows.
    pub(crate) through_relations: bool,
}

impl Summaries {
    /// Whether rows may be grouped by anything.
    pub(crate) fn offers_groups(&self) -> bool {
        self.aggregates.is_some() && (!self.groups.is_empty() || self.through_relations)
    }
}
