//! Facets: `facet=make,body` counts the values of each of these columns beside the page of a list.
//!
//! A facet counts the rows that all filters select but those on its own column, so that it shows what else could be
//! chosen. The groups of filters, the search and the scope always hold.

use super::{
    filter::CombinedFilter,
    format::Format,
    hint,
    paging::{Paging, Position},
    parameter::Parameter,
    reading::QueryReader,
};
use crate::{
    error::Code,
    model::{Column, ColumnNumber},
    predicate::Predicate,
};

/// A column whose values are counted, and the condition on the rows that count.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FacetFilter {
    pub(crate) column: ColumnNumber,
    pub(crate) filter: Predicate,
}

impl<'a> QueryReader<'a> {
    /// Returns the columns that `facet` names; none if facets are not offered.
    pub(super) fn facets(&mut self, paging: &Paging, format: Format) -> Vec<ColumnNumber> {
        let offer = self.offer;
        let Some(pair) = self
            .reserved(Parameter::Facet)
            .filter(|_| offer.offers(Parameter::Facet))
        else {
            return Vec::new();
        };
        let named = |number: &ColumnNumber| offer.model.at(*number).map(Column::name);
        let names: Vec<_> = offer.summaries.facets.iter().filter_map(named).collect();
        let example: Vec<_> = names.iter().take(2).copied().map(hint::in_a_list).collect();
        let Some(items) = self.names(&pair, offer.limits.facets, &example) else {
            return Vec::new();
        };
        let mut columns = Vec::new();
        for item in items {
            let name = &*item.text;
            let mut facets = offer.summaries.facets.iter();
            match facets.find(|number| named(number) == Some(name)) {
                Some(number) if columns.contains(number) => {
                    let detail = format!("`facet` names `{}` more than once", hint::shown(name));
                    self.fault("facet", Code::Repeated, detail);
                }
                Some(number) => columns.push(*number),
                None => {
                    let near = hint::nearest_as(name, names.iter().copied(), hint::in_a_list);
                    let all = hint::list_as(names.iter().copied(), hint::in_a_list);
                    let all = hint::followed(&near, &format!("its facets are {all}"));
                    let (label, name) = (&offer.label, hint::shown(name));
                    let detail = format!("{label} has no facet `{name}`{all}");
                    self.fault("facet", Code::UnknownField, detail);
                }
            }
        }
        self.check_facets(paging, format);
        columns
    }

    /// Adds a fault if the answer has no place for facets: it is the whole list, or in a format that shows only rows.
    fn check_facets(&mut self, paging: &Paging, format: Format) {
        if paging.position == Position::All {
            let detail = "`page=all` is the whole list and nothing beside it; leave `facet` out";
            self.fault("facet", Code::Conflicting, detail);
            return;
        }
        match format {
            Format::Json | Format::Html => {}
            Format::Csv | Format::Ndjson | Format::Own(_) => {
                let detail = format!(
                    "`facet` is shown beside the rows, for which `format={}` has no place; ask for JSON",
                    self.offer.formats.name(format)
                );
                self.fault("facet", Code::NotSupported, detail);
            }
        }
    }

    /// Returns the condition of each facet: that of all `filters` but those on its own column, and of `beside`.
    pub(super) fn facet_filters(
        &self,
        facets: &[ColumnNumber],
        filters: &[CombinedFilter<'a>],
        beside: &[Predicate],
    ) -> Vec<FacetFilter> {
        let others = |column: ColumnNumber| {
            let others = filters.iter().filter(move |one| !one.target.is_on(column));
            others.cloned().collect()
        };
        let facet = |column: &ColumnNumber| FacetFilter {
            column: *column,
            filter: self.with_all(others(*column), beside.iter().cloned()),
        };
        facets.iter().map(facet).collect()
    }
}
