//! Reading the related rows of an answer, with one statement for each relation that is wanted, as by `?expand=owner`.

use std::{collections::VecDeque, sync::Arc};

use super::{
    fetched::Fetched,
    matching::{LeadingKeys, Share, unfit},
};
use crate::{
    cell::{Cell, Rows},
    error::{Code, Error, Result},
    model::{ColumnNumber, Model},
    operation::{Related, TooMuch, Wanted},
    statement::{Dialect, Plans, Statement},
};

/// The related rows that were read so far, and the relations that remain to be read: those of the answer's rows first,
/// then those nested under them.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    waiting: VecDeque<PendingRelation>,
    running: Option<(PendingRelation, LeadingKeys)>,
    found: Vec<NestedRows>,
}

/// A relation that remains to be read, and the rows whose related rows are wanted.
#[derive(Debug)]
struct PendingRelation {
    wanted: Wanted,
    leading: Arc<Leading>,
    under: Option<usize>,
}

/// The leading rows of a relation (the rows whose related rows are wanted): rows of the answer, or related rows that
/// have relations of their own.
#[derive(Debug)]
struct Leading {
    model: Model,
    /// The columns of `rows`, sorted.
    columns: Vec<ColumnNumber>,
    rows: Rows,
    /// How many times the answer shows each of `rows`: an owner of two cars is shown twice.
    shown: Vec<u64>,
}

/// The related rows of one relation, and where they are nested.
#[derive(Debug)]
struct NestedRows {
    related: Related,
    /// The index, in [`Gathering::found`], of the related rows that these are nested under; `None` for the rows of the
    /// answer itself.
    under: Option<usize>,
}

impl Gathering {
    /// Creates the list of the `wanted` relations of the rows of an answer, of which none is read yet.
    pub(super) fn new(
        model: &Model,
        columns: &[ColumnNumber],
        rows: &Rows,
        wanted: &[Wanted],
    ) -> Self {
        let leading = Leading {
            model: model.clone(),
            columns: columns.to_vec(),
            rows: rows.clone(),
            shown: vec![1; rows.len()],
        };
        let mut gathering = Self::default();
        gathering.want(wanted, leading, None);
        gathering
    }

    fn want(&mut self, wanted: &[Wanted], leading: Leading, under: Option<usize>) {
        let leading = Arc::new(leading);
        self.waiting
            .extend(wanted.iter().map(|wanted| PendingRelation {
                wanted: wanted.clone(),
                leading: Arc::clone(&leading),
                under,
            }));
    }

    /// Returns the statement that reads the next relation; `None` once all relations are read.
    pub(super) fn statement(
        &mut self,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Result<Option<Statement>> {
        while let Some(step) = self.waiting.pop_front() {
            let PendingRelation {
                wanted, leading, ..
            } = &step;
            let keys = LeadingKeys::of(&wanted.join, &leading.columns, &leading.rows)?;
            if keys.values.is_empty() {
                let of = vec![Share::default(); leading.rows.len()];
                let none = std::iter::empty::<[Cell<'_>; 0]>();
                let none = Rows::new(wanted.columns.len(), none);
                self.add(&step, none, of)?;
                continue;
            }
            let statement =
                Statement::related(&leading.model, wanted, &keys.values, plans, dialect);
            let statement = statement.ok_or_else(|| too_many(wanted))?;
            self.running = Some((step, keys));
            return Ok(Some(statement));
        }
        Ok(None)
    }

    /// Returns the model of the related rows that the running statement reads; `None` if it reads no related rows.
    pub(super) fn model(&self) -> Option<&Model> {
        let (step, _) = self.running.as_ref()?;
        Some(&step.wanted.join.target)
    }

    /// Takes in the related rows that the running statement has returned.
    pub(super) fn take(&mut self, fetched: Fetched) -> Result<()> {
        let running = self.running.take();
        let (step, keys) = running.ok_or_else(|| unfit("rows were read for no relation"))?;
        let (rows, of) = keys.share(&step.wanted, fetched)?;
        self.add(&step, rows, of)
    }

    /// Adds the related rows of a relation, and queues the relations nested under them. `of` says for each leading row
    /// which of `rows` belong to it. Returns an error if the answer would show too many rows.
    fn add(&mut self, step: &PendingRelation, rows: Rows, of: Vec<Share>) -> Result<()> {
        let times = || step.leading.shown.iter().zip(&of);
        let in_all = times().fold(0_u64, |in_all, (times, (range, _))| {
            let own = u64::try_from(range.len()).unwrap_or(u64::MAX);
            in_all.saturating_add(times.saturating_mul(own))
        });
        if in_all > step.wanted.most_in_all {
            return Err(too_many(&step.wanted));
        }
        let mut shown = vec![0; rows.len()];
        for (times, (range, _)) in times() {
            let own = shown.get_mut(range.clone()).into_iter().flatten();
            own.for_each(|shown: &mut u64| *shown = shown.saturating_add(*times));
        }
        let leading = Leading {
            model: step.wanted.join.target.clone(),
            columns: step.wanted.columns.clone(),
            rows: rows.clone(),
            shown,
        };
        self.want(&step.wanted.related, leading, Some(self.found.len()));
        let related = Related {
            rows,
            of,
            related: Vec::new(),
        };
        let under = step.under;
        self.found.push(NestedRows { related, under });
        Ok(())
    }

    /// Returns all related rows, nested under the rows that refer to them.
    pub(super) fn finish(mut self) -> Vec<Related> {
        let mut first = Vec::new();
        // Rows are added before the rows nested under them, so the last ones are moved under earlier ones.
        while let Some(NestedRows { mut related, under }) = self.found.pop() {
            related.related.reverse();
            match under.and_then(|under| self.found.get_mut(under)) {
                Some(leading) => leading.related.related.push(related),
                None => first.push(related),
            }
        }
        first.reverse();
        first
    }
}

fn too_many(wanted: &Wanted) -> Error {
    let (most, name) = (wanted.most_in_all, wanted.join.target.name());
    let detail = format!("the answer would embed too many rows of {name}: at most {most} in all");
    Error::new(Code::LimitExceeded, detail).with_source(TooMuch::Rows)
}
