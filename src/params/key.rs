//! Keys as links have them, read: each part's one text, percent-encoded, and the parts of a whole key joined by commas.

use super::{pairs::percent_decode, value::read_any};
use crate::{
    cell::{Type, URL_BYTES, Value, write_text},
    model::{Column, Model},
};

/// The key a segment of a URL names: only the text that a link to the row has, so `01` and `+1` name nothing.
pub(crate) fn read(segment: &str, column: &Column) -> Option<Value> {
    let decoded = percent_decode(segment)
        .ok()
        .filter(|text| !text.is_empty())?;
    let text = decoded.strip_prefix('~').unwrap_or(&decoded);
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

/// The parts of a whole key, in the order of its columns; a comma inside a part is percent-encoded.
pub(crate) fn read_whole(text: &str, model: &Model, columns: &[u16]) -> Option<Vec<Value>> {
    let segments: Vec<&str> = text.split(',').collect();
    if segments.len() != columns.len() {
        return None;
    }
    let parts = segments.into_iter().zip(columns);
    parts
        .map(|(segment, column)| read(segment, model.at(*column)?))
        .collect()
}
