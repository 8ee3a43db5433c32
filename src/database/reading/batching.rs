//! Rules for batching: which readings (each the statements for one answer) one statement can answer together.

use std::time::Duration;

use super::{COUNT_BUDGET, Reading, Stage};
use crate::{
    cell::Value,
    operation::Readable,
    params::Count,
    statement::{Plan, Statement},
};

/// The longest time that one statement for a batch of lists should take. Lists that would take longer are answered
/// sooner by a statement each, at the same time.
const LONGEST_BATCH: Duration = Duration::from_millis(20);

impl Reading {
    /// Whether the next statement counts rows, and the reading has time to start again without counting if the count
    /// takes too long.
    pub(in super::super) fn may_retry_uncounted(&self) -> bool {
        self.counts() && self.question.time_limit > COUNT_BUDGET
    }

    /// Returns the reading's statement if it can be batched: it is the only statement of the reading, and reads one row
    /// or a page near the start.
    pub(in super::super) fn shareable(&self) -> Option<Statement> {
        let is_alone = match self.stage {
            Stage::Row => self.wanted().is_empty(),
            Stage::PageAndTotal(_) | Stage::Uncounted(_) => !self.needs_snapshot(),
            Stage::Parent | Stage::Total | Stage::TotalOfEmpty | Stage::Page { .. } => false,
        };
        is_alone.then(|| self.statement().ok()).flatten()
    }

    /// Returns the greatest number of readings that one statement may answer. `alone` is the plan (the cached text) of
    /// the statement for a single reading. Pages are batched only if `lists` is true.
    pub(in super::super) fn largest_batch(&self, alone: &Plan, lists: bool) -> usize {
        match &self.question.ask {
            _ if alone.is_alone => 1,
            Readable::Retrieve(_) => usize::MAX,
            Readable::List(_) if !lists => 1,
            Readable::List(_) => {
                let took = alone.took.get().as_micros().max(1);
                usize::try_from(LONGEST_BATCH.as_micros() / took).unwrap_or(usize::MAX)
            }
        }
    }

    /// Returns the greatest number of rows that the statement of this reading may return.
    pub(in super::super) fn most_rows(&self) -> u64 {
        match &self.question.ask {
            Readable::Retrieve(_) => 1,
            Readable::List(list) => list.paging.size.saturating_add(1),
        }
    }

    /// Returns one statement that answers `readers` readings. The statements that would answer each of them alone have
    /// the same text. `values` holds the values of these statements, one statement after the other.
    pub(in super::super) fn batch(&self, readers: u8, values: Vec<Value>) -> Statement {
        let (model, plans, dialect) = (&self.question.model, &*self.plans, self.dialect);
        let statement = match &self.question.ask {
            Readable::Retrieve(retrieve) => {
                Statement::rows(model, retrieve, readers, values, plans, dialect)
            }
            Readable::List(list) => {
                let counted = list.paging.count != Count::Off;
                Statement::pages(model, list, counted, readers, values, plans, dialect)
            }
        };
        // A batch has the byte limit of a single reading. If it exceeds the limit, each of its readings runs alone.
        statement.within(self.room())
    }
}
