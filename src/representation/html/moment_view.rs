//! Dates and times as people read them.

use crate::cell::{BODY_BYTES, Cell, write_text};

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
        let machine = text(cell);
        let shown = machine.trim_end_matches('Z').replacen('T', " ", 1);
        Some(Self {
            shown: format!("{shown}{zone}"),
            machine,
        })
    }
}

/// Returns the text of a cell as in JSON, without quotes.
pub(super) fn text(cell: Cell<'_>) -> String {
    let mut out = Vec::new();
    write_text(cell, BODY_BYTES, &mut out);
    String::from_utf8(out).unwrap_or_default()
}
