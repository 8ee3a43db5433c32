//! Cursors: places in an ordered list, between two rows, as texts that only this API can make and read.
//!
//! A cursor holds the values by which a row is ordered, encrypted and authenticated by AES-SIV
//! ([RFC 5297](https://www.rfc-editor.org/rfc/rfc5297)). Equal places have equal texts, so that links, and the entity tags
//! of pages with them, stay the same. The text is bound to the list: its path, its filters and its ordering.

use std::fmt;

use aes_siv::{Key, KeyInit as _, aead::Generate as _, siv::Aes128Siv};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::cell::Cell;

/// A place in an ordered list: after or before a row, which need not be there any more.
#[derive(Clone, PartialEq)]
pub(crate) struct Boundary {
    /// For each term of the ordering, the row's value, as its database holds it; `None` for a null.
    pub(crate) marks: Vec<Option<Vec<u8>>>,
    /// Whether the page has the rows before this place, instead of those after it.
    pub(crate) backwards: bool,
    /// Whether the page has the row itself, too, if it is still there.
    pub(crate) inclusive: bool,
}

/// The places where the pages beside a page begin; `None` where there is no page.
#[derive(Clone, Debug)]
pub(crate) struct Neighbours {
    pub(crate) next: Option<Boundary>,
    pub(crate) previous: Option<Boundary>,
}

/// Shows no values, as these may be private.
impl fmt::Debug for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boundary")
            .field("backwards", &self.backwards)
            .finish_non_exhaustive()
    }
}

/// The key that cursors are encrypted with.
#[derive(Clone)]
pub(crate) struct CursorKey(Key<Aes128Siv>);

/// Makes a key that no other process has.
impl Default for CursorKey {
    fn default() -> Self {
        Self(Key::<Aes128Siv>::generate())
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey")
    }
}

/// Separates the keys derived from a program's secret here from any that the program derives from it elsewhere.
const LABEL: &[u8] = b"tower-rest cursor 1\0";

const BACKWARDS: u8 = 1;
const INCLUSIVE: u8 = 2;

impl CursorKey {
    /// Derives the key from a secret of the program.
    pub(crate) fn of(secret: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(LABEL).chain_update(secret);
        Self(digest.finalize())
    }

    /// Returns the text of a place in the list that the parts of `list` describe.
    pub(crate) fn seal<const N: usize>(&self, boundary: &Boundary, list: [&[u8]; N]) -> String {
        let sealed = Aes128Siv::new(&self.0).encrypt(list, &boundary.bytes());
        // The cipher refuses nothing that fits into memory.
        URL_SAFE_NO_PAD.encode(sealed.unwrap_or_default())
    }

    /// Returns the place that a text says; `None` unless this key has sealed the text, for this list.
    pub(crate) fn open<const N: usize>(&self, text: &str, list: [&[u8]; N]) -> Option<Boundary> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let bytes = Aes128Siv::new(&self.0).decrypt(list, &sealed).ok()?;
        Boundary::read(&bytes)
    }
}

impl Boundary {
    /// Returns the place beside a row, given the values by which the row is ordered.
    pub(crate) fn beside<'c>(marks: impl Iterator<Item = Cell<'c>>, backwards: bool) -> Self {
        let marks = marks.map(|cell| match cell {
            Cell::Bytes(mark) => Some(mark.to_vec()),
            _ => None,
        });
        Self {
            marks: marks.collect(),
            backwards,
            inclusive: false,
        }
    }

    /// Returns the same place, looking the other way, so that no row is on neither side of it.
    pub(crate) fn turned(&self) -> Self {
        Self {
            marks: self.marks.clone(),
            backwards: !self.backwards,
            inclusive: !self.inclusive,
        }
    }

    /// Returns the place as bytes: flags, then each value after its length plus one, or a zero for a null.
    fn bytes(&self) -> Vec<u8> {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = flag(self.backwards, BACKWARDS) | flag(self.inclusive, INCLUSIVE);
        let mut bytes = vec![flags];
        for mark in &self.marks {
            let length = mark.as_ref().map_or(0, |mark| mark.len() + 1);
            write_length(length, &mut bytes);
            bytes.extend_from_slice(mark.as_deref().unwrap_or_default());
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (flags, mut rest) = bytes.split_first()?;
        let mut marks = Vec::new();
        while !rest.is_empty() {
            let length;
            (length, rest) = read_length(rest)?;
            marks.push(match length.checked_sub(1) {
                None => None,
                Some(length) => {
                    let (mark, after) = rest.split_at_checked(length)?;
                    rest = after;
                    Some(mark.to_vec())
                }
            });
        }
        Some(Self {
            marks,
            backwards: flags & BACKWARDS != 0,
            inclusive: flags & INCLUSIVE != 0,
        })
    }
}

/// Appends a number in groups of seven bits, of which all but the last have the highest bit of their byte set.
fn write_length(mut number: usize, bytes: &mut Vec<u8>) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

/// Reads what [`write_length`] wrote, and returns what follows it.
fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(4) {
        number |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(at + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Vec<Boundary> {
        let marks = [
            vec![Some(b"Fiat".to_vec()), None, Some(Vec::new())],
            vec![Some(vec![0; 70_000])],
            Vec::new(),
        ];
        let flags = [(false, false), (true, false), (true, true)];
        let each = marks.iter().flat_map(|marks| {
            flags.map(|(backwards, inclusive)| Boundary {
                marks: marks.clone(),
                backwards,
                inclusive,
            })
        });
        each.collect()
    }

    #[test]
    fn a_cursor_is_read_as_the_place_that_it_was_made_of() {
        let key = CursorKey::of(b"a secret of the program");
        for place in places() {
            let text = key.seal(&place, [&b"cars"[..]]);
            assert!(key.open(&text, [&b"cars"[..]]) == Some(place));
        }
    }

    #[test]
    fn a_cursor_is_the_same_for_the_same_place() {
        let place = places().remove(0);
        let seal = || CursorKey::of(b"one").seal(&place, [&b"cars"[..]]);
        assert_eq!(seal(), seal());
    }

    #[test]
    fn a_cursor_of_another_list_or_secret_is_none() {
        let place = places().remove(0);
        let text = CursorKey::of(b"one").seal(&place, [&b"cars"[..]]);
        assert!(CursorKey::of(b"one").open(&text, [&b"parts"[..]]).is_none());
        assert!(
            CursorKey::of(b"other")
                .open(&text, [&b"cars"[..]])
                .is_none()
        );
        assert!(CursorKey::default().open(&text, [&b"cars"[..]]).is_none());
    }

    #[test]
    fn a_changed_cursor_is_none() {
        let key = CursorKey::default();
        let text = key.seal(&places().remove(0), [&b"cars"[..]]);
        for at in 0..text.len() {
            for other in ['A', 'b', '-', '=', ' '] {
                let mut changed = text.clone();
                changed.replace_range(at..=at, &other.to_string());
                assert!(
                    changed == text || key.open(&changed, [&b"cars"[..]]).is_none(),
                    "{changed}"
                );
            }
            let cut = text.get(..at).expect("ASCII");
            assert!(key.open(cut, [&b"cars"[..]]).is_none());
        }
    }
}
