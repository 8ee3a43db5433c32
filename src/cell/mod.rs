//! [`Cell`] and [`Rows`]: values as they pass from a database to a representation such as JSON.
//!
//! A database's driver converts raw rows to cells, and a representation converts cells to bytes. Neither depends on the
//! other.

mod clock;
mod compare;
mod decimal;
mod document;
mod exact;
mod infinite;
mod merge_patch;
mod moment;
mod rows;
mod text;
mod types;
mod value;

use std::cmp::Ordering;

#[cfg(feature = "postgres")]
pub(crate) use self::infinite::InfiniteKind;
pub(crate) use self::text::parse_uuid;
pub(crate) use self::{
    compare::{compare_cells, sort_cells},
    decimal::{compare as compare_decimals, has_at_most, is_decimal},
    document::{JsonText, compact as compact_json, json_string, object_members},
    exact::{ExactSum, average, trimmed},
    merge_patch::merge_patch,
    moment::{Fraction, NotATimestamp, write_date, write_time},
    rows::Tape,
    text::{BODY_BYTES, URL_BYTES, write as write_text},
};
pub use self::{
    infinite::Infinite,
    moment::{Date, Time, Timestamp},
    rows::{Row, Rows},
    types::Type,
    value::Value,
};

/// One value of a row, borrowed from the [`Rows`] that hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cell<'a> {
    /// Null, or a value that could not be read as its column's type.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number greater than the largest `i64`.
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
    /// An infinite day or moment of PostgreSQL.
    Infinite(Infinite),
    /// A UUID.
    Uuid(u128),
    /// A valid JSON document without insignificant white space.
    Json(&'a str),
}

impl Infinite {
    /// Compares the infinite value with another cell of its column, from which it is before or after; `None` if `other`
    /// is not a day or moment.
    pub(crate) fn compare(self, other: Cell<'_>) -> Option<Ordering> {
        match other {
            Cell::Infinite(other) => Some(other.is_past.cmp(&self.is_past)),
            Cell::Date(_) | Cell::Timestamp(_) | Cell::ZonedTimestamp(_) => Some(if self.is_past {
                Ordering::Less
            } else {
                Ordering::Greater
            }),
            _ => None,
        }
    }
}
