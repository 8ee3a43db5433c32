//! Answers about the API itself: its root, and the descriptions that answer OPTIONS.

use std::time::{Duration, Instant};

use http::Response;

use super::{Request, Shared, no_route};
use crate::{
    action::Action,
    body::Body,
    describe,
    error::Result,
    operation::{Head, List, Operation, answer_to},
    params::{self, Count, Order, Paging, PlaceIndex, Position, Shows, indexed},
    place::Place,
    policy::Access,
    representation::{Document, Root, RootEntry},
    response,
    route::{Located, Target},
    visibility::Visibility,
};

/// How long the page of the API root counts rows; it shows the counts that are known by then.
const COUNTING: Duration = Duration::from_millis(50);
/// How far the rows of one list are counted.
const MOST_COUNTED: u64 = 1_000;

impl Shared {
    /// Returns the response to a request for the API root: links to the lists of the top-level places.
    pub(super) async fn root(&self, request: &Request<'_>) -> Result<Response<Body>> {
        self.check_about("the API root", request.query)?;
        let writer = self.writers.of(request.format);
        let mut lists = Vec::new();
        let started = Instant::now();
        for (at, place) in self.top(request.head) {
            let is_time_left = writer.needs_context() && started.elapsed() < COUNTING;
            lists.push(RootEntry {
                name: &place.offer.label,
                uri: request.base.collection(&format!("/{}", place.name)),
                description: place.model().describes(),
                rows: match is_time_left {
                    true => self.counted(at, place, request).await,
                    false => None,
                },
            });
        }
        let root = Root { lists };
        let context = request.context(writer);
        let document = writer.root(&root, context.as_ref());
        Ok(response::document(
            self.with_service(document, &Target::Root, request),
            false,
        ))
    }

    /// Checks the query string of a request about the API itself, which takes `format` alone.
    fn check_about(&self, name: &str, query: &str) -> Result<()> {
        let about = (name, Shows::Overview);
        params::about(about, query, &self.root_limits, &self.writers.formats)
    }

    /// Adds the link to the part of the OpenAPI document that describes a target (RFC 8631), if the document is served.
    #[cfg(feature = "openapi")]
    fn with_service(
        &self,
        document: Document,
        target: &Target<'_>,
        request: &Request<'_>,
    ) -> Document {
        let link = self.documentation.as_ref().map(|documentation| {
            let part = documentation.part(&self.documented(), target);
            format!("{}/{}{part}", request.base.prefix(), crate::route::DOCUMENT)
        });
        let links = crate::link::link_header([("service-desc", link.as_deref())]);
        Document { links, ..document }
    }

    #[cfg(not(feature = "openapi"))]
    #[expect(clippy::unused_self, reason = "there is no document")]
    fn with_service(&self, document: Document, _: &Target<'_>, _: &Request<'_>) -> Document {
        document
    }

    /// Returns the response to OPTIONS: what a path serves, as far as policies allow it to this request. The query
    /// string is checked like that of a GET.
    pub(super) fn describe(
        &self,
        target: &Target<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let Request {
            head, base, query, ..
        } = *request;
        let methods = self.allowed(target, head);
        let description = match target {
            Target::Root => {
                self.check_about("the API root", query)?;
                let labels = self.top(head).map(|(_, place)| place.offer.label.as_str());
                describe::root(&methods, labels)
            }
            Target::Document => {
                self.check_about("the OpenAPI document", query)?;
                describe::document(&methods)
            }
            Target::Docs(_) => return Err(no_route()),
            Target::List(found) => {
                let place = self.place(found.place)?;
                let visibility = Visibility::of_a_description(&self.places, base, found);
                let path = self.path_of_cursors(found)?;
                let cursors = path.as_deref().map(|path| self.cursors(path));
                params::list(query, &place.offer, &visibility, request.format, cursors)?;
                describe::viewset(
                    &place.offer,
                    place.writes.create,
                    &methods,
                    self.callable(found, head)?,
                )
            }
            Target::Object(found, _) => {
                let place = self.place(found.place)?;
                let visibility = Visibility::of_a_description(&self.places, base, found);
                params::object(query, &place.offer, &visibility, Shows::Rows)?;
                describe::viewset(
                    &place.offer,
                    place.writes.create,
                    &methods,
                    self.callable(found, head)?,
                )
            }
            Target::Act(..) => {
                let action = self.action(target).ok_or_else(no_route)?;
                describe::action(action, &methods)
            }
        };
        let writer = self.writers.of(request.format);
        let context = request.context(writer);
        let document = writer.description(&description, context.as_ref());
        let document = self.with_service(document, target, request);
        Ok(response::description(document, &methods.join(", ")))
    }

    /// Returns the number of rows of a list, at most [`MOST_COUNTED`], and whether there are more. `None` where this may
    /// take long: without a key, by a manager of the program, or where a scope decides which rows there are.
    async fn counted(
        &self,
        at: PlaceIndex,
        place: &Place,
        request: &Request<'_>,
    ) -> Option<(u64, bool)> {
        let (model, head) = (place.model(), request.head);
        let is_plain = place.manager.is_default() && !place.depends_on_the_request();
        if !is_plain || model.is_keyless() {
            return None;
        }
        let found = Located {
            place: at,
            above: Vec::new(),
        };
        let visibility = Visibility::of(&self.places, request.base, &found, head).await;
        let entered = visibility.ok()?.enter(&found)?;
        let (filter, _) = entered.rows(at).ok()?;
        let by_key = model.key().iter().map(|column| Order {
            through: Vec::new(),
            column: *column,
            descending: false,
        });
        let paging = Paging {
            position: Position::Page(1),
            size: MOST_COUNTED,
            count: Count::Off,
            offers_exact: false,
            deepest: 0,
        };
        let mut columns = model.key().to_vec();
        columns.sort_unstable();
        let list = List::new(filter, by_key.collect(), columns, paging);
        let operation = Operation::new(head.clone(), model.clone(), list.into());
        let page = place.operations.answer(operation);
        let page = tokio::time::timeout(COUNTING, page).await.ok()?.ok()?;
        let page = answer_to::<List>(page).ok()?;
        Some((page.rows.len() as u64, page.more))
    }

    /// Returns the actions of a place that policies allow this request to call.
    fn callable<'a>(
        &'a self,
        found: &'a Located<'a>,
        head: &'a Head,
    ) -> Result<impl Iterator<Item = &'a Action>> {
        let actions = self.place(found.place)?.actions.iter();
        let may = |action: &&Action| self.permit(found, Access::Act(&action.name), head).is_ok();
        Ok(actions.filter(may))
    }

    /// Returns the top-level places whose lists policies allow this request to read.
    fn top<'a>(&'a self, head: &'a Head) -> impl Iterator<Item = (PlaceIndex, &'a Place)> {
        let top = indexed(&self.places).filter(|(_, place)| place.nesting.is_none());
        top.filter(|(_, place)| place.permit(Access::List, head).is_ok())
    }
}
