//! Patterns: regular expressions in a syntax that every database reads alike.
//!
//! 1. A pattern is read here, by the parser of the crate `regex`, and refused if some database lacks what it uses.
//! 2. What is read is written anew for each engine, by constructs that mean the same in all of them: `\d` becomes
//!    `[0-9]`, `.` a class without the line feed. No engine sees the text of a request.
//! 3. Ignoring case is part of what is written, so that it does not depend on a collation.

mod piece;
#[cfg(feature = "regex")]
mod pieces;
#[cfg(feature = "regex")]
mod syntax;

use self::piece::Piece;

/// A regular expression that has been read and checked.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pieces: Vec<Piece>,
    #[cfg(feature = "regex")]
    regex: regex::Regex,
}

/// How an engine spells the assertions that differ.
pub(crate) struct Spelling {
    end: &'static str,
    word_boundary: &'static str,
    no_word_boundary: &'static str,
}

/// The spelling of the crate `regex`.
#[cfg(any(feature = "regex", feature = "sqlite"))]
const OF_RUST: Spelling = Spelling {
    end: r"\z",
    word_boundary: r"(?-u:\b)",
    no_word_boundary: r"(?-u:\B)",
};

/// The spelling of MySQL (ICU) and MariaDB (PCRE2), whose own boundaries are those of words in any script.
#[cfg(feature = "mysql")]
pub(crate) const OF_MYSQL: Spelling = Spelling {
    end: r"\z",
    word_boundary: "(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))",
    no_word_boundary: "(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))",
};

/// The spelling of PostgreSQL: <https://www.postgresql.org/docs/current/functions-matching.html>.
#[cfg(feature = "postgres")]
pub(crate) const OF_POSTGRES: Spelling = Spelling {
    end: r"\Z",
    word_boundary: "(?:(?<=[0-9A-Z_a-z])(?![0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?=[0-9A-Z_a-z]))",
    no_word_boundary: "(?:(?<=[0-9A-Z_a-z])(?=[0-9A-Z_a-z])|(?<![0-9A-Z_a-z])(?![0-9A-Z_a-z]))",
};

impl Pattern {
    /// Reads a pattern. The error completes "but takes …".
    #[cfg(feature = "regex")]
    pub(crate) fn read(text: &str, ignore_case: bool) -> Result<Self, String> {
        let pieces = pieces::of(&syntax::read(text, ignore_case)?)?;
        let spelled = spell(&pieces, &OF_RUST);
        let regex = regex::Regex::new(&spelled).map_err(|_| pieces::TOO_LARGE.to_owned())?;
        Ok(Self { pieces, regex })
    }

    /// Always fails, since this build has no regular expressions, and no viewset offers them.
    #[cfg(not(feature = "regex"))]
    pub(crate) fn read(_text: &str, _ignore_case: bool) -> Result<Self, String> {
        Err("nothing: this build has no regular expressions".to_owned())
    }

    /// Whether the pattern matches somewhere in the text.
    #[cfg(feature = "regex")]
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    #[cfg(not(feature = "regex"))]
    #[expect(clippy::unused_self, reason = "there is no pattern in such a build")]
    pub(crate) fn matches(&self, _text: &str) -> bool {
        false
    }

    /// Returns the pattern as the crate `regex` reads it.
    #[cfg(feature = "sqlite")]
    pub(crate) fn text(&self) -> String {
        spell(&self.pieces, &OF_RUST)
    }

    /// Returns the pattern as another engine reads it.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    pub(crate) fn spelled(&self, spelling: &Spelling) -> String {
        spell(&self.pieces, spelling)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.pieces == other.pieces
    }
}

fn spell(pieces: &[Piece], spelling: &Spelling) -> String {
    let each = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::End => spelling.end,
        Piece::WordBoundary => spelling.word_boundary,
        Piece::NoWordBoundary => spelling.no_word_boundary,
    });
    each.collect()
}

#[cfg(all(test, feature = "regex"))]
mod tests;
