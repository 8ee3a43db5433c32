//! The narrow waist between databases and representations: one [`Cell`], and [`Rows`] of them.
//!
//! A back end turns its raw rows into cells; a representation turns cells into bytes. Neither knows the other.

mod decimal;
mod document;
mod infinite;
mod moment;
mod rows;
mod text;
mod value;

use std::sync::Arc;

#[cfg(feature = "postgres")]
pub(crate) use self::infinite::Kind as InfiniteKind;
pub(crate) use self::text::parse_uuid;
pub(crate) use self::{
    decimal::{compare as compare_decimals, is_decimal},
    document::compact as compact_json,
    moment::{Fraction, NotATimestamp, write_date, write_time},
    rows::Tape,
    text::{BODY_BYTES, URL_BYTES, write as write_text},
};
pub use self::{
    infinite::Infinite,
    moment::{Date, Time, Timestamp},
    rows::{Row, Rows},
    value::Value,
};

/// What a column holds, whatever the database calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Type {
    /// True or false.
    Boolean,
    /// A whole number of this many bits, with or without a sign.
    Integer {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Whether it can be negative.
        signed: bool,
    },
    /// A binary floating point number.
    Float,
    /// A decimal number, exact; never passed through a float.
    Decimal,
    /// Text.
    Text,
    /// One of a list of texts.
    Enum(Arc<[String]>),
    /// Bytes.
    Bytes,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time, in no particular zone.
    Timestamp,
    /// A moment, held and shown in UTC.
    ZonedTimestamp,
    /// A UUID.
    Uuid,
    /// A JSON document.
    Json,
    /// Anything else: shown as its text, and only asked whether it is null.
    Other,
}

impl Type {
    /// The type's name in descriptions and errors.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Float => "float",
            Self::Decimal => "decimal",
            Self::Text => "text",
            Self::Enum(_) => "enum",
            Self::Bytes => "bytes",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timestamp => "timestamp",
            Self::ZonedTimestamp => "zoned timestamp",
            Self::Uuid => "uuid",
            Self::Json => "json",
            Self::Other => "other",
        }
    }

    /// Returns the type of this name, as [`name`](Self::name) gives it, an integer being one of 64 bits; none of an enum.
    ///
    /// ```
    /// use tower_rest::Type;
    /// assert_eq!(Type::named("zoned timestamp"), Some(Type::ZonedTimestamp));
    /// assert_eq!(Type::named("number"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let integer = Self::Integer {
            bits: 64,
            signed: true,
        };
        let all = [
            Self::Boolean,
            integer,
            Self::Float,
            Self::Decimal,
            Self::Text,
            Self::Bytes,
            Self::Date,
            Self::Time,
            Self::Timestamp,
            Self::ZonedTimestamp,
            Self::Uuid,
            Self::Json,
            Self::Other,
        ];
        all.into_iter().find(|ty| ty.name() == name)
    }

    /// The least and the greatest value of an integer type.
    pub(crate) const fn bounds(bits: u8, signed: bool) -> (i128, i128) {
        if signed {
            (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
        } else {
            (0, (1 << bits) - 1)
        }
    }
}

/// One value of a row, borrowed from the [`Rows`] that hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// No value, or one that could not be read as its column's type.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number above the signed range.
    Unsigned(u64),
    /// A floating point number; NaN and infinities have no JSON form.
    Float(f64),
    /// A decimal number in plain digits: `-?[0-9]+(\.[0-9]+)?`.
    Decimal(&'a str),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A day.
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A day and a time, in no particular zone.
    Timestamp(Timestamp),
    /// A moment, in UTC.
    ZonedTimestamp(Timestamp),
    /// A day or moment before or after all others, which PostgreSQL has.
    Infinite(Infinite),
    /// A UUID.
    Uuid(u128),
    /// A valid JSON document without insignificant white space.
    Json(&'a str),
}

impl Cell<'_> {
    /// The value as one to compare with; none for a null.
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
