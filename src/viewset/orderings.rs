//! The orders of lists.

use super::ViewSet;
use crate::model::Columns;

impl ViewSet {
    /// Sets the columns clients may order by, under the names clients use. Default: every visible one whose values have
    /// an order.
    pub fn orderings(mut self, columns: impl Columns) -> Self {
        self.orderings = Some(self.model.read_names("orderings", columns));
        self
    }

    /// Sets the order of a list when the client does not choose: column names, with `-` for descending order, or
    /// handles of a declared model. Default: the key.
    ///
    /// The key always breaks ties.
    pub fn default_ordering(mut self, terms: impl Columns) -> Self {
        self.default_ordering = self.model.read_names("default_ordering", terms);
        self
    }
}
