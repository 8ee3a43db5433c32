//! Cells as JSON, written straight into bytes.

use crate::{
    cell::{BODY_BYTES, Cell, Row, Rows, URL_BYTES, write_text},
    link::write_key,
    operation::Page,
    params::{Selection, Served},
};

/// The members of a model's objects, each with its name as JSON has it.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// `"make":`, by the column's number; empty for a hidden one.
    pub(crate) columns: Vec<Vec<u8>>,
    /// `"owner":`, by the relation's place.
    pub(crate) relations: Vec<Vec<u8>>,
    /// `"id":`, if the key has a second name.
    pub(crate) id: Vec<u8>,
}

/// Where the links of an object lead, as JSON strings that are still open.
#[derive(Debug)]
pub(crate) struct Targets {
    /// `"http://host/api/cars/`, before the object's own key.
    pub(crate) own: Vec<u8>,
    /// The same for each relation, by its place.
    pub(crate) relations: Vec<Vec<u8>>,
    /// What closes a link, after the key: `/"`.
    pub(crate) end: Vec<u8>,
}

/// How the objects of one answer are written.
pub(crate) struct Objects<'a> {
    members: &'a Members,
    targets: &'a Targets,
    selection: &'a Selection,
    /// Where each selected column stands in a row.
    places: Vec<usize>,
    /// The same for the column of each selected relation.
    relation_places: Vec<usize>,
    key_place: usize,
    integers_as_text: bool,
}

/// Past this an integer is not exact in a double: 2^53.
const EXACT_IN_A_DOUBLE: u64 = 1 << 53;

impl<'a> Objects<'a> {
    /// `read` are the columns of a row, rising; `relations` all that the place has.
    pub(crate) fn new(
        members: &'a Members,
        targets: &'a Targets,
        selection: &'a Selection,
        read: &[u16],
        key: u16,
        relations: &[Served],
    ) -> Self {
        let place = |column: &u16| read.binary_search(column).unwrap_or(usize::MAX);
        let relation = |at: &usize| {
            let relation = relations.get(*at);
            let column = relation.and_then(|relation| relation.join.here().next());
            column.map_or(usize::MAX, |column| place(&column))
        };
        Self {
            members,
            targets,
            selection,
            places: selection.columns.iter().map(place).collect(),
            relation_places: selection.relations.iter().map(relation).collect(),
            key_place: place(&key),
            integers_as_text: false,
        }
    }

    /// Writes integers beyond 2^53 as strings, for clients that read numbers as doubles.
    pub(crate) fn integers_as_text(mut self, on: bool) -> Self {
        self.integers_as_text = on;
        self
    }

    /// Appends one object.
    pub(crate) fn write(&self, row: Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        let key = row.cell(self.key_place);
        if self.selection.href {
            out.extend_from_slice(b",\"href\":");
            self.link(&self.targets.own, key, out);
        }
        if self.selection.id {
            out.push(b',');
            out.extend_from_slice(&self.members.id);
            self.id(key, out);
        }
        for (column, place) in self.selection.columns.iter().zip(&self.places) {
            let Some(name) = self.members.columns.get(usize::from(*column)) else {
                continue;
            };
            out.push(b',');
            out.extend_from_slice(name);
            self.cell(row.cell(*place), out);
        }
        for (relation, place) in self.selection.relations.iter().zip(&self.relation_places) {
            let target = self.targets.relations.get(*relation);
            let (Some(name), Some(target)) = (self.members.relations.get(*relation), target) else {
                continue;
            };
            out.push(b',');
            out.extend_from_slice(name);
            self.link(target, row.cell(*place), out);
        }
        // The comma before the first member is where the object opens.
        match out.get_mut(start) {
            Some(first) => *first = b'{',
            None => out.push(b'{'),
        }
        out.push(b'}');
    }

    fn link(&self, target: &[u8], key: Cell<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(target);
        if write_key(key, out) {
            out.extend_from_slice(&self.targets.end);
        } else {
            out.truncate(start);
            out.extend_from_slice(b"null");
        }
    }

    /// The key's text in a URL; a number for an integer.
    fn id(&self, key: Cell<'_>, out: &mut Vec<u8>) {
        if matches!(key, Cell::Null | Cell::Integer(_) | Cell::Unsigned(_)) {
            return self.cell(key, out);
        }
        let mut text = Vec::with_capacity(40);
        write_text(key, URL_BYTES, &mut text);
        quoted(&text, out);
    }

    fn cell(&self, cell: Cell<'_>, out: &mut Vec<u8>) {
        match cell {
            Cell::Integer(number)
                if self.integers_as_text && number.unsigned_abs() > EXACT_IN_A_DOUBLE =>
            {
                surrounded(cell, out);
            }
            Cell::Unsigned(number) if self.integers_as_text && number > EXACT_IN_A_DOUBLE => {
                surrounded(cell, out);
            }
            cell => write_cell(cell, out),
        }
    }
}

/// Appends a cell: contract, section 4.
pub(crate) fn write_cell(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Float(number) if !number.is_finite() => out.extend_from_slice(b"null"),
        Cell::Boolean(_)
        | Cell::Integer(_)
        | Cell::Unsigned(_)
        | Cell::Float(_)
        | Cell::Json(_) => {
            write_text(cell, BODY_BYTES, out);
        }
        Cell::Text(text) => quoted(text.as_bytes(), out),
        // Every other text is free of characters that JSON escapes.
        Cell::Decimal(_)
        | Cell::Bytes(_)
        | Cell::Date(_)
        | Cell::Time(_)
        | Cell::Timestamp(_)
        | Cell::ZonedTimestamp(_)
        | Cell::Uuid(_) => surrounded(cell, out),
    }
}

fn surrounded(cell: Cell<'_>, out: &mut Vec<u8>) {
    out.push(b'"');
    write_text(cell, BODY_BYTES, out);
    out.push(b'"');
}

/// Appends a text as a JSON string: RFC 8259, section 7.
pub(crate) fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escaped(text, out);
    out.push(b'"');
}

fn escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest
        .iter()
        .position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\'))
    {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, after)) = special.split_first() else {
            break;
        };
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// A name and its colon, as a member begins.
pub(crate) fn member(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 3);
    quoted(name.as_bytes(), &mut out);
    out.push(b':');
    out
}

/// A JSON string whose end is still to come.
pub(crate) fn open(text: &str) -> Vec<u8> {
    let mut out = vec![b'"'];
    escaped(text.as_bytes(), &mut out);
    out
}

/// What a list says of its page.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) size: u64,
    pub(crate) pages: Option<u64>,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

/// Writes a list.
pub(crate) fn list(page: &Page, frame: &Frame, objects: &Objects<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + 160 * page.rows.len());
    let number = |name: &str, number: Option<u64>, out: &mut Vec<u8>| {
        out.extend_from_slice(name.as_bytes());
        write_cell(number.map_or(Cell::Null, Cell::Unsigned), out);
    };
    let link = |name: &str, link: Option<&String>, out: &mut Vec<u8>| {
        out.extend_from_slice(name.as_bytes());
        write_cell(link.map_or(Cell::Null, |link| Cell::Text(link)), out);
    };
    number("{\"count\":", page.total, &mut out);
    number(",\"page\":", Some(page.number), &mut out);
    number(",\"page_size\":", Some(frame.size), &mut out);
    number(",\"pages\":", frame.pages, &mut out);
    link(",\"next\":", frame.next.as_ref(), &mut out);
    link(",\"previous\":", frame.previous.as_ref(), &mut out);
    out.extend_from_slice(b",\"results\":[");
    for (at, row) in page.rows.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        objects.write(row, &mut out);
    }
    out.extend_from_slice(b"]}");
    out
}

/// Writes the first of the rows as one object.
pub(crate) fn object(rows: &Rows, objects: &Objects<'_>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(512);
    objects.write(rows.get(0)?, &mut out);
    Some(out)
}
