//! Reading a query string into typed values, by what a viewset offers.
//!
//! 1. Every parameter is understood or refused; values are not trimmed or guessed. Only parameters that the viewset
//!    ignores by its settings are skipped.
//! 2. Every fault is reported, not only the first.
//! 3. Once a query string is read, the only fault in it that may still be found is a page that does not exist.

mod aggregate;
mod compare;
mod conditions;
mod cursor;
mod expand;
mod facet;
mod fields;
mod filter;
mod format;
mod group;
mod group_by;
mod group_text;
mod hint;
mod items;
mod key;
mod limits;
mod lookup;
mod offer;
mod offered;
mod order;
mod ordering;
mod page;
mod paging;
mod pairs;
mod parameter;
mod path;
mod place_index;
mod reading;
mod related;
mod relevance;
mod search;
mod search_text;
mod suggestion;
mod summaries;
mod target;
#[cfg(test)]
mod tests;
mod text_filter;
mod to_one;
mod value;

use std::ops::Range;

#[cfg(any(feature = "compat", feature = "html"))]
pub(crate) use self::hint::list_item;
#[cfg(feature = "html")]
pub(crate) use self::items::split as split_list;
#[cfg(feature = "openapi")]
pub(crate) use self::offered::{FilterValue, OfferedFilter};
#[cfg(test)]
pub(crate) use self::place_index::place_at;
pub(crate) use self::{
    aggregate::{
        AggregateFunction, AggregateParams, AggregateTerm, ResultOrder, asks_for_aggregates,
    },
    cursor::{CursorPages, CursorReader},
    facet::FacetFilter,
    fields::{Expansion, Selection},
    format::{Format, Formats, Shows, form, format},
    group_by::GroupTerm,
    hint::nearest,
    key::{key_in_a_path, read_whole as read_key},
    lookup::is_comparable,
    offer::{Offer, Served, World},
    order::{Order, Step},
    ordering::term,
    paging::{CountChoices, Pages, Paging},
    pairs::{percent_decode, plain as form_pairs},
    parameter::{Parameter, Reads},
    place_index::{PlaceIndex, indexed},
    relevance::SEARCH_RANK,
    summaries::Summaries,
    value::{float as read_float, integer as read_integer, read_any as read_value},
};
use self::{
    fields::Shown,
    reading::{QueryReader, check_pairs, finish, is_ignored, repeated},
};
pub use self::{
    limits::Limits,
    lookup::Lookup,
    paging::{Count, CountIs, Position},
    to_one::ToOne,
};
use crate::{
    error::{Code, Error, Fault, Result},
    full_text::Relevance,
    predicate::Predicate,
};

/// The parsed query string of a list.
#[derive(Debug)]
pub(crate) struct ListParams {
    pub(crate) filter: Predicate,
    /// The ordering by how well rows match the search, before `order`; `None` if there is none.
    pub(crate) relevance: Option<Relevance>,
    pub(crate) order: Vec<Order>,
    pub(crate) paging: Paging,
    pub(crate) selection: Selection,
    pub(crate) facets: Vec<FacetFilter>,
    /// The pages by cursor of the list, if one of them is requested.
    pub(crate) cursor: Option<CursorPages>,
    /// The byte range of the value of `page` in the query string, in which links to other pages have their own number;
    /// `None` if `page` was not sent.
    pub(crate) page_at: Option<Range<usize>>,
}

/// Whether a name can be written in a query string without being read as anything else.
pub(crate) fn is_nameable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('!')
        && !name.contains([',', '\0'])
}

/// The names of parameters that a viewset ignores by default; a final `*` stands for any ending.
pub(crate) const IGNORED: [&str; 4] = ["_", "utm_*", "fbclid", "gclid"];

/// Reads the query string of a request for a list; `format` is the format of the answer, and `cursors` reads a cursor. Returns the parameters that it
/// gives or leaves at their defaults.
pub(crate) fn list(
    query: &str,
    offer: &Offer,
    world: &dyn World,
    format: Format,
    cursors: Option<CursorReader<'_>>,
) -> Result<ListParams> {
    let mut read = QueryReader::of(query, offer, world)?;
    let paging = read.paging(format);
    let (rank, order) = read.ordering();
    let by_cursor = paging.position == Position::Cursor;
    let cursor = by_cursor.then(|| read.cursor_pages(&order, cursors));
    let search = read.search();
    let relevance = rank.and_then(|rank| read.relevance(&rank, search.as_ref(), &paging));
    let expand = read.expand();
    let selection = read.fields(Shown::List, expand);
    read.check_format(Shows::Rows);
    let page_at = read.reserved(paging.position.parameter());
    let page_at = page_at.map(|pair| pair.value_at);
    let facets = read.facets(&paging, format);
    let beside: Vec<_> = read
        .groups()
        .into_iter()
        .chain(search.map(|search| search.condition))
        .collect();
    read.refuse_unoffered(Reads::List);
    let filters = read.single_filters();
    let facets = read.facet_filters(&facets, &filters, &beside);
    let filter = read.with_all(filters, beside);
    read.finish()?;
    Ok(ListParams {
        filter,
        relevance,
        order,
        paging,
        selection,
        facets,
        cursor,
        page_at,
    })
}

/// Reads the query string of a request for aggregates of a list's rows.
pub(crate) fn aggregates(query: &str, offer: &Offer, world: &dyn World) -> Result<AggregateParams> {
    let mut read = QueryReader::of(query, offer, world)?;
    let groups = read.group_by();
    let aggregates = read.aggregates(&groups);
    let order = read.result_order(&groups, &aggregates);
    let (position, size) = read.aggregate_page();
    let page_at = read.reserved(Parameter::Page).map(|pair| pair.value_at);
    read.refuse_beside_aggregates();
    read.check_format(Shows::Rows);
    let search = read.search().map(|search| search.condition);
    let beside = read.groups().into_iter().chain(search);
    read.refuse_unoffered(Reads::List);
    let filter = read.filters(beside);
    read.finish()?;
    Ok(AggregateParams {
        filter,
        groups,
        aggregates,
        order,
        position,
        size,
        page_at,
    })
}

/// Reads the query string of a request for one object, or of one that writes an object; returns the members to show.
pub(crate) fn object(
    query: &str,
    offer: &Offer,
    world: &dyn World,
    shows: Shows,
) -> Result<Selection> {
    let mut read = QueryReader::of(query, offer, world)?;
    let expand = read.expand();
    let selection = read.fields(Shown::Object, expand);
    read.check_format(shows);
    read.refuse_unoffered(Reads::Object);
    read.refuse_filters(&format!("one object of {}", offer.label));
    read.finish()?;
    Ok(selection)
}

/// Reads the query string of a request to change every row of a list, which must have a filter; returns the filter.
pub(crate) fn rows(query: &str, offer: &Offer, world: &dyn World) -> Result<Predicate> {
    let mut read = QueryReader::of(query, offer, world)?;
    let search = read.search().map(|search| search.condition);
    read.check_format(Shows::Rest);
    let groups = read.groups();
    read.refuse_unoffered(Reads::Rows);
    let filter = read.filters(groups.into_iter().chain(search));
    read.finish()?;
    if filter.is_always() {
        let detail = "say which rows by at least one filter, as in `?year__lt=1990`";
        return Err(Error::new(Code::InvalidRequest, detail));
    }
    Ok(filter)
}

/// Checks the query string of a request whose answer shows no rows, such as a deletion.
pub(crate) fn nothing(query: &str, offer: &Offer, world: &dyn World) -> Result<()> {
    let mut read = QueryReader::of(query, offer, world)?;
    read.refuse_unoffered(Reads::Nothing);
    read.refuse_filters(&format!("the deletion of an object of {}", offer.label));
    read.finish()
}

/// Checks the query string of a request about the API itself, such as its root, whose only parameter is `format`; `name`
/// is what is asked for.
pub(crate) fn about(
    (name, shows): (&str, Shows),
    query: &str,
    limits: &Limits,
    formats: &Formats,
) -> Result<()> {
    check_pairs(query, limits)?;
    let mut faults = Vec::new();
    let pairs = pairs::read(query, &mut faults);
    let mut seen = false;
    for pair in pairs
        .iter()
        .filter(|pair| !is_ignored(&pair.name, &IGNORED))
    {
        let parameter = Parameter::named(&pair.name).filter(|_| !pair.negated);
        if !parameter.is_some_and(|parameter| parameter.is_of(Reads::Root)) {
            let names = Parameter::of(Reads::Root).map(Parameter::name);
            let hint = nearest(&pair.sent(), names);
            let detail = format!("{name} has no parameter `{}`{hint}", pair.shown());
            faults.push(Fault::new(pair.sent(), Code::UnknownParameter, detail));
        } else if seen {
            faults.push(repeated("format"));
        } else {
            seen = true;
            faults.extend(formats.fault(&pair.value, shows));
        }
    }
    finish(query, faults)
}
