//! A document as it is written: in pieces, so that each can be freed once it is sent, and no longer than it may be.

use bytes::Bytes;

use crate::{
    cell::{Row, Rows},
    error::Result,
    operation::too_large,
};

/// How long a piece is at least, but the last: longer than most pages, which are one piece.
const PIECE: usize = 256 << 10;

/// A document that is written, and what headers say of it.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) media_type: &'static str,
    pub(crate) pieces: Vec<Bytes>,
    /// The value of a `Link` header, for the links that the document itself has no place for.
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

impl Document {
    /// Returns a document of one piece.
    pub(crate) fn new(media_type: &'static str, document: Vec<u8>) -> Self {
        Self {
            media_type,
            pieces: vec![document.into()],
            links: None,
        }
    }

    /// Returns how many bytes it has.
    pub(crate) fn bytes(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }
}

impl Pieces {
    /// Begins pieces of at most so many bytes, the first of them with room for `capacity`.
    pub(super) fn new(capacity: usize, most: usize) -> Self {
        Self {
            done: Vec::new(),
            out: Vec::with_capacity(capacity.min(2 * PIECE)),
            left: most,
        }
    }

    /// Writes rows, each with its place among them, `between` two of them and `after` each.
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

    /// Begins another piece, unless there would be too many bytes.
    fn cut(&mut self) -> Result<()> {
        let left = self.left.checked_sub(self.out.len());
        self.left = left.ok_or_else(too_large)?;
        let piece = std::mem::replace(&mut self.out, Vec::with_capacity(PIECE));
        self.done.push(piece.into());
        Ok(())
    }

    /// Ends the document.
    pub(super) fn finish(mut self, media_type: &'static str) -> Result<Document> {
        if self.out.len() > self.left {
            return Err(too_large());
        }
        if !self.out.is_empty() || self.done.is_empty() {
            self.done.push(self.out.into());
        }
        Ok(Document {
            media_type,
            pieces: self.done,
            links: None,
        })
    }
}
