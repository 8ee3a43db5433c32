//! From a request to its answer: the whole flow, in one place.
//!
//! The order of checks is part of the contract: host, route, method, length, format, query or body, then the database.

mod rows;

use http::{Method, Response};

use crate::{
    action::{Call, Needed},
    body::Body,
    database::Database,
    describe::{self, READ_METHODS},
    error::{Code, Error, Result, SERVER_FAILED, shown},
    link::{Base, Links, hides_an_empty_segment},
    operation::{Head, Parent},
    params::{self, Format, Limits},
    payload::Content,
    place::Place,
    policy::Asked,
    representation::{Description, Document, Root, negotiate, writer},
    response,
    route::{Found, Routes, Target},
    seen::Seen,
    site,
};

/// What an API serves, shared by its requests.
pub(crate) struct Shared {
    pub(crate) routes: Routes,
    pub(crate) places: Vec<Place>,
    links: Links,
    root_limits: Limits,
}

impl Shared {
    pub(crate) fn new(routes: Routes, places: Vec<Place>, links: Links) -> Self {
        Self {
            routes,
            places,
            links,
            root_limits: Limits::default(),
        }
    }

    /// From a request to its answer. Where `within` is said, there is that place alone, and what is nested in it.
    pub(crate) async fn answer(
        &self,
        head: &Head,
        body: Body,
        within: Option<usize>,
    ) -> Result<Response<Body>> {
        let base = self.links.base(head)?;
        let target = self.routes.find(head.uri.path());
        let target = target
            .filter(|target| is_within(target, within) && !hides_an_empty_segment(head))
            .ok_or_else(no_route)?;
        let query = head.uri.query().unwrap_or_default();
        if let Target::Act(found, key, action) = &target {
            let act = (found, *key, *action);
            return self.act(act, &base, head, body).await;
        }
        let asked = match target {
            Target::List(_) => Asked::List,
            _ => Asked::Retrieve,
        };
        let allowed = || self.methods(&READ_METHODS, target.found(), asked, head);
        check_method(&head.method, &READ_METHODS, allowed)?;
        check_length(query, self.limits(&target)?)?;
        let offered = target.formats();
        let format = negotiate::choose(params::format(query).as_deref(), &head.headers, offered)?;
        if head.method == Method::OPTIONS {
            let methods = allowed();
            let describing = self.describe(&target, &methods, &base, head, format);
            let document = Box::pin(describing).await?;
            return Ok(response::description(document, &methods.join(", ")));
        }
        let document = match &target {
            Target::Root => {
                params::root(query, &self.root_limits)?;
                self.root(&base, head, format)
            }
            Target::List(found) => {
                self.permit(found, asked, head)?;
                let mut seen = Seen::of(&self.places, &base, found, head).await?;
                let offer = &self.place(found.place)?.offer;
                let params = params::list(query, offer, &seen, format)?;
                seen.go(found).ok_or_else(Error::no_such_object)?;
                if params.number.is_none() {
                    let export = rows::export(&seen, found.place, params, head, format);
                    let stream = Box::pin(export).await?;
                    return Ok(
                        self.of_a_place(&target, |is_private| response::stream(stream, is_private))
                    );
                }
                rows::list(&seen, found.place, params, head, format).await?
            }
            Target::Object(found, key) => {
                self.permit(found, asked, head)?;
                let mut seen = Seen::of(&self.places, &base, found, head).await?;
                let selection = params::object(query, &self.place(found.place)?.offer, &seen)?;
                seen.go(found).ok_or_else(Error::no_such_object)?;
                rows::object(&seen, found.place, key, &selection, head, format).await?
            }
            Target::Act(..) => return Err(no_route()),
        };
        Ok(self.of_a_place(&target, |is_private| {
            response::document(document, is_private)
        }))
    }

    /// What a URL says of itself, as far as this request may use it; its query is read as that of a GET.
    async fn describe(
        &self,
        target: &Target<'_>,
        methods: &[&'static str],
        base: &Base,
        head: &Head,
        format: Format,
    ) -> Result<Document> {
        let query = head.uri.query().unwrap_or_default();
        let Some(found) = target.found() else {
            params::root(query, &self.root_limits)?;
            let resources = self.top(head).map(|place| place.offer.label.as_str());
            return Ok(writer(format).description(&describe::root(resources)));
        };
        let offer = &self.place(found.place)?.offer;
        let seen = Seen::of(&self.places, base, found, head).await?;
        if let Target::List(_) = target {
            params::list(query, offer, &seen, format)?;
        } else {
            params::object(query, offer, &seen)?;
        }
        let described = self.described(found, methods, head)?;
        Ok(writer(format).description(&described))
    }

    /// The same for an action, whose query string is its own.
    async fn act(
        &self,
        (found, key, action): (&Found<'_>, Option<&str>, usize),
        base: &Base,
        head: &Head,
        body: Body,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let action = place.actions.get(action).ok_or_else(no_route)?;
        let (served, asked) = (action.served(), Asked::Act(&action.name));
        let allowed = || self.methods(&served, Some(found), asked, head);
        check_method(&head.method, &served, allowed)?;
        check_length(head.uri.query().unwrap_or_default(), &place.offer.limits)?;
        let format = negotiate::choose(None, &head.headers, Format::OF_THE_REST)?;
        if head.method == Method::OPTIONS {
            let methods = allowed();
            let document = writer(format).description(&describe::action(action, &methods));
            return Ok(response::description(document, &methods.join(", ")));
        }
        self.permit(found, asked, head)?;
        site::check(head, base.authority())?;
        let mut seen = Seen::of(&self.places, base, found, head).await?;
        let content = Content::read(head, body, &place.offer.limits).await?;
        let span = head.span();
        span.record("model", place.model().name());
        span.record("operation", action.name.as_str());
        let call = Call {
            rows: needed(&mut seen, found, key),
            head: head.clone(),
            content,
            database: place.writes_to(head).await?,
            time_limit: place.time_limit,
            is_private: place.is_private(),
        };
        action.answer(call).await
    }

    /// A response, and what caches must know of it: whether it is private, and what it depends on.
    fn of_a_place(
        &self,
        target: &Target<'_>,
        respond: impl FnOnce(bool) -> Response<Body>,
    ) -> Response<Body> {
        let found = target.found();
        let place = found.and_then(|found| self.places.get(found.place));
        let mut response = respond(place.is_some_and(Place::is_private));
        if let Some(place) = place {
            response::vary(&mut response, &place.vary);
        }
        response
    }

    /// The links to the lists of all places that are not nested.
    fn root(&self, base: &Base, head: &Head, format: Format) -> Document {
        let lists = self.top(head).map(|place| {
            let uri = base.collection(&format!("/{}", place.name));
            (place.offer.label.as_str(), uri)
        });
        writer(format).root(&Root {
            lists: lists.collect(),
        })
    }

    /// What a place says of itself, as far as this request may use it.
    fn described<'a>(
        &'a self,
        found: &Found<'_>,
        methods: &[&'static str],
        head: &Head,
    ) -> Result<Description<'a>> {
        let place = self.place(found.place)?;
        let actions = place.actions.iter();
        let allowed =
            actions.filter(|action| self.permit(found, Asked::Act(&action.name), head).is_ok());
        Ok(describe::viewset(&place.offer, methods, allowed))
    }

    /// The places that are not nested, and whose lists this request may ask for.
    fn top<'a>(&'a self, head: &'a Head) -> impl Iterator<Item = &'a Place> {
        let top = self.places.iter().filter(|place| place.nesting.is_none());
        top.filter(|place| place.permit(Asked::List, head).is_ok())
    }

    /// Asks the policies on the way to a place whether this may be done there.
    fn permit(&self, found: &Found<'_>, asked: Asked<'_>, head: &Head) -> Result<()> {
        for (above, _) in &found.above {
            self.place(*above)?.permit(Asked::Retrieve, head)?;
        }
        self.place(found.place)?.permit(asked, head)
    }

    /// Of the methods a URL serves, those that this request may use.
    fn methods<'m>(
        &self,
        served: &[&'m str],
        found: Option<&Found<'_>>,
        asked: Asked<'_>,
        head: &Head,
    ) -> Vec<&'m str> {
        let may = found.is_none_or(|found| self.permit(found, asked, head).is_ok());
        let mut methods = served.to_vec();
        methods.retain(|method| may || *method == Method::OPTIONS.as_str());
        methods
    }

    fn place(&self, at: usize) -> Result<&Place> {
        self.places.get(at).ok_or_else(no_route)
    }

    fn limits(&self, target: &Target<'_>) -> Result<&Limits> {
        match target.found() {
            None => Ok(&self.root_limits),
            Some(found) => Ok(&self.place(found.place)?.offer.limits),
        }
    }
}

/// The rows that must be there for an action; none where a key in its path names nothing.
fn needed(seen: &mut Seen<'_>, found: &Found<'_>, key: Option<&str>) -> Option<Needed> {
    seen.go(found)?;
    let (_, parent) = seen.rows(found.place);
    let object = match key {
        None => None,
        Some(key) => Some(Parent {
            model: seen.place(found.place)?.model().clone(),
            condition: seen.object(found.place, key)?,
        }),
    };
    Some(Needed { parent, object })
}

impl Target<'_> {
    /// What it can be written as.
    const fn formats(&self) -> &'static [Format] {
        match self {
            Self::List(_) | Self::Object(..) => Format::OF_ROWS,
            Self::Root | Self::Act(..) => Format::OF_THE_REST,
        }
    }
}

impl Place {
    fn permit(&self, asked: Asked<'_>, head: &Head) -> Result<()> {
        match &self.policy {
            Some(policy) => policy.check(head, asked),
            None => Ok(()),
        }
    }

    /// The database of a request's actions.
    async fn writes_to(&self, head: &Head) -> Result<Database> {
        let own = self.manager.database_for(head).await?;
        let database = own.or_else(|| self.database.clone());
        database.ok_or_else(|| Error::new(Code::Internal, SERVER_FAILED))
    }
}

/// Whether a target is of a place, where there is that place alone.
fn is_within(target: &Target<'_>, place: Option<usize>) -> bool {
    place.is_none_or(|place| target.found().is_some_and(|found| found.is_within(place)))
}

/// Refuses a method that a URL does not serve, whatever of those it has is allowed.
fn check_method<'m>(
    method: &Method,
    served: &[&str],
    allowed: impl Fn() -> Vec<&'m str>,
) -> Result<()> {
    if served.contains(&method.as_str()) {
        return Ok(());
    }
    let allowed = allowed().join(", ");
    let detail = format!(
        "`{}` is not served here; the methods are {allowed}",
        shown(method.as_str())
    );
    Err(Error::method_not_allowed(detail, allowed))
}

fn check_length(query: &str, limits: &Limits) -> Result<()> {
    let (bytes, most) = (query.len(), limits.query_bytes);
    if bytes <= most {
        return Ok(());
    }
    let detail = format!("the query string has {bytes} bytes; at most {most} are read");
    Err(Error::new(Code::UriTooLong, detail))
}

fn no_route() -> Error {
    Error::new(Code::NoRoute, "nothing is served at this path")
}
