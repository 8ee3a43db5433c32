//! Binding the values of a statement, in MySQL's binary format.
//!
//! Dates and times are bound as texts. The server converts each to the type of the column that it is compared with.

use sqlx::{
    Arguments as _, Encode, MySql, Type,
    encode::IsNull,
    error::BoxDynError,
    mysql::{MySqlArguments, MySqlTypeInfo},
    types::Decimal,
};

use super::super::server::Failure;
use crate::cell::{Fraction, Timestamp, Value};

/// The letters with which values as MySQL has sent them begin, by the form in which they are bound.
pub(super) const SIGNED: u8 = b'i';
pub(super) const UNSIGNED: u8 = b'u';
pub(super) const DOUBLE: u8 = b'f';
pub(super) const DECIMAL: u8 = b'd';
pub(super) const TEXT: u8 = b't';
pub(super) const BYTES: u8 = b'b';

/// Returns the values of a statement as arguments for its placeholders, in order.
pub(super) fn arguments(values: &[Value]) -> Result<MySqlArguments, Failure> {
    let mut arguments = MySqlArguments::default();
    arguments.reserve(values.len(), values.len() * 16);
    for value in values {
        let added = arguments.add(Bound(value));
        added.map_err(|error| Failure::Mismatch(format!("MySQL takes no {value:?}: {error}")))?;
    }
    Ok(arguments)
}

struct Bound<'a>(&'a Value);

impl Type<MySql> for Bound<'_> {
    fn type_info() -> MySqlTypeInfo {
        <str as Type<MySql>>::type_info()
    }
}

impl Encode<'_, MySql> for Bound<'_> {
    fn encode_by_ref(&self, buffer: &mut Vec<u8>) -> Result<IsNull, BoxDynError> {
        match self.0 {
            Value::Boolean(value) => put(i64::from(*value), buffer),
            Value::Integer(number) => put(*number, buffer),
            Value::Unsigned(number) => put(*number, buffer),
            Value::Float(number) => put(*number, buffer),
            Value::Decimal(text) | Value::Text(text) => put(text.as_str(), buffer),
            Value::Bytes(bytes) => put(bytes.as_slice(), buffer),
            Value::Stored(value) => match value.split_first() {
                Some((&SIGNED | &UNSIGNED | &DOUBLE, number)) => {
                    let number = <[u8; 8]>::try_from(number)?;
                    put(u64::from_be_bytes(number), buffer)
                }
                Some((_, bytes)) => put(bytes, buffer),
                None => put(&[][..], buffer),
            },
            Value::Infinite(infinite) => put(infinite.text(), buffer),
            Value::Uuid(uuid) => put(uuid.to_be_bytes().as_slice(), buffer),
            Value::Date(date) => put(date.to_string(), buffer),
            Value::Time(time) => put(time.to_string(), buffer),
            Value::Timestamp(moment) | Value::ZonedTimestamp(moment) => {
                put(text(*moment).as_slice(), buffer)
            }
        }
    }

    fn produces(&self) -> Option<MySqlTypeInfo> {
        Some(match self.0 {
            Value::Boolean(_) | Value::Integer(_) => <i64 as Type<MySql>>::type_info(),
            Value::Unsigned(_) => <u64 as Type<MySql>>::type_info(),
            Value::Float(_) => <f64 as Type<MySql>>::type_info(),
            // The value is bound as its text, which may have more digits than sqlx's `Decimal`.
            Value::Decimal(_) => <Decimal as Type<MySql>>::type_info(),
            Value::Bytes(_) | Value::Uuid(_) => <[u8] as Type<MySql>>::type_info(),
            Value::Stored(value) => match value.first() {
                Some(&SIGNED) => <i64 as Type<MySql>>::type_info(),
                Some(&UNSIGNED) => <u64 as Type<MySql>>::type_info(),
                Some(&DOUBLE) => <f64 as Type<MySql>>::type_info(),
                Some(&DECIMAL) => <Decimal as Type<MySql>>::type_info(),
                Some(&TEXT) => <str as Type<MySql>>::type_info(),
                Some(_) | None => <[u8] as Type<MySql>>::type_info(),
            },
            Value::Text(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::Timestamp(_)
            | Value::ZonedTimestamp(_)
            | Value::Infinite(_) => <str as Type<MySql>>::type_info(),
        })
    }
}

fn put<'q>(value: impl Encode<'q, MySql>, buffer: &mut Vec<u8>) -> Result<IsNull, BoxDynError> {
    value.encode_by_ref(buffer)
}

fn text(moment: Timestamp) -> Vec<u8> {
    let mut text = Vec::new();
    moment.write(&mut text, b' ', Fraction::Trimmed);
    text
}
