//! The answers of operations that do what a request asks.

use super::{
    answers::SuccessAnswer,
    objects::count,
    schema::{SchemaObject, map_of},
};
use crate::{params::Shows, payload::Verb, place::Place, question::Question};

/// The schemas of the answers of one place.
pub(super) struct AnswerSchemas<'a> {
    pub(super) object: SchemaObject,
    pub(super) page: SchemaObject,
    pub(super) description: SchemaObject,
    /// The answer of an action.
    pub(super) reply: SchemaObject,
    pub(super) place: Option<&'a Place>,
}

/// The headers of an answer that shows a written row.
const WRITTEN: [&str; 2] = ["ETag", "Preference-Applied"];
/// The headers of an answer that shows a new row.
const CREATED: [&str; 3] = ["ETag", "Location", "Preference-Applied"];

/// Returns the answers to a question, but for those that refuse the request.
pub(super) fn successes(question: Question<'_>, shown: AnswerSchemas<'_>) -> Vec<SuccessAnswer> {
    let shows = question.shows();
    let place = shown.place;
    match question {
        Question::Root => {
            let lists = map_of(SchemaObject::uri());
            let answer = SuccessAnswer::new(200, "The links to the lists.", lists, shows);
            vec![answer.with(&["Link"])]
        }
        Question::Document => {
            let any = SchemaObject::of_type("object");
            read("This document.", any, shows, &["ETag"])
        }
        Question::Describe(_) => {
            let answer = SuccessAnswer::new(200, "A description.", shown.description, shows);
            vec![answer.with(&["Allow", "Link"])]
        }
        Question::List(_) => {
            let has_headers = place.is_some_and(|place| place.offer.pages.headers);
            let headers: &[_] = match has_headers {
                true => &["ETag", "Link", "X-Total-Count"],
                false => &["ETag"],
            };
            read("A page of the list.", shown.page, shows, headers)
        }
        Question::Retrieve(..) => read("The object.", shown.object, shows, &["ETag"]),
        Question::Create(_) => created(shown, shows),
        Question::Update(_, _, verb) => updated(shown, verb, shows),
        Question::Delete(..) => vec![minimal("The object is deleted.")],
        Question::UpdateMany(_) => counted("updated", shows),
        Question::DeleteMany(_) => counted("deleted", shows),
        Question::Act(..) => acted(&shown.reply, shows),
        Question::Docs(_) | Question::Filter(_) | Question::Form(..) | Question::Submit(..) => {
            Vec::new()
        }
    }
}

fn read(
    words: &'static str,
    schema: SchemaObject,
    shows: Shows,
    headers: &[&'static str],
) -> Vec<SuccessAnswer> {
    let unchanged = SuccessAnswer::empty(304, "The client has the answer already.").with(&["ETag"]);
    vec![
        SuccessAnswer::new(200, words, schema, shows).with(headers),
        unchanged,
    ]
}

fn created(shown: AnswerSchemas<'_>, shows: Shows) -> Vec<SuccessAnswer> {
    let any = vec![shown.object.clone(), SchemaObject::list(shown.object)];
    let any = SchemaObject::any(any);
    let words = "The new object, or all new objects.";
    let mut all = vec![SuccessAnswer::new(201, words, any.clone(), shows).with(&CREATED)];
    if shown.place.is_some_and(|place| place.upsert.is_some()) {
        let there = SuccessAnswer::new(200, "The objects, of which none is new.", any, shows);
        all.extend([there.with(&WRITTEN), minimal(MINIMAL)]);
    }
    all
}

fn updated(shown: AnswerSchemas<'_>, verb: Verb, shows: Shows) -> Vec<SuccessAnswer> {
    let creates = shown.place.is_some_and(|place| place.writes.put_creates);
    let object = shown.object;
    let changed = SuccessAnswer::new(200, "The object as it is now.", object.clone(), shows);
    let mut all = vec![changed.with(&WRITTEN)];
    if verb == Verb::Replace && creates {
        all.push(SuccessAnswer::new(201, "The new object.", object, shows).with(&CREATED));
    }
    all.push(minimal(MINIMAL));
    all
}

fn counted(member: &'static str, shows: Shows) -> Vec<SuccessAnswer> {
    let answer = SuccessAnswer::new(200, "The number of rows.", count(member), shows);
    vec![answer.with(&["Preference-Applied"]), minimal(MINIMAL)]
}

fn acted(reply: &SchemaObject, shows: Shows) -> Vec<SuccessAnswer> {
    let each = [
        (200, "The answer of the action, if it has one."),
        (
            201,
            "The answer of the action, which has created something.",
        ),
        (202, "The answer of the action, whose work goes on."),
    ];
    let each = each.into_iter();
    each.map(|(status, words)| SuccessAnswer::new(status, words, reply.clone(), shows))
        .collect()
}

const MINIMAL: &str = "The change is made, and not shown, as `Prefer: return=minimal` asks.";

fn minimal(words: &'static str) -> SuccessAnswer {
    SuccessAnswer::empty(204, words).with(&["Preference-Applied"])
}
