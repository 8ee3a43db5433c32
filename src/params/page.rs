//! Which part of a list a request asks for: `?page=2&page_size=50`, `?page=last`.
//!
//! 1. Pages count from 1. 2. A size above the maximum is an error, never trimmed. 3. A page past the last one is 404,
//!    which only the database can tell; an empty list still has page 1.

use super::{Reading, hint};
use crate::error::Code;

/// Whether the rows of a list are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// Every list says how many rows and pages it has. The default.
    #[default]
    Exact,
    /// No list is counted: `count` and `pages` are null, `page=last` is refused, and whether there is a next page is
    /// learnt by reading one row more.
    None,
}

/// How a viewset cuts its lists into pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    pub(crate) size: u64,
    pub(crate) largest: u64,
    /// Whether `page_size` is refused.
    pub(crate) fixed: bool,
    pub(crate) count: Count,
}

/// The page a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageNumber {
    /// Counted from 1.
    Nth(u64),
    Last,
}

impl Reading<'_> {
    pub(super) fn page(&mut self) -> PageNumber {
        let first = PageNumber::Nth(1);
        let Some(pair) = self.reserved("page") else {
            return first;
        };
        if pair.value == "last" {
            if self.offer.pages.count == Count::None {
                let detail = format!(
                    "`page=last` needs the number of rows, which {} does not count",
                    self.offer.label
                );
                self.fault("page", Code::CountUnavailable, detail);
            }
            return PageNumber::Last;
        }
        positive(&pair.value).map_or_else(
            || {
                let detail = format!(
                    "`page` is `{}`, but takes a number from 1 up, or `last`",
                    hint::shown(&pair.value)
                );
                self.fault("page", Code::InvalidPage, detail);
                first
            },
            PageNumber::Nth,
        )
    }

    pub(super) fn page_size(&mut self) -> u64 {
        let pages = self.offer.pages;
        let Some(pair) = self.reserved("page_size") else {
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

/// `[1-9][0-9]*` below 2^64.
fn positive(text: &str) -> Option<u64> {
    let canonical = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if canonical { text.parse().ok() } else { None }
}
