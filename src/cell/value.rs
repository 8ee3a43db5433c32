//! Owned values that columns are compared with.

use super::{Cell, Date, Infinite, Time, Timestamp};

/// A value of a column's type, as in a filter, a key or a default. Most are read from requests.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number greater than the largest `i64`.
    Unsigned(u64),
    /// A finite floating point number.
    Float(f64),
    /// A decimal number in plain digits.
    Decimal(String),
    /// Text, or a member of an enum.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A day and a time, in no particular zone.
    Timestamp(Timestamp),
    /// A moment, in UTC.
    ZonedTimestamp(Timestamp),
    /// An infinite day or moment of PostgreSQL.
    Infinite(Infinite),
    /// A UUID.
    Uuid(u128),
    /// A value as a database has sent it, bound again as it is. No request and no answer holds one.
    Stored(Vec<u8>),
}

impl Cell<'_> {
    /// Returns an owned copy of the cell's value; `None` for a null.
    pub(crate) fn to_value(self) -> Option<Value> {
        Some(match self {
            Self::Null => return None,
            Self::Boolean(value) => Value::Boolean(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Unsigned(value) => Value::Unsigned(value),
            Self::Float(value) => Value::Float(value),
            Self::Decimal(text) => Value::Decimal(text.to_owned()),
            Self::Text(text) | Self::Json(text) => Value::Text(text.to_owned()),
            Self::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            Self::Date(date) => Value::Date(date),
            Self::Time(time) => Value::Time(time),
            Self::Timestamp(moment) => Value::Timestamp(moment),
            Self::ZonedTimestamp(moment) => Value::ZonedTimestamp(moment),
            Self::Infinite(infinite) => Value::Infinite(infinite),
            Self::Uuid(uuid) => Value::Uuid(uuid),
        })
    }
}

impl Value {
    /// Truncates a time or timestamp to microseconds.
    pub(crate) fn in_whole_micros(&self) -> Self {
        match self {
            Self::Time(time) => Self::Time(time.in_whole_micros()),
            Self::Timestamp(moment) => Self::Timestamp(moment.in_whole_micros()),
            Self::ZonedTimestamp(moment) => Self::ZonedTimestamp(moment.in_whole_micros()),
            value => value.clone(),
        }
    }

    /// Returns the value as a cell.
    #[must_use]
    pub fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Boolean(value) => Cell::Boolean(*value),
            Self::Integer(value) => Cell::Integer(*value),
            Self::Unsigned(value) => Cell::Unsigned(*value),
            Self::Float(value) => Cell::Float(*value),
            Self::Decimal(value) => Cell::Decimal(value),
            Self::Text(value) => Cell::Text(value),
            Self::Bytes(value) | Self::Stored(value) => Cell::Bytes(value),
            Self::Date(value) => Cell::Date(*value),
            Self::Time(value) => Cell::Time(*value),
            Self::Timestamp(value) => Cell::Timestamp(*value),
            Self::ZonedTimestamp(value) => Cell::ZonedTimestamp(*value),
            Self::Infinite(value) => Cell::Infinite(*value),
            Self::Uuid(value) => Cell::Uuid(*value),
        }
    }
}

macro_rules! conversions {
    ($($given:ty: $value:expr;)+) => {
        $(
            impl From<$given> for Value {
                fn from(given: $given) -> Self {
                    let value: fn($given) -> Self = $value;
                    value(given)
                }
            }
        )+
    };
}

conversions! {
    bool: Self::Boolean;
    i8: |number| Self::Integer(number.into());
    i16: |number| Self::Integer(number.into());
    i32: |number| Self::Integer(number.into());
    i64: Self::Integer;
    u8: |number| Self::Integer(number.into());
    u16: |number| Self::Integer(number.into());
    u32: |number| Self::Integer(number.into());
    u64: |number| i64::try_from(number).map_or(Self::Unsigned(number), Self::Integer);
    f32: |number| Self::Float(number.into());
    f64: Self::Float;
    &str: |text| Self::Text(text.to_owned());
    String: Self::Text;
    &String: |text| Self::Text(text.clone());
    Vec<u8>: Self::Bytes;
    &[u8]: |bytes| Self::Bytes(bytes.to_vec());
    Date: Self::Date;
    Time: Self::Time;
    Timestamp: Self::Timestamp;
}
