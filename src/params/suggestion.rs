//! Filters that errors suggest instead of what was sent.

use super::{hint, lookup::Lookup, offer::Offer, path::NameMeaning};
use crate::cell::Type;

impl Offer {
    /// Returns the text of a filter by the column that has the name of a reserved parameter; `None` if there is no such
    /// column.
    pub(super) fn column_filter(&self, name: &str) -> Option<String> {
        let allowed = self.allowed(self.named(name)?);
        let exact = allowed.iter().find(|lookup| **lookup == Lookup::Exact);
        let lookup = exact.or(allowed.first())?;
        Some(format!("{name}__{}", lookup.suffix()))
    }

    /// Returns the text of a filter that searches some column for a text; `None` if no column allows it.
    pub(super) fn text_filter(&self) -> Option<String> {
        let lookups = [Lookup::Icontains, Lookup::Contains, Lookup::Istartswith];
        lookups.iter().find_map(|lookup| {
            let mut columns = self.model.numbered();
            let (_, column) = columns.find(|(number, column)| {
                let allowed = self.allowed(NameMeaning::Column(*number));
                column.ty == Type::Text && !column.hidden && allowed.contains(lookup)
            })?;
            Some(format!(
                "{}__{}=…",
                hint::in_a_query(&column.name),
                lookup.suffix()
            ))
        })
    }
}
