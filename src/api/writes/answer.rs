//! The response to a write. It is built from the outcome alone and borrows nothing, so that it can be built inside the
//! transaction and stored there under the request's idempotency key.

use std::sync::Arc;

use http::{Response, StatusCode};

use super::{
    super::{Request, conditional::tag},
    preferences::Honoured,
};
use crate::{
    body::Body,
    error::Result,
    etag::RowTag,
    model::{ColumnNumber, Model},
    operation::{Object, Page},
    params::{Format, Selection},
    place::Place,
    representation::{Document, Objects, Writer, Writers},
    response,
};

/// The parts that every response to one request to write has, whatever it writes.
pub(super) struct WriteAnswer {
    pub(super) format: Format,
    pub(super) writers: Arc<Writers>,
    pub(super) honoured: Honoured,
    model: Model,
    is_private: bool,
    /// The value of `Vary`: the names of the request headers that the response depends on.
    vary: Vec<String>,
}

/// How a written row is shown.
pub(super) struct WrittenView {
    pub(super) objects: Objects,
    /// The columns that are read of the row.
    pub(super) columns: Vec<ColumnNumber>,
    pub(super) selection: Selection,
}

impl WriteAnswer {
    pub(super) fn new(place: &Place, request: &Request<'_>, honoured: Honoured) -> Self {
        Self {
            format: request.format,
            writers: Arc::clone(&request.shared.writers),
            honoured,
            model: place.model().clone(),
            is_private: place.is_private(),
            vary: place.vary.clone(),
        }
    }

    /// Returns the response with the object of a written row.
    pub(super) fn object(
        &self,
        status: StatusCode,
        object: &Object,
        shown: &WrittenView,
    ) -> Response<Body> {
        let of_row = |row| RowTag::of(&self.model, row, &shown.columns, &shown.selection.columns);
        let row = object.row().and_then(of_row);
        let written = self.written(status, |writer| writer.object(object, &shown.objects, None));
        let (mut response, tag) = match written {
            Ok((document, format)) => {
                let tag = tag(&document, row.as_ref(), self.writers.formats.name(format));
                (self.document(status, document), tag)
            }
            Err(without) => (without, None),
        };
        response::tagged(&mut response, tag);
        response
    }

    /// Returns the response with the objects of an array of written rows.
    pub(super) fn array(
        &self,
        status: StatusCode,
        created: &Page,
        shown: &WrittenView,
    ) -> Response<Body> {
        let written = self.written(status, |writer| writer.array(created, &shown.objects));
        match written {
            Ok((document, _)) => self.document(status, document),
            Err(without) => without,
        }
    }

    /// Returns what `write` writes, and in which format: the one that was asked for, else JSON. The rows are written
    /// already, so an answer that cannot show them, such as one that is too large, is a response without content.
    fn written(
        &self,
        status: StatusCode,
        write: impl Fn(&dyn Writer) -> Result<Document>,
    ) -> Result<(Document, Format), Response<Body>> {
        for format in [self.format, Format::Json] {
            match write(self.writers.of(format)) {
                Ok(document) => return Ok((document, format)),
                Err(error) => {
                    tracing::warn!(%error, "a written row cannot be shown in the format that was asked for");
                }
            }
        }
        let nothing = Document::new("", Vec::new());
        Err(response::without_content(self.document(status, nothing)))
    }

    /// Returns the response with a document.
    pub(super) fn document(&self, status: StatusCode, document: Document) -> Response<Body> {
        let mut response = response::with_status(status, document, self.is_private);
        response::vary(&mut response, &self.vary);
        response
    }

    /// Returns the response with the number of rows that were changed.
    pub(super) fn count(&self, member: &str, count: u64) -> Response<Body> {
        let document = self.writers.of(self.format).count(member, count);
        self.honoured
            .applied(self.document(StatusCode::OK, document))
    }

    /// Returns the response to the deletion of a row.
    pub(super) fn deleted(&self) -> Response<Body> {
        self.honoured.applied(response::no_content(self.is_private))
    }
}
