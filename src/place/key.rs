//! The columns that identify an object in a URL: those of the key whose values neither the parent object nor the
//! request provides.

use std::sync::Arc;

use super::{
    PlaceDraft,
    nesting::{Nesting, nesting_join},
};
use crate::{
    keys::GivenKeys,
    model::{Column, ColumnNumber, Join, Model},
};

/// Where a draft (a place being built) is in the URLs: the place that it is nested under, and the columns that identify
/// its objects.
pub(super) struct Site {
    pub(super) nesting: Option<Nesting>,
    pub(super) url_key: Vec<ColumnNumber>,
    /// Whether there is at most one object under each parent, as `/cars/1/engine/`, so that the parent's key identifies
    /// it.
    pub(super) is_single: bool,
    pub(super) given: Option<GivenKeys>,
}

impl Site {
    /// Returns the site (the position in the URLs) of every draft (a place being built). A nested draft must come after
    /// its parent.
    pub(super) fn all(drafts: &[PlaceDraft], mistakes: &mut Vec<String>) -> Vec<Self> {
        let mut sites: Vec<Self> = Vec::new();
        for draft in drafts {
            let nesting = draft.parent.and_then(|parent| {
                let above = parent.item(drafts).zip(parent.item(&sites));
                if let Some((above, _)) = above.filter(|(_, site)| site.url_key.is_empty())
                    && above.model.is_keyless()
                {
                    mistakes.push(format!(
                        "{} cannot be nested at `{}` under {}: no key names a row of it",
                        draft.model.name(),
                        draft.name,
                        above.model.name()
                    ));
                }
                let join = nesting_join(draft, parent.item(drafts)?, mistakes)?;
                let known = known(&join, parent.item(&sites)?);
                let join = Arc::new(join);
                Some(Nesting {
                    parent,
                    join,
                    known,
                })
            });
            sites.push(Self::of(draft, nesting, mistakes));
        }
        sites
    }

    fn of(draft: &PlaceDraft, nesting: Option<Nesting>, mistakes: &mut Vec<String>) -> Self {
        let from_parent = nesting.iter().flat_map(|nesting| &nesting.known);
        let from_parent: Vec<ColumnNumber> = from_parent.map(|(here, _)| *here).collect();
        let key = draft.model.key().iter().copied();
        let left: Vec<ColumnNumber> = key.filter(|part| !from_parent.contains(part)).collect();
        let is_named = !draft.model.is_keyless() && draft.viewset.lookup_field.is_none();
        let is_single = left.is_empty() && is_named && nesting.is_some();
        let (url_key, given) = match is_single {
            true => (Vec::new(), None),
            false => draft.split(&left, mistakes),
        };
        let url_key = match &draft.viewset.lookup_field {
            Some(name) => draft.lookup_column(name, mistakes).into_iter().collect(),
            None => url_key,
        };
        let given = given.zip(draft.viewset.other_keys.clone());
        Self {
            nesting,
            url_key,
            is_single,
            given: given.map(|(columns, by)| GivenKeys { columns, by }),
        }
    }

    /// Returns the columns whose values are known from the URL of an object of this site and from the rest of the
    /// request.
    fn known_columns(&self) -> impl Iterator<Item = ColumnNumber> {
        let nesting = self.nesting.iter().flat_map(|nesting| &nesting.known);
        let given = self.given.iter().flat_map(|given| &given.columns);
        let own = self.url_key.iter().chain(given).copied();
        own.chain(nesting.map(|(here, _)| *here))
    }
}

/// Returns those pairs of `join`, a column and the parent's column, whose common value is known from the URL of the
/// parent object or from the rest of the request.
fn known(join: &Join, parent: &Site) -> Vec<(ColumnNumber, ColumnNumber)> {
    let said: Vec<ColumnNumber> = parent.known_columns().collect();
    let pairs = join.on.iter().copied();
    pairs.filter(|(_, there)| said.contains(there)).collect()
}

impl PlaceDraft {
    /// Splits `left`, the key columns whose values the parent object does not provide, into those whose values are in
    /// the URL and those whose values the closure of `ViewSet::other_keys` takes from the request's head.
    fn split(
        &self,
        left: &[ColumnNumber],
        mistakes: &mut Vec<String>,
    ) -> (Vec<ColumnNumber>, Option<Vec<ColumnNumber>>) {
        let columns = &self.viewset.other_key_columns;
        if self.viewset.other_keys.is_none() {
            if !columns.is_empty() {
                mistakes.push(format!(
                    "{}: `.other_key_columns(…)` needs `.other_keys(…)`, which gives their values",
                    self.model.name()
                ));
            }
            return (left.to_vec(), None);
        }
        if !columns.is_empty() {
            let given = self.named(columns, "other_key_columns", mistakes);
            self.check_given(&given, mistakes);
            let rest: Vec<ColumnNumber> = left
                .iter()
                .copied()
                .filter(|part| !given.contains(part))
                .collect();
            if rest.is_empty() && self.viewset.lookup_field.is_none() {
                mistakes.push(format!(
                    "KeyNotFound: {}: the request gives every part of the key, so nothing is left to name an object by",
                    self.model.name()
                ));
            }
            return (rest, Some(given));
        }
        self.default_split(left, mistakes)
    }

    /// Checks that the columns whose values the request gives are stored, since new rows get these values.
    fn check_given(&self, given: &[ColumnNumber], mistakes: &mut Vec<String>) {
        let columns = given.iter().filter_map(|number| self.model.at(*number));
        for column in columns.filter(|column| column.computed.is_some()) {
            mistakes.push(format!(
                "{}: `.other_key_columns(…)` names `{}`, which is computed, so a row cannot get the value of a request",
                self.model.name(),
                column.name
            ));
        }
    }

    /// Splits `left` as [`split`](Self::split) does, but without `.other_key_columns(…)`: the URL contains the value of
    /// `{model}_id`, or else of the `pk_field`, and the request provides the values of the others.
    fn default_split(
        &self,
        left: &[ColumnNumber],
        mistakes: &mut Vec<String>,
    ) -> (Vec<ColumnNumber>, Option<Vec<ColumnNumber>>) {
        let name = self.model.name();
        if self.model.key().is_empty() {
            // The missing key is already reported as a mistake.
            return (Vec::new(), None);
        }
        let mut tried = vec![
            format!("{}_id", name.to_lowercase()),
            format!("{}_id", snake_case(name)),
        ];
        tried.dedup();
        let is_left = |column: &ColumnNumber| left.contains(column);
        let by_name = tried.iter().filter_map(|name| self.model.stored(name));
        let found = by_name.chain(self.pk_field).find(is_left);
        let Some(found) = found else {
            let columns = left.iter().filter_map(|part| self.model.at(*part));
            let columns: Vec<_> = columns.map(Column::name).collect();
            mistakes.push(format!(
                "KeyNotFound: {name}: `.other_keys(…)` does not say which parts of the key ({}) it gives, and none is \
                 named `{}` or by `.pk_field(…)`; say which with `.other_key_columns(…)`",
                columns.join(", "),
                tried.join("` or `"),
            ));
            return (Vec::new(), None);
        };
        let others: Vec<ColumnNumber> =
            left.iter().copied().filter(|part| *part != found).collect();
        if others.is_empty() {
            mistakes.push(format!(
                "{name}: the URL says the whole key, so `.other_keys(…)` gives no part of it; say which columns it \
                 gives with `.other_key_columns(…)`"
            ));
        }
        (vec![found], Some(others))
    }

    /// Returns the column that `.lookup_field(…)` names; it should be unique and of a type that a URL can contain.
    fn lookup_column(&self, name: &str, mistakes: &mut Vec<String>) -> Option<ColumnNumber> {
        let number = self
            .named(&[name.to_owned()], "lookup_field", mistakes)
            .first()
            .copied()?;
        let column = self.model.at(number)?;
        let model = self.model.name();
        if !column.unique {
            mistakes.push(format!(
                "{model}: the lookup field `{name}` is not unique, so it could name several rows; declare it unique"
            ));
        }
        if !Model::can_name(&column.ty) {
            mistakes.push(format!(
                "{model}: the lookup field `{name}` is of type {}, whose values no URL can name exactly",
                column.type_name()
            ));
        }
        Some(number)
    }
}

/// Converts `CarPart` to `car_part`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, char) in name.chars().enumerate() {
        if char.is_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn a_models_name_is_split_at_its_capitals() {
        assert_eq!(snake_case("CarPart"), "car_part");
        assert_eq!(snake_case("car"), "car");
    }
}
