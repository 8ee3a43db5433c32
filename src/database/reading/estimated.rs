//! Lists whose rows are estimated: the page is read first, and then, unless it shows where the list ends, the planner is
//! asked.

use super::{Reading, Stage};
use crate::{
    cell::Rows,
    operation::{Page, Readable},
    params::{Count, CountIs, Position},
    statement::{Dialect, Window, expected_rows},
};

impl Readable {
    /// Returns the operation with rows that are counted, if they are to be estimated and the database cannot.
    pub(super) fn counted_without_estimates(mut self, dialect: &dyn Dialect) -> Self {
        if let Self::List(list) = &mut self
            && list.paging.count == Count::Estimated
            && !dialect.has_estimates()
        {
            list.paging.count = Count::Exact;
        }
        self
    }
}

impl Reading {
    /// Whether the rows of the list are estimated.
    pub(super) fn is_estimated(&self) -> bool {
        match &self.question.ask {
            Readable::List(list) => list.paging.count == Count::Estimated,
            Readable::Retrieve(_) | Readable::Aggregate(_) => false,
        }
    }

    /// Whether the next statement estimates the rows of the list.
    pub(in super::super) fn estimates(&self) -> bool {
        let is_beside = self.gathering.is_some() || self.faceting.is_some();
        matches!(self.stage, Stage::Estimate { .. }) && !is_beside
    }

    /// Returns the page, if it shows how many rows the list has, and keeps it otherwise until they are estimated.
    pub(super) fn estimate(&mut self, page: Page, window: Window) -> Option<Page> {
        if let Some(total) = total_at_the_end(&page, window) {
            let total = Some(total);
            return Some(Page { total, ..page });
        }
        self.stage = Stage::Estimate { window };
        self.estimating = Some(Box::new(page));
        None
    }

    /// Returns the page with the estimate, if the planner has made one. It is corrected by what the page shows of the list.
    pub(super) fn estimated(&mut self, answer: &Rows, window: Window) -> Option<Page> {
        let page = *self.estimating.take()?;
        let expected = expected_rows(answer, self.question.model.table(), self.dialect);
        let shown = u64::try_from(page.rows.len()).unwrap_or(u64::MAX);
        let total = expected.map(|expected| match shown {
            0 => expected.min(window.skip),
            shown => expected.max(window.skip.saturating_add(shown).saturating_add(1)),
        });
        let count_is = match total {
            Some(_) => CountIs::Estimated,
            None => page.count_is,
        };
        Some(Page {
            total,
            count_is,
            ..page
        })
    }
}

/// Returns the number of rows of the list, if the page shows where it ends. The rows that are skipped and those of the page
/// then add up to it.
pub(super) fn total_at_the_end(page: &Page, window: Window) -> Option<u64> {
    let is_beyond = window.skip > 0 && page.rows.is_empty();
    match page.position {
        Position::Page(_) | Position::Offset(_) if !page.more && !is_beyond => {
            let own = u64::try_from(page.rows.len()).ok()?;
            window.skip.checked_add(own)
        }
        Position::Page(_)
        | Position::Offset(_)
        | Position::Last
        | Position::Cursor
        | Position::All => None,
    }
}
