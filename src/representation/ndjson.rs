//! NDJSON: each row is a JSON object on a line of its own. Answers without rows are written as JSON.

use super::{
    context::PageContext,
    description::Description,
    json::{Json, ObjectWriter},
    objects::Objects,
    pieces::{Document, Pieces},
    problem::Problem,
    writer::{Pagination, Root, StreamWriter, Writer},
};
use crate::{
    cell::Rows,
    error::Result,
    operation::{Object, Page, Related},
    params::Format,
};

pub(super) struct Ndjson;

const MEDIA_TYPE: &str = Format::Ndjson.media_type();

/// The size in bytes that is allocated in advance for each row.
const ROW: usize = 160;

impl Writer for Ndjson {
    /// In NDJSON, the lines hold nothing but rows, so the links to other pages are put into the header `Link`.
    fn page(
        &self,
        page: &Page,
        pagination: &Pagination,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        let lines = lines(&page.rows, &page.related, objects)?;
        Ok(Document {
            links: pagination.beside(),
            ..lines
        })
    }

    fn object(
        &self,
        object: &Object,
        objects: &Objects,
        _context: Option<&PageContext<'_>>,
    ) -> Result<Document> {
        lines(&object.rows, &object.related, objects)
    }

    fn array(&self, page: &Page, objects: &Objects) -> Result<Document> {
        lines(&page.rows, &page.related, objects)
    }

    fn count(&self, member: &str, count: u64) -> Document {
        Json.count(member, count)
    }

    fn stream(&self) -> Option<&'static dyn StreamWriter> {
        Some(&Self)
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

impl StreamWriter for Ndjson {
    fn media_type(&self) -> &'static str {
        MEDIA_TYPE
    }

    fn start(&self, _objects: &Objects) -> Vec<u8> {
        Vec::new()
    }

    fn chunk(&self, rows: &Rows, objects: &Objects) -> Vec<u8> {
        let writer = ObjectWriter::of(objects);
        let mut out = Vec::with_capacity(ROW * rows.len());
        for (at, row) in rows.iter().enumerate() {
            writer.write(row, at, &[], b"", &mut out);
            out.push(b'\n');
        }
        out
    }
}

fn lines(rows: &Rows, related: &[Related], objects: &Objects) -> Result<Document> {
    let writer = ObjectWriter::of(objects);
    let mut pieces = Pieces::new(ROW * rows.len(), objects.most_bytes);
    pieces.rows(rows, (b"", b"\n"), |row, at, out| {
        writer.write(row, at, related, b"", out);
    })?;
    pieces.finish(MEDIA_TYPE)
}
