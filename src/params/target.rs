//! The target of a filter, read from its name: `year`, `year__gte`, `built__year__in`, `id`, `owner__name`,
//! `parts__isnull`.
//!
//! A name consists of relations, then usually a column, then at most one lookup, or a part of a date and a lookup.

use super::{
    hint,
    lookup::{Comparison, Lookup},
    offer::{Offer, Served},
    pairs::Pair,
    parameter::{Parameter, Reads},
    path::{NameMeaning, Path, Refusal},
    reading::QueryReader,
};
use crate::{
    error::Code,
    model::{Column, ColumnNumber},
    predicate::DatePart,
};

/// The parts of a filter such as `owner__built__year__gte`: its relations, columns, part of a date and lookup.
#[derive(Clone, Debug)]
pub(super) struct FilterTarget<'a> {
    pub(super) path: Path<'a>,
    pub(super) named: NameMeaning,
    /// The first of `columns`: the compared column, unless there are several.
    pub(super) column: ColumnNumber,
    /// The compared columns; several only for a whole key, or for `isnull` on a relation.
    pub(super) columns: Vec<ColumnNumber>,
    pub(super) part: Option<DatePart>,
    pub(super) lookup: Lookup,
    pub(super) negated: bool,
    /// The length of the parameter's name up to its lookup, in bytes.
    pub(super) name_bytes: usize,
}

impl<'a> FilterTarget<'a> {
    /// Splits the target's path of relations in two: the relations that lead to the row to which the condition applies,
    /// and those that the condition itself goes through.
    ///
    /// A column of a missing row is null. For `isnull`, the second part is therefore the to-one relations at the end of
    /// the path, so that the condition also selects rows whose related row is missing. Otherwise the second part is
    /// empty.
    pub(super) fn ways(&self) -> (&[&'a Served], &[&'a Served]) {
        let steps = self.path.steps.as_slice();
        let end = match self.comparison() {
            Comparison::Null => {
                let last = steps.iter().rposition(|step| step.join.many);
                last.map_or(0, |last| last + 1)
            }
            Comparison::Value(_)
            | Comparison::In
            | Comparison::Range
            | Comparison::Text(_)
            | Comparison::Array(_)
            | Comparison::Key
            | Comparison::Pattern { .. }
            | Comparison::DatePart(_) => steps.len(),
        };
        steps.split_at_checked(end).unwrap_or((steps, &[]))
    }

    /// Returns the kind of value with which the filter compares its column.
    pub(super) fn comparison(&self) -> Comparison {
        let column = self.path.offer.model.at(self.column);
        let of_array = column.is_some_and(|column| column.storage.array.is_some());
        self.lookup.comparison(of_array)
    }

    /// Returns a value that is equal for filters with the same target, such as two of `make`. Conditions are sorted by
    /// it, too.
    pub(super) fn identity(&self) -> impl Ord {
        let names = self.path.steps.iter().map(|step| step.name.as_str());
        let path: Vec<&str> = names.collect();
        (path, self.named, self.part, self.lookup, self.negated)
    }

    /// Whether each value of the filter is a whole key of several columns: the name is the viewset's `id_member`, such
    /// as `id`.
    pub(super) fn is_whole_key(&self) -> bool {
        self.named == NameMeaning::Id && self.columns.len() > 1
    }

    /// Returns the number of column values in one item of the filter's value: 2 for a key of two columns, such as
    /// `1,7`.
    pub(super) fn width(&self) -> usize {
        if self.is_whole_key() {
            self.columns.len()
        } else {
            1
        }
    }

    /// Returns the most items that an `in` list may have, so that it binds at most `values` column values; at least 1.
    pub(super) fn most_items(&self, values: usize) -> usize {
        (values / self.width()).max(1)
    }

    /// Whether the filter is on this column of the list's own rows, by its name or by that of a relation.
    pub(super) fn is_on(&self, column: ColumnNumber) -> bool {
        self.path.steps.is_empty() && self.columns == [column]
    }

    pub(super) fn is_equality(&self) -> bool {
        self.lookup == Lookup::Exact && self.part.is_none()
    }
}

impl<'a> QueryReader<'a> {
    /// Returns the parts of a filter (relations, columns, lookup), read from the name of its parameter, such as
    /// `owner__name__contains`.
    pub(super) fn target(&self, pair: &Pair<'_>) -> Result<FilterTarget<'a>, Refusal> {
        let name = &*pair.name;
        let (mut path, mut read) = (Path::at(self.offer), 0);
        loop {
            let rest = name.get(read..).unwrap_or_default();
            let Some((named, known)) = path.offer.first(rest) else {
                return Err(self.no_filter(path.offer, name, read));
            };
            let end = read + known.len();
            self.check_allowed(path.offer, named, name.get(..end).unwrap_or_default())?;
            let NameMeaning::Relation(relation) = named else {
                return self.ends(pair, path, named, end);
            };
            let rest = name.get(end + 2..);
            let Some((rest, next)) = rest.zip(path.next(relation, self.world)) else {
                return self.ends(pair, path, named, end);
            };
            if next.offer.first(rest).is_some() {
                self.offer.check_relations(name, next.steps.len())?;
                (path, read) = (next, end + 2);
                continue;
            }
            let first = rest.split("__").next().unwrap_or_default();
            if Lookup::named(first).is_none() {
                return Err(self.no_filter(next.offer, name, end + 2));
            }
            return self.ends(pair, path, named, end);
        }
    }

    /// Builds the target of a name whose relations and column are already read; `end` is the byte index where its
    /// lookup begins.
    fn ends(
        &self,
        pair: &Pair<'_>,
        mut path: Path<'a>,
        mut named: NameMeaning,
        end: usize,
    ) -> Result<FilterTarget<'a>, Refusal> {
        let (known, rest) = pair.name.split_at_checked(end).unwrap_or_default();
        let (part, lookup) = path.offer.lookups_of(named, known, rest)?;
        if let NameMeaning::Relation(relation) = named
            && path.offer.leads_to_many(relation)
        {
            let Some(next) = path.next(relation, self.world) else {
                return Err(self.no_filter(self.offer, &pair.name, 0));
            };
            self.offer.check_relations(&pair.name, next.steps.len())?;
            if lookup != Lookup::Isnull {
                (path, named) = (next, NameMeaning::Key);
            }
        }
        let columns = path.offer.columns(named);
        let Some(column) = columns.first().copied() else {
            return Err(self.no_filter(self.offer, &pair.name, 0));
        };
        Ok(FilterTarget {
            named,
            column,
            columns,
            part,
            lookup,
            negated: pair.negated,
            name_bytes: end,
            path,
        })
    }

    fn check_allowed(&self, offer: &Offer, named: NameMeaning, known: &str) -> Result<(), Refusal> {
        if !offer.allowed(named).is_empty() {
            return Ok(());
        }
        let detail = format!("{} cannot be filtered by `{known}`", self.offer.label);
        Err(Refusal(Code::UnknownParameter, detail))
    }

    /// Returns the error of a name that is no filter. Its relations end at the byte index `read`; the place that they
    /// lead to, with the offer `offer`, has no filter for the rest.
    fn no_filter(&self, offer: &Offer, name: &str, read: usize) -> Refusal {
        let (before, rest) = name.split_at_checked(read).unwrap_or_default();
        let filters = offer
            .names()
            .filter(|(named, _)| !offer.allowed(*named).is_empty());
        let names: Vec<&str> = filters.map(|(_, name)| name).collect();
        let is_parameter = read == 0 && !self.inside_group;
        let reserved = Parameter::of(Reads::List).filter(|one| is_parameter && offer.offers(*one));
        let reserved: Vec<&str> = reserved.map(Parameter::name).collect();
        let written = |name: &str| offer.written(before, name);
        let first = rest.split_once("__").map(|(first, _)| first);
        let parameter = first.filter(|first| reserved.contains(first));
        let all = names.iter().chain(&reserved).copied();
        let all = all.filter(|name| Some(*name) != parameter);
        let mut near = hint::nearest_as(rest, all, written);
        if let Some(first) = first.filter(|_| near.is_empty()) {
            near = hint::nearest_as(first, names, written);
        }
        if let Some(parameter) = parameter.filter(|_| near.is_empty()) {
            near = format!("; `{parameter}` is a parameter, which takes no lookup");
        }
        let detail = format!(
            "{} has no filter `{}`{near}",
            self.offer.label,
            hint::shown(name)
        );
        Refusal(Code::UnknownParameter, detail)
    }
}

impl Offer {
    /// Whether the viewset accepts a reserved parameter of lists.
    pub(crate) fn offers(&self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::PageSize | Parameter::Limit => {
                self.pages.accepts(parameter) && !self.pages.fixed
            }
            Parameter::Page | Parameter::Offset | Parameter::Cursor | Parameter::Count => {
                self.pages.accepts(parameter)
            }
            Parameter::Fields => !self.fixed_fields,
            Parameter::Search => !self.search.is_empty(),
            Parameter::Expand => !self.relations.is_empty(),
            Parameter::Or | Parameter::And | Parameter::Not => self.groups,
            Parameter::Ordering | Parameter::SortBy | Parameter::Format => true,
            Parameter::Facet => !self.summaries.facets.is_empty(),
            Parameter::Aggregate => self.summaries.aggregates.is_some(),
            Parameter::GroupBy => self.summaries.offers_groups(),
            Parameter::Form => false,
        }
    }

    /// Returns the name of a filter by a name of this offer, for error messages: `before` and the name, with a lookup,
    /// as in `page__exact`, if the plain name is reserved, ends with `!`, or cannot be compared for equality.
    fn written(&self, before: &str, name: &str) -> String {
        let named = self.named(name);
        let ours = Parameter::named(name).filter(|_| before.is_empty());
        let is_taken = |one: Parameter| one.is_of(Reads::List) && self.offers(one);
        if named.is_none() || ours.is_some_and(is_taken) {
            return hint::in_a_query(name);
        }
        let allowed = named.map_or(&[][..], |named| self.allowed(named));
        let lookup = allowed.iter().find(|lookup| **lookup == Lookup::Exact);
        let lookup = lookup.or(allowed.first());
        let is_plain = lookup == Some(&Lookup::Exact) && ours.is_none() && !name.ends_with('!');
        let name = hint::in_a_query(&format!("{before}{name}"));
        match lookup {
            Some(lookup) if !is_plain => format!("{name}__{}", lookup.suffix()),
            _ => name,
        }
    }

    /// Returns the viewset's `id_member` with its lookups; `None` if lists cannot be filtered by it.
    pub(crate) fn id_filter(&self) -> Option<(&str, &[Lookup])> {
        let lookups = self.allowed(NameMeaning::Id);
        let id = self.id_member.as_deref()?;
        (!lookups.is_empty()).then_some((id, lookups))
    }

    /// Returns the allowed lookups of a name; empty if lists cannot be filtered by it.
    pub(super) fn allowed(&self, named: NameMeaning) -> &[Lookup] {
        let of_column =
            |column: &ColumnNumber| column.item(&self.lookups).map_or(&[][..], Vec::as_slice);
        match named {
            NameMeaning::Column(column) => of_column(&column),
            NameMeaning::Id => match self.url_key.as_slice() {
                [] => &[],
                [column] => of_column(column),
                columns if columns.iter().all(|column| !of_column(column).is_empty()) => WHOLE_KEY,
                _ => &[],
            },
            NameMeaning::Key => WHOLE_KEY,
            NameMeaning::Relation(at) => match self.relations.get(at) {
                Some(relation) if !relation.filtered => &[],
                Some(relation) if relation.is_named_by_a_value(&self.model) => BY_A_VALUE,
                Some(_) => THERE_OR_NOT,
                None => &[],
            },
        }
    }

    /// Reads what follows the known name of a filter: nothing, `__lookup`, `__part` or `__part__lookup`, as in
    /// `built__year__gte`. Returns the part of a date, if any, and the lookup.
    fn lookups_of(
        &self,
        named: NameMeaning,
        known: &str,
        rest: &str,
    ) -> Result<(Option<DatePart>, Lookup), Refusal> {
        let mut suffixes = rest.split("__").skip(1);
        let (first, second, more) = (
            suffixes.next().unwrap_or("exact"),
            suffixes.next(),
            suffixes.next(),
        );
        let lookup = one_of(self.allowed(named), first, known, || self.kind(named))?;
        match (second, lookup.part()) {
            (None, Some(part)) => Ok((Some(part), Lookup::Exact)),
            (None, None) => Ok((None, lookup)),
            (Some(second), Some(of_date)) if more.is_none() => {
                let kind = match of_date {
                    DatePart::Date => "of type date",
                    DatePart::Year | DatePart::Month | DatePart::Day => "of type integer",
                };
                let part = format!("{known}__{first}");
                Ok((
                    Some(of_date),
                    one_of(Lookup::AFTER_A_PART, second, &part, || kind.to_owned())?,
                ))
            }
            (Some(second), _) => {
                let detail = format!(
                    "`{known}__{first}` takes no further lookup, so `{}` cannot follow it",
                    hint::shown(second)
                );
                Err(Refusal(Code::UnknownLookup, detail))
            }
        }
    }

    /// Describes what a name stands for, for error messages: `of type text`, `a relation`.
    fn kind(&self, named: NameMeaning) -> String {
        if let NameMeaning::Relation(_) = named {
            let by_a_value = self.allowed(named) == BY_A_VALUE;
            let kind = if by_a_value {
                "a relation"
            } else {
                "a relation whose rows no single value names"
            };
            return kind.to_owned();
        }
        match self.columns(named).as_slice() {
            [column] => {
                let ty = self.model.at(*column).map_or("", Column::type_name);
                format!("of type {ty}")
            }
            columns => format!("a key of {} columns", columns.len()),
        }
    }
}

/// The lookups of the viewset's `id_member`, if it stands for a key of several columns.
const WHOLE_KEY: &[Lookup] = &[Lookup::Exact, Lookup::In];

/// The lookups of a relation whose related rows a single value identifies, as in `owner=7`.
const BY_A_VALUE: &[Lookup] = &[Lookup::Exact, Lookup::In, Lookup::Isnull];

/// The lookups of a relation whose related rows no single value identifies.
const THERE_OR_NOT: &[Lookup] = &[Lookup::Isnull];

/// Returns the lookup with a suffix if it is among `lookups`, else an error. `known` is the name before the suffix, and
/// `kind` describes it in the error.
fn one_of(
    lookups: &[Lookup],
    suffix: &str,
    known: &str,
    kind: impl Fn() -> String,
) -> Result<Lookup, Refusal> {
    let named = Lookup::named(suffix);
    if let Some(lookup) = named.filter(|lookup| lookups.contains(lookup)) {
        return Ok(lookup);
    }
    if named.is_some_and(Lookup::is_pattern) {
        let detail = format!(
            "`{known}` is {} and does not offer the lookup `{suffix}`",
            kind()
        );
        return Err(Refusal(Code::NotSupported, detail));
    }
    let suffixes = || lookups.iter().map(|lookup| lookup.suffix());
    let all = format!("its lookups are {}", hint::list(suffixes()));
    let all = hint::followed(&hint::nearest(suffix, suffixes()), &all);
    let suffix = hint::shown(suffix);
    let detail = format!("`{known}` is {} and has no lookup `{suffix}`{all}", kind());
    Err(Refusal(Code::UnknownLookup, detail))
}
