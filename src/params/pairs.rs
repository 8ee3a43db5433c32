//! The query string as pairs of name and value, strictly decoded.
//!
//! The query string is split at each `&`, and each piece at its first `=`. In names and values, `+` is decoded to a
//! space, and `%XX` to a byte. A `!` at the end of a decoded name negates it. Empty pieces are skipped. A piece that
//! cannot be decoded is a fault, and is never repaired.

use std::{borrow::Cow, ops::Range};

use super::hint::shown;
use crate::error::{Code, Fault};

/// A `name=value` pair, and the position of the value in the query string.
#[derive(Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) negated: bool,
    pub(crate) value: Cow<'a, str>,
    pub(crate) value_at: Range<usize>,
}

impl Pair<'_> {
    /// Returns the decoded name, with the `!` of a negation, cut to a readable length.
    pub(crate) fn shown(&self) -> String {
        shown(&self.sent()).into_owned()
    }

    /// Returns the decoded name, with the `!` of a negation.
    pub(crate) fn sent(&self) -> String {
        let mark = if self.negated { "!" } else { "" };
        format!("{}{mark}", self.name)
    }
}

/// Returns the name in a piece `name=value` of the query string, decoded if possible. Faults name their parameters in
/// this form.
pub(crate) fn name_of(piece: &str) -> String {
    let raw = piece.split_once('=').map_or(piece, |(name, _)| name);
    decode(raw).map_or_else(|_| raw.to_owned(), Cow::into_owned)
}

/// Returns the number of pairs, without decoding them.
pub(crate) fn count(query: &str) -> usize {
    query.split('&').filter(|piece| !piece.is_empty()).count()
}

/// Returns the `name=value` pairs of a query string; those that cannot be decoded become faults.
pub(crate) fn read<'a>(query: &'a str, faults: &mut Vec<Fault>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    let mut start = 0;
    for piece in query.split('&') {
        if !piece.is_empty() {
            match pair(piece, start) {
                Ok(pair) => pairs.push(pair),
                Err(fault) => faults.push(fault),
            }
        }
        start += piece.len() + 1;
    }
    pairs
}

/// Returns the `name=value` pairs of a form, or of an action's query string, decoded as strictly as by [`read`]. A
/// final `!` is an ordinary character of the name.
pub(crate) fn plain<'a>(
    text: &'a str,
    faults: &mut Vec<Fault>,
) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let pairs = read(text, faults).into_iter();
    let each = pairs.map(|pair| {
        let name = if pair.negated {
            Cow::Owned(pair.sent())
        } else {
            pair.name
        };
        (name, pair.value)
    });
    each.collect()
}

fn pair(piece: &str, start: usize) -> Result<Pair<'_>, Fault> {
    let (raw_name, raw_value) = match piece.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (piece, None),
    };
    let bad = |name: &str, what: Undecodable| {
        Fault::new(
            name,
            Code::BadEncoding,
            format!("`{}` {}", shown(name), what.words()),
        )
    };
    let mut name = decode(raw_name).map_err(|what| bad(raw_name, what))?;
    let Some(raw_value) = raw_value else {
        let detail = format!("`{0}` has no value: write `{0}=…`", shown(&name));
        return Err(Fault::new(name, Code::InvalidValue, detail));
    };
    let value = decode(raw_value).map_err(|what| bad(&name, what))?;
    let negated = name.ends_with('!');
    if negated {
        match &mut name {
            Cow::Borrowed(name) => *name = name.strip_suffix('!').unwrap_or(name),
            Cow::Owned(name) => drop(name.pop()),
        }
    }
    let at = start + raw_name.len() + 1;
    Ok(Pair {
        name,
        negated,
        value,
        value_at: at..at + raw_value.len(),
    })
}

/// The reason why a text cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undecodable {
    Percent,
    Utf8,
    Nul,
}

impl Undecodable {
    fn words(self) -> &'static str {
        match self {
            Self::Percent => {
                "has a `%` without two hexadecimal digits after it; a percent sign is written `%25`"
            }
            Self::Utf8 => "is not UTF-8 once its `%XX` are decoded",
            Self::Nul => "has a NUL character, which no text may hold",
        }
    }
}

/// Decodes a name or value, with `+` as a space and `%XX` as a byte; refuses a NUL character.
fn decode(raw: &str) -> Result<Cow<'_, str>, Undecodable> {
    let text = if raw.contains('+') {
        Cow::Owned(percent_decode(&raw.replace('+', " "))?.into_owned())
    } else {
        percent_decode(raw)?
    };
    if text.contains('\0') {
        return Err(Undecodable::Nul);
    }
    Ok(text)
}

/// Decodes a text with `%XX` as a byte, as in the path of a URL, where `+` is an ordinary character.
pub(crate) fn percent_decode(raw: &str) -> Result<Cow<'_, str>, Undecodable> {
    if !raw.contains('%') {
        return Ok(Cow::Borrowed(raw));
    }
    let bytes = percent_bytes(raw.as_bytes()).ok_or(Undecodable::Percent)?;
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| Undecodable::Utf8)
}

fn percent_bytes(mut raw: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(raw.len());
    loop {
        raw = match raw {
            [] => return Some(bytes),
            [b'%', high, low, rest @ ..] => {
                bytes.push(hex(*high)? << 4 | hex(*low)?);
                rest
            }
            [b'%', ..] => return None,
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}
