//! The table in which answers are stored, and its rows.

use std::{
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sea_query::{ColumnDef, Table};

use super::{keeping::KeptAnswer, keyed::KeyedRequest};
use crate::{
    cell::{Cell, Row, Value},
    error::{Code, Error, Result, SERVER_FAILED},
    model::{ColumnNumber, Model},
    operation::{Changes, Object, Set},
    predicate::{Operator, Predicate},
};

/// The name of the table.
pub(crate) const TABLE: &str = "tower_rest_idempotency";

/// The model of the table: one for the whole process, since statements are cached by model.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let table = Table::create()
        .table(TABLE)
        .col(ColumnDef::new("id").string_len(64).primary_key().not_null())
        .col(ColumnDef::new("fingerprint").string_len(64).not_null())
        .col(ColumnDef::new("status").integer().not_null())
        .col(ColumnDef::new("headers").text().not_null())
        .col(ColumnDef::new("body").blob().not_null())
        .col(ColumnDef::new("expires_at").big_integer().not_null())
        .to_owned();
    Model::from_table("Idempotency", &table)
});

/// Returns the model of the table.
pub(crate) fn model() -> &'static Model {
    &MODEL
}

/// Returns all columns of the table.
pub(crate) fn columns() -> Vec<ColumnNumber> {
    model().numbered().map(|(column, _)| column).collect()
}

/// Returns the condition that the id of a row is one of `ids`.
pub(crate) fn has_id(ids: impl IntoIterator<Item = String>) -> Predicate {
    let ids: Vec<_> = ids.into_iter().map(Value::Text).collect();
    let key = model().primary_key().iter();
    let is_one = |column: &ColumnNumber| Predicate::In {
        column: *column,
        values: ids.clone(),
    };
    Predicate::Any(key.map(is_one).collect())
}

/// Returns the condition that a row has expired.
pub(crate) fn expired() -> Predicate {
    let column = model().stored("expires_at").into_iter();
    let is_past = |column| Predicate::Compare {
        column,
        operator: Operator::LessOrEqual,
        value: Value::Integer(seconds(Duration::ZERO)),
    };
    Predicate::Any(column.map(is_past).collect())
}

/// Returns the row in which an answer is stored.
pub(crate) fn row(keyed: &KeyedRequest, kept: &KeptAnswer) -> Changes {
    let values = [
        Value::Text(keyed.id().to_owned()),
        Value::Text(keyed.fingerprint().to_owned()),
        Value::Integer(kept.status.as_u16().into()),
        Value::Text(text_of(&kept.headers)),
        Value::Bytes(kept.body.to_vec()),
        Value::Integer(seconds(keyed.lifetime())),
    ];
    let mut row = Changes::new(model());
    for (column, value) in columns().into_iter().zip(values) {
        row.put(column, Set::To(value));
    }
    row
}

/// Returns the answer in a row that was found by a request's key; `None` if it has expired.
///
/// # Errors
///
/// [`Code::IdempotencyMismatch`] when the stored answer is that of another request.
pub(crate) fn read(found: &Object, keyed: &KeyedRequest) -> Result<Option<KeptAnswer>> {
    let cells = found.row().into_iter().flat_map(Row::cells);
    let values: Vec<_> = cells.map(Cell::to_value).collect();
    let [
        _,
        Some(Value::Text(fingerprint)),
        Some(Value::Integer(status)),
        Some(Value::Text(headers)),
        Some(Value::Bytes(body)),
        Some(Value::Integer(expires_at)),
    ] = values.as_slice()
    else {
        return Err(damaged());
    };
    if *expires_at <= seconds(Duration::ZERO) {
        keyed.replace();
        return Ok(None);
    }
    if *fingerprint != keyed.fingerprint() {
        return Err(KeyedRequest::mismatch());
    }
    let status = u16::try_from(*status).ok();
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    Ok(Some(KeptAnswer {
        status: status.ok_or_else(damaged)?,
        headers: headers_in(headers).ok_or_else(damaged)?,
        body: body.clone().into(),
    }))
}

/// Returns the moment `from_now` later than now, in seconds since the beginning of 1970.
fn seconds(from_now: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let moment = now.unwrap_or_default().saturating_add(from_now);
    i64::try_from(moment.as_secs()).unwrap_or(i64::MAX)
}

/// Returns headers as text, each on a line of its own.
fn text_of(headers: &HeaderMap) -> String {
    let mut text = String::new();
    for (name, value) in headers {
        text.push_str(name.as_str());
        text.push_str(": ");
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
        text.push('\n');
    }
    text
}

fn headers_in(text: &str) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in text.lines() {
        let (name, value) = line.split_once(": ")?;
        let name = HeaderName::try_from(name).ok()?;
        // It fails where there are more names than a map of headers takes.
        headers
            .try_append(name, HeaderValue::try_from(value).ok()?)
            .ok()?;
    }
    Some(headers)
}

fn damaged() -> Error {
    let source = format!("a row of `{TABLE}` is not as it was written");
    Error::new(Code::Internal, SERVER_FAILED).with_source(source)
}
