//! A pattern in constructs that mean the same in every engine: `(?:…)`, `[…]`, `|`, counts, and escaped characters.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, Hir, HirKind, Look, Repetition};

use super::piece::Piece;

/// The pattern that a larger one is to be replaced by.
pub(super) const TOO_LARGE: &str =
    "a smaller pattern: its repetitions stand for more than 1000 characters";

const NO_CHARACTER: &str = "brackets with a character at least";

/// The largest count that PostgreSQL takes.
const MOST_TIMES: u32 = 255;

/// The most characters that a pattern may stand for once its counts are written out, since servers write them out.
const MOST_CHARACTERS: usize = 1000;

/// Returns the pieces of a pattern. The error completes "but takes …".
pub(super) fn of(pattern: &Hir) -> Result<Vec<Piece>, String> {
    if characters(pattern) > MOST_CHARACTERS {
        return Err(TOO_LARGE.to_owned());
    }
    let mut pieces = PieceWriter(vec![Piece::Text(String::new())]);
    pieces.group(pattern)?;
    Ok(pieces.0)
}

/// Returns how many characters the pattern stands for, with its counts written out.
fn characters(pattern: &Hir) -> usize {
    match pattern.kind() {
        HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Capture(capture) => characters(&capture.sub),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            let times = usize::try_from(times).unwrap_or(usize::MAX);
            characters(&repetition.sub).saturating_mul(times)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts
            .iter()
            .fold(0, |all, part| all.saturating_add(characters(part))),
    }
}

struct PieceWriter(Vec<Piece>);

impl PieceWriter {
    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
    }

    /// Appends a pattern in parentheses.
    fn group(&mut self, pattern: &Hir) -> Result<(), String> {
        self.text("(?:");
        self.pattern(pattern)?;
        self.text(")");
        Ok(())
    }

    fn pattern(&mut self, pattern: &Hir) -> Result<(), String> {
        match pattern.kind() {
            HirKind::Empty => {}
            HirKind::Literal(literal) => {
                let text = String::from_utf8_lossy(&literal.0);
                text.chars().for_each(|char| self.text(&escaped(char)));
            }
            HirKind::Class(Class::Unicode(class)) => self.class(class)?,
            // So the parser writes brackets that no character is in; of patterns over bytes there are none.
            HirKind::Class(Class::Bytes(_)) => return Err(NO_CHARACTER.to_owned()),
            HirKind::Look(look) => self.look(*look)?,
            HirKind::Repetition(repetition) => self.repetition(repetition)?,
            HirKind::Capture(capture) => self.group(&capture.sub)?,
            HirKind::Concat(parts) => {
                for part in parts {
                    match part.kind() {
                        HirKind::Alternation(_) => self.group(part)?,
                        HirKind::Empty
                        | HirKind::Literal(_)
                        | HirKind::Class(_)
                        | HirKind::Look(_)
                        | HirKind::Repetition(_)
                        | HirKind::Capture(_)
                        | HirKind::Concat(_) => self.pattern(part)?,
                    }
                }
            }
            HirKind::Alternation(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    self.text(if at == 0 { "" } else { "|" });
                    self.pattern(part)?;
                }
            }
        }
        Ok(())
    }

    fn look(&mut self, look: Look) -> Result<(), String> {
        match look {
            Look::Start => self.text("\\A"),
            Look::End => self.0.push(Piece::End),
            Look::WordUnicode | Look::WordAscii => self.0.push(Piece::WordBoundary),
            Look::WordUnicodeNegate | Look::WordAsciiNegate => self.0.push(Piece::NoWordBoundary),
            // Only flags and other boundaries lead to these, which `syntax` refuses.
            _ => return Err("a pattern without this boundary".to_owned()),
        }
        Ok(())
    }

    /// Appends a repetition. Whether it is greedy does not change where a pattern matches.
    fn repetition(&mut self, repetition: &Repetition) -> Result<(), String> {
        self.group(&repetition.sub)?;
        let (min, max) = (repetition.min, repetition.max);
        if min.max(max.unwrap_or(0)) > MOST_TIMES {
            return Err(format!("counts of at most {MOST_TIMES}"));
        }
        match (min, max) {
            (0, None) => self.text("*"),
            (1, None) => self.text("+"),
            (0, Some(1)) => self.text("?"),
            (min, None) => self.text(&format!("{{{min},}}")),
            (min, Some(max)) => self.text(&format!("{{{min},{max}}}")),
        }
        Ok(())
    }

    /// Appends a class in brackets: its characters or, if the last of Unicode is among them, `^` and the others.
    fn class(&mut self, class: &ClassUnicode) -> Result<(), String> {
        let Some(last) = class.ranges().last() else {
            return Err(NO_CHARACTER.to_owned());
        };
        if last.end() != char::MAX {
            self.text("[");
            self.ranges(class);
            self.text("]");
            return Ok(());
        }
        let mut others = class.clone();
        others.negate();
        match others.ranges() {
            [] => self.text("(?:[^\\n]|\\n)"),
            [_, ..] => {
                self.text("[^");
                self.ranges(&others);
                self.text("]");
            }
        }
        Ok(())
    }

    fn ranges(&mut self, class: &ClassUnicode) {
        for range in class.ranges() {
            let (first, last) = (escaped(range.start()), escaped(range.end()));
            self.text(&first);
            if is_range(*range) {
                self.text("-");
                self.text(&last);
            }
        }
    }
}

/// Whether a range has more than one character. The zero byte is written as a range, since PostgreSQL reads a digit
/// after its escape as part of it.
fn is_range(range: ClassUnicodeRange) -> bool {
    range.start() != range.end() || range.start() == '\0'
}

/// Returns a character as every engine reads it, inside brackets and outside.
fn escaped(char: char) -> String {
    match char {
        '\0' => "\\x00".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        // The crate `regex` reads `\<` and `\>` as boundaries.
        '_' | '<' | '>' => char.to_string(),
        // Also the space, which a server may be set to ignore.
        ' ' => "\\ ".to_owned(),
        char if char.is_ascii_punctuation() => format!("\\{char}"),
        char => char.to_string(),
    }
}
