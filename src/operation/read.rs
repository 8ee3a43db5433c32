//! Operations that read rows: a list, one object.

use std::{fmt, sync::Arc};

use crate::{
    condition::Condition,
    cursor::Boundary,
    error::Result,
    full_text::Relevance,
    model::{Column, ColumnNumber, Join, Model},
    params::{FacetFilter, Order, Paging, Position, Served},
    predicate::Predicate,
};

/// An operation that reads one page of a list, in a total order.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct List {
    /// The parent row, which must exist.
    pub(crate) parent: Option<Parent>,
    pub(crate) filter: Predicate,
    /// Conditions added by `and`, whose column names are not yet looked up in the model.
    pub(crate) also: Vec<Condition>,
    /// The ordering by how well rows match a search, before `order`; `None` if there is none.
    pub(crate) relevance: Option<Relevance>,
    /// The order of the rows; it ends in the key, so that it is total.
    pub(crate) order: Vec<Order>,
    /// The columns to read, ascending.
    pub(crate) columns: Vec<ColumnNumber>,
    pub(crate) paging: Paging,
    /// The place beside which the page is, if it is asked by a cursor; `None` for the first of these pages.
    pub(crate) boundary: Option<Boundary>,
    /// The limit on the bytes of the rows, including related rows.
    pub(crate) most_bytes: usize,
    pub(crate) related: Vec<Wanted>,
    /// The columns whose values are counted beside the page, each with the condition on the rows that count.
    pub(crate) facets: Vec<FacetFilter>,
    /// The most values of a facet.
    pub(crate) facet_values: u64,
    /// Whether the rows are locked for the rest of their transaction.
    pub(crate) locks: bool,
}

impl List {
    /// Creates the operation that reads these columns of a page of the rows that meet `filter`.
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
            relevance: None,
            order,
            columns,
            paging,
            boundary: None,
            most_bytes: usize::MAX,
            related: Vec::new(),
            facets: Vec::new(),
            facet_values: 0,
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

    /// Looks the column names of the added conditions up in the model.
    pub(crate) fn read(mut self, model: &Model, relations: &[Served]) -> Result<Self> {
        for condition in std::mem::take(&mut self.also) {
            let condition = condition.over(model, relations)?;
            for facet in &mut self.facets {
                facet.filter = facet.filter.clone().and(condition.clone());
            }
            self.filter = self.filter.and(condition);
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

/// An operation that reads one row.
#[derive(Clone, PartialEq)]
#[must_use]
pub struct Retrieve {
    pub(crate) condition: Predicate,
    /// Conditions added by `and`, whose column names are not yet looked up in the model.
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
    /// Creates the operation that reads these columns of the one row that meets `condition`.
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

    /// Finds the row only if it meets the condition. A mistake in the condition is reported as by [`List::and`].
    pub fn and(mut self, condition: Condition) -> Self {
        self.also.push(condition);
        self
    }

    /// Returns the requested columns, in the order of the cells of the answer's row.
    pub fn columns<'m>(&self, model: &'m Model) -> impl Iterator<Item = &'m Column> {
        columns(&self.columns, model)
    }

    /// Looks the column names of the added conditions up in the model.
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
/// The columns that the join compares are read in both: the answer's rows and the related rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) join: Arc<Join>,
    /// The condition that limits the related rows to those the request may see.
    pub(crate) condition: Predicate,
    /// The columns to read, ascending.
    pub(crate) columns: Vec<ColumnNumber>,
    /// The most related rows that are read for one row of the answer: those with the smallest keys. A to-one join
    /// ignores it.
    pub(crate) most: u64,
    /// The most related rows in the whole answer, where a row that is shown twice counts twice.
    pub(crate) most_in_all: u64,
    pub(crate) related: Vec<Self>,
}
