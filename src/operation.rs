//! What a request asks, in our words: owned data that can be logged, compared and handed from service to service.

use std::{
    fmt,
    ops::{Deref, Range},
    sync::Arc,
    time::Duration,
};

use http::request::Parts;
use tracing::Span;

use crate::{
    cell::Rows,
    error::{Code, Error, Result},
    model::{Join, Model},
    params::{Count, Order, PageNumber},
    predicate::Predicate,
};

/// A request without its body: method, URI, headers and extensions. Cheap to clone.
///
/// What layers put into the request's extensions is read by [`extension`](Self::extension).
#[derive(Clone)]
pub struct Head(Arc<Parts>);

impl Head {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What a layer put into the request's extensions, such as who sends it.
    ///
    /// # Errors
    ///
    /// [`Code::Unauthenticated`] when there is no `T` among them.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let missing = || {
            Error::new(
                Code::Unauthenticated,
                "the request does not say who sends it",
            )
        };
        self.extensions.get().ok_or_else(missing)
    }

    /// The value of a header.
    ///
    /// # Errors
    ///
    /// [`Code::MissingKeyPart`] when the request has no such header, has it twice, or its value is no visible ASCII.
    pub fn header(&self, name: &str) -> Result<&str> {
        let refused =
            |words: &str| Error::new(Code::MissingKeyPart, format!("the header `{name}` {words}"));
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Err(refused("is missing")),
            (Some(_), Some(_)) => Err(refused("is given twice")),
            (Some(value), None) => value.to_str().map_err(|_| refused("is not plain text")),
        }
    }

    /// The request's span: the current one may be a layer's.
    pub(crate) fn span(&self) -> Span {
        match self.extensions.get() {
            Some(RequestSpan(span)) => span.clone(),
            None => Span::current(),
        }
    }
}

/// The span of a request, among its extensions on the way through layers.
#[derive(Clone)]
pub(crate) struct RequestSpan(pub(crate) Span);

impl Deref for Head {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Method and path only: headers hold secrets, and the query what clients look for.
impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.uri.path())
    }
}

/// What is asked of a model's rows.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) model: Model,
    pub(crate) ask: Ask,
    /// How long the answer may take, from when it is worked on.
    pub(crate) time_limit: Duration,
}

/// The question itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    List(List),
    Retrieve(Retrieve),
}

impl Ask {
    /// The operation's name in logs.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Retrieve(_) => "retrieve",
        }
    }
}

/// One page of the rows a condition selects, in a total order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct List {
    /// The row that must be there for the list to be.
    pub(crate) parent: Option<Parent>,
    pub(crate) filter: Predicate,
    /// Ends in the key.
    pub(crate) order: Vec<Order>,
    /// The columns to read, rising.
    pub(crate) columns: Vec<u16>,
    pub(crate) number: PageNumber,
    pub(crate) size: u64,
    pub(crate) count: Count,
    /// How many rows may be skipped, from the nearer end.
    pub(crate) deepest: u64,
    pub(crate) related: Vec<Wanted>,
}

/// The row of another model under which a list is nested.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parent {
    pub(crate) model: Model,
    pub(crate) condition: Predicate,
}

/// The one row that meets a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Retrieve {
    pub(crate) condition: Predicate,
    /// The columns to read, rising.
    pub(crate) columns: Vec<u16>,
    pub(crate) related: Vec<Wanted>,
}

/// Rows of another model to read with each row of an answer.
///
/// The columns of the rows that lead to them, and their own, hold those of the join.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) join: Arc<Join>,
    /// Which of the rows there may be seen.
    pub(crate) condition: Predicate,
    /// The columns to read, rising.
    pub(crate) columns: Vec<u16>,
    /// How many rows each row may have, of a join that leads to many; the first by their key.
    pub(crate) most: u64,
    /// How many rows there may be in all, each counted as often as the answer shows it.
    pub(crate) most_in_all: u64,
    pub(crate) related: Vec<Self>,
}

/// The answer to an [`Ask`].
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Page(Page),
    Object(Option<Object>),
}

impl Outcome {
    /// How many rows it holds.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Page(page) => page.rows.len(),
            Self::Object(object) => object.as_ref().map_or(0, |object| object.rows.len()),
        }
    }
}

/// How many pages a list has: an empty one has one.
pub(crate) fn pages(total: u64, size: u64) -> u64 {
    total.div_ceil(size).max(1)
}

/// A page of rows, and where it stands in the list.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Counted from 1.
    pub(crate) number: u64,
    /// How many rows the whole list has, if they are counted.
    pub(crate) total: Option<u64>,
    /// Whether another page follows.
    pub(crate) more: bool,
    pub(crate) rows: Rows,
    /// In the order they were wanted.
    pub(crate) related: Vec<Related>,
}

/// One row, and the rows related to it.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) rows: Rows,
    /// In the order they were wanted.
    pub(crate) related: Vec<Related>,
}

/// The rows that the rows of an answer lead to.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    pub(crate) rows: Rows,
    /// For each row that leads, which of the rows are its own, and whether there are more of them.
    pub(crate) of: Vec<(Range<usize>, bool)>,
    pub(crate) related: Vec<Self>,
}
