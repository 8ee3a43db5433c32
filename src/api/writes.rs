//! Changes of rows: create, update, delete.

use http::{Response, StatusCode};
use serde_json::Value as Json;

use super::{Request, Shared, conditional::tag, no_route, rows::object};
use crate::{
    body::Body,
    cell::Value,
    error::{Code, Error, Fault, Result, SERVER_FAILED, shown},
    etag::RowTag,
    model::{Column, ColumnNumber, DefaultValue},
    operation::{Changes, Create, Delete, Object, Reference, Retrieve, Set, Update},
    params::{self, Format, Offer, PlaceIndex, Selection, Served, World},
    payload::{BodyForm, Content, Input, Verb},
    place::Place,
    representation::{Objects, writer},
    response,
    route::{Located, Target},
    view::View,
    visibility::{Entered, Visibility},
};

/// The changes of a request to write, and the place and path that they apply to.
struct WriteRequest<'s> {
    entered: Entered<'s>,
    selection: Selection,
    input: Input,
    /// The columns that the path and the request's head determine, each with its value; `None` if only the parent row
    /// has it.
    given: Vec<(ColumnNumber, Option<Value>)>,
}

impl Shared {
    /// Inserts a row, and answers with its object and, in `Location`, its URI.
    pub(super) async fn create(
        &self,
        found: &Located<'_>,
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let WriteRequest {
            entered,
            selection,
            input,
            given,
        } = self.written(found, body, Verb::Create, request).await?;
        let mut changes = input.changes;
        for (column, value) in &given {
            if let Some(value) = value {
                changes.set(*column, Set::To(value.clone()));
            }
        }
        let references = references(&entered, &place.offer, &changes, (&given, true))?;
        let (objects, shown) = seen(&entered, found.place, &selection)?;
        let (_, parent) = entered.rows(found.place)?;
        let columns = shown.columns.clone();
        let create = Create {
            parent,
            inherited: entered.inherited_columns(found.place),
            changes,
            references,
            shown,
        };
        let created = place.ask(create, request.head).await?;
        let row = place.row_tag(&created, &columns, &selection);
        answer_created(place, &created, row.as_ref(), &objects, request)
    }

    /// Changes a row, and answers with its object.
    pub(super) async fn update(
        &self,
        (found, key, verb): (&Located<'_>, &str, Verb),
        body: Body,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let WriteRequest {
            entered,
            selection,
            input,
            given,
        } = self.written(found, body, verb, request).await?;
        let condition = entered
            .object(found.place, key)
            .ok_or_else(Error::no_such_object)?;
        unchanged(&entered, found.place, key, &input, request).await?;
        let mut known = given;
        let parts = place.key(key).unwrap_or_default().into_iter();
        known.extend(parts.map(|(column, part)| (column, Some(part))));
        let known = (&*known, false);
        let references = references(&entered, &place.offer, &input.changes, known)?;
        let (objects, shown) = seen(&entered, found.place, &selection)?;
        let columns = shown.columns.clone();
        let update = Update {
            condition,
            also: Vec::new(),
            precondition: place.precondition(request.head)?,
            changes: input.changes,
            references,
            shown,
        };
        let updated = place.ask(update, request.head).await?;
        let updated = updated.ok_or_else(Error::no_such_object)?;
        let row = place.row_tag(&updated, &columns, &selection);
        let document = writer(request.format).object(&updated, &objects)?;
        let tag = tag(&document, row.as_ref(), request);
        let mut response = response::document(document, place.is_private());
        response::vary(&mut response, &place.vary);
        response::tagged(&mut response, tag);
        Ok(response)
    }

    /// Reads the query string and the body of a request to write, and reports the faults of both together. Only without
    /// such faults is an invalid key on the path reported.
    async fn written<'s>(
        &'s self,
        found: &Located<'_>,
        body: Body,
        verb: Verb,
        request: &Request<'s>,
    ) -> Result<WriteRequest<'s>> {
        let place = self.place(found.place)?;
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        let content = Content::read(request.head, body, &place.offer.limits).await?;
        let selection = params::object(request.query, &place.offer, &visibility);
        let entered = visibility.enter(found);
        let given = given(entered.as_ref(), place, found.place);
        let path = (entered.as_ref(), &*given);
        let input = self.input(place, path, &content, verb, request);
        let (selection, input) = both(selection, input)?;
        Ok(WriteRequest {
            entered: entered.ok_or_else(Error::no_such_object)?,
            selection,
            input,
            given,
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
        match place.ask(delete, request.head).await? {
            true => Ok(response::no_content(place.is_private())),
            false => Err(Error::no_such_object()),
        }
    }

    /// Reads a body as changes of a place's rows.
    fn input(
        &self,
        place: &Place,
        (entered, given): (Option<&Entered<'_>>, &[(ColumnNumber, Option<Value>)]),
        content: &Content,
        verb: Verb,
        request: &Request<'_>,
    ) -> Result<Input> {
        let form = BodyForm {
            verb,
            offer: &place.offer,
            given,
            key_of: &|relation, link| self.key_of(relation, link, entered, request),
        };
        form.read(content)
    }

    /// Returns the key of the related row that `link` names. A link through another place gives `None` if its path
    /// determines other columns than that key.
    fn key_of(
        &self,
        relation: &Served,
        link: &str,
        entered: Option<&Entered<'_>>,
        request: &Request<'_>,
    ) -> Option<Vec<Value>> {
        let path = request.base.path_of(link)?;
        let target = self.routes.find(path)?;
        let Target::Object(found, segment) = &target else {
            return None;
        };
        let (place, to) = (self.place(found.place).ok()?, &relation.join.target);
        let (model, named) = (place.model(), entered?.named(found, segment)?);
        if (model.schema(), model.table()) != (to.schema(), to.table()) {
            return None;
        }
        let sql = |there: ColumnNumber| Some(&to.at(there)?.sql);
        let is_of_the_key = |(column, _): &(ColumnNumber, Value)| {
            let own = model.at(*column).map(|column| &column.sql);
            relation.join.there().any(|there| sql(there) == own)
        };
        if found.place != relation.place && !named.iter().all(is_of_the_key) {
            return None;
        }
        let value = |there: ColumnNumber| {
            let is_it = |column: ColumnNumber| model.at(column).map(|own| &own.sql) == sql(there);
            let part = named.iter().find(|(column, _)| is_it(*column));
            part.map(|(_, value)| value.clone())
        };
        relation.join.there().map(value).collect()
    }
}

/// Returns the columns that the path and the request determine. Their values are `None` if the path has an invalid key,
/// that is, without `entered`.
fn given(
    entered: Option<&Entered<'_>>,
    place: &Place,
    at: PlaceIndex,
) -> Vec<(ColumnNumber, Option<Value>)> {
    match (entered, &place.nesting) {
        (Some(entered), _) => entered.given_columns(at),
        (None, Some(nesting)) => nesting.join.here().map(|column| (column, None)).collect(),
        (None, None) => Vec::new(),
    }
}

/// Answers with a created object and, in `Location`, its URI.
fn answer_created(
    place: &Place,
    created: &Object,
    row: Option<&RowTag>,
    objects: &Objects,
    request: &Request<'_>,
) -> Result<Response<Body>> {
    let location = created.row().and_then(|row| objects.uri(row));
    let document = writer(request.format).object(created, objects)?;
    let tag = tag(&document, row, request);
    let mut response = response::with_status(StatusCode::CREATED, document, place.is_private());
    response::vary(&mut response, &place.vary);
    response::tagged(&mut response, tag);
    if let Some(location) = location {
        response::located(&mut response, &location);
    }
    Ok(response)
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

/// Returns how a written row is shown, and the question that reads it back, provided that the request may see the row.
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

/// Returns the related rows that must exist, and be visible, since `changes` set the columns of to-one relations to
/// their keys.
fn references(
    entered: &Entered<'_>,
    offer: &Offer,
    changes: &Changes,
    (given, is_new): (&[(ColumnNumber, Option<Value>)], bool),
) -> Result<Vec<Reference>> {
    let (mut references, mut faults) = (Vec::new(), Vec::new());
    let relations = offer.relations.iter();
    for relation in relations.filter(|one| one.is_set_by_columns()) {
        let here: Vec<_> = relation.join.here().collect();
        let is_set = |column: &ColumnNumber| matches!(changes.get(*column), Some(Set::To(_)));
        if !here.iter().any(is_set) {
            continue;
        }
        let names = here.iter().filter_map(|column| offer.model.at(*column));
        let member = match (names.clone().next(), here.len()) {
            (Some(column), 1) if !column.hidden => column.name().to_owned(),
            _ => relation.name.clone(),
        };
        let value = |column: &ColumnNumber| match changes.get(*column) {
            Some(set @ (Set::To(_) | Set::Null)) => Some(set.clone()),
            Some(Set::Default) => default_of(offer.model.at(*column)?),
            None => match given.iter().find(|(given, _)| given == column) {
                Some((_, given)) => given.clone().map(Set::To),
                None if is_new => default_of(offer.model.at(*column)?),
                None => None,
            },
        };
        let values: Vec<_> = here.iter().map(value).collect();
        let nulls = values.contains(&Some(Set::Null));
        let known = values.into_iter().map(|set| match set? {
            Set::To(value) => Some(value),
            Set::Null | Set::Default => None,
        });
        match known.collect::<Option<Vec<_>>>() {
            Some(key) => references.push(Reference {
                join: relation.join.clone(),
                key,
                visible: entered.row_filter(relation.place),
                member,
            }),
            // A key with a null refers to no row.
            None if nulls => {}
            None => {
                let names: Vec<_> = names.map(Column::name).collect();
                let detail = format!("`{}` are set together", names.join("`, `"));
                faults.push(Fault::member(&member, Code::Required, detail));
            }
        }
    }
    match faults.is_empty() {
        true => Ok(references),
        false => Err(Error::faults(faults)),
    }
}

/// Returns the column's value in a new row that omits it; `None` if the default is an expression that the database
/// evaluates.
fn default_of(column: &Column) -> Option<Set> {
    match &column.default {
        None => Some(Set::Null),
        Some(DefaultValue::Value(value)) => Some(Set::To(value.clone())),
        Some(DefaultValue::Sql(_)) => None,
    }
}

/// Checks that the members in `echoes`, which cannot be set, equal those of the object as it is shown now.
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
    let selection = params::object("", &place.offer, &**entered)?;
    let request = Request {
        format: Format::Json,
        query: "",
        ..*request
    };
    let (document, _) = object(entered, at, key, &selection, &request).await?;
    let failed = |error| Error::new(Code::Internal, SERVER_FAILED).with_source(error);
    let before: Json = serde_json::from_slice(&document.pieces.concat()).map_err(failed)?;
    let differs = |(name, sent): &&(String, String)| {
        let sent = serde_json::from_str::<Json>(sent).ok();
        sent.as_ref() != before.get(name)
    };
    let faults = input.echoes.iter().filter(differs).map(|(name, _)| {
        let detail = format!(
            "`{}` cannot be set; leave it out, or send it as it is shown",
            shown(name)
        );
        Fault::member(name, Code::ReadOnly, detail)
    });
    let faults: Vec<_> = faults.collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Error::faults(faults)),
    }
}
