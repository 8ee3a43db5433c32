//! What an answer shows of a place's rows, and what must be read to show it.

use std::{borrow::Cow, sync::Arc};

use crate::{
    link::{Start, Template, percent_encode},
    model::Join,
    operation::Wanted,
    params::{Expansion, Selection, World},
    place::{ListLink, Place},
    representation::{Held, Link, LinkStep, List, Objects, Shown, escaped, inside},
    viewset::ToMany,
    visibility::Entered,
};

/// How rows are shown, the columns to read of them, and the rows to read with each.
pub(crate) struct View<'a> {
    pub(crate) objects: Objects<'a>,
    pub(crate) columns: Vec<u16>,
    pub(crate) related: Vec<Wanted>,
}

/// Rows of a to-many relation that one object links to, and that are embedded in one, before the link of their list.
const MOST_LINKS: u64 = 1000;
const MOST_EMBEDDED: u64 = 100;

/// What is shown, and how it comes about.
struct Showing<'a> {
    seen: &'a Entered<'a>,
    place: &'a Place,
    selection: &'a Selection,
    /// Whether the rows stand in others.
    embedded: bool,
    most_in_all: u64,
    most_bytes: usize,
}

/// A relation as it is to be shown, before it is known where columns stand.
enum Plan<'a> {
    Link(&'a Template),
    Related {
        join: &'a Join,
        view: Box<View<'a>>,
        list: Option<&'a ListLink>,
    },
    Links {
        template: &'a Template,
        columns: Vec<u16>,
        list: Option<&'a ListLink>,
    },
    List(&'a ListLink),
    Nothing,
}

impl<'a> View<'a> {
    /// How the rows of a place are shown, in a list or as the one object of an answer.
    pub(crate) fn of(seen: &'a Entered<'a>, at: usize, selection: &'a Selection) -> Option<Self> {
        let place = seen.place(at)?;
        let href = place.own.as_ref().map(Cow::Borrowed);
        let most_in_all = place.offer.limits.expand_rows as u64;
        let showing = Showing {
            seen,
            place,
            selection,
            embedded: false,
            most_in_all,
            most_bytes: place.offer.limits.page_bytes,
        };
        Some(showing.view(href, []))
    }
}

impl<'a> Showing<'a> {
    /// The view, and `also` columns that are read but not shown.
    fn view(
        &self,
        href: Option<Cow<'a, Template>>,
        also: impl IntoIterator<Item = u16>,
    ) -> View<'a> {
        let (selection, offer) = (self.selection, &self.place.offer);
        let plans: Vec<Plan<'a>> = selection
            .relations
            .iter()
            .map(|relation| self.plan(*relation).unwrap_or(Plan::Nothing))
            .collect();
        // Links that begin at the object need its own, shown or not.
        let starts = selection.href || plans.iter().any(Plan::begins_at_the_object);
        let href = href.filter(|_| starts);
        let needs_key = selection.id || href.is_some() || selection.columns.is_empty();
        let mut columns = Vec::with_capacity(selection.columns.len() + 8);
        columns.extend_from_slice(&selection.columns);
        columns.extend(also);
        if needs_key {
            columns.extend_from_slice(&offer.url_key);
        }
        if let Some(href) = &href {
            columns.extend(href.columns());
        }
        for (relation, plan) in selection.relations.iter().zip(&plans) {
            let served = offer.relations.get(*relation);
            let join = served.map(|served| &*served.join);
            columns.extend(plan.columns(join));
        }
        if columns.is_empty() {
            // Of rows without a key, a statement reads something all the same.
            columns.extend(offer.model.last_order().first());
        }
        columns.sort_unstable();
        columns.dedup();
        let mut related = Vec::new();
        let shown = selection
            .relations
            .iter()
            .zip(plans)
            .map(|(relation, plan)| {
                let shown = self.shown(*relation, plan, &columns, &mut related);
                shown.unwrap_or(Shown::Nothing)
            });
        let shown = shown.collect();
        let place_of = |column: &u16| columns.binary_search(column).unwrap_or(usize::MAX);
        let objects = Objects {
            members: Held::Borrowed(&self.place.members),
            selection: Held::Borrowed(selection),
            columns: selection.columns.iter().map(place_of).collect(),
            key: offer.url_key.iter().map(place_of).collect(),
            href: href.and_then(|href| self.link(&href, &columns)),
            relations: shown,
            integers_as_text: self.place.integers_as_text,
            most_bytes: self.most_bytes,
        };
        View {
            objects,
            columns,
            related,
        }
    }

    /// How a selected relation is to be shown.
    fn plan(&self, relation: usize) -> Option<Plan<'a>> {
        let served = self.place.offer.relations.get(relation)?;
        let linked = self.place.links.get(relation)?;
        let expansion = self.selection.expand.iter();
        let expansion = expansion.clone().find(|one| one.relation == relation);
        if let Some(expansion) = expansion {
            return Some(Plan::Related {
                join: &served.join,
                view: Box::new(self.embedded(served.place, relation, expansion)?),
                list: linked.list.as_ref(),
            });
        }
        let reachable =
            |template: &&Template| !(self.embedded && matches!(template.start, Start::Above(_)));
        let object = linked.object.as_ref().filter(reachable);
        if !served.join.many {
            return object.map(Plan::Link);
        }
        let list = linked.list.as_ref();
        match (self.place.to_many, object, list) {
            (ToMany::Links, Some(object), list) => {
                let target = self.seen.place(served.place)?;
                let mut columns: Vec<u16> = object.columns().collect();
                columns.extend(served.join.there());
                columns.extend(target.model().key());
                columns.sort_unstable();
                columns.dedup();
                Some(Plan::Links {
                    template: object,
                    columns,
                    list,
                })
            }
            (_, _, Some(list)) => Some(Plan::List(list)),
            (_, _, None) => None,
        }
    }

    /// The view of the rows that stand in this one's.
    fn embedded(&self, at: usize, relation: usize, expansion: &'a Expansion) -> Option<View<'a>> {
        let place = self.seen.place(at)?;
        let join = &self.place.offer.relations.get(relation)?.join;
        let linked = self.place.links.get(relation)?;
        let object = linked.object.as_ref();
        let href = if join.many {
            object.map(Cow::Borrowed)
        } else {
            let canonical = place.canonical.as_ref().map(Cow::Borrowed);
            canonical.or_else(|| object?.seen_from_there(join).map(Cow::Owned))
        };
        let inner = Showing {
            seen: self.seen,
            place,
            selection: &expansion.selection,
            embedded: true,
            most_in_all: self.most_in_all,
            most_bytes: self.most_bytes,
        };
        Some(inner.view(href, join.there()))
    }

    /// A relation as it is shown, given where the columns of a row stand.
    fn shown(
        &self,
        relation: usize,
        plan: Plan<'a>,
        columns: &[u16],
        related: &mut Vec<Wanted>,
    ) -> Option<Shown<'a>> {
        let served = self.place.offer.relations.get(relation)?;
        let at = related.len();
        let mut want = |columns, most, deeper| {
            related.push(Wanted {
                join: served.join.clone(),
                condition: self.seen.row_filter(served.place),
                columns,
                most,
                most_in_all: self.most_in_all,
                related: deeper,
            });
        };
        Some(match plan {
            Plan::Link(template) => Shown::Link(self.link(template, columns)?),
            Plan::Links {
                template,
                columns: read,
                list,
            } => {
                let link = self.link(template, &read)?;
                let most = list.map_or(self.all(), |_| MOST_LINKS);
                want(read, most, Vec::new());
                Shown::Links {
                    related: at,
                    link,
                    list: list.map(|list| self.list(list, columns, String::new())),
                }
            }
            Plan::Related { join, view, list } => {
                let View {
                    objects,
                    columns: read,
                    related: deeper,
                } = *view;
                // Where no list has the rest, nothing is cut off: too many are refused.
                let most = match join.many {
                    true => list.map_or(self.all(), |_| MOST_EMBEDDED),
                    false => 1,
                };
                want(read, most, deeper);
                let objects = Box::new(objects);
                if join.many {
                    let next =
                        list.map(|list| self.list(list, columns, self.after_the_first(list.place)));
                    Shown::Objects {
                        related: at,
                        objects,
                        next,
                    }
                } else {
                    Shown::Object {
                        related: at,
                        object: objects,
                    }
                }
            }
            Plan::List(list) => Shown::List(self.list(list, columns, String::new())),
            Plan::Nothing => return None,
        })
    }

    /// More than there may be: whoever has so many is refused, and nobody's are cut off.
    fn all(&self) -> u64 {
        self.most_in_all.saturating_add(1)
    }

    /// The part of a list that follows the first rows by key; the whole list, where it cannot be asked for so.
    fn after_the_first(&self, place: usize) -> String {
        let Some(offer) = self.seen.offer(place) else {
            return String::new();
        };
        let by_key = offer.default_order.is_empty();
        let cuts = !offer.pages.fixed && offer.pages.largest >= MOST_EMBEDDED;
        if by_key && cuts {
            format!("page_size={MOST_EMBEDDED}&page=2")
        } else {
            String::new()
        }
    }

    /// A link by the columns of a row.
    fn link(&self, template: &Template, columns: &[u16]) -> Option<Link> {
        let place_of = |column: &u16| columns.binary_search(column).unwrap_or(usize::MAX);
        let (base, trail) = (self.seen.base(), self.seen.trail());
        let mut start = template.start.uri(base, trail).map(inside);
        if start.is_none() && template.start != Start::Object {
            return None;
        }
        let mut steps = Vec::with_capacity(template.steps.len());
        for step in &template.steps {
            // What stands before the first key is a part of the start, if there is one.
            let before = match (&mut start, steps.as_slice()) {
                (Some(start), []) => {
                    escaped(step.before.as_bytes(), start);
                    Vec::new()
                }
                _ => inside([step.before.as_str()]),
            };
            steps.push(LinkStep {
                before,
                key: step.columns.iter().map(place_of).collect(),
                reserved: Arc::clone(&step.reserved),
            });
        }
        let guards = template.guards.iter().map(|guard| {
            let value = self.seen.given(guard.place, guard.there);
            (place_of(&guard.column), value)
        });
        Some(Link {
            start,
            steps,
            guards: guards.collect(),
            end: base.after_key(),
        })
    }

    fn list(&self, list: &ListLink, columns: &[u16], rest: String) -> List {
        let place_of = |column: &u16| columns.binary_search(column).unwrap_or(usize::MAX);
        let base = self.seen.base();
        let start = list.start.uri(base, self.seen.trail());
        let path = ["/", &list.name, base.after_key()];
        let encoded = |name: &String| {
            let mut encoded = Vec::new();
            percent_encode(name.as_bytes(), &mut encoded);
            encoded
        };
        let query = list.query.iter();
        List {
            start: start.map(inside),
            path: inside(path),
            query: query
                .map(|(name, column)| (encoded(name), place_of(column)))
                .collect(),
            rest,
        }
    }
}

impl Plan<'_> {
    fn begins_at_the_object(&self) -> bool {
        let object = |start: &Start| *start == Start::Object;
        let listed = |list: &Option<&ListLink>| list.is_some_and(|list| object(&list.start));
        match self {
            Self::Link(template) => object(&template.start),
            Self::Links { template, list, .. } => object(&template.start) || listed(list),
            Self::Related { view, list, .. } => {
                let href = view.objects.href.as_ref();
                href.is_some_and(|href| href.start.is_none()) || listed(list)
            }
            Self::List(list) => object(&list.start),
            Self::Nothing => false,
        }
    }

    /// The columns of a row it takes.
    fn columns(&self, join: Option<&Join>) -> Vec<u16> {
        let here = || join.into_iter().flat_map(Join::here);
        let listed = |list: &Option<&ListLink>| {
            let query = list.iter().flat_map(|list| &list.query);
            query.map(|(_, column)| *column).collect::<Vec<_>>()
        };
        match self {
            Self::Link(template) => template.columns().collect(),
            Self::Related { list, .. } | Self::Links { list, .. } => {
                here().chain(listed(list)).collect()
            }
            Self::List(list) => listed(&Some(list)),
            Self::Nothing => Vec::new(),
        }
    }
}
