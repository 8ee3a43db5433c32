//! Entity tags (RFC 9110, section 8.8.3): versions of rows and documents, which clients send back in `If-Match` and
//! `If-None-Match`.
//!
//! The tag of an object is `"row-document"`: a digest of the row, by which a write checks that the row is still as the
//! client saw it, and a digest of the document, by which a cache checks its copy. The tag of a list is a digest of the
//! document only.

use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};
use xxhash_rust::xxh3::Xxh3;

use crate::{
    cell::{BODY_BYTES, Cell, Row, write_text},
    header::split,
    model::{Column, ColumnNumber, Model},
};

/// The digest of visible columns of a row: `0f3a…`, or `0f3a….0.2` for the columns 0 and 2 of the model alone.
///
/// The digest is cryptographic, so that nobody can make a row that has the digest of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowTag(String);

/// The tags of an `If-Match` or `If-None-Match` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tags {
    /// `*`, which every existing row and document matches.
    Any,
    /// The given tags, each without its quotes and without `W/`, which a proxy adds when it compresses an answer.
    Of(Vec<String>),
}

/// The error of a header that is neither `*` nor a list of quoted entity tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotTags;

impl RowTag {
    /// Returns the tag of the columns `shown` of a row, whose cells are those of the columns `read`, ascending. Returns
    /// `None` if a column of `shown` is not read, or if `shown` is empty.
    pub(crate) fn of(
        model: &Model,
        row: Row<'_>,
        read: &[ColumnNumber],
        shown: &[ColumnNumber],
    ) -> Option<Self> {
        let mut shown = shown.to_vec();
        shown.sort_unstable();
        let mut bytes = Vec::with_capacity(1024);
        for number in &shown {
            let cell = row.cell(read.binary_search(number).ok()?);
            append(&mut bytes, |out| {
                out.extend_from_slice(model.at(*number).map_or("", Column::name).as_bytes());
            });
            bytes.push(u8::from(cell != Cell::Null));
            append(&mut bytes, |out| write_text(cell, BODY_BYTES, out));
        }
        let digest = Sha256::digest(&bytes);
        let mut tag = String::with_capacity(32);
        for byte in digest.iter().take(16) {
            tag.extend(
                [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0')),
            );
        }
        if shown != visible(model) {
            tag.extend(shown.iter().map(|number| format!(".{number}")));
        }
        (!shown.is_empty()).then_some(Self(tag))
    }

    /// Returns the columns in the digest, ascending.
    fn columns(&self, model: &Model) -> Vec<ColumnNumber> {
        let mut all = visible(model);
        if let Some((_, some)) = self.0.split_once('.') {
            let some: Vec<_> = some.split('.').collect();
            all.retain(|number| some.contains(&number.to_string().as_str()));
        }
        all
    }
}

impl Tags {
    /// Reads a header with entity tags; `None` without it.
    ///
    /// # Errors
    ///
    /// [`NotTags`] when the header is neither `*` nor a list of quoted tags.
    pub(crate) fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, NotTags> {
        let mut tags = Vec::new();
        let mut values = headers.get_all(name).iter().peekable();
        if values.peek().is_none() {
            return Ok(None);
        }
        for value in values {
            let value = value.to_str().map_err(|_| NotTags)?;
            if value.trim() == "*" {
                return Ok(Some(Self::Any));
            }
            for tag in split(value, ',').filter(|tag| !tag.is_empty()) {
                let tag = tag.strip_prefix("W/").unwrap_or(tag);
                let inside = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
                let inside = inside.filter(|tag| !tag.contains('"'));
                tags.push(inside.ok_or(NotTags)?.to_owned());
            }
        }
        Ok(Some(Self::Of(tags)))
    }

    /// Whether one of the tags is that of a document; `etag` is the document's `ETag` header.
    pub(crate) fn name_document(&self, etag: &HeaderValue) -> bool {
        match self {
            Self::Any => true,
            Self::Of(tags) => tags
                .iter()
                .any(|tag| etag.as_bytes() == format!("\"{tag}\"").as_bytes()),
        }
    }

    /// Returns the columns that must be read of a row to compare it with the tags.
    pub(crate) fn columns(&self, model: &Model) -> Vec<ColumnNumber> {
        self.rows().flat_map(|row| row.columns(model)).collect()
    }

    /// Whether one of the tags is that of a row, whose cells are those of the columns `read`, ascending.
    pub(crate) fn name_row(&self, model: &Model, row: Row<'_>, read: &[ColumnNumber]) -> bool {
        let is_it = |tag: RowTag| {
            RowTag::of(model, row, read, &tag.columns(model)).is_some_and(|now| now == tag)
        };
        *self == Self::Any || self.rows().any(is_it)
    }

    /// Returns the part of each tag that identifies a row.
    fn rows(&self) -> impl Iterator<Item = RowTag> {
        let tags = match self {
            Self::Any => &[][..],
            Self::Of(tags) => tags,
        };
        let rows = tags.iter().filter_map(|tag| tag.split_once('-'));
        rows.map(|(row, _)| RowTag(row.to_owned()))
    }
}

/// Returns the value of `ETag` for a document in a format, and for the row that it shows, if it shows one.
pub(crate) fn etag<'d>(
    row: Option<&RowTag>,
    format: &str,
    document: impl IntoIterator<Item = &'d [u8]>,
) -> Option<HeaderValue> {
    // This digest need not be cryptographic, since it only identifies a copy in a cache. It is fast, since a document
    // may have megabytes.
    let mut digest = Xxh3::new();
    digest.update(format.as_bytes());
    document.into_iter().for_each(|piece| digest.update(piece));
    let document = format!("{:032x}", digest.digest128());
    let tag = match row {
        Some(RowTag(row)) => format!("\"{row}-{document}\""),
        None => format!("\"{document}\""),
    };
    HeaderValue::try_from(tag).ok()
}

/// Returns the columns of a model that clients see, ascending.
fn visible(model: &Model) -> Vec<ColumnNumber> {
    let all = model.numbered().filter(|(_, column)| !column.hidden);
    all.map(|(number, _)| number).collect()
}

/// Appends a text with its length after it, so that no two sequences of texts give the same bytes.
fn append(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    write(bytes);
    let length = (bytes.len() - start) as u64;
    bytes.extend_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use http::header::IF_MATCH;

    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<Tags>, NotTags> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IF_MATCH, HeaderValue::from_static(value));
        }
        Tags::read(&headers, &IF_MATCH)
    }

    #[test]
    fn tags_are_read_from_every_line_of_a_header() {
        let of = |tags: &[&str]| {
            Ok(Some(Tags::Of(
                tags.iter().map(|tag| (*tag).to_owned()).collect(),
            )))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[" * "]), Ok(Some(Tags::Any)));
        assert_eq!(read(&["\"a\""]), of(&["a"]));
        assert_eq!(read(&["W/\"a\", \"b,c\"", "\"d\""]), of(&["a", "b,c", "d"]));
        assert_eq!(read(&["a"]), Err(NotTags));
        assert_eq!(read(&["\"a\" \"b\""]), Err(NotTags));
    }
}
