//! The rows that a statement gave, as every driver hands them on.

use crate::cell::Rows;

/// The rows of a statement, and the numbers that stand before them.
pub(super) struct Fetched {
    pub(super) rows: Rows,
    pub(super) total: Option<u64>,
    /// The reader of each row, where one statement reads for several.
    pub(super) readers: Vec<Read>,
    /// The junction's columns that led to the rows, row by row.
    pub(super) pairs: Option<Rows>,
}

/// The reader that a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Read {
    /// The number of the reader.
    pub(super) reader: u64,
    /// The total of the reader's list, if it is counted.
    pub(super) total: Option<u64>,
}
