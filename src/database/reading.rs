//! Which statements a reading takes, one after the other, without doing any I/O: a driver runs each and hands the rows
//! back.
//!
//! A list costs one statement where the page is near the start (the total comes with it) or rows are not counted, and
//! two, in one snapshot, where the total decides which rows the page has.

use std::{sync::Arc, time::Duration};

use crate::{
    cell::Rows,
    error::Result,
    operation::{Ask, List, Object, Operation, Outcome, Page, pages},
    params::{Count, PageNumber},
    statement::{Dialect, Plans, Statement, Window, no_such_page},
};

/// A reading under way.
pub(super) struct Reading {
    operation: Operation,
    plans: Arc<Plans>,
    dialect: &'static dyn Dialect,
    stage: Stage,
}

/// What the next rows are.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The page, whose total stands in a column before the row's own.
    PageAndTotal(Window),
    /// The page, and one row more if another follows.
    Uncounted(Window),
    /// The total of the list.
    Total,
    /// The page with this number in a list of this many rows.
    Page {
        number: u64,
        total: u64,
        window: Window,
    },
    Row,
}

impl Stage {
    fn first(ask: &Ask) -> Self {
        let Ask::List(list) = ask else {
            return Self::Row;
        };
        let uncounted = list.count == Count::None;
        match Window::from_the_start(list, uncounted) {
            window if uncounted => Self::Uncounted(window.unwrap_or(Window::BEYOND)),
            Some(window) => Self::PageAndTotal(window),
            None => Self::Total,
        }
    }
}

/// What a driver does next.
pub(super) enum Step {
    Run(Statement),
    Done(Outcome),
}

/// The rows of a statement, and the total that stood before them.
pub(super) struct Fetched {
    pub(super) rows: Rows,
    pub(super) total: Option<u64>,
}

impl Reading {
    pub(super) fn new(
        operation: Operation,
        plans: Arc<Plans>,
        dialect: &'static dyn Dialect,
    ) -> Self {
        Self {
            stage: Stage::first(&operation.ask),
            operation,
            plans,
            dialect,
        }
    }

    /// The same reading from its start, after a connection was lost.
    pub(super) fn again(self) -> Self {
        Self::new(self.operation, self.plans, self.dialect)
    }

    /// How long it may take.
    pub(super) fn time_limit(&self) -> Duration {
        self.operation.time_limit
    }

    /// Whether it takes several statements, which must see the same rows.
    pub(super) fn needs_snapshot(&self) -> bool {
        matches!(self.stage, Stage::Total)
    }

    /// The operation's name and the model's, for logs.
    pub(super) fn names(&self) -> (&'static str, &str) {
        (self.operation.ask.name(), self.operation.model.name())
    }

    /// The statement of the stage.
    pub(super) fn statement(&self) -> Result<Statement> {
        let (model, plans, dialect) = (&self.operation.model, &*self.plans, self.dialect);
        Ok(match (&self.operation.ask, self.stage) {
            (Ask::Retrieve(retrieve), _) => Statement::row(model, retrieve, plans, dialect),
            (Ask::List(list), Stage::Total | Stage::Row) => {
                Statement::total(model, list, plans, dialect)
            }
            (Ask::List(list), Stage::Page { window, .. }) => {
                Statement::page(model, list, window, plans, dialect)
            }
            (Ask::List(list), Stage::Uncounted(window)) => {
                window.check_depth(list.deepest)?;
                Statement::page(model, list, window, plans, dialect)
            }
            (Ask::List(list), Stage::PageAndTotal(window)) => {
                Statement::page_and_total(model, list, window, plans, dialect)
            }
        })
    }

    /// Takes the rows of the stage's statement.
    pub(super) fn next(&mut self, fetched: Fetched) -> Result<Step> {
        let Fetched { rows, total } = fetched;
        match (&self.operation.ask, self.stage) {
            (Ask::Retrieve(_), _) => {
                let object = Object {
                    rows,
                    related: Vec::new(),
                };
                let object = (!object.rows.is_empty()).then_some(object);
                Ok(Step::Done(Outcome::Object(object)))
            }
            (Ask::List(list), Stage::Total | Stage::Row) => {
                let total = total.unwrap_or_default();
                let (number, window) = Window::of_total(list, total)?;
                self.stage = Stage::Page {
                    number,
                    total,
                    window,
                };
                self.statement().map(Step::Run)
            }
            (Ask::List(list), Stage::Uncounted(_)) => uncounted(list, rows).map(done),
            (Ask::List(list), Stage::PageAndTotal(_)) => with_total(list, rows, total).map(done),
            (
                Ask::List(list),
                Stage::Page {
                    number,
                    total,
                    window,
                },
            ) => Ok(done(Page {
                number,
                total: Some(total),
                more: number < pages(total, list.size),
                rows: if window.reversed {
                    rows.reversed()
                } else {
                    rows
                },
                related: Vec::new(),
            })),
        }
    }
}

fn done(page: Page) -> Step {
    Step::Done(Outcome::Page(page))
}

/// The number of a page that was read from the start: one without a row is past the end, unless it is the first.
fn number_of(list: &List, rows: &Rows) -> Result<u64> {
    match list.number {
        PageNumber::Nth(number) if number > 1 && rows.is_empty() => Err(no_such_page(number, None)),
        PageNumber::Nth(number) => Ok(number),
        PageNumber::Last => Ok(1),
    }
}

/// A page read with one row more, which is not shown.
fn uncounted(list: &List, rows: Rows) -> Result<Page> {
    let shown = usize::try_from(list.size).unwrap_or(usize::MAX);
    Ok(Page {
        number: number_of(list, &rows)?,
        total: None,
        more: rows.len() > shown,
        rows: rows.truncated(shown),
        related: Vec::new(),
    })
}

/// A page whose rows came with the total: without a row there is no total, and only an empty list has such a page.
fn with_total(list: &List, rows: Rows, total: Option<u64>) -> Result<Page> {
    let number = number_of(list, &rows)?;
    let total = total.unwrap_or_default();
    Ok(Page {
        number,
        total: Some(total),
        more: number < pages(total, list.size),
        rows,
        related: Vec::new(),
    })
}
