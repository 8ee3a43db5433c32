//! The filters that a viewset offers, as data for descriptions.

use super::{
    lookup::{Comparison, Lookup},
    offer::Offer,
    parameter::Parameter,
    path::NameMeaning,
};
use crate::{model::Column, predicate::DatePart};

/// A filter that lists take as a parameter, such as `year__gte`.
#[derive(Debug)]
pub(crate) struct OfferedFilter<'a> {
    /// The name of the parameter.
    pub(crate) name: String,
    /// The column or relation that is compared.
    pub(crate) subject: &'a str,
    pub(crate) lookup: Lookup,
    pub(crate) takes: FilterValue<'a>,
    /// Whether the name of the parameter goes on, with columns of the related rows, if the subject is a relation.
    pub(crate) goes_on: bool,
}

/// The value that a filter takes.
#[derive(Clone, Debug)]
pub(crate) enum FilterValue<'a> {
    /// A value of the column.
    One(&'a Column),
    /// Values of the column, with commas between them.
    Several(&'a Column),
    /// A key of several columns, with commas between its parts.
    Key,
    /// Two values of the column with a comma between them, of which one may be missing.
    Range,
    /// Any text.
    Text,
    /// Items of an array, each as one of this column, with commas between them.
    Items(&'a Column),
    Boolean,
    /// A part of a date.
    Part(DatePart),
}

impl Offer {
    /// Returns the filters on the columns and relations of the rows themselves, each by the name of its parameter.
    pub(crate) fn filters(&self) -> Vec<OfferedFilter<'_>> {
        let mut all: Vec<OfferedFilter<'_>> = Vec::new();
        for (named, subject) in self.names() {
            let goes_on = matches!(named, NameMeaning::Relation(_));
            let lookups = self.allowed(named).iter().copied();
            let offered = lookups.filter_map(|lookup| {
                Some(OfferedFilter {
                    name: filter_name(subject, lookup),
                    subject,
                    lookup,
                    takes: self.takes(named, lookup)?,
                    goes_on,
                })
            });
            // A column whose name has `__` takes precedence over a lookup.
            let offered = offered.filter(|filter| {
                filter.name == subject || self.names().all(|(_, name)| name != filter.name)
            });
            all.extend(offered);
        }
        all
    }

    fn takes(&self, named: NameMeaning, lookup: Lookup) -> Option<FilterValue<'_>> {
        let columns = self.columns(named);
        let column = columns.first().and_then(|column| self.model.at(*column))?;
        let is_whole_key = columns.len() > 1;
        Some(match lookup.comparison(column.storage.array.is_some()) {
            Comparison::Null => FilterValue::Boolean,
            Comparison::Value(_) | Comparison::In if is_whole_key => FilterValue::Key,
            Comparison::Value(_) => FilterValue::One(column),
            Comparison::In => FilterValue::Several(column),
            Comparison::Range => FilterValue::Range,
            Comparison::Text(_) | Comparison::Pattern { .. } | Comparison::Key => FilterValue::Text,
            Comparison::Array(_) => FilterValue::Items(column.element()?),
            Comparison::DatePart(part) => FilterValue::Part(part),
        })
    }
}

/// Returns the name of the parameter with which a column or relation is filtered.
fn filter_name(subject: &str, lookup: Lookup) -> String {
    let is_plain = Parameter::named(subject).is_none() && !subject.ends_with('!');
    match lookup {
        Lookup::Exact if is_plain => subject.to_owned(),
        _ => format!("{subject}__{}", lookup.suffix()),
    }
}
