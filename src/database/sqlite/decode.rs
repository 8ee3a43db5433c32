//! Decoding SQLite's values into cells.
//!
//! The storage class of each value decides how it is read, not the declared type of its column: an INTEGER column may
//! hold a text. A value that cannot be read as its column's type in the model, in the one form of that type that the
//! column holds (a timestamp as text, for example), is null and is logged.

use rusqlite::{Row, types::ValueRef};

use super::{
    super::decode::Taking,
    bind::{BLOB, INTEGER, REAL, TEXT},
};
use crate::{
    cell::{
        BODY_BYTES, Cell, Date, Tape, Time, Timestamp, Type, is_decimal, parse_uuid, write_text,
    },
    model::{Column, TimestampFormat, UuidFormat},
};

/// Decodes a row from SQLite with `taking`, the decoder of a statement's rows.
pub(super) fn row(taking: &mut Taking<'_>, row: &Row<'_>) {
    taking.row(
        |at| number(row, at),
        |at, column, tape| {
            row.get_ref(at)
                .is_ok_and(|stored| cell(stored, column, tape))
        },
    );
    taking.marks(|at, tape| match row.get_ref(at).ok().and_then(mark) {
        Some(mark) => tape.push(Cell::Bytes(&mark)),
        None => tape.push(Cell::Null),
    });
}

/// Returns a value as a letter for its storage class and its bytes, which [`bind`](super::bind) reads; `None` for a null.
fn mark(stored: ValueRef<'_>) -> Option<Vec<u8>> {
    let (class, bytes) = match stored {
        ValueRef::Null => return None,
        ValueRef::Integer(number) => (INTEGER, &number.to_be_bytes()[..]),
        ValueRef::Real(number) => (REAL, &number.to_be_bytes()[..]),
        ValueRef::Text(text) => (TEXT, text),
        ValueRef::Blob(bytes) => (BLOB, bytes),
    };
    Some([&[class], bytes].concat())
}

/// Returns a number that precedes the model's columns in a row, such as a total; `None` if the value is not such a
/// number.
fn number(row: &Row<'_>, at: usize) -> Option<u64> {
    match row.get_ref(at) {
        Ok(ValueRef::Integer(total)) => u64::try_from(total).ok(),
        _ => None,
    }
}

/// Appends a value as its column's type; returns `false`, and appends nothing, if the value cannot be read as that
/// type.
pub(super) fn cell(stored: ValueRef<'_>, column: &Column, tape: &mut Tape) -> bool {
    let cell = match stored {
        ValueRef::Null => Some(Cell::Null),
        ValueRef::Integer(number) if column.ty == Type::Json => {
            return tape.push_json(itoa::Buffer::new().format(number));
        }
        ValueRef::Real(number) if column.ty == Type::Json => {
            return number.is_finite() && tape.push_json(zmij::Buffer::new().format(number));
        }
        ValueRef::Integer(number) => integer(number, column),
        ValueRef::Real(number) => (column.ty == Type::Float).then_some(Cell::Float(number)),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) if column.ty == Type::Json => return tape.push_json(text),
            Ok(text) => from_text(text, column),
            Err(_) => return false,
        },
        ValueRef::Blob(bytes) => blob(bytes, column),
    };
    match cell {
        Some(cell) => tape.push(cell),
        None if column.ty == Type::Other => return other(stored, tape),
        None => return false,
    }
    true
}

fn integer(number: i64, column: &Column) -> Option<Cell<'static>> {
    match column.ty {
        Type::Integer { .. } => Some(Cell::Integer(number)),
        Type::Boolean if column.storage.truths.is_none() => Some(Cell::Boolean(number != 0)),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the column is declared to hold floats"
        )]
        Type::Float => Some(Cell::Float(number as f64)),
        _ => None,
    }
}

fn from_text<'t>(text: &'t str, column: &Column) -> Option<Cell<'t>> {
    match column.ty {
        Type::Text | Type::Enum(_) | Type::Other => Some(Cell::Text(text)),
        Type::Boolean => (column.storage.truths?.read(text)).map(Cell::Boolean),
        Type::Decimal => is_decimal(text).then_some(Cell::Decimal(text)),
        Type::Date => Date::parse(text).map(Cell::Date),
        Type::Time if column.storage.timestamp == TimestampFormat::Any => {
            Time::parse(text).map(Cell::Time)
        }
        Type::Time => Time::parse_stored(text).map(Cell::Time),
        Type::Timestamp => timestamp(text, column).map(Cell::Timestamp),
        Type::ZonedTimestamp => timestamp(text, column).map(Cell::ZonedTimestamp),
        Type::Uuid if column.storage.uuid != Some(UuidFormat::Bytes) => {
            parse_uuid(text).map(Cell::Uuid)
        }
        _ => None,
    }
}

fn blob<'b>(bytes: &'b [u8], column: &Column) -> Option<Cell<'b>> {
    match column.ty {
        Type::Bytes => Some(Cell::Bytes(bytes)),
        Type::Uuid if column.storage.uuid == Some(UuidFormat::Bytes) => {
            let bytes = <[u8; 16]>::try_from(bytes).ok()?;
            Some(Cell::Uuid(u128::from_be_bytes(bytes)))
        }
        _ => None,
    }
}

fn timestamp(text: &str, column: &Column) -> Option<Timestamp> {
    match column.storage.timestamp {
        TimestampFormat::Space => Timestamp::parse_stored(text, b' ', ""),
        TimestampFormat::T => Timestamp::parse_stored(text, b'T', ""),
        TimestampFormat::Offset => Timestamp::parse_stored(text, b'T', "+00:00"),
        TimestampFormat::Millis if text.len() == "2014-01-02T03:04:05.678Z".len() => {
            Timestamp::parse_stored(text, b'T', "Z")
        }
        TimestampFormat::Millis => None,
        TimestampFormat::SpaceOffset => Timestamp::parse_stored(text, b' ', "+00:00"),
        TimestampFormat::Any => Timestamp::parse_spelled(text).map(|(moment, _)| moment),
    }
}

/// Appends a number or bytes as text, for a column of an unknown type; returns `false`, and appends nothing, for a null
/// or a text.
fn other(stored: ValueRef<'_>, tape: &mut Tape) -> bool {
    let cell = match stored {
        ValueRef::Integer(number) => Cell::Integer(number),
        ValueRef::Real(number) => Cell::Float(number),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes),
        ValueRef::Null | ValueRef::Text(_) => return false,
    };
    let mut text = Vec::new();
    write_text(cell, BODY_BYTES, &mut text);
    let text = String::from_utf8(text);
    text.is_ok_and(|text| {
        tape.push(Cell::Text(&text));
        true
    })
}
