//! The result of a statement, in the form that every driver returns.

use crate::cell::Rows;

/// The rows of a statement, and their leading numbers.
pub(super) struct Fetched {
    pub(super) rows: Rows,
    pub(super) total: Option<u64>,
    /// The reader of each row, if one statement reads for several.
    pub(super) readers: Vec<ReadBy>,
    /// The junction's columns of each row.
    pub(super) pairs: Option<Rows>,
}

/// The reader that a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadBy {
    /// The number of the reader.
    pub(super) reader: u64,
    /// The total of the reader's list, if it is counted.
    pub(super) total: Option<u64>,
}
