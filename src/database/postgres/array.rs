//! Decoding PostgreSQL's binary arrays into JSON; each element is written like a value of a column of the same type.
//!
//! The layout is that of PostgreSQL's `array_recv`: the number of dimensions, a flag, the element type, each
//! dimension's length and lower bound, then each element's length and bytes. A length of -1 marks a null.

use super::wire::Wire;
use crate::{
    cell::{BODY_BYTES, Cell, Tape, Type, write_text},
    model::Column,
};

/// The most dimensions of an array in PostgreSQL: <https://www.postgresql.org/docs/current/functions-array.html>.
const MOST_DIMENSIONS: usize = 6;

/// A function that appends a value, given as its bytes, as a cell to the tape (the rows being built), or returns
/// `false` if the API cannot express the value.
pub(super) type ReadCell = fn(Wire, &[u8], &Column, &mut String, &mut Tape) -> bool;

/// Returns the JSON document of an array, whose elements `read` decodes; `None` if the elements' type is unknown.
pub(super) fn json(bytes: &[u8], read: ReadCell) -> Option<String> {
    let mut input = ArrayBytes(bytes);
    let dimensions = usize::try_from(input.number()?).ok()?;
    input.number()?;
    let element = input.number()?.cast_unsigned();
    if dimensions == 0 {
        return Some("[]".to_owned());
    }
    if dimensions > MOST_DIMENSIONS {
        return None;
    }
    let mut lengths = Vec::with_capacity(dimensions);
    for _ in 0..dimensions {
        lengths.push(usize::try_from(input.number()?).ok()?);
        input.number()?;
    }
    let ty = element_type(element)?;
    let mut elements = ArrayReader {
        wire: Wire::of(element, &ty)?,
        column: Column::new(String::new(), ty, true),
        scratch: String::new(),
        input,
        read,
    };
    let mut out = Vec::with_capacity(bytes.len());
    elements.write(&lengths, &mut out)?;
    String::from_utf8(out).ok()
}

/// Returns the type that a column of one element would have, by the object identifier of the element type.
fn element_type(oid: u32) -> Option<Type> {
    let integer = |bits| Type::Integer { bits, signed: true };
    Some(match oid {
        16 => Type::Boolean,
        17 => Type::Bytes,
        20 => integer(64),
        21 => integer(16),
        23 => integer(32),
        18 | 19 | 25 | 1042 | 1043 => Type::Text,
        114 | 3802 => Type::Json,
        700 | 701 => Type::Float,
        1082 => Type::Date,
        1083 => Type::Time,
        1114 => Type::Timestamp,
        1184 => Type::ZonedTimestamp,
        1700 => Type::Decimal,
        2950 => Type::Uuid,
        _ => return None,
    })
}

struct ArrayReader<'a> {
    wire: Wire,
    column: Column,
    scratch: String,
    input: ArrayBytes<'a>,
    read: ReadCell,
}

impl ArrayReader<'_> {
    /// Appends the elements of the outermost dimension as a JSON array, each with its inner dimensions. `lengths` has
    /// the length of each dimension.
    fn write(&mut self, lengths: &[usize], out: &mut Vec<u8>) -> Option<()> {
        let Some((length, inner)) = lengths.split_first() else {
            return self.element(out);
        };
        out.push(b'[');
        for at in 0..*length {
            if at > 0 {
                out.push(b',');
            }
            self.write(inner, out)?;
        }
        out.push(b']');
        Some(())
    }

    fn element(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let Ok(length) = usize::try_from(self.input.number()?) else {
            out.extend_from_slice(b"null");
            return Some(());
        };
        let bytes = self.input.take(length)?;
        let mut tape = Tape::new(1);
        // A value that the API cannot express is null, as it is in a column.
        if !(self.read)(self.wire, bytes, &self.column, &mut self.scratch, &mut tape) {
            tape.push(Cell::Null);
        }
        let rows = tape.finish();
        write(rows.get(0)?.cell(0), out);
        Some(())
    }
}

fn write(cell: Cell<'_>, out: &mut Vec<u8>) {
    let plain = match cell {
        Cell::Null => return out.extend_from_slice(b"null"),
        Cell::Float(number) if !number.is_finite() => return out.extend_from_slice(b"null"),
        Cell::Boolean(_)
        | Cell::Integer(_)
        | Cell::Unsigned(_)
        | Cell::Float(_)
        | Cell::Json(_) => true,
        Cell::Decimal(_)
        | Cell::Text(_)
        | Cell::Bytes(_)
        | Cell::Date(_)
        | Cell::Time(_)
        | Cell::Timestamp(_)
        | Cell::ZonedTimestamp(_)
        | Cell::Infinite(_)
        | Cell::Uuid(_) => false,
    };
    if plain {
        return write_text(cell, BODY_BYTES, out);
    }
    let mut text = Vec::new();
    write_text(cell, BODY_BYTES, &mut text);
    let quoted = serde_json::to_string(&String::from_utf8_lossy(&text)).unwrap_or_default();
    out.extend_from_slice(quoted.as_bytes());
}

/// The bytes of a binary array that remain to be read.
struct ArrayBytes<'a>(&'a [u8]);

impl<'a> ArrayBytes<'a> {
    fn number(&mut self) -> Option<i32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(i32::from_be_bytes(*number))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;

    fn json(bytes: &[u8]) -> Option<String> {
        super::json(bytes, decode::cell)
    }

    fn array(header: &[i32], elements: &[Option<&[u8]>]) -> Vec<u8> {
        let mut bytes: Vec<u8> = header.iter().flat_map(|n| n.to_be_bytes()).collect();
        for element in elements {
            let length = element.map_or(-1, |bytes| i32::try_from(bytes.len()).expect("short"));
            bytes.extend(length.to_be_bytes());
            bytes.extend(element.unwrap_or_default());
        }
        bytes
    }

    #[test]
    fn dimensions_are_nested_arrays() {
        let one = 1_i32.to_be_bytes();
        let elements = [Some(&one[..]), None, Some(&one[..]), Some(&one[..])];
        let bytes = array(&[2, 1, 23, 2, 1, 2, 1], &elements);
        assert_eq!(json(&bytes).as_deref(), Some("[[1,null],[1,1]]"));
        assert_eq!(json(&array(&[0, 0, 23], &[])).as_deref(), Some("[]"));
    }

    #[test]
    fn a_damaged_array_has_no_document() {
        let one = 1_i32.to_be_bytes();
        let whole = array(&[1, 0, 23, 1, 1], &[Some(&one)]);
        for end in 0..whole.len() {
            assert_eq!(json(&whole[..end]), None, "{end}");
        }
        assert_eq!(json(&array(&[7, 0, 23], &[])), None);
        assert_eq!(json(&array(&[-1, 0, 23], &[])), None);
        assert_eq!(json(&array(&[1, 0, 600, 1, 1], &[Some(&one)])), None);
    }
}
