//! Answers that contain rows: a page of a list, a whole list, or one object.

use std::time::{Duration, Instant};

use http::Response;

use super::{
    Request, Shared, conditional, no_route,
    pages::{CursorLinks, PageLinks},
};
use crate::{
    body::Body,
    database::Query,
    error::{Code, Error, Result, SERVER_FAILED},
    etag::RowTag,
    link::Trail,
    operation::{Head, List, Object, Operation, Retrieve, TooMuch, Typed, answer_to},
    params::{self, CursorReader, FacetFilter, ListParams, PlaceIndex, Position, Selection, Shows},
    place::Place,
    representation::{Document, Objects},
    response::{self, Stream},
    route::Located,
    view::View,
    visibility::{Entered, Visibility},
};

impl Shared {
    /// Returns the response to a request for a list: a page of it, or the whole list.
    pub(super) async fn list(
        &self,
        found: &Located<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        let offers_aggregates = place.offer.summaries.aggregates.is_some();
        if offers_aggregates && params::asks_for_aggregates(request.query) {
            let aggregates = Box::pin(self.aggregates(found, visibility, request));
            return aggregates.await;
        }
        let path = self.path_of_cursors(found)?;
        let cursors = path.as_deref().map(|path| self.cursors(path));
        let format = request.format;
        let params = params::list(request.query, &place.offer, &visibility, format, cursors)?;
        let entered = visibility.enter(found).ok_or_else(Error::no_such_object)?;
        if params.paging.position == Position::All {
            let export = Box::pin(export(&entered, found.place, params, request));
            let mut response = response::stream(export.await?, place.is_private());
            response::vary(&mut response, &place.vary);
            response::as_file(&mut response, &place.name, request.format, true);
            return Ok(response);
        }
        let document = list(&entered, found.place, params, request).await?;
        let mut response = conditional::document(document, None, place, request)?;
        response::as_file(&mut response, &place.name, request.format, false);
        Ok(response)
    }

    /// Returns what reads the cursors of the list at a path.
    pub(super) fn cursors<'c>(&'c self, path: &'c str) -> CursorReader<'c> {
        let key = &self.links.cursor_key;
        CursorReader { key, path }
    }

    /// Returns the path of a list as the request has it, in the form of the links to it; `None` if the list has no pages
    /// by cursor.
    pub(super) fn path_of_cursors(&self, found: &Located<'_>) -> Result<Option<String>> {
        if !self.place(found.place)?.offer.pages.cursors {
            return Ok(None);
        }
        let mut trail = Trail::default();
        let name = |at: PlaceIndex| at.item(&self.places).map_or("", |place| &*place.name);
        for (at, key) in &found.above {
            trail.push(name(*at), key);
        }
        Ok(Some(trail.below(name(found.place))))
    }

    /// Returns the response to a request for one object.
    pub(super) async fn retrieve(
        &self,
        found: &Located<'_>,
        key: &str,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        let selection = params::object(request.query, &place.offer, &visibility, Shows::Rows)?;
        let entered = visibility.enter(found).ok_or_else(Error::no_such_object)?;
        let shown = object(&entered, found.place, key, &selection, request).await?;
        let (document, row) = shown;
        let mut response = conditional::document(document, row.as_ref(), place, request)?;
        response::as_file(&mut response, &place.name, request.format, false);
        Ok(response)
    }
}

/// Returns the document of a page of a list.
async fn list(
    entered: &Entered<'_>,
    at: PlaceIndex,
    mut params: ListParams,
    request: &Request<'_>,
) -> Result<Document> {
    let place = entered.place(at).ok_or_else(no_route)?;
    let View {
        objects,
        columns,
        related,
    } = View::of(entered, at, &params.selection)?;
    let (rows, parent) = entered.rows(at)?;
    let facets = params.facets.into_iter().map(|facet| FacetFilter {
        filter: rows.clone().and(facet.filter),
        ..facet
    });
    let facets = facets.collect();
    let filter = rows.and(params.filter);
    let list = List {
        parent,
        boundary: params
            .cursor
            .as_mut()
            .and_then(|cursor| cursor.boundary.take()),
        most_bytes: place.offer.limits.page_bytes,
        related,
        facets,
        facet_values: place.offer.limits.facet_values as u64,
        relevance: params.relevance,
        ..List::new(filter, params.order, columns, params.paging)
    };
    let advised = |error| place.advised(error, true);
    let started = Instant::now();
    let page = place.ask(list, request.head).await.map_err(advised)?;
    let read = Instant::now();
    request.head.span().record("rows", page.rows.len());
    let path = entered.trail().below(&place.name);
    let links = PageLinks {
        list: entered.base().collection(&path),
        query: request.query,
        paging: params.paging,
        at: params.page_at,
        cursors: params.cursor.map(|pages| CursorLinks {
            pages,
            reader: request.shared.cursors(&path),
            most_bytes: place.offer.limits.query_bytes,
        }),
    };
    let pagination = links.pagination(&page)?;
    let writer = request.shared.writers.of(request.format);
    let context = request.context(writer);
    let written = writer.page(&page, &pagination, &objects, context.as_ref());
    let mut document = written.map_err(advised)?;
    if place.offer.pages.headers {
        document.links = pagination.all();
        document.total = page.exact_total();
    }
    Ok(timed(document, context.is_some(), [started, read]))
}

/// Starts the export of a whole list and returns the body of its response, which is written while rows are read.
/// Returns once the first rows are read, so that earlier errors can still be answered.
async fn export(
    entered: &Entered<'_>,
    at: PlaceIndex,
    params: ListParams,
    request: &Request<'_>,
) -> Result<Stream> {
    let place = entered.place(at).ok_or_else(no_route)?;
    let view = View::of(entered, at, &params.selection)?;
    if !view.related.is_empty() {
        // This is only a safeguard: `expand` was already refused as a parameter, and the links in a list need no
        // related rows.
        let detail = "the whole list shows no rows of other lists; leave them out by `fields`";
        return Err(Error::new(Code::NotSupported, detail));
    }
    let (rows, parent) = entered.rows(at)?;
    let list = List {
        parent,
        relevance: params.relevance,
        ..List::new(
            rows.and(params.filter),
            params.order,
            view.columns,
            params.paging,
        )
    };
    let span = request.head.span();
    span.record("model", place.model().name());
    span.record("operation", "export");
    let missing = || Error::new(Code::Internal, SERVER_FAILED);
    let writer = request
        .shared
        .writers
        .of(request.format)
        .stream()
        .ok_or_else(missing)?;
    let database = place.database.as_ref().ok_or_else(missing)?;
    let query = Query {
        model: place.model().clone(),
        ask: list,
        time_limit: place.time_limit,
        counter: request.head.counter(),
    };
    let tapes = database.export(query, request.head).await?;
    let objects = Objects {
        // A stream needs no limit, since it holds only few rows in memory.
        most_bytes: usize::MAX,
        ..view.objects
    };
    Ok(Stream::new(tapes, objects, writer, span))
}

/// An object that was read, with how it is shown, and the entity tag of its row.
pub(super) struct ShownObject {
    pub(super) object: Object,
    pub(super) objects: Objects,
    pub(super) tag: Option<RowTag>,
}

/// Reads one object as it is shown.
pub(super) async fn read_object(
    entered: &Entered<'_>,
    at: PlaceIndex,
    key: &str,
    selection: &Selection,
    head: &Head,
) -> Result<ShownObject> {
    let place = entered.place(at).ok_or_else(no_route)?;
    let condition = entered.object(at, key).ok_or_else(Error::no_such_object)?;
    let View {
        objects,
        columns,
        related,
    } = View::of(entered, at, selection)?;
    let retrieve = Retrieve {
        most_bytes: place.offer.limits.page_bytes,
        related,
        ..Retrieve::new(condition, columns.clone())
    };
    let object = place.ask(retrieve, head).await?;
    let count = object.as_ref().map_or(0, |object| object.rows.len());
    head.span().record("rows", count);
    let object = object.filter(|object| !object.rows.is_empty());
    let object = object.ok_or_else(Error::no_such_object)?;
    Ok(ShownObject {
        tag: place.row_tag(&object, &columns, selection),
        object,
        objects,
    })
}

/// Returns the document of one object, and the entity tag of its row.
pub(super) async fn object(
    entered: &Entered<'_>,
    at: PlaceIndex,
    key: &str,
    selection: &Selection,
    request: &Request<'_>,
) -> Result<(Document, Option<RowTag>)> {
    let place = entered.place(at).ok_or_else(no_route)?;
    let advised = |error| place.advised(error, false);
    let started = Instant::now();
    let shown = read_object(entered, at, key, selection, request.head).await;
    let ShownObject {
        object,
        objects,
        tag,
    } = shown.map_err(advised)?;
    let read = Instant::now();
    let writer = request.shared.writers.of(request.format);
    let context = request.context(writer);
    let written = writer.object(&object, &objects, context.as_ref());
    let document = written.map_err(advised)?;
    let document = timed(document, context.is_some(), [started, read]);
    Ok((document, tag))
}

/// Returns the document of a web page with the time that its rows and its text took, in milliseconds.
pub(super) fn timed(document: Document, is_page: bool, [started, read]: [Instant; 2]) -> Document {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let timing = is_page.then(|| {
        let (rows, page) = (milliseconds(read - started), milliseconds(read.elapsed()));
        format!("rows;dur={rows:.2}, page;dur={page:.2}")
    });
    Document { timing, ..document }
}

impl Place {
    /// If the answer was too large, or the page too deep in its list, returns the error with advice, such as to ask for a
    /// smaller `page_size`. Returns any other error unchanged.
    pub(super) fn advised(&self, error: Error, is_list: bool) -> Error {
        if error.code() == Code::OffsetTooDeep && self.offer.pages.cursors {
            let first = "or go from page to page by cursors, of which `cursor=` is the first";
            return Error::new(error.code(), format!("{}, {first}", error.detail()));
        }
        let source = std::error::Error::source(&error);
        let Some(why) = source
            .and_then(|source| source.downcast_ref::<TooMuch>())
            .copied()
        else {
            return error;
        };
        let offer = &self.offer;
        let smaller = is_list && !offer.pages.fixed;
        let ways = [
            (smaller, "for fewer rows by `page_size`"),
            (!offer.fixed_fields, "for fewer columns by `fields`"),
            (!offer.relations.is_empty(), "for nothing in `expand`"),
        ];
        let ways = ways.into_iter().filter(|(is_offered, _)| *is_offered);
        let ways: Vec<_> = ways.map(|(_, words)| words).collect();
        let mut detail = match why {
            TooMuch::Rows => error.detail(),
            TooMuch::Bytes => {
                let most = offer.limits.page_bytes;
                format!(
                    "the answer would be larger than {most} bytes, the most that is sent at once"
                )
            }
        };
        if !ways.is_empty() {
            detail = format!("{detail}; ask {}", ways.join(" or "));
        }
        Error::new(error.code(), detail).with_source(why)
    }

    /// Sends an operation, such as a [`List`], through the place's operation layers to its manager, and returns the
    /// answer.
    pub(super) async fn ask<Q: Typed>(&self, question: Q, head: &Head) -> Result<Q::Answer> {
        let (model, ask) = (self.offer.model.clone(), question.into());
        let span = head.span();
        span.record("model", model.name());
        span.record("operation", ask.name());
        let operation = Operation::new(head.clone(), model, ask);
        answer_to::<Q>(self.operations.answer(operation).await?)
    }
}
