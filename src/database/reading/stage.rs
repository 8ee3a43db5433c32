//! The stages of a reading (the statements for one answer): which statement is next.

use crate::{
    operation::{List, Readable},
    params::{Count, Position},
    statement::Window,
};

/// The next statement of a reading (the statements for one answer), before those for related rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// The check that the parent of the list, such as the car of `/cars/1/parts/`, exists: it returns a total of 1 if
    /// so.
    Parent,
    /// The page, with the total in a column before the model's own.
    PageAndTotal(Window),
    /// The page without a total, plus the first row of the following page if one exists.
    Uncounted(Window),
    /// The total of the list alone, for a list whose total decides which rows are on the page.
    Total,
    /// The page at a position, once the total is known.
    Page {
        position: Position,
        total: u64,
        window: Window,
    },
    Row,
}

impl Stage {
    /// Returns the first stage of the reading for an operation.
    pub(super) fn first(ask: &Readable) -> Self {
        match ask {
            Readable::Retrieve(_) => Self::Row,
            Readable::List(list) if list.parent.is_some() => Self::Parent,
            Readable::List(list) => Self::of_list(list),
        }
    }

    /// Returns the first stage of a list once its parent, if it has one, is known to exist.
    pub(super) fn of_list(list: &List) -> Self {
        let uncounted = list.paging.count == Count::Off;
        match Window::from_the_start(list, uncounted) {
            window if uncounted => Self::Uncounted(window.unwrap_or(Window::BEYOND)),
            Some(window) => Self::PageAndTotal(window),
            None => Self::Total,
        }
    }
}
