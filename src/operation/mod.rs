//! What a request asks, in our words: owned data that can be logged, compared and handed from service to service.

mod head;
mod outcome;
mod typed;

use std::{fmt, sync::Arc};

use crate::{
    condition::Condition,
    error::Result,
    model::{Column, Join, Model},
    params::{Order, Paging, Position, Served},
    predicate::Predicate,
};

pub use self::{
    head::Head,
    outcome::{Object, Outcome, Page},
};
pub(crate) use self::{
    head::{Counter, RequestSpan},
    outcome::{Related, TooMuch, pages, too_large},
    typed::{Typed, answer_to},
};

/// What is asked of a model's rows, and by which request: what managers answer and operation layers see.
///
/// Data only: it can be cloned to be asked again, and its [`ask`](Self::ask) compared. Its `Debug` says what kind of
/// question it is, and nothing of headers or of what is looked for.
#[derive(Clone)]
#[non_exhaustive]
pub struct Operation {
    /// The request without its body.
    pub head: Head,
    /// The model whose rows are asked for.
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

/// The question itself.
///
/// Two that are equal select the same rows of a model and show the same of them, whoever asks: which rows the request
/// may see, by [`scope`](crate::ViewSet::scope) and [`other_keys`](crate::ViewSet::other_keys), is a part of it. Which
/// database a [factory](crate::ViewSet::manager_factory) chose is not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Ask {
    /// A page of a list.
    List(List),
    /// One object.
    Retrieve(Retrieve),
}

impl Ask {
    /// What is asked, in a word: `list` or `retrieve`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Retrieve(_) => "retrieve",
        }
    }
}

/// A question for one page of the rows that a request selects, in a total order.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct List {
    /// The row that must be there for the list to be.
    pub(crate) parent: Option<Parent>,
    pub(crate) filter: Predicate,
    /// What narrows the list further, not yet read against the model.
    pub(crate) also: Vec<Condition>,
    /// Ends in the key.
    pub(crate) order: Vec<Order>,
    /// The columns to read, rising.
    pub(crate) columns: Vec<u16>,
    pub(crate) paging: Paging,
    /// How many bytes the rows may be, related ones among them.
    pub(crate) most_bytes: usize,
    pub(crate) related: Vec<Wanted>,
}

impl List {
    /// Asks for some rows of a model in an order, and for columns of them.
    pub(crate) fn new(
        filter: Predicate,
        order: Vec<Order>,
        columns: Vec<u16>,
        paging: Paging,
    ) -> Self {
        Self {
            parent: None,
            filter,
            also: Vec::new(),
            order,
            columns,
            paging,
            most_bytes: usize::MAX,
            related: Vec::new(),
        }
    }

    /// The same list, without the rows that do not meet the condition.
    ///
    /// It is checked where the list is answered: a column the model does not have is the server's failure, which the log
    /// explains and the client learns nothing of.
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// Returns the part of the list that is asked for.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.paging.position
    }

    /// How many rows a page has.
    #[must_use]
    pub const fn page_size(&self) -> u64 {
        self.paging.size
    }

    /// The columns whose values are asked for: those of the answer's rows, cell by cell.
    pub fn columns<'m>(&self, model: &'m Model) -> impl Iterator<Item = &'m Column> {
        columns(&self.columns, model)
    }

    /// The same list, all its conditions read.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.filter = self.filter.and(condition.over(model, relations)?);
        }
        Ok(self)
    }
}

/// The page and the columns, and nothing of what is looked for.
impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("position", &self.paging.position)
            .field("page_size", &self.paging.size)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// The row of another model under which a list is nested.
#[derive(Clone, PartialEq)]
pub(crate) struct Parent {
    pub(crate) model: Model,
    pub(crate) condition: Predicate,
}

/// A question for the one row that a request names.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Retrieve {
    pub(crate) condition: Predicate,
    /// What it must meet further, not yet read against the model.
    pub(crate) also: Vec<Condition>,
    /// The columns to read, rising.
    pub(crate) columns: Vec<u16>,
    /// How many bytes the row and those related to it may be.
    pub(crate) most_bytes: usize,
    pub(crate) related: Vec<Wanted>,
}

impl Retrieve {
    /// Asks for columns of the one row that meets a condition.
    pub(crate) fn new(condition: Predicate, columns: Vec<u16>) -> Self {
        Self {
            condition,
            also: Vec::new(),
            columns,
            most_bytes: usize::MAX,
            related: Vec::new(),
        }
    }

    /// The same row, if it meets the condition, which is checked as that of [`List::and`] is.
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// The columns whose values are asked for: those of the answer's row, cell by cell.
    pub fn columns<'m>(&self, model: &'m Model) -> impl Iterator<Item = &'m Column> {
        columns(&self.columns, model)
    }

    /// The same question, all its conditions read.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.condition = self.condition.and(condition.over(model, relations)?);
        }
        Ok(self)
    }
}

/// The columns, and nothing of which row it is.
impl fmt::Debug for Retrieve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retrieve")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

fn columns<'m>(numbers: &[u16], model: &'m Model) -> impl Iterator<Item = &'m Column> {
    numbers.iter().filter_map(|number| model.at(*number))
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
