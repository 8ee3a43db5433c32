//! Rules for batching: which readings one statement can answer together.

use std::time::Duration;

use super::{COUNT_BUDGET, Reading, Stage};
use crate::{
    cell::Value,
    operation::Ask,
    params::Count,
    statement::{Plan, Statement},
};

/// The longest time that one statement reads lists for several readers: slow lists are faster in parallel.
const LONGEST_BATCH: Duration = Duration::from_millis(20);

impl Reading {
    /// Whether time is left to read the rows after counting them took too long.
    pub(in super::super) fn may_uncount(&self) -> bool {
        self.counts() && self.question.time_limit > COUNT_BUDGET
    }

    /// Returns the statement if it is the only one, of a row or of a page near the start, and so can be batched.
    pub(in super::super) fn shareable(&self) -> Option<Statement> {
        let is_alone = match self.stage {
            Stage::Row => self.wanted().is_empty(),
            Stage::PageAndTotal(_) | Stage::Uncounted(_) => !self.needs_snapshot(),
            Stage::Parent | Stage::Total | Stage::Page { .. } => false,
        };
        is_alone.then(|| self.statement().ok()).flatten()
    }

    /// Returns the most readings that one statement answers. `alone` is the plan of a single reading. Pages are batched
    /// only if `lists`.
    pub(in super::super) fn largest_batch(&self, alone: &Plan, lists: bool) -> usize {
        match &self.question.ask {
            _ if alone.is_alone => 1,
            Ask::Retrieve(_) => usize::MAX,
            Ask::List(_) if !lists => 1,
            Ask::List(_) => {
                let took = alone.took.get().as_micros().max(1);
                usize::try_from(LONGEST_BATCH.as_micros() / took).unwrap_or(usize::MAX)
            }
        }
    }

    /// Returns the most rows that it reads.
    pub(in super::super) fn most_rows(&self) -> u64 {
        match &self.question.ask {
            Ask::Retrieve(_) => 1,
            Ask::List(list) => list.paging.size.saturating_add(1),
        }
    }

    /// Builds the statement that answers several readings with one plan.
    pub(in super::super) fn batch(&self, readers: u8, values: Vec<Value>) -> Statement {
        let (model, plans, dialect) = (&self.question.model, &*self.plans, self.dialect);
        let statement = match &self.question.ask {
            Ask::Retrieve(retrieve) => {
                Statement::rows(model, retrieve, readers, values, plans, dialect)
            }
            Ask::List(list) => {
                let counted = list.paging.count != Count::Off;
                Statement::pages(model, list, counted, readers, values, plans, dialect)
            }
        };
        // A batch has the byte limit of a single reading; beyond it, each reading runs and fails alone.
        statement.within(self.room())
    }
}
