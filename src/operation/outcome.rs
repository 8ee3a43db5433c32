//! The answer to an operation, such as a page of rows or one row: owned and cheap to clone.

use std::{fmt, ops::Range};

use crate::{
    cell::{Row, Rows, Value},
    cursor::Neighbours,
    error::{Code, Error},
    model::ColumnNumber,
    params::{CountIs, Position},
};

/// The answer to an operation: each variant answers one variant of [`Ask`](crate::Ask).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A page of a list.
    Page(Page),
    /// One object; `None` if the row does not exist.
    Object(Option<Object>),
    /// The rows that were inserted, in the order in which they were sent.
    Created(Page),
    /// The object as it is after the change; `None` if the row does not exist.
    Updated(Option<Object>),
    /// Whether the row existed; it is deleted now.
    Deleted(bool),
    /// A page of groups, with their aggregates.
    Groups(Page),
    /// The number of rows that were selected and changed.
    UpdatedMany(u64),
    /// The number of rows that were selected and deleted.
    DeletedMany(u64),
}

impl Outcome {
    /// Returns the number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Page(page) | Self::Created(page) | Self::Groups(page) => page.rows.len(),
            Self::Object(object) | Self::Updated(object) => {
                object.as_ref().map_or(0, |object| object.rows.len())
            }
            Self::Deleted(is_deleted) => usize::from(*is_deleted),
            Self::UpdatedMany(rows) | Self::DeletedMany(rows) => {
                usize::try_from(*rows).unwrap_or(usize::MAX)
            }
        }
    }
}

/// The limit that an answer exceeds. It is the `source` of an error, and decides which text the client gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMuch {
    /// More bytes than one answer may send.
    Bytes,
    /// More embedded rows than one answer may show.
    Rows,
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer would hold too much")
    }
}

impl std::error::Error for TooMuch {}

/// Returns the error for rows that exceed the byte limit of an answer.
pub(crate) fn too_large() -> Error {
    let detail = "the answer is larger than what is sent at once";
    Error::new(Code::LimitExceeded, detail).with_source(TooMuch::Bytes)
}

/// Returns the number of pages of a list; an empty list has one.
pub(crate) fn pages(total: u64, size: u64) -> u64 {
    total.div_ceil(size).max(1)
}

/// A page of rows and its position in the list.
///
/// Created by the default data access ([`Base::list`](crate::Base::list)) or from rows in memory
/// ([`List::over`](crate::List::over)). A clone shares the rows, so pages can be cached cheaply.
#[derive(Clone, Debug)]
#[must_use]
pub struct Page {
    /// The position in the list.
    pub(crate) position: Position,
    /// The number of rows in the whole list, if counted.
    pub(crate) total: Option<u64>,
    /// Whether `total` is the number of rows, a smaller number or an estimate.
    pub(crate) count_is: CountIs,
    /// Whether another page follows.
    pub(crate) more: bool,
    pub(crate) rows: Rows,
    /// The related rows, in the order they were requested.
    pub(crate) related: Vec<Related>,
    /// The facets, in the order they were requested.
    pub(crate) facets: Vec<FacetCounts>,
    /// The number of rows that an upsert did not insert because they were stored already.
    pub(crate) existed: u64,
    /// The places where the pages beside this one begin, if the page was asked by a cursor.
    pub(crate) beside: Option<Box<Neighbours>>,
}

impl Page {
    /// Returns the position in the list.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the number of rows in the whole list; `None` if they are not counted. [`count_is`](Self::count_is) says
    /// whether it is that number, or what is known of it.
    #[must_use]
    pub const fn total(&self) -> Option<u64> {
        self.total
    }

    /// Returns whether [`total`](Self::total) is the number of rows, a smaller number or an estimate.
    #[must_use]
    pub const fn count_is(&self) -> CountIs {
        self.count_is
    }

    /// Returns the number of rows in the whole list, if it is known exactly.
    pub(crate) fn exact_total(&self) -> Option<u64> {
        self.total.filter(|_| self.count_is == CountIs::Exact)
    }

    /// Returns the number of pages in the list; `None` if it is not known.
    pub(crate) fn pages(&self, size: u64) -> Option<u64> {
        self.exact_total().map(|total| pages(total, size))
    }

    /// Whether another page follows.
    #[must_use]
    pub const fn has_next(&self) -> bool {
        self.more
    }

    /// Returns a page with one object only.
    pub(crate) fn of(object: Object) -> Self {
        Self {
            position: Position::All,
            total: None,
            count_is: CountIs::Exact,
            more: false,
            rows: object.rows,
            related: object.related,
            facets: Vec::new(),
            existed: 0,
            beside: None,
        }
    }

    /// Reorders the rows: for each new position, `order` has the position at which its row is now.
    pub(crate) fn put_in_order(&mut self, order: &[usize]) {
        if order.iter().copied().eq(0..self.rows.len()) {
            return;
        }
        let rows = order.iter().filter_map(|at| self.rows.get(*at));
        let width = self.rows.get(0).map_or(0, |row| row.cells().count());
        self.rows = Rows::new(width, rows.map(|row| row.cells().collect::<Vec<_>>()));
        for related in &mut self.related {
            let of = order.iter().filter_map(|at| related.of.get(*at).cloned());
            related.of = of.collect();
        }
    }

    /// Returns a row as an object, without the rows that are related to it.
    pub(crate) fn object(&self, at: usize) -> Object {
        Object {
            rows: self.rows.part(at, 1),
            related: Vec::new(),
        }
    }

    /// Returns the first row as an object.
    pub(crate) fn into_object(self) -> Object {
        Object {
            rows: self.rows.truncated(1),
            related: self.related,
        }
    }

    /// Returns the rows, with the columns that were requested: [`List::columns`](crate::List::columns).
    #[must_use]
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }
}

/// One row, and the rows related to it.
///
/// Created by the default data access ([`Base::retrieve`](crate::Base::retrieve)) or from a row in memory
/// ([`Retrieve::over`](crate::Retrieve::over)). A clone shares the row.
#[derive(Clone, Debug)]
#[must_use]
pub struct Object {
    /// Exactly one row.
    pub(crate) rows: Rows,
    /// The related rows, in the order they were requested.
    pub(crate) related: Vec<Related>,
}

impl Object {
    /// Returns the row, with the columns that were requested: [`Retrieve::columns`](crate::Retrieve::columns).
    #[must_use]
    pub fn row(&self) -> Option<Row<'_>> {
        self.rows.get(0)
    }

    /// Returns the value of a column, given the columns read in ascending order; `None` if it is null or was not read.
    pub(crate) fn value(&self, column: ColumnNumber, read: &[ColumnNumber]) -> Option<Value> {
        let at = read.binary_search(&column).ok()?;
        self.row()?.cell(at).to_value()
    }
}

/// The values of a column and how many rows have each, the most frequent first.
#[derive(Clone, Debug)]
pub(crate) struct FacetCounts {
    pub(crate) column: ColumnNumber,
    /// A row for each value: the value, which may be null, and the number of rows.
    pub(crate) values: Rows,
    /// Whether there are more values.
    pub(crate) more: bool,
}

/// The related rows of the rows of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    pub(crate) rows: Rows,
    /// For each row of the answer, the range of its related rows in `rows`, and whether it has more related rows than
    /// were read.
    pub(crate) of: Vec<(Range<usize>, bool)>,
    pub(crate) related: Vec<Self>,
}
