//! Windows: the rows of a page in an ordered list, counted from the end of the list that is nearer to them.
//!
//! Skipping rows costs the database as much as reading them. A page past the middle is therefore read backwards in the
//! reversed order, so that `page=last` costs as much as page 1.

use crate::{
    cell::Rows,
    cursor::{Boundary, Neighbours},
    error::{Code, Error, Fault, Result},
    operation::{List, Page, pages},
    params::{Count, CountIs, Paging, Position},
};

/// A window: which rows of a list are read. It says how many rows to skip, how many to take, and from which end of the
/// list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) skip: u64,
    pub(crate) take: u64,
    pub(crate) reversed: bool,
}

/// The maximum number of rows to skip before a page that is read together with its total. For a later page, the total
/// is read first, which shows whether the page is nearer to the end.
const SHALLOW: u64 = 1000;

impl Window {
    /// A window beyond the end of any list, for a page number so large that the number of skipped rows overflows.
    pub(crate) const BEYOND: Self = Self {
        skip: u64::MAX,
        take: 1,
        reversed: false,
    };

    /// Returns the window (how many rows to skip and to take) of a page that is read from the start of the list; `None`
    /// if the total must be known first. If `one_more`, the window includes a row after the page, which shows whether
    /// another page follows.
    pub(crate) fn from_the_start(list: &List, one_more: bool) -> Option<Self> {
        let Paging {
            position,
            size,
            deepest,
            ..
        } = list.paging;
        let skip = match position {
            Position::Page(number) => (number - 1).checked_mul(size),
            Position::Offset(offset) => Some(offset),
            Position::Cursor => Some(0),
            Position::Last | Position::All => return None,
        };
        // A capped count tells a page past the end of a short list from one too deep in a long list.
        let is_capped = matches!(list.paging.count, Count::Capped(_));
        if is_capped && skip.is_none_or(|skip| skip > deepest) {
            return None;
        }
        let Some(skip) = skip else {
            return one_more.then_some(Self::BEYOND);
        };
        (one_more || skip <= SHALLOW.min(deepest)).then_some(Self {
            skip,
            take: size + u64::from(one_more),
            reversed: (list.boundary.as_ref()).is_some_and(|boundary| boundary.backwards),
        })
    }

    /// Returns the position and the window (how many rows to skip and to take) of the requested page in a list of
    /// `total` rows.
    pub(crate) fn of_total(list: &List, total: u64) -> Result<(Position, Self)> {
        let Paging {
            position,
            size,
            deepest,
            ..
        } = list.paging;
        if let Count::Capped(most) = list.paging.count
            && total > most
        {
            Self::beyond_the_cap(list, most)?;
        }
        let pages = pages(total, size);
        let (position, skip) = match position {
            Position::Last => (Position::Page(pages), (pages - 1) * size),
            Position::Page(number) if number <= pages => (position, (number - 1) * size),
            Position::Page(number) => return Err(no_such_page(number, Some(pages))),
            Position::Offset(offset) => (position, offset.min(total)),
            Position::Cursor => (position, 0),
            Position::All => return Ok((position, Self::whole(total))),
        };
        let take = size.min(total - skip);
        let skip_back = total - skip - take;
        let reversed = skip_back < skip;
        let window = Self {
            skip: if reversed { skip_back } else { skip },
            take,
            reversed,
        };
        window.check_depth(deepest)?;
        Ok((position, window))
    }

    /// Returns the error of a page whose window is not known, since the list has more rows than are counted: the last
    /// one, or one too far from the start.
    fn beyond_the_cap(list: &List, most: u64) -> Result<()> {
        let Paging {
            position,
            size,
            deepest,
            ..
        } = list.paging;
        let skip = match position {
            Position::Last => return Err(last_beyond_the_cap(list, most)),
            Position::Page(number) => (number - 1).saturating_mul(size),
            Position::Offset(offset) => offset,
            Position::Cursor | Position::All => 0,
        };
        let window = Self {
            skip,
            ..Self::BEYOND
        };
        window.check_depth(deepest)
    }

    /// Returns the window (how many rows to skip and to take) of all rows of a list.
    const fn whole(total: u64) -> Self {
        Self {
            skip: 0,
            take: total,
            reversed: false,
        }
    }

    /// Returns the error for a page that was read from the start of its list and is past the end.
    pub(crate) fn past_the_end(list: &List) -> Error {
        no_such_page(list.paging.position.page().unwrap_or(1), None)
    }

    /// Returns an error if the window skips more than `deepest` rows.
    pub(crate) fn check_depth(self, deepest: u64) -> Result<()> {
        if self.skip <= deepest {
            return Ok(());
        }
        let detail = format!(
            "the page is {} rows from the nearer end of the list; at most {deepest} are skipped, so narrow the list \
             with filters or reverse its ordering",
            self.skip
        );
        Err(Error::new(Code::OffsetTooDeep, detail))
    }
}

impl Page {
    /// Creates a page without a total. `rows` may include the row after the page, which is not shown.
    pub(crate) fn uncounted(list: &List, rows: Rows) -> Result<Self> {
        let shown = usize::try_from(list.paging.size).unwrap_or(usize::MAX);
        Ok(Self {
            position: position_of(list, &rows)?,
            total: None,
            count_is: CountIs::Exact,
            more: rows.len() > shown,
            rows: rows.truncated(shown),
            related: Vec::new(),
            facets: Vec::new(),
            existed: 0,
            beside: None,
        })
    }

    /// Creates the page beside the boundary of a list, or the first one. `rows` are in the order in which they were read,
    /// away from the boundary, and may include the row after the page. `marks` has the values by which each is ordered.
    pub(crate) fn beside(list: &List, rows: Rows, marks: &Rows) -> Self {
        let shown = usize::try_from(list.paging.size).unwrap_or(usize::MAX);
        let (count, more) = (rows.len().min(shown), rows.len() > shown);
        let from = list.boundary.as_ref();
        let is_back = from.is_some_and(|boundary| boundary.backwards);
        let at = |row: Option<usize>, backwards: bool| {
            let row = marks.get(row?)?;
            Some(Boundary::beside(row.cells(), backwards))
        };
        let (near, far) = ((count > 0).then_some(0), count.checked_sub(1));
        // If no row is left on this side of the boundary, the way back begins with the boundary's own row.
        let back = from.and_then(|from| at(near, !is_back).or_else(|| Some(from.turned())));
        let ahead = at(far, is_back).filter(|_| more);
        let (next, previous) = match is_back {
            true => (back, ahead),
            false => (ahead, back),
        };
        let rows = rows.truncated(shown);
        Self {
            position: Position::Cursor,
            total: None,
            count_is: CountIs::Exact,
            more: next.is_some(),
            rows: if is_back { rows.reversed() } else { rows },
            related: Vec::new(),
            facets: Vec::new(),
            existed: 0,
            beside: Some(Box::new(Neighbours { next, previous })),
        }
    }

    /// Creates a page with the total that was read with each of its rows. `total` is `None` if there are no rows; the
    /// list is then empty.
    pub(crate) fn with_total(list: &List, rows: Rows, total: Option<u64>) -> Result<Self> {
        let total = total.unwrap_or_default();
        match list.paging.count {
            Count::Capped(most) => Self::capped(list, rows, total, most),
            Count::Exact | Count::Off | Count::Estimated => {
                let position = position_of(list, &rows)?;
                Ok(Self::of_total(list, position, total, rows))
            }
        }
    }

    /// Creates a page of a list whose rows are counted up to `most`. `total` is larger than `most` if the list is.
    /// `rows` may include the row after the page, which is not shown.
    fn capped(list: &List, rows: Rows, total: u64, most: u64) -> Result<Self> {
        let count_is = match total > most {
            true => CountIs::AtLeast,
            false => CountIs::Exact,
        };
        Ok(Self {
            total: Some(total.min(most)),
            count_is,
            ..Self::uncounted(list, rows)?
        })
    }

    /// Creates the page at this position, of a list of `total` rows.
    pub(crate) fn of_total(list: &List, position: Position, total: u64, rows: Rows) -> Self {
        let pages = pages(total, list.paging.size);
        Self {
            position,
            total: Some(total),
            count_is: CountIs::Exact,
            more: match position {
                Position::Page(number) => number < pages,
                Position::Offset(offset) => offset.saturating_add(list.paging.size) < total,
                Position::Last | Position::Cursor | Position::All => false,
            },
            rows,
            related: Vec::new(),
            facets: Vec::new(),
            existed: 0,
            beside: None,
        }
    }
}

/// Returns the position of a page that was read from the start, or an error if the page is past the end: it has no rows
/// and is not the first.
fn position_of(list: &List, rows: &Rows) -> Result<Position> {
    match list.paging.position {
        Position::Page(number) if number > 1 && rows.is_empty() => Err(no_such_page(number, None)),
        position @ (Position::Page(_) | Position::Offset(_) | Position::Cursor | Position::All) => {
            Ok(position)
        }
        Position::Last => Ok(Position::Page(1)),
    }
}

/// Returns the error of a last page whose number is not known, since the list has more rows than are counted.
fn last_beyond_the_cap(list: &List, most: u64) -> Error {
    let exact = match list.paging.offers_exact {
        true => "add `count=exact`, ",
        false => "",
    };
    let detail = format!(
        "`page=last` needs the number of rows, of which at most {most} are counted here; {exact}narrow the list with \
         filters, or reverse its ordering and ask for the first page"
    );
    Error::faults(vec![Fault::new("page", Code::CountUnavailable, detail)])
}

/// Returns the error of a page past the end.
pub(super) fn no_such_page(number: u64, pages: Option<u64>) -> Error {
    let detail = match pages {
        Some(1) => format!("there is no page {number}: the list has one page"),
        Some(pages) => format!("there is no page {number}: the list has {pages} pages"),
        None => format!("there is no page {number}: the list ends before it"),
    };
    Error::new(Code::NoSuchPage, detail)
}
