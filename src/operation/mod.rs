//! Operations: what a request asks of a model, as owned data that can be logged, compared and passed between services.

mod bulk;
mod changes;
mod head;
mod link_set;
mod named;
mod outcome;
mod precondition;
mod read;
mod reference;
mod set;
mod typed;
mod validators;
mod write;

use std::fmt;

use crate::model::Model;

pub(crate) use self::{
    bulk::Selected,
    changes::Children,
    head::{Counter, RequestSpan},
    link_set::LinkSet,
    outcome::{Related, TooMuch, pages, too_large},
    precondition::Precondition,
    read::{Parent, Wanted},
    reference::Reference,
    set::{can_be, of_column},
    typed::{Readable, Repeatable, Typed, answer_to},
    validators::Validators,
    write::Upsert,
};
pub use self::{
    bulk::{DeleteMany, UpdateMany},
    changes::Changes,
    head::Head,
    outcome::{Object, Outcome, Page},
    read::{List, Retrieve},
    set::{IntoSet, Set},
    validators::Change,
    write::{Create, Delete, Update},
};

/// A question about a model's rows, with the request that asks it. Operation layers see it, and a manager answers it.
///
/// It is plain data: it can be cloned and asked again, and its [`ask`](Self::ask) can be compared. Its `Debug` output
/// shows the kind of question but no headers and no filter values.
#[derive(Clone)]
#[non_exhaustive]
pub struct Operation {
    /// The request without its body.
    pub head: Head,
    /// The model of the rows.
    pub model: Model,
    /// The question.
    pub ask: Ask,
}

impl Operation {
    pub(crate) fn new(head: Head, model: Model, ask: Ask) -> Self {
        Self { head, model, ask }
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("head", &self.head)
            .field("model", &self.model.name())
            .field("ask", &self.ask)
            .finish()
    }
}

/// The question of an [`Operation`].
///
/// Equal questions select the same rows of a model and show the same members, whichever client sends them: the
/// [`scope`](crate::ViewSet::scope) and [`other_keys`](crate::ViewSet::other_keys) of the request are part of the
/// question. The database chosen by a [factory](crate::ViewSet::manager_factory) is not part of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ask {
    /// A page of a list.
    List(List),
    /// One object.
    Retrieve(Retrieve),
    /// A row that is inserted.
    Create(Create),
    /// A row that is changed.
    Update(Update),
    /// A row that is deleted.
    Delete(Delete),
    /// The rows of a list, all of which are changed.
    UpdateMany(UpdateMany),
    /// The rows of a list, all of which are deleted.
    DeleteMany(DeleteMany),
}

impl Ask {
    /// Returns the name of the question: `list`, `retrieve`, `create`, `update`, `delete`, `update_many` or
    /// `delete_many`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Retrieve(_) => "retrieve",
            Self::Create(_) => "create",
            Self::Update(_) => "update",
            Self::Delete(_) => "delete",
            Self::UpdateMany(_) => "update_many",
            Self::DeleteMany(_) => "delete_many",
        }
    }
}
