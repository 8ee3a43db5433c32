//! How an answer shows the rows of a place, and what must be read to show them.

mod links;
mod plan;

use std::{borrow::Cow, sync::Arc};

use self::plan::RelationPlan;
pub(crate) use self::plan::View;

use crate::{
    error::{Code, Error, Result, SERVER_FAILED},
    link::{Start, Template},
    model::ColumnNumber,
    operation::Wanted,
    params::{Expansion, PlaceIndex, Selection, Served, ToOne, World},
    place::{Linked, Place},
    representation::{CellIndex, Objects, RelationView},
    viewset::ToMany,
    visibility::Entered,
};

/// How many rows of a to-many relation one object links to (`MOST_LINKS`), or embeds (`MOST_EMBEDDED`). If there are
/// more, it links to the list of them instead, or in addition.
const MOST_LINKS: u64 = 1000;
const MOST_EMBEDDED: u64 = 100;

/// The input for planning a view: the place and the selected members, for one request.
struct Showing<'a> {
    seen: &'a Entered<'a>,
    place: &'a Place,
    selection: &'a Selection,
    /// Whether the rows are embedded in other objects.
    embedded: bool,
    /// Whether the object's URI is needed even if the member `href` is not shown, as for the `Location` of a created
    /// row.
    locates: bool,
    most_in_all: u64,
    most_bytes: usize,
}

impl View {
    /// Returns how the rows of a place are shown, each as an object of a list or as a single object, and what must be
    /// read for that.
    ///
    /// # Errors
    ///
    /// [`Code::Internal`] when a selected place or relation does not exist, or a column is not read.
    pub(crate) fn of(seen: &Entered<'_>, at: PlaceIndex, selection: &Selection) -> Result<Self> {
        Self::planned(seen, at, selection, false)
    }

    /// Returns how a written row is shown, with its URI, and what must be read for that.
    ///
    /// # Errors
    ///
    /// The errors of [`of`](Self::of).
    pub(crate) fn of_written(
        seen: &Entered<'_>,
        at: PlaceIndex,
        selection: &Selection,
    ) -> Result<Self> {
        Self::planned(seen, at, selection, true)
    }

    fn planned(
        seen: &Entered<'_>,
        at: PlaceIndex,
        selection: &Selection,
        locates: bool,
    ) -> Result<Self> {
        let place = seen.place(at).ok_or_else(|| missing("a place"))?;
        let href = place.own.as_ref().map(Cow::Borrowed);
        let showing = Showing {
            seen,
            place,
            selection,
            embedded: false,
            locates,
            most_in_all: place.offer.limits.expand_rows as u64,
            most_bytes: place.offer.limits.page_bytes,
        };
        // Written rows are read by their keys, and put in the order in which they were written.
        let key = place.model().primary_key().iter().copied();
        showing.view(href, key.filter(|_| locates))
    }
}

impl<'a> Showing<'a> {
    /// Returns the view, whose objects have the path `href`. The columns `also` are read as well, though they are not
    /// shown.
    fn view(
        &self,
        href: Option<Cow<'a, Template>>,
        also: impl IntoIterator<Item = ColumnNumber>,
    ) -> Result<View> {
        let (selection, offer) = (self.selection, &self.place.offer);
        let plans = selection.relations.iter();
        let plans = plans.map(|relation| self.plan(*relation));
        let plans = plans.collect::<Result<Vec<_>>>()?;
        // Links that begin with the object's own URI need it, even if `href` is no member.
        let starts =
            selection.href || self.locates || plans.iter().any(RelationPlan::begins_at_the_object);
        let href = href.filter(|_| starts);
        let columns = self.columns(href.as_deref(), &plans, also)?;
        let mut related = Vec::new();
        let mut relations = Vec::with_capacity(plans.len());
        for (relation, plan) in selection.relations.iter().zip(plans) {
            let shown = self.shown(*relation, plan, &columns, &mut related)?;
            relations.extend(shown.map(|shown| (*relation, shown)));
        }
        let position = |column: &ColumnNumber| Ok((*column, CellIndex::of(*column, &columns)?));
        let id = selection
            .id
            .then(|| links::positions(&offer.url_key, &columns));
        let href = href.map(|href| links::link(self.seen, &href, &columns));
        let objects = Objects {
            members: Arc::clone(&self.place.members),
            href: href.transpose()?.flatten(),
            shows_href: selection.href,
            id: id.transpose()?,
            columns: selection
                .columns
                .iter()
                .map(position)
                .collect::<Result<_>>()?,
            relations,
            integers_as_text: self.place.integers_as_text,
            most_bytes: self.most_bytes,
        };
        Ok(View {
            objects,
            columns,
            related,
        })
    }

    /// Returns the columns to read, in the order of their numbers.
    fn columns(
        &self,
        href: Option<&Template>,
        plans: &[RelationPlan<'_>],
        also: impl IntoIterator<Item = ColumnNumber>,
    ) -> Result<Vec<ColumnNumber>> {
        let (selection, offer) = (self.selection, &self.place.offer);
        let needs_key = selection.id || href.is_some() || selection.columns.is_empty();
        let mut columns = Vec::with_capacity(selection.columns.len() + 8);
        columns.extend_from_slice(&selection.columns);
        columns.extend(also);
        if needs_key {
            columns.extend_from_slice(&offer.url_key);
        }
        columns.extend(href.into_iter().flat_map(Template::columns));
        for (relation, plan) in selection.relations.iter().zip(plans) {
            columns.extend(plan.columns(&self.relation(*relation)?.0.join));
        }
        if columns.is_empty() {
            // A statement must read at least one column; rows without a key may need none.
            columns.extend(offer.model.last_order().first());
        }
        columns.sort_unstable();
        columns.dedup();
        Ok(columns)
    }

    /// Returns the relation with this index, and the targets of its links.
    fn relation(&self, relation: usize) -> Result<(&'a Served, &'a Linked)> {
        let served = self.place.offer.relations.get(relation);
        let both = served.zip(self.place.links.get(relation));
        both.ok_or_else(|| missing("a relation"))
    }

    /// Returns how a selected relation, given by its index, is to be shown.
    fn plan(&self, relation: usize) -> Result<RelationPlan<'a>> {
        let (served, linked) = self.relation(relation)?;
        let mut expansions = self.selection.expand.iter();
        let expansion = expansions.find(|one| one.relation == relation);
        if let Some(expansion) = expansion {
            return Ok(RelationPlan::Related {
                join: &served.join,
                view: Box::new(self.embedded(served, linked, expansion)?),
                list: linked.list.as_ref(),
            });
        }
        if served.shape == ToOne::Key {
            let key = &self.place_at(served.place)?.offer.url_key;
            return Ok(served
                .key_here(key)
                .map_or(RelationPlan::Nothing, RelationPlan::Key));
        }
        let reachable =
            |template: &&Template| !(self.embedded && matches!(template.start, Start::Above(_)));
        let object = linked.object.as_ref().filter(reachable);
        if !served.join.many {
            return Ok(object.map_or(RelationPlan::Nothing, RelationPlan::Link));
        }
        let list = linked.list.as_ref();
        Ok(match (self.place.to_many, object, list) {
            (ToMany::Links, Some(object), list) => {
                let target = self.place_at(served.place)?;
                let mut columns: Vec<ColumnNumber> = object.columns().collect();
                columns.extend(served.join.there());
                columns.extend(target.model().key());
                columns.sort_unstable();
                columns.dedup();
                RelationPlan::Links {
                    template: object,
                    columns,
                    list,
                }
            }
            (_, _, Some(list)) => RelationPlan::List(list),
            (_, _, None) => RelationPlan::Nothing,
        })
    }

    fn place_at(&self, at: PlaceIndex) -> Result<&'a Place> {
        self.seen.place(at).ok_or_else(|| missing("a place"))
    }

    /// Returns the view of the related rows that a relation of `expand` embeds in the objects of this view.
    fn embedded(
        &self,
        served: &'a Served,
        linked: &'a Linked,
        expansion: &'a Expansion,
    ) -> Result<View> {
        let place = self.place_at(served.place)?;
        let join = &served.join;
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
            locates: false,
            most_in_all: self.most_in_all,
            most_bytes: self.most_bytes,
        };
        inner.view(href, join.there())
    }

    /// Returns how the relation with the index `relation` is shown, and adds the related rows to read for it to
    /// `related`. `columns` are the columns read. `None` if no URL leads to the related rows.
    fn shown(
        &self,
        relation: usize,
        plan: RelationPlan<'a>,
        columns: &[ColumnNumber],
        related: &mut Vec<Wanted>,
    ) -> Result<Option<RelationView>> {
        let at = related.len();
        Ok(Some(match plan {
            RelationPlan::Nothing => return Ok(None),
            RelationPlan::Link(template) => {
                let link = links::link(self.seen, template, columns)?;
                return Ok(link.map(RelationView::Link));
            }
            RelationPlan::Key(key) => RelationView::Key {
                is_wide: key.item(&self.place.members.are_wide) == Some(&true),
                key: CellIndex::of(key, columns)?,
            },
            RelationPlan::List(list) => {
                RelationView::List(links::list(self.seen, list, columns, String::new())?)
            }
            RelationPlan::Links {
                template,
                columns: read,
                list,
            } => {
                let Some(link) = links::link(self.seen, template, &read)? else {
                    return Ok(None);
                };
                let most = list.map_or(self.most_rows(), |_| MOST_LINKS);
                related.push(self.wanted(relation, read, most, Vec::new())?);
                let list = list.map(|list| links::list(self.seen, list, columns, String::new()));
                RelationView::Links {
                    related: at,
                    link,
                    list: list.transpose()?,
                }
            }
            RelationPlan::Related { join, view, list } => {
                // If no list contains the remaining rows, too many rows are an error: none is left out silently.
                let most = match join.many {
                    true => list.map_or(self.most_rows(), |_| MOST_EMBEDDED),
                    false => 1,
                };
                related.push(self.wanted(relation, view.columns, most, view.related)?);
                let objects = Box::new(view.objects);
                if !join.many {
                    return Ok(Some(RelationView::Object {
                        related: at,
                        object: objects,
                    }));
                }
                let next = list.map(|list| {
                    let rest = self.after_the_first(list.place)?;
                    links::list(self.seen, list, columns, rest)
                });
                RelationView::Objects {
                    related: at,
                    objects,
                    next: next.transpose()?,
                }
            }
        }))
    }

    /// Returns what to read for a relation: `columns` of those related rows that the request may see, at most `most`
    /// for each object.
    fn wanted(
        &self,
        relation: usize,
        columns: Vec<ColumnNumber>,
        most: u64,
        related: Vec<Wanted>,
    ) -> Result<Wanted> {
        let (served, _) = self.relation(relation)?;
        Ok(Wanted {
            join: served.join.clone(),
            condition: self.seen.row_filter(served.place),
            columns,
            most,
            most_in_all: self.most_in_all,
            related,
        })
    }

    /// Returns the number of rows to read at most for one relation: one more than the answer may embed for it. If that
    /// many are read, the answer is refused, and never truncated.
    fn most_rows(&self) -> u64 {
        self.most_in_all.saturating_add(1)
    }

    /// Returns `page_size=100&page=2`, or the window in a list without such pages: the list's rows after the first 100 by
    /// key, which are embedded. Returns an empty text if the list has another order, or neither of this size.
    fn after_the_first(&self, place: PlaceIndex) -> Result<String> {
        let offer = &self.place_at(place)?.offer;
        let by_key = offer.default_order.is_empty();
        let cuts = !offer.pages.fixed && offer.pages.largest >= MOST_EMBEDDED;
        Ok(if by_key && cuts && offer.pages.numbered {
            format!("page_size={MOST_EMBEDDED}&page=2")
        } else if by_key && cuts && offer.pages.windows {
            format!("limit={MOST_EMBEDDED}&offset={MOST_EMBEDDED}")
        } else {
            String::new()
        })
    }
}

/// Returns the internal error for an index without an item; `what` is that item, such as `a place`.
fn missing(what: &str) -> Error {
    let source = format!("{what} of the view does not exist");
    Error::new(Code::Internal, SERVER_FAILED).with_source(source)
}
