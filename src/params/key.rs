//! Keys as links have them, read: each part's one text, percent-encoded, and the parts of a whole key joined by commas.

use super::{pairs::percent_decode, value::read_any};
use crate::{
    cell::{Type, URL_BYTES, Value, write_text},
    model::{Column, Model},
};

/// The key a segment of a URL names, by the columns of its parts.
pub(crate) fn read_whole(text: &str, model: &Model, columns: &[u16]) -> Option<Vec<Value>> {
    let columns: Vec<&Column> = columns.iter().filter_map(|at| model.at(*at)).collect();
    read_key(text, columns.into_iter())
}

/// Only the text that a link to the row has names it, so `01` and `+1` name nothing.
fn read_key<'a>(
    segment: &str,
    columns: impl ExactSizeIterator<Item = &'a Column>,
) -> Option<Vec<Value>> {
    let alone = columns.len() == 1;
    if segment.is_empty() || (!alone && segment.split(',').count() != columns.len()) {
        return None;
    }
    // A comma inside the only part is of its text, if a client sends it unencoded.
    let mut parts = segment.splitn(columns.len(), ',');
    let read = |(at, column): (usize, &Column)| read_part(parts.next()?, at == 0, column);
    columns.enumerate().map(read).collect()
}

fn read_part(part: &str, is_first: bool, column: &Column) -> Option<Value> {
    let decoded = percent_decode(part).ok()?;
    let text = if is_first {
        decoded.strip_prefix('~').unwrap_or(&decoded)
    } else {
        &decoded
    };
    let value = read_any(text, column, &column.name, URL_BYTES).ok()?;
    let canonical = if column.ty == Type::Uuid {
        text.to_ascii_lowercase()
    } else {
        text.to_owned()
    };
    let mut written = Vec::new();
    write_text(value.as_cell(), URL_BYTES, &mut written);
    (written == canonical.as_bytes()).then_some(value)
}
