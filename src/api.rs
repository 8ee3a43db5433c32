//! From a request to its answer: the whole flow, in one place.
//!
//! The order of checks is part of the contract: host, route, method, length, format, query or body, then the database.

use http::{Method, Response};

use crate::{
    action::{Call, Needed},
    body::Body,
    database::Database,
    describe::{self, READ_METHODS},
    error::{Code, Error, Result, SERVER_FAILED, shown},
    link::{Base, Links, page_query},
    manager::Answer,
    operation::{Ask, Head, List, Operation, Outcome, Page, Parent, Retrieve, pages},
    params::{self, Limits, ListParams, Selection},
    payload::Content,
    place::Place,
    policy::Asked,
    representation::{
        json::{self, Frame},
        negotiate,
    },
    response,
    route::{Found, Routes, Target},
    seen::Seen,
    site,
    view::View,
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
            .filter(|target| is_within(target, within))
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
        negotiate::check(params::format(query).as_deref(), &head.headers)?;
        if head.method == Method::OPTIONS {
            let document = self.describe(&target, &allowed(), &base, head).await?;
            return Ok(response::description(document, &allowed().join(", ")));
        }
        let document = match &target {
            Target::Root => {
                params::root(query, &self.root_limits)?;
                self.root(&base, head)
            }
            Target::List(found) => {
                self.permit(found, asked, head)?;
                let mut seen = Seen::of(&self.places, &base, found, head).await?;
                let params = params::list(query, &self.place(found.place)?.offer, &seen)?;
                seen.go(found).ok_or_else(Error::no_such_object)?;
                list(&seen, found.place, params, head).await?
            }
            Target::Object(found, key) => {
                self.permit(found, asked, head)?;
                let mut seen = Seen::of(&self.places, &base, found, head).await?;
                let selection = params::object(query, &self.place(found.place)?.offer, &seen)?;
                seen.go(found).ok_or_else(Error::no_such_object)?;
                object(&seen, found.place, key, &selection, head).await?
            }
            Target::Act(..) => return Err(no_route()),
        };
        Ok(self.answered(document, &target))
    }

    /// What a URL says of itself, as far as this request may use it; its query is read as that of a GET.
    async fn describe(
        &self,
        target: &Target<'_>,
        methods: &[&'static str],
        base: &Base,
        head: &Head,
    ) -> Result<Vec<u8>> {
        let query = head.uri.query().unwrap_or_default();
        let Some(found) = target.found() else {
            params::root(query, &self.root_limits)?;
            return Ok(describe::root(
                self.top(head).map(|place| place.offer.label.as_str()),
            ));
        };
        let offer = &self.place(found.place)?.offer;
        let seen = Seen::of(&self.places, base, found, head).await?;
        if let Target::List(_) = target {
            params::list(query, offer, &seen)?;
        } else {
            params::object(query, offer, &seen)?;
        }
        self.described(found, methods, head)
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
        negotiate::check(None, &head.headers)?;
        if head.method == Method::OPTIONS {
            let document = describe::action(action, &allowed());
            return Ok(response::description(document, &allowed().join(", ")));
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

    /// 200 with a document, and what caches must know of it.
    fn answered(&self, document: Vec<u8>, target: &Target<'_>) -> Response<Body> {
        let found = target.found();
        let place = found.and_then(|found| self.places.get(found.place));
        let mut response = response::json(document, place.is_some_and(Place::is_private));
        if let Some(place) = place {
            response::vary(&mut response, &place.vary);
        }
        response
    }

    /// The links to the lists of all places that are not nested.
    fn root(&self, base: &Base, head: &Head) -> Vec<u8> {
        let mut document = vec![b'{'];
        for (at, place) in self.top(head).enumerate() {
            if at > 0 {
                document.push(b',');
            }
            document.extend(json::member(&place.offer.label));
            let uri = base.collection(&format!("/{}", place.name));
            json::quoted(uri.as_bytes(), &mut document);
        }
        document.push(b'}');
        document
    }

    /// What a place says of itself, as far as this request may use it.
    fn described(
        &self,
        found: &Found<'_>,
        methods: &[&'static str],
        head: &Head,
    ) -> Result<Vec<u8>> {
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

async fn list(seen: &Seen<'_>, at: usize, params: ListParams, head: &Head) -> Result<Vec<u8>> {
    let place = seen.place(at).ok_or_else(no_route)?;
    let view = View::of(seen, at, &params.selection).ok_or_else(no_route)?;
    let (rows, parent) = seen.rows(at);
    let ask = Ask::List(List {
        parent,
        filter: rows.and(params.filter),
        also: Vec::new(),
        order: params.order,
        columns: view.columns,
        number: params.number,
        size: params.size,
        count: place.offer.pages.count,
        deepest: place.offer.limits.offset_rows as u64,
        related: view.related,
    });
    let outcome = noted(place.ask(ask, head).await?, head);
    let Outcome::Page(page) = outcome else {
        return Err(other_outcome("a list with one object"));
    };
    let query = head.uri.query().unwrap_or_default();
    let list = seen.base().collection(&seen.trail().below(&place.name));
    let link = |number| {
        format!(
            "{list}?{}",
            page_query(query, params.page_at.as_ref(), number)
        )
    };
    let frame = frame(&page, params.size, link);
    Ok(json::list(&page, &frame, &view.objects))
}

async fn object(
    seen: &Seen<'_>,
    at: usize,
    key: &str,
    selection: &Selection,
    head: &Head,
) -> Result<Vec<u8>> {
    let place = seen.place(at).ok_or_else(no_route)?;
    let condition = seen.object(at, key).ok_or_else(Error::no_such_object)?;
    let view = View::of(seen, at, selection).ok_or_else(no_route)?;
    let ask = Ask::Retrieve(Retrieve {
        condition,
        also: Vec::new(),
        columns: view.columns,
        related: view.related,
    });
    let outcome = noted(place.ask(ask, head).await?, head);
    let Outcome::Object(object) = outcome else {
        return Err(other_outcome("one object with a list"));
    };
    object
        .and_then(|object| json::object(&object, &view.objects))
        .ok_or_else(Error::no_such_object)
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

    /// Hands a question to the place's operations.
    fn ask(&self, ask: Ask, head: &Head) -> Answer {
        let model = self.offer.model.clone();
        let span = head.span();
        span.record("model", model.name());
        span.record("operation", ask.name());
        let operation = Operation::new(head.clone(), model, ask);
        self.operations.answer(operation)
    }
}

/// Says in the request's span how many rows it read.
fn noted(outcome: Outcome, head: &Head) -> Outcome {
    head.span().record("rows", outcome.rows());
    outcome
}

fn other_outcome(words: &str) -> Error {
    let source = format!("an operation layer answered {words}");
    Error::new(Code::Internal, SERVER_FAILED).with_source(source)
}

/// Whether a target is of a place, where there is that place alone.
fn is_within(target: &Target<'_>, place: Option<usize>) -> bool {
    place.is_none_or(|place| target.found().is_some_and(|found| found.is_within(place)))
}

/// What a list says of its page; `link` gives the URI of a page.
fn frame(page: &Page, size: u64, link: impl Fn(u64) -> String) -> Frame {
    Frame {
        size,
        pages: page.total.map(|total| pages(total, size)),
        next: page.more.then(|| link(page.number + 1)),
        previous: (page.number > 1).then(|| link(page.number - 1)),
    }
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
