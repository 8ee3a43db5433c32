//! Questions with the types of their answers: a [`Page`] for a [`List`], an optional [`Object`] for a [`Retrieve`].
//!
//! Operation layers receive every kind of question as an [`Ask`] and return an [`Outcome`], so only they can return the
//! wrong kind of answer. [`answer_to`] checks the kind.

use super::{Ask, List, Object, Outcome, Page, Retrieve};
use crate::error::{Code, Error, Result, SERVER_FAILED};

/// A question with the type of its answer.
pub(crate) trait Typed: Into<Ask> {
    type Answer;

    /// The name of the question, for the log.
    const NAME: &'static str;

    /// Returns the answer in an outcome; `None` if the outcome answers another kind of question.
    fn answer(outcome: Outcome) -> Option<Self::Answer>;
}

/// A question that only reads, so that it can be asked again after a failure.
pub(crate) trait Repeatable: Typed {}

impl Repeatable for List {}

impl Repeatable for Retrieve {}

/// Returns the answer to a question, checking its kind.
///
/// # Errors
///
/// [`Code::Internal`] when an operation layer answered another kind of question.
pub(crate) fn answer_to<Q: Typed>(outcome: Outcome) -> Result<Q::Answer> {
    let words = match &outcome {
        Outcome::Page(_) => "a list",
        Outcome::Object(_) => "one object",
    };
    Q::answer(outcome).ok_or_else(|| {
        let source = format!("an operation layer answered {} with {words}", Q::NAME);
        Error::new(Code::Internal, SERVER_FAILED).with_source(source)
    })
}

impl Typed for List {
    type Answer = Page;

    const NAME: &'static str = "a list";

    fn answer(outcome: Outcome) -> Option<Page> {
        match outcome {
            Outcome::Page(page) => Some(page),
            Outcome::Object(_) => None,
        }
    }
}

impl Typed for Retrieve {
    type Answer = Option<Object>;

    const NAME: &'static str = "one object";

    fn answer(outcome: Outcome) -> Option<Option<Object>> {
        match outcome {
            Outcome::Object(object) => Some(object),
            Outcome::Page(_) => None,
        }
    }
}

impl From<List> for Ask {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Retrieve> for Ask {
    fn from(retrieve: Retrieve) -> Self {
        Self::Retrieve(retrieve)
    }
}
