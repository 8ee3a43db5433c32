//! Creating rows: POST of an object, or of an array of objects.

use http::{Response, StatusCode};

use super::{
    super::{Request, Shared, conditional::tag},
    WriteRequest,
    references::{Known, references},
    seen,
};
use crate::{
    body::Body,
    error::Result,
    model::ColumnNumber,
    operation::{Create, Page, Set},
    params::Selection,
    payload::{Inputs, Verb},
    place::Place,
    representation::{Objects, writer},
    response,
    route::Located,
};

/// How created rows are shown.
struct CreateAnswer {
    objects: Objects,
    /// The columns that are read of each row.
    columns: Vec<ColumnNumber>,
    selection: Selection,
    is_array: bool,
}

impl Shared {
    /// Inserts one row or those of an array, and answers with their objects; with the URI of one in `Location`.
    pub(in super::super) async fn create(
        &self,
        found: &Located<'_>,
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let WriteRequest {
            entered,
            selection,
            inputs: Inputs { rows, is_array },
            given,
        } = self.written(found, body, Verb::Create, request).await?;
        let known = Known {
            given: &given,
            is_new: true,
            is_array,
        };
        let mut rows: Vec<_> = rows.into_iter().map(|row| row.changes).collect();
        for (column, value) in &given {
            if let Some(value) = value {
                let set = Set::To(value.clone());
                rows.iter_mut()
                    .for_each(|row| row.set(*column, set.clone()));
            }
        }
        let references = references(&entered, &place.offer, &rows, known)?;
        let (objects, shown) = seen(&entered, found.place, &selection)?;
        let (_, parent) = entered.rows(found.place)?;
        let answer = CreateAnswer {
            objects,
            columns: shown.columns.clone(),
            selection,
            is_array,
        };
        let create = Create {
            parent,
            inherited: entered.inherited_columns(found.place),
            rows,
            is_array,
            references,
            shown,
        };
        let created = place.ask(create, request.head).await?;
        answer.response(created, place, request)
    }
}

impl CreateAnswer {
    fn response(
        &self,
        created: Page,
        place: &Place,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let writer = writer(request.format);
        if self.is_array {
            let document = writer.array(&created, &self.objects)?;
            let mut response =
                response::with_status(StatusCode::CREATED, document, place.is_private());
            response::vary(&mut response, &place.vary);
            return Ok(response);
        }
        let created = created.into_object();
        let location = created.row().and_then(|row| self.objects.uri(row));
        let row = place.row_tag(&created, &self.columns, &self.selection);
        let document = writer.object(&created, &self.objects)?;
        let tag = tag(&document, row.as_ref(), request);
        let mut response = response::with_status(StatusCode::CREATED, document, place.is_private());
        response::vary(&mut response, &place.vary);
        response::tagged(&mut response, tag);
        if let Some(location) = location {
            response::located(&mut response, &location);
        }
        Ok(response)
    }
}
