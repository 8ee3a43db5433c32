//! A place: a viewset at a path, checked, with its relations to other places resolved.

mod draft;
mod join;
mod key;
mod links;
mod nesting;
mod offer;
mod relations;

use std::{fmt, sync::Arc};

use crate::{
    describe,
    keys::Given,
    link::Template,
    manager::{Access, Operations},
    model::{Join, Model},
    params::{Offer, Served},
    representation::json::Members,
    route::{Routes, Segment},
    scope::Scope,
    stack::Layers,
    viewset::{ToMany, ViewSet},
};

pub(crate) use self::links::{Linked, ListLink};
use self::{draft::Draft, key::Site};

/// A viewset at a path.
pub(crate) struct Place {
    /// The segment of the path that is its own; empty for a viewset alone.
    pub(crate) name: String,
    pub(crate) nesting: Option<Nesting>,
    pub(crate) offer: Offer,
    /// The columns whose values the request gives.
    pub(crate) given: Option<Given>,
    pub(crate) scope: Option<Scope>,
    /// The places whose rows depend on the request, of this one, those above it, and those its relations reach.
    pub(crate) walled: Vec<usize>,
    /// Where the links of each relation of the offer lead.
    pub(crate) links: Vec<Linked>,
    /// The path to an object by its own columns, if they are enough.
    pub(crate) canonical: Option<Template>,
    pub(crate) members: Members,
    pub(crate) operations: Operations,
    /// Whether each request has a manager of its own, so that answers are for it alone.
    pub(crate) is_private: bool,
    pub(crate) integers_as_text: bool,
    pub(crate) to_many: ToMany,
    /// What OPTIONS answers.
    pub(crate) description: Vec<u8>,
    pub(crate) layers: Layers,
}

/// What a place is nested under.
#[derive(Debug)]
pub(crate) struct Nesting {
    pub(crate) parent: usize,
    /// From a row to the object it is nested under.
    pub(crate) join: Arc<Join>,
    /// The columns here whose values the path says, and those of the parent they come from.
    pub(crate) known: Vec<(u16, u16)>,
}

impl Place {
    pub(crate) fn model(&self) -> &Model {
        &self.offer.model
    }
}

/// The places of viewsets by their path, and the routes to them; what keeps them from being so goes to `mistakes`.
pub(crate) fn places(
    entries: Vec<(String, ViewSet)>,
    mistakes: &mut Vec<String>,
) -> (Routes, Vec<Place>) {
    let alone = matches!(entries.as_slice(), [(name, _)] if name.is_empty());
    let drafts = Draft::all(entries, mistakes);
    for draft in &drafts {
        draft.check_pages(mistakes);
    }
    let segments = drafts.iter().map(|draft| Segment {
        name: draft.name.clone(),
        parent: draft.parent,
    });
    let routes = Routes::new(segments.collect(), alone);
    let sites = Site::all(&drafts, mistakes);
    let mut places = built(&drafts, sites, mistakes);
    set_walled(&mut places);
    (routes, places)
}

fn built(drafts: &[Draft], sites: Vec<Site>, mistakes: &mut Vec<String>) -> Vec<Place> {
    let (mut offers, mut links) = (Vec::new(), Vec::new());
    let resolved = relations::all(drafts, &sites, mistakes);
    for (draft, (site, relations)) in drafts.iter().zip(sites.iter().zip(resolved)) {
        let (served, linked): (Vec<_>, Vec<_>) = relations.into_iter().unzip();
        draft.check_members(&served, mistakes);
        offers.push(draft.offer(served, &site.url_key, mistakes));
        links.push(linked);
    }
    offer::set_default_orders(drafts, &mut offers, mistakes);
    links::keep_answered(&mut links, &offers);
    let canonical = (0..drafts.len()).map(|at| links::canonical(at, drafts, &sites));
    let canonical: Vec<_> = canonical.collect();
    let links = links.into_iter().zip(canonical);
    let each = drafts.iter().zip(sites).zip(offers).zip(links);
    each.filter_map(|(((draft, site), offer), (links, canonical))| {
        place(draft, site, offer, links, canonical)
    })
    .collect()
}

fn set_walled(places: &mut [Place]) {
    let walled: Vec<_> = (0..places.len()).map(|at| walled(at, places)).collect();
    for (place, walled) in places.iter_mut().zip(walled) {
        place.walled = walled;
    }
}

/// The places whose rows depend on the request, of those that can be reached from one.
fn walled(from: usize, places: &[Place]) -> Vec<usize> {
    let (mut reached, mut next) = (vec![from], 0);
    while let Some(place) = reached.get(next).and_then(|at| places.get(*at)) {
        let above = place.nesting.iter().map(|nesting| nesting.parent);
        let related = place.offer.relations.iter().map(|served| served.place);
        for at in above.chain(related) {
            if !reached.contains(&at) {
                reached.push(at);
            }
        }
        next += 1;
    }
    let depends = |place: &Place| place.given.is_some() || place.scope.is_some();
    reached.retain(|at| places.get(*at).is_some_and(depends));
    reached
}

fn place(
    draft: &Draft,
    site: Site,
    offer: Offer,
    links: Vec<Linked>,
    canonical: Option<Template>,
) -> Option<Place> {
    let viewset = &draft.viewset;
    Some(Place {
        name: draft.name.clone(),
        nesting: site.nesting,
        given: site.given,
        scope: viewset.scope.clone(),
        walled: Vec::new(),
        links,
        canonical,
        members: Members::of(&offer),
        description: describe::viewset(&offer),
        operations: viewset.operations(&offer.relations),
        is_private: viewset.manager.is_factory(),
        integers_as_text: viewset.big_integers_as_text,
        to_many: viewset.to_many,
        layers: viewset.layers.clone(),
        offer,
    })
}

impl ViewSet {
    /// What answers operations about its rows: its manager inside its operation layers.
    fn operations(&self, relations: &[Served]) -> Operations {
        let access = Access {
            database: self.database.clone(),
            relations: relations.to_vec(),
            time_limit: self.time_limit,
        };
        self.operation_layers
            .around(self.manager.clone().over(access))
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("name", &self.name)
            .field("model", &self.offer.model)
            .finish_non_exhaustive()
    }
}
