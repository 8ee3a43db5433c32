//! The related rows of one row of an answer, as a part of the related rows of all its rows.

use std::ops::Range;

use crate::{cell::Row, operation::Related};

/// The related rows of one row.
pub(super) struct RelatedRows<'r> {
    all: &'r Related,
    own: Range<usize>,
    /// Whether the row has more related rows than were read.
    pub(super) more: bool,
}

impl<'r> RelatedRows<'r> {
    /// Returns the rows that are related, by the relation at index `relation` of the answer, to the row at index `at`.
    pub(super) fn of(relation: usize, at: usize, related: &'r [Related]) -> Option<Self> {
        let all = related.get(relation)?;
        let (own, more) = all.of.get(at)?;
        Some(Self {
            all,
            own: own.clone(),
            more: *more,
        })
    }

    /// Returns the related rows, each with its index among those of all rows. Given this index, [`of`](Self::of) finds
    /// the rows that are related to it in [`deeper`](Self::deeper).
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, Row<'r>)> + use<'r> {
        let rows = &self.all.rows;
        self.own.clone().filter_map(|at| Some((at, rows.get(at)?)))
    }

    /// Returns the rows that are related to these rows, with one item for each relation embedded in them.
    pub(super) fn deeper(&self) -> &'r [Related] {
        &self.all.related
    }
}
