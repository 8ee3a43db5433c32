//! JSON (RFC 8259), with errors as problem documents (RFC 9457).

mod description;
mod facets;
mod objects;
#[cfg(test)]
mod tests;
mod text;
mod values;

pub(super) use self::objects::ObjectWriter;
#[cfg(feature = "csv")]
pub(super) use self::objects::{Above, RelationWriter};
pub(crate) use self::text::write_cell;
use self::{facets::write_facets, text::quoted};
use super::{
    context::PageContext,
    description::Description,
    objects::Objects,
    pieces::{Document, Pieces},
    problem::Problem,
    writer::{Pagination, Root, StreamWriter, Writer},
};
use crate::{
    cell::Cell,
    error::Result,
    operation::{Object, Page},
    params::Format,
    params::{CountIs, Position},
};

pub(super) struct Json;

const MEDIA_TYPE: &str = Format::Json.media_type();
const PROBLEM: &str = "application/problem+json";

impl Writer for Json {
    fn page(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let writer = ObjectWriter::of(objects);
        let mut pieces = Pieces::new(256 + 160 * page.rows.len(), objects.most_bytes);
        write_pagination(page, pagination, &mut pieces.out);
        pieces.out.extend_from_slice(b",\"results\":[");
        pieces.rows(&page.rows, (b",", b""), |row, at, out| {
            writer.write(row, at, &page.related, b"", out);
        })?;
        pieces.out.push(b']');
        if !page.facets.is_empty() {
            write_facets(&page.facets, objects, &mut pieces.out);
        }
        pieces.out.push(b'}');
        pieces.finish(MEDIA_TYPE)
    }

    fn object(
        &self,
        object: &Object,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let writer = ObjectWriter::of(objects);
        let mut pieces = Pieces::new(512, objects.most_bytes);
        pieces.rows(&object.rows, (b"", b""), |row, at, out| {
            writer.write(row, at, &object.related, b"", out);
        })?;
        pieces.finish(MEDIA_TYPE)
    }

    fn array(&self, page: &Page, objects: &Objects) -> Result<Document> {
        let writer = ObjectWriter::of(objects);
        let mut pieces = Pieces::new(2 + 160 * page.rows.len(), objects.most_bytes);
        pieces.out.push(b'[');
        pieces.rows(&page.rows, (b",", b""), |row, at, out| {
            writer.write(row, at, &page.related, b"", out);
        })?;
        pieces.out.push(b']');
        pieces.finish(MEDIA_TYPE)
    }

    fn count(&self, member: &str, count: u64) -> Document {
        let mut out = vec![b'{'];
        quoted(member.as_bytes(), &mut out);
        out.push(b':');
        write_cell(Cell::Unsigned(count), &mut out);
        out.push(b'}');
        Document::new(MEDIA_TYPE, out)
    }

    fn stream(&self) -> Option<&'static dyn StreamWriter> {
        None
    }

    fn root(&self, root: &Root<'_>, _context: Option<&PageContext<'_>>) -> Document {
        let mut out = vec![b'{'];
        for (at, list) in root.lists.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            quoted(list.name.as_bytes(), &mut out);
            out.push(b':');
            quoted(list.uri.as_bytes(), &mut out);
        }
        out.push(b'}');
        Document::new(MEDIA_TYPE, out)
    }

    fn description(
        &self,
        description: &Description<'_>,
        _context: Option<&PageContext<'_>>,
    ) -> Document {
        // A description has only texts, numbers and lists, so serializing it cannot fail.
        let document = serde_json::to_vec(description).unwrap_or_default();
        Document::new(MEDIA_TYPE, document)
    }

    fn error(&self, problem: &Problem<'_>, _context: Option<&PageContext<'_>>) -> Document {
        // A problem has only texts and numbers, so serializing it cannot fail.
        let document = serde_json::to_vec(problem).unwrap_or_default();
        Document::new(PROBLEM, document)
    }
}

/// Writes the beginning of a page, with the members about its position in the list.
fn write_pagination(page: &Page, pagination: &Pagination, out: &mut Vec<u8>) {
    let mut member = |name: &str, cell: Option<Cell<'_>>| {
        out.extend_from_slice(name.as_bytes());
        write_cell(cell.unwrap_or(Cell::Null), out);
    };
    let (next, previous) = (pagination.next.as_deref(), pagination.previous.as_deref());
    if page.position == Position::Cursor {
        member("{\"next\":", next.map(Cell::Text));
        member(",\"previous\":", previous.map(Cell::Text));
        return;
    }
    member("{\"count\":", page.total.map(Cell::Unsigned));
    match page.count_is {
        CountIs::Exact => {}
        CountIs::AtLeast => member(",\"count_is\":", Some(Cell::Text("at_least"))),
        CountIs::Estimated => member(",\"count_is\":", Some(Cell::Text("estimated"))),
    }
    let size = Some(Cell::Unsigned(pagination.size));
    if let Position::Offset(offset) = page.position {
        member(",\"limit\":", size);
        member(",\"offset\":", Some(Cell::Unsigned(offset)));
    } else {
        member(",\"page\":", page.position.page().map(Cell::Unsigned));
        member(",\"page_size\":", size);
        member(",\"pages\":", pagination.pages.map(Cell::Unsigned));
    }
    member(",\"next\":", next.map(Cell::Text));
    member(",\"previous\":", previous.map(Cell::Text));
}
