//! Changes of rows: create, update, delete.

mod answer;
mod bulk;
mod create;
mod link;
mod nested;
mod preferences;
mod references;

use http::{Response, StatusCode};
use serde_json::Value as Json;

use self::{
    answer::{WriteAnswer, WrittenView},
    preferences::Honoured,
    references::{GivenColumn, Known, references},
};
use super::{Request, Shared, no_route, rows::object};
use crate::{
    body::Body,
    cell::object_members,
    error::{Code, Error, Fault, Result, SERVER_FAILED, shown},
    operation::{Delete, Object, Retrieve, Update},
    params::{self, Format, Offer, PlaceIndex, Selection, Served, Shows, ToOne},
    payload::{
        BodyForm, Child, Content, Echo, Incoming, Input, Inputs, RowsComeBack, Verb, conflicting,
    },
    place::Place,
    representation::Objects,
    route::Located,
    view::View,
    visibility::{Entered, Visibility},
};

/// The changes of a request to write, and the place and path that they apply to.
struct WriteRequest<'s> {
    entered: Entered<'s>,
    selection: Selection,
    inputs: Inputs,
    /// The columns that the path and the request's head determine.
    given: Vec<GivenColumn>,
    content: Content,
}

/// The path and body of a request to write, either of which may have faults.
struct Read<'s> {
    /// The path; `None` if it has an invalid key.
    entered: Option<Entered<'s>>,
    given: Vec<GivenColumn>,
    inputs: Result<Inputs>,
}

impl Shared {
    /// Changes a row, and answers with its object. A PUT may create it.
    pub(super) async fn update(
        &self,
        (found, key, verb): (&Located<'_>, &str, Verb),
        incoming: Incoming,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let written = self.written(found, incoming, verb, request).await?;
        let may_create = verb == Verb::Replace && place.writes.put_creates;
        let content = may_create.then(|| written.content.clone());
        let updated = self.updated((found, key), written, request).await;
        match (updated, content) {
            (Err(error), Some(content)) if error.code() == Code::NotFound => {
                self.put(found, key, content, request).await
            }
            (updated, _) => updated,
        }
    }

    async fn updated(
        &self,
        (found, key): (&Located<'_>, &str),
        written: WriteRequest<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let WriteRequest {
            entered,
            selection,
            inputs,
            given,
            ..
        } = written;
        let honoured = Honoured::of(request.head, place, false)?;
        let input = inputs.rows.into_iter().next().ok_or_else(no_route)?;
        let condition = entered
            .object(found.place, key)
            .ok_or_else(Error::no_such_object)?;
        unchanged(&entered, found.place, key, &input, request).await?;
        let mut known = given;
        let parts = place.key(key).unwrap_or_default().into_iter();
        known.extend(parts.map(|(column, part)| (column, Some(part))));
        let known = Known {
            given: &known,
            is_new: false,
            is_array: false,
        };
        let references = references(&entered, &place.offer, [&input.changes], known)?;
        let (objects, shown) = seen(&entered, found.place, &selection)?;
        let answer = WriteAnswer::new(place, request, honoured);
        let as_shown = WrittenView {
            objects,
            columns: shown.columns.clone(),
            selection,
        };
        let mut changes = self.changes(&entered, found.place, input, request)?;
        place.server_columns.stamp(place.model(), &mut changes);
        let update = Update {
            condition,
            also: Vec::new(),
            precondition: place.precondition(request.head)?,
            changes,
            references,
            validators: place.validators.clone(),
            shown,
        };
        let answer = move |updated: Option<Object>| {
            let updated = updated.ok_or_else(Error::no_such_object)?;
            let response = answer.object(StatusCode::OK, &updated, &as_shown);
            Ok(answer.honoured.applied(response))
        };
        place.write(update, answer, request).await
    }

    /// Reads the query string and the body of a request to write, and reports the faults of both together. An invalid
    /// key in the path is reported only if there are no such faults.
    async fn written<'s>(
        &'s self,
        found: &Located<'_>,
        incoming: Incoming,
        verb: Verb,
        request: &Request<'s>,
    ) -> Result<WriteRequest<'s>> {
        let place = self.place(found.place)?;
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        let (head, limits) = (request.head, &place.offer.limits);
        let content = match (incoming, verb) {
            (Incoming::Read(content), _) => content,
            (Incoming::Unread(body), Verb::Change) => {
                Content::read_patch(head, body, limits).await?
            }
            (Incoming::Unread(body), Verb::Create | Verb::Replace) => {
                Content::read(head, body, limits).await?
            }
        };
        self.understood((found, verb), &[], visibility, content, request)
    }

    /// Reads the query string and the body of a request to write, once the body has arrived. `key` has the columns that
    /// the URL of a new object gives.
    fn understood<'s>(
        &'s self,
        (found, verb): (&Located<'_>, Verb),
        key: &[GivenColumn],
        visibility: Visibility<'s>,
        content: Content,
        request: &Request<'s>,
    ) -> Result<WriteRequest<'s>> {
        let place = self.place(found.place)?;
        let selection =
            params::object(request.query, &place.offer, &visibility, Shows::WrittenRows);
        let read = self.inputs((found, verb), key, visibility, &content, request)?;
        let (selection, inputs) = both(selection, read.inputs)?;
        Ok(WriteRequest {
            entered: read.entered.ok_or_else(Error::no_such_object)?,
            selection,
            inputs,
            given: read.given,
            content,
        })
    }

    /// Reads the keys in the path of a request, and its body.
    fn inputs<'s>(
        &'s self,
        (found, verb): (&Located<'_>, Verb),
        key: &[GivenColumn],
        visibility: Visibility<'s>,
        content: &Content,
        request: &Request<'s>,
    ) -> Result<Read<'s>> {
        let place = self.place(found.place)?;
        let entered = visibility.enter(found);
        let mut given = given(entered.as_ref(), place, found.place);
        given.extend_from_slice(key);
        let form = BodyForm {
            verb,
            rows_come_back: request.head.extensions.get::<RowsComeBack>().is_some(),
            offer: &place.offer,
            given: (&given).into(),
            key_of: &|relation, link| self.key_of(relation, link, entered.as_ref(), request),
            child_of: &|child| {
                Some(Child {
                    offer: &self.place(child).ok()?.offer,
                    given: entered.as_ref()?.given_columns(child),
                })
            },
        };
        let inputs = form.read_rows(content, place.offer.limits.bulk_rows);
        Ok(Read {
            entered,
            given,
            inputs,
        })
    }

    /// Deletes a row.
    pub(super) async fn delete(
        &self,
        found: &Located<'_>,
        key: &str,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        params::nothing(request.query, &place.offer, &visibility)?;
        let entered = visibility.enter(found).ok_or_else(Error::no_such_object)?;
        let condition = entered
            .object(found.place, key)
            .ok_or_else(Error::no_such_object)?;
        let delete = Delete {
            condition,
            also: Vec::new(),
            precondition: place.precondition(request.head)?,
        };
        let honoured = Honoured::of(request.head, place, false)?;
        let answer = WriteAnswer::new(place, request, honoured);
        let answer = move |is_deleted| match is_deleted {
            true => Ok(answer.deleted()),
            false => Err(Error::no_such_object()),
        };
        place.write(delete, answer, request).await
    }
}

/// Returns the columns whose values the path and the request determine. Without `entered`, that is if the path has an
/// invalid key, the values are `None`.
fn given(entered: Option<&Entered<'_>>, place: &Place, at: PlaceIndex) -> Vec<GivenColumn> {
    match (entered, &place.nesting) {
        (Some(entered), _) => entered.given_columns(at),
        (None, Some(nesting)) => nesting.join.here().map(|column| (column, None)).collect(),
        (None, None) => Vec::new(),
    }
}

/// Returns the values of two results. If both are errors with parameter faults, returns one error with the faults of
/// both.
fn both<A, B>(left: Result<A>, right: Result<B>) -> Result<(A, B)> {
    match (left, right) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(left), Err(right)) => {
            let all = [&left, &right].map(Error::parameter_faults);
            match all {
                [[], _] => Err(left),
                [_, []] => Err(right),
                all => Err(Error::faults(all.concat())),
            }
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

/// Returns how a written row is shown, and the operation that reads it back if the request may see it.
fn seen(
    entered: &Entered<'_>,
    at: PlaceIndex,
    selection: &Selection,
) -> Result<(Objects, Retrieve)> {
    let place = entered.place(at).ok_or_else(no_route)?;
    let View {
        objects,
        columns,
        related,
    } = View::of_written(entered, at, selection)?;
    let (visible, _) = entered.rows(at)?;
    let shown = Retrieve {
        most_bytes: place.offer.limits.page_bytes,
        related,
        ..Retrieve::new(visible, columns)
    };
    Ok((objects, shown))
}

/// Checks that the members in `echoes` equal the members of the object as it is shown now.
async fn unchanged(
    entered: &Entered<'_>,
    at: PlaceIndex,
    key: &str,
    input: &Input,
    request: &Request<'_>,
) -> Result<()> {
    if input.echoes.is_empty() {
        return Ok(());
    }
    let place = entered.place(at).ok_or_else(no_route)?;
    let selection = params::object("", &place.offer, &**entered, Shows::Rows)?;
    let request = Request {
        format: Format::Json,
        query: "",
        ..*request
    };
    let (document, _) = object(entered, at, key, &selection, &request).await?;
    let document = document.pieces.concat();
    let before = object_members(&document);
    let before = before.ok_or_else(|| Error::new(Code::Internal, SERVER_FAILED))?;
    // A stored document may have more levels than are read, and is then not the one that was sent.
    let read = |json: &str| serde_json::from_str::<Json>(json).ok();
    let differs = |echo: &&Echo| {
        let mut members = before.iter();
        let before = members.find(|(name, _)| *name == echo.name);
        let before = before.and_then(|(_, json)| read(json.get()));
        before.is_none() || before != read(&echo.sent)
    };
    let faults = input.echoes.iter().filter(differs);
    let faults: Vec<_> = faults.map(|echo| otherwise(echo, &place.offer)).collect();
    Error::of_any(faults)
}

/// Returns the fault of a member that is not as the row shows it.
fn otherwise(echo: &Echo, offer: &Offer) -> Fault {
    match echo.is_stale {
        true => conflicting(&echo.name),
        false => read_only(&echo.name, offer),
    }
}

fn read_only(name: &str, offer: &Offer) -> Fault {
    let name_shown = shown(name);
    let mut relations = offer.relations.iter();
    let is_embedded = |one: &Served| one.name == name && one.shape == ToOne::Object;
    let detail = match relations.any(|one| is_embedded(one) && one.is_set_by_columns()) {
        true => format!(
            "`{name_shown}` is not as it is shown; to name another row, send its link, or an object with its `href` alone"
        ),
        false => format!("`{name_shown}` cannot be set; leave it out, or send it as it is shown"),
    };
    Fault::member(name, Code::ReadOnly, detail)
}
