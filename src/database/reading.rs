//! Which statements a reading takes, one after the other, without doing any I/O: a driver runs each and hands the rows
//! back.
//!
//! A list costs one statement where the page is near the start (the total comes with it) or rows are not counted, and
//! two, in one snapshot, where the total decides which rows the page has.

use crate::{
    cell::{Cell, Rows},
    error::Result,
    model::Model,
    operation::{Ask, List, Outcome, Page, pages},
    params::{Count, PageNumber},
    statement::{Dialect, Plans, Statement, Window, no_such_page},
};

/// A reading under way.
pub(super) struct Reading<'a> {
    model: &'a Model,
    ask: &'a Ask,
    plans: &'a Plans,
    dialect: &'static dyn Dialect,
    stage: Stage,
}

/// What the next rows are.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The page, whose total stands in a column before the row's own.
    PageAndTotal,
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

impl<'a> Reading<'a> {
    pub(super) fn new(
        model: &'a Model,
        ask: &'a Ask,
        plans: &'a Plans,
        dialect: &'static dyn Dialect,
    ) -> Self {
        let stage = match ask {
            Ask::Retrieve(_) => Stage::Row,
            Ask::List(list) => match (
                list.count,
                Window::from_the_start(list, list.count == Count::None),
            ) {
                (Count::None, window) => Stage::Uncounted(window.unwrap_or(Window::BEYOND)),
                (Count::Exact, Some(_)) => Stage::PageAndTotal,
                (Count::Exact, None) => Stage::Total,
            },
        };
        Self {
            model,
            ask,
            plans,
            dialect,
            stage,
        }
    }

    /// Whether it takes several statements, which must see the same rows.
    pub(super) fn needs_snapshot(&self) -> bool {
        matches!(self.stage, Stage::Total)
    }

    /// The operation's name and the model's, for logs.
    pub(super) fn names(&self) -> (&'static str, &'a str) {
        (self.ask.name(), self.model.name())
    }

    /// The statement of the stage.
    pub(super) fn statement(&self) -> Result<Statement> {
        let Self {
            model,
            plans,
            dialect,
            ..
        } = *self;
        Ok(match (self.ask, self.stage) {
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
            (Ask::List(list), Stage::PageAndTotal) => {
                let window = Window::from_the_start(list, false).unwrap_or(Window::BEYOND);
                Statement::page_and_total(model, list, window, plans, dialect)
            }
        })
    }

    /// Takes the rows of the stage's statement.
    pub(super) fn next(&mut self, fetched: Fetched) -> Result<Step> {
        let Fetched { rows, total } = fetched;
        match (self.ask, self.stage) {
            (Ask::Retrieve(_), _) => Ok(Step::Done(Outcome::Object(
                (!rows.is_empty()).then_some(rows),
            ))),
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
            (Ask::List(list), Stage::PageAndTotal) => with_total(list, rows, total).map(done),
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
            })),
        }
    }
}

fn done(page: Page) -> Step {
    Step::Done(Outcome::Page(page))
}

fn nth(list: &List) -> u64 {
    match list.number {
        PageNumber::Nth(number) => number,
        PageNumber::Last => 1,
    }
}

/// A page read with one row more, which is not shown.
fn uncounted(list: &List, rows: Rows) -> Result<Page> {
    let number = nth(list);
    if rows.is_empty() && number > 1 {
        return Err(no_such_page(number, None));
    }
    let more = rows.len() as u64 > list.size;
    let shown = usize::try_from(list.size).unwrap_or(usize::MAX);
    Ok(Page {
        number,
        total: None,
        more,
        rows: rows.truncated(shown),
    })
}

/// A page whose rows came with the total: without a row there is no total, and only an empty list has such a page.
fn with_total(list: &List, rows: Rows, total: Option<u64>) -> Result<Page> {
    let number = nth(list);
    if rows.is_empty() && number > 1 {
        return Err(no_such_page(number, None));
    }
    let total = total.unwrap_or_default();
    Ok(Page {
        number,
        total: Some(total),
        more: number < pages(total, list.size),
        rows,
    })
}

impl Fetched {
    /// The total from the cell it was read into.
    pub(super) fn total(cell: Cell<'_>) -> Option<u64> {
        match cell {
            Cell::Integer(total) => u64::try_from(total).ok(),
            Cell::Unsigned(total) => Some(total),
            _ => None,
        }
    }
}
