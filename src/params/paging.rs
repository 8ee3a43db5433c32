//! The terms of pages: where a part of a list stands, how large pages are, and whether rows are counted.

use super::parameter::Parameter;

/// Whether the rows of a list are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// Every list says how many rows and pages it has. The default.
    #[default]
    Exact,
    /// No list is counted: `count` and `pages` are null, `page=last` is refused, and whether there is a next page is
    /// learnt by reading one row more.
    Off,
}

/// How a viewset cuts its lists into pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    pub(crate) size: u64,
    pub(crate) largest: u64,
    /// Whether `page_size` is refused.
    pub(crate) fixed: bool,
    pub(crate) count: Count,
    /// Whether the whole list can be had, streamed.
    pub(crate) export: bool,
}

/// The part of a list that a request names, and that an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// A page, counted from 1. Every answered page stands at one.
    Page(u64),
    /// The last page, which only the number of rows tells.
    Last,
    /// The whole list.
    All,
}

impl Position {
    /// Returns the parameter that names the position.
    pub(crate) const fn parameter(self) -> Parameter {
        match self {
            Self::Page(_) | Self::Last | Self::All => Parameter::Page,
        }
    }

    /// Returns the number of a page; none where the position has none.
    #[must_use]
    pub const fn page(self) -> Option<u64> {
        match self {
            Self::Page(number) => Some(number),
            Self::Last | Self::All => None,
        }
    }
}

/// The part of a list to read: where it stands, how large pages are, whether the rows are counted, and how many of them may
/// be skipped from the nearer end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) position: Position,
    pub(crate) size: u64,
    pub(crate) count: Count,
    pub(crate) deepest: u64,
}
