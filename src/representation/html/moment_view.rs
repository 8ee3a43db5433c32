//! Dates and times as people read them.

use crate::cell::Cell;

/// A date or time: its text for machines, and the one that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MomentView {
    pub(super) machine: String,
    pub(super) shown: String,
}

impl MomentView {
    /// Returns the view of a date or time; `None` for any other cell.
    pub(super) fn of(cell: Cell<'_>) -> Option<Self> {
        let zone = match cell {
            Cell::ZonedTimestamp(_) => " UTC",
            Cell::Date(_) | Cell::Time(_) | Cell::Timestamp(_) => "",
            Cell::Null
            | Cell::Boolean(_)
            | Cell::Integer(_)
            | Cell::Unsigned(_)
            | Cell::Float(_)
            | Cell::Decimal(_)
            | Cell::Text(_)
            | Cell::Bytes(_)
            | Cell::Infinite(_)
            | Cell::Uuid(_)
            | Cell::Json(_) => return None,
        };
        let machine = cell.to_string();
        let shown = machine.trim_end_matches('Z').replacen('T', " ", 1);
        Some(Self {
            shown: format!("{shown}{zone}"),
            machine,
        })
    }
}
