//! Questions that read rows: a list, one object.

use std::{fmt, sync::Arc};

use crate::{
    condition::Condition,
    error::Result,
    model::{Column, ColumnNumber, Join, Model},
    params::{Order, Paging, Position, Served},
    predicate::Predicate,
};

/// A question for one page of the selected rows, in a total order.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct List {
    /// The parent row, which must exist.
    pub(crate) parent: Option<Parent>,
    pub(crate) filter: Predicate,
    /// Conditions added by `and`, not yet resolved against the model.
    pub(crate) also: Vec<Condition>,
    /// The order; it ends in the key.
    pub(crate) order: Vec<Order>,
    /// The columns to read, ascending.
    pub(crate) columns: Vec<ColumnNumber>,
    pub(crate) paging: Paging,
    /// The limit on the bytes of the rows, including related rows.
    pub(crate) most_bytes: usize,
    pub(crate) related: Vec<Wanted>,
    /// Whether the rows are locked for the rest of their transaction.
    pub(crate) locks: bool,
}

impl List {
    /// Creates a question for the given columns of a page of the rows that meet `filter`.
    pub(crate) fn new(
        filter: Predicate,
        order: Vec<Order>,
        columns: Vec<ColumnNumber>,
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
            locks: false,
        }
    }

    /// Narrows the list to the rows that meet the condition.
    ///
    /// The condition is checked when the list is answered. A condition on a column that the model lacks is a
    /// [`Code::Internal`](crate::Code::Internal), which the log explains and the client does not see.
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// Returns the position of the requested page in the list.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.paging.position
    }

    /// Returns the number of rows on a page.
    #[must_use]
    pub const fn page_size(&self) -> u64 {
        self.paging.size
    }

    /// Returns the requested columns, in the order of the cells of the answer's rows.
    pub fn columns<'m>(&self, model: &'m Model) -> impl Iterator<Item = &'m Column> {
        columns(&self.columns, model)
    }

    /// Resolves the added conditions against the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.filter = self.filter.and(condition.over(model, relations)?);
        }
        Ok(self)
    }
}

/// Shows the page and the columns, but no filter values.
impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("List")
            .field("position", &self.paging.position)
            .field("page_size", &self.paging.size)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// The parent row of a nested list.
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
    /// Conditions added by `and`, not yet resolved against the model.
    pub(crate) also: Vec<Condition>,
    /// The columns to read, ascending.
    pub(crate) columns: Vec<ColumnNumber>,
    /// The limit on the bytes of the row, including related rows.
    pub(crate) most_bytes: usize,
    pub(crate) related: Vec<Wanted>,
    /// Whether the row is locked for the rest of its transaction.
    pub(crate) locks: bool,
}

impl Retrieve {
    /// Creates a question for the given columns of the one row that meets `condition`.
    pub(crate) fn new(condition: Predicate, columns: Vec<ColumnNumber>) -> Self {
        Self {
            condition,
            also: Vec::new(),
            columns,
            most_bytes: usize::MAX,
            related: Vec::new(),
            locks: false,
        }
    }

    /// Narrows the question to a row that meets the condition, which is checked as for [`List::and`].
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// Returns the requested columns, in the order of the cells of the answer's row.
    pub fn columns<'m>(&self, model: &'m Model) -> impl Iterator<Item = &'m Column> {
        columns(&self.columns, model)
    }

    /// Resolves the added conditions against the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            self.condition = self.condition.and(condition.over(model, relations)?);
        }
        Ok(self)
    }
}

/// Shows the columns, but not which row is requested.
impl fmt::Debug for Retrieve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retrieve")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

fn columns<'m>(numbers: &[ColumnNumber], model: &'m Model) -> impl Iterator<Item = &'m Column> {
    numbers.iter().filter_map(|number| model.at(*number))
}

/// Related rows of another model to read for the rows of an answer.
///
/// The columns read of the answer's rows and of the related rows include those that the join compares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) join: Arc<Join>,
    /// The condition that limits the related rows to those the request may see.
    pub(crate) condition: Predicate,
    /// The columns to read, ascending.
    pub(crate) columns: Vec<ColumnNumber>,
    /// The maximum number of related rows read for each row of the answer, the first ones by key. Used by a to-many
    /// join.
    pub(crate) most: u64,
    /// The maximum number of related rows in the whole answer, each counted as often as the answer shows it.
    pub(crate) most_in_all: u64,
    pub(crate) related: Vec<Self>,
}
