//! Decoding MySQL's binary values into cells.
//!
//! The types of a result are checked once, with its first row. If one cannot be read as its column's type in the model,
//! the whole answer fails, since the table does not match the model. A value that the API cannot express, such as the
//! date `0000-00-00` or a time beyond 24 hours, is null.

use sqlx::{
    Column as _, Decode, MySql, Row as _, TypeInfo as _,
    mysql::{MySqlColumn, MySqlRow, MySqlTypeInfo},
};

use super::{
    super::server::Failure,
    bind::{BYTES, DECIMAL, DOUBLE, SIGNED, TEXT, UNSIGNED},
};
use crate::{
    cell::{Cell, Date, Tape, Time, Timestamp, Type, is_decimal, parse_uuid},
    database::decode::{RowDecoder, shortest},
    model::{Column, UuidFormat},
};

/// The wire format of a value: how MySQL sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    /// A signed integer of one to eight bytes, little-endian.
    Signed,
    Unsigned,
    /// A `bit` value of one to eight bytes, big-endian.
    Bits,
    Float,
    Double,
    /// A number as decimal digits.
    Decimal,
    /// A text in UTF-8, whatever the column's character set.
    Text,
    Bytes,
    Json,
    Date,
    Time,
    Timestamp,
    /// Always null: the type of the expression `NULL`.
    Null,
}

impl Wire {
    /// Returns the wire format of a type; `None` if the column of the model cannot be read from it.
    fn of(info: &MySqlTypeInfo, column: &Column) -> Option<Self> {
        let wire = Self::of_type(info)?;
        let is_integer = matches!(wire, Self::Signed | Self::Unsigned | Self::Bits);
        let is_text = matches!(wire, Self::Text | Self::Bytes);
        let fits = match &column.ty {
            _ if wire == Self::Null => true,
            Type::Boolean | Type::Integer { .. } => is_integer,
            Type::Float => is_integer || matches!(wire, Self::Float | Self::Double),
            Type::Decimal if column.storage.decimal_text && is_text => true,
            Type::Decimal => is_integer || wire == Self::Decimal,
            Type::Bytes => wire == Self::Bytes,
            Type::Uuid if column.storage.uuid == Some(UuidFormat::Text) => is_text,
            // MariaDB's type `uuid` is named `BINARY` and is sent as text.
            Type::Uuid => wire == Self::Bytes || info.name() == "BINARY",
            // The server reports some texts as bytes, such as those in a binary collation.
            Type::Text | Type::Enum(_) | Type::Other | Type::Json => is_text || wire == Self::Json,
            Type::Date => wire == Self::Date,
            Type::Time => wire == Self::Time,
            Type::Timestamp | Type::ZonedTimestamp => wire == Self::Timestamp,
        };
        fits.then_some(wire)
    }

    fn of_type(info: &MySqlTypeInfo) -> Option<Self> {
        Some(match info.name() {
            "BIT" => Self::Bits,
            "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "YEAR"
                if !<u64 as sqlx::Type<MySql>>::compatible(info) =>
            {
                Self::Signed
            }
            "BOOLEAN" | "YEAR" => Self::Unsigned,
            name if name.ends_with(" UNSIGNED") => Self::Unsigned,
            "FLOAT" => Self::Float,
            "DOUBLE" => Self::Double,
            "DECIMAL" => Self::Decimal,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "DATETIME" | "TIMESTAMP" => Self::Timestamp,
            "JSON" => Self::Json,
            "NULL" => Self::Null,
            "GEOMETRY" => return None,
            // A text in a binary collation has the type name of bytes.
            _ if <str as sqlx::Type<MySql>>::compatible(info) => Self::Text,
            _ => Self::Bytes,
        })
    }
}

/// Decodes a row from MySQL with `typed`, which checks the types of the result's columns with the first row.
pub(super) fn row(typed: &mut RowDecoder<'_, Wire>, row: &MySqlRow) -> Result<(), Failure> {
    let info = |at: usize| row.columns().get(at).map(MySqlColumn::type_info);
    let wire = |at, column: &Column| info(at).and_then(|info| Wire::of(info, column));
    let name = |at| info(at).map_or("?", MySqlTypeInfo::name);
    (typed.check_types(Wire::Signed, wire, name)).map_err(Failure::Schema)?;
    let number = |at| {
        let number = integer(Wire::Signed, raw(row, at)?)?;
        u64::try_from(number).ok()
    };
    typed.row(number, |at, wire, column, scratch, tape| {
        match raw(row, at) {
            Some(bytes) => cell(wire, bytes, column, scratch, tape),
            None => {
                tape.push(Cell::Null);
                true
            }
        }
    });
    typed.marks(
        |at, tape| match info(at).and_then(|info| mark(info, raw(row, at)?)) {
            Some(mark) => tape.push(Cell::Bytes(&mark)),
            None => tape.push(Cell::Null),
        },
    );
    Ok(())
}

/// Returns a value as a letter for the form that it is bound in and its bytes, which [`bind`](super::bind) reads.
///
/// Days and times are texts here, since the statement selects them as such.
fn mark(info: &MySqlTypeInfo, bytes: &[u8]) -> Option<Vec<u8>> {
    let wire = Wire::of_type(info)?;
    let double = |number: f64| (DOUBLE, number.to_be_bytes().to_vec());
    let (form, bytes) = match wire {
        Wire::Signed | Wire::Unsigned | Wire::Bits => {
            let number = integer(wire, bytes)?;
            match i64::try_from(number) {
                Ok(number) => (SIGNED, number.to_be_bytes().to_vec()),
                Err(_) => (UNSIGNED, u64::try_from(number).ok()?.to_be_bytes().to_vec()),
            }
        }
        Wire::Float => double(f32::from_le_bytes(fixed(bytes)?).into()),
        Wire::Double => double(f64::from_le_bytes(fixed(bytes)?)),
        Wire::Decimal => (DECIMAL, bytes.to_vec()),
        Wire::Text | Wire::Json => (TEXT, bytes.to_vec()),
        Wire::Bytes | Wire::Date | Wire::Time | Wire::Timestamp => (BYTES, bytes.to_vec()),
        Wire::Null => return None,
    };
    Some([&[form], &bytes[..]].concat())
}

/// Returns the bytes of a value; `None` if it is null.
fn raw(row: &MySqlRow, at: usize) -> Option<&[u8]> {
    // For speed, this is not `.ok()?`: dropping the result is a function call, even if it holds no error.
    let Ok(value) = row.try_get_raw(at) else {
        return None;
    };
    <&[u8] as Decode<MySql>>::decode(value).ok()
}

/// Appends a value as its column's type; returns `false`, and appends nothing, if the API cannot express the value.
fn cell(wire: Wire, bytes: &[u8], column: &Column, scratch: &mut String, tape: &mut Tape) -> bool {
    let cell = match wire {
        Wire::Signed | Wire::Unsigned | Wire::Bits => {
            integer(wire, bytes).and_then(|number| of_integer(number, column, scratch))
        }
        Wire::Float => fixed(bytes).map(|bytes| Cell::Float(shortest(f32::from_le_bytes(bytes)))),
        Wire::Double => fixed(bytes).map(|bytes| Cell::Float(f64::from_le_bytes(bytes))),
        Wire::Decimal => text(bytes).map(Cell::Decimal),
        Wire::Text | Wire::Bytes | Wire::Json => match column.ty {
            Type::Json => return text(bytes).is_some_and(|text| tape.push_json(text)),
            Type::Bytes => Some(Cell::Bytes(bytes)),
            Type::Uuid => uuid(bytes).map(Cell::Uuid),
            Type::Decimal => (text(bytes).filter(|text| is_decimal(text))).map(Cell::Decimal),
            _ => text(bytes).map(Cell::Text),
        },
        Wire::Date => (bytes.split_first()).and_then(|(_, rest)| date(rest).map(Cell::Date)),
        Wire::Time => (bytes.split_first()).and_then(|(_, rest)| time(rest).map(Cell::Time)),
        Wire::Timestamp => (bytes.split_first())
            .and_then(|(_, rest)| timestamp(rest))
            .map(|moment| match column.ty {
                Type::ZonedTimestamp => Cell::ZonedTimestamp(moment),
                _ => Cell::Timestamp(moment),
            }),
        Wire::Null => Some(Cell::Null),
    };
    cell.is_some_and(|cell| {
        tape.push(cell);
        true
    })
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Reads an integer of at most eight bytes; `None` if there are more.
fn integer(wire: Wire, bytes: &[u8]) -> Option<i128> {
    // Most integers have four bytes; others have any number up to eight.
    match (wire, fixed(bytes)) {
        (Wire::Signed, Some(four)) => return Some(i32::from_le_bytes(four).into()),
        (Wire::Unsigned, Some(four)) => return Some(u32::from_le_bytes(four).into()),
        _ => {}
    }
    let mut number = [0; 8];
    let filled = number.get_mut(..bytes.len())?;
    filled.copy_from_slice(bytes);
    if wire == Wire::Bits {
        filled.reverse();
    }
    let number = u64::from_le_bytes(number);
    Some(match wire {
        Wire::Signed => {
            let unused = u32::try_from(8 * (8 - bytes.len())).ok()?;
            (number.cast_signed().checked_shl(unused)? >> unused).into()
        }
        _ => number.into(),
    })
}

fn of_integer<'s>(number: i128, column: &Column, scratch: &'s mut String) -> Option<Cell<'s>> {
    Some(match column.ty {
        Type::Boolean => Cell::Boolean(number != 0),
        #[expect(
            clippy::cast_precision_loss,
            reason = "the model has the column as a float"
        )]
        Type::Float => Cell::Float(number as f64),
        Type::Decimal => {
            scratch.clear();
            scratch.push_str(itoa::Buffer::new().format(number));
            Cell::Decimal(scratch)
        }
        _ => match i64::try_from(number) {
            Ok(number) => Cell::Integer(number),
            Err(_) => Cell::Unsigned(u64::try_from(number).ok()?),
        },
    })
}

/// Reads a UUID from sixteen bytes, or from a hyphenated text in lower case.
fn uuid(bytes: &[u8]) -> Option<u128> {
    if let Some(bytes) = fixed(bytes) {
        return Some(u128::from_be_bytes(bytes));
    }
    parse_uuid(text(bytes)?)
}

fn date(bytes: &[u8]) -> Option<Date> {
    let [low, high, month, day] = fixed(bytes.get(..4)?)?;
    Date::new(u16::from_le_bytes([low, high]), month, day)
}

/// Reads a timestamp, whose trailing zeros are omitted on the wire.
fn timestamp(bytes: &[u8]) -> Option<Timestamp> {
    Some(Timestamp::new(date(bytes)?, of_day(bytes.get(4..)?)?))
}

/// Reads a time of day. Its bytes begin with a sign and a number of days; `None` if one of these is not zero.
fn time(bytes: &[u8]) -> Option<Time> {
    match bytes.split_first_chunk::<5>() {
        None => of_day(bytes),
        Some((days, rest)) => (*days == [0; 5]).then(|| of_day(rest))?,
    }
}

fn of_day(bytes: &[u8]) -> Option<Time> {
    let (micros, bytes) = match bytes.split_first_chunk::<3>() {
        None if bytes.is_empty() => return Time::new(0, 0, 0, 0),
        None => return None,
        Some((seconds, [])) => (0, seconds),
        Some((seconds, micros)) => (u32::from_le_bytes(fixed(micros)?), seconds),
    };
    let [hour, minute, second] = *bytes;
    Time::new(hour, minute, second, micros.checked_mul(1000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_has_as_many_bytes_as_its_type() {
        let cases: [(Wire, &[u8], i128); 8] = [
            (Wire::Signed, &[0x80], -128),
            (Wire::Unsigned, &[0x80], 128),
            (Wire::Signed, &[0xfe, 0xff], -2),
            (Wire::Signed, &[1, 0, 0, 0], 1),
            (Wire::Signed, &[0, 0, 0, 0, 0, 0, 0, 0x80], i64::MIN.into()),
            (Wire::Unsigned, &[0xff; 8], u64::MAX.into()),
            (Wire::Bits, &[1, 2], 0x0102),
            (Wire::Bits, &[0x80, 0, 0, 0, 0, 0, 0, 0], 1 << 63),
        ];
        for (wire, bytes, number) in cases {
            assert_eq!(integer(wire, bytes), Some(number), "{wire:?} {bytes:?}");
        }
        assert_eq!(integer(Wire::Unsigned, &[0; 9]), None);
    }

    #[test]
    fn what_is_zero_at_the_end_of_a_moment_is_left_out() {
        let cases: [(&[u8], &str); 3] = [
            (&[0xde, 7, 1, 2], "2014-01-02T00:00:00"),
            (&[0xde, 7, 1, 2, 3, 4, 5], "2014-01-02T03:04:05"),
            (
                &[0xde, 7, 1, 2, 3, 4, 5, 1, 0, 0, 0],
                "2014-01-02T03:04:05.000001",
            ),
        ];
        for (bytes, text) in cases {
            let moment = timestamp(bytes).map(|moment| moment.to_string());
            assert_eq!(moment.as_deref(), Some(text));
        }
        let none: [&[u8]; 5] = [
            &[],
            &[0xde, 7, 0, 0],
            &[0xde, 7, 2, 30],
            &[0xde, 7, 1],
            &[0xde, 7, 1, 2, 25, 0, 0],
        ];
        for bytes in none {
            assert_eq!(timestamp(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_time_is_one_of_a_day() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (&[], Some("00:00:00")),
            (&[0, 0, 0, 0, 0, 3, 4, 5], Some("03:04:05")),
            (
                &[0, 0, 0, 0, 0, 3, 4, 5, 0x20, 0xa1, 7, 0],
                Some("03:04:05.5"),
            ),
            (&[1, 0, 0, 0, 0, 3, 4, 5], None),
            (&[0, 1, 0, 0, 0, 1, 0, 0], None),
            (&[0, 0, 0, 0, 0, 3], None),
        ];
        for (bytes, text) in cases {
            let time = time(bytes).map(|time| time.to_string());
            assert_eq!(time.as_deref(), text, "{bytes:?}");
        }
    }

    #[test]
    fn a_uuid_is_sixteen_bytes_or_a_text() {
        let number = 0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8_u128;
        assert_eq!(uuid(&number.to_be_bytes()), Some(number));
        assert_eq!(uuid(b"67e55044-10b1-426f-9247-bb680e5fe0c8"), Some(number));
        assert_eq!(uuid(b"67E55044-10B1-426F-9247-BB680E5FE0C8"), None);
    }
}
