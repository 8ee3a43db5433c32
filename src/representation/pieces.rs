//! A document as it is written: in pieces, so that each can be freed once it is sent, and no longer than it may be.

use bytes::Bytes;

use super::Objects;
use crate::{
    cell::Rows,
    error::Result,
    operation::{Related, too_large},
};

/// How long a piece is at least, but the last: longer than most pages, which are one piece.
const PIECE: usize = 256 << 10;

/// A document that is written, and what a header says of its place among others.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) pieces: Vec<Bytes>,
    /// The value of a `Link` header.
    pub(crate) links: Option<String>,
}

/// A document being written.
pub(super) struct Pieces {
    done: Vec<Bytes>,
    /// The piece that is written to.
    pub(super) out: Vec<u8>,
    /// How many bytes there may still be after those of the pieces that are done.
    left: usize,
}

impl From<Vec<u8>> for Document {
    fn from(document: Vec<u8>) -> Self {
        Self {
            pieces: vec![document.into()],
            links: None,
        }
    }
}

impl Document {
    /// How many bytes it has.
    pub(crate) fn bytes(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }
}

impl Pieces {
    /// Pieces of at most so many bytes, the first of them with room for `capacity`.
    pub(super) fn new(capacity: usize, most: usize) -> Self {
        Self {
            done: Vec::new(),
            out: Vec::with_capacity(capacity.min(2 * PIECE)),
            left: most,
        }
    }

    /// Writes rows, and those related to them, `between` two of them and `after` each.
    pub(super) fn rows(
        &mut self,
        rows: &Rows,
        related: &[Related],
        objects: &Objects<'_>,
        (between, after): (&[u8], &[u8]),
    ) -> Result<()> {
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                self.out.extend_from_slice(between);
            }
            objects.write(row, at, related, b"", &mut self.out);
            self.out.extend_from_slice(after);
            if self.out.len() >= PIECE {
                self.cut()?;
            }
        }
        Ok(())
    }

    /// Begins another piece, unless there would be too many bytes.
    fn cut(&mut self) -> Result<()> {
        let left = self.left.checked_sub(self.out.len());
        self.left = left.ok_or_else(too_large)?;
        let piece = std::mem::replace(&mut self.out, Vec::with_capacity(PIECE));
        self.done.push(piece.into());
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Document> {
        if self.out.len() > self.left {
            return Err(too_large());
        }
        if !self.out.is_empty() || self.done.is_empty() {
            self.done.push(self.out.into());
        }
        Ok(Document {
            pieces: self.done,
            links: None,
        })
    }
}
