//! The offer of a viewset, checked: filters, orderings, search, pages and member names.

use std::sync::Arc;

use http::HeaderName;

use super::PlaceDraft;
use crate::{
    cell::Type,
    model::{Column, ColumnNumber},
    params::{
        Count, Lookup, Offer, Order, Pages, Parameter, Served, is_comparable, is_nameable, term,
    },
    representation::IntegersAsText,
    viewset::ViewSet,
};

impl PlaceDraft {
    /// Checks that the names of relations and the `id_member` are usable and not taken by other members.
    pub(super) fn check_members(
        &self,
        relations: &[Served],
        url_key: &[ColumnNumber],
        mistakes: &mut Vec<String>,
    ) {
        let model = self.model.name();
        let id = self.id_member(url_key);
        let no_member = |name: &&str| !is_nameable(name) || *name == "href" || name.contains("__");
        if let Some(id) = id.filter(|id| no_member(id) || Parameter::named(id).is_some()) {
            mistakes.push(format!("{model}: `{id}` cannot be the `id_member`"));
        }
        if let Some(id) = id.filter(|id| self.model.member(id).is_some()) {
            mistakes.push(format!(
                "{model}: the `id_member` has the name of the column `{id}`, which is not the key in URLs"
            ));
        }
        if id.is_some() && self.model.is_keyless() && self.viewset.lookup_field.is_none() {
            mistakes.push(format!(
                "{model}: there is no key that an `id_member` could show"
            ));
        }
        for (at, relation) in relations.iter().enumerate() {
            let name = relation.name.as_str();
            let is_taken = relations.iter().take(at).any(|other| other.name == name)
                || id == Some(name)
                || self.model.member(name).is_some();
            let why = if is_taken || name == "href" {
                "is taken"
            } else if no_member(&name) {
                "no URL can name without ambiguity"
            } else {
                continue;
            };
            mistakes.push(format!(
                "{model}: {}",
                self.name_it_otherwise(relation, why)
            ));
        }
    }

    /// Returns the name of the `id_member`; `None` if the key in URLs is a single column with this name, which shows it
    /// already.
    fn id_member(&self, url_key: &[ColumnNumber]) -> Option<&str> {
        let id = self.viewset.id_member.as_deref()?;
        let named = self.model.member(id);
        let is_key = named.is_some_and(|column| *url_key == [column]);
        (!is_key).then_some(id)
    }

    /// Returns a message that tells how to rename a relation whose name is unusable. `why` completes "would be named …,
    /// which …".
    fn name_it_otherwise(&self, relation: &Served, why: &str) -> String {
        let (name, join) = (&relation.name, &relation.join);
        let table = join.target.table();
        if !join.many {
            let mut here = join.here().filter_map(|at| self.model.at(at));
            let column = here.next().map_or("", Column::name);
            return format!(
                "the relation by `{column}` would be named `{name}`, which {why}; name it with \
                 `.relation(\"…\", \"{column}\", …)`"
            );
        }
        let method = match join.junction {
            Some(_) => "many_through",
            None => "many",
        };
        format!(
            "the relation to the rows of `{table}` would be named `{name}`, which {why}; name it with \
             `.{method}(\"…\", \"{table}\", …)`"
        )
    }

    pub(super) fn check_pages(&self, mistakes: &mut Vec<String>) {
        let ViewSet {
            page_size,
            max_page_size,
            ..
        } = self.viewset;
        let model = self.model.name();
        if page_size == 0 || page_size > max_page_size {
            mistakes.push(format!(
                "{model}: the page size is {page_size}, but must be from 1 to the maximum of {max_page_size}"
            ));
        }
        if max_page_size > LARGEST_PAGE {
            mistakes.push(format!(
                "{model}: the maximum page size is {max_page_size}, but a page is held in memory, so at most \
                 {LARGEST_PAGE}"
            ));
        }
        if !self.viewset.numbered && !self.viewset.windows && !self.viewset.cursors {
            mistakes.push(format!(
                "{model}: without numbered pages, a list needs `limit_offset_pages` or `cursor_pages`"
            ));
        }
        if self.viewset.cursors && self.model.is_keyless() {
            mistakes.push(format!(
                "{model}: `cursor_pages` needs a key, which tells rows apart that are otherwise ordered alike"
            ));
        }
        let counts = self.viewset.count_choices.all().chain([self.viewset.count]);
        for count in counts {
            if let Count::Capped(most) = count
                && !(1..=LARGEST_CAP).contains(&most)
            {
                mistakes.push(format!(
                    "{model}: rows are counted up to {most}, but the cap must be from 1 to {LARGEST_CAP}"
                ));
            }
        }
        for name in &self.viewset.vary {
            if HeaderName::try_from(name.as_str()).is_err() {
                mistakes.push(format!(
                    "{model}: `.vary(…)` names `{name}`, which is no name of a header"
                ));
            }
        }
        let limits = self.viewset.limits.check();
        mistakes.extend(limits.into_iter().map(|words| format!("{model}: {words}")));
    }

    pub(super) fn offer(
        &self,
        mut relations: Vec<Served>,
        url_key: &[ColumnNumber],
        mistakes: &mut Vec<String>,
    ) -> Offer {
        let viewset = &self.viewset;
        for relation in &mut relations {
            let among = |names: &Option<Vec<String>>| {
                names
                    .as_ref()
                    .is_none_or(|names| names.contains(&relation.name))
            };
            relation.filtered = among(&viewset.filters);
            let grouped = viewset.group_by.contains(&relation.name);
            relation.grouped = grouped && !relation.join.many;
            relation.ordered = among(&viewset.orderings) && !relation.join.many;
        }
        let is_column = |name: &&String| !relations.iter().any(|one| one.name == **name);
        let columns = |names: &Option<Vec<String>>| {
            let names = names.as_ref()?.iter().filter(is_column);
            Some(names.cloned().collect::<Vec<_>>())
        };
        let (filters, orderings) = (columns(&viewset.filters), columns(&viewset.orderings));
        let lookups = self.lookups(filters.as_deref(), mistakes);
        let orderable = self.orderable(orderings.as_deref(), mistakes);
        let search = self.search(mistakes);
        Offer {
            label: if self.name.is_empty() {
                self.model.name().to_owned()
            } else {
                self.name.clone()
            },
            model: self.model.clone(),
            lookups,
            orderable,
            default_order: Vec::new(),
            full_text: self.full_text(&search, &relations, mistakes),
            search,
            groups: viewset.groups,
            summaries: self.summaries(&relations, mistakes),
            pages: Pages {
                size: viewset.page_size,
                largest: viewset.max_page_size,
                fixed: viewset.fixed_page_size,
                count: viewset.count,
                choices: viewset.count_choices,
                numbered: viewset.numbered,
                windows: viewset.windows,
                cursors: viewset.cursors,
                headers: viewset.page_headers,
                export: viewset.export,
            },
            limits: viewset.limits.clone(),
            formats: Arc::clone(&self.formats),
            ignored: viewset.ignored.clone(),
            lenient: viewset.lenient,
            integers_as_text: viewset.integers_as_text != IntegersAsText::None,
            id_member: self.id_member(url_key).map(str::to_owned),
            url_key: url_key.to_vec(),
            is_single: false,
            relations,
            camel_case: false,
            links_only: viewset.links_only,
            fixed_fields: viewset.fixed_fields,
        }
    }

    /// Returns the allowed lookups of each column. `named` are the columns that lists may be filtered by; `None` stands
    /// for all.
    fn lookups(&self, named: Option<&[String]>, mistakes: &mut Vec<String>) -> Vec<Vec<Lookup>> {
        let named = named.map(|names| self.named(names, "filters", mistakes));
        let lacks_patterns = |column: &Column| column.storage.unmatchable && !column.hidden;
        if self.viewset.regex && self.model.columns().iter().any(lacks_patterns) {
            mistakes.push(format!(
                "{}: `.regex()`: the connections have no regular expressions; give them to each connection with \
                 `Database::with_regex`",
                self.model.name()
            ));
        }
        let mut lookups: Vec<Vec<Lookup>> = Vec::new();
        for (number, column) in self.model.numbered() {
            let is_filter = named.as_ref().is_none_or(|named| named.contains(&number));
            let every = Lookup::ALL
                .iter()
                .map(|(lookup, ..)| *lookup)
                .filter(|lookup| self.viewset.regex || !lookup.is_pattern())
                .filter(|lookup| lookup.suits(column));
            lookups.push(if is_filter && !column.hidden {
                every.collect()
            } else {
                Vec::new()
            });
            if column.storage.incomparable
                && named.as_ref().is_some_and(|named| named.contains(&number))
            {
                mistakes.push(self.incomparable(column, "filters"));
            }
        }
        for (name, allowed) in &self.viewset.lookups {
            if allowed.is_empty() {
                mistakes.push(format!(
                    "{}: `.lookups(…)` allows no lookup of `{name}`; leave it out of `.filters(…)` instead",
                    self.model.name()
                ));
            }
            for number in self.named(std::slice::from_ref(name), "lookups", mistakes) {
                let Some(known) = number.item_mut(&mut lookups) else {
                    continue;
                };
                for lookup in allowed.iter().filter(|lookup| !known.contains(lookup)) {
                    let advice = match lookup.is_pattern() && !self.viewset.regex {
                        true => "; regular expressions need `.regex()`",
                        false => "",
                    };
                    mistakes.push(format!(
                        "{}: `.lookups(…)`: `{name}` has no lookup `{}`{advice}",
                        self.model.name(),
                        lookup.suffix()
                    ));
                }
                known.retain(|lookup| allowed.contains(lookup));
            }
        }
        lookups
    }

    /// Returns, for each column, whether lists may be ordered by it. `named` are the columns that allow it; `None`
    /// stands for all.
    fn orderable(&self, named: Option<&[String]>, mistakes: &mut Vec<String>) -> Vec<bool> {
        let named = named.map(|names| self.named(names, "orderings", mistakes));
        let mut orderable = Vec::new();
        for (number, column) in self.model.numbered() {
            let has_order = is_comparable(&column.ty) && !column.storage.incomparable;
            let asked_for = named.as_ref().is_some_and(|named| named.contains(&number));
            if asked_for && column.storage.incomparable {
                mistakes.push(self.incomparable(column, "orderings"));
            } else if asked_for && !has_order {
                mistakes.push(format!(
                    "{}: `.orderings(…)`: `{}` is of type {}, which has no order",
                    self.model.name(),
                    column.name,
                    column.type_name()
                ));
            }
            orderable.push(has_order && !column.hidden && (asked_for || named.is_none()));
        }
        orderable
    }

    fn search(&self, mistakes: &mut Vec<String>) -> Vec<ColumnNumber> {
        let columns = self.named(&self.viewset.search, "search", mistakes);
        for column in columns.iter().filter_map(|number| self.model.at(*number)) {
            if column.ty != Type::Text {
                mistakes.push(format!(
                    "{}: `.search(…)`: `{}` is of type {}, but only text is searched",
                    self.model.name(),
                    column.name,
                    column.type_name()
                ));
            }
        }
        columns
    }

    /// Returns the columns with these names, except hidden ones. Any other name is a mistake in the call of `method`,
    /// such as `search`.
    pub(super) fn named(
        &self,
        names: &[String],
        method: &str,
        mistakes: &mut Vec<String>,
    ) -> Vec<ColumnNumber> {
        let mut columns = Vec::new();
        for name in names {
            match self.model.visible(name) {
                Some(number) => columns.push(number),
                None => mistakes.push(format!(
                    "{}: `.{method}(…)` names `{name}`, which is no visible column",
                    self.model.name()
                )),
            }
        }
        columns
    }

    fn incomparable(&self, column: &Column, method: &str) -> String {
        format!(
            "{}: `.{method}(…)`: the connections cannot compare the decimals of `{}`; open them with \
             `Database::with_decimals`",
            self.model.name(),
            column.name
        )
    }
}

/// The largest page size that a viewset may allow.
const LARGEST_PAGE: u64 = 100_000;

/// The largest number of rows up to which a list may be counted.
const LARGEST_CAP: u64 = 1_000_000_000;

/// Sets the default ordering of each place from that of its draft (the place while it was built), once all offers are
/// known, since it may use relations to other places.
pub(super) fn set_default_orders(
    drafts: &[PlaceDraft],
    offers: &mut [Offer],
    mistakes: &mut Vec<String>,
) {
    let known = offers.to_vec();
    let mut orders = Vec::new();
    for (draft, offer) in drafts.iter().zip(&*offers) {
        let mut order: Vec<Order> = Vec::new();
        let model = draft.model.name();
        for name in &draft.viewset.default_ordering {
            match term(offer, name, &order, &known) {
                Ok(more) => order.extend(more),
                Err(words) => mistakes.push(format!("{model}: `.default_ordering(…)`: {words}")),
            }
        }
        orders.push(order);
    }
    for (offer, order) in offers.iter_mut().zip(orders) {
        offer.default_order = order;
    }
}
