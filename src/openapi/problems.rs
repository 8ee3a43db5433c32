//! The answers of operations that refuse a request.

use http::StatusCode;
use serde_json::json;

use super::{
    answers::{of_header, of_schema},
    document::{Components, ResponseObject, add},
    entries::Entries,
    schema::SchemaObject,
};
use crate::{
    error::Code,
    params::{Format, Formats},
    place::Place,
    question::Question,
};

/// The media type of errors.
pub(super) const PROBLEM_TYPE: &str = "application/problem+json";

/// The name of the schema of a problem document.
pub(super) const PROBLEM: &str = "Problem";

/// Returns the statuses of the errors that an operation answers. `places` are its place and those above.
pub(super) fn problems(question: Question<'_>, method: &str, places: &[&Place]) -> Vec<u16> {
    let place = places.first();
    let is_below = places.len() > 1;
    let is_private = places.iter().any(|place| place.is_private());
    let reads_rows = !matches!(
        question,
        Question::Root | Question::Document | Question::Describe(_)
    );
    let writes = question.written().is_some();
    let changes = method
        .parse()
        .is_ok_and(|method| question.changes_state(&method));
    let reads_body = question.reads_body() && method != "GET" && method != "HEAD";
    let (is_conditional, has_key) = match question {
        Question::List(_) => (true, place.is_some_and(|place| place.offer.pages.numbered)),
        Question::Retrieve(..) | Question::Update(..) | Question::Delete(..) => (true, true),
        Question::Document => (true, false),
        Question::Act(_, key, _) => (false, key.is_some()),
        Question::Root
        | Question::Docs(_)
        | Question::Describe(_)
        | Question::Create(_)
        | Question::UpdateMany(_)
        | Question::DeleteMany(_)
        | Question::Filter(_)
        | Question::Form(..)
        | Question::Submit(..) => (false, false),
    };
    let is_changed = matches!(question, Question::Update(..) | Question::Delete(..));
    let requires = place.is_some_and(|place| place.writes.requires_if_match);
    let is_keyed = place.is_some_and(|place| place.idempotency.principal.is_some());
    [
        (400, true),
        (401, reads_rows && is_private),
        (403, (reads_rows && is_private) || changes),
        (404, has_key || (is_below && reads_rows)),
        (406, true),
        (409, writes),
        (412, is_conditional),
        (413, reads_body),
        (414, true),
        (415, reads_body),
        (422, writes && is_keyed),
        (428, is_changed && requires),
        (500, true),
        (503, true),
    ]
    .into_iter()
    .filter_map(|(status, is_answered)| is_answered.then_some(status))
    .collect()
}

/// Adds the response of an error with this status to the components, and returns its name.
pub(super) fn problem(status: u16, formats: &Formats, components: &mut Components) -> String {
    let codes = Code::ALL.iter().filter(|code| code.status() == status);
    let (names, words): (Vec<_>, Vec<_>) = codes
        .map(|code| {
            (
                json!(code.name()),
                format!("- `{}`: {}", code.name(), code.meaning()),
            )
        })
        .unzip();
    let own = Entries::from_iter([
        (
            "status".to_owned(),
            SchemaObject {
                one_of: vec![json!(status)],
                ..SchemaObject::of_type("integer")
            },
        ),
        (
            "code".to_owned(),
            SchemaObject {
                one_of: names,
                ..SchemaObject::text()
            },
        ),
    ]);
    let own = SchemaObject {
        properties: own,
        ..SchemaObject::default()
    };
    let schema = SchemaObject {
        all_of: vec![SchemaObject::to(PROBLEM), own],
        ..SchemaObject::default()
    };
    let title = StatusCode::from_u16(status).ok();
    let title = title.and_then(|status| status.canonical_reason());
    let title = title.unwrap_or("Error");
    let name = title.replace([' ', '-'], "");
    let schema_name = add(&mut components.schemas, &format!("{name}{PROBLEM}"), schema);
    let mut content = Entries::default();
    content.push(PROBLEM_TYPE, of_schema(SchemaObject::to(&schema_name)));
    if formats.html {
        let html = formats.essence(Format::Html);
        content.push(html, of_schema(SchemaObject::text()));
    }
    let retry = SchemaObject::whole(0);
    let retry = (
        "Retry-After",
        "The seconds after which to try again.",
        retry,
    );
    let headers = [retry].into_iter().filter(|_| status == 503);
    let response = ResponseObject {
        description: format!("{title}:\n{}", words.join("\n")),
        headers: headers
            .map(|(name, words, schema)| {
                (name.to_owned(), of_header(name, words, schema, components))
            })
            .collect(),
        content,
        links: Entries::default(),
    };
    add(&mut components.responses, &name, response)
}
