//! Binding the values of a statement. If a value cannot be bound, the statement does not run.

use rusqlite::{
    CachedStatement,
    types::{ToSqlOutput, ValueRef},
};

use super::failure::Failure;
use crate::cell::Value;

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
        Value::Date(_)
        | Value::Time(_)
        | Value::Timestamp(_)
        | Value::ZonedTimestamp(_)
        | Value::Infinite(_)
        | Value::Uuid(_) => return None,
    })
}
