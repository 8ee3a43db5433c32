//! Rows as NDJSON: the object of each, as JSON has it, on a line of its own.

use super::{Document, Objects, pieces::Pieces};
use crate::{cell::Rows, error::Result, operation::Related};

/// Writes rows, and those related to them.
pub(crate) fn lines(rows: &Rows, related: &[Related], objects: &Objects<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(160 * rows.len());
    for (at, row) in rows.iter().enumerate() {
        objects.write(row, at, related, b"", &mut out);
        out.push(b'\n');
    }
    out
}

/// Writes the rows of an answer, of at most so many bytes.
pub(crate) fn page_of_lines(
    rows: &Rows,
    related: &[Related],
    objects: &Objects<'_>,
    most: usize,
) -> Result<Document> {
    let mut pieces = Pieces::new(160 * rows.len(), most);
    pieces.rows(rows, related, objects, (b"", b"\n"))?;
    pieces.finish()
}
