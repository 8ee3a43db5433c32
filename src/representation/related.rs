//! The rows related to one row, among those read for a whole answer.

use std::ops::Range;

use crate::{cell::Row, operation::Related};

/// The related rows of one row.
pub(super) struct RelatedRows<'r> {
    all: &'r Related,
    own: Range<usize>,
    /// Whether there are more of them than were read.
    pub(super) more: bool,
}

impl<'r> RelatedRows<'r> {
    /// Returns the rows related to the row at `at`, of the relation that was wanted as the `relation`th.
    pub(super) fn of(relation: usize, at: usize, related: &'r [Related]) -> Option<Self> {
        let all = related.get(relation)?;
        let (own, more) = all.of.get(at)?;
        Some(Self {
            all,
            own: own.clone(),
            more: *more,
        })
    }

    /// Returns the rows, each with its place among those that [`deeper`](Self::deeper) rows are related to.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, Row<'r>)> + use<'r> {
        let rows = &self.all.rows;
        self.own.clone().filter_map(|at| Some((at, rows.get(at)?)))
    }

    /// Returns what is related to these rows in turn.
    pub(super) fn deeper(&self) -> &'r [Related] {
        &self.all.related
    }
}
