//! The stages of a reading (the statements for one answer): which statement is next.

use crate::{
    operation::{Aggregate, List, Readable},
    params::{Count, Position},
    statement::Window,
};

/// The next statement of a reading (the statements for one answer), before those for related rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// The check that the parent of the list, such as the car of `/cars/1/parts/`, exists. Its statement returns 1 as
    /// the total if so, and no row otherwise.
    Parent,
    /// The page, with the total in a column before the model's own.
    PageAndTotal(Window),
    /// The page without a total, plus the first row of the following page if one exists.
    Uncounted(Window),
    /// The total of the list alone, for a list whose total decides which rows are on the page.
    Total,
    /// The total of the list alone, once its window turned out to be empty: without rows, no total came with them.
    TotalOfEmpty,
    /// The planner's estimate of the total, once the page in the window is read.
    Estimate {
        window: Window,
    },
    /// The page at a position, once the total is known.
    Page {
        position: Position,
        total: u64,
        window: Window,
    },
    Row,
    /// A page of groups.
    Groups,
}

impl Stage {
    /// Returns the first stage of the reading for an operation.
    pub(super) fn first(ask: &Readable) -> Self {
        match ask {
            Readable::Retrieve(_) => Self::Row,
            Readable::List(List {
                parent: Some(_), ..
            })
            | Readable::Aggregate(Aggregate {
                parent: Some(_), ..
            }) => Self::Parent,
            Readable::List(_) | Readable::Aggregate(_) => Self::below(ask),
        }
    }

    /// Returns the first stage of the reading once the parent, if there is one, is known to exist.
    pub(super) fn below(ask: &Readable) -> Self {
        match ask {
            Readable::Retrieve(_) => Self::Row,
            Readable::List(list) => Self::of_list(list),
            Readable::Aggregate(_) => Self::Groups,
        }
    }

    /// Returns the first stage of a list once its parent, if it has one, is known to exist.
    pub(super) fn of_list(list: &List) -> Self {
        let count = list.paging.count;
        let window = Window::from_the_start(list, !count.is_exact());
        match (count, window) {
            (Count::Off | Count::Estimated, window) => {
                Self::Uncounted(window.unwrap_or(Window::BEYOND))
            }
            (Count::Exact | Count::Capped(_), Some(window)) => Self::PageAndTotal(window),
            (Count::Exact | Count::Capped(_), None) => Self::Total,
        }
    }
}
