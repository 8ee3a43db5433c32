//! Rows as NDJSON: the object of each, as JSON has it, on a line of its own.

use super::Objects;
use crate::{cell::Rows, operation::Related};

/// Writes rows, and those related to them.
pub(crate) fn lines(rows: &Rows, related: &[Related], objects: &Objects<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(160 * rows.len());
    for (at, row) in rows.iter().enumerate() {
        objects.write(row, at, related, b"", &mut out);
        out.push(b'\n');
    }
    out
}
