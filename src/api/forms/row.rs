//! The forms that create and change one row.

use http::{HeaderValue, Method, Response, header};

use super::{
    super::{Request, Shared, no_route},
    SentForm, for_programs, is_about_the_form, page,
};
use crate::{
    body::Body,
    cell::{BODY_BYTES, Cell, Type, write_text},
    error::{Code, Error, Fault, Result, Where},
    etag::{RowTag, etag},
    model::{Column, ColumnNumber, DefaultValue},
    operation::{Head, Retrieve},
    params::PlaceIndex,
    payload::{Content, FieldRow, Verb, is_required},
    place::Place,
    representation::{Problem, RowField, RowForm},
    response,
    route::Located,
    visibility::{Entered, Visibility},
};

/// A row as it is stored: the text of each visible column, `None` for null, and the row's `ETag`.
struct StoredTexts {
    values: Vec<(ColumnNumber, Option<String>)>,
    tag: String,
}

impl Shared {
    /// Returns the page of the form that creates a row.
    pub(super) async fn creation(
        &self,
        found: &Located<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        let place = self.place(found.place)?;
        let value = |_: ColumnNumber, column: &Column| match &column.default {
            Some(DefaultValue::Value(value)) if !column.write_only => text(value.as_cell()),
            Some(DefaultValue::Value(_) | DefaultValue::Sql(_)) | None => String::new(),
        };
        let form = RowForm {
            is_new: true,
            fields: self.fields((place, found), &entered, Verb::Create, value),
            tag: None,
            problem: None,
            is_conflict: false,
        };
        let document = self.writers.html().row_form(&form, &self.around(request))?;
        Ok(page(document, None))
    }

    /// Creates a row by its form, and leads to its object.
    pub(super) async fn create_by(
        &self,
        found: &Located<'_>,
        sent: SentForm,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let row = sent.fields.iter().filter_map(|(name, text)| {
            let column = place.member(name);
            let is_kept = column.is_none_or(|column| !text.is_empty() || must_be_sent(column));
            is_kept.then(|| (name.clone(), Some(text.clone())))
        });
        let content = Content::Rows(vec![row.collect()], false);
        let as_program = for_programs(request, request.head);
        let created = self.create(found, content.into(), &as_program).await;
        let error = match created {
            Ok(created) => {
                let list = self.around(request).uri;
                let location = created.headers().get(header::LOCATION);
                let location = location.and_then(|location| location.to_str().ok());
                return Ok(response::see_other(location.unwrap_or(&list)));
            }
            Err(error) => error,
        };
        if !is_about_the_form(&error) {
            return Err(error);
        }
        let entered = self.entered(found, request).await?;
        let value =
            |_: ColumnNumber, column: &Column| sent.field(&column.name).unwrap_or_default().to_owned();
        let mut fields = self.fields((place, found), &entered, Verb::Create, value);
        set_faults(&mut fields, &error);
        let form = RowForm {
            is_new: true,
            fields,
            tag: None,
            problem: Some(Problem::of(&error)),
            is_conflict: false,
        };
        let document = self.writers.html().row_form(&form, &self.around(request))?;
        Ok(page(document, Some(&error)))
    }

    /// Returns the page of the form that changes a row.
    pub(super) async fn edition(
        &self,
        found: &Located<'_>,
        key: &str,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        let place = self.place(found.place)?;
        let stored = stored(&entered, found.place, key, request.head).await?;
        let form = RowForm {
            is_new: false,
            fields: self.fields((place, found), &entered, Verb::Change, |number, _| {
                stored.text(number)
            }),
            tag: Some(stored.tag.clone()),
            problem: None,
            is_conflict: false,
        };
        let document = self.writers.html().row_form(&form, &self.around(request))?;
        Ok(page(document, None))
    }

    /// Changes a row by its form, and leads to its object. Only what differs from the row that the form showed is set.
    pub(super) async fn edit_by(
        &self,
        (found, key): (&Located<'_>, &str),
        sent: SentForm,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let entered = self.entered(found, request).await?;
        let before = stored(&entered, found.place, key, request.head).await?;
        let shown = sent.added("tag").unwrap_or(&before.tag).to_owned();
        let row = changed(place, &sent, &before);
        let object = self.around(request).uri;
        if row.is_empty() && shown == before.tag {
            return Ok(response::see_other(&object));
        }
        let head = with_tag(request.head, Method::PATCH, Some(&shown));
        let content = Content::Rows(vec![row], false);
        let as_program = for_programs(request, &head);
        let change = (found, key, Verb::Change);
        let error = match self.update(change, content.into(), &as_program).await {
            Ok(_) => return Ok(response::see_other(&object)),
            Err(error) if is_about_the_form(&error) => error,
            Err(error) => return Err(error),
        };
        let is_conflict = error.code() == Code::PreconditionFailed;
        let now = match is_conflict {
            true => stored(&entered, found.place, key, request.head).await?,
            false => before,
        };
        let value = |number: ColumnNumber, column: &Column| {
            let typed = sent.field(&column.name).map(str::to_owned);
            typed.unwrap_or_else(|| now.text(number))
        };
        let mut fields = self.fields((place, found), &entered, Verb::Change, value);
        set_faults(&mut fields, &error);
        if is_conflict {
            set_theirs(&mut fields, place, &now);
        }
        let form = RowForm {
            is_new: false,
            fields,
            tag: Some(if is_conflict { now.tag } else { shown }),
            problem: Some(Problem::of(&error)),
            is_conflict,
        };
        let document = self.writers.html().row_form(&form, &self.around(request))?;
        Ok(page(document, Some(&error)))
    }

    /// Returns the path of a request, entered with what it may see.
    pub(super) async fn entered<'s>(
        &'s self,
        found: &Located<'_>,
        request: &Request<'s>,
    ) -> Result<Entered<'s>> {
        let visibility = Visibility::of(&self.places, request.base, found, request.head).await?;
        visibility.enter(found).ok_or_else(Error::no_such_object)
    }

    /// Returns the fields of a form: one for each column that a client may set. `value` returns the text of each.
    fn fields<'s>(
        &'s self,
        (place, found): (&'s Place, &Located<'_>),
        entered: &Entered<'_>,
        verb: Verb,
        value: impl Fn(ColumnNumber, &Column) -> String,
    ) -> Vec<RowField<'s>> {
        let (model, offer) = (place.model(), &place.offer);
        let given = entered.given_columns(found.place);
        let is_key = |number: &ColumnNumber| {
            model.primary_key().contains(number) || offer.url_key.contains(number)
        };
        let is_free = |number: ColumnNumber, column: &Column| {
            let is_fixed = verb != Verb::Create && (column.create_only || is_key(&number));
            column.is_member()
                && !column.read_only
                && !is_fixed
                && !given.iter().any(|(given, _)| *given == number)
        };
        let free = model.numbered();
        let free = free.filter(|(number, column)| is_free(*number, column));
        free.map(|(number, column)| RowField {
            column,
            is_required: match verb {
                Verb::Create | Verb::Replace => is_required(model, number, column),
                Verb::Change => !column.nullable && !column.write_only,
            },
            value: value(number, column),
            fault: None,
            theirs: None,
            refers_to: self.refers_to(place, number),
        })
        .collect()
    }

    /// Returns the name of the model whose rows a column alone refers to.
    fn refers_to<'s>(&self, place: &'s Place, number: ColumnNumber) -> Option<&'s str> {
        let mut relations = place.offer.relations.iter();
        let relation = relations.find(|relation| {
            let mut here = relation.join.here();
            relation.is_set_by_columns() && here.next() == Some(number) && here.next().is_none()
        });
        relation.map(|relation| relation.join.target.name())
    }
}

impl Place {
    fn member(&self, name: &str) -> Option<&Column> {
        let model = self.model();
        model.member(name).and_then(|number| model.at(number))
    }
}

impl StoredTexts {
    fn value(&self, number: ColumnNumber) -> Option<&Option<String>> {
        let mut values = self.values.iter();
        values
            .find(|(known, _)| *known == number)
            .map(|(_, value)| value)
    }

    fn text(&self, number: ColumnNumber) -> String {
        self.value(number).cloned().flatten().unwrap_or_default()
    }
}

/// Reads a row as it is stored, as far as the request may see it.
async fn stored(
    entered: &Entered<'_>,
    at: PlaceIndex,
    key: &str,
    head: &Head,
) -> Result<StoredTexts> {
    let place = entered.place(at).ok_or_else(no_route)?;
    let model = place.model();
    let condition = entered.object(at, key).ok_or_else(Error::no_such_object)?;
    let visible = model.numbered().filter(|(_, column)| !column.hidden);
    let columns: Vec<_> = visible.map(|(number, _)| number).collect();
    let retrieve = Retrieve {
        most_bytes: place.offer.limits.page_bytes,
        ..Retrieve::new(condition, columns.clone())
    };
    let object = place.ask(retrieve, head).await?;
    let object = object.ok_or_else(Error::no_such_object)?;
    let row = object.row().ok_or_else(Error::no_such_object)?;
    let tag = RowTag::of(model, row, &columns, &columns);
    let tag = etag(tag.as_ref(), "html", [&b""[..]]);
    let tag = tag.as_ref().and_then(|tag| tag.to_str().ok());
    let values = columns.iter().enumerate().map(|(at, number)| {
        let cell = row.cell(at);
        (*number, (cell != Cell::Null).then(|| text(cell)))
    });
    Ok(StoredTexts {
        values: values.collect(),
        tag: tag.unwrap_or_default().to_owned(),
    })
}

/// Returns the fields whose texts differ from the stored row; an empty one is null where the column may be.
fn changed(place: &Place, sent: &SentForm, before: &StoredTexts) -> FieldRow {
    let mut row = FieldRow::new();
    for (name, text) in &sent.fields {
        let number = place.model().member(name);
        let column = number.and_then(|number| place.model().at(number));
        let (Some(number), Some(column)) = (number, column) else {
            row.push((name.clone(), Some(text.clone())));
            continue;
        };
        let is_same = match before.value(number) {
            Some(stored) => {
                let stored = stored.as_deref().unwrap_or_default();
                stored == text || stored.replace("\r\n", "\n") == *text
            }
            // A write-only column: what is not typed stays as it is.
            None => text.is_empty(),
        };
        if !is_same {
            let is_null = text.is_empty() && column.nullable;
            row.push((name.clone(), (!is_null).then(|| text.clone())));
        }
    }
    row
}

/// Whether an empty field of a new row is sent, as an empty text: the column takes one, and has no other value.
fn must_be_sent(column: &Column) -> bool {
    column.ty == Type::Text && !column.nullable && column.default.is_none()
}

/// Returns the head of the request that a form stands for, with the tag that the row must have.
pub(super) fn with_tag(head: &Head, method: Method, tag: Option<&str>) -> Head {
    let mut parts = (**head).clone();
    parts.method = method;
    parts.headers.remove(header::IF_NONE_MATCH);
    parts.headers.remove(header::IF_MATCH);
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(tag).ok()) {
        parts.headers.insert(header::IF_MATCH, tag);
    }
    Head::new(parts)
}

/// Puts each fault of an error beside the field that it is about.
fn set_faults(fields: &mut [RowField<'_>], error: &Error) {
    for field in fields {
        let own = Where::member(&field.column.name);
        let faults = error.parameter_faults().iter();
        let faults = faults.filter(|fault: &&Fault| fault.at == own);
        let details: Vec<_> = faults.map(|fault| fault.detail.as_str()).collect();
        field.fault = (!details.is_empty()).then(|| details.join("; "));
    }
}

/// Shows the stored value beside each field that somebody else changed.
fn set_theirs(fields: &mut [RowField<'_>], place: &Place, now: &StoredTexts) {
    for field in fields {
        let number = place.model().member(&field.column.name);
        let stored = number.and_then(|number| now.value(number));
        let stored = stored.map(|stored| stored.clone().unwrap_or_default());
        field.theirs = stored.filter(|stored| *stored != field.value);
    }
}

fn text(cell: Cell<'_>) -> String {
    let mut out = Vec::new();
    write_text(cell, BODY_BYTES, &mut out);
    String::from_utf8(out).unwrap_or_default()
}
