//! Conditional requests (RFC 9110, section 13): `ETag`, `If-Match`, `If-None-Match`.

use http::{HeaderValue, Response, header};

use super::Request;
use crate::{
    body::Body,
    error::{Code, Error, Result},
    etag::{RowTag, Tags, etag},
    model::ColumnNumber,
    operation::{Head, Object, Precondition},
    params::Selection,
    place::Place,
    representation::Document,
    response,
};

impl Place {
    /// Reads the preconditions of a request to change a row.
    pub(super) fn precondition(&self, head: &Head) -> Result<Precondition> {
        Ok(Precondition {
            matches: tags(head, &header::IF_MATCH)?,
            none_matches: tags(head, &header::IF_NONE_MATCH)?,
            is_required: self.writes.requires_if_match,
        })
    }

    /// Returns the digest of the columns of `object` that `selection` shows. The object's row has a cell for each of
    /// the columns `read`, in ascending order.
    pub(super) fn row_tag(
        &self,
        object: &Object,
        read: &[ColumnNumber],
        selection: &Selection,
    ) -> Option<RowTag> {
        RowTag::of(self.model(), object.row()?, read, &selection.columns)
    }
}

/// Returns the response to a GET: the document, or 304 if the client has the document already.
pub(super) fn document(
    document: Document,
    row: Option<&RowTag>,
    place: &Place,
    request: &Request<'_>,
) -> Result<Response<Body>> {
    let tag = tag(&document, row, place.offer.formats.name(request.format));
    let mut response = answered(document, tag, place.is_private(), request)?;
    response::vary(&mut response, &place.vary);
    Ok(response)
}

/// Returns the response to a GET: the document with its entity tag, or 304 if the client has the document already.
pub(super) fn answered(
    document: Document,
    tag: Option<HeaderValue>,
    is_private: bool,
    request: &Request<'_>,
) -> Result<Response<Body>> {
    let (matches, none_matches) = (
        tags(request.head, &header::IF_MATCH)?,
        tags(request.head, &header::IF_NONE_MATCH)?,
    );
    let names = |tags: Option<Tags>| Some(tags?.name_document(tag.as_ref()?));
    if names(matches) == Some(false) {
        let detail = "the answer is none of those that `If-Match` asks for; it has changed, say";
        return Err(Error::new(Code::PreconditionFailed, detail));
    }
    let mut response = match names(none_matches) {
        Some(true) => response::not_modified(is_private),
        Some(false) | None => response::document(document, is_private),
    };
    response::tagged(&mut response, tag);
    Ok(response)
}

/// Returns the `ETag` of a document in the format of this name, and of the row that it shows.
pub(super) fn tag(document: &Document, row: Option<&RowTag>, format: &str) -> Option<HeaderValue> {
    // A client that has the document has its headers, too: another page may follow, or there are more rows.
    let links = document.links.as_deref().map(str::as_bytes);
    let total = document.total.map(u64::to_be_bytes);
    let total = total.as_ref().map(|total| &total[..]);
    let pieces = document.pieces.iter().map(|piece| &**piece);
    etag(row, format, pieces.chain(links).chain(total))
}

fn tags(head: &Head, name: &header::HeaderName) -> Result<Option<Tags>> {
    Tags::read(&head.headers, name).map_err(|_| {
        let detail = format!("`{name}` takes `*`, or ETags in quotes with commas between them");
        Error::new(Code::InvalidRequest, detail)
    })
}
