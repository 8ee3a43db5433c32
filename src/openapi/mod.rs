//! The OpenAPI document of an API, made of the routes, the places and the tables of the parser.
//!
//! 1. Every method that [`Question::all`](crate::question::Question::all) says of a target is an operation; nothing else
//!    is one.
//! 2. The description is made once. A view of it, which has what policies allow to a request, is written once for each
//!    set of allowed operations, and kept.
//! 3. A component is only in a view if an operation of it refers to it.

#[cfg(feature = "html")]
mod anchors;
mod answers;
mod descriptions;
#[cfg(feature = "html")]
mod docs;
mod document;
mod documented;
mod entries;
mod enums;
#[cfg(feature = "html")]
mod in_words;
mod inputs;
mod names;
#[cfg(feature = "html")]
mod node;
mod objects;
mod operation_ids;
mod operations;
mod parameters;
mod paths;
mod problems;
mod schema;
mod settings;
mod successes;
mod tags;
mod types;
mod view;

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

#[cfg(feature = "html")]
pub(crate) use self::anchors::anchor_of;
pub use self::settings::OpenApi;
use self::{
    document::{Components, Tag},
    names::TakenNames,
    objects::ObjectNames,
    operations::{DescribedOperation, Describing},
    paths::PathTemplate,
    tags::{tag, tags},
    types::TypeNames,
    view::Whole,
};
pub(crate) use self::{documented::Documented, view::DocumentView};
use crate::{link::percent_encoded, params::nearest, route::Target};

/// The most views that are kept. An API has few: one for each set of rights.
const MOST_VIEWS: usize = 16;

/// A function that returns the methods of a target that policies allow to a request.
pub(crate) type Allows<'a> = &'a dyn Fn(&Target<'static>) -> Vec<String>;

/// The document of an API.
pub(crate) struct Documentation {
    settings: OpenApi,
    made: OnceLock<DescribedApi>,
    /// The views that were written, each by the operations that it has; the last used one is the last.
    views: Mutex<Vec<(Vec<bool>, Arc<DocumentView>)>>,
    /// The view with everything.
    whole: OnceLock<Arc<DocumentView>>,
}

/// The description of everything, from which views are written.
struct DescribedApi {
    targets: Vec<Target<'static>>,
    templates: Vec<String>,
    tags: Vec<Tag>,
    operations: Vec<DescribedOperation>,
    components: Components,
}

impl Documentation {
    pub(crate) fn new(settings: OpenApi) -> Self {
        Self {
            settings,
            made: OnceLock::new(),
            views: Mutex::default(),
            whole: OnceLock::new(),
        }
    }

    /// Appends a message for each change of an operation or schema that does not exist.
    pub(crate) fn check(&self, api: &Documented<'_>, mistakes: &mut Vec<String>) {
        let settings = &self.settings;
        if settings.operations.is_empty() && settings.schemas.is_empty() {
            return;
        }
        let made = self.made(api);
        let ids: Vec<_> = made
            .operations
            .iter()
            .map(|one| &*one.object.operation_id)
            .collect();
        let schemas: Vec<_> = made
            .components
            .schemas
            .0
            .iter()
            .map(|(name, _)| &**name)
            .collect();
        for (method, changed, known) in [
            ("operation", &settings.operations, ids),
            ("schema", &settings.schemas, schemas),
        ] {
            for (name, _) in changed.iter().filter(|(name, _)| !known.contains(&&**name)) {
                let near = nearest(name, known.iter().copied());
                mistakes.push(format!(
                    "`OpenApi::{method}(…)` names `{name}`, which the document does not have{near}"
                ));
            }
        }
    }

    /// Returns the view of a request: with the methods of each target that `allows` returns, or with everything.
    pub(crate) fn view(
        &self,
        api: &Documented<'_>,
        allows: Option<Allows<'_>>,
    ) -> Arc<DocumentView> {
        let made = self.made(api);
        let Some(allows) = allows else {
            let whole = self
                .whole
                .get_or_init(|| Arc::new(made.whole(&self.settings).view(&|_| true)));
            return Arc::clone(whole);
        };
        let allowed: Vec<Vec<String>> = made.targets.iter().map(allows).collect();
        let is_allowed = |operation: &DescribedOperation| {
            let methods = allowed.get(operation.target);
            methods.is_some_and(|methods| methods.iter().any(|known| known == operation.method))
        };
        let shown: Vec<bool> = made.operations.iter().map(is_allowed).collect();
        let lock = || self.views.lock().unwrap_or_else(PoisonError::into_inner);
        let mut views = lock();
        if let Some(at) = views.iter().position(|(known, _)| *known == shown) {
            let found = views.remove(at);
            let view = Arc::clone(&found.1);
            views.push(found);
            return view;
        }
        drop(views);
        let is_shown = |at: usize| shown.get(at) == Some(&true);
        let view = Arc::new(made.whole(&self.settings).view(&is_shown));
        let mut views = lock();
        if views.len() >= MOST_VIEWS {
            views.remove(0);
        }
        views.push((shown, Arc::clone(&view)));
        view
    }

    /// Returns the fragment of the document's URI for the part that describes a target; none for the API itself.
    pub(crate) fn part(&self, api: &Documented<'_>, target: &Target<'_>) -> String {
        let template = match target {
            Target::Root | Target::Document | Target::Docs(_) => None,
            Target::List(_) | Target::Object(..) | Target::Act(..) => {
                let made = self.made(api);
                let target = target.without_keys();
                let at = made.targets.iter().position(|known| *known == target);
                at.and_then(|at| made.templates.get(at))
            }
        };
        let pointer = template.map(|path| path.replace('~', "~0").replace('/', "~1"));
        let fragment = pointer.map(|pointer| format!("#/paths/{}", percent_encoded(&pointer)));
        fragment.unwrap_or_default()
    }

    fn made(&self, api: &Documented<'_>) -> &DescribedApi {
        self.made.get_or_init(|| DescribedApi::of(api))
    }
}

impl DescribedApi {
    fn of(api: &Documented<'_>) -> Self {
        let (paths, targets): (Vec<_>, Vec<_>) = api.routes.targets().into_iter().unzip();
        let each = paths.iter().zip(&targets);
        let templates = each.map(|(path, target)| {
            let tag = tag(target, api.places);
            PathTemplate::of(path, tag, api.places, api.slash)
        });
        let paths: Vec<PathTemplate> = templates.collect();
        let own = descriptions::all();
        let mut taken = TakenNames::of(own.iter().map(|(name, _)| (*name).to_owned()));
        let names = ObjectNames::of_all(api.places, &mut taken);
        let mut components = Components::default();
        for (name, schema) in own {
            components.schemas.push(name, schema);
        }
        let mut describing = Describing {
            api,
            paths: &paths,
            targets: &targets,
            names: &names,
            types: TypeNames::beside(taken),
            components,
        };
        describing.add_schemas();
        let operations = describing.operations();
        let components = describing.components;
        Self {
            tags: tags(&paths, &targets, api.places),
            templates: paths.into_iter().map(|path| path.template).collect(),
            targets,
            operations,
            components,
        }
    }

    fn whole<'a>(&'a self, settings: &'a OpenApi) -> Whole<'a> {
        Whole {
            settings,
            templates: &self.templates,
            tags: &self.tags,
            operations: &self.operations,
            components: &self.components,
        }
    }
}

impl fmt::Debug for Documentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documentation")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
