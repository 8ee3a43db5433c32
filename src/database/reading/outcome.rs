//! From the rows of a statement to the answer, or to the statement that must run before it.

use super::{super::fetched::Fetched, Reading, Stage, estimated::total_at_the_end};
use crate::{
    cell::Rows,
    error::{Code, Error, Result},
    operation::{Object, Outcome, Page, Readable},
    statement::{Window, shown_groups},
};

impl Reading {
    /// Prepares the reading to read the page next, given the total of its list. Returns an error if the page does not
    /// exist.
    pub(super) fn of_total(&mut self, total: u64) -> Result<()> {
        if let Readable::List(list) = &self.question.ask {
            let (position, window) = Window::of_total(list, total)?;
            self.stage = Stage::Page {
                position,
                total,
                window,
            };
        }
        Ok(())
    }

    /// Prepares the reading to read the page next, given the total of its list from elsewhere. Returns an error if the
    /// page does not exist.
    pub(super) fn of_known_total(&mut self, total: u64) -> Result<()> {
        let is_near = matches!(self.stage, Stage::PageAndTotal(_));
        // If a page near the start does not exist, the message is the same as when the total comes with its rows.
        self.of_total(total)
            .map_err(|error| match &self.question.ask {
                Readable::List(list) if is_near && error.code() == Code::NoSuchPage => {
                    Window::past_the_end(list)
                }
                Readable::List(_) | Readable::Retrieve(_) | Readable::Aggregate(_) => error,
            })
    }

    /// Returns the answer to which only related rows may be missing; `None` if another statement must run before.
    pub(super) fn outcome(&mut self, fetched: Fetched) -> Result<Option<Outcome>> {
        let Fetched {
            rows, total, marks, ..
        } = fetched;
        if let Stage::Parent = self.stage {
            total.ok_or_else(Error::no_such_object)?;
            self.stage = Stage::below(&self.question.ask);
            if let Some(total) = self.known_total {
                self.of_known_total(total)?;
            }
            return Ok(None);
        }
        let list = match &self.question.ask {
            Readable::Retrieve(_) => return Ok(Some(Outcome::Object(object(rows)))),
            Readable::Aggregate(aggregate) => {
                let model = &self.question.model;
                let shown = shown_groups(aggregate, model, &rows, self.dialect)?;
                return Page::of_groups(aggregate, shown, total)
                    .map(|page| Some(Outcome::Groups(page)));
            }
            Readable::List(list) => list,
        };
        let page = match self.stage {
            Stage::Total | Stage::Row | Stage::Parent | Stage::Groups => {
                self.of_total(total.unwrap_or_default())?;
                return Ok(None);
            }
            Stage::TotalOfEmpty => Page::with_total(list, rows.truncated(0), total)?,
            Stage::Uncounted(_) if let Some(marks) = &marks => Page::beside(list, rows, marks),
            Stage::Uncounted(window) => {
                let mut page = Page::uncounted(list, rows)?;
                if self.is_estimated() {
                    return Ok(self.estimate(page, window).map(Outcome::Page));
                }
                if self.overran {
                    page.total = total_at_the_end(&page, window);
                }
                page
            }
            Stage::Estimate { window } => {
                return Ok(self.estimated(&rows, window).map(Outcome::Page));
            }
            Stage::PageAndTotal(window)
                if rows.is_empty() && window.skip > 0 && self.is_window() =>
            {
                self.stage = Stage::TotalOfEmpty;
                return Ok(None);
            }
            Stage::PageAndTotal(_) => Page::with_total(list, rows, total)?,
            Stage::Page {
                position,
                total,
                window,
            } => {
                let rows = if window.reversed {
                    rows.reversed()
                } else {
                    rows
                };
                Page::of_total(list, position, total, rows)
            }
        };
        Ok(Some(Outcome::Page(page)))
    }
}

/// Returns the first of `rows` as an object; `None` if there are no rows.
fn object(rows: Rows) -> Option<Object> {
    let related = Vec::new();
    (!rows.is_empty()).then_some(Object { rows, related })
}
