//! Cells as JSON, written straight into bytes.

use super::{Document, Objects, pieces::Pieces};
use crate::{
    cell::{BODY_BYTES, Cell, write_text},
    error::Result,
    operation::{Object, Page},
    params::Offer,
};

/// The members of a model's objects, each with its name as JSON has it after another member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members {
    /// `,"make":`, by the column's number; empty for a hidden one.
    pub(crate) columns: Vec<Vec<u8>>,
    /// `,"owner":`, by the relation's place.
    pub(crate) relations: Vec<Vec<u8>>,
    /// `,"id":`, if the key has a second name.
    pub(crate) id: Vec<u8>,
}

impl Members {
    pub(crate) fn of(offer: &Offer) -> Self {
        let columns = offer.model.columns().iter();
        let next = |name: &str| [b",", &*member(name)].concat();
        Self {
            columns: columns
                .map(|column| match column.hidden {
                    true => Vec::new(),
                    false => next(&column.name),
                })
                .collect(),
            relations: offer
                .relations
                .iter()
                .map(|relation| next(&relation.name))
                .collect(),
            id: offer.id_member.as_deref().map(next).unwrap_or_default(),
        }
    }
}

/// Appends a cell: contract, section 4.
pub(crate) fn write_cell(cell: Cell<'_>, out: &mut Vec<u8>) {
    match cell {
        Cell::Null => out.extend_from_slice(b"null"),
        Cell::Text(text) => quoted(text.as_bytes(), out),
        Cell::Float(number) if !number.is_finite() => out.extend_from_slice(b"null"),
        _ => {
            let is_bare = matches!(
                cell,
                Cell::Boolean(_)
                    | Cell::Integer(_)
                    | Cell::Unsigned(_)
                    | Cell::Float(_)
                    | Cell::Json(_)
            );
            if !is_bare {
                out.push(b'"');
            }
            write_text(cell, BODY_BYTES, out);
            // Every other text is free of characters that JSON escapes.
            if !is_bare {
                out.push(b'"');
            }
        }
    }
}

/// Appends a text as a JSON string: RFC 8259, section 7.
pub(crate) fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    escaped(text, out);
    out.push(b'"');
}

/// Appends a text as it stands between the quotes.
pub(crate) fn escaped(text: &[u8], out: &mut Vec<u8>) {
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

/// Where the first byte stands that JSON escapes.
fn first_special(text: &[u8]) -> Option<usize> {
    let is_special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
    let (eights, _) = text.as_chunks();
    let plain = eights.iter().take_while(|eight| !has_special(**eight));
    let start = plain.count() * 8;
    // The last eight bytes, some of them seen twice: most texts are done here.
    if start + 8 > text.len() && text.last_chunk().is_some_and(|last| !has_special(*last)) {
        return None;
    }
    let within = text.get(start..)?.iter().position(is_special)?;
    Some(start + within)
}

/// Whether one of eight bytes is escaped: a byte below another leaves its highest bit in their difference.
fn has_special(eight: [u8; 8]) -> bool {
    const ONES: u64 = u64::MAX / 0xff;
    let eight = u64::from_ne_bytes(eight);
    let below = |bytes: u64, least: u8| bytes.wrapping_sub(ONES * u64::from(least)) & !bytes;
    let equals = |byte: u8| below(eight ^ (ONES * u64::from(byte)), 1);
    let found = below(eight, 0x20) | equals(b'"') | equals(b'\\');
    found & (ONES << 7) != 0
}

/// A name and its colon, as a member begins.
pub(crate) fn member(name: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 3);
    quoted(name.as_bytes(), &mut out);
    out.push(b':');
    out
}

/// What a list says of its page.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) size: u64,
    pub(crate) pages: Option<u64>,
    pub(crate) next: Option<String>,
    pub(crate) previous: Option<String>,
}

/// Writes a list, of at most so many bytes.
pub(crate) fn list(
    page: &Page,
    frame: &Frame,
    objects: &Objects<'_>,
    most: usize,
) -> Result<Document> {
    let mut pieces = Pieces::new(256 + 160 * page.rows.len(), most);
    let out = &mut pieces.out;
    let number = |name: &str, number: Option<u64>, out: &mut Vec<u8>| {
        out.extend_from_slice(name.as_bytes());
        write_cell(number.map_or(Cell::Null, Cell::Unsigned), out);
    };
    let link = |name: &str, link: Option<&String>, out: &mut Vec<u8>| {
        out.extend_from_slice(name.as_bytes());
        write_cell(link.map_or(Cell::Null, |link| Cell::Text(link)), out);
    };
    number("{\"count\":", page.total, out);
    number(",\"page\":", Some(page.number), out);
    number(",\"page_size\":", Some(frame.size), out);
    number(",\"pages\":", frame.pages, out);
    link(",\"next\":", frame.next.as_ref(), out);
    link(",\"previous\":", frame.previous.as_ref(), out);
    out.extend_from_slice(b",\"results\":[");
    pieces.rows(&page.rows, &page.related, objects, (b",", b""))?;
    pieces.out.extend_from_slice(b"]}");
    pieces.finish()
}

/// Writes one object, of at most so many bytes.
pub(crate) fn object(object: &Object, objects: &Objects<'_>, most: usize) -> Result<Document> {
    let mut pieces = Pieces::new(512, most);
    pieces.rows(&object.rows, &object.related, objects, (b"", b""))?;
    pieces.finish()
}

/// A URI, or its beginning, inside a JSON string; with room for some more.
pub(crate) fn inside<'a>(parts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    for part in parts {
        escaped(part.as_bytes(), &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

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
                    // Two have short forms that are as good.
                    let expected = expected.replace("\\b", "\\u0008").replace("\\f", "\\u000c");
                    assert_eq!(out, &expected.as_bytes()[1..expected.len() - 1], "{text:?}");
                }
            }
        }
    }
}
