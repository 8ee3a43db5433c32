//! The columns that rows are grouped by: `group_by=make,owner__city,built__year`.
//!
//! A name goes through to-one relations to a column, or to a part of its date. Rows whose column is null form a group; so
//! do those without a related row.

use super::{
    hint,
    lookup::Lookup,
    offer::{Offer, World},
    order::Step,
    parameter::Parameter,
    path::{NameMeaning, Path, Refusal},
    reading::QueryReader,
};
use crate::{
    error::Code,
    model::{Column, ColumnNumber},
    predicate::DatePart,
};

/// A column that rows are grouped by, or a part of its date.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) struct GroupTerm {
    /// The name, as it was sent. It is the name of the member, too.
    pub(crate) name: String,
    /// The to-one relations that lead to the column's model; empty for a column of the list's own model.
    pub(crate) through: Vec<Step>,
    pub(crate) column: ColumnNumber,
    pub(crate) part: Option<DatePart>,
}

impl QueryReader<'_> {
    /// Returns the terms that `group_by` names; none if it was not sent, or is not offered.
    pub(super) fn group_by(&mut self) -> Vec<GroupTerm> {
        let offer = self.offer;
        let Some(pair) = self
            .reserved(Parameter::GroupBy)
            .filter(|_| offer.offers(Parameter::GroupBy))
        else {
            return Vec::new();
        };
        let example: Vec<_> = (offer.group_names().take(2).map(hint::in_a_list)).collect();
        let Some(items) = self.names(&pair, offer.limits.aggregates, &example) else {
            return Vec::new();
        };
        let mut terms: Vec<GroupTerm> = Vec::new();
        for item in items {
            match offer.group_term(&item.text, self.world) {
                Ok(term) if terms.iter().any(|other| other.name == term.name) => {
                    let name = hint::shown(&item.text);
                    let detail = format!("`group_by` names `{name}` more than once");
                    self.fault("group_by", Code::Repeated, detail);
                }
                Ok(term) => terms.push(term),
                Err(Refusal(code, detail)) => self.fault("group_by", code, detail),
            }
        }
        terms
    }
}

impl Offer {
    /// Returns what a name such as `owner__city` or `built__year` groups rows by.
    fn group_term(&self, name: &str, world: &dyn World) -> Result<GroupTerm, Refusal> {
        let (mut path, mut rest) = (Path::at(self), name);
        loop {
            let Some((named, known)) = path.offer.first(rest) else {
                return Err(self.no_group(path.offer, name, rest));
            };
            let after = rest.get(known.len()..).unwrap_or_default();
            let after = after.strip_prefix("__").unwrap_or_default();
            match named {
                NameMeaning::Column(column) => {
                    if !path.offer.summaries.groups.contains(&column) {
                        return Err(self.no_group(path.offer, name, rest));
                    }
                    return Ok(GroupTerm {
                        name: name.to_owned(),
                        part: path.offer.date_part(column, name, after)?,
                        through: path.to_one_steps(world),
                        column,
                    });
                }
                NameMeaning::Relation(relation) => {
                    let next = path.next(relation, world);
                    let Some(next) = next.filter(|_| !after.is_empty()) else {
                        return Err(self.no_group(path.offer, name, rest));
                    };
                    self.check_grouped(&next, name)?;
                    (path, rest) = (next, after);
                }
                NameMeaning::Id | NameMeaning::Key => {
                    return Err(self.no_group(path.offer, name, rest));
                }
            }
        }
    }

    /// Returns an error if rows cannot be grouped through the last relation of the name's path, or if the path is too
    /// long.
    fn check_grouped(&self, path: &Path<'_>, name: &str) -> Result<(), Refusal> {
        let Some(served) = path.steps.last() else {
            return Ok(());
        };
        let (label, relation) = (&self.label, &served.name);
        if served.join.many {
            let detail = format!(
                "{label} cannot be grouped by `{}`: a row may have several `{relation}`",
                hint::shown(name)
            );
            return Err(Refusal(Code::UnknownField, detail));
        }
        if !served.grouped {
            let detail = format!("{label} cannot be grouped through the relation `{relation}`");
            return Err(Refusal(Code::UnknownField, detail));
        }
        self.check_relations(name, path.steps.len())
    }

    /// Reads what follows the name of a column: nothing, or a part of its date.
    fn date_part(
        &self,
        column: ColumnNumber,
        name: &str,
        after: &str,
    ) -> Result<Option<DatePart>, Refusal> {
        if after.is_empty() {
            return Ok(None);
        }
        let column = self.model.at(column);
        let suits = |lookup: &Lookup| column.is_some_and(|column| lookup.suits(column));
        let parts = Lookup::ALL.iter().map(|(lookup, ..)| *lookup);
        let parts = parts.filter(|lookup| lookup.part().is_some() && suits(lookup));
        let parts: Vec<_> = parts.map(Lookup::suffix).collect();
        if parts.contains(&after) {
            return Ok(Lookup::named(after).and_then(Lookup::part));
        }
        let name = hint::shown(name);
        let detail = match parts.is_empty() {
            true => format!(
                "`group_by` is `{name}`, but a column of type {} has no parts",
                column.map_or("", Column::type_name)
            ),
            false => format!(
                "`group_by` is `{name}`, but a date has only the parts {}",
                hint::list(parts)
            ),
        };
        Err(Refusal(Code::UnknownField, detail))
    }

    /// Returns the error of a name by which rows cannot be grouped. `rest` is the part of the name after its relations,
    /// which lead to the place with the offer `offer`.
    fn no_group(&self, offer: &Self, name: &str, rest: &str) -> Refusal {
        let before = name.strip_suffix(rest).unwrap_or_default();
        let written = |name: &str| hint::in_a_list(&format!("{before}{name}"));
        let near = hint::nearest_as(rest, offer.group_names(), written);
        let all = match offer.group_names().next() {
            Some(_) => {
                let names = hint::list_as(offer.group_names(), written);
                hint::followed(&near, &format!("it can be grouped by {names}"))
            }
            None => near,
        };
        let (label, name) = (&self.label, hint::shown(name));
        let detail = format!("{label} cannot be grouped by `{name}`{all}");
        Refusal(Code::UnknownField, detail)
    }

    /// Returns the names of the columns that rows can be grouped by.
    fn group_names(&self) -> impl Iterator<Item = &str> {
        let groups = self.summaries.groups.iter();
        groups.filter_map(|number| self.model.at(*number).map(Column::name))
    }
}
