//! The requested part of a list: a page (`?page=2&page_size=50`, `?page=last`), a window (`?limit=50&offset=100`), or the
//! whole list (`?page=all`).
//!
//! 1. Pages count from 1.
//! 2. A page size above the maximum is an error, and is never reduced.
//! 3. A page after the last one is answered with 404, once the database has been asked. An empty list has page 1. A
//!    window after the last row is empty.

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
        let mut count = self.count();
        let (position, size) = if let Some(position) = self.by_cursor() {
            count = Count::Off;
            (position, self.size(Parameter::PageSize))
        } else if let Some((offset, limit)) = self.window() {
            (Position::Offset(offset), limit)
        } else {
            (self.position(format, count), self.size(Parameter::PageSize))
        };
        Paging {
            position,
            size,
            count,
            offers_exact: self.offers_exact_count(),
            deepest: self.offer.limits.offset_rows as u64,
        }
    }

    /// Returns how the rows are counted: as `count` asks, or as the viewset does by itself.
    fn count(&mut self) -> Count {
        let pages = self.offer.pages;
        let Some(pair) = self
            .reserved(Parameter::Count)
            .filter(|_| pages.accepts(Parameter::Count))
        else {
            return pages.count;
        };
        if let Some(chosen) = pages.counts().find(|choice| choice.name() == pair.value) {
            return chosen;
        }
        let offered = hint::list(pages.counts().map(Count::name));
        let detail = format!(
            "`count` is `{}`, but takes one of {offered}",
            hint::shown(&pair.value)
        );
        self.fault("count", Code::InvalidValue, detail);
        pages.count
    }

    /// Returns the offset and the limit of a window; `None` if a page is requested.
    fn window(&mut self) -> Option<(u64, u64)> {
        if !self.offer.pages.windows {
            return None;
        }
        let (limit, offset) = (
            self.reserved(Parameter::Limit),
            self.reserved(Parameter::Offset),
        );
        if self.offer.pages.numbered {
            let asked = limit.as_ref().or(offset.as_ref())?;
            let of_pages = [Parameter::Page, Parameter::PageSize];
            for other in of_pages {
                if self.reserved(other).is_none() {
                    continue;
                }
                let detail = format!(
                    "`{}` is about numbered pages, and `{}` about windows; give one of the two",
                    other.name(),
                    asked.name
                );
                self.fault(other.name(), Code::Conflicting, detail);
            }
        } else if let Some(page) = self.reserved(Parameter::Page) {
            if page.value == "all" {
                return None;
            }
            let detail = format!(
                "{} has no numbered pages; send `limit` and `offset`",
                self.offer.label
            );
            self.fault("page", Code::NotSupported, detail);
        }
        let offset = offset.map_or(0, |pair| {
            whole(&pair.value).unwrap_or_else(|| {
                let detail = format!(
                    "`offset` is `{}`, but takes a number from 0 up",
                    hint::shown(&pair.value)
                );
                self.fault("offset", Code::InvalidPage, detail);
                0
            })
        });
        Some((offset, self.size(Parameter::Limit)))
    }

    pub(super) fn position(&mut self, format: Format, count: Count) -> Position {
        let Some(pair) = self.reserved(Parameter::Page) else {
            return Position::Page(1);
        };
        if pair.value == "all" {
            self.check_whole(format);
            return Position::All;
        }
        if pair.value == "last" {
            self.check_last(count);
            return Position::Last;
        }
        let number = positive(&pair.value).unwrap_or_else(|| {
            let detail = format!(
                "`page` is `{}`, but takes a number from 1 up{}",
                hint::shown(&pair.value),
                match count {
                    Count::Exact | Count::Capped(_) => ", or `last`",
                    Count::Off | Count::Estimated => "",
                }
            );
            self.fault("page", Code::InvalidPage, detail);
            1
        });
        Position::Page(number)
    }

    /// Adds a fault to a request of `page=last` if the number of rows is not counted.
    fn check_last(&mut self, count: Count) {
        let detail = match (count, self.reserved(Parameter::Count)) {
            (Count::Exact | Count::Capped(_), _) => return,
            (Count::Estimated, _) => {
                let instead = match self.offers_exact_count() {
                    true => "add `count=exact`",
                    false => "reverse the ordering and ask for the first page",
                };
                format!("`page=last` needs the number of rows, which is estimated here; {instead}")
            }
            (Count::Off, Some(_)) => {
                "`page=last` needs the number of rows; leave `count=none` out".to_owned()
            }
            (Count::Off, None) => format!(
                "`page=last` needs the number of rows, which {} does not count",
                self.offer.label
            ),
        };
        self.fault("page", Code::CountUnavailable, detail);
    }

    /// Whether the client may ask for the exact number of rows.
    fn offers_exact_count(&self) -> bool {
        self.offer.pages.counts().any(Count::is_exact)
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
        for other in [
            Parameter::PageSize,
            Parameter::Limit,
            Parameter::Offset,
            Parameter::Count,
        ] {
            if self.reserved(other).is_some() && self.offer.pages.accepts(other) {
                let name = other.name();
                let detail =
                    format!("`page=all` is the whole list, which has no pages; leave `{name}` out");
                self.fault(name, Code::Conflicting, detail);
            }
        }
        if self.reserved(Parameter::Expand).is_some() {
            let detail = "`expand` is not offered with `page=all`; export the related rows from their own list";
            self.fault("expand", Code::NotSupported, detail);
        }
    }

    /// Returns the greatest number of rows to show, by `page_size` or `limit`.
    pub(super) fn size(&mut self, parameter: Parameter) -> u64 {
        let (pages, name) = (self.offer.pages, parameter.name());
        let Some(pair) = self.reserved(parameter) else {
            return pages.size;
        };
        if pages.fixed {
            let detail = format!(
                "`{name}` is not offered by {}: a page has {} rows",
                self.offer.label, pages.size
            );
            self.fault(name, Code::NotSupported, detail);
            return pages.size;
        }
        let size = positive(&pair.value).filter(|size| *size <= pages.largest);
        size.unwrap_or_else(|| {
            let detail = format!(
                "`{name}` is `{}`, but takes a number from 1 to {}",
                hint::shown(&pair.value),
                pages.largest
            );
            self.fault(name, Code::InvalidPage, detail);
            pages.size
        })
    }
}

/// Reads an integer from 1 to 2^64 - 1, without sign or leading zeros.
fn positive(text: &str) -> Option<u64> {
    whole(text).filter(|number| *number > 0)
}

/// Reads an integer from 0 to 2^64 - 1, without sign or leading zeros.
fn whole(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = canonical && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
