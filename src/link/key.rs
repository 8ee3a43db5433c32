//! Writing keys into URLs.
//!
//! Each value of a key is written as text, percent-encoded except for RFC 3986's unreserved characters. The values of a
//! key of several columns are joined by commas. One `~` is put in front of a segment that would be empty, be `.` or
//! `..`, equal the name of an action on the collection, or begin with `~`. Reading removes one leading `~`, so that
//! every link leads to the row it was written for.

use crate::cell::{Cell, URL_BYTES, write_text};

/// Appends a key as a segment of a URL, such as `7` or `1,7`. If a part is null, the key identifies no row: `false` is
/// returned, and nothing is appended. `reserved` lists the segments that have another meaning in this position, such as
/// names of actions.
pub(crate) fn write_key<'a>(
    parts: impl ExactSizeIterator<Item = Cell<'a>>,
    reserved: &[String],
    out: &mut Vec<u8>,
) -> bool {
    let start = out.len();
    let alone = parts.len() == 1;
    for (at, part) in parts.enumerate() {
        if part == Cell::Null {
            out.truncate(start);
            return false;
        }
        if at > 0 {
            out.push(b',');
        }
        write_part(part, at == 0, alone, out);
    }
    // Names of actions have only characters that are not percent-encoded, so the written segment can be compared.
    let is_name = |name: &String| out.get(start..) == Some(name.as_bytes());
    if reserved.iter().any(is_name) {
        out.insert(start, b'~');
    }
    true
}

fn write_part(part: Cell<'_>, is_first: bool, alone: bool, out: &mut Vec<u8>) {
    if let Cell::Integer(number) = part {
        out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
        return;
    }
    let mut text = Vec::with_capacity(40);
    write_text(part, URL_BYTES, &mut text);
    let is_special = match text.as_slice() {
        [b'~', ..] => is_first,
        b"" | b"." | b".." => alone,
        _ => false,
    };
    if is_special {
        out.push(b'~');
    }
    percent_encode(&text, out);
}

/// Returns a text, percent-encoded as by [`percent_encode`].
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = Vec::with_capacity(text.len() + 8);
    percent_encode(text.as_bytes(), &mut encoded);
    String::from_utf8(encoded).unwrap_or_default()
}

/// Returns the pair `name=value` of a query string, percent-encoded.
#[cfg(feature = "html")]
pub(crate) fn query_pair(name: &str, value: &str) -> String {
    [&percent_encoded(name), "=", &percent_encoded(value)].concat()
}

/// Appends a text, percent-encoded except for RFC 3986's unreserved characters.
pub(crate) fn percent_encode(text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or_default();
    for byte in text {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(*byte);
        } else {
            out.extend([b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
