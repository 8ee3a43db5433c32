//! The links from a page of a list to the pages beside it.

use std::{fmt, ops::Range};

use crate::{
    error::{Code, Error, Result},
    link::page_query,
    operation::Page,
    params::{CursorPages, CursorReader, Paging, Position},
    representation::Pagination,
};

/// The links to other pages of a list, which keep the rest of the query string as it was received.
pub(super) struct PageLinks<'a> {
    /// The URI of the list, without a query string.
    pub(super) list: String,
    pub(super) query: &'a str,
    pub(super) paging: Paging,
    /// Where the value of the parameter that asks for a page is in the query string, if it was sent.
    pub(super) at: Option<Range<usize>>,
    /// How cursors to the pages beside this one are made, if it is a page by cursor.
    pub(super) cursors: Option<CursorLinks<'a>>,
}

/// How the cursors in links to other pages of a list are made.
pub(super) struct CursorLinks<'a> {
    pub(super) pages: CursorPages,
    pub(super) reader: CursorReader<'a>,
    /// The most bytes of a query string that the list reads.
    pub(super) most_bytes: usize,
}

impl PageLinks<'_> {
    /// Returns the links to the first and the last page of a list, and to those beside this page.
    ///
    /// # Errors
    ///
    /// [`Code::LimitExceeded`] when a cursor to a page beside this one would be longer than what is read.
    pub(super) fn pagination(&self, page: &Page) -> Result<Pagination> {
        let size = self.paging.size;
        match &self.cursors {
            Some(cursors) => self.by_cursor(page, size, cursors),
            None => Ok(self.by_number(page, size)),
        }
    }

    /// Returns the URI of another page, given the value of the parameter that asks for it.
    fn link(&self, value: impl fmt::Display) -> String {
        let name = self.paging.position.parameter().name();
        let query = page_query(self.query, name, self.at.as_ref(), value);
        format!("{}?{query}", self.list)
    }

    fn by_number(&self, page: &Page, size: u64) -> Pagination {
        let pages = page.pages(size);
        let (first, here, step, last) = match page.position {
            Position::Page(number) => (1, number, 1, pages),
            // The last window is one that `next` leads to, if there is such a one.
            Position::Offset(offset) => {
                let total = page.total.filter(|_| pages.is_some());
                let last = total.map(|total| match total.checked_sub(offset) {
                    Some(rest @ 1..) => offset + (rest - 1) / size * size,
                    Some(0) | None => total.saturating_sub(1) / size * size,
                });
                (0, offset, size, last)
            }
            Position::Last | Position::Cursor | Position::All => (1, 1, 1, None),
        };
        Pagination {
            size,
            pages,
            next: page.more.then(|| self.link(here.saturating_add(step))),
            previous: (here > first).then(|| self.link(here.saturating_sub(step).max(first))),
            first: self.link(first),
            last: last.map(|last| self.link(last)),
        }
    }

    fn by_cursor(&self, page: &Page, size: u64, cursors: &CursorLinks<'_>) -> Result<Pagination> {
        let beside = page.beside.as_deref();
        let link = |boundary| {
            let link = self.link(cursors.pages.seal(boundary, cursors.reader));
            let query = link.len() - self.list.len() - 1;
            match query > cursors.most_bytes {
                true => Err(too_long()),
                false => Ok(link),
            }
        };
        let next = beside.and_then(|beside| beside.next.as_ref());
        let previous = beside.and_then(|beside| beside.previous.as_ref());
        Ok(Pagination {
            size,
            pages: None,
            next: next.map(link).transpose()?,
            previous: previous.map(link).transpose()?,
            first: self.link(""),
            last: None,
        })
    }
}

fn too_long() -> Error {
    let detail = "the rows of this page are ordered by values too long for a cursor; order by other columns first";
    Error::new(Code::LimitExceeded, detail)
}
