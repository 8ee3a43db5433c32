//! The type of each operation's answer: a [`Page`] for a [`List`], an optional [`Object`] for a [`Retrieve`].
//!
//! Operation layers receive every kind of operation as an [`Ask`] and return an [`Outcome`], which may be of the wrong
//! kind. [`answer_to`] checks the kind.

use super::{
    Aggregate, Ask, Create, Delete, DeleteMany, List, Object, Outcome, Page, Retrieve, Update,
    UpdateMany,
};
use crate::error::{Code, Error, Result, SERVER_FAILED};

/// A kind of operation, with the type of its answer.
pub(crate) trait Typed: Into<Ask> {
    type Answer;

    /// The name of the operation, for the log.
    const NAME: &'static str;

    /// Returns the answer in an outcome; `None` if the outcome is that of another kind of operation.
    fn answer(outcome: Outcome) -> Option<Self::Answer>;
}

/// An operation that only reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Readable {
    List(List),
    Retrieve(Retrieve),
    Aggregate(Aggregate),
}

impl Readable {
    /// Returns the name of the operation: `list`, `retrieve` or `aggregate`.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Retrieve(_) => "retrieve",
            Self::Aggregate(_) => "aggregate",
        }
    }
}

impl From<List> for Readable {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Retrieve> for Readable {
    fn from(retrieve: Retrieve) -> Self {
        Self::Retrieve(retrieve)
    }
}

impl From<Aggregate> for Readable {
    fn from(aggregate: Aggregate) -> Self {
        Self::Aggregate(aggregate)
    }
}

/// An operation that only reads, so that it can be run again after a failure.
pub(crate) trait Repeatable: Typed + Into<Readable> {}

impl Repeatable for List {}

impl Repeatable for Retrieve {}

impl Repeatable for Aggregate {}

/// Returns the answer in an outcome, or an error if the outcome is that of another kind of operation.
///
/// # Errors
///
/// [`Code::Internal`] when an operation layer returned the outcome of another kind of operation.
pub(crate) fn answer_to<Q: Typed>(outcome: Outcome) -> Result<Q::Answer> {
    let words = match &outcome {
        Outcome::Page(_) => "a list",
        Outcome::Object(_) => "one object",
        Outcome::Groups(_) => "groups",
        Outcome::Created(_) => "created rows",
        Outcome::Updated(_) => "a changed object",
        Outcome::Deleted(_) => "whether a row is deleted",
        Outcome::UpdatedMany(_) => "the number of changed rows",
        Outcome::DeletedMany(_) => "the number of deleted rows",
    };
    Q::answer(outcome).ok_or_else(|| {
        let source = format!("an operation layer answered {} with {words}", Q::NAME);
        Error::new(Code::Internal, SERVER_FAILED).with_source(source)
    })
}

/// Takes one line for each kind of operation: its variant of `Ask`, the variant of `Outcome` and the type of its
/// answer, and its name.
macro_rules! typed {
    ($($question:ident $outcome:ident($answer:ty) $name:literal;)+) => {$(
        impl Typed for $question {
            type Answer = $answer;

            const NAME: &'static str = $name;

            fn answer(outcome: Outcome) -> Option<$answer> {
                if let Outcome::$outcome(answer) = outcome {
                    Some(answer)
                } else {
                    None
                }
            }
        }

        impl From<$question> for Ask {
            fn from(question: $question) -> Self {
                Self::$question(question)
            }
        }
    )+};
}

typed! {
    List Page(Page) "a list";
    Retrieve Object(Option<Object>) "one object";
    Aggregate Groups(Page) "an aggregate";
    Create Created(Page) "a create";
    Update Updated(Option<Object>) "an update";
    Delete Deleted(bool) "a delete";
    UpdateMany UpdatedMany(u64) "an update of many rows";
    DeleteMany DeletedMany(u64) "a delete of many rows";
}
