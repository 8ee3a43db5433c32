//! What the path and the request say of a row that is written.

use super::{Entered, RowFilter, Visibility};
use crate::{cell::Value, model::ColumnNumber, params::PlaceIndex, route::Located};

impl Entered<'_> {
    /// Returns the columns of a new row that the path and the request give; without a value where only the row above
    /// has it.
    pub(crate) fn given_columns(&self, at: PlaceIndex) -> Vec<(ColumnNumber, Option<Value>)> {
        let known = self.known(at).into_iter();
        let known = known.map(|(column, value)| (column, Some(value)));
        let inherited = self.inherited_columns(at).into_iter();
        known
            .chain(inherited.map(|(here, _)| (here, None)))
            .collect()
    }

    /// Returns the columns of a new row whose values only the row above has, each with the column there.
    pub(crate) fn inherited_columns(&self, at: PlaceIndex) -> Vec<(ColumnNumber, ColumnNumber)> {
        let known = self.known(at);
        let nesting = self.nesting(at).into_iter();
        let pairs = nesting.flat_map(|nesting| nesting.join.on.iter().copied());
        let is_known = |here: ColumnNumber| known.iter().any(|(column, _)| *column == here);
        pairs.filter(|(here, _)| !is_known(*here)).collect()
    }

    /// Returns the values of columns that another path to an object names, and those that the request gives there.
    pub(crate) fn named(
        &self,
        found: &Located<'_>,
        segment: &str,
    ) -> Option<Vec<(ColumnNumber, Value)>> {
        let filters = self.filters.iter().filter_map(|(at, filter)| {
            let parts = filter.as_ref()?.parts.clone();
            let filter = RowFilter { parts, scope: None };
            Some((*at, Some(filter)))
        });
        let visibility = Visibility {
            places: self.places,
            base: self.base,
            filters: filters.collect(),
        };
        let entered = visibility.enter(found)?;
        let mut named = entered.place(found.place)?.key(segment)?;
        for (column, value) in entered.known(found.place) {
            if !named.iter().any(|(known, _)| *known == column) {
                named.push((column, value));
            }
        }
        Some(named)
    }
}
