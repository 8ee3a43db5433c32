//! Operations: requests about a model's rows as owned data, which can be logged, compared and passed between services.

mod aggregate;
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

pub use self::{
    aggregate::Aggregate,
    bulk::{DeleteMany, UpdateMany},
    changes::Changes,
    head::Head,
    outcome::{Object, Outcome, Page},
    read::{List, Retrieve},
    set::{IntoSet, Set},
    validators::Change,
    write::{Create, Delete, Update},
};
pub(crate) use self::{
    bulk::Selected,
    changes::Children,
    head::{Counter, RequestSpan, request_id},
    link_set::LinkSet,
    outcome::{FacetCounts, Related, TooMuch, pages, too_large},
    precondition::Precondition,
    read::{Parent, Wanted},
    reference::Reference,
    set::{can_be, of_column},
    typed::{Readable, Repeatable, Typed, answer_to},
    validators::Validators,
    write::Upsert,
};

/// A parsed request about a model's rows, such as for a page of a list. It passes through operation layers to a
/// manager, which answers it.
///
/// An operation is plain data: it can be cloned and run again, and its [`ask`](Self::ask) can be compared. Its `Debug`
/// output shows the kind of operation but no headers and no filter values.
#[derive(Clone)]
#[non_exhaustive]
pub struct Operation {
    /// The request without its body.
    pub head: Head,
    /// The model of the rows.
    pub model: Model,
    /// What the request asks for.
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

/// What an [`Operation`] asks for.
///
/// Two equal values select the same rows of a model and show the same members, even if two clients sent them: the
/// values hold the conditions of [`scope`](crate::ViewSet::scope) and [`other_keys`](crate::ViewSet::other_keys). They
/// do not hold the database that a [factory](crate::ViewSet::manager_factory) chose.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ask {
    /// A page of a list.
    List(List),
    /// One object.
    Retrieve(Retrieve),
    /// Groups of a list's rows, with numbers such as their count.
    Aggregate(Aggregate),
    /// One or several rows to insert.
    Create(Create),
    /// A row to change.
    Update(Update),
    /// A row to delete.
    Delete(Delete),
    /// Every row of a filtered list, to change.
    UpdateMany(UpdateMany),
    /// Every row of a filtered list, to delete.
    DeleteMany(DeleteMany),
}

impl Ask {
    /// Returns the name of the kind: `list`, `retrieve`, `aggregate`, `create`, `update`, `delete`, `update_many` or
    /// `delete_many`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Retrieve(_) => "retrieve",
            Self::Aggregate(_) => "aggregate",
            Self::Create(_) => "create",
            Self::Update(_) => "update",
            Self::Delete(_) => "delete",
            Self::UpdateMany(_) => "update_many",
            Self::DeleteMany(_) => "delete_many",
        }
    }
}
