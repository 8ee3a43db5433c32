//! The query string, read against what a viewset offers, into typed values.
//!
//! 1. Every parameter is understood or refused; nothing is ignored, trimmed or guessed.
//! 2. Every fault is reported, not only the first.
//! 3. After this stage nothing can fail for the client's fault but the page that does not exist.

mod compare;
mod expand;
mod fields;
mod filter;
mod format;
mod hint;
mod items;
mod key;
mod limits;
mod lookup;
mod ordering;
mod page;
mod pairs;
mod parameter;
mod path;
mod related;
mod search;
mod target;
#[cfg(test)]
mod tests;
mod value;

use std::{ops::Range, sync::Arc};

pub(crate) use self::{
    fields::{Expansion, Selection},
    format::{Format, format},
    hint::nearest,
    key::read_whole as read_key,
    lookup::is_comparable,
    ordering::{Order, Step, term},
    page::{Pages, Paging},
    pairs::{percent_decode, plain as form_pairs},
    parameter::Parameter,
    value::{float as read_float, read_any as read_value},
};
pub use self::{
    limits::Limits,
    lookup::Lookup,
    page::{Count, Position},
};
use crate::{
    error::{Code, Error, Fault, Result},
    model::{Join, Model},
    predicate::Predicate,
};

use self::{fields::Shown, pairs::Pair, parameter::Reads};

/// What a viewset lets clients ask: the model, and what is allowed of it.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// What the rows are called in errors: the viewset's path, else the model's name.
    pub(crate) label: String,
    pub(crate) model: Model,
    /// For each column the lookups it may be filtered by; none of a hidden one.
    pub(crate) lookups: Vec<Vec<Lookup>>,
    /// For each column whether a list may be ordered by it.
    pub(crate) orderable: Vec<bool>,
    pub(crate) default_order: Vec<Order>,
    pub(crate) search: Vec<u16>,
    pub(crate) pages: Pages,
    pub(crate) limits: Limits,
    /// Parameters that are not ours to answer for; a final `*` stands for any ending.
    pub(crate) ignored: Vec<String>,
    pub(crate) lenient: bool,
    /// The member, filter and ordering that stands for the key.
    pub(crate) id_member: Option<String>,
    /// The columns of the key that a URL of the place names, in its order.
    pub(crate) url_key: Vec<u16>,
    /// Whether its one object is named by the one above it.
    pub(crate) is_single: bool,
    pub(crate) relations: Vec<Served>,
    /// What a list shows by default: links only, or everything.
    pub(crate) links_only: bool,
    /// Whether `fields` is refused.
    pub(crate) fixed_fields: bool,
}

/// A relation that a place serves.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    pub(crate) name: String,
    pub(crate) join: Arc<Join>,
    /// The place that serves its rows, whose offer says what may be asked of them.
    pub(crate) place: usize,
    /// Whether lists may be filtered through it.
    pub(crate) filtered: bool,
    /// Whether lists may be ordered through it.
    pub(crate) ordered: bool,
}

/// Every place there is, as one request may see it.
pub(crate) trait World {
    /// What a place offers.
    fn offer(&self, place: usize) -> Option<&Offer>;

    /// Which rows of a place there are for the request.
    fn row_filter(&self, place: usize) -> Predicate;
}

/// The places as a configuration knows them, by their number: nothing is walled off.
impl World for Vec<Offer> {
    fn offer(&self, place: usize) -> Option<&Offer> {
        self.get(place)
    }

    fn row_filter(&self, _place: usize) -> Predicate {
        Predicate::All(Vec::new())
    }
}

/// A list request, read.
#[derive(Debug)]
pub(crate) struct ListParams {
    pub(crate) filter: Predicate,
    pub(crate) order: Vec<Order>,
    pub(crate) paging: Paging,
    pub(crate) selection: Selection,
    /// Where the value of `page` stands in the query string, for the links to other pages.
    pub(crate) page_at: Option<Range<usize>>,
}

/// Whether a URL can name a member without ambiguity.
pub(crate) fn is_nameable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.ends_with('!')
        && !name.contains([',', '\0'])
}

/// Parameters that are not ours to answer for, unless a viewset says otherwise.
pub(crate) const IGNORED: [&str; 4] = ["_", "utm_*", "fbclid", "gclid"];

/// Reads the query string of a list that is answered in a format.
pub(crate) fn list(
    query: &str,
    offer: &Offer,
    world: &dyn World,
    format: Format,
) -> Result<ListParams> {
    let mut read = Reading::of(query, offer, world)?;
    let paging = read.paging(format);
    let order = read.ordering();
    let search = read.search();
    let expand = read.expand();
    let selection = read.fields(Shown::List, expand);
    read.check_format();
    let page_at = read.reserved(Parameter::Page).map(|pair| pair.value_at);
    read.refuse_unoffered(Reads::List);
    let filter = read.filters(search);
    read.finish()?;
    Ok(ListParams {
        filter,
        order,
        paging,
        selection,
        page_at,
    })
}

/// Reads the query string of one object.
pub(crate) fn object(query: &str, offer: &Offer, world: &dyn World) -> Result<Selection> {
    let mut read = Reading::of(query, offer, world)?;
    let expand = read.expand();
    let selection = read.fields(Shown::Object, expand);
    read.check_format();
    read.refuse_unoffered(Reads::Object);
    read.refuse_filters(&format!("one object of {}", offer.label));
    read.finish()?;
    Ok(selection)
}

/// Reads the query string of the API root, which shows links and nothing else.
pub(crate) fn root(query: &str, limits: &Limits) -> Result<()> {
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
            faults.extend(format::fault(&pair.value, Format::OF_THE_REST));
        }
    }
    finish(query, faults)
}

fn check_pairs(query: &str, limits: &Limits) -> Result<()> {
    let (count, most) = (pairs::count(query), limits.pairs);
    if count <= most {
        return Ok(());
    }
    let detail = format!("the query string has {count} parameters; at most {most} are read");
    Err(Error::new(Code::LimitExceeded, detail))
}

/// The faults, if there are any, in the order of the query string.
fn finish(query: &str, mut faults: Vec<Fault>) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = query.split('&').map(pairs::name_of).collect();
    faults.sort_by_key(|fault| {
        names
            .iter()
            .position(|name| Some(name.as_str()) == fault.parameter())
    });
    Err(Error::faults(faults))
}

/// Whether a parameter is one of those that are not ours; a final `*` of a pattern stands for any ending.
fn is_ignored(name: &str, patterns: &[impl AsRef<str>]) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.as_ref().strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern.as_ref(),
        })
}

/// A query string being read: the pairs, and the faults found so far.
struct Reading<'a> {
    query: &'a str,
    offer: &'a Offer,
    world: &'a dyn World,
    pairs: Vec<Pair<'a>>,
    faults: Vec<Fault>,
}

impl<'a> Reading<'a> {
    fn of(query: &'a str, offer: &'a Offer, world: &'a dyn World) -> Result<Self> {
        check_pairs(query, &offer.limits)?;
        let mut faults = Vec::new();
        let mut pairs = pairs::read(query, &mut faults);
        pairs.retain(|pair| !offer.ignores(pair));
        let mut read = Self {
            query,
            offer,
            world,
            pairs,
            faults,
        };
        read.refuse_repeated();
        Ok(read)
    }

    /// The pair of a reserved parameter.
    fn reserved(&self, parameter: Parameter) -> Option<Pair<'a>> {
        let name = parameter.name();
        let found = self
            .pairs
            .iter()
            .find(|pair| pair.name == name && !pair.negated);
        found.map(|pair| Pair {
            name: pair.name.clone(),
            negated: false,
            value: pair.value.clone(),
            value_at: pair.value_at.clone(),
        })
    }

    fn fault(&mut self, parameter: impl Into<String>, code: Code, detail: impl Into<String>) {
        self.faults.push(Fault::new(parameter, code, detail));
    }

    /// A reserved parameter given twice is a fault, and then not read at all.
    fn refuse_repeated(&mut self) {
        for (_, name, ..) in Parameter::ALL {
            let is_it = |pair: &Pair<'_>| pair.name == *name && !pair.negated;
            if self.pairs.iter().filter(|pair| is_it(pair)).count() > 1 {
                self.faults.push(repeated(name));
                self.pairs.retain(|pair| !is_it(pair));
            }
        }
        let ordering = self.reserved(Parameter::Ordering);
        let both = ordering.zip(self.reserved(Parameter::SortBy));
        if both.is_some() {
            let detail = "`sort_by` is another name of `ordering`: give one of the two";
            self.fault("sort_by", Code::Conflicting, detail);
            self.pairs.retain(|pair| pair.name != "sort_by");
        }
    }

    /// Refuses the reserved parameters that a question does not take, and negated ones.
    fn refuse_unoffered(&mut self, reads: Reads) {
        let is_list = reads == Reads::List;
        let label = &self.offer.label;
        let pairs = std::mem::take(&mut self.pairs);
        for pair in pairs {
            let name = &*pair.name;
            let Some(parameter) = Parameter::named(name) else {
                self.pairs.push(pair);
                continue;
            };
            if pair.negated {
                let instead = self.offer.column_filter(name).filter(|_| is_list);
                let instead =
                    instead.map(|filter| format!("; the column of that name is `{filter}%21`"));
                let instead = instead.unwrap_or_default();
                let detail = format!("`{name}` is a parameter and cannot be negated{instead}");
                self.fault(pair.sent(), Code::UnknownParameter, detail);
            } else if !is_list && !parameter.is_of(reads) {
                let detail =
                    format!("`{name}` is a parameter of a list, not of one object of {label}");
                self.fault(name, Code::UnknownParameter, detail);
            } else if !parameter.is_of(reads) {
                let instead = self.offer.column_filter(name);
                let instead = instead
                    .map(|filter| format!("; the column of that name is filtered as `{filter}`"));
                let instead = instead.unwrap_or_default();
                let detail = format!("`{name}` is not offered by {label}{instead}");
                self.fault(name, Code::NotSupported, detail);
            }
        }
    }

    fn finish(self) -> Result<()> {
        finish(self.query, self.faults)
    }
}

impl Offer {
    /// Whether a parameter is not ours to answer for: neither one we have nor a filter.
    fn ignores(&self, pair: &Pair<'_>) -> bool {
        let name = &*pair.name;
        let is_ours = Parameter::named(name).is_some() || self.first(name).is_some();
        !is_ours && is_ignored(name, &self.ignored)
    }
}

fn repeated(name: &str) -> Fault {
    Fault::new(
        name,
        Code::Repeated,
        format!("`{name}` is given more than once"),
    )
}
