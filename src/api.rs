//! From a request to its answer: the whole flow, in one place.
//!
//! The order of checks is part of the contract: host, route, method, length, format, query, then the database.

use http::{Method, Response};
use tower::ServiceExt;

use crate::{
    body::Body,
    condition::Condition,
    describe::{self, READ_METHODS},
    error::{Code, Error, Result, SERVER_FAILED, shown},
    link::{Base, Links, page_query},
    operation::{Ask, Head, List, Operation, Outcome, Page, Retrieve, pages},
    params::{self, Limits, ListParams, Offer, Selection, World, read_key},
    place::Place,
    representation::{
        json::{self, Frame, Objects, Targets},
        negotiate,
    },
    response,
    route::{Routes, Target},
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

    /// From a request to its answer. Where `only` is said, there is that place alone.
    pub(crate) async fn answer(&self, head: &Head, only: Option<usize>) -> Result<Response<Body>> {
        let base = self.links.base(head)?;
        let target = self.routes.find(head.uri.path());
        let target = target
            .filter(|target| only.is_none() || target.place() == only)
            .ok_or_else(no_route)?;
        check_method(&head.method)?;
        let query = head.uri.query().unwrap_or_default();
        self.check_length(target, query)?;
        negotiate::check(params::format(query).as_deref(), &head.headers)?;
        let describes = head.method == Method::OPTIONS;
        let document = match target {
            Target::Root => {
                params::root(query, &self.root_limits)?;
                if describes {
                    self.description()
                } else {
                    self.root(&base)
                }
            }
            Target::List(place) => {
                let place = self.place(place)?;
                let params = params::list(query, &place.offer, &self.places)?;
                if describes {
                    place.description.clone()
                } else {
                    self.list(place, params, &base, head).await?
                }
            }
            Target::Object(place, key) => {
                let place = self.place(place)?;
                let selection = params::object(query, &place.offer, &self.places)?;
                if describes {
                    place.description.clone()
                } else {
                    self.object(place, key, &selection, &base, head).await?
                }
            }
        };
        Ok(if describes {
            response::description(document, READ_METHODS)
        } else {
            response::json(document)
        })
    }

    async fn list(
        &self,
        place: &Place,
        params: ListParams,
        base: &Base,
        head: &Head,
    ) -> Result<Vec<u8>> {
        let columns = place.columns_of(&params.selection);
        let ask = Ask::List(List {
            parent: None,
            filter: params.filter,
            order: params.order,
            columns: columns.clone(),
            number: params.number,
            size: params.size,
            count: place.offer.pages.count,
            deepest: place.offer.limits.offset_rows as u64,
            related: Vec::new(),
        });
        let Outcome::Page(page) = place.ask(ask, head).await? else {
            return Err(Error::new(Code::Internal, SERVER_FAILED));
        };
        let link = |number| {
            let query = page_query(
                head.uri.query().unwrap_or_default(),
                params.page_at.as_ref(),
                number,
            );
            format!("{}?{query}", base.collection(&place.segments))
        };
        let frame = frame(&page, params.size, link);
        let targets = self.targets(place, base);
        let objects = place.objects(&targets, &params.selection, &columns);
        Ok(json::list(&page, &frame, &objects))
    }

    async fn object(
        &self,
        place: &Place,
        key: &str,
        selection: &Selection,
        base: &Base,
        head: &Head,
    ) -> Result<Vec<u8>> {
        let model = &place.offer.model;
        let number = model.key().first().copied().unwrap_or_default();
        let column = model.at(number).ok_or_else(not_found)?;
        let key = read_key(key, column).ok_or_else(not_found)?;
        let columns = place.columns_of(selection);
        let ask = Ask::Retrieve(Retrieve {
            condition: Condition::is_key(number, key),
            columns: columns.clone(),
            related: Vec::new(),
        });
        let Outcome::Object(object) = place.ask(ask, head).await? else {
            return Err(Error::new(Code::Internal, SERVER_FAILED));
        };
        let targets = self.targets(place, base);
        let objects = place.objects(&targets, selection, &columns);
        object
            .and_then(|object| json::object(&object.rows, &objects))
            .ok_or_else(not_found)
    }

    /// The links to the lists of all places.
    fn root(&self, base: &Base) -> Vec<u8> {
        let mut document = vec![b'{'];
        for (at, place) in self.places.iter().enumerate() {
            if at > 0 {
                document.push(b',');
            }
            document.extend(json::member(&place.offer.label));
            json::quoted(base.collection(&place.segments).as_bytes(), &mut document);
        }
        document.push(b'}');
        document
    }

    fn description(&self) -> Vec<u8> {
        describe::root(self.places.iter().map(|place| place.offer.label.as_str()))
    }

    /// Where the links of a place's objects lead.
    fn targets(&self, place: &Place, base: &Base) -> Targets {
        let before_key = |place: &Place| json::open(&base.before_key(&place.segments));
        let targets = place
            .offer
            .relations
            .iter()
            .filter_map(|relation| self.places.get(relation.place));
        Targets {
            own: before_key(place),
            relations: targets.map(before_key).collect(),
            end: format!("{}\"", base.after_key()).into_bytes(),
        }
    }

    fn place(&self, at: usize) -> Result<&Place> {
        self.places.get(at).ok_or_else(no_route)
    }

    fn check_length(&self, target: Target<'_>, query: &str) -> Result<()> {
        let limits = match target {
            Target::Root => &self.root_limits,
            Target::List(place) | Target::Object(place, _) => &self.place(place)?.offer.limits,
        };
        if query.len() <= limits.query_bytes {
            return Ok(());
        }
        let detail = format!(
            "the query string has {} bytes; at most {} are read",
            query.len(),
            limits.query_bytes
        );
        Err(Error::new(Code::UriTooLong, detail))
    }
}

impl Place {
    /// Hands a question to the place's operations.
    async fn ask(&self, ask: Ask, head: &Head) -> Result<Outcome> {
        let model = self.offer.model.clone();
        let span = head.span();
        span.record("model", model.name());
        span.record("operation", ask.name());
        let outcome = self
            .operations
            .clone()
            .oneshot(Operation {
                model,
                ask,
                time_limit: self.time_limit,
            })
            .await?;
        span.record("rows", outcome.rows());
        Ok(outcome)
    }

    /// The columns to read for a selection, rising.
    fn columns_of(&self, selection: &Selection) -> Vec<u16> {
        let relations = selection
            .relations
            .iter()
            .filter_map(|at| self.offer.relations.get(*at));
        let mut columns: Vec<u16> = relations
            .flat_map(|relation| relation.join.here())
            .collect();
        columns.extend(&selection.columns);
        if selection.href || selection.id || columns.is_empty() {
            columns.extend(self.offer.model.key());
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    fn objects<'a>(
        &'a self,
        targets: &'a Targets,
        selection: &'a Selection,
        columns: &[u16],
    ) -> Objects<'a> {
        let key = self.offer.model.key().first().copied().unwrap_or_default();
        Objects::new(
            &self.members,
            targets,
            selection,
            columns,
            key,
            &self.offer.relations,
        )
        .integers_as_text(self.integers_as_text)
    }
}

impl World for Vec<Place> {
    fn offer(&self, place: usize) -> Option<&Offer> {
        self.get(place).map(|place| &place.offer)
    }

    fn wall(&self, _place: usize) -> Condition {
        Condition::All(Vec::new())
    }
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

fn check_method(method: &Method) -> Result<()> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let detail = format!(
        "`{}` is not served here; the methods are {READ_METHODS}",
        shown(method.as_str())
    );
    Err(Error::method_not_allowed(detail, READ_METHODS))
}

fn no_route() -> Error {
    Error::new(Code::NoRoute, "nothing is served at this path")
}

fn not_found() -> Error {
    Error::new(Code::NotFound, "there is no such object")
}
