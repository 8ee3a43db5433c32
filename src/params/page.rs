//! The requested part of a list: a page (`?page=2&page_size=50`, `?page=last`), or the whole list (`?page=all`).
//!
//! 1. Pages count from 1.
//! 2. A page size above the maximum is an error, and is never reduced.
//! 3. A page after the last one is answered with 404, once the database has been asked. An empty list has page 1.

use super::{
    format::Format,
    hint,
    paging::{Count, Paging, Position},
    parameter::Parameter,
    reading::QueryReader,
};
use crate::error::Code;

impl QueryReader<'_> {
    /// Returns the part of the list that the query asks for, by `page` and `page_size`.
    pub(super) fn paging(&mut self, format: Format) -> Paging {
        Paging {
            position: self.position(format),
            size: self.page_size(),
            count: self.offer.pages.count,
            deepest: self.offer.limits.offset_rows as u64,
        }
    }

    fn position(&mut self, format: Format) -> Position {
        let Some(pair) = self.reserved(Parameter::Page) else {
            return Position::Page(1);
        };
        if pair.value == "all" {
            self.check_whole(format);
            return Position::All;
        }
        if pair.value == "last" {
            if self.offer.pages.count == Count::Off {
                let detail = format!(
                    "`page=last` needs the number of rows, which {} does not count",
                    self.offer.label
                );
                self.fault("page", Code::CountUnavailable, detail);
            }
            return Position::Last;
        }
        let number = positive(&pair.value).unwrap_or_else(|| {
            let detail = format!(
                "`page` is `{}`, but takes a number from 1 up{}",
                hint::shown(&pair.value),
                match self.offer.pages.count {
                    Count::Exact => ", or `last`",
                    Count::Off => "",
                }
            );
            self.fault("page", Code::InvalidPage, detail);
            1
        });
        Position::Page(number)
    }

    /// Adds faults to a request of `page=all` if the viewset does not offer the whole list, or if the format or another
    /// parameter excludes it.
    fn check_whole(&mut self, format: Format) {
        let label = &self.offer.label;
        if !self.offer.pages.export {
            let detail =
                format!("`page=all` is not offered by {label}; follow `next` from page to page");
            return self.fault("page", Code::NotSupported, detail);
        }
        if !format.streams() {
            let detail = format!(
                "`page=all` is streamed, which this format cannot be; add {}",
                self.offer.formats.streamed()
            );
            self.fault("page", Code::NotSupported, detail);
        }
        if self.reserved(Parameter::PageSize).is_some() {
            let detail = "`page=all` is the whole list, which has no pages; leave `page_size` out";
            self.fault("page_size", Code::Conflicting, detail);
        }
        if self.reserved(Parameter::Expand).is_some() {
            let detail = "`expand` is not offered with `page=all`; export the related rows from their own list";
            self.fault("expand", Code::NotSupported, detail);
        }
    }

    fn page_size(&mut self) -> u64 {
        let pages = self.offer.pages;
        let Some(pair) = self.reserved(Parameter::PageSize) else {
            return pages.size;
        };
        if pages.fixed {
            let detail = format!(
                "`page_size` is not offered by {}: a page has {} rows",
                self.offer.label, pages.size
            );
            self.fault("page_size", Code::NotSupported, detail);
            return pages.size;
        }
        let size = positive(&pair.value).filter(|size| *size <= pages.largest);
        size.unwrap_or_else(|| {
            let detail = format!(
                "`page_size` is `{}`, but takes a number from 1 to {}",
                hint::shown(&pair.value),
                pages.largest
            );
            self.fault("page_size", Code::InvalidPage, detail);
            pages.size
        })
    }
}

/// Reads an integer from 1 to 2^64 - 1, without sign or leading zeros.
fn positive(text: &str) -> Option<u64> {
    let canonical = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if canonical { text.parse().ok() } else { None }
}
