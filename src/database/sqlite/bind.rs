//! Binding the values of a statement. If a value cannot be bound, the statement does not run.

use rusqlite::{
    CachedStatement,
    types::{ToSqlOutput, ValueRef},
};

use super::failure::Failure;
use crate::cell::Value;

/// The letters with which values as SQLite has sent them begin, by their storage class.
pub(super) const INTEGER: u8 = b'i';
pub(super) const REAL: u8 = b'r';
pub(super) const TEXT: u8 = b't';
pub(super) const BLOB: u8 = b'b';

/// Binds the values of a statement to its placeholders, in order.
pub(super) fn bind(values: &[Value], statement: &mut CachedStatement<'_>) -> Result<(), Failure> {
    if statement.parameter_count() != values.len() {
        let (takes, given) = (statement.parameter_count(), values.len());
        return Err(Failure::Mismatch(format!(
            "a statement takes {takes} values and is given {given}"
        )));
    }
    for (at, value) in (1..).zip(values) {
        let stored = stored(value).ok_or_else(|| {
            Failure::Mismatch(format!("SQLite stores no value such as {value:?}"))
        })?;
        statement.raw_bind_parameter(at, ToSqlOutput::Borrowed(stored))?;
    }
    Ok(())
}

/// Returns the value as SQLite stores it; `None` if SQLite cannot store it. Timestamps and UUIDs are already texts or
/// bytes here, as the statement was built with them.
fn stored(value: &Value) -> Option<ValueRef<'_>> {
    Some(match value {
        Value::Boolean(value) => ValueRef::Integer(i64::from(*value)),
        Value::Integer(value) => ValueRef::Integer(*value),
        Value::Unsigned(value) => ValueRef::Integer(i64::try_from(*value).ok()?),
        Value::Float(value) => ValueRef::Real(*value),
        Value::Text(value) | Value::Decimal(value) => ValueRef::Text(value.as_bytes()),
        Value::Bytes(value) => ValueRef::Blob(value),
        Value::Stored(value) => return sent(value),
        Value::Date(_)
        | Value::Time(_)
        | Value::Timestamp(_)
        | Value::ZonedTimestamp(_)
        | Value::Infinite(_)
        | Value::Uuid(_) => return None,
    })
}

/// Returns a value that SQLite has sent, from its bytes after the letter of its storage class.
fn sent(value: &[u8]) -> Option<ValueRef<'_>> {
    let (class, bytes) = value.split_first()?;
    Some(match *class {
        INTEGER => ValueRef::Integer(i64::from_be_bytes(bytes.try_into().ok()?)),
        REAL => ValueRef::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
        TEXT => ValueRef::Text(bytes),
        BLOB => ValueRef::Blob(bytes),
        _ => return None,
    })
}
