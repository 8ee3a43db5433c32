//! A pattern in pieces.

/// A piece of a pattern: a text that all engines read alike, or an assertion that they spell differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The end of the text.
    End,
    /// A place where a word of ASCII letters, digits and `_` begins or ends.
    WordBoundary,
    /// Any other place.
    NoWordBoundary,
}
