//! The whole way from a request to its response, for every question (list, object, write, action, OPTIONS).
//!
//! The order of the checks is part of the contract: host, path, method, length of the query string, format, access,
//! then the query string or body. The database is asked last.

mod act;
mod aggregates;
mod conditional;
mod context;
#[cfg(all(feature = "html", feature = "openapi"))]
mod docs;
#[cfg(feature = "openapi")]
mod document;
#[cfg(feature = "html")]
mod forms;
mod idempotent;
mod overview;
mod pages;
mod rows;
#[cfg(feature = "swagger-ui")]
mod swagger_ui;
mod writes;

use std::sync::Arc;

use http::Response;

#[cfg(feature = "openapi")]
use crate::openapi::Documentation;
use crate::{
    action::Action,
    body::Body,
    csrf,
    database::{Database, WrittenDatabases},
    error::{Code, Error, Result, SERVER_FAILED, shown},
    idempotency::{KeyedRequest, RunningKeys},
    link::{LinkBase, Links, hides_an_empty_segment},
    manager::caught,
    operation::Head,
    params::{self, Format, Limits, PlaceIndex, Shows},
    place::Place,
    policy::Access,
    question::{FormName, Question},
    representation::{Problem, Writers, negotiate},
    response,
    route::{DocsPath, Located, Routes, Target},
    viewset::Writes,
};

/// The routes and places (viewsets at paths) of an API, shared by all its requests.
pub(crate) struct Shared {
    pub(crate) routes: Routes,
    pub(crate) places: Vec<Place>,
    links: Links,
    writers: Arc<Writers>,
    root_limits: Limits,
    /// The OpenAPI document; `None` if it is not served.
    #[cfg(feature = "openapi")]
    documentation: Option<Documentation>,
    /// The idempotency keys of the requests that are running now.
    running: RunningKeys,
}

/// The head of a request, with values derived from the head: the beginning of its links, its query string, and the
/// format of its answer.
#[derive(Clone, Copy)]
struct Request<'r> {
    head: &'r Head,
    base: &'r LinkBase,
    query: &'r str,
    format: Format,
    shared: &'r Shared,
    target: &'r Target<'r>,
    /// The request's idempotency key; `None` if its answer is not stored.
    keyed: Option<&'r Arc<KeyedRequest>>,
}

/// A function that returns the body of a request; the body can be taken only once.
pub(crate) type TakeBody<'b> = dyn FnMut() -> Body + Send + 'b;

impl Shared {
    pub(crate) fn new(
        routes: Routes,
        places: Vec<Place>,
        links: Links,
        writers: Arc<Writers>,
    ) -> Self {
        Self {
            routes,
            places,
            links,
            writers,
            root_limits: Limits::default(),
            #[cfg(feature = "openapi")]
            documentation: None,
            running: RunningKeys::default(),
        }
    }

    /// Answers a request and returns its response. If `within` is given, only that place (a viewset at a path) and the
    /// places nested in it are served.
    ///
    /// The format is chosen before anything can fail, so that errors are written in it, too.
    pub(crate) async fn answer(
        &self,
        head: &Head,
        body: &mut TakeBody<'_>,
        within: Option<PlaceIndex>,
    ) -> Response<Body> {
        #[cfg(feature = "html")]
        if let Some(asset) = self.asset(head) {
            return asset;
        }
        let target = self.routes.find(head.uri.path());
        let target =
            target.filter(|target| self.is_within(target, within) && !hides_an_empty_segment(head));
        let form = self.form_named(head);
        let question = target
            .as_ref()
            .and_then(|target| self.question(target, form, head));
        let negotiated = match form {
            Some(_) => Ok(Format::Html),
            None => self.negotiated(target.as_ref(), question, head),
        };
        let format = negotiated.as_ref().copied().unwrap_or_default();
        // A panic can only come from a closure of the program, such as a scope or a policy.
        let asked = (target.as_ref(), question, form);
        let answer = self.respond(head, body, asked, negotiated);
        let mut response = match caught(answer).await {
            Ok(response) => response,
            Err(error) => self.problem(&error, format, target.as_ref(), head),
        };
        for (token, window) in WrittenDatabases::tokens(head).await {
            response::read_after(&mut response, &token, window, self.links.is_https(head));
        }
        response
    }

    /// Makes the checks that are common to all requests, in the order given at the top of this module, and answers the
    /// request.
    async fn respond(
        &self,
        head: &Head,
        body: &mut TakeBody<'_>,
        (target, question, form): (Option<&Target<'_>>, Option<Question<'_>>, Option<FormName>),
        format: Result<Format>,
    ) -> Result<Response<Body>> {
        let base = self.links.base(head)?;
        let target = target.ok_or_else(no_route)?;
        let question = question.ok_or_else(|| self.method_not_allowed(target, head))?;
        let query = head.uri.query().unwrap_or_default();
        check_length(query, self.limits(target)?)?;
        // The page of a form is the same for any other parameters.
        let query = form.map_or(query, |_| "");
        let format = format?;
        if let Some((found, access)) = question.access() {
            self.permit(found, access, head)?;
        }
        if question.changes_state(&head.method) {
            csrf::check(head, base.authority())?;
        }
        let request = Request {
            head,
            base: &base,
            query,
            format,
            shared: self,
            target,
            keyed: None,
        };
        let body = question.reads_body().then(body).unwrap_or_default();
        match self.principal(question, head) {
            None => self.dispatch(question, body, &request).await,
            Some(principal) => Box::pin(self.once(question, principal, body, &request)).await,
        }
    }

    /// Answers a question (a list, an object, a write …), once the checks that are common to all requests are made.
    async fn dispatch(
        &self,
        question: Question<'_>,
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        match question {
            Question::Root => self.root(request).await,
            #[cfg(feature = "openapi")]
            Question::Document => self.document(request),
            #[cfg(not(feature = "openapi"))]
            Question::Document => Err(no_route()),
            #[cfg(all(feature = "html", feature = "openapi"))]
            Question::Docs(DocsPath::Page) => self.docs(request),
            #[cfg(feature = "swagger-ui")]
            Question::Docs(DocsPath::SwaggerUi) => self.swagger_ui(request),
            #[cfg(not(all(feature = "html", feature = "openapi")))]
            Question::Docs(DocsPath::Page) => Err(no_route()),
            #[cfg(not(feature = "swagger-ui"))]
            Question::Docs(DocsPath::SwaggerUi) => Err(no_route()),
            Question::Describe(target) => self.describe(target, request),
            Question::List(found) => self.list(found, request).await,
            Question::Retrieve(found, key) => self.retrieve(found, key, request).await,
            Question::Act(found, key, action) => {
                self.act((found, key, action), body, request).await
            }
            Question::Create(found) => self.create(found, body.into(), request).await,
            Question::Update(found, key, verb) => {
                self.update((found, key, verb), body.into(), request).await
            }
            Question::Delete(found, key) => self.delete(found, key, request).await,
            Question::UpdateMany(found) => self.update_many(found, body, request).await,
            Question::DeleteMany(found) => self.delete_many(found, request).await,
            #[cfg(feature = "html")]
            Question::Filter(_) => self.filter(request),
            #[cfg(feature = "html")]
            Question::Form(target, form) => Box::pin(self.form((target, form), request)).await,
            #[cfg(feature = "html")]
            Question::Submit(target, form) => {
                Box::pin(self.submit((target, form), body, request)).await
            }
            #[cfg(not(feature = "html"))]
            Question::Filter(_) | Question::Form(..) | Question::Submit(..) => Err(no_route()),
        }
    }

    /// Returns the response to an error, as a problem in a format.
    fn problem(
        &self,
        error: &Error,
        format: Format,
        target: Option<&Target<'_>>,
        head: &Head,
    ) -> Response<Body> {
        let writer = self.writers.of(format);
        let base = self.links.base(head).ok();
        let base = base.filter(|_| writer.needs_context());
        let query = head.uri.query().unwrap_or_default();
        let context = base.map(|base| self.context(target, &base, head, query));
        let document = writer.error(&Problem::of(error), context.as_ref());
        response::problem(error, document)
    }

    /// Returns the format of the answer. An unknown path or method has an error as answer, which has a format too.
    ///
    /// A query string that is too long is not read here; `respond` refuses it.
    fn negotiated(
        &self,
        target: Option<&Target<'_>>,
        question: Option<Question<'_>>,
        head: &Head,
    ) -> Result<Format> {
        let query = head.uri.query().unwrap_or_default();
        let fits = |target| {
            let limits = self.limits(target);
            limits.is_ok_and(|limits| check_length(query, limits).is_ok())
        };
        let is_read = question.is_some_and(Question::reads_query) && target.is_some_and(fits);
        let named = is_read.then(|| params::format(query)).flatten();
        // Without a question the answer is an error, which is an overview of what would be right.
        let shows = question.map_or(Shows::Overview, Question::shows);
        let formats = &self.writers.formats;
        negotiate::choose(named.as_deref(), &head.headers, formats, shows)
    }

    /// Returns what a request asks for (its [`Question`]) at the target of its path, by `form` if it names one;
    /// `None` if the target does not serve the method.
    fn question<'t>(
        &'t self,
        target: &'t Target<'t>,
        form: Option<FormName>,
        head: &Head,
    ) -> Option<Question<'t>> {
        let mut all = match form {
            None => self.questions(target),
            Some(form) => Question::of_form(target, self.action(target), self.writes(target), form),
        }
        .into_iter();
        let served = all.find(|(method, _)| *method == head.method.as_str());
        served.map(|(_, question)| question)
    }

    /// Returns the methods of a target, such as `/cars/`, that policies allow for this request.
    fn allowed<'t>(&'t self, target: &'t Target<'t>, head: &Head) -> Vec<&'t str> {
        let all = self.questions(target).into_iter();
        let allowed = all.filter(|(_, question)| match question.access() {
            None => true,
            Some((found, access)) => self.permit(found, access, head).is_ok(),
        });
        allowed.map(|(method, _)| method).collect()
    }

    /// Returns the methods that a target, such as `/cars/`, serves, each with what it asks for.
    fn questions<'t>(&'t self, target: &'t Target<'t>) -> Vec<(&'t str, Question<'t>)> {
        Question::all(target, self.action(target), self.writes(target))
    }

    /// Returns the changes that the place of a target offers.
    fn writes(&self, target: &Target<'_>) -> Writes {
        let place = target
            .found()
            .and_then(|found| self.place(found.place).ok());
        place.map(|place| place.writes).unwrap_or_default()
    }

    /// Returns the form of the web pages that a request is about; `None` if it is about none, or if there are no pages.
    fn form_named(&self, head: &Head) -> Option<FormName> {
        let query = head.uri.query().filter(|_| self.writers.formats.html)?;
        FormName::named(&params::form(query)?)
    }

    fn action(&self, target: &Target<'_>) -> Option<&Action> {
        let (place, action) = target.action()?;
        place.item(&self.places)?.actions.get(action)
    }

    fn method_not_allowed(&self, target: &Target<'_>, head: &Head) -> Error {
        let allowed = self.allowed(target, head).join(", ");
        let detail = format!(
            "`{}` is not served here; the methods are {allowed}",
            shown(head.method.as_str())
        );
        Error::method_not_allowed(detail, allowed)
    }

    /// Returns an error unless the policies allow the request this access to the place, and the retrieval of the
    /// objects above it.
    fn permit(&self, found: &Located<'_>, access: Access<'_>, head: &Head) -> Result<()> {
        for (above, _) in &found.above {
            self.place(*above)?.permit(Access::Retrieve, head)?;
        }
        self.place(found.place)?.permit(access, head)
    }

    /// Whether a target belongs to `place` or to a place nested under it. If `place` is `None`, every target does. The
    /// layers of a place at the root are around the OpenAPI document and its pages, too.
    fn is_within(&self, target: &Target<'_>, place: Option<PlaceIndex>) -> bool {
        place.is_none_or(|place| match target.found() {
            Some(found) => found.is_within(place),
            None => *target != Target::Root && self.routes.is_alone(),
        })
    }

    fn place(&self, at: PlaceIndex) -> Result<&Place> {
        at.item(&self.places).ok_or_else(no_route)
    }

    fn limits(&self, target: &Target<'_>) -> Result<&Limits> {
        match target.found() {
            None => Ok(&self.root_limits),
            Some(found) => Ok(&self.place(found.place)?.offer.limits),
        }
    }
}

impl Place {
    fn permit(&self, access: Access<'_>, head: &Head) -> Result<()> {
        match &self.policy {
            Some(policy) => policy.check(head, access),
            None => Ok(()),
        }
    }

    /// Returns the database that an action writes to: the one that the manager factory chooses for the request, else
    /// the viewset's.
    async fn writes_to(&self, head: &Head) -> Result<Database> {
        let own = self.manager.database_for(head).await?;
        let database = own.or_else(|| self.database.clone());
        database.ok_or_else(|| Error::new(Code::Internal, SERVER_FAILED))
    }
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
