//! Facts about a reading (the statements for one answer) that SQLite's jobs need: its kind, by which costs are
//! recorded, and the list that it counts.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher},
    sync::Arc,
};

use super::{super::fetched::Fetched, Reading, Stage};
use crate::{
    error::Result,
    model::Model,
    operation::{List, Readable, Wanted},
    params::Count,
    predicate::Predicate,
    statement::Statement,
};

/// The part of a list that determines its total: all pages of one model and filter have the same total.
#[derive(Clone, Copy)]
pub(in crate::database) struct Counted<'a> {
    pub(in crate::database) model: &'a Model,
    pub(in crate::database) filter: &'a Predicate,
    reading: &'a Reading,
    list: &'a List,
}

impl Counted<'_> {
    /// Returns the statement that reads the number of rows of the list.
    pub(in crate::database) fn statement(self) -> Statement {
        let (plans, dialect) = (&*self.reading.plans, self.reading.dialect);
        Statement::total(self.model, self.list, plans, dialect)
    }
}

impl Reading {
    /// Returns the kind of the reading, as a hash: readings have the same kind if their statements differ only in their
    /// bound values. To find it, the first statement is built; the statement is kept until [`first`](Self::first) takes
    /// it.
    pub(in crate::database) fn kind(&mut self) -> Result<u64> {
        let first = self.statement()?;
        let mut kind = DefaultHasher::new();
        Arc::as_ptr(&first.plan).hash(&mut kind);
        self.first = Some(first);
        if let Stage::Parent = self.stage {
            self.stage = Stage::below(&self.question.ask);
            let rows = self.statement();
            self.stage = Stage::Parent;
            Arc::as_ptr(&rows?.plan).hash(&mut kind);
        }
        hash_wanted(self.wanted(), &mut kind);
        self.facets().len().hash(&mut kind);
        Ok(kind.finish())
    }

    /// Returns the first statement of the reading. If [`kind`](Self::kind) has built and kept it, it is not built
    /// again.
    pub(in crate::database) fn first(&mut self) -> Result<Statement> {
        self.first.take().map_or_else(|| self.statement(), Ok)
    }

    /// Whether the reading looks up one row by a key that has an index.
    pub(in crate::database) fn is_of_an_indexed_key(&self) -> bool {
        let model = &self.question.model;
        matches!(self.question.ask, Readable::Retrieve(_)) && model.is_indexed(model.key())
    }

    /// Returns the part of the list that determines its total, if its rows are counted.
    pub(in crate::database) fn counted(&self) -> Option<Counted<'_>> {
        match &self.question.ask {
            Readable::List(list) if list.paging.count == Count::Exact => Some(Counted {
                model: &self.question.model,
                filter: &list.filter,
                reading: self,
                list,
            }),
            Readable::List(_) | Readable::Retrieve(_) | Readable::Aggregate(_) => None,
        }
    }

    /// Returns the total that the statement has counted; `None` if it has not. The total is a column of the page's
    /// rows, so a first page without rows means 0.
    pub(in crate::database) fn counted_to(&self, fetched: &Fetched) -> Option<u64> {
        match self.stage {
            Stage::PageAndTotal(window) if window.skip == 0 && fetched.rows.is_empty() => Some(0),
            Stage::Parent
            | Stage::PageAndTotal(_)
            | Stage::Uncounted(_)
            | Stage::Total
            | Stage::TotalOfEmpty
            | Stage::Estimate { .. }
            | Stage::Page { .. }
            | Stage::Row
            | Stage::Groups => fetched.total,
        }
    }

    /// Returns the next statement of the reading, given the total of its list from the cache: it reads the page without
    /// counting.
    pub(in crate::database) fn statement_with_total(&mut self, total: u64) -> Result<Statement> {
        self.of_known_total(total)?;
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
