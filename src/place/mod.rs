//! Places: a place is a viewset at a path, checked, with its relations to other places resolved.

mod actions;
mod draft;
mod estimates;
mod export;
mod full_text;
mod hooks;
mod join;
mod key;
mod links;
mod names;
mod nesting;
mod offer;
mod relations;
mod shapes;
mod summaries;
mod taken;
mod writes;

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    action::Action,
    database::{Database, PlaceHooks},
    idempotency::Idempotency,
    keys::GivenKeys,
    layers::Layers,
    link::Template,
    manager::{DataAccess, Operations, Provider},
    model::{ColumnNumber, Model},
    operation::Validators,
    params::{Formats, Offer, PlaceIndex, Served, indexed},
    policy::Policy,
    representation::{IntegersAsText, Members},
    route::{Named, Routes, Segment},
    scope::Scope,
    server_values::ServerColumns,
    viewset::{ToMany, ViewSet, Writes},
};

use self::{draft::PlaceDraft, key::Site};
pub(crate) use self::{
    links::{Linked, ListLink},
    names::NameStyle,
    nesting::Nesting,
};

/// A viewset at a path.
pub(crate) struct Place {
    /// The segment of the path that names the place; empty if the only viewset is at the root.
    pub(crate) name: String,
    pub(crate) nesting: Option<Nesting>,
    pub(crate) offer: Offer,
    /// The key columns whose values the program's closure `ViewSet::other_keys` takes from the request's head, such as
    /// from a header; `None` if the viewset has no such closure.
    pub(crate) given: Option<GivenKeys>,
    pub(crate) scope: Option<Scope>,
    pub(crate) policy: Option<Policy>,
    /// The names of the request headers that answers depend on, for `Vary`. They include those of places whose rows an
    /// answer may contain.
    pub(crate) vary: Vec<String>,
    /// The places whose visible rows depend on the request, among this place, those above it, and those that relations
    /// lead to.
    pub(crate) restricted: Vec<PlaceIndex>,
    /// The paths and lists that each relation links to, in the order of the relations in the offer.
    pub(crate) links: Vec<Linked>,
    /// The path from the root to an object, such as `/cars/{car_id}`, completed by columns of its row; `None` if they
    /// do not determine the path.
    pub(crate) canonical: Option<Template>,
    /// The path to an object for answers to requests of this place: it continues the path of the parent object in the
    /// request. `None` if no key identifies objects here.
    pub(crate) own: Option<Template>,
    pub(crate) members: Arc<Members>,
    pub(crate) operations: Operations,
    pub(crate) actions: Vec<Action>,
    /// The changes (create, update, delete) that clients may make to the place's rows.
    pub(crate) writes: Writes,
    /// The columns that the server sets.
    pub(crate) server_columns: ServerColumns,
    /// The program's checks of each row before it is written.
    pub(crate) validators: Validators,
    /// The columns of the unique key by which a POST may find and change a stored row; `None` if a POST only inserts.
    pub(crate) upsert: Option<Vec<ColumnNumber>>,
    /// The settings for requests with an idempotency key.
    pub(crate) idempotency: Idempotency,
    /// The names that are not read as keys: those of the actions on the collection, such as `import` in `/cars/import/`,
    /// and that of the OpenAPI document beside a list at the root.
    pub(crate) reserved: Arc<[String]>,
    /// The database that actions write to, unless the request's manager brings its own.
    pub(crate) database: Option<Database>,
    pub(crate) time_limit: Duration,
    pub(crate) manager: Provider,
    pub(crate) integers_as_text: IntegersAsText,
    pub(crate) to_many: ToMany,
    pub(crate) layers: Layers,
}

impl Place {
    pub(crate) fn model(&self) -> &Model {
        &self.offer.model
    }

    /// Whether replicas answer readings.
    #[cfg(feature = "openapi")]
    pub(crate) fn has_replicas(&self) -> bool {
        self.database.as_ref().is_some_and(Database::has_replicas)
    }

    /// Whether two requests may see different rows of the place: the viewset has a scope (a filter by the request's
    /// head), or takes key columns from the head (`ViewSet::other_keys`).
    pub(crate) fn depends_on_the_request(&self) -> bool {
        self.given.is_some() || self.scope.is_some()
    }

    /// Whether answers depend on more of a request than its URL, so that shared caches must not store them.
    pub(crate) fn is_private(&self) -> bool {
        self.manager.is_factory()
            || self.policy.is_some()
            || !self.vary.is_empty()
            || !self.restricted.is_empty()
    }
}

/// Builds the places of viewsets, each with its path, and the routes to them, among them that to the OpenAPI document if
/// the API `is_documented`. Messages about mistakes are appended to `mistakes`.
pub(crate) fn places(
    entries: Vec<(String, ViewSet)>,
    (formats, is_documented): (&Arc<Formats>, bool),
    names: NameStyle,
    mistakes: &mut Vec<String>,
) -> (Routes, Vec<Place>) {
    let alone = matches!(entries.as_slice(), [(name, _)] if name.is_empty());
    let drafts = PlaceDraft::all(entries, (formats, is_documented), mistakes);
    taken::check(&drafts, mistakes);
    for draft in &drafts {
        draft.check_pages(mistakes);
        draft.check_export(mistakes);
        draft.check_writes(mistakes);
    }
    let sites = Site::all(&drafts, mistakes);
    let segments = drafts.iter().zip(&sites).map(|(draft, site)| Segment {
        name: draft.name.clone(),
        parent: draft.parent,
        has_objects: !site.url_key.is_empty(),
        is_single: site.is_single,
        actions: draft.viewset.actions.iter().map(Named::of).collect(),
    });
    let routes = Routes::new(segments.collect(), alone, is_documented).with_docs(formats.html);
    actions::check(&drafts, &sites, mistakes);
    let mut places = built(&drafts, sites, names, mistakes);
    set_restricted(&mut places);
    for (draft, place) in drafts.iter().zip(&places) {
        draft.check_estimates(&place.restricted, &places, mistakes);
    }
    (routes, places)
}

fn built(
    drafts: &[PlaceDraft],
    sites: Vec<Site>,
    names: NameStyle,
    mistakes: &mut Vec<String>,
) -> Vec<Place> {
    let (mut offers, mut links) = (Vec::new(), Vec::new());
    let mut resolved = relations::all(drafts, &sites, mistakes);
    writes::set_written(drafts, &sites, &mut resolved, mistakes);
    for (draft, (site, relations)) in drafts.iter().zip(sites.iter().zip(resolved)) {
        let (served, linked): (Vec<_>, Vec<_>) = relations.into_iter().unzip();
        draft.check_members(&served, &site.url_key, mistakes);
        let served = shapes::shaped(served, draft, &sites, mistakes);
        let mut offer = draft.offer(served, &site.url_key, mistakes);
        offer.is_single = site.is_single;
        offers.push(offer);
        links.push(linked);
    }
    offer::set_default_orders(drafts, &mut offers, mistakes);
    links::keep_answered(&mut links, &offers);
    names.set(&mut offers, &mut links, mistakes);
    let paths = |at| Paths {
        canonical: links::canonical(at, drafts, &sites),
        own: links::own(at, drafts, &sites),
    };
    let paths: Vec<_> = indexed(drafts).map(|(at, _)| paths(at)).collect();
    let links = links.into_iter().zip(paths);
    let hooks = hooks::hooks(drafts);
    let each = drafts.iter().zip(sites).zip(offers).zip(links).zip(hooks);
    each.map(|((((draft, site), offer), (links, paths)), hooks)| {
        place(draft, site, offer, links, (paths, hooks))
    })
    .collect()
}

fn set_restricted(places: &mut [Place]) {
    let reached: Vec<_> = indexed(places).map(|(at, _)| reached(at, places)).collect();
    let vary: Vec<_> = reached
        .iter()
        .map(|reached| vary(reached, places))
        .collect();
    let depends = |at: &PlaceIndex| at.item(places).is_some_and(Place::depends_on_the_request);
    let restricted = reached
        .into_iter()
        .map(|reached| reached.into_iter().filter(depends).collect());
    let restricted: Vec<Vec<PlaceIndex>> = restricted.collect();
    for (place, (restricted, vary)) in places.iter_mut().zip(restricted.into_iter().zip(vary)) {
        (place.restricted, place.vary) = (restricted, vary);
    }
}

/// Returns the names of request headers in the `vary` of all places in `reached`, without duplicates.
fn vary(reached: &[PlaceIndex], places: &[Place]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let named = reached.iter().filter_map(|at| at.item(places));
    for name in named.flat_map(|place| &place.vary) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name.clone());
        }
    }
    names
}

/// Returns the place `from` and all places that it leads to, directly or indirectly, by being nested under them or by
/// relations to them.
fn reached(from: PlaceIndex, places: &[Place]) -> Vec<PlaceIndex> {
    let (mut reached, mut next) = (vec![from], 0);
    let mut known = vec![false; places.len()];
    if let Some(own) = from.item_mut(&mut known) {
        *own = true;
    }
    while let Some(place) = reached.get(next).and_then(|at| at.item(places)) {
        let above = place.nesting.iter().map(|nesting| nesting.parent);
        let related = place.offer.relations.iter().map(|served| served.place);
        for at in above.chain(related) {
            if let Some(known @ false) = at.item_mut(&mut known) {
                *known = true;
                reached.push(at);
            }
        }
        next += 1;
    }
    reached
}

/// The two paths to the objects of a place, `canonical` and `own`, as in [`Place`].
struct Paths {
    canonical: Option<Template>,
    own: Option<Template>,
}

fn place(
    draft: &PlaceDraft,
    site: Site,
    offer: Offer,
    links: Vec<Linked>,
    (paths, hooks): (Paths, Option<PlaceHooks>),
) -> Place {
    let viewset = &draft.viewset;
    let writes = writes::served(viewset.writes, site.nesting.as_ref(), &offer.model);
    Place {
        name: draft.name.clone(),
        nesting: site.nesting,
        given: site.given,
        scope: viewset.scope.clone(),
        policy: viewset.policy.clone(),
        vary: viewset.vary.clone(),
        restricted: Vec::new(),
        links,
        canonical: paths.canonical,
        own: paths.own,
        members: Arc::new(Members::of(&offer)),
        operations: viewset.operations(&offer.relations, hooks),
        manager: viewset.manager.clone(),
        actions: viewset.actions.clone(),
        writes,
        server_columns: draft.server_columns.clone(),
        validators: viewset.validators.clone(),
        // Mistakes in this setting are already reported.
        upsert: draft.upsert(&mut Vec::new()),
        idempotency: viewset.idempotency.clone(),
        reserved: draft.reserved(),
        database: viewset.database.clone(),
        time_limit: viewset.time_limit,
        integers_as_text: viewset.integers_as_text,
        to_many: viewset.to_many,
        layers: viewset.layers.clone(),
        offer,
    }
}

impl ViewSet {
    /// Returns the service that runs operations on the viewset's rows: its manager, wrapped in its operation layers.
    fn operations(&self, relations: &[Served], hooks: Option<PlaceHooks>) -> Operations {
        let access = DataAccess {
            database: self.database.clone(),
            relations: relations.to_vec(),
            time_limit: self.time_limit,
            dry_runs: self.writes.dry_runs,
            hooks,
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
