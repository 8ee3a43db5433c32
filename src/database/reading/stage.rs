//! The stages of a reading: which of its statements is next.

use crate::{
    operation::{List, Readable},
    params::{Count, Position},
    statement::Window,
};

/// The next statement of a reading, before those for related rows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// The check that the parent of the list exists: it returns a total of 1 if so.
    Parent,
    /// The page, with the total in a column before the model's own.
    PageAndTotal(Window),
    /// The page without a total, plus the first row of the following page if one exists.
    Uncounted(Window),
    /// The total of the list alone, when it decides which rows are on the page.
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
    /// Returns the first stage of a question.
    pub(super) fn first(ask: &Readable) -> Self {
        match ask {
            Readable::Retrieve(_) => Self::Row,
            Readable::List(list) if list.parent.is_some() => Self::Parent,
            Readable::List(list) => Self::of_list(list),
        }
    }

    /// Returns the first stage of a list whose parent exists.
    pub(super) fn of_list(list: &List) -> Self {
        let uncounted = list.paging.count == Count::Off;
        match Window::from_the_start(list, uncounted) {
            window if uncounted => Self::Uncounted(window.unwrap_or(Window::BEYOND)),
            Some(window) => Self::PageAndTotal(window),
            None => Self::Total,
        }
    }
}
