//! The rows related to those of an answer: what is still to read, one statement for each relation that is wanted.

use std::{collections::VecDeque, sync::Arc};

use super::{
    fetched::Fetched,
    matching::{Keys, Share, unfit},
};
use crate::{
    cell::{Cell, Rows},
    error::{Code, Error, Result},
    model::Model,
    operation::{Related, TooMuch, Wanted},
    statement::{Dialect, Plans, Statement},
};

/// What was found, and what waits to be read, level by level.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    waiting: VecDeque<Step>,
    running: Option<(Step, Keys)>,
    found: Vec<Found>,
}

/// A relation to follow.
#[derive(Debug)]
struct Step {
    wanted: Wanted,
    leading: Arc<Leading>,
    under: Option<usize>,
}

/// The rows that lead to others.
#[derive(Debug)]
struct Leading {
    model: Model,
    /// The columns that were read, rising.
    columns: Vec<u16>,
    rows: Rows,
    /// How often the answer shows each of them.
    shown: Vec<u64>,
}

/// The rows a relation led to.
#[derive(Debug)]
struct Found {
    related: Related,
    /// Which of the findings leads to them; none for the answer itself.
    under: Option<usize>,
}

impl Gathering {
    /// Gathers what is wanted with the rows of an answer.
    pub(super) fn new(model: &Model, columns: &[u16], rows: &Rows, wanted: &[Wanted]) -> Self {
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
        self.waiting.extend(wanted.iter().map(|wanted| Step {
            wanted: wanted.clone(),
            leading: Arc::clone(&leading),
            under,
        }));
    }

    /// The statement to run next; none once everything is found.
    pub(super) fn statement(
        &mut self,
        plans: &Plans,
        dialect: &dyn Dialect,
    ) -> Result<Option<Statement>> {
        while let Some(step) = self.waiting.pop_front() {
            let Step {
                wanted, leading, ..
            } = &step;
            let keys = Keys::of(&wanted.join, &leading.columns, &leading.rows)?;
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

    /// The model whose rows the statement reads.
    pub(super) fn model(&self) -> Option<&Model> {
        let (step, _) = self.running.as_ref()?;
        Some(&step.wanted.join.target)
    }

    /// Takes the rows of the statement.
    pub(super) fn take(&mut self, fetched: Fetched) -> Result<()> {
        let running = self.running.take();
        let (step, keys) = running.ok_or_else(|| unfit("nobody asked for these rows"))?;
        let (rows, of) = keys.share(&step.wanted, fetched)?;
        self.add(&step, rows, of)
    }

    /// Adds rows, if the answer may show so many, and wants what they lead to in turn.
    fn add(&mut self, step: &Step, rows: Rows, of: Vec<Share>) -> Result<()> {
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
        self.found.push(Found { related, under });
        Ok(())
    }

    /// Everything that was found, each under what leads to it.
    pub(super) fn finish(mut self) -> Vec<Related> {
        let mut first = Vec::new();
        // What leads to rows was found before them.
        while let Some(Found { mut related, under }) = self.found.pop() {
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
