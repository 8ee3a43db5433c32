//! Reading the members of a body as values of columns.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Content, column, fault::malformed, fields, json};
use crate::{
    cell::{Type, object_members},
    error::{Code, Error, Result, shown},
    model::Column,
    operation::Set,
};

/// A member's value, as it was sent.
pub(super) enum Sent<'a> {
    Json(&'a RawValue),
    /// A member of a JSON merge patch. If its column holds JSON, an object here changes single members of the stored
    /// document.
    Patch(&'a RawValue),
    Text(Cow<'a, str>),
    Null,
}

/// Returns the members of a body.
pub(super) fn members(content: &Content) -> Result<Vec<(Cow<'_, str>, Sent<'_>)>> {
    let of_object =
        |members: Option<_>| members.ok_or_else(|| malformed("the body must be a JSON object"));
    match content {
        Content::Absent => Err(malformed(
            "the body is missing: send a JSON object with `Content-Type: application/json`",
        )),
        Content::Json(bytes, depth) => {
            json::check(bytes, *depth)?;
            of_object(json_members(bytes))
        }
        Content::MergePatch(bytes, depth) => {
            json::check(bytes, *depth)?;
            let members = object_members(bytes).map(Vec::into_iter);
            of_object(members.map(|all| all.map(|(name, raw)| (name, Sent::Patch(raw))).collect()))
        }
        Content::Rows(rows, _) => of_row(rows.first().map_or(&[], Vec::as_slice)),
        Content::Form(bytes) => {
            let fields = fields::read(bytes)?.into_iter();
            Ok(fields
                .map(|(name, text)| (name, Sent::Text(text)))
                .collect())
        }
    }
}

/// Returns the members of a JSON object; `None` if `bytes` is another JSON value.
pub(super) fn json_members(bytes: &[u8]) -> Option<Vec<(Cow<'_, str>, Sent<'_>)>> {
    let members = object_members(bytes)?.into_iter();
    Some(members.map(|(name, raw)| (name, Sent::Json(raw))).collect())
}

/// Returns the members of a row of a form of the web pages; a field that is given twice is an error.
pub(super) fn of_row(row: &[(String, Option<String>)]) -> Result<Vec<(Cow<'_, str>, Sent<'_>)>> {
    Error::of_any(fields::repeated(row.iter().map(|(name, _)| name.as_str())))?;
    let members = row.iter().map(|(name, text)| {
        let sent = text.as_deref().map(|text| Sent::Text(Cow::Borrowed(text)));
        (Cow::Borrowed(name.as_str()), sent.unwrap_or(Sent::Null))
    });
    Ok(members.collect())
}

/// Reads a member as the value of a column.
pub(super) fn column_value(column: &Column, sent: &Sent<'_>) -> Result<Set, (Code, String)> {
    let name = || shown(&column.name);
    // In a JSON column that is NOT NULL, `null` means the JSON document `null`. In a merge patch, `null` removes the
    // document.
    let is_document = column.ty == Type::Json && !column.nullable;
    let merges = |raw: &RawValue| column.ty == Type::Json && raw.get().starts_with('{');
    let read = match sent {
        Sent::Json(raw) if raw.get() == "null" && !is_document => None,
        Sent::Patch(raw) if raw.get() == "null" => None,
        Sent::Null => None,
        Sent::Json(raw) | Sent::Patch(raw) => Some(column::of_json(column, raw.get())),
        Sent::Text(text) if text.is_empty() && !column.takes_empty() => None,
        Sent::Text(text) => Some(column::of_text(column, text)),
    };
    match (read, sent) {
        (None, _) if column.nullable => Ok(Set::Null),
        (None, _) => Err((Code::Null, format!("`{}` cannot be null", name()))),
        (Some(Ok(_)), Sent::Patch(raw)) if merges(raw) => Ok(Set::Merge(raw.get().to_owned())),
        (Some(Ok(value)), _) => Ok(Set::To(value)),
        (Some(Err(words)), _) => Err((Code::InvalidValue, format!("`{}` takes {words}", name()))),
    }
}
