//! CSV (RFC 4180): a line with the names of the members, then a line for each row. Answers without rows are written as
//! JSON.
//!
//! 1. A null is an empty cell without quotes, an empty text has them.
//! 2. Texts that a spreadsheet would take for a formula are guarded by an apostrophe.
//! 3. Embedded rows are JSON texts.

use super::{
    cell_index::CellIndex,
    context::PageContext,
    description::Description,
    json::{Above, Json, RelationWriter},
    links::{ListUri, ObjectUri},
    objects::{IntegersAsText, Objects, RelationView},
    pieces::{Document, Pieces},
    problem::Problem,
    related::RelatedRows,
    writer::{Pagination, Root, StreamWriter, Writer},
};
use crate::{
    cell::{BODY_BYTES, Cell, Row, Rows, URL_BYTES, write_text},
    error::Result,
    link::write_key,
    operation::{Object, Page, Related},
    params::Format,
};

/// CSV, as a program wants it.
pub(super) struct Csv {
    /// Whether texts that a spreadsheet would take for a formula get an apostrophe.
    is_guarded: bool,
    /// Whether a byte order mark, by which Excel knows UTF-8, comes first.
    has_bom: bool,
}

const MEDIA_TYPE: &str = Format::Csv.media_type();

/// The end of a line.
const END: &[u8] = b"\r\n";

/// The size in bytes that is allocated in advance for each row.
const ROW: usize = 96;

impl Csv {
    pub(super) const fn of(is_guarded: bool, has_bom: bool) -> &'static Self {
        macro_rules! csv {
            ($is_guarded:literal, $has_bom:literal) => {
                &Self {
                    is_guarded: $is_guarded,
                    has_bom: $has_bom,
                }
            };
        }
        match (is_guarded, has_bom) {
            (true, true) => csv!(true, true),
            (true, false) => csv!(true, false),
            (false, true) => csv!(false, true),
            (false, false) => csv!(false, false),
        }
    }

    fn table(&self, rows: &Rows, related: &[Related], objects: &Objects) -> Result<Document> {
        let writer = RowWriter::of(objects, self.is_guarded);
        let mut pieces = Pieces::new(ROW * (rows.len() + 1), objects.most_bytes);
        self.head(&writer, &mut pieces.out);
        pieces.rows(rows, (b"", END), |row, at, out| {
            writer.write(row, at, related, out);
        })?;
        pieces.finish(MEDIA_TYPE)
    }

    fn head(&self, writer: &RowWriter<'_>, out: &mut Vec<u8>) {
        if self.has_bom {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        writer.names(out);
        out.extend_from_slice(END);
    }
}

impl Writer for Csv {
    /// The lines hold nothing but rows, so the links to other pages are put into the header `Link`.
    fn page(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let table = self.table(&page.rows, &page.related, objects)?;
        Ok(Document {
            links: pagination.beside(),
            ..table
        })
    }

    fn object(
        &self,
        object: &Object,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        self.table(&object.rows, &object.related, objects)
    }

    fn array(&self, page: &Page, objects: &Objects) -> Result<Document> {
        self.table(&page.rows, &page.related, objects)
    }

    fn count(&self, member: &str, count: u64) -> Document {
        Json.count(member, count)
    }

    fn stream(&self) -> Option<&'static dyn StreamWriter> {
        Some(Self::of(self.is_guarded, self.has_bom))
    }

    fn root(&self, root: &Root<'_>, context: Option<&PageContext<'_>>) -> Document {
        Json.root(root, context)
    }

    fn description(
        &self,
        description: &Description<'_>,
        context: Option<&PageContext<'_>>,
    ) -> Document {
        Json.description(description, context)
    }

    fn error(&self, problem: &Problem<'_>, context: Option<&PageContext<'_>>) -> Document {
        Json.error(problem, context)
    }
}

impl StreamWriter for Csv {
    fn media_type(&self) -> &'static str {
        MEDIA_TYPE
    }

    fn start(&self, objects: &Objects) -> Vec<u8> {
        let mut out = Vec::new();
        self.head(&RowWriter::of(objects, self.is_guarded), &mut out);
        out
    }

    fn chunk(&self, rows: &Rows, objects: &Objects) -> Vec<u8> {
        let writer = RowWriter::of(objects, self.is_guarded);
        let mut out = Vec::with_capacity(ROW * rows.len());
        for (at, row) in rows.iter().enumerate() {
            writer.write(row, at, &[], &mut out);
            out.extend_from_slice(END);
        }
        out
    }
}

/// A writer of the rows of one place, created once for an answer.
struct RowWriter<'a> {
    /// The URI of the row's object, which the links of relations may continue.
    href: Option<&'a ObjectUri>,
    has_links_below: bool,
    /// The columns of the table, each with its name.
    columns: Vec<(&'a str, CsvColumn<'a>)>,
    is_guarded: bool,
    most_bytes: usize,
}

/// A column of the table.
enum CsvColumn<'a> {
    Href(&'a ObjectUri),
    Id(&'a [CellIndex]),
    Cell(CellIndex),
    Link(&'a ObjectUri),
    Links {
        related: usize,
        link: &'a ObjectUri,
        list: Option<&'a ListUri>,
    },
    List(&'a ListUri),
    Embedded(RelationWriter<'a>),
}

impl<'a> RowWriter<'a> {
    fn of(objects: &'a Objects, is_guarded: bool) -> Self {
        // All fields are named, so that a new field of `Objects` is a compile error until it is handled here.
        let Objects {
            members,
            href,
            shows_href,
            id,
            columns: shown,
            relations,
            // In CSV, every number is a text.
            integers_as_text: _,
            most_bytes,
        } = objects;
        let href = href.as_ref();
        let mut columns = Vec::with_capacity(shown.len() + relations.len() + 2);
        if *shows_href {
            columns.extend(href.map(|href| ("href", CsvColumn::Href(href))));
        }
        let id = members.id.as_deref().zip(id.as_deref());
        columns.extend(id.map(|(name, key)| (name, CsvColumn::Id(key))));
        for (number, position) in shown {
            let name = number.item(&members.columns);
            columns.extend(name.map(|name| (&**name, CsvColumn::Cell(*position))));
        }
        for (relation, view) in relations {
            let name = members.relations.get(*relation);
            columns.extend(name.map(|name| (&**name, CsvColumn::of(view))));
        }
        Self {
            href,
            has_links_below: objects.has_links_below(),
            columns,
            is_guarded,
            most_bytes: *most_bytes,
        }
    }

    /// Appends the names of the columns.
    fn names(&self, out: &mut Vec<u8>) {
        for (nth, (name, _)) in self.columns.iter().enumerate() {
            separate(nth, out);
            self.text(name, out);
        }
    }

    /// Appends the cells of a row. `at` is the row's index among the rows that `related` was read for.
    fn write(&self, row: Row<'_>, at: usize, related: &[Related], out: &mut Vec<u8>) {
        let start = out.len();
        if start > self.most_bytes {
            return;
        }
        let mut own = Vec::new();
        if self.has_links_below
            && let Some(href) = self.href
        {
            href.write_open(row, b"", &mut own);
        }
        for (nth, (_, column)) in self.columns.iter().enumerate() {
            separate(nth, out);
            match column {
                CsvColumn::Id(key) => self.id(key, row, out),
                CsvColumn::Cell(position) => self.cell(position.cell(row), out),
                CsvColumn::Href(link) | CsvColumn::Link(link) => {
                    unless_null(out, |out| link.write(row, &own, out));
                }
                CsvColumn::List(list) => unless_null(out, |out| list.write(row, &own, out)),
                CsvColumn::Links {
                    related: relation,
                    link,
                    list,
                } => match RelatedRows::of(*relation, at, related) {
                    Some(found) if found.more => unless_null(out, |out| {
                        list.is_some_and(|list| list.write(row, &own, out))
                    }),
                    found => links(found.as_ref(), link, &own, out),
                },
                CsvColumn::Embedded(writer) => unless_null(out, |out| {
                    let start = out.len();
                    let own = Above::of(&own);
                    writer.write(row, at, related, own, out);
                    out.get(start..) != Some(b"null")
                }),
            }
        }
        // Readers skip an empty line, and with it the row.
        if out.len() == start {
            out.extend_from_slice(b"\"\"");
        }
    }

    /// Appends the key in the form that URLs have.
    fn id(&self, key: &[CellIndex], row: Row<'_>, out: &mut Vec<u8>) {
        match key {
            [position] => match position.cell(row) {
                Cell::Bytes(bytes) => write_text(Cell::Bytes(bytes), URL_BYTES, out),
                cell => self.cell(cell, out),
            },
            _ => unless_null(out, |out| {
                let parts = key.iter().map(|position| position.cell(row));
                write_key(parts, &[], out)
            }),
        }
    }

    fn cell(&self, cell: Cell<'_>, out: &mut Vec<u8>) {
        match cell {
            Cell::Null => {}
            Cell::Float(number) if !number.is_finite() => {}
            Cell::Text(text) => self.text(text, out),
            Cell::Json(text) => quoted(text.as_bytes(), b"", out),
            // The texts of these types contain no characters that CSV quotes.
            Cell::Boolean(_)
            | Cell::Integer(_)
            | Cell::Unsigned(_)
            | Cell::Float(_)
            | Cell::Decimal(_)
            | Cell::Bytes(_)
            | Cell::Date(_)
            | Cell::Time(_)
            | Cell::Timestamp(_)
            | Cell::ZonedTimestamp(_)
            | Cell::Infinite(_)
            | Cell::Uuid(_) => write_text(cell, BODY_BYTES, out),
        }
    }

    /// Appends a text, guarded if it looks like a formula.
    fn text(&self, text: &str, out: &mut Vec<u8>) {
        let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let guard: &[u8] = if self.is_guarded && is_formula {
            b"'"
        } else {
            b""
        };
        quoted(text.as_bytes(), guard, out);
    }
}

impl<'a> CsvColumn<'a> {
    fn of(view: &'a RelationView) -> Self {
        match view {
            RelationView::Link(link) => Self::Link(link),
            RelationView::Key { key, .. } => Self::Id(std::slice::from_ref(key)),
            RelationView::List(list) => Self::List(list),
            RelationView::Links {
                related,
                link,
                list,
            } => Self::Links {
                related: *related,
                link,
                list: list.as_ref(),
            },
            RelationView::Object { .. } | RelationView::Objects { .. } => {
                Self::Embedded(RelationWriter::of(view, true, IntegersAsText::None))
            }
        }
    }
}

/// Appends a comma before each cell of a line except the first, whose index `nth` is 0.
fn separate(nth: usize, out: &mut Vec<u8>) {
    if nth > 0 {
        out.push(b',');
    }
}

/// Appends the links of related rows as one cell, separated by spaces.
fn links(found: Option<&RelatedRows<'_>>, link: &ObjectUri, own: &[u8], out: &mut Vec<u8>) {
    let mut all = Vec::new();
    for (_, row) in found.into_iter().flat_map(RelatedRows::rows) {
        let end = all.len();
        if end > 0 {
            all.push(b' ');
        }
        if !link.write(row, own, &mut all) {
            all.truncate(end);
        }
    }
    quoted(&all, b"", out);
}

/// Appends what `write` appends as a cell; an empty cell if `write` returns `false`.
fn unless_null(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> bool) {
    let start = out.len();
    if !write(out) {
        out.truncate(start);
    } else if out.get(start..).is_some_and(needs_quotes) {
        let text = out.split_off(start);
        quoted(&text, b"", out);
    }
}

/// Appends a text after its guard, in quotes if it needs them.
fn quoted(text: &[u8], guard: &[u8], out: &mut Vec<u8>) {
    if !needs_quotes(text) {
        out.extend_from_slice(guard);
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(guard);
    for part in text.split_inclusive(|byte| *byte == b'"') {
        out.extend_from_slice(part);
        if part.ends_with(b"\"") {
            out.push(b'"');
        }
    }
    out.push(b'"');
}

fn needs_quotes(text: &[u8]) -> bool {
    let is_special = |byte: &u8| matches!(byte, b'"' | b',' | b'\r' | b'\n');
    text.is_empty() || text.iter().any(is_special)
}
