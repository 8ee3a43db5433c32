//! Values as the arguments of a statement. Every one is bound or the statement does not run.

use sqlx::{Arguments, error::BoxDynError, sqlite::SqliteArguments};

use crate::cell::Value;

/// The arguments for the values of a statement, in order.
pub(super) fn arguments(values: Vec<Value>) -> Result<SqliteArguments, BoxDynError> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Boolean(value) => arguments.add(i64::from(value))?,
            Value::Integer(value) => arguments.add(value)?,
            Value::Unsigned(value) => arguments.add(i64::try_from(value)?)?,
            Value::Float(value) => arguments.add(value)?,
            Value::Text(value) | Value::Decimal(value) => arguments.add(value)?,
            Value::Bytes(value) => arguments.add(value)?,
            value @ (Value::Date(_)
            | Value::Time(_)
            | Value::Timestamp(_)
            | Value::ZonedTimestamp(_)
            | Value::Uuid(_)) => {
                return Err(format!("SQLite stores {value:?} as text or bytes").into());
            }
        }
    }
    Ok(arguments)
}
