//! Which readings may be one statement with others, or be answered by that of another.

use std::time::Duration;

use super::{COUNT_BUDGET, Reading, Stage};
use crate::{
    cell::Value,
    operation::Ask,
    params::Count,
    statement::{Plan, Statement},
};

/// How long one statement may read lists for several readers: what is slow is not to be lined up behind what is slow.
const LONGEST_BATCH: Duration = Duration::from_millis(20);

impl Reading {
    /// Whether there is time left to read the rows where counting them takes too long.
    pub(in super::super) fn may_uncount(&self) -> bool {
        self.counts() && self.question.time_limit > COUNT_BUDGET
    }

    /// The statement whose rows others may be given, or that may run with theirs: the only one, of a row or of a page near
    /// the start.
    pub(in super::super) fn shareable(&self) -> Option<Statement> {
        let is_alone = match self.stage {
            Stage::Row => self.wanted().is_empty(),
            Stage::PageAndTotal(_) | Stage::Uncounted(_) => !self.needs_snapshot(),
            Stage::Parent | Stage::Total | Stage::Page { .. } => false,
        };
        is_alone.then(|| self.statement().ok()).flatten()
    }

    /// How many different ones may be one statement, where each alone is this one: of pages only if `lists`.
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

    /// How many rows it reads at most.
    pub(in super::super) fn most_rows(&self) -> u64 {
        match &self.question.ask {
            Ask::Retrieve(_) => 1,
            Ask::List(list) => list.paging.size.saturating_add(1),
        }
    }

    /// The statement that runs those of several such readings, of one plan.
    pub(in super::super) fn batch(&self, readers: u8, values: Vec<Value>) -> Statement {
        let (model, plans, dialect) = (&self.question.model, &*self.plans, self.dialect);
        let statement = match &self.question.ask {
            Ask::Retrieve(retrieve) => {
                Statement::rows(model, retrieve, readers, values, plans, dialect)
            }
            Ask::List(list) => {
                let counted = list.paging.count != Count::None;
                Statement::pages(model, list, counted, readers, values, plans, dialect)
            }
        };
        // What all of them read is no more than one of them may: else each reads alone, and is refused alone.
        statement.within(self.room())
    }
}
