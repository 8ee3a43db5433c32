//! Reading keys from URLs, in the form that links have: percent-encoded values, joined by commas if the key has several
//! columns.

use super::{pairs::percent_decode, value::read_any};
use crate::{
    cell::{Type, URL_BYTES, Value, write_text},
    model::{Column, ColumnNumber, Model},
};

/// Reads a segment of a URL as a key: a value for each column; `None` if it is no valid key.
///
/// Only the text that a link would contain is accepted: for the key 1, neither `01` nor `+1`. A UUID may also have
/// upper-case digits.
pub(crate) fn read_whole(
    segment: &str,
    model: &Model,
    columns: &[ColumnNumber],
) -> Option<Vec<Value>> {
    let alone = columns.len() == 1;
    if segment.is_empty() || (!alone && segment.split(',').count() != columns.len()) {
        return None;
    }
    // `splitn` keeps commas in the last part: the value of a single column may contain one that is not percent-encoded.
    let mut parts = segment.splitn(columns.len(), ',');
    let mut values = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        values.push(read_part(parts.next()?, at == 0, model.at(*column)?)?);
    }
    Some(values)
}

/// Returns the text of the key at the end of a path, as people and programs know it.
pub(crate) fn key_in_a_path(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next();
    let key = percent_decode(last.unwrap_or_default()).unwrap_or_default();
    // A link has a `~` in front of a key that begins with one, or that a path would not hold.
    key.strip_prefix('~').unwrap_or(&key).to_owned()
}

fn read_part(part: &str, is_first: bool, column: &Column) -> Option<Value> {
    let decoded = percent_decode(part).ok()?;
    let text = if is_first {
        decoded.strip_prefix('~').unwrap_or(&decoded)
    } else {
        &decoded
    };
    let value = read_any(text, column, &column.name, URL_BYTES).ok()?;
    let mut written = Vec::with_capacity(text.len());
    write_text(value.as_cell(), URL_BYTES, &mut written);
    let is_canonical = if column.ty == Type::Uuid {
        text.as_bytes().eq_ignore_ascii_case(&written)
    } else {
        text.as_bytes() == written
    };
    is_canonical.then_some(value)
}
