//! Binding the values of a statement, in PostgreSQL's binary format.
//!
//! Texts and decimals are bound without a type: the server infers it from the comparison, so that an enum, a `varchar`
//! with an index, and a domain are compared as their own types.

use sqlx::{
    Arguments as _, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, types::Oid},
};

use super::super::server::Failure;
use crate::cell::{InfiniteKind as Kind, Value};

/// Returns the values of a statement as arguments for its placeholders, in order.
pub(super) fn arguments(values: &[Value]) -> Result<PgArguments, Failure> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), values.len() * 16);
    for value in values {
        let added = arguments.add(Bound(value));
        added.map_err(|error| {
            Failure::Mismatch(format!("PostgreSQL takes no {value:?}: {error}"))
        })?;
    }
    Ok(arguments)
}

struct Bound<'a>(&'a Value);

impl Bound<'_> {
    const fn oid(&self) -> u32 {
        match self.0 {
            Value::Boolean(_) => 16,
            Value::Bytes(_) => 17,
            Value::Integer(_) | Value::Unsigned(_) => 20,
            Value::Float(_) => 701,
            Value::Infinite(infinite) => match infinite.kind() {
                Kind::Date => 1082,
                Kind::Timestamp => 1114,
                Kind::ZonedTimestamp => 1184,
            },
            Value::Date(_) => 1082,
            Value::Time(_) => 1083,
            Value::Timestamp(_) => 1114,
            Value::ZonedTimestamp(_) => 1184,
            Value::Uuid(_) => 2950,
            Value::Decimal(_) | Value::Text(_) | Value::Stored(_) => 0,
        }
    }
}

impl Type<Postgres> for Bound<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Bound<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self.0 {
            Value::Boolean(value) => buffer.push(u8::from(*value)),
            Value::Integer(number) => buffer.extend(&number.to_be_bytes()),
            Value::Unsigned(number) => buffer.extend(&i64::try_from(*number)?.to_be_bytes()),
            Value::Float(number) => buffer.extend(&number.to_be_bytes()),
            Value::Decimal(text) | Value::Text(text) => buffer.extend(text.as_bytes()),
            Value::Bytes(bytes) | Value::Stored(bytes) => buffer.extend(bytes),
            Value::Infinite(infinite) => match (infinite.kind(), infinite.is_past()) {
                (Kind::Date, false) => buffer.extend(&i32::MAX.to_be_bytes()),
                (Kind::Date, true) => buffer.extend(&i32::MIN.to_be_bytes()),
                (Kind::Timestamp | Kind::ZonedTimestamp, false) => {
                    buffer.extend(&i64::MAX.to_be_bytes());
                }
                (Kind::Timestamp | Kind::ZonedTimestamp, true) => {
                    buffer.extend(&i64::MIN.to_be_bytes());
                }
            },
            Value::Date(date) => buffer.extend(&date.days_since_2000().to_be_bytes()),
            Value::Time(time) => buffer.extend(&time.micros().to_be_bytes()),
            Value::Timestamp(moment) | Value::ZonedTimestamp(moment) => {
                buffer.extend(&moment.micros_since_2000().to_be_bytes());
            }
            Value::Uuid(uuid) => buffer.extend(&uuid.to_be_bytes()),
        }
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(self.oid())))
    }
}
