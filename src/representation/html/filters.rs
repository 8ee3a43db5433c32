//! The filters of a list: those that are set, and the form to set others.

use std::borrow::Cow;

use super::{
    super::context::{PageContext, PlaceContext},
    choices::choices,
    query::LinkQuery,
};
use crate::{
    cell::Type,
    model::Column,
    params::{Lookup, Offer, Parameter, Position},
};

/// The filter form holds no more columns than this; others are filtered in the URL.
const MOST_FIELDS: usize = 24;

/// A filter that is set, with the link that removes it.
#[derive(Debug)]
pub(super) struct Chip {
    pub(super) text: String,
    pub(super) remove: String,
}

/// The form by which a list is filtered.
#[derive(Debug)]
pub(super) struct FilterForm {
    /// The pairs of the query string that no field shows, which the form sends again.
    pub(super) kept: Vec<(String, String)>,
    pub(super) fields: Vec<FilterField>,
    /// How many columns could be filtered, but have no field.
    pub(super) left_out: usize,
}

/// The field of a column in the filter form.
#[derive(Debug)]
pub(super) struct FilterField {
    pub(super) id: String,
    pub(super) label: String,
    /// The comparisons to choose from: the names of parameters, such as `year__gte`, each with its meaning.
    pub(super) lookups: Vec<FilterOption>,
    pub(super) input: FilterInput,
}

/// How the value of a filter is given.
#[derive(Debug)]
pub(super) enum FilterInput {
    /// One of some values, each as sent and as shown. The parameter has the name of the column.
    Choice(String, Vec<FilterOption>),
    /// A value that is typed, with the type of the input field.
    Typed { kind: &'static str, value: String },
}

#[derive(Debug)]
pub(super) struct FilterOption {
    pub(super) value: String,
    pub(super) text: Cow<'static, str>,
    pub(super) is_chosen: bool,
}

/// Returns the filters that a query string sets.
pub(super) fn chips(context: &PageContext<'_>) -> Vec<Chip> {
    let query = LinkQuery(context.query);
    let is_ranked = |place: &PlaceContext<'_>| query.is_ranked(place.offer);
    let is_ranked = context.place().is_ok_and(is_ranked);
    let mut chips = Vec::new();
    for (name, value, piece) in query.pairs() {
        let is_filter = match Parameter::named(&name) {
            Some(parameter) => parameter == Parameter::Search || parameter.is_group(),
            None => true,
        };
        if is_filter && !(name == "search" && value.is_empty()) {
            chips.push(Chip {
                text: words(&name, &value),
                // Without a search, no row matches it better than another.
                remove: match name == "search" && is_ranked {
                    true => query.without_search(),
                    false => query.link_without(piece),
                },
            });
        }
    }
    chips
}

/// Returns a filter in words, such as `year at least 2010`.
fn words(name: &str, value: &str) -> String {
    if Parameter::named(name).is_some_and(Parameter::is_group) {
        return format!("{name}{value}");
    }
    let (name, not) = match name.strip_suffix('!') {
        Some(name) => (name, "not "),
        None => (name, ""),
    };
    let last = name.rsplit_once("__");
    let lookup = last.and_then(|(column, suffix)| Some((column, Lookup::named(suffix)?)));
    let (column, lookup) = lookup.unwrap_or((name, Lookup::Exact));
    let column = column.replace("__", " › ");
    match (lookup, value) {
        (Lookup::Isnull, "true") => format!("{column} is {not}null"),
        (Lookup::Isnull, _) => format!("{column} is {not}not null"),
        (lookup, value) => format!("{column} {not}{} {value}", short(lookup)),
    }
}

/// Returns what a lookup means, in the fewest words.
fn short(lookup: Lookup) -> &'static str {
    match lookup {
        Lookup::Exact => "=",
        Lookup::Iexact => "= (any case)",
        Lookup::In => "one of",
        Lookup::Gt => ">",
        Lookup::Gte => "≥",
        Lookup::Lt => "<",
        Lookup::Lte => "≤",
        Lookup::Range => "between",
        Lookup::Contains => "contains (same case)",
        Lookup::Icontains => "contains",
        Lookup::Startswith => "starts with (same case)",
        Lookup::Istartswith => "starts with",
        Lookup::Endswith => "ends with (same case)",
        Lookup::Iendswith => "ends with",
        Lookup::Regex => "matches (same case)",
        Lookup::Iregex => "matches",
        Lookup::ContainedBy => "has only",
        Lookup::Overlaps => "has one of",
        Lookup::HasKey => "has the key",
        Lookup::Isnull => "is null",
        Lookup::Year => "in the year",
        Lookup::Month => "in the month",
        Lookup::Day => "on the day of the month",
        Lookup::Date => "on the day",
    }
}

impl FilterForm {
    /// Returns the form for the columns that may be filtered, with the values that the query string sets.
    pub(super) fn of(offer: &Offer, context: &PageContext<'_>) -> Self {
        let mut pairs: Vec<(String, String)> = LinkQuery(context.query)
            .pairs()
            .map(|(name, value, _)| (name.into_owned(), value.into_owned()))
            .collect();
        pairs.retain(|(name, _)| !Position::is_named(name));
        let visible = offer.model.numbered().filter(|(_, column)| !column.hidden);
        let filtered = visible.filter_map(|(number, column)| {
            let lookups = number.item(&offer.lookups)?;
            (!lookups.is_empty()).then_some((column, lookups.as_slice()))
        });
        let (mut fields, mut left_out) = (Vec::new(), 0);
        for (column, lookups) in filtered {
            if fields.len() == MOST_FIELDS {
                left_out += 1;
                continue;
            }
            fields.push(FilterField::of(fields.len(), column, lookups, &mut pairs));
        }
        Self {
            kept: pairs,
            fields,
            left_out,
        }
    }
}

impl FilterField {
    /// Returns the field of a column, and removes the pair that it shows from `pairs`.
    fn of(
        at: usize,
        column: &Column,
        lookups: &[Lookup],
        pairs: &mut Vec<(String, String)>,
    ) -> Self {
        let name = column.name();
        let id = format!("filter-{at}");
        let is_exact = lookups.contains(&Lookup::Exact);
        if let Some(choices) = choices(&column.ty).filter(|_| is_exact) {
            let chosen = take(pairs, |known, value| {
                known == name && choices.iter().any(|one| one == value)
            });
            let chosen = chosen.map(|(_, value)| value).unwrap_or_default();
            return Self {
                id,
                label: name.to_owned(),
                lookups: Vec::new(),
                input: FilterInput::Choice(parameter(name), options(&choices, &chosen)),
            };
        }
        if lookups == [Lookup::Isnull] {
            return Self::of_null(id, name, pairs);
        }
        // A comparison that needs no value is never the first, which a browser chooses by itself.
        let lookups_in_order = lookups.iter().copied();
        let (without_value, with_value): (Vec<_>, Vec<_>) =
            lookups_in_order.partition(|one| *one == Lookup::Isnull);
        let mut lookups_of_form = Vec::new();
        for lookup in with_value.into_iter().chain(without_value) {
            for (end, text) in uses(lookup, column) {
                lookups_of_form.push(FilterOption {
                    value: [name, "__", lookup.suffix(), end].concat(),
                    text: Cow::Borrowed(text),
                    is_chosen: false,
                });
            }
        }
        let value = choose(&mut lookups_of_form, name, pairs);
        Self {
            id,
            label: name.to_owned(),
            lookups: lookups_of_form,
            input: FilterInput::Typed {
                kind: kind(column, lookups),
                value,
            },
        }
    }

    /// Returns the field of a column that can only be compared with null, and removes the pair that it shows.
    fn of_null(id: String, name: &str, pairs: &mut Vec<(String, String)>) -> Self {
        let parameter = [name, "__", Lookup::Isnull.suffix()].concat();
        let chosen = take(pairs, |known, value| {
            known == parameter && matches!(value, "true" | "false")
        });
        let chosen = chosen.map(|(_, value)| value).unwrap_or_default();
        let option = |value: &str, text: &'static str| FilterOption {
            value: value.to_owned(),
            text: Cow::Borrowed(text),
            is_chosen: value == chosen,
        };
        let options = vec![
            option("", "any"),
            option("true", "is null"),
            option("false", "is not null"),
        ];
        Self {
            id,
            label: name.to_owned(),
            lookups: Vec::new(),
            input: FilterInput::Choice(parameter, options),
        }
    }
}

/// Chooses the option of the first pair that sets a filter of the column, removes the pair and returns its value. An
/// option that needs no value is a whole pair. Without such a pair, the search for a part of a text is chosen.
fn choose(options: &mut [FilterOption], column: &str, pairs: &mut Vec<(String, String)>) -> String {
    let position = |text: &str| options.iter().position(|option| option.value == text);
    let set = pairs.iter().enumerate().find_map(|(at, (name, value))| {
        if let Some(option) = position(&format!("{name}={value}")) {
            return Some((at, option, false));
        }
        let option = match name == column {
            true => position(&format!("{column}__exact")),
            false => position(name),
        };
        Some((at, option?, true))
    });
    let inside = || position(&format!("{column}__icontains"));
    let chosen = set.map(|(_, option, _)| option).or_else(inside);
    if let Some(option) = chosen.and_then(|at| options.get_mut(at)) {
        option.is_chosen = true;
    }
    match set {
        Some((at, _, true)) => pairs.remove(at).1,
        Some((at, _, false)) => {
            pairs.remove(at);
            String::new()
        }
        None => String::new(),
    }
}

/// Returns the name of a column's filter for equality; a column with the name of a parameter needs the lookup.
pub(super) fn parameter(column: &str) -> String {
    match Parameter::named(column) {
        Some(_) => format!("{column}__exact"),
        None => column.to_owned(),
    }
}

/// Returns the ways to use a lookup: each with the end of the pair that needs no value, and words.
fn uses(lookup: Lookup, column: &Column) -> impl Iterator<Item = (&'static str, &'static str)> {
    let uses = match lookup {
        Lookup::Contains if column.ty != Type::Text => [Some(("", "contains")), None],
        Lookup::Isnull => [Some(("=true", "is null")), Some(("=false", "is not null"))],
        lookup => [Some(("", short(lookup))), None],
    };
    uses.into_iter().flatten()
}

/// Removes the first pair for which `is_it` holds.
fn take(
    pairs: &mut Vec<(String, String)>,
    is_it: impl Fn(&str, &str) -> bool,
) -> Option<(String, String)> {
    let at = pairs.iter().position(|(name, value)| is_it(name, value))?;
    Some(pairs.remove(at))
}

fn options(choices: &[String], chosen: &str) -> Vec<FilterOption> {
    let any = FilterOption {
        value: String::new(),
        text: Cow::Borrowed("any"),
        is_chosen: false,
    };
    let all = choices.iter().map(|choice| FilterOption {
        value: choice.clone(),
        text: Cow::Owned(choice.clone()),
        is_chosen: choice == chosen,
    });
    std::iter::once(any).chain(all).collect()
}

/// Returns the type of the input field for a column's filters. A date input cannot hold two dates or a year.
fn kind(column: &Column, lookups: &[Lookup]) -> &'static str {
    let takes_other = |lookup: &Lookup| {
        matches!(
            lookup,
            Lookup::In | Lookup::Range | Lookup::Year | Lookup::Month | Lookup::Day
        )
    };
    let is_date = column.ty == Type::Date && !lookups.iter().any(takes_other);
    if is_date { "date" } else { "text" }
}
