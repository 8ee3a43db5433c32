//! URIs that are completed by the cells of a row. They are written without the escapes of a format, which each format
//! adds itself.
//!
//! Cells and the names of filters are percent-encoded, so that they need no escapes. Only the other parts of a URI may.

use std::sync::Arc;

use super::cell_index::CellIndex;
use crate::{
    cell::{BODY_BYTES, Cell, Row, Value, write_text},
    link::{percent_encode, write_key},
};

/// The bytes of a usual URI, for which room is made at once.
const USUAL: usize = 64;

/// The URI of an object: fixed text, completed by the key in the cells of the object's row or of a row that refers to
/// it.
pub(crate) struct ObjectUri {
    /// The beginning of the URI; `None` if it begins with the URI of the enclosing object.
    pub(crate) start: Option<String>,
    pub(crate) steps: Vec<UriStep>,
    pub(crate) end: &'static str,
    /// Conditions for the row to have a URI: each of these cells must equal its value. A cell paired with `None` equals
    /// nothing, so that the row then has no URI.
    pub(crate) guards: Vec<(CellIndex, Option<Value>)>,
}

/// One object on the path of a URI, such as `/cars/1`: fixed text, then a key.
pub(crate) struct UriStep {
    /// The text before the key, such as `/cars/`.
    pub(crate) before: String,
    /// Where the cells of the key are.
    pub(crate) key: Vec<CellIndex>,
    /// The names of actions, such as `import` in `/cars/import/`, which are not read as keys in this position.
    pub(crate) reserved: Arc<[String]>,
}

/// The URI of a list of an object's related rows.
pub(crate) struct ListUri {
    /// The beginning of the URI; `None` if it begins with the URI of the enclosing object.
    pub(crate) start: Option<String>,
    /// The path after the beginning of the URI, such as `/parts/`.
    pub(crate) path: String,
    /// The percent-encoded names of the filters, each with the cell of its value, as in `?owner=7`.
    pub(crate) query: Vec<(Vec<u8>, CellIndex)>,
    /// The parameters after the filters, which select a page; empty for the first page.
    pub(crate) rest: String,
}

impl ObjectUri {
    /// Returns the URI for a row; `under` is as in [`write`](Self::write). `None` if the row has no URI.
    pub(super) fn text(&self, row: Row<'_>, under: &[u8]) -> Option<String> {
        let mut uri = Vec::with_capacity(USUAL);
        let is_there = self.write(row, under, &mut uri);
        is_there.then(|| String::from_utf8(uri).ok()).flatten()
    }

    /// Returns the parts of the URI that are written as they are, and may contain characters that a format must escape.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let before = self.steps.iter().map(|step| step.before.as_str());
        let start = self.start.as_deref().into_iter();
        start.chain(before).chain([self.end])
    }

    /// Appends the URI for a row; `under` is the URI of the enclosing object. If the row has none, `false` is returned,
    /// and nothing is appended.
    pub(super) fn write(&self, row: Row<'_>, under: &[u8], out: &mut Vec<u8>) -> bool {
        let is_there = self.write_open(row, under, out);
        if is_there {
            out.extend_from_slice(self.end.as_bytes());
        }
        is_there
    }

    /// Appends the URI without the text after its last key, so that other URIs can continue it. If the row has none,
    /// `false` is returned, and nothing is appended.
    pub(super) fn write_open(&self, row: Row<'_>, under: &[u8], out: &mut Vec<u8>) -> bool {
        let begin = out.len();
        let fits = |(position, value): &(CellIndex, Option<Value>)| {
            let value = value.as_ref().map(Value::as_cell);
            value.is_some_and(|value| value == position.cell(row))
        };
        let is_there = write_start(self.start.as_deref(), under, out)
            && self.guards.iter().all(fits)
            && self.steps.iter().all(|step| {
                out.extend_from_slice(step.before.as_bytes());
                let parts = step.key.iter().map(|position| position.cell(row));
                write_key(parts, &step.reserved, out)
            });
        if !is_there {
            out.truncate(begin);
        }
        is_there
    }
}

impl ListUri {
    /// Returns the URI for a row; `under` is as in [`write`](Self::write). `None` if the row has no URI.
    #[cfg(feature = "html")]
    pub(super) fn text(&self, row: Row<'_>, under: &[u8]) -> Option<String> {
        let mut uri = Vec::with_capacity(USUAL);
        let is_there = self.write(row, under, &mut uri);
        is_there.then(|| String::from_utf8(uri).ok()).flatten()
    }

    /// Returns the parts of the URI that are written as they are, and may contain characters that a format must escape.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let start = self.start.as_deref().into_iter();
        start.chain([self.path.as_str(), self.rest.as_str()])
    }

    /// Appends the URI for a row; `under` is the URI of the enclosing object. If the row has none, `false` is returned,
    /// and nothing is appended.
    pub(super) fn write(&self, row: Row<'_>, under: &[u8], out: &mut Vec<u8>) -> bool {
        let begin = out.len();
        let is_there = write_start(self.start.as_deref(), under, out) && {
            out.extend_from_slice(self.path.as_bytes());
            self.write_query(row, out)
        };
        if !is_there {
            out.truncate(begin);
        }
        is_there
    }

    fn write_query(&self, row: Row<'_>, out: &mut Vec<u8>) -> bool {
        let mut text = Vec::new();
        let mut between = b'?';
        for (name, position) in &self.query {
            let cell = position.cell(row);
            if cell == Cell::Null {
                return false;
            }
            text.clear();
            write_text(cell, BODY_BYTES, &mut text);
            out.push(between);
            out.extend_from_slice(name);
            out.push(b'=');
            percent_encode(&text, out);
            between = b'&';
        }
        if !self.rest.is_empty() {
            out.push(between);
            out.extend_from_slice(self.rest.as_bytes());
        }
        true
    }
}

/// Appends the beginning of a URI: `start`, else `under`, the URI of the enclosing object. Returns `false` if both are
/// missing.
fn write_start(start: Option<&str>, under: &[u8], out: &mut Vec<u8>) -> bool {
    match start {
        Some(start) => out.extend_from_slice(start.as_bytes()),
        None => out.extend_from_slice(under),
    }
    start.is_some() || !under.is_empty()
}
