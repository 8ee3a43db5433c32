//! What a filter's name says: `year`, `year__gte`, `built__year__in`, `id`.
//!
//! The longest column name wins; then comes at most one lookup, or a part of a date and a lookup.

use super::{Lookup, OF_A_LIST, Offer, Pair, hint};
use crate::error::Code;

/// What a filter's name says: which column, which part of its date, which comparison. The order of filters in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    pub(super) column: u16,
    /// By the key's second name, whose bytes are written as in a URL.
    pub(super) by_id: bool,
    pub(super) part: Option<Lookup>,
    pub(super) lookup: Lookup,
    pub(super) negated: bool,
}

/// Why a name is no filter.
pub(super) struct Refusal(pub(super) Code, pub(super) String);

impl Offer {
    /// Whether a column can be filtered at all.
    fn is_filter(&self, column: u16) -> bool {
        !self.allowed(column).is_empty()
    }

    /// The nearest of what a list can be asked.
    pub(super) fn parameters(&self, name: &str) -> String {
        let filters = self.names().filter(|(column, _)| self.is_filter(*column));
        let filters = filters.map(|(_, name)| name);
        let names: Vec<_> = filters.chain(OF_A_LIST.iter().copied()).collect();
        let near = hint::nearest(name, names.iter().copied());
        match name.split_once("__") {
            Some((column, _)) if near.is_empty() => hint::nearest(column, names),
            _ => near,
        }
    }

    fn allowed(&self, column: u16) -> &[Lookup] {
        self.lookups
            .get(usize::from(column))
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn target(&self, pair: &Pair<'_>) -> Result<Target, Refusal> {
        let name = &*pair.name;
        let Some((column, known)) = self
            .names()
            .filter(|(_, known)| after(name, known).is_some())
            .max_by_key(|(_, known)| known.len())
        else {
            return Err(self.no_column(name));
        };
        let (part, lookup) =
            self.lookups_of(column, known, after(name, known).unwrap_or_default())?;
        Ok(Target {
            column,
            by_id: self.id_member.as_deref() == Some(known),
            part,
            lookup,
            negated: pair.negated,
        })
    }

    fn no_column(&self, name: &str) -> Refusal {
        let label = &self.label;
        let relation = self
            .relations
            .iter()
            .find(|relation| after(name, &relation.name).is_some());
        match relation {
            Some(relation) => Refusal(
                Code::NotSupported,
                format!(
                    "{label} cannot be filtered through the relation `{}`",
                    relation.name
                ),
            ),
            None => Refusal(
                Code::UnknownParameter,
                format!("{label} has no filter `{}`", hint::shown(name)),
            ),
        }
    }

    /// Reads what follows the column's name: nothing, `__lookup`, `__part` or `__part__lookup`.
    fn lookups_of(
        &self,
        column: u16,
        known: &str,
        rest: &str,
    ) -> Result<(Option<Lookup>, Lookup), Refusal> {
        let allowed = self.allowed(column);
        let ty = self.model.at(column).map_or("", |column| column.ty.name());
        if allowed.is_empty() {
            let detail = format!("{} cannot be filtered by `{known}`", self.label);
            return Err(Refusal(Code::UnknownParameter, detail));
        }
        let mut suffixes = rest.split("__").skip(1);
        let (first, second, more) = (
            suffixes.next().unwrap_or("exact"),
            suffixes.next(),
            suffixes.next(),
        );
        let lookup = one_of(allowed, first, known, ty)?;
        match (second, more) {
            (None, _) if lookup.is_part() => Ok((Some(lookup), Lookup::Exact)),
            (None, _) => Ok((None, lookup)),
            (Some(second), None) if lookup.is_part() => {
                let ty = if lookup == Lookup::Date {
                    "date"
                } else {
                    "integer"
                };
                let part = format!("{known}__{first}");
                Ok((
                    Some(lookup),
                    one_of(Lookup::AFTER_A_PART, second, &part, ty)?,
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
}

/// What follows a name in a filter: nothing or a lookup.
pub(super) fn after<'a>(name: &'a str, known: &str) -> Option<&'a str> {
    name.strip_prefix(known)
        .filter(|rest| rest.is_empty() || rest.starts_with("__"))
}

/// The lookup of this suffix, if it is one of those allowed.
fn one_of(lookups: &[Lookup], suffix: &str, known: &str, ty: &str) -> Result<Lookup, Refusal> {
    let named = Lookup::named(suffix);
    if let Some(lookup) = named.filter(|lookup| lookups.contains(lookup)) {
        return Ok(lookup);
    }
    if matches!(named, Some(Lookup::Regex | Lookup::Iregex)) {
        let detail = format!("the lookup `{suffix}` is not offered: the database has no patterns");
        return Err(Refusal(Code::NotSupported, detail));
    }
    let suffixes = || lookups.iter().map(|lookup| lookup.suffix());
    let (near, suffix) = (hint::nearest(suffix, suffixes()), hint::shown(suffix));
    let detail = format!(
        "`{known}` is of type {ty} and has no lookup `{suffix}`{near}; its lookups are {}",
        hint::list(suffixes())
    );
    Err(Refusal(Code::UnknownLookup, detail))
}
