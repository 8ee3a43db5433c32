//! Answers of rows: a page of a list, the whole of one, one object.

use super::no_route;
use crate::{
    database::Question,
    error::{Code, Error, Result, SERVER_FAILED},
    link::page_query,
    manager::Answer,
    operation::{Ask, Head, List, Operation, Outcome, Page, Retrieve, pages},
    params::{Format, ListParams, PageNumber, Selection},
    place::Place,
    representation::{
        json::{self, Frame},
        lines,
    },
    response::Stream,
    seen::Seen,
    view::View,
};

/// A page of a list.
pub(super) async fn list(
    seen: &Seen<'_>,
    at: usize,
    params: ListParams,
    head: &Head,
    format: Format,
) -> Result<Vec<u8>> {
    let place = seen.place(at).ok_or_else(no_route)?;
    let view = View::of(seen, at, &params.selection).ok_or_else(no_route)?;
    let (rows, parent) = seen.rows(at);
    let ask = Ask::List(List {
        parent,
        filter: rows.and(params.filter),
        also: Vec::new(),
        order: params.order,
        columns: view.columns,
        number: params.number.unwrap_or(PageNumber::Nth(1)),
        size: params.size,
        count: place.offer.pages.count,
        deepest: place.offer.limits.offset_rows as u64,
        related: view.related,
    });
    let outcome = noted(place.ask(ask, head).await?, head);
    let Outcome::Page(page) = outcome else {
        return Err(other_outcome("a list with one object"));
    };
    if format == Format::Ndjson {
        return Ok(lines(&page.rows, &page.related, &view.objects));
    }
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

/// The whole of a list, once its first rows are there.
pub(super) async fn export(
    seen: &Seen<'_>,
    at: usize,
    params: ListParams,
    head: &Head,
) -> Result<Stream> {
    let place = seen.place(at).ok_or_else(no_route)?;
    let view = View::of(seen, at, &params.selection).ok_or_else(no_route)?;
    if !view.related.is_empty() {
        // What is embedded was refused with the query, and a list links to no rows it would have to read.
        let detail = "the whole list shows no rows of other lists; leave them out by `fields`";
        return Err(Error::new(Code::NotSupported, detail));
    }
    let (rows, parent) = seen.rows(at);
    let ask = Ask::List(List {
        parent,
        filter: rows.and(params.filter),
        also: Vec::new(),
        order: params.order,
        columns: view.columns,
        number: PageNumber::Nth(1),
        size: params.size,
        count: place.offer.pages.count,
        deepest: u64::MAX,
        related: Vec::new(),
    });
    let span = head.span();
    span.record("model", place.model().name());
    span.record("operation", "export");
    let missing = || Error::new(Code::Internal, SERVER_FAILED);
    let database = place.database.as_ref().ok_or_else(missing)?;
    let question = Question {
        model: place.model().clone(),
        ask,
        time_limit: place.time_limit,
        counter: head.counter(),
    };
    let tapes = database.export(question).await?;
    Ok(Stream::new(tapes, view.objects.kept(), span))
}

/// One object.
pub(super) async fn object(
    seen: &Seen<'_>,
    at: usize,
    key: &str,
    selection: &Selection,
    head: &Head,
    format: Format,
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
    let object = object.ok_or_else(Error::no_such_object)?;
    if format == Format::Ndjson {
        return Ok(lines(&object.rows, &object.related, &view.objects));
    }
    json::object(&object, &view.objects).ok_or_else(Error::no_such_object)
}

impl Place {
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

/// What a list says of its page; `link` gives the URI of a page.
fn frame(page: &Page, size: u64, link: impl Fn(u64) -> String) -> Frame {
    Frame {
        size,
        pages: page.total.map(|total| pages(total, size)),
        next: page.more.then(|| link(page.number + 1)),
        previous: (page.number > 1).then(|| link(page.number - 1)),
    }
}
