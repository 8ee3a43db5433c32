//! The rows related to one row, among those read for a whole answer.

use std::ops::Range;

use crate::{cell::Row, operation::Related};

/// The related rows of one row.
pub(super) struct RelatedRows<'r> {
    all: &'r Related,
    own: Range<usize>,
    /// Whether there are more related rows than were read.
    pub(super) more: bool,
}

impl<'r> RelatedRows<'r> {
    /// Returns the rows related to the row at index `at`, by the answer's relation at index `relation`.
    pub(super) fn of(relation: usize, at: usize, related: &'r [Related]) -> Option<Self> {
        let all = related.get(relation)?;
        let (own, more) = all.of.get(at)?;
        Some(Self {
            all,
            own: own.clone(),
            more: *more,
        })
    }

    /// Returns the rows, each with its index for [`deeper`](Self::deeper) rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, Row<'r>)> + use<'r> {
        let rows = &self.all.rows;
        self.own.clone().filter_map(|at| Some((at, rows.get(at)?)))
    }

    /// Returns the rows related to these rows.
    pub(super) fn deeper(&self) -> &'r [Related] {
        &self.all.related
    }
}
