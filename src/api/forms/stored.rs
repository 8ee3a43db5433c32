//! A row as it is stored, for the form that changes it.

use http::{HeaderValue, Method, header};

use super::{super::no_route, SentForm, shown::as_sent_back};
use crate::{
    cell::Cell,
    error::{Error, Result},
    etag::{RowTag, etag},
    model::ColumnNumber,
    operation::{Head, Retrieve},
    params::PlaceIndex,
    payload::FieldRow,
    place::Place,
    route::Located,
    visibility::Entered,
};

/// A row as it is stored: the text of each visible column, `None` for null, and the row's `ETag`.
pub(super) struct StoredTexts {
    values: Vec<(ColumnNumber, Option<String>)>,
    pub(super) tag: String,
}

impl StoredTexts {
    pub(super) fn value(&self, number: ColumnNumber) -> Option<&Option<String>> {
        let mut values = self.values.iter();
        values
            .find(|(known, _)| *known == number)
            .map(|(_, value)| value)
    }

    pub(super) fn text(&self, number: ColumnNumber) -> String {
        self.value(number).cloned().flatten().unwrap_or_default()
    }
}

/// Reads a row as it is stored, as far as the request may see it.
pub(super) async fn stored(
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
    let values = columns.iter().enumerate().map(|(at, number)| {
        let cell = row.cell(at);
        (*number, (cell != Cell::Null).then(|| cell.to_string()))
    });
    Ok(StoredTexts {
        values: values.collect(),
        tag: tag_text(tag.as_ref()),
    })
}

/// Checks that the request may see the object that a list is nested under.
///
/// # Errors
///
/// [`Code::NotFound`](crate::error::Code::NotFound) if there is no such object.
pub(super) async fn require_parent(
    entered: &Entered<'_>,
    found: &Located<'_>,
    head: &Head,
) -> Result<()> {
    match found.above.last() {
        Some((at, key)) => require_object(entered, *at, key, head).await,
        None => Ok(()),
    }
}

/// Checks that the request may see an object.
///
/// # Errors
///
/// [`Code::NotFound`](crate::error::Code::NotFound) if there is no such object.
pub(super) async fn require_object(
    entered: &Entered<'_>,
    at: PlaceIndex,
    key: &str,
    head: &Head,
) -> Result<()> {
    let place = entered.place(at).ok_or_else(no_route)?;
    let condition = entered.object(at, key).ok_or_else(Error::no_such_object)?;
    // A statement must read at least one column; a model without a key is ordered by others.
    let columns = place.model().last_order().iter().take(1).copied().collect();
    let object = place.ask(Retrieve::new(condition, columns), head).await?;
    object.map(drop).ok_or_else(Error::no_such_object)
}

/// Returns the text of a row's `ETag`, which a form sends back. It needs no part for the document.
pub(super) fn tag_text(tag: Option<&RowTag>) -> String {
    let tag = etag(tag, "html", [&b""[..]]);
    let text = tag.as_ref().and_then(|tag| tag.to_str().ok());
    text.unwrap_or_default().to_owned()
}

/// Returns the fields whose texts differ from the stored row; an empty one is null where the column may be.
pub(super) fn changed(place: &Place, sent: &SentForm, before: &StoredTexts) -> FieldRow {
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
                stored == text || as_sent_back(stored) == *text
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

/// Returns the head of the request that a form stands for, with the tag that the row must have.
pub(super) fn with_tag(head: &Head, method: Method, tag: Option<&str>) -> Head {
    let mut parts = (**head).clone();
    parts.method = method;
    parts.headers.remove(header::IF_NONE_MATCH);
    parts.headers.remove(header::IF_MATCH);
    if let Some(tag) = tag {
        // No row has the empty tag, which stands for one that is damaged.
        let damaged = HeaderValue::from_static("\"\"");
        let tag = HeaderValue::from_str(tag).unwrap_or(damaged);
        parts.headers.insert(header::IF_MATCH, tag);
    }
    Head::new(parts)
}
