//! Links, as the cells of rows complete them.

use std::sync::Arc;

use crate::{
    cell::{BODY_BYTES, Cell, Row, Value, write_text},
    link::{percent_encode, write_key},
};

/// A URI from the cells of a row.
pub(crate) struct Link {
    /// The URI it begins with, as JSON; none for that of the object it stands in.
    pub(crate) start: Option<Vec<u8>>,
    pub(crate) steps: Vec<LinkStep>,
    pub(crate) end: &'static str,
    /// Cells that must hold a value for the URI to lead to the row; no value fits none.
    pub(crate) guards: Vec<(usize, Option<Value>)>,
}

/// An object on the path of a URI.
pub(crate) struct LinkStep {
    /// What stands before its key.
    pub(crate) before: Vec<u8>,
    /// Where the parts of its key stand in the row.
    pub(crate) key: Vec<usize>,
    /// The names that stand for no key there.
    pub(crate) reserved: Arc<[String]>,
}

/// The URI of the list of an object's rows.
pub(crate) struct List {
    pub(crate) start: Option<Vec<u8>>,
    /// What follows the start: `/parts/?`.
    pub(crate) path: Vec<u8>,
    /// Names of filters, as they stand in a URL, and where their values stand in the row.
    pub(crate) query: Vec<(Vec<u8>, usize)>,
    /// What follows the filters: the part of the list that is meant.
    pub(crate) rest: String,
}

impl Link {
    pub(super) fn write_or_null(&self, row: Row<'_>, under: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.push(b'"');
        if self.write_open(row, under, out) {
            out.extend_from_slice(self.end.as_bytes());
            out.push(b'"');
        } else {
            out.truncate(start);
            out.extend_from_slice(b"null");
        }
    }

    /// Appends the URI without its end; `false` where the row has none.
    pub(super) fn write_open(&self, row: Row<'_>, under: &[u8], out: &mut Vec<u8>) -> bool {
        let fits = |(place, value): &(usize, Option<Value>)| {
            value
                .as_ref()
                .is_some_and(|value| value.as_cell() == row.cell(*place))
        };
        match &self.start {
            Some(start) => out.extend_from_slice(start),
            None if under.is_empty() => return false,
            None => out.extend_from_slice(under),
        }
        self.guards.iter().all(fits)
            && self.steps.iter().all(|step| {
                out.extend_from_slice(&step.before);
                let parts = step.key.iter().map(|place| row.cell(*place));
                write_key(parts, &step.reserved, out)
            })
    }
}

impl List {
    pub(super) fn write_or_null(&self, row: Row<'_>, under: &[u8], out: &mut Vec<u8>) {
        let begin = out.len();
        out.push(b'"');
        match &self.start {
            Some(start) => out.extend_from_slice(start),
            None if under.is_empty() => {
                out.truncate(begin);
                return out.extend_from_slice(b"null");
            }
            None => out.extend_from_slice(under),
        }
        out.extend_from_slice(&self.path);
        let mut text = Vec::new();
        let mut between = b'?';
        for (name, place) in &self.query {
            let cell = row.cell(*place);
            if cell == Cell::Null {
                out.truncate(begin);
                return out.extend_from_slice(b"null");
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
        out.push(b'"');
    }
}
