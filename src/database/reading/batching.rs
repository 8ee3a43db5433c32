//! Rules for batching: which readings (each the statements for one answer) one statement can answer together.

use std::{sync::Arc, time::Duration};

use super::{COUNT_BUDGET, Reading, Stage};
use crate::{
    cell::Value,
    error::Result,
    operation::{List, Readable},
    params::Count,
    statement::{PageTotals, Plan, Statement},
};

/// The longest time that one statement for a batch of lists should take. Lists that would take longer are answered
/// sooner by a statement each, at the same time.
pub(in super::super) const LONGEST_BATCH: Duration = Duration::from_millis(20);

impl Reading {
    /// Whether the next statement counts rows, and the reading has time to start again without counting if the count
    /// takes too long.
    pub(in super::super) fn may_retry_uncounted(&self) -> bool {
        self.counts() && self.question.time_limit > COUNT_BUDGET
    }

    /// Whether the reading's statement can be batched: it is the only statement of the reading, and reads one row or a
    /// page near the start.
    pub(in super::super) fn is_batched(&self) -> bool {
        match self.stage {
            Stage::Row => self.wanted().is_empty(),
            Stage::PageAndTotal(_) | Stage::Uncounted(_) => {
                !self.needs_snapshot() && !self.is_by_cursor() && !self.is_estimated()
            }
            Stage::Parent
            | Stage::Total
            | Stage::TotalOfEmpty
            | Stage::Estimate { .. }
            | Stage::Page { .. }
            | Stage::Groups => false,
        }
    }

    /// Returns the statement that counts the rows of the list, if the reading counts all of them: readings with equal
    /// statements may share one count.
    pub(in super::super) fn count_to_share(&self) -> Option<Statement> {
        let list = self.counted_list()?;
        let (model, plans) = (&self.question.model, &self.plans);
        Some(Statement::total(model, list, plans, self.dialect))
    }

    /// Whether the reading counts all rows of a list.
    pub(in super::super) fn counts_a_list(&self) -> bool {
        self.counted_list().is_some()
    }

    /// Returns the list of which the reading counts all rows; `None` if it counts none, or no more than some.
    fn counted_list(&self) -> Option<&List> {
        let counts = match self.stage {
            Stage::Parent | Stage::PageAndTotal(_) | Stage::Total => true,
            Stage::Uncounted(_)
            | Stage::TotalOfEmpty
            | Stage::Estimate { .. }
            | Stage::Page { .. }
            | Stage::Row
            | Stage::Groups => false,
        };
        match &self.question.ask {
            Readable::List(list) if counts && list.paging.count == Count::Exact => Some(list),
            Readable::List(_) | Readable::Retrieve(_) | Readable::Aggregate(_) => None,
        }
    }

    /// Whether the parent of the list, which must exist, is looked up first.
    pub(in super::super) fn is_below_a_parent(&self) -> bool {
        matches!(self.stage, Stage::Parent)
    }

    /// Creates a reading of the same question, at its first statement.
    pub(in super::super) fn fork(&self) -> Self {
        Self {
            whole_limit: self.whole_limit,
            ..Self::new(self.question.clone(), Arc::clone(&self.plans), self.dialect)
        }
    }

    /// Whether both readings have the same answer in one snapshot.
    pub(in super::super) fn asks_as(&self, other: &Self) -> bool {
        self.question.model == other.question.model && self.question.ask == other.question.ask
    }

    /// Spares the reading its count, given the total of its list in the snapshot that it will read from. Returns an
    /// error if the page does not exist.
    pub(in super::super) fn take_total(&mut self, total: u64) -> Result<()> {
        match self.stage {
            Stage::Parent => self.known_total = Some(total),
            Stage::PageAndTotal(_)
            | Stage::Total
            | Stage::Uncounted(_)
            | Stage::TotalOfEmpty
            | Stage::Estimate { .. }
            | Stage::Page { .. }
            | Stage::Row
            | Stage::Groups => self.of_known_total(total)?,
        }
        Ok(())
    }

    /// Returns the greatest number of readings that one statement may answer. `alone` is the plan (the cached text) of
    /// the statement for a single reading. Pages are batched only if `lists` is true.
    pub(in super::super) fn largest_batch(&self, alone: &Plan, lists: bool) -> usize {
        match &self.question.ask {
            _ if alone.is_alone => 1,
            Readable::Aggregate(_) => 1,
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
            Readable::Aggregate(aggregate) => aggregate.size,
        }
    }

    /// Returns one statement that answers `readers` readings. The statements that would answer each of them alone have
    /// the same text. `values` holds the values of these statements, one statement after the other. If the readings are
    /// all of one list, which is counted once, only the first has the values of the count.
    pub(in super::super) fn batch(
        &self,
        readers: u8,
        values: Vec<Value>,
        of_one_list: bool,
    ) -> Statement {
        let (model, plans, dialect) = (&self.question.model, &*self.plans, self.dialect);
        let statement = match &self.question.ask {
            Readable::Retrieve(retrieve) => {
                Statement::rows(model, retrieve, readers, values, plans, dialect)
            }
            Readable::List(list) => {
                let totals = match list.paging.count {
                    Count::Off => PageTotals::None,
                    Count::Exact | Count::Capped(_) | Count::Estimated if of_one_list => {
                        PageTotals::OfAll
                    }
                    Count::Exact | Count::Capped(_) | Count::Estimated => PageTotals::OfEach,
                };
                Statement::pages(model, list, totals, readers, values, plans, dialect)
            }
            // Groups are not batched.
            Readable::Aggregate(aggregate) => Statement::groups(model, aggregate, plans, dialect),
        };
        // A batch has the byte limit of a single reading. If it exceeds the limit, each of its readings runs alone.
        statement.within(self.room())
    }
}
