//! What is answered: a page of rows or one row, owned and cheap to clone.

use std::{fmt, ops::Range};

use crate::{
    cell::{Row, Rows},
    error::{Code, Error},
    params::Position,
};

/// The answer to an [`Ask`](crate::Ask), of the same kind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A page of a list.
    Page(Page),
    /// One object; none if there is no such row.
    Object(Option<Object>),
}

impl Outcome {
    /// How many rows it holds.
    #[must_use]
    pub fn rows(&self) -> usize {
        match self {
            Self::Page(page) => page.rows.len(),
            Self::Object(object) => object.as_ref().map_or(0, |object| object.rows.len()),
        }
    }
}

/// Why an answer is refused that would hold too much: a part of the error, which says to whoever asks for less that it helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMuch {
    /// More bytes than its place sends at once.
    Bytes,
    /// More embedded rows.
    Rows,
}

impl fmt::Display for TooMuch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer would hold too much")
    }
}

impl std::error::Error for TooMuch {}

/// The error of rows that are more bytes than an answer may hold.
pub(crate) fn too_large() -> Error {
    let detail = "the answer is larger than what is sent at once";
    Error::new(Code::LimitExceeded, detail).with_source(TooMuch::Bytes)
}

/// How many pages a list has: an empty one has one.
pub(crate) fn pages(total: u64, size: u64) -> u64 {
    total.div_ceil(size).max(1)
}

/// A page of rows, and where it stands in its list.
///
/// Made by the default data access ([`Base::list`](crate::Base::list)) or from rows that are no database's
/// ([`List::over`](crate::List::over)). A clone shares the rows, so pages can be kept.
#[derive(Clone, Debug)]
#[must_use]
pub struct Page {
    /// Where it stands in its list.
    pub(crate) position: Position,
    /// How many rows the whole list has, if they are counted.
    pub(crate) total: Option<u64>,
    /// Whether another page follows.
    pub(crate) more: bool,
    pub(crate) rows: Rows,
    /// In the order they were wanted.
    pub(crate) related: Vec<Related>,
}

impl Page {
    /// Returns where it stands in its list.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// How many rows the whole list has; none where they are not counted.
    #[must_use]
    pub const fn total(&self) -> Option<u64> {
        self.total
    }

    /// Whether another page follows.
    #[must_use]
    pub const fn has_next(&self) -> bool {
        self.more
    }

    /// Its rows, of the columns that were asked for: [`List::columns`](crate::List::columns).
    #[must_use]
    pub const fn rows(&self) -> &Rows {
        &self.rows
    }
}

/// One row, and the rows related to it.
///
/// Made by the default data access ([`Base::retrieve`](crate::Base::retrieve)) or from rows that are no database's
/// ([`Retrieve::over`](crate::Retrieve::over)). A clone shares the row.
#[derive(Clone, Debug)]
#[must_use]
pub struct Object {
    /// One.
    pub(crate) rows: Rows,
    /// In the order they were wanted.
    pub(crate) related: Vec<Related>,
}

impl Object {
    /// Its row, of the columns that were asked for: [`Retrieve::columns`](crate::Retrieve::columns).
    #[must_use]
    pub fn row(&self) -> Option<Row<'_>> {
        self.rows.get(0)
    }
}

/// The rows that the rows of an answer lead to.
#[derive(Clone, Debug)]
pub(crate) struct Related {
    pub(crate) rows: Rows,
    /// For each row that leads, which of the rows are its own, and whether there are more of them.
    pub(crate) of: Vec<(Range<usize>, bool)>,
    pub(crate) related: Vec<Self>,
}
