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
        let written = self.written(|writer| writer.object(object, &shown.objects, None));
        let (mut response, tag) = match written {
            Some((document, format)) => {
                let tag = tag(&document, row.as_ref(), self.writers.formats.name(format));
                (self.document(status, document), tag)
            }
            None => (self.without_content(status), None),
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
        let written = self.written(|writer| writer.array(created, &shown.objects));
        match written {
            Some((document, _)) => self.document(status, document),
            None => self.without_content(status),
        }
    }

    /// Returns what `write` writes, and in which format: the one that was asked for, else JSON. The rows are written
    /// already, so an error, such as that they are too large to be shown, is none of the request: it is logged, and
    /// `None` is returned.
    fn written(
        &self,
        write: impl Fn(&dyn Writer) -> Result<Document>,
    ) -> Option<(Document, Format)> {
        for format in [self.format, Format::Json] {
            match write(self.writers.of(format)) {
                Ok(document) => return Some((document, format)),
                Err(error) => {
                    tracing::warn!(%error, "a written row cannot be shown in the format that was asked for");
                }
            }
        }
        None
    }

    fn without_content(&self, status: StatusCode) -> Response<Body> {
        let nothing = Document::new("", Vec::new());
        response::without_content(self.document(status, nothing))
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
