//! The forms that create and change one row.

use http::{Method, Response, header};

use super::{
    super::{Request, Shared},
    LookUpStep, SentForm, for_programs, is_about_the_form, page,
    shown::digest,
    stored::{StoredTexts, changed, require_parent, stored, with_tag},
};
use crate::{
    body::Body,
    cell::Type,
    error::{Code, Error, Fault, Result, Where},
    model::{Column, ColumnNumber, DefaultValue},
    params::PlaceIndex,
    payload::{Content, Verb, is_required},
    place::Place,
    representation::{Meanwhile, Problem, RowField, RowForm},
    response,
    route::Located,
    visibility::{Entered, Visibility},
};

/// The state of a form in which a row may have been looked up.
enum LookedUp {
    /// The form asks for none.
    Nothing,
    /// It goes on with this page.
    Page(Response<Body>),
    /// The form goes on.
    Over,
}

/// The version of a row that a form changes.
enum Version<'a> {
    /// The one that the form showed.
    Sent(&'a SentForm),
    Stored(&'a StoredTexts),
}

impl Shared {
    /// Returns the page of the form that creates a row.
    pub(super) async fn creation(
        &self,
        found: &Located<'_>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        require_parent(&entered, found, request.head).await?;
        self.creation_of(found, None, None, request).await
    }

    /// Creates a row by its form, and leads to its object.
    pub(super) async fn create_by(
        &self,
        found: &Located<'_>,
        mut sent: SentForm,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        match self.looked_up(found, &mut sent, "create", request).await? {
            LookedUp::Nothing => {}
            LookedUp::Page(page) => return Ok(page),
            LookedUp::Over => return self.creation_of(found, Some(&sent), None, request).await,
        }
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
        self.creation_of(found, Some(&sent), Some(&error), request)
            .await
    }

    /// Returns the page of the form that creates a row: with what was typed, or with the defaults before it was sent; and
    /// why it was refused.
    async fn creation_of(
        &self,
        found: &Located<'_>,
        sent: Option<&SentForm>,
        error: Option<&Error>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        let place = self.place(found.place)?;
        let value = |_: ColumnNumber, column: &Column| match sent {
            Some(sent) => sent.field(&column.name).unwrap_or_default().to_owned(),
            None => default_text(column),
        };
        let mut fields = place.fields(found.place, &entered, Verb::Create, value);
        set_faults(&mut fields, error);
        let form = RowForm {
            is_new: true,
            fields,
            tag: None,
            problem: error.map(Problem::of),
            is_conflict: false,
        };
        let document = self.writers.html().row_form(&form, &self.around(request))?;
        Ok(page(document, error))
    }

    /// Returns the page of the form that changes a row.
    pub(super) async fn edition(
        &self,
        found: &Located<'_>,
        key: &str,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let entered = self.entered(found, request).await?;
        let stored = stored(&entered, found.place, key, request.head).await?;
        self.edition_of(
            (found, &entered),
            &SentForm::default(),
            &stored,
            None,
            request,
        )
    }

    /// Changes a row by its form, and leads to its object. Only what differs from the row that the form showed is set.
    pub(super) async fn edit_by(
        &self,
        (found, key): (&Located<'_>, &str),
        mut sent: SentForm,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let looked_up = self.looked_up(found, &mut sent, "edit", request).await?;
        let is_over = match looked_up {
            LookedUp::Nothing => false,
            LookedUp::Page(page) => return Ok(page),
            LookedUp::Over => true,
        };
        let entered = self.entered(found, request).await?;
        let before = stored(&entered, found.place, key, request.head).await?;
        if is_over {
            return self.edition_of((found, &entered), &sent, &before, None, request);
        }
        let shown = sent.tag().unwrap_or(&before.tag).to_owned();
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
        self.edition_of((found, &entered), &sent, &now, Some(&error), request)
    }

    /// Returns the page of the form that changes a row, with what was typed, and why it was refused. `now` is the row as
    /// it is stored.
    fn edition_of(
        &self,
        (found, entered): (&Located<'_>, &Entered<'_>),
        sent: &SentForm,
        now: &StoredTexts,
        error: Option<&Error>,
        request: &Request<'_>,
    ) -> Result<Response<Body>> {
        let place = self.place(found.place)?;
        let is_conflict = error.is_some_and(|error| error.code() == Code::PreconditionFailed);
        let value = |number: ColumnNumber, column: &Column| {
            let is_kept = !(is_conflict && sent.is_untouched(&column.name));
            let typed = sent.field(&column.name).filter(|_| is_kept);
            typed.map_or_else(|| now.text(number), str::to_owned)
        };
        let mut fields = place.fields(found.place, entered, Verb::Change, value);
        set_faults(&mut fields, error);
        let shown = sent.tag().filter(|_| !is_conflict);
        let version = shown.map_or(Version::Stored(now), |_| Version::Sent(sent));
        set_shown(&mut fields, place, &version);
        if is_conflict {
            set_meanwhile(&mut fields, place, sent, now);
        }
        let form = RowForm {
            is_new: false,
            fields,
            tag: Some(shown.unwrap_or(&now.tag).to_owned()),
            problem: error.map(Problem::of),
            is_conflict,
        };
        let document = self.writers.html().row_form(&form, &self.around(request))?;
        Ok(page(document, error))
    }

    /// Goes on with the look-up of a row that a form asks for, and puts the chosen key into the form.
    async fn looked_up(
        &self,
        found: &Located<'_>,
        sent: &mut SentForm,
        action: &str,
        request: &Request<'_>,
    ) -> Result<LookedUp> {
        let Some((column, step)) = sent.look_up() else {
            return Ok(LookedUp::Nothing);
        };
        match step {
            LookUpStep::Show => {
                let page = self.look_up(found, sent, (column, action), request);
                return Ok(LookedUp::Page(page.await?));
            }
            LookUpStep::Choose(key) => {
                let (column, key) = (column.to_owned(), key.to_owned());
                sent.set(&column, key);
            }
            LookUpStep::Cancel => {}
        }
        Ok(LookedUp::Over)
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
}

impl Place {
    /// Returns the fields of a form: one for each column that a client may set. `value` returns the text of each.
    fn fields(
        &self,
        at: PlaceIndex,
        entered: &Entered<'_>,
        verb: Verb,
        value: impl Fn(ColumnNumber, &Column) -> String,
    ) -> Vec<RowField<'_>> {
        let (model, offer) = (self.model(), &self.offer);
        let given = entered.given_columns(at);
        let is_key = |number: &ColumnNumber| {
            model.primary_key().contains(number) || offer.url_key.contains(number)
        };
        let is_free = |number: ColumnNumber, column: &Column| {
            let is_fixed = verb != Verb::Create && (column.create_only || is_key(&number));
            column.is_member()
                && !column.read_only
                // The page itself sends fields of this name.
                && column.name() != "_form"
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
            shown: None,
            meanwhile: None,
            refers_to: self
                .relation_by(column.name())
                .map(|relation| relation.join.target.name()),
        })
        .collect()
    }

    fn member(&self, name: &str) -> Option<&Column> {
        let model = self.model();
        model.member(name).and_then(|number| model.at(number))
    }
}

/// Returns the text of a column's default; empty for one that the database computes, or that is not shown.
fn default_text(column: &Column) -> String {
    match &column.default {
        Some(DefaultValue::Value(value)) if !column.write_only => value.as_cell().to_string(),
        Some(DefaultValue::Value(_) | DefaultValue::Sql(_)) | None => String::new(),
    }
}

/// Whether an empty field of a new row is sent, as an empty text: the column takes one, and has no other value.
fn must_be_sent(column: &Column) -> bool {
    column.ty == Type::Text && !column.nullable && column.default.is_none()
}

/// Puts each fault of an error beside the field that it is about.
fn set_faults(fields: &mut [RowField<'_>], error: Option<&Error>) {
    let Some(error) = error else {
        return;
    };
    for field in fields {
        let own = Where::member(&field.column.name);
        let faults = error.parameter_faults().iter();
        let faults = faults.filter(|fault: &&Fault| fault.at == own);
        let details: Vec<_> = faults.map(|fault| fault.detail.as_str()).collect();
        field.fault = (!details.is_empty()).then(|| details.join("; "));
    }
}

/// Puts into each field the digest of what it has in the version of the row that is changed.
fn set_shown(fields: &mut [RowField<'_>], place: &Place, version: &Version<'_>) {
    for field in fields {
        let name = field.column.name();
        field.shown = match version {
            Version::Sent(sent) => sent.shown(name).map(str::to_owned),
            Version::Stored(now) => {
                let number = place.model().member(name);
                number.map(|number| digest(&now.text(number)))
            }
        };
    }
}

/// Says beside each field what somebody else did to it.
fn set_meanwhile(fields: &mut [RowField<'_>], place: &Place, sent: &SentForm, now: &StoredTexts) {
    for field in fields {
        let name = field.column.name();
        let number = place.model().member(name);
        let Some(stored) = number.and_then(|number| now.value(number)) else {
            continue;
        };
        let stored = stored.clone().unwrap_or_default();
        let digest_now = digest(&stored);
        let is_changed = sent.shown(name).is_some_and(|shown| shown != digest_now);
        field.meanwhile = if digest(&field.value) != digest_now {
            Some(Meanwhile::Differs(stored))
        } else if is_changed && sent.is_untouched(name) {
            Some(Meanwhile::TakenOver)
        } else {
            None
        };
    }
}
