//! The columns of a written row whose values are known from the URL and the rest of the request.

use super::{Entered, RowFilter, Visibility};
use crate::{cell::Value, model::ColumnNumber, params::PlaceIndex, route::Located};

impl Entered<'_> {
    /// Returns the columns of a new row that the client does not choose, since the URL or the rest of the request
    /// determines them, each with its value; `None` if the value must be read from the parent row.
    pub(crate) fn given_columns(&self, at: PlaceIndex) -> Vec<(ColumnNumber, Option<Value>)> {
        let known = self.known(at).into_iter();
        let known = known.map(|(column, value)| (column, Some(value)));
        let inherited = self.inherited_columns(at).into_iter();
        known
            .chain(inherited.map(|(here, _)| (here, None)))
            .collect()
    }

    /// Returns the columns of a new row whose values must be read from the parent row, each with the parent's column.
    pub(crate) fn inherited_columns(&self, at: PlaceIndex) -> Vec<(ColumnNumber, ColumnNumber)> {
        let known = self.known(at);
        let nesting = self.nesting(at).into_iter();
        let pairs = nesting.flat_map(|nesting| nesting.join.on.iter().copied());
        let is_known = |here: ColumnNumber| known.iter().any(|(column, _)| *column == here);
        pairs.filter(|(here, _)| !is_known(*here)).collect()
    }

    /// Returns the columns that identify the object with the key `segment` at another path (`found`), with their
    /// values: those of the key, of the objects above it, and those that the request determines. `None` if a segment is
    /// no valid key.
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
