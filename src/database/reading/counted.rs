//! What SQLite's jobs ask of a reading before they run it: which it resembles, and whether its total is known.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher},
    sync::Arc,
};

use super::{super::fetched::Fetched, Reading, Stage};
use crate::{
    error::{Code, Result},
    model::Model,
    operation::{Ask, List, Wanted},
    params::Count,
    predicate::Predicate,
    statement::{Statement, Window},
};

/// A list as it is counted: of the same model and filter, all pages have one total.
#[derive(Clone, Copy)]
pub(in crate::database) struct Counted<'a> {
    pub(in crate::database) model: &'a Model,
    pub(in crate::database) filter: &'a Predicate,
    reading: &'a Reading,
    list: &'a List,
}

impl Counted<'_> {
    /// The statement that counts it.
    pub(in crate::database) fn statement(self) -> Statement {
        let (plans, dialect) = (&*self.reading.plans, self.reading.dialect);
        Statement::total(self.model, self.list, plans, dialect)
    }
}

impl Reading {
    /// A number for readings that differ in values alone; the first statement is kept for when it is run.
    pub(in crate::database) fn kind(&mut self) -> Result<u64> {
        let first = self.statement()?;
        let mut kind = DefaultHasher::new();
        Arc::as_ptr(&first.plan).hash(&mut kind);
        self.first = Some(first);
        if let (Stage::Parent, Ask::List(list)) = (self.stage, &self.question.ask) {
            self.stage = Stage::of_list(list);
            let rows = self.statement();
            self.stage = Stage::Parent;
            Arc::as_ptr(&rows?.plan).hash(&mut kind);
        }
        hash_wanted(self.wanted(), &mut kind);
        Ok(kind.finish())
    }

    /// The statement that is run first.
    pub(in crate::database) fn first(&mut self) -> Result<Statement> {
        self.first.take().map_or_else(|| self.statement(), Ok)
    }

    /// Whether it reads one row, which an index finds.
    pub(in crate::database) fn is_of_an_indexed_key(&self) -> bool {
        let model = &self.question.model;
        matches!(self.question.ask, Ask::Retrieve(_)) && model.is_indexed(model.key())
    }

    /// The list, if its rows are counted.
    pub(in crate::database) fn counted(&self) -> Option<Counted<'_>> {
        match &self.question.ask {
            Ask::List(list) if list.paging.count != Count::None => Some(Counted {
                model: &self.question.model,
                filter: &list.filter,
                reading: self,
                list,
            }),
            _ => None,
        }
    }

    /// To how many rows the statement has counted the list, if it says so: an empty first page is that of an empty list.
    pub(in crate::database) fn counted_to(&self, fetched: &Fetched) -> Option<u64> {
        match self.stage {
            Stage::PageAndTotal(window) if window.skip == 0 && fetched.rows.is_empty() => Some(0),
            _ => fetched.total,
        }
    }

    /// Goes on with a total that is known, without counting; the statement that is next.
    pub(in crate::database) fn knows(&mut self, total: u64) -> Result<Statement> {
        let is_near = matches!(self.stage, Stage::PageAndTotal(_));
        if let Err(error) = self.of_total(total) {
            // A page near the start is told to be missing in the same words as when it was counted with its rows.
            return Err(match &self.question.ask {
                Ask::List(list) if is_near && error.code() == Code::NoSuchPage => {
                    Window::past_the_end(list)
                }
                _ => error,
            });
        }
        self.statement()
    }
}

fn hash_wanted(wanted: &[Wanted], kind: &mut impl Hasher) {
    wanted.len().hash(kind);
    for wanted in wanted {
        wanted.join.hash(kind);
        hash_wanted(&wanted.related, kind);
    }
}
