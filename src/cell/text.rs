//! The text of a cell, as used in JSON, in keys in URLs and in filters such as `?built=2014-01-02`.

use std::fmt;

use base64::{
    Engine as _,
    engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE_NO_PAD},
};

use super::{
    Cell,
    moment::{Fraction, write_date, write_time},
};

/// The encoding of bytes in bodies and filters: RFC 4648, section 4.
pub(crate) const BODY_BYTES: &GeneralPurpose = &STANDARD;
/// The encoding of bytes in a URL: RFC 4648, section 5, without padding.
pub(crate) const URL_BYTES: &GeneralPurpose = &URL_SAFE_NO_PAD;

/// Appends the cell's text to `out`; nothing for a null. Binary values are in the encoding `bytes`.
#[inline]
pub(crate) fn write(cell: Cell<'_>, bytes: &GeneralPurpose, out: &mut Vec<u8>) {
    match cell {
        Cell::Null => {}
        Cell::Boolean(true) => out.extend_from_slice(b"true"),
        Cell::Boolean(false) => out.extend_from_slice(b"false"),
        Cell::Integer(number) => {
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        }
        Cell::Unsigned(number) => {
            out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        }
        Cell::Float(number) => out.extend_from_slice(zmij::Buffer::new().format(number).as_bytes()),
        Cell::Decimal(text) | Cell::Text(text) | Cell::Json(text) => {
            out.extend_from_slice(text.as_bytes());
        }
        Cell::Bytes(raw) => out.extend_from_slice(bytes.encode(raw).as_bytes()),
        Cell::Date(date) => write_date(out, date),
        Cell::Time(time) => write_time(out, time, Fraction::Trimmed),
        Cell::Timestamp(timestamp) => timestamp.write(out, b'T', Fraction::Trimmed),
        Cell::ZonedTimestamp(timestamp) => {
            timestamp.write(out, b'T', Fraction::Trimmed);
            out.push(b'Z');
        }
        Cell::Infinite(infinite) => out.extend_from_slice(infinite.text().as_bytes()),
        Cell::Uuid(uuid) => write_uuid(uuid, out),
    }
}

/// Shows the text that JSON has for the value, without quotes; nothing for a null.
///
/// ```
/// use tower_rest::Cell;
/// assert_eq!(Cell::Decimal("1.50").to_string(), "1.50");
/// assert_eq!(Cell::Null.to_string(), "");
/// ```
impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        write(*self, BODY_BYTES, &mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

/// Reads a UUID in its hyphenated form in lower case; `None` for any other form.
pub(crate) fn parse_uuid(text: &str) -> Option<u128> {
    let uuid = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
    let mut canonical = Vec::with_capacity(36);
    write_uuid(uuid, &mut canonical);
    (canonical == text.as_bytes()).then_some(uuid)
}

fn write_uuid(uuid: u128, out: &mut Vec<u8>) {
    let hex = format!("{uuid:032x}");
    for (at, digit) in hex.bytes().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push(b'-');
        }
        out.push(digit);
    }
}
