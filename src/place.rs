//! A place: a viewset at a path, checked, with its relations to other places resolved.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    cell::Type,
    database::Database,
    describe,
    manager::{DefaultManager, Operations},
    model::{Column, Join, Model, Relation},
    params::{Lookup, Offer, Pages, RESERVED, Served, is_comparable, is_nameable, term},
    representation::json::{Members, member},
    stack::Layers,
    viewset::ViewSet,
};

/// A viewset at a path.
pub(crate) struct Place {
    /// The path below the API's own, without a final slash: `/cars`; empty for a viewset alone.
    pub(crate) segments: String,
    pub(crate) offer: Offer,
    pub(crate) members: Members,
    pub(crate) operations: Operations,
    pub(crate) integers_as_text: bool,
    pub(crate) time_limit: Duration,
    /// What OPTIONS answers.
    pub(crate) description: Vec<u8>,
    pub(crate) layers: Layers,
}

/// A viewset whose model is known as its database stores it.
pub(crate) struct Draft {
    name: String,
    viewset: ViewSet,
    model: Model,
}

impl Draft {
    pub(crate) fn new(name: String, viewset: ViewSet, mistakes: &mut Vec<String>) -> Self {
        let model = viewset.model.clone();
        mistakes.extend(model.check());
        let model = match &viewset.database {
            Some(database) => {
                let (model, more) = database.adapt(model);
                mistakes.extend(more);
                model
            }
            None => {
                mistakes.push(format!(
                    "{}: say where its rows are, with `.database(…)`",
                    model.name()
                ));
                model
            }
        };
        Self {
            name,
            viewset,
            model,
        }
    }

    /// The place, or the mistakes that keep it from being one.
    pub(crate) fn place(&self, all: &[Self], mistakes: &mut Vec<String>) -> Option<Place> {
        let before = mistakes.len();
        let relations: Vec<_> = self.relations(all).collect();
        self.check_members(&relations, mistakes);
        self.check_pages(mistakes);
        let offer = self.offer(relations, mistakes);
        let database = self.viewset.database.as_ref()?;
        if mistakes.len() > before {
            return None;
        }
        Some(Place {
            segments: if self.name.is_empty() {
                String::new()
            } else {
                format!("/{}", self.name)
            },
            members: members(&offer),
            description: describe::viewset(&offer),
            operations: Operations::new(DefaultManager(database.clone())),
            integers_as_text: self.viewset.big_integers_as_text,
            time_limit: self.viewset.time_limit,
            layers: self.viewset.layers.clone(),
            offer,
        })
    }

    /// The to-one relations that a place serves.
    fn relations<'a>(&'a self, all: &'a [Self]) -> impl Iterator<Item = Served> + 'a {
        self.model.relations().iter().filter_map(move |relation| {
            let [number] = relation.columns.as_slice() else {
                return None;
            };
            let column = self.model.at(*number).filter(|column| !column.hidden)?;
            let place = all
                .iter()
                .position(|other| other.is_target(relation, self))?;
            let target = &all.get(place)?.model;
            let name = relation.member(Some(&column.name), target.name());
            let key = target.key().first().copied()?;
            Some(Served {
                name,
                join: Arc::new(Join {
                    target: target.clone(),
                    many: false,
                    on: vec![(*number, key)],
                    junction: None,
                }),
                place,
                asked: true,
            })
        })
    }

    /// Whether this is where a relation of `from` leads: the same database, the table, and its key.
    fn is_target(&self, relation: &Relation, from: &Self) -> bool {
        let same_database = match (&self.viewset.database, &from.viewset.database) {
            (Some(here), Some(there)) => Database::same(here, there),
            _ => false,
        };
        let [key] = self.model.key() else {
            return false;
        };
        let key = self.model.at(*key).map(|column| column.sql.as_str());
        let by_key = relation.references.is_empty()
            || relation.references.first().map(String::as_str) == key;
        same_database
            && relation.table == self.model.table()
            && self.model.schema() == from.model.schema()
            && by_key
    }

    /// Two members of one name, or a second name of the key that is taken.
    fn check_members(&self, relations: &[Served], mistakes: &mut Vec<String>) {
        let model = self.model.name();
        let id = self.viewset.id_member.as_deref();
        let no_member = |name: &&str| !is_nameable(name) || *name == "href" || name.contains("__");
        if let Some(id) = id.filter(|id| no_member(id) || RESERVED.contains(id)) {
            mistakes.push(format!("{model}: `{id}` cannot be the `id_member`"));
        }
        if let Some(id) = id.filter(|id| self.model.visible(id).is_some()) {
            mistakes.push(format!(
                "{model}: the `id_member` has the name of the column `{id}`"
            ));
        }
        for (at, relation) in relations.iter().enumerate() {
            let name = relation.name.as_str();
            let is_taken = relations.iter().take(at).any(|other| other.name == name)
                || id == Some(name)
                || self.model.visible(name).is_some();
            let why = if is_taken || name == "href" {
                "is taken"
            } else if no_member(&name) {
                "no URL can name without ambiguity"
            } else {
                continue;
            };
            let columns = relation.join.here();
            let columns: Vec<_> = columns.filter_map(|at| self.model.at(at)).collect();
            let column = columns.first().map_or("", |column| column.name());
            mistakes.push(format!(
                "{model}: the relation by `{column}` would be named `{name}`, which {why}; name it with \
                 `.relation(\"…\", \"{column}\", …)`"
            ));
        }
    }

    fn check_pages(&self, mistakes: &mut Vec<String>) {
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
        let limits = self.viewset.limits.check();
        mistakes.extend(limits.into_iter().map(|words| format!("{model}: {words}")));
    }

    fn offer(&self, relations: Vec<Served>, mistakes: &mut Vec<String>) -> Offer {
        let viewset = &self.viewset;
        let mut offer = Offer {
            label: if self.name.is_empty() {
                self.model.name().to_owned()
            } else {
                self.name.clone()
            },
            model: self.model.clone(),
            lookups: self.lookups(mistakes),
            orderable: self.orderable(mistakes),
            default_order: Vec::new(),
            search: self.search(mistakes),
            pages: Pages {
                size: viewset.page_size,
                largest: viewset.max_page_size,
                fixed: viewset.fixed_page_size,
                count: viewset.count,
            },
            limits: viewset.limits.clone(),
            ignored: viewset.ignored.clone(),
            lenient: viewset.lenient,
            id_member: viewset.id_member.clone(),
            url_key: self.model.key().to_vec(),
            relations,
            links_only: viewset.links_only,
            fixed_fields: viewset.fixed_fields,
        };
        for name in &viewset.default_ordering {
            match term(&offer, name, &offer.default_order, &Vec::<Offer>::new()) {
                Ok(orders) => offer.default_order.extend(orders),
                Err(words) => mistakes.push(format!(
                    "{}: `.default_ordering(…)`: {words}",
                    self.model.name()
                )),
            }
        }
        offer
    }

    /// For each column the lookups it may be filtered by.
    fn lookups(&self, mistakes: &mut Vec<String>) -> Vec<Vec<Lookup>> {
        let named = self
            .viewset
            .filters
            .as_ref()
            .map(|names| self.named(names, "filters", mistakes));
        let mut lookups: Vec<Vec<Lookup>> = Vec::new();
        for (number, column) in self.model.numbered() {
            let is_filter = named.as_ref().is_none_or(|named| named.contains(&number));
            let every = Lookup::ALL
                .iter()
                .map(|(lookup, ..)| *lookup)
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
                let Some(known) = lookups.get_mut(usize::from(number)) else {
                    continue;
                };
                for lookup in allowed.iter().filter(|lookup| !known.contains(lookup)) {
                    mistakes.push(format!(
                        "{}: `.lookups(…)`: `{name}` has no lookup `{}`",
                        self.model.name(),
                        lookup.suffix()
                    ));
                }
                known.retain(|lookup| allowed.contains(lookup));
            }
        }
        lookups
    }

    /// For each column whether lists may be ordered by it.
    fn orderable(&self, mistakes: &mut Vec<String>) -> Vec<bool> {
        let named = self
            .viewset
            .orderings
            .as_ref()
            .map(|names| self.named(names, "orderings", mistakes));
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
                    column.ty.name()
                ));
            }
            orderable.push(has_order && !column.hidden && (asked_for || named.is_none()));
        }
        orderable
    }

    fn search(&self, mistakes: &mut Vec<String>) -> Vec<u16> {
        let columns = self.named(&self.viewset.search, "search", mistakes);
        for column in columns.iter().filter_map(|number| self.model.at(*number)) {
            if column.ty != Type::Text {
                mistakes.push(format!(
                    "{}: `.search(…)`: `{}` is of type {}, but only text is searched",
                    self.model.name(),
                    column.name,
                    column.ty.name()
                ));
            }
        }
        columns
    }

    /// The visible columns of these names; the others are mistakes.
    fn named(&self, names: &[String], method: &str, mistakes: &mut Vec<String>) -> Vec<u16> {
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

/// The most rows a page may have.
const LARGEST_PAGE: u64 = 100_000;

fn members(offer: &Offer) -> Members {
    let columns = offer.model.columns().iter();
    Members {
        columns: columns
            .map(|column| {
                if column.hidden {
                    Vec::new()
                } else {
                    member(&column.name)
                }
            })
            .collect(),
        relations: offer
            .relations
            .iter()
            .map(|relation| member(&relation.name))
            .collect(),
        id: offer.id_member.as_deref().map(member).unwrap_or_default(),
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("segments", &self.segments)
            .field("model", &self.offer.model)
            .finish_non_exhaustive()
    }
}
