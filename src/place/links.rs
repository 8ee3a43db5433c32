//! Link targets: paths to objects, completed by the columns of a row, and lists of an object's related rows.

use super::{PlaceDraft, join::is_reverse, key::Site};
use crate::{
    link::{Guard, Start, Template, TemplateStep},
    model::{Column, ColumnNumber, Join},
    params::{Lookup, Offer, Parameter, PlaceIndex},
};

/// The targets of a relation's links: the related objects, and the list of all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Linked {
    /// The path to a related object. Columns of the row that has the link complete it for a to-one relation, and
    /// columns of the related row for a to-many relation.
    pub(crate) object: Option<Template>,
    /// The list of all related rows of an object, for a to-many relation.
    pub(crate) list: Option<ListLink>,
}

/// The URL of the list of one object's related rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListLink {
    pub(crate) start: Start,
    pub(crate) name: String,
    /// The names of the filters that select the related rows, as `owner` in `/cars/?owner=7`, each with the column of
    /// the object's row that holds its value.
    pub(crate) query: Vec<(String, ColumnNumber)>,
    /// The place (a viewset at a path) that serves the list.
    pub(crate) place: PlaceIndex,
    /// The columns of that place's model that the filters compare.
    pub(crate) filtered: Vec<ColumnNumber>,
}

impl ListLink {
    /// Gives the filters other names, each made of the name that it has.
    pub(super) fn rename(&mut self, rename: fn(&str) -> String) {
        for (name, _) in &mut self.query {
            *name = filter(&rename(name.strip_suffix("__exact").unwrap_or(name)));
        }
    }
}

/// Returns the path from the root to an object of a place, such as `/cars/{car_id}`, completed by columns of the
/// object's row; `None` if they do not determine the path.
pub(super) fn canonical(at: PlaceIndex, drafts: &[PlaceDraft], sites: &[Site]) -> Option<Template> {
    let columns = |own: ColumnNumber| Some(own);
    template(at, &columns, drafts, sites)
}

/// Returns the path to an object of a place for answers to requests of that place: it continues the path of the parent
/// object in the request.
pub(super) fn own(at: PlaceIndex, drafts: &[PlaceDraft], sites: &[Site]) -> Option<Template> {
    let site = at.item(sites)?;
    let start = match &site.nesting {
        None => Start::Root,
        Some(nesting) => Start::Above(level(nesting.parent, sites)),
    };
    let step = step(at.item(drafts)?, site, &|column| Some(column))?;
    Some(Template {
        start,
        steps: vec![step],
        guards: Vec::new(),
    })
}

/// Returns how many places a place is nested under: 1 for `/cars/1/parts/`.
fn level(place: PlaceIndex, sites: &[Site]) -> usize {
    let parent = |at: &PlaceIndex| Some(at.item(sites)?.nesting.as_ref()?.parent);
    std::iter::successors(parent(&place), parent).count()
}

/// Returns the targets of the links of a relation from rows of `from` to rows of `place`.
pub(super) fn linked(
    from: PlaceIndex,
    join: &Join,
    place: PlaceIndex,
    drafts: &[PlaceDraft],
    sites: &[Site],
) -> Linked {
    if join.many {
        return to_many(from, join, place, drafts, sites);
    }
    let here = |there: ColumnNumber| {
        let pair = join.on.iter().find(|(_, other)| *other == there);
        pair.map(|(here, _)| *here)
    };
    let object =
        template(place, &here, drafts, sites).or_else(|| along_the_path(from, join, place, sites));
    Linked { object, list: None }
}

fn to_many(
    from: PlaceIndex,
    join: &Join,
    place: PlaceIndex,
    drafts: &[PlaceDraft],
    sites: &[Site],
) -> Linked {
    let (Some(draft), Some(site)) = (place.item(drafts), place.item(sites)) else {
        return Linked::default();
    };
    let own = |column: ColumnNumber| Some(column);
    let list = |start, query: Vec<(String, ColumnNumber)>| ListLink {
        start,
        name: draft.name.clone(),
        query,
        place,
        filtered: join.on.iter().map(|(_, there)| *there).collect(),
    };
    if let Some(nesting) = &site.nesting
        && nesting.parent == from
        && is_reverse(&nesting.join, join)
    {
        let object = step(draft, site, &own).map(|step| Template {
            start: Start::Object,
            steps: vec![step],
            guards: Vec::new(),
        });
        return Linked {
            object,
            list: (!site.is_single).then(|| list(Start::Object, Vec::new())),
        };
    }
    let object = template(place, &own, drafts, sites);
    let pairs = join.on.iter();
    let query = pairs.map(|(here, there)| {
        let name = draft.model.at(*there).map(Column::name)?;
        Some((filter(name), *here))
    });
    // If any pair of the join has no filter, there is no link: a list without that filter would contain unrelated rows.
    let query: Option<Vec<_>> = query.collect();
    let query = query.filter(|query| site.nesting.is_none() && !query.is_empty());
    Linked {
        object,
        list: query.map(|query| list(Start::Root, query)),
    }
}

/// Returns the link to the list at `/place/`, filtered by `relation`: `/place/?relation=7`, where 7 is the value of the
/// column `key` of the object that has the link.
pub(super) fn filtered(place: &str, relation: &str, key: ColumnNumber, at: PlaceIndex) -> ListLink {
    ListLink {
        start: Start::Root,
        name: place.to_owned(),
        query: vec![(filter(relation), key)],
        place: at,
        filtered: Vec::new(),
    }
}

/// Returns the name of the equality filter by a column; `column__exact` if the plain name would be read as something
/// else.
fn filter(column: &str) -> String {
    if Parameter::named(column).is_some() || column.ends_with('!') {
        format!("{column}__exact")
    } else {
        column.to_owned()
    }
}

/// Returns the path from the root to an object of a place. `column` maps a column of the place to the column with the
/// same value of the row that has the link.
fn template(
    place: PlaceIndex,
    column: &dyn Fn(ColumnNumber) -> Option<ColumnNumber>,
    drafts: &[PlaceDraft],
    sites: &[Site],
) -> Option<Template> {
    let (draft, site) = (place.item(drafts)?, place.item(sites)?);
    let mut whole = match &site.nesting {
        None => Template {
            start: Start::Root,
            steps: Vec::new(),
            guards: Vec::new(),
        },
        Some(nesting) => {
            let above = |there: ColumnNumber| {
                let pair = nesting.join.on.iter().find(|(_, other)| *other == there);
                pair.and_then(|(here, _)| column(*here))
            };
            template(nesting.parent, &above, drafts, sites)?
        }
    };
    whole.steps.push(step(draft, site, column)?);
    whole.guards.extend(guards(place, site, column)?);
    Some(whole)
}

/// Returns the link to the parent object on the path of the request; `None` unless `join` is the join by which `from`
/// is nested under `place`.
fn along_the_path(
    from: PlaceIndex,
    join: &Join,
    place: PlaceIndex,
    sites: &[Site],
) -> Option<Template> {
    let nesting = from.item(sites)?.nesting.as_ref()?;
    let is_it = nesting.parent == place && *nesting.join == *join;
    is_it.then(|| Template {
        start: Start::Above(level(place, sites)),
        steps: Vec::new(),
        guards: Vec::new(),
    })
}

fn step(
    draft: &PlaceDraft,
    site: &Site,
    column: &dyn Fn(ColumnNumber) -> Option<ColumnNumber>,
) -> Option<TemplateStep> {
    if site.url_key.is_empty() && !site.is_single {
        return None;
    }
    let columns = site.url_key.iter().map(|key| column(*key));
    let columns = columns.collect::<Option<_>>()?;
    Some(TemplateStep::new(&draft.name, columns, draft.reserved()))
}

fn guards(
    place: PlaceIndex,
    site: &Site,
    column: &dyn Fn(ColumnNumber) -> Option<ColumnNumber>,
) -> Option<Vec<Guard>> {
    let given = site.given.iter().flat_map(|given| &given.columns);
    let guard = |there: &ColumnNumber| {
        Some(Guard {
            column: column(*there)?,
            place,
            there: *there,
        })
    };
    given.map(guard).collect()
}

/// Removes each link to a filtered list, such as `/cars/?owner=7`, whose place does not allow the filter.
pub(super) fn keep_answered(links: &mut [Vec<Linked>], offers: &[Offer]) {
    let answers = |place: PlaceIndex, column: &ColumnNumber| {
        let lookups = place
            .item(offers)
            .and_then(|offer| column.item(&offer.lookups));
        lookups.is_some_and(|lookups| lookups.contains(&Lookup::Exact))
    };
    for linked in links.iter_mut().flatten() {
        let list = linked.list.take();
        linked.list = list.filter(|list| {
            list.query.is_empty()
                || list
                    .filtered
                    .iter()
                    .all(|column| answers(list.place, column))
        });
    }
}
