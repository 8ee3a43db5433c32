//! The sequence of statements of a reading (the statements for one answer), without any I/O: a driver runs each
//! statement and passes its rows back.
//!
//! A list takes one statement if the page is near the start (the total comes with its rows) or rows are not counted. It
//! takes two, in one snapshot, if the total decides which rows are on the page. A parent (car 1 in `/cars/1/parts/`)
//! adds one statement before them, and each wanted relation one after them, in the same snapshot.

#[cfg(feature = "_server")]
mod batching;
#[cfg(feature = "sqlite")]
mod counted;
mod estimated;
mod faceting;
mod outcome;
mod stage;
pub(super) mod tables;

use std::{sync::Arc, time::Duration};

#[cfg(feature = "_server")]
pub(super) use self::batching::LONGEST_BATCH;
#[cfg(feature = "sqlite")]
pub(super) use self::counted::Counted;
use self::stage::Stage;
use super::{fetched::Fetched, related::Gathering};
use crate::{
    cell::Rows,
    error::{Code, Error, Result},
    model::Model,
    observer::RunningStatement,
    operation::{Counter, FacetCounts, Outcome, Page, Parent, Readable, Wanted, too_large},
    params::{Count, Position},
    statement::{Dialect, Plans, Statement},
};

/// The longest time for counting the rows of a list.
pub(super) const COUNT_BUDGET: Duration = Duration::from_secs(1);

/// An operation for a database (`ask`), such as reading a page of a list, and the model whose rows it is about.
#[derive(Clone)]
pub(crate) struct Query<Q> {
    pub(crate) model: Model,
    pub(crate) ask: Q,
    /// The time limit of the answer, counted from when the driver starts to work on it.
    pub(crate) time_limit: Duration,
    pub(crate) counter: Option<Counter>,
}

/// A reading in progress: the statements for one answer, in sequence.
pub(super) struct Reading {
    question: Query<Readable>,
    plans: Arc<Plans>,
    dialect: &'static dyn Dialect,
    stage: Stage,
    whole_limit: Duration,
    /// Whether counting the rows has taken too long.
    overran: bool,
    /// The total of the list, if another reading has counted it in the snapshot of this one.
    known_total: Option<u64>,
    /// The first statement, if it has been built for [`kind`](Self::kind).
    #[cfg(feature = "sqlite")]
    first: Option<Statement>,
    /// While the rows of the list are estimated: its page.
    estimating: Option<Box<Page>>,
    /// While related rows are read: the answer so far, and the relations that remain to be read.
    gathering: Option<Box<(Outcome, Gathering)>>,
    /// While facets are counted: the answer so far, and the facets that are counted.
    faceting: Option<Box<(Outcome, Vec<FacetCounts>)>>,
    /// The size in bytes of the rows kept for the answer so far.
    held: usize,
}

impl<Q: Into<Readable>> Query<Q> {
    /// Converts the operation to [`Readable`], the type of all operations that only read.
    fn any(self) -> Query<Readable> {
        Query {
            model: self.model,
            ask: self.ask.into(),
            time_limit: self.time_limit,
            counter: self.counter,
        }
    }
}

/// The next step of the driver: to run a statement, or to return the finished answer.
pub(super) enum NextStep {
    Run(Statement),
    Done(Outcome),
}

impl Reading {
    pub(super) fn new(
        query: Query<impl Into<Readable>>,
        plans: Arc<Plans>,
        dialect: &'static dyn Dialect,
    ) -> Self {
        let mut question = query.any();
        question.ask = question.ask.counted_without_estimates(dialect);
        Self {
            stage: Stage::first(&question.ask),
            whole_limit: question.time_limit,
            #[cfg(feature = "sqlite")]
            first: None,
            question,
            plans,
            dialect,
            overran: false,
            known_total: None,
            estimating: None,
            gathering: None,
            faceting: None,
            held: 0,
        }
    }

    /// Prepares the reading to run again from its first statement.
    pub(super) fn restart(&mut self) {
        self.stage = Stage::first(&self.question.ask);
        self.known_total = None;
        #[cfg(feature = "sqlite")]
        {
            self.first = None;
        }
        self.estimating = None;
        self.gathering = None;
        self.faceting = None;
        self.held = 0;
    }

    /// Returns how many more bytes of rows the answer may have.
    fn room(&self) -> usize {
        let most = match &self.question.ask {
            Readable::List(list) => list.most_bytes,
            Readable::Retrieve(retrieve) => retrieve.most_bytes,
            Readable::Aggregate(aggregate) => aggregate.most_bytes,
        };
        most.saturating_sub(self.held)
    }

    /// Adds the size of rows that are kept for the answer to the size of those kept before. Returns an error if the sum
    /// exceeds the limit.
    fn hold(&mut self, fetched: &Fetched) -> Result<()> {
        let beside = [&fetched.pairs, &fetched.marks].into_iter().flatten();
        let bytes = fetched.rows.bytes() + beside.map(Rows::bytes).sum::<usize>();
        if bytes > self.room() {
            return Err(too_large());
        }
        self.held += bytes;
        Ok(())
    }

    /// Prepares the reading to run again, in a dialect that converts columns to another character set before it
    /// compares them.
    #[cfg(feature = "_server")]
    pub(super) fn convert_by(&mut self, dialect: &'static dyn Dialect) {
        self.dialect = dialect;
        // The cache of plans starts empty: a plan is found by the shape of its statement, which is the same in both
        // dialects.
        self.plans = Plans::observed_by(self.plans.observer.clone());
        self.restart();
    }

    /// Whether the next statement counts or estimates the rows of a list.
    pub(super) fn counts(&self) -> bool {
        let counts = matches!(
            self.stage,
            Stage::PageAndTotal(_) | Stage::Total | Stage::TotalOfEmpty | Stage::Estimate { .. }
        );
        self.gathering.is_none() && self.faceting.is_none() && counts
    }

    /// Prepares the reading to run again without counting, which took too long; returns an error for the last page,
    /// which needs the total.
    pub(super) fn uncount(&mut self) -> Result<()> {
        if let Readable::List(list) = &mut self.question.ask {
            if list.paging.position == Position::Last {
                let detail = "counting the rows took too long, and only their number tells which page is the last; narrow the \
                              list with filters, reverse its ordering and ask for the first page, or try again later";
                return Err(Error::new(Code::Timeout, detail));
            }
            list.paging.count = Count::Off;
            self.overran = true;
        }
        let limit = &mut self.question.time_limit;
        *limit = limit.saturating_sub(COUNT_BUDGET);
        self.restart();
        Ok(())
    }

    /// Counts a statement in the request's counter, which tests read.
    pub(super) fn count(&self) {
        if let Some(counter) = &self.question.counter {
            counter.add();
        }
    }

    /// Returns the time limit of the whole answer.
    pub(super) fn whole_limit(&self) -> Duration {
        self.whole_limit
    }

    /// Returns the time limit for the statements from here on. After a count that took too long, it is shorter than
    /// that of the whole answer.
    pub(super) fn time_limit(&self) -> Duration {
        self.question.time_limit
    }

    /// Whether the reading takes several statements, which must therefore read from one snapshot.
    pub(super) fn needs_snapshot(&self) -> bool {
        let is_several = match self.stage {
            Stage::Total | Stage::TotalOfEmpty | Stage::Parent => true,
            // An empty window is followed by the total.
            Stage::PageAndTotal(window) => window.skip > 0 && self.is_window(),
            // An estimate is not of a snapshot.
            Stage::Uncounted(_)
            | Stage::Estimate { .. }
            | Stage::Page { .. }
            | Stage::Row
            | Stage::Groups => false,
        };
        is_several || !self.wanted().is_empty() || !self.facets().is_empty()
    }

    /// Whether a window of a list is read, which may be after its last row.
    fn is_window(&self) -> bool {
        match &self.question.ask {
            Readable::List(list) => matches!(list.paging.position, Position::Offset(_)),
            Readable::Retrieve(_) | Readable::Aggregate(_) => false,
        }
    }

    /// Returns the parent of the rows, if it must exist.
    fn parent(&self) -> Option<&Parent> {
        match &self.question.ask {
            Readable::List(list) => list.parent.as_ref(),
            Readable::Aggregate(aggregate) => aggregate.parent.as_ref(),
            Readable::Retrieve(_) => None,
        }
    }

    /// Whether the page begins at a row of the list, instead of after a number of rows.
    #[cfg(feature = "_server")]
    fn is_by_cursor(&self) -> bool {
        match &self.question.ask {
            Readable::List(list) => list.paging.position == Position::Cursor,
            Readable::Retrieve(_) | Readable::Aggregate(_) => false,
        }
    }

    fn wanted(&self) -> &[Wanted] {
        match &self.question.ask {
            Readable::List(list) => &list.related,
            Readable::Retrieve(retrieve) => &retrieve.related,
            Readable::Aggregate(_) => &[],
        }
    }

    /// Returns the name of the next statement for logs, such as `related`, and the name of the model whose rows it
    /// reads.
    pub(super) fn names(&self) -> (&'static str, &str) {
        let Query { model, ask, .. } = &self.question;
        let related = self.gathering.as_ref();
        if let Some(related) = related.and_then(|found| found.1.model()) {
            return ("related", related.name());
        }
        if self.faceting.is_some() {
            return ("facet", model.name());
        }
        match (self.parent(), self.stage) {
            (Some(parent), Stage::Parent) => ("parent", parent.model.name()),
            _ => (ask.name(), model.name()),
        }
    }

    /// Begins to observe a statement.
    pub(super) fn begin<'a>(&'a self, statement: &'a Statement) -> RunningStatement<'a> {
        let observer = &self.plans.observer;
        observer.begin(self.names(), &statement.plan.sql)
    }

    /// Begins to observe a statement that counts the list, whatever statement is next.
    #[cfg(feature = "_server")]
    pub(super) fn begin_count<'a>(&'a self, statement: &'a Statement) -> RunningStatement<'a> {
        let Query { model, ask, .. } = &self.question;
        let names = (ask.name(), model.name());
        self.plans.observer.begin(names, &statement.plan.sql)
    }

    /// Returns the next statement, limited to the bytes that the answer may still have.
    pub(super) fn statement(&self) -> Result<Statement> {
        let statement = self.statement_of_the_stage()?;
        Ok(match self.estimates() {
            true => statement,
            false => statement.within(self.room()),
        })
    }

    fn statement_of_the_stage(&self) -> Result<Statement> {
        let (model, plans, dialect) = (&self.question.model, &*self.plans, self.dialect);
        if let (Stage::Parent, Some(parent)) = (self.stage, self.parent()) {
            return Ok(Statement::parent(parent, plans, dialect));
        }
        let list = match &self.question.ask {
            Readable::Retrieve(retrieve) => {
                return Ok(Statement::row(model, retrieve, plans, dialect));
            }
            Readable::Aggregate(aggregate) => {
                return Ok(Statement::groups(model, aggregate, plans, dialect));
            }
            Readable::List(list) => list,
        };
        Ok(match self.stage {
            Stage::Parent | Stage::Total | Stage::TotalOfEmpty | Stage::Row | Stage::Groups => {
                Statement::total(model, list, plans, dialect)
            }
            Stage::Estimate { .. } => Statement::estimate(model, list, plans, dialect),
            Stage::Page { window, .. } => Statement::page(model, list, window, plans, dialect),
            Stage::Uncounted(window) => {
                window.check_depth(list.paging.deepest)?;
                Statement::page(model, list, window, plans, dialect)
            }
            Stage::PageAndTotal(window) => {
                window.check_depth(list.paging.deepest)?;
                Statement::page_and_total(model, list, window, plans, dialect)
            }
        })
    }

    /// Takes in the rows of the statement that was run; returns the next statement or the finished answer.
    pub(super) fn next(&mut self, fetched: Fetched) -> Result<NextStep> {
        if !self.estimates() {
            self.hold(&fetched)?;
        }
        if let Some(faceting) = self.faceting.take() {
            return self.next_facet(faceting, Some(fetched));
        }
        if let Some(mut gathering) = self.gathering.take() {
            gathering.1.take(fetched)?;
            return self.gather(gathering);
        }
        let Some(outcome) = self.outcome(fetched)? else {
            return self.statement().map(NextStep::Run);
        };
        let wanted = self.wanted();
        let columns = match &self.question.ask {
            _ if wanted.is_empty() => return self.facets_of(outcome),
            Readable::Aggregate(_) => return Ok(NextStep::Done(outcome)),
            Readable::List(list) => &list.columns,
            Readable::Retrieve(retrieve) => &retrieve.columns,
        };
        let rows = if let Outcome::Page(page) = &outcome {
            &page.rows
        } else if let Outcome::Object(Some(object)) = &outcome {
            &object.rows
        } else {
            return Ok(NextStep::Done(outcome));
        };
        let gathering = Gathering::new(&self.question.model, columns, rows, wanted);
        self.gather(Box::new((outcome, gathering)))
    }

    /// Returns the next statement that reads related rows or, once there is none left, the finished answer.
    fn gather(&mut self, mut found: Box<(Outcome, Gathering)>) -> Result<NextStep> {
        if let Some(statement) = found.1.statement(&self.plans, self.dialect)? {
            self.gathering = Some(found);
            return Ok(NextStep::Run(statement.within(self.room())));
        }
        let (mut outcome, gathering) = *found;
        if let Outcome::Page(page) = &mut outcome {
            page.related = gathering.finish();
        } else if let Outcome::Object(Some(object)) = &mut outcome {
            object.related = gathering.finish();
        }
        self.facets_of(outcome)
    }
}
