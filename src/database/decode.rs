//! SQLite's values as cells.
//!
//! The class a value is stored in decides, not the declared type: an INTEGER column may hold a text. A value that
//! cannot be read as its column's type, in the one form the column is declared to hold, becomes null and is logged.

use sqlx::{
    Decode, Row as _, Sqlite, TypeInfo as _, ValueRef as _,
    sqlite::{SqliteRow, SqliteValueRef},
};

use crate::{
    cell::{BODY_BYTES, Cell, Date, Tape, Time, Timestamp, Type, is_decimal, write_text},
    model::{Column, TimestampFormat, UuidFormat},
    statement::Plan,
};

/// What a value is stored as.
enum Stored<'r> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'r str),
    Blob(&'r [u8]),
    /// A text that is not UTF-8, or a class unheard of.
    Broken,
}

/// The cells that could not be read, column by column.
#[derive(Debug, Default)]
pub(super) struct Unreadable(Vec<(u16, u64)>);

impl Unreadable {
    fn count(&mut self, column: u16) {
        match self.0.iter_mut().find(|(other, _)| *other == column) {
            Some((_, count)) => *count += 1,
            None => self.0.push((column, 1)),
        }
    }

    /// Says in the log which columns hold what they should not.
    pub(super) fn log(self, plan: &Plan) {
        for (number, count) in self.0 {
            let Some(column) = plan.model.at(number) else {
                continue;
            };
            tracing::warn!(
                model = plan.model.name(),
                column = column.sql,
                expected = column.ty.name(),
                count,
                "stored values cannot be read as the column's type and are served as null"
            );
        }
    }
}

/// The value of a result's column as a number, for a total.
pub(super) fn integer(row: &SqliteRow, at: usize) -> Option<i64> {
    match stored(row.try_get_raw(at).ok()?) {
        Stored::Integer(number) => Some(number),
        _ => None,
    }
}

/// Appends the cells of a row.
pub(super) fn row(row: &SqliteRow, plan: &Plan, tape: &mut Tape, unreadable: &mut Unreadable) {
    let first = usize::from(plan.counts);
    for (at, number) in (first..).zip(&plan.columns) {
        let read = match (row.try_get_raw(at), plan.model.at(*number)) {
            (Ok(value), Some(column)) => cell(stored(value), column, tape),
            _ => false,
        };
        if !read {
            tape.push(Cell::Null);
            unreadable.count(*number);
        }
    }
}

fn stored(value: SqliteValueRef<'_>) -> Stored<'_> {
    if value.is_null() {
        return Stored::Null;
    }
    let class = value.type_info();
    let decoded = match class.name() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(Stored::Integer),
        "REAL" => <f64 as Decode<Sqlite>>::decode(value).map(Stored::Real),
        "TEXT" => <&str as Decode<Sqlite>>::decode(value).map(Stored::Text),
        "BLOB" => <&[u8] as Decode<Sqlite>>::decode(value).map(Stored::Blob),
        _ => return Stored::Broken,
    };
    decoded.unwrap_or(Stored::Broken)
}

/// Appends a value as its column's type; `false`, and nothing appended, if it is none.
fn cell(stored: Stored<'_>, column: &Column, tape: &mut Tape) -> bool {
    let cell = match (&column.ty, stored) {
        (_, Stored::Null) => Some(Cell::Null),
        (Type::Boolean, Stored::Integer(number)) => Some(Cell::Boolean(number != 0)),
        (Type::Integer { .. }, Stored::Integer(number)) => Some(Cell::Integer(number)),
        (Type::Float, Stored::Real(number)) => Some(Cell::Float(number)),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the column is declared to hold floats"
        )]
        (Type::Float, Stored::Integer(number)) => Some(Cell::Float(number as f64)),
        (Type::Decimal, Stored::Text(text)) => is_decimal(text).then_some(Cell::Decimal(text)),
        (Type::Text | Type::Enum(_), Stored::Text(text)) => Some(Cell::Text(text)),
        (Type::Bytes, Stored::Blob(bytes)) => Some(Cell::Bytes(bytes)),
        (Type::Date, Stored::Text(text)) => Date::parse(text).map(Cell::Date),
        (Type::Time, Stored::Text(text)) => Time::parse_stored(text).map(Cell::Time),
        (Type::Timestamp, Stored::Text(text)) => timestamp(text, column).map(Cell::Timestamp),
        (Type::ZonedTimestamp, Stored::Text(text)) => {
            timestamp(text, column).map(Cell::ZonedTimestamp)
        }
        (Type::Uuid, stored) => uuid(&stored, column).map(Cell::Uuid),
        (Type::Json, Stored::Text(text)) => return tape.push_json(text),
        (Type::Other, stored) => return other(&stored, tape),
        _ => None,
    };
    if let Some(cell) = cell {
        tape.push(cell);
    }
    cell.is_some()
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
    }
}

/// Hyphenated lower case text or sixteen bytes, as the column is declared.
fn uuid(stored: &Stored<'_>, column: &Column) -> Option<u128> {
    match (column.storage.uuid, stored) {
        (UuidFormat::Bytes, Stored::Blob(bytes)) => {
            Some(u128::from_be_bytes(<[u8; 16]>::try_from(*bytes).ok()?))
        }
        (UuidFormat::Text, Stored::Text(text)) => {
            let uuid = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
            let mut canonical = Vec::with_capacity(36);
            write_text(Cell::Uuid(uuid), BODY_BYTES, &mut canonical);
            (canonical == text.as_bytes()).then_some(uuid)
        }
        _ => None,
    }
}

/// The text form of whatever is stored.
fn other(stored: &Stored<'_>, tape: &mut Tape) -> bool {
    let mut text = Vec::new();
    let cell = match stored {
        Stored::Integer(number) => Cell::Integer(*number),
        Stored::Real(number) => Cell::Float(*number),
        Stored::Text(text) => Cell::Text(text),
        Stored::Blob(bytes) => Cell::Bytes(bytes),
        Stored::Null | Stored::Broken => return false,
    };
    write_text(cell, BODY_BYTES, &mut text);
    let text = String::from_utf8(text);
    text.is_ok_and(|text| {
        tape.push(Cell::Text(&text));
        true
    })
}
