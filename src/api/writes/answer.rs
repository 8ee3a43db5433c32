//! The response to a write. It is built from the outcome alone and borrows nothing, so that it can be built inside the
//! transaction and stored there under the request's idempotency key.

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
    operation::Object,
    params::{Format, Selection},
    place::Place,
    representation::{Document, Objects, writer},
    response,
};

/// The parts that every response to one request to write has, whatever it writes.
pub(super) struct WriteAnswer {
    pub(super) format: Format,
    pub(super) honoured: Honoured,
    model: Model,
    is_private: bool,
    /// The value of `Vary`: the names of the request headers that the response depends on.
    vary: Vec<String>,
}

/// How a written row is shown.
pub(super) struct ShownRow {
    pub(super) objects: Objects,
    /// The columns that are read of the row.
    pub(super) columns: Vec<ColumnNumber>,
    pub(super) selection: Selection,
}

impl WriteAnswer {
    pub(super) fn new(place: &Place, request: &Request<'_>, honoured: Honoured) -> Self {
        Self {
            format: request.format,
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
        shown: &ShownRow,
    ) -> Result<Response<Body>> {
        let of_row = |row| RowTag::of(&self.model, row, &shown.columns, &shown.selection.columns);
        let row = object.row().and_then(of_row);
        let document = writer(self.format).object(object, &shown.objects)?;
        let tag = tag(&document, row.as_ref(), self.format);
        let mut response = self.document(status, document);
        response::tagged(&mut response, tag);
        Ok(response)
    }

    /// Returns the response with a document.
    pub(super) fn document(&self, status: StatusCode, document: Document) -> Response<Body> {
        let mut response = response::with_status(status, document, self.is_private);
        response::vary(&mut response, &self.vary);
        response
    }

    /// Returns the response with the number of rows that were changed.
    pub(super) fn count(&self, member: &str, count: u64) -> Response<Body> {
        let document = writer(self.format).count(member, count);
        self.honoured
            .applied(self.document(StatusCode::OK, document))
    }

    /// Returns the response to the deletion of a row.
    pub(super) fn deleted(&self) -> Response<Body> {
        self.honoured.applied(response::no_content(self.is_private))
    }
}
