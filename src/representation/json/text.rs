//! Cells and texts as JSON, written directly into a buffer of bytes.

use crate::cell::{BODY_BYTES, Cell, write_text};

/// Appends a cell as a JSON value: null, a boolean, a number, a document, or the text of any other type as a string.
pub(crate) fn write_cell(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Text(text) => quoted(text.as_bytes(), out),
        Cell::Float(number) if !number.is_finite() => out.extend_from_slice(b"null"),
        Cell::Boolean(_)
        | Cell::Integer(_)
        | Cell::Unsigned(_)
        | Cell::Float(_)
        | Cell::Json(_) => write_text(cell, BODY_BYTES, out),
        // The texts of these types contain no characters that JSON escapes.
        Cell::Decimal(_)
        | Cell::Bytes(_)
        | Cell::Date(_)
        | Cell::Time(_)
        | Cell::Timestamp(_)
        | Cell::ZonedTimestamp(_)
        | Cell::Infinite(_)
        | Cell::Uuid(_) => {
            out.push(b'"');
            write_text(cell, BODY_BYTES, out);
            out.push(b'"');
        }
    }
}

/// Appends a text as a JSON string: RFC 8259, section 7.
pub(super) fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escaped(text, out);
    out.push(b'"');
}

/// Whether a text contains characters that JSON escapes.
pub(super) fn needs_escaping(text: &str) -> bool {
    first_special(text.as_bytes()).is_some()
}

/// Escapes the text from `start` to the end of `out`. Nothing is copied if no character needs it.
pub(super) fn escape_from(start: usize, out: &mut Vec<u8>) {
    let special = out.get(start..).and_then(first_special);
    if let Some(at) = special {
        let text = out.split_off(start + at);
        escaped(&text, out);
    }
}

/// Appends a text with JSON escapes, without the quotes.
fn escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = first_special(rest) {
        let (plain, special) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, after)) = special.split_first() else {
            break;
        };
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// Returns the index of the first byte that JSON escapes.
#[inline]
fn first_special(text: &[u8]) -> Option<usize> {
    let is_special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    let (eights, _) = text.as_chunks();
    let plain = eights.iter().take_while(|eight| !has_special(**eight));
    let start = plain.count() * 8;
    // The last eight bytes of the text cover those after the last full block, and some that are already checked. Most
    // texts have nothing to escape and return here.
    if start + 8 > text.len() && text.last_chunk().is_some_and(|last| !has_special(*last)) {
        return None;
    }
    let within = text.get(start..)?.iter().position(is_special)?;
    Some(start + within)
}

/// Whether any of eight bytes must be escaped. All are tested at once, as one integer: subtracting a larger number from
/// a byte sets its highest bit.
fn has_special(eight: [u8; 8]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    let eight = u64::from_ne_bytes(eight);
    let below = |bytes: u64, least: u8| bytes.wrapping_sub(ONES * u64::from(least)) & !bytes;
    let equals = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    let found = below(eight, 0x20) | equals(b'"') | equals(b'\\');
    found & (ONES << 7) != 0
}

#[cfg(test)]
mod tests {
    use super::{escape_from, escaped};

    #[test]
    fn every_byte_is_escaped_wherever_it_stands_as_serde_does() {
        for byte in 0..=0x7f_u8 {
            for at in 0..20 {
                let mut text = *b"01234567890123456789";
                text[at] = byte;
                let text = String::from_utf8(text.to_vec()).expect("ASCII");
                for text in [text.clone(), format!("ä{text}€"), text[at..].to_owned()] {
                    let mut out = Vec::new();
                    escaped(text.as_bytes(), &mut out);
                    let expected = serde_json::to_string(&text).expect("a text");
                    // Two escapes have short forms that are equally valid.
                    let expected = expected.replace("\\b", "\\u0008").replace("\\f", "\\u000c");
                    assert_eq!(out, &expected.as_bytes()[1..expected.len() - 1], "{text:?}");
                    let mut in_place = [b"\"\n", text.as_bytes()].concat();
                    escape_from(2, &mut in_place);
                    assert_eq!(in_place, [b"\"\n", &*out].concat(), "{text:?}");
                }
            }
        }
    }
}
