//! Reading a query string into typed values, by what a viewset offers.
//!
//! 1. Every parameter is understood or refused; values are not trimmed or guessed. Only parameters that the viewset
//!    ignores by its settings are skipped.
//! 2. Every fault is reported, not only the first.
//! 3. Once a query string is read, the only fault in it that may still be found is a page that does not exist.

mod compare;
mod expand;
mod fields;
mod filter;
mod format;
mod group;
mod group_text;
mod hint;
mod items;
mod key;
mod limits;
mod lookup;
mod offer;
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
mod search;
mod target;
#[cfg(test)]
mod tests;
mod value;

use std::ops::Range;

#[cfg(test)]
pub(crate) use self::place_index::place_at;
use self::{
    fields::Shown,
    parameter::Reads,
    reading::{QueryReader, check_pairs, finish, is_ignored, repeated},
};
pub(crate) use self::{
    fields::{Expansion, Selection},
    format::{Format, Formats, Shows, form, format},
    hint::nearest,
    key::read_whole as read_key,
    lookup::is_comparable,
    offer::{Offer, Served, World},
    order::{Order, Step},
    ordering::term,
    paging::{CountChoices, Pages, Paging},
    pairs::{percent_decode, plain as form_pairs},
    parameter::Parameter,
    place_index::{PlaceIndex, indexed},
    value::{float as read_float, integer as read_integer, read_any as read_value},
};
#[cfg(feature = "html")]
pub(crate) use self::{hint::list_item, items::split as split_list};
pub use self::{
    limits::Limits,
    lookup::Lookup,
    paging::{Count, CountIs, Position},
};
use crate::{
    error::{Code, Error, Fault, Result},
    predicate::Predicate,
};

/// The parsed query string of a list.
#[derive(Debug)]
pub(crate) struct ListParams {
    pub(crate) filter: Predicate,
    pub(crate) order: Vec<Order>,
    pub(crate) paging: Paging,
    pub(crate) selection: Selection,
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

/// Reads the query string of a request for a list; `format` is the format of the answer. Returns the parameters that it
/// gives or leaves at their defaults.
pub(crate) fn list(
    query: &str,
    offer: &Offer,
    world: &dyn World,
    format: Format,
) -> Result<ListParams> {
    let mut read = QueryReader::of(query, offer, world)?;
    let paging = read.paging(format);
    let order = read.ordering();
    let search = read.search();
    let expand = read.expand();
    let selection = read.fields(Shown::List, expand);
    read.check_format(Shows::Rows);
    let page_at = read.reserved(paging.position.parameter());
    let page_at = page_at.map(|pair| pair.value_at);
    let groups = read.groups();
    read.refuse_unoffered(Reads::List);
    let filter = read.filters(groups.into_iter().chain(search));
    read.finish()?;
    Ok(ListParams {
        filter,
        order,
        paging,
        selection,
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
    let search = read.search();
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

/// Checks the query string of a request for the API root, whose only parameter is `format`.
pub(crate) fn root(query: &str, limits: &Limits, formats: &Formats) -> Result<()> {
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
            let detail = format!("the API root has no parameter `{}`{hint}", pair.shown());
            faults.push(Fault::new(pair.sent(), Code::UnknownParameter, detail));
        } else if seen {
            faults.push(repeated("format"));
        } else {
            seen = true;
            faults.extend(formats.fault(&pair.value, Shows::Overview));
        }
    }
    finish(query, faults)
}
