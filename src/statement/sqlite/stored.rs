//! Values in the forms in which SQLite stores them.

use super::moments::is_spelled;
use crate::{
    cell::{BODY_BYTES, Fraction, Time, Timestamp, Value, write_date, write_text, write_time},
    model::{Column, TimestampFormat, UuidFormat},
};

/// The suffix of a timestamp that is stored with its offset.
pub(super) const OFFSET: &str = "+00:00";

/// Returns a value in the form in which the column stores it. If SQLite may hold the value in several forms, it is the
/// least of them.
pub(super) fn stored(value: &Value, column: &Column) -> Value {
    span(value, column).0
}

/// Returns a value in the form in which a column is to store it. In a column that mixes spellings, a moment is stored
/// as `2014-01-02 03:04:05`.
pub(super) fn written(value: &Value, column: &Column) -> Value {
    let has_offset = matches!(
        column.storage.timestamp,
        TimestampFormat::Offset | TimestampFormat::SpaceOffset
    );
    match (value, column.storage.truths) {
        (Value::Boolean(value), Some(truths)) => {
            Value::Text(if *value { truths.yes } else { truths.no }.to_owned())
        }
        // The least stored form of a float, by `span`, may be a neighbouring integer.
        (Value::Float(_), _) => value.clone(),
        (Value::Timestamp(_) | Value::ZonedTimestamp(_), _) if has_offset => {
            match stored(value, column) {
                Value::Text(text) => Value::Text(text + OFFSET),
                other => other,
            }
        }
        _ => stored(value, column),
    }
}

/// Returns the least and the greatest form in which SQLite may store a value. The seconds `05`, `05.0` and
/// `05.000000000` belong to one moment, and all texts of a moment sort between the shortest and the longest.
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
        Value::Float(number) => float_span(*number),
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
    // The least text leaves the offset out. Since `+` sorts before the point and every digit, the texts of earlier
    // moments are still less.
    (
        text(between, Fraction::Trimmed, b""),
        text(between, Fraction::Fixed(9), suffix),
    )
}

/// Returns the least and the greatest stored number that is shown as this float. SQLite compares integers exactly, and
/// integers beyond 2^53 are shown as the nearest float.
fn float_span(number: f64) -> (Value, Value) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    const BEYOND: f64 = 9_223_372_036_854_775_808.0;
    if !(EXACT..=BEYOND).contains(&number.abs()) {
        return (Value::Float(number), Value::Float(number));
    }
    let end = |neighbour: f64, inwards: i128| {
        let middle = whole(number) + (whole(neighbour) - whole(number)) / 2;
        #[expect(clippy::cast_precision_loss, reason = "that is what is asked")]
        let is_shown_alike = |integer: i128| integer as f64 == number;
        let integer = if is_shown_alike(middle) {
            middle
        } else {
            middle + inwards
        };
        i64::try_from(integer).map_or(Value::Float(number), Value::Integer)
    };
    (end(number.next_down(), 1), end(number.next_up(), -1))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a whole number of no more than 65 bits"
)]
const fn whole(number: f64) -> i128 {
    number as i128
}

fn as_text(text: Vec<u8>) -> Value {
    Value::Text(String::from_utf8(text).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_integer_is_within_the_span_of_the_float_it_is_shown_as() {
        let ends = [1_i64 << 53, 1 << 54, 1 << 60, i64::MAX];
        let near = ends
            .iter()
            .flat_map(|end| (-3000..=3000).filter_map(|by| end.checked_add(by)));
        for integer in near.flat_map(|integer| [integer, -integer, -integer - 1]) {
            #[expect(clippy::cast_precision_loss, reason = "that is what is tested")]
            let shown = integer as f64;
            let exact = |value: &Value| match value {
                Value::Integer(integer) => i128::from(*integer),
                Value::Float(number) => whole(*number),
                value => panic!("{value:?} is no number"),
            };
            let of = |number: f64| {
                let (least, greatest) = float_span(number);
                exact(&least)..=exact(&greatest)
            };
            let integer = i128::from(integer);
            assert!(
                of(shown).contains(&integer),
                "{integer} is not in {:?}",
                of(shown)
            );
            assert!(!of(shown.next_up()).contains(&integer), "{integer}");
            assert!(!of(shown.next_down()).contains(&integer), "{integer}");
        }
    }
}
