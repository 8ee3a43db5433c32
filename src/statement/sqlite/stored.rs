//! Values in the forms in which SQLite stores them.

use super::moments::is_spelled;
use crate::{
    cell::{BODY_BYTES, Fraction, Time, Timestamp, Value, write_date, write_text, write_time},
    model::{Column, TimestampFormat, UuidFormat},
};

/// What ends a timestamp stored with its offset.
pub(super) const OFFSET: &str = "+00:00";

/// A value as the column stores it.
pub(super) fn stored(value: &Value, column: &Column) -> Value {
    span(value, column).0
}

/// The least and the greatest stored form of a value. `05`, `05.0` and `05.000000000` are one moment, and sort between
/// the shortest and the longest of them whatever the number of digits.
pub(super) fn span(value: &Value, column: &Column) -> (Value, Value) {
    let one = |text: Vec<u8>| {
        let value = as_text(text);
        (value.clone(), value)
    };
    match value {
        Value::Date(date) => {
            let mut text = Vec::new();
            write_date(&mut text, *date);
            one(text)
        }
        Value::Time(time) if is_spelled(column) => {
            let only = time_text(*time, Fraction::Trimmed);
            (only.clone(), only)
        }
        Value::Time(time) => (
            time_text(*time, Fraction::Trimmed),
            time_text(*time, Fraction::Fixed(9)),
        ),
        Value::Timestamp(moment) | Value::ZonedTimestamp(moment) => {
            timestamp_span(*moment, column.storage.timestamp)
        }
        Value::Uuid(uuid) => match column.storage.uuid.unwrap_or_default() {
            UuidFormat::Bytes => {
                let bytes = Value::Bytes(uuid.to_be_bytes().to_vec());
                (bytes.clone(), bytes)
            }
            UuidFormat::Text | UuidFormat::Native => {
                let mut text = Vec::new();
                write_text(value.as_cell(), BODY_BYTES, &mut text);
                one(text)
            }
        },
        Value::Decimal(text) => one(text.clone().into_bytes()),
        value => (value.clone(), value.clone()),
    }
}

fn time_text(time: Time, fraction: Fraction) -> Value {
    let mut text = Vec::new();
    write_time(&mut text, time, fraction);
    as_text(text)
}

fn timestamp_span(moment: Timestamp, format: TimestampFormat) -> (Value, Value) {
    let text = |between, fraction, suffix: &[u8]| {
        let mut text = Vec::new();
        moment.write(&mut text, between, fraction);
        text.extend_from_slice(suffix);
        as_text(text)
    };
    let (between, suffix): (u8, &[u8]) = match format {
        TimestampFormat::Space => (b' ', b""),
        TimestampFormat::T => (b'T', b""),
        TimestampFormat::Offset => (b'T', OFFSET.as_bytes()),
        TimestampFormat::SpaceOffset => (b' ', OFFSET.as_bytes()),
        TimestampFormat::Any => {
            let only = text(b' ', Fraction::Trimmed, b"");
            return (only.clone(), only);
        }
        TimestampFormat::Millis => {
            let only = text(b'T', Fraction::Fixed(3), b"Z");
            return (only.clone(), only);
        }
    };
    // The least form leaves the offset out: `+` sorts before every digit and the point.
    (
        text(between, Fraction::Trimmed, b""),
        text(between, Fraction::Fixed(9), suffix),
    )
}

fn as_text(text: Vec<u8>) -> Value {
    Value::Text(String::from_utf8(text).unwrap_or_default())
}
