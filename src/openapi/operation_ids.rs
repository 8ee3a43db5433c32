//! The ids and summaries of operations.

use super::{
    names::{Wish, capital, pascal, words},
    paths::PathTemplate,
};
use crate::{payload::Verb, place::Place, question::Question, route::Target};

/// Returns the id that an operation should have.
pub(super) fn wish(question: Question<'_>, method: &str, path: &PathTemplate) -> Wish {
    let (verb, is_one) = match question {
        Question::Root => ("readRoot", false),
        Question::Document => ("readOpenApi", false),
        Question::Describe(target) => ("describe", matches!(target, Target::Object(..))),
        Question::List(_) => ("list", false),
        Question::Retrieve(..) => ("retrieve", true),
        Question::Create(_) => ("create", true),
        Question::Update(_, _, verb) => (of_verb(verb), true),
        Question::Delete(..) => ("delete", true),
        Question::UpdateMany(_) => ("change", false),
        Question::DeleteMany(_) => ("delete", false),
        Question::Act(..) => ("", false),
        Question::Docs(_) | Question::Filter(_) | Question::Form(..) | Question::Submit(..) => {
            ("form", false)
        }
    };
    let segments = path.segments();
    let mut wished = match question {
        Question::Root | Question::Document => verb.to_owned(),
        Question::Describe(Target::Root) => "describeRoot".to_owned(),
        Question::Describe(Target::Document) => "describeOpenApi".to_owned(),
        Question::Act(_, _, action) => {
            // `change_engine` of `/cars/{car_id}/` is `changeEngineCar`; one of several methods goes first.
            let is_only = action.methods().filter(|known| *known != "HEAD").count() == 1;
            let method = if is_only {
                String::new()
            } else {
                method.to_ascii_lowercase()
            };
            let above = segments.split_last().map_or(&[][..], |(_, above)| above);
            let above = words(above, false);
            lower_first(&format!("{method}{}{above}", pascal(&action.name)))
        }
        Question::Describe(
            Target::Docs(_) | Target::List(_) | Target::Object(..) | Target::Act(..),
        )
        | Question::Docs(_)
        | Question::List(_)
        | Question::Retrieve(..)
        | Question::Create(_)
        | Question::Update(..)
        | Question::Delete(..)
        | Question::UpdateMany(_)
        | Question::DeleteMany(_)
        | Question::Filter(_)
        | Question::Form(..)
        | Question::Submit(..) => format!("{verb}{}", words(&segments, is_one)),
    };
    if method == "HEAD" {
        wished = format!("head{}", capital(&wished));
    }
    let verb = match method {
        "HEAD" => format!("head{verb}"),
        _ if verb.is_empty() => format!("act{}", method.to_ascii_lowercase()),
        _ => verb.to_owned(),
    };
    Wish {
        wished,
        verb,
        path: path.template.clone(),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

/// Returns the summary of an operation, and its description.
pub(super) fn said(
    question: Question<'_>,
    method: &str,
    place: Option<&Place>,
) -> (String, Option<String>) {
    let name = place.map_or("", |place| place.model().name());
    let label = place.map_or("", |place| &*place.offer.label);
    let summary = match question {
        Question::Root => "The lists of the API".to_owned(),
        Question::Document => "This document".to_owned(),
        Question::Describe(_) => "What the path takes".to_owned(),
        Question::List(_) => format!("A page of {label}"),
        Question::Retrieve(..) => format!("One {name}"),
        Question::Create(_) => format!("Create a {name}, or several"),
        Question::Update(_, _, verb) => format!("{} a {name}", capital(of_verb(verb))),
        Question::Delete(..) => format!("Delete a {name}"),
        Question::UpdateMany(_) => format!("Change every one of {label} that the filters select"),
        Question::DeleteMany(_) => format!("Delete every one of {label} that the filters select"),
        Question::Act(_, _, action) => action.name.clone(),
        Question::Docs(_) | Question::Filter(_) | Question::Form(..) | Question::Submit(..) => {
            String::new()
        }
    };
    let description = if let Question::Act(_, _, action) = question {
        action.description.clone()
    } else {
        None
    };
    match method {
        "HEAD" => (format!("{summary}, without content"), description),
        _ => (summary, description),
    }
}

const fn of_verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Replace => "replace",
        Verb::Change => "change",
    }
}
