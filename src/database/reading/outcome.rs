//! From the rows of a statement to the answer, or to the statement that must run before it.

use super::{super::fetched::Fetched, Reading, Stage};
use crate::{
    cell::Rows,
    error::{Error, Result},
    operation::{Object, Outcome, Page, Readable},
    params::Position,
    statement::Window,
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

    /// Returns the answer to which only related rows may be missing; `None` if another statement must run before.
    pub(super) fn outcome(&mut self, fetched: Fetched) -> Result<Option<Outcome>> {
        let Fetched { rows, total, .. } = fetched;
        let list = match &self.question.ask {
            Readable::Retrieve(_) => return Ok(Some(Outcome::Object(object(rows)))),
            Readable::List(list) => list,
        };
        let page = match self.stage {
            Stage::Parent => {
                total.ok_or_else(Error::no_such_object)?;
                self.stage = Stage::of_list(list);
                return Ok(None);
            }
            Stage::Total | Stage::Row => {
                self.of_total(total.unwrap_or_default())?;
                return Ok(None);
            }
            Stage::TotalOfEmpty => Page::with_total(list, rows.truncated(0), total)?,
            Stage::Uncounted(window) => {
                let mut page = Page::uncounted(list, rows)?;
                // On the last page, the number of skipped rows and the number of rows on the page add up to the total.
                if self.overran && !page.more {
                    page.total = match page.position {
                        Position::Offset(_) if window.skip > 0 && page.rows.is_empty() => None,
                        Position::Page(_) | Position::Offset(_) => (u64::try_from(page.rows.len())
                            .ok())
                        .and_then(|own| window.skip.checked_add(own)),
                        Position::Last | Position::All => None,
                    };
                }
                page
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
