//! The types of paging: the position of a part of a list, the page sizes, and whether rows are counted.

use super::parameter::Parameter;

/// Whether, and how far, the rows of a list are counted.
///
/// [`ViewSet::count`](crate::ViewSet::count) sets how a viewset counts, and
/// [`ViewSet::count_choices`](crate::ViewSet::count_choices) how clients may ask it to count instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// Lists report the number of rows and pages; `?count=exact`. The default.
    #[default]
    Exact,
    /// Rows are not counted: `count` and `pages` are null, `page=last` is refused, and one more row is read to find out
    /// whether another page follows; `?count=none`.
    Off,
    /// Rows are counted up to this number, which costs the database at most one entry more; `?count=capped`.
    ///
    /// A list of more rows has `"count"` with this number and `"count_is": "at_least"`. Its number of pages is null, and
    /// `page=last` is refused.
    Capped(u64),
    /// The number of rows is estimated by the database's planner, whatever the number; `?count=estimated`. Databases that
    /// cannot estimate, such as SQLite, are refused by `build()`, and so are scopes, since an estimate is made from
    /// statistics of all rows.
    ///
    /// The estimate costs one round trip to the server. It is never less than what the page shows, and a page that shows
    /// the end of its list has the exact number. Otherwise `"count"` is the estimate, with `"count_is": "estimated"`. The
    /// number of pages is null, and `page=last` is refused.
    Estimated,
}

impl Count {
    /// Returns the value of `count` by which clients ask for this way to count.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Off => "none",
            Self::Capped(_) => "capped",
            Self::Estimated => "estimated",
        }
    }

    /// Whether the number of pages is known for every list.
    pub(crate) const fn is_exact(self) -> bool {
        match self {
            Self::Exact => true,
            Self::Off | Self::Capped(_) | Self::Estimated => false,
        }
    }
}

/// What the number of rows that a list reports says about the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CountIs {
    /// It is the number of rows of the list.
    #[default]
    Exact,
    /// The list has more rows: counting stopped at this number.
    AtLeast,
    /// The database estimates that the list has about this number of rows.
    Estimated,
}

/// The ways to count that clients may choose by `count`, each at most once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CountChoices {
    exact: bool,
    off: bool,
    capped: Option<u64>,
    estimated: bool,
}

impl CountChoices {
    /// Adds a way to count. Of several caps, the last counts.
    pub(crate) fn add(&mut self, count: Count) {
        match count {
            Count::Exact => self.exact = true,
            Count::Off => self.off = true,
            Count::Capped(most) => self.capped = Some(most),
            Count::Estimated => self.estimated = true,
        }
    }

    /// Returns the ways to count; none if clients may not choose.
    pub(crate) fn all(self) -> impl Iterator<Item = Count> + Clone {
        let exact = self.exact.then_some(Count::Exact);
        let off = self.off.then_some(Count::Off);
        let (capped, estimated) = (
            self.capped.map(Count::Capped),
            self.estimated.then_some(Count::Estimated),
        );
        [exact, off, capped, estimated].into_iter().flatten()
    }
}

/// How a viewset cuts its lists into pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pages {
    pub(crate) size: u64,
    pub(crate) largest: u64,
    /// Whether `page_size` is refused.
    pub(crate) fixed: bool,
    pub(crate) count: Count,
    /// The ways to count that clients may choose instead.
    pub(crate) choices: CountChoices,
    /// Whether pages have numbers.
    pub(crate) numbered: bool,
    /// Whether clients may request any window of the list by `limit` and `offset`.
    pub(crate) windows: bool,
    /// Whether pages go on from the row beside them, by `cursor`.
    pub(crate) cursors: bool,
    /// Whether answers have the headers `Link` and `X-Total-Count`.
    pub(crate) headers: bool,
    /// Whether clients may request the whole list, as a stream.
    pub(crate) export: bool,
}

impl Pages {
    /// Returns the names of the parameters that choose a part of the list; none if only `page` does.
    pub(crate) fn positions(&self) -> Vec<&'static str> {
        let offered = [
            (self.numbered, Parameter::Page),
            (self.windows, Parameter::Limit),
            (self.windows, Parameter::Offset),
            (self.cursors, Parameter::Cursor),
        ];
        let offered = offered.into_iter().filter(|(is_offered, _)| *is_offered);
        let names = offered.map(|(_, parameter)| parameter.name());
        names.filter(|_| self.windows || self.cursors).collect()
    }

    /// Returns the ways to count that clients may choose by `count`; none if they may not choose.
    pub(crate) fn counts(&self) -> impl Iterator<Item = Count> {
        let chosen = self.choices.all();
        let is_chosen = chosen.clone().any(|one| one.name() == self.count.name());
        let may_choose = chosen.clone().next().is_some();
        let own = Some(self.count).filter(|_| may_choose && !is_chosen);
        own.into_iter().chain(chosen)
    }

    /// Whether lists accept a parameter that is about pages. `page` is accepted beside windows, to be refused with advice.
    pub(super) fn accepts(&self, parameter: Parameter) -> bool {
        match parameter {
            Parameter::Page => self.numbered || self.windows || self.export,
            Parameter::PageSize => self.numbered || self.cursors,
            Parameter::Cursor => self.cursors,
            Parameter::Limit | Parameter::Offset => self.windows,
            Parameter::Count => self.counts().next().is_some(),
            Parameter::Ordering
            | Parameter::SortBy
            | Parameter::Search
            | Parameter::Fields
            | Parameter::Expand
            | Parameter::Format
            | Parameter::Facet
            | Parameter::Aggregate
            | Parameter::GroupBy
            | Parameter::Or
            | Parameter::And
            | Parameter::Not
            | Parameter::Form => true,
        }
    }
}

/// The position of a part of a list that was requested or answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Position {
    /// A page, counted from 1. An answer that is one page has its number, even if the last page was requested.
    Page(u64),
    /// The last page, whose number depends on the number of rows.
    Last,
    /// The rows after this many, as by `limit` and `offset`.
    Offset(u64),
    /// The first rows, or those beside a row of another page, as by `cursor`.
    Cursor,
    /// The whole list.
    All,
}

impl Position {
    /// Returns the names of the parameters that are a position in a list, which another filter or order makes useless.
    #[cfg(feature = "html")]
    pub(crate) fn names() -> [&'static str; 3] {
        [Self::Page(1), Self::Offset(0), Self::Cursor].map(|one| one.parameter().name())
    }

    /// Whether a parameter with this name is a position in a list.
    #[cfg(feature = "html")]
    pub(crate) fn is_named(name: &str) -> bool {
        Self::names().contains(&name)
    }

    /// Returns the query parameter, such as `page`, by which a client asks for this position in a list.
    pub(crate) const fn parameter(self) -> Parameter {
        match self {
            Self::Page(_) | Self::Last | Self::All => Parameter::Page,
            Self::Offset(_) => Parameter::Offset,
            Self::Cursor => Parameter::Cursor,
        }
    }

    /// Returns the number of a page; `None` for any other position.
    #[must_use]
    pub const fn page(self) -> Option<u64> {
        match self {
            Self::Page(number) => Some(number),
            Self::Last | Self::Offset(_) | Self::Cursor | Self::All => None,
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
    /// Whether the client may ask for an exact count instead.
    pub(crate) offers_exact: bool,
    pub(crate) deepest: u64,
}
