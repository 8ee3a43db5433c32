//! A document that is written in pieces, up to a limit on its size. Each piece is freed once it is sent.

use std::borrow::Cow;

use bytes::Bytes;

use crate::{
    cell::{Row, Rows},
    error::Result,
    operation::too_large,
};

/// The minimum size of every piece but the last, in bytes. Most pages fit into one piece.
const PIECE: usize = 256 << 10;

/// A written document, and the values of its headers.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) media_type: Cow<'static, str>,
    pub(crate) pieces: Vec<Bytes>,
    /// The value of the `Link` header, if the format cannot contain the links to other pages.
    pub(crate) links: Option<String>,
    /// The number of rows of the whole list, for the `X-Total-Count` header, if the viewset sends it.
    pub(crate) total: Option<u64>,
    /// The value of the `Server-Timing` header: what took how long, for people who wait for a page.
    pub(crate) timing: Option<String>,
}

/// A document being written.
pub(super) struct Pieces {
    done: Vec<Bytes>,
    /// The piece being written.
    pub(super) out: Vec<u8>,
    /// The number of bytes that the document may still have, besides the finished pieces in `done`.
    left: usize,
}

impl Document {
    /// Returns a document of one piece.
    pub(crate) fn new(
        media_type: impl Into<Cow<'static, str>>,
        document: impl Into<Bytes>,
    ) -> Self {
        Self {
            media_type: media_type.into(),
            pieces: vec![document.into()],
            links: None,
            total: None,
            timing: None,
        }
    }

    /// Returns the size of all pieces, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }
}

impl Pieces {
    /// Starts a document of at most `most` bytes, with `capacity` for the first piece.
    pub(super) fn new(capacity: usize, most: usize) -> Self {
        Self {
            done: Vec::new(),
            out: Vec::with_capacity(capacity.min(2 * PIECE)),
            left: most,
        }
    }

    /// Calls `write` for each row with its index, and writes `between` between two rows and `after` after each.
    pub(super) fn rows(
        &mut self,
        rows: &Rows,
        (between, after): (&[u8], &[u8]),
        write: impl Fn(Row<'_>, usize, &mut Vec<u8>),
    ) -> Result<()> {
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                self.out.extend_from_slice(between);
            }
            write(row, at, &mut self.out);
            self.out.extend_from_slice(after);
            if self.out.len() >= PIECE {
                self.cut()?;
            }
        }
        Ok(())
    }

    /// Moves the piece in `out` to `done`, and starts another; fails if the document exceeds its limit.
    fn cut(&mut self) -> Result<()> {
        let left = self.left.checked_sub(self.out.len());
        self.left = left.ok_or_else(too_large)?;
        let piece = std::mem::replace(&mut self.out, Vec::with_capacity(PIECE));
        self.done.push(piece.into());
        Ok(())
    }

    /// Ends the document and returns all its pieces; fails if the document exceeds its limit.
    pub(super) fn finish(mut self, media_type: &'static str) -> Result<Document> {
        if self.out.len() > self.left {
            return Err(too_large());
        }
        if !self.out.is_empty() || self.done.is_empty() {
            self.done.push(self.out.into());
        }
        Ok(Document {
            media_type: media_type.into(),
            pieces: self.done,
            links: None,
            total: None,
            timing: None,
        })
    }
}
