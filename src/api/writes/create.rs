//! Creating rows: POST of an object, or of an array of objects.

use http::{Response, StatusCode};

use super::{
    super::{Request, Shared},
    WriteRequest,
    answer::{WriteAnswer, WrittenView},
    preferences::Honoured,
    references::{Known, references, set_given},
    seen,
};
use crate::{
    body::Body,
    error::{Code, Error, Fault, Result},
    model::ColumnNumber,
    operation::{Changes, Create, Head, Page, Upsert},
    params::Offer,
    payload::{Content, Incoming, Inputs, Verb},
    place::Place,
    policy::Access,
    response,
    route::Located,
    server_values::NewRowValues,
    visibility::Visibility,
};

/// How the response to a request to create rows is built.
struct CreateAnswer {
    answer: WriteAnswer,
    shown: WrittenView,
    is_array: bool,
}

impl Shared {
    /// Inserts the row of the body, or the rows of an array, and answers with their objects. `Location` has the URI of
    /// a single new object.
    pub(in super::super) async fn create(
        &self,
        found: &Located<'_>,
        incoming: Incoming,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        // This comes before the body is read, so that a client that has not logged in gets a 401 whatever its body is.
        let values = place.values_of_new_rows(request.head)?;
        let written = self.written(found, incoming, Verb::Create, request).await?;
        let honoured = Honoured::of(request.head, place, true)?;
        let written = (written, values);
        self.created(found, written, honoured, request).await
    }

    /// Creates the object that a PUT did not find. The new object has the key in the URL.
    pub(super) async fn put(
        &self,
        found: &Located<'_>,
        key: &str,
        content: Content,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        self.permit(found, Access::Create, request.head)?;
        if place.precondition(request.head)?.matches.is_some() {
            let detail = "there is no object yet that `If-Match` could name";
            return Err(Error::new(Code::PreconditionFailed, detail));
        }
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        let key = place.key(key).ok_or_else(Error::no_such_object)?;
        let key: Vec<_> = key
            .into_iter()
            .map(|(column, part)| (column, Some(part)))
            .collect();
        let to_create = (found, Verb::Create);
        let values = place.values_of_new_rows(request.head)?;
        let written = self.understood(to_create, &key, visibility, content, request)?;
        let written = (written, values);
        let honoured = Honoured::of(request.head, place, false)?;
        self.created(found, written, honoured, request).await
    }

    async fn created(
        &self,
        found: &Located<'_>,
        (written, values): (WriteRequest<'_>, NewRowValues),
        honoured: Honoured,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let (by_server, model) = (&place.server_columns, place.model());
        let WriteRequest {
            entered,
            selection,
            inputs: Inputs { rows, is_array },
            given,
            ..
        } = written;
        let known = Known {
            given: &given,
            is_new: true,
            is_array,
        };
        let rows = rows.into_iter().enumerate().map(|(at, row)| {
            let changes = self.changes(&entered, found.place, row, request);
            changes.map_err(|error| error.in_row(is_array.then_some(at)))
        });
        let mut rows = rows.collect::<Result<Vec<_>>>()?;
        by_server.set_in(&mut rows, values, (model, request.head))?;
        set_given(&mut rows, &given);
        if let Some(upsert) = &honoured.upsert {
            check_unique_key(upsert, &rows, is_array, &place.offer)?;
        }
        let references = references(&entered, &place.offer, &rows, known)?;
        let (objects, shown) = seen(&entered, found.place, &selection)?;
        let (_, parent) = entered.rows(found.place)?;
        let upsert = honoured.upsert.clone();
        let answer = CreateAnswer {
            answer: WriteAnswer::new(place, request, honoured),
            shown: WrittenView {
                objects,
                columns: shown.columns.clone(),
                selection,
            },
            is_array,
        };
        let create = Create {
            parent,
            inherited: entered.inherited_columns(found.place),
            rows,
            upsert,
            is_array,
            references,
            validators: place.validators.clone(),
            shown,
        };
        place
            .write(create, move |created| answer.response(created), request)
            .await
    }
}

impl Place {
    pub(super) fn values_of_new_rows(&self, head: &Head) -> Result<NewRowValues> {
        self.server_columns.of_new_rows(self.model(), head)
    }
}

impl CreateAnswer {
    fn response(&self, created: Page) -> Result<Response<Body>> {
        let Self { answer, shown, .. } = self;
        let has_new_rows = created.existed == 0 || created.existed < created.rows.len() as u64;
        let status = match has_new_rows {
            true => StatusCode::CREATED,
            false => StatusCode::OK,
        };
        if self.is_array {
            let response = answer.array(status, &created, shown);
            return Ok(answer.honoured.applied(response));
        }
        let created = created.into_object();
        let location = created.row().and_then(|row| shown.objects.uri(row));
        let mut response = answer.object(status, &created, shown);
        if let Some(location) = location.filter(|_| has_new_rows && !answer.honoured.rolls_back) {
            response::located(&mut response, &location);
        }
        Ok(answer.honoured.applied(response))
    }
}

/// Checks the rows of an upsert: each must have the values of the unique key by which a stored row is found, and none
/// may have nested rows, which would be inserted again.
fn check_unique_key(
    upsert: &Upsert,
    rows: &[Changes],
    is_array: bool,
    offer: &Offer,
) -> Result<()> {
    let mut faults = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for children in &row.children {
            let detail = "rows are not created together with one that may be there already";
            let fault = Fault::member(&children.member, Code::ReadOnly, detail);
            faults.push(fault.in_row(is_array.then_some(at)));
        }
        let is_missing = |column: &&ColumnNumber| row.values(&[**column]).is_none();
        let missing = upsert.key.iter().filter(is_missing);
        for column in missing.filter_map(|column| offer.model.at(*column)) {
            let name = column.name();
            let detail = format!("`{name}` is required, since rows that are there are found by it");
            let fault = Fault::member(name, Code::Required, detail);
            faults.push(fault.in_row(is_array.then_some(at)));
        }
    }
    Error::of_any(faults)
}
