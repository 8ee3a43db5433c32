//! Keys, integers and links as JSON values.

use super::{
    super::{cell_index::CellIndex, objects::IntegersAsText},
    text::{escape_from, write_cell},
};
use crate::{
    cell::{Cell, Row, URL_BYTES, write_text},
    link::write_key,
};

/// 2^53: a double represents every integer up to this magnitude exactly.
const EXACT_IN_A_DOUBLE: u64 = 1 << 53;

/// Appends a key: an integer as a number, any other key as a string in the form that URLs have.
pub(super) fn write_key_of(
    key: &[CellIndex],
    row: Row<'_>,
    integers: IntegersAsText,
    as_text: bool,
    out: &mut Vec<u8>,
) {
    let cell = match key {
        [position] => position.cell(row),
        _ => {
            let parts = key.iter().map(|position| position.cell(row));
            return write_or_null(true, out, |out| write_key(parts, &[], out));
        }
    };
    if matches!(cell, Cell::Null | Cell::Integer(_) | Cell::Unsigned(_)) {
        return write_shown(cell, integers, as_text, out);
    }
    write_or_null(true, out, |out| {
        write_text(cell, URL_BYTES, out);
        true
    });
}

/// Appends a cell; an integer as a string if `as_text`, or if a double may not represent it exactly and those are strings.
pub(super) fn write_shown(
    cell: Cell<'_>,
    integers: IntegersAsText,
    as_text: bool,
    out: &mut Vec<u8>,
) {
    let is_text = match cell {
        Cell::Integer(_) | Cell::Unsigned(_) if as_text => true,
        _ if integers == IntegersAsText::None => false,
        Cell::Integer(number) => number.unsigned_abs() > EXACT_IN_A_DOUBLE,
        Cell::Unsigned(number) => number > EXACT_IN_A_DOUBLE,
        _ => false,
    };
    if is_text {
        out.push(b'"');
        write_cell(cell, out);
        out.push(b'"');
    } else {
        write_cell(cell, out);
    }
}

/// Appends what `write` appends as a JSON string; null if `write` returns `false`.
pub(super) fn write_or_null(
    escapes: bool,
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> bool,
) {
    let begin = out.len();
    out.push(b'"');
    if write(out) {
        if escapes {
            escape_from(begin + 1, out);
        }
        out.push(b'"');
    } else {
        out.truncate(begin);
        out.extend_from_slice(b"null");
    }
}
