//! Questions with the types of their answers: a [`Page`] for a [`List`], an optional [`Object`] for a [`Retrieve`].
//!
//! Operation layers receive every kind of question as an [`Ask`] and return an [`Outcome`], so only they can return the
//! wrong kind of answer. [`answer_to`] checks the kind.

use super::{Ask, Create, Delete, List, Object, Outcome, Page, Retrieve, Update};
use crate::error::{Code, Error, Result, SERVER_FAILED};

/// A question with the type of its answer.
pub(crate) trait Typed: Into<Ask> {
    type Answer;

    /// The name of the question, for the log.
    const NAME: &'static str;

    /// Returns the answer in an outcome; `None` if the outcome answers another kind of question.
    fn answer(outcome: Outcome) -> Option<Self::Answer>;
}

/// A question that changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Readable {
    List(List),
    Retrieve(Retrieve),
}

impl Readable {
    /// Returns the name of the question: `list` or `retrieve`.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Retrieve(_) => "retrieve",
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

/// A question that changes nothing, so that it can be asked again after a failure.
pub(crate) trait Repeatable: Typed + Into<Readable> {}

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
        Outcome::Created(_) => "created rows",
        Outcome::Updated(_) => "a changed object",
        Outcome::Deleted(_) => "whether a row is deleted",
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
            Outcome::Object(_)
            | Outcome::Created(_)
            | Outcome::Updated(_)
            | Outcome::Deleted(_) => None,
        }
    }
}

impl Typed for Retrieve {
    type Answer = Option<Object>;

    const NAME: &'static str = "one object";

    fn answer(outcome: Outcome) -> Option<Option<Object>> {
        match outcome {
            Outcome::Object(object) => Some(object),
            Outcome::Page(_) | Outcome::Created(_) | Outcome::Updated(_) | Outcome::Deleted(_) => {
                None
            }
        }
    }
}

impl Typed for Create {
    type Answer = Page;

    const NAME: &'static str = "a create";

    fn answer(outcome: Outcome) -> Option<Page> {
        match outcome {
            Outcome::Created(page) => Some(page),
            Outcome::Page(_) | Outcome::Object(_) | Outcome::Updated(_) | Outcome::Deleted(_) => {
                None
            }
        }
    }
}

impl Typed for Update {
    type Answer = Option<Object>;

    const NAME: &'static str = "an update";

    fn answer(outcome: Outcome) -> Option<Option<Object>> {
        match outcome {
            Outcome::Updated(object) => Some(object),
            Outcome::Page(_) | Outcome::Object(_) | Outcome::Created(_) | Outcome::Deleted(_) => {
                None
            }
        }
    }
}

impl Typed for Delete {
    type Answer = bool;

    const NAME: &'static str = "a delete";

    fn answer(outcome: Outcome) -> Option<bool> {
        match outcome {
            Outcome::Deleted(is_deleted) => Some(is_deleted),
            Outcome::Page(_) | Outcome::Object(_) | Outcome::Created(_) | Outcome::Updated(_) => {
                None
            }
        }
    }
}

impl From<Create> for Ask {
    fn from(create: Create) -> Self {
        Self::Create(create)
    }
}

impl From<Update> for Ask {
    fn from(update: Update) -> Self {
        Self::Update(update)
    }
}

impl From<Delete> for Ask {
    fn from(delete: Delete) -> Self {
        Self::Delete(delete)
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
