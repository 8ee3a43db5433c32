//! Decoding PostgreSQL's binary values into cells.
//!
//! The types of a result are checked once, with its first row. If one cannot be read as its column's type in the model,
//! the whole answer fails, since the table does not match the model. A value that the API cannot express is null; an
//! infinite date is a text.

use sqlx::{
    Column as _, Row as _, TypeInfo as _, ValueRef as _,
    postgres::{PgColumn, PgRow, PgTypeInfo},
};

use super::{super::server::Failure, array, wire::Wire};
use crate::{
    cell::{Cell, Date, Infinite, Tape, Time, Timestamp, Type},
    database::decode::{RowDecoder, shortest},
    model::Column,
};

/// Decodes a row from PostgreSQL with `typed`, which checks the types of the result's columns with the first row.
pub(super) fn row(typed: &mut RowDecoder<'_, Wire>, row: &PgRow) -> Result<(), Failure> {
    let info = |at: usize| row.columns().get(at).map(PgColumn::type_info);
    let oid = |at| info(at).and_then(PgTypeInfo::oid).map_or(0, |oid| oid.0);
    let wire = |at, column: &Column| Wire::of(oid(at), &column.ty);
    let name = |at| info(at).map_or("?", PgTypeInfo::name);
    (typed.check_types(Wire::Integer64, wire, name)).map_err(Failure::Schema)?;
    typed.row(
        |at| number(row, at),
        |at, wire, column, scratch, tape| {
            let Ok(value) = row.try_get_raw(at) else {
                return false;
            };
            match value.as_bytes() {
                Ok(bytes) => cell(wire, bytes, column, scratch, tape),
                Err(_) if value.is_null() => {
                    tape.push(Cell::Null);
                    true
                }
                Err(_) => false,
            }
        },
    );
    typed.marks(|at, tape| {
        let value = row.try_get_raw(at).ok();
        let bytes = value.as_ref().and_then(|value| value.as_bytes().ok());
        tape.push(bytes.map_or(Cell::Null, Cell::Bytes));
    });
    Ok(())
}

/// Returns a number that precedes the model's columns in a row: a total, which has 64 bits, or the position of a
/// request or key (see [`Leads`](crate::statement::Leads)), which is a constant in the SQL and has 32.
fn number(row: &PgRow, at: usize) -> Option<u64> {
    let value = row.try_get_raw(at).ok()?;
    let bytes = value.as_bytes().ok()?;
    let number = match fixed(bytes) {
        Some(bytes) => i64::from_be_bytes(bytes),
        None => i32::from_be_bytes(fixed(bytes)?).into(),
    };
    u64::try_from(number).ok()
}

/// Appends a value as its column's type; returns `false`, and appends nothing, if the API cannot express the value.
pub(super) fn cell(
    wire: Wire,
    bytes: &[u8],
    column: &Column,
    scratch: &mut String,
    tape: &mut Tape,
) -> bool {
    let cell = match wire {
        Wire::Boolean => bytes.first().map(|byte| Cell::Boolean(*byte != 0)),
        Wire::Integer16 => {
            fixed(bytes).map(|bytes| integer(i16::from_be_bytes(bytes).into(), column, scratch))
        }
        Wire::Integer32 => {
            fixed(bytes).map(|bytes| integer(i32::from_be_bytes(bytes).into(), column, scratch))
        }
        Wire::Integer64 => {
            fixed(bytes).map(|bytes| integer(i64::from_be_bytes(bytes), column, scratch))
        }
        Wire::Unsigned32 => {
            fixed(bytes).map(|bytes| integer(u32::from_be_bytes(bytes).into(), column, scratch))
        }
        Wire::Float32 => fixed(bytes).map(|bytes| Cell::Float(shortest(f32::from_be_bytes(bytes)))),
        Wire::Float64 => fixed(bytes).map(|bytes| Cell::Float(f64::from_be_bytes(bytes))),
        Wire::Numeric => numeric(bytes, scratch),
        Wire::Text => text(bytes).map(Cell::Text),
        Wire::Padded => text(bytes).map(|text| Cell::Text(text.trim_end_matches(' '))),
        Wire::Bytes => Some(Cell::Bytes(bytes)),
        Wire::Date => fixed(bytes).and_then(|bytes| date(i32::from_be_bytes(bytes))),
        Wire::Time => fixed(bytes).and_then(|bytes| {
            let micros = u64::try_from(i64::from_be_bytes(bytes)).ok()?;
            Time::from_micros(micros).map(Cell::Time)
        }),
        Wire::Timestamp => fixed(bytes).and_then(|bytes| moment(i64::from_be_bytes(bytes), column)),
        Wire::Uuid => fixed(bytes).map(|bytes| Cell::Uuid(u128::from_be_bytes(bytes))),
        Wire::Json => return text(bytes).is_some_and(|text| tape.push_json(text)),
        Wire::VersionedJson => {
            let json = bytes.strip_prefix(&[1]).and_then(text);
            return json.is_some_and(|text| tape.push_json(text));
        }
        Wire::Array => return array::json(bytes, cell).is_some_and(|text| tape.push_json(&text)),
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

fn integer<'s>(number: i64, column: &Column, scratch: &'s mut String) -> Cell<'s> {
    match column.ty {
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
        _ => Cell::Integer(number),
    }
}

fn date(days: i32) -> Option<Cell<'static>> {
    match days {
        i32::MAX => Infinite::of(&Type::Date, false).map(Cell::Infinite),
        i32::MIN => Infinite::of(&Type::Date, true).map(Cell::Infinite),
        days => Date::from_days_since_2000(days).map(Cell::Date),
    }
}

fn moment(micros: i64, column: &Column) -> Option<Cell<'static>> {
    match micros {
        i64::MAX => Infinite::of(&column.ty, false).map(Cell::Infinite),
        i64::MIN => Infinite::of(&column.ty, true).map(Cell::Infinite),
        micros => Timestamp::from_micros_since_2000(micros).map(|moment| match column.ty {
            Type::ZonedTimestamp => Cell::ZonedTimestamp(moment),
            _ => Cell::Timestamp(moment),
        }),
    }
}

/// Reads a `numeric`. Its bytes are the number of digits in base 10,000, the weight of the first digit, the sign, the
/// number of decimal places to show, and the digits. Returns `None` for NaN and the infinities, which the API cannot
/// express.
fn numeric<'s>(bytes: &[u8], scratch: &'s mut String) -> Option<Cell<'s>> {
    let (header, digits) = bytes.split_first_chunk::<8>()?;
    let [count, weight, sign, scale] = pairs(*header)?;
    if !matches!(sign, 0x0000 | 0x4000) || digits.len() != usize::from(count) * 2 {
        return None;
    }
    let weight = i32::from(weight.cast_signed());
    let scale = i32::from(scale);
    let digit = |place: i32| -> u16 {
        let at = usize::try_from(weight - place).ok().map(|at| at * 2);
        let pair = at.and_then(|at| digits.get(at..at + 2));
        pair.and_then(|pair| pair.try_into().ok())
            .map_or(0, u16::from_be_bytes)
    };
    scratch.clear();
    if sign != 0 {
        scratch.push('-');
    }
    let mut buffer = itoa::Buffer::new();
    scratch.push_str(buffer.format(digit(weight.max(0))));
    for place in (0..weight).rev() {
        padded(digit(place), scratch);
    }
    if scale > 0 {
        scratch.push('.');
        let start = scratch.len();
        for place in 1..=(scale + 3) / 4 {
            padded(digit(-place), scratch);
        }
        scratch.truncate(start + usize::try_from(scale).ok()?);
    }
    Some(Cell::Decimal(scratch))
}

/// Writes a digit of base 10,000 as four decimal digits.
fn padded(digit: u16, out: &mut String) {
    for divisor in [1000, 100, 10, 1] {
        let digit = u8::try_from(digit / divisor % 10).unwrap_or_default();
        out.push(char::from(b'0' + digit));
    }
}

fn pairs(bytes: [u8; 8]) -> Option<[u16; 4]> {
    let mut pairs = [0; 4];
    for (pair, bytes) in pairs.iter_mut().zip(bytes.chunks_exact(2)) {
        *pair = u16::from_be_bytes(bytes.try_into().ok()?);
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let count = u16::try_from(digits.len()).expect("few digits");
        let header = [count, weight.cast_unsigned(), sign, scale];
        let words = header.iter().chain(digits);
        words.flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn a_number_is_its_digits_and_its_scale() {
        let cases = [
            (encoded(0, 0, 0, &[]), "0"),
            (encoded(0, 0, 2, &[]), "0.00"),
            (encoded(0, 0, 2, &[1, 5000]), "1.50"),
            (encoded(-1, 0, 4, &[1]), "0.0001"),
            (encoded(-2, 0, 8, &[1234]), "0.00001234"),
            (encoded(1, 0x4000, 0, &[1, 2]), "-10002"),
            (encoded(2, 0, 1, &[12]), "1200000000.0"),
            (encoded(0, 0, 5, &[9999, 9999, 9000]), "9999.99999"),
        ];
        for (bytes, expected) in cases {
            let mut scratch = String::new();
            assert_eq!(numeric(&bytes, &mut scratch), Some(Cell::Decimal(expected)));
        }
    }

    #[test]
    fn what_is_no_number_has_no_text() {
        for sign in [0xC000, 0xD000, 0xF000] {
            assert_eq!(numeric(&encoded(0, sign, 0, &[]), &mut String::new()), None);
        }
        for bytes in [&b""[..], b"\0\x01\0\0\0\0\0\0", b"1234567"] {
            assert_eq!(numeric(bytes, &mut String::new()), None);
        }
    }
}
