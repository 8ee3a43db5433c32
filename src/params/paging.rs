//! The types of paging: the position of a part of a list, the page sizes, and whether rows are counted.

use super::parameter::Parameter;

/// Whether the rows of a list are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// Lists report the number of rows and pages. The default.
    #[default]
    Exact,
    /// Rows are not counted: `count` and `pages` are null, `page=last` is refused, and one more row is read to find out
    /// whether another page follows.
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
    /// Whether clients may request the whole list, as a stream.
    pub(crate) export: bool,
}

/// The position of a part of a list that was requested or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// A page, counted from 1. An answer that is one page has its number, even if the last page was requested.
    Page(u64),
    /// The last page, whose number depends on the number of rows.
    Last,
    /// The whole list.
    All,
}

impl Position {
    /// Returns the query parameter, such as `page`, by which a client asks for this position in a list.
    pub(crate) const fn parameter(self) -> Parameter {
        match self {
            Self::Page(_) | Self::Last | Self::All => Parameter::Page,
        }
    }

    /// Returns the number of a page; `None` for any other position.
    #[must_use]
    pub const fn page(self) -> Option<u64> {
        match self {
            Self::Page(number) => Some(number),
            Self::Last | Self::All => None,
        }
    }
}

/// The part of a list to read: its position, the page size, whether rows are counted, and the most rows that may be
/// skipped from the nearer end of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) position: Position,
    pub(crate) size: u64,
    pub(crate) count: Count,
    pub(crate) deepest: u64,
}
