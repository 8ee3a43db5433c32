//! The result of a statement, in the form that every driver returns.

use crate::cell::Rows;
#[cfg(feature = "_server")]
use crate::cell::Tape;

/// The rows of a statement, and the numbers (a total, or [`ReadBy`]) that it selects before the model's own columns.
pub(super) struct Fetched {
    pub(super) rows: Rows,
    pub(super) total: Option<u64>,
    /// What each row was read for: a batched request or, for related rows (such as owners), the key of a leading row
    /// (such as a car). Empty if the rows do not begin with such a position.
    pub(super) readers: Vec<ReadBy>,
    /// The values by which each row is ordered, as the database holds them: bytes, or null. `None` if they are not read.
    pub(super) marks: Option<Rows>,
    /// The junction's columns of each row, if the rows were found through a junction table.
    pub(super) pairs: Option<Rows>,
}

impl Fetched {
    /// Creates the result of a statement without rows.
    #[cfg(feature = "_server")]
    pub(super) fn empty() -> Self {
        Self {
            rows: Tape::new(0).finish(),
            total: None,
            readers: Vec::new(),
            marks: None,
            pairs: None,
        }
    }
}

/// The result of a statement that writes.
pub(super) struct Written {
    /// The columns that an `INSERT … RETURNING` returns, for each row; empty if the database or the statement returns
    /// none.
    pub(super) rows: Rows,
    /// The number that MySQL generated for the inserted row's `AUTO_INCREMENT` column; `None` on other databases.
    pub(super) last_id: Option<u64>,
}

/// What a row was read for: one of several batched requests or, for a related row (such as an owner), the key of a
/// leading row (such as a car).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReadBy {
    /// The position, from zero, of the request in its batch, or of the leading row's key in the list of keys.
    pub(super) reader: u64,
    /// The total of the request's list, if it is counted.
    pub(super) total: Option<u64>,
}
