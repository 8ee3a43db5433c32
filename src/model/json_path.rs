//! Paths to a value inside a JSON document, such as `$.wood.kind` or `$.doors[0]`.

use std::{fmt, iter::Peekable, str::Chars};

/// The most steps of a path.
const MOST_STEPS: usize = 32;

/// A path of members and indices, one step at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonPath(Vec<JsonStep>);

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JsonStep {
    /// The member of an object with this name.
    Member(String),
    /// The item of an array at this place, counted from zero.
    Index(u32),
}

impl JsonPath {
    /// Reads a path. The error says what is wrong.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut chars = text.chars().peekable();
        if chars.next() != Some('$') {
            return Err("a path starts with `$`".to_owned());
        }
        let mut steps = Vec::new();
        while let Some(first) = chars.next() {
            steps.push(match first {
                '.' => member(&mut chars)?,
                '[' => index(&mut chars)?,
                other => return Err(format!("`{other}` is no step; write `.name` or `[0]`")),
            });
        }
        match steps.len() {
            0 => Err("a path has a step at least".to_owned()),
            count if count > MOST_STEPS => Err(format!("a path has {MOST_STEPS} steps at most")),
            _ => Ok(Self(steps)),
        }
    }

    pub(crate) fn steps(&self) -> &[JsonStep] {
        &self.0
    }

    /// Returns the paths to the values that must be arrays, since an index follows.
    pub(crate) fn arrays(&self) -> impl Iterator<Item = Self> {
        let indices = self.0.iter().enumerate();
        let indices = indices.filter(|(_, step)| matches!(step, JsonStep::Index(_)));
        indices.map(|(at, _)| Self(self.0.get(..at).unwrap_or_default().to_vec()))
    }
}

/// Writes the path as SQLite, MySQL and MariaDB read it: with names in quotes.
impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|step| match step {
            JsonStep::Member(name) => write!(f, ".\"{name}\""),
            JsonStep::Index(index) => write!(f, "[{index}]"),
        })
    }
}

fn member(chars: &mut Peekable<Chars<'_>>) -> Result<JsonStep, String> {
    let is_quoted = chars.next_if_eq(&'"').is_some();
    let mut name = String::new();
    while let Some(char) = chars.next_if(|char| match is_quoted {
        // These end the name, or are escapes in the SQL of some database.
        true => !matches!(char, '"' | '\\' | '\'') && !char.is_control(),
        false => char.is_ascii_alphanumeric() || *char == '_',
    }) {
        name.push(char);
    }
    if is_quoted && chars.next() != Some('"') {
        return Err(
            "a name in quotes has no `\\`, no `'`, no control character, and a `\"` after it"
                .to_owned(),
        );
    }
    match name.is_empty() {
        true => Err("a name has a character at least".to_owned()),
        false => Ok(JsonStep::Member(name)),
    }
}

fn index(chars: &mut Peekable<Chars<'_>>) -> Result<JsonStep, String> {
    let mut digits = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    let is_closed = chars.next() == Some(']');
    let index = digits.parse().ok().filter(|_| is_closed);
    let index = index.ok_or_else(|| "an index is a number in brackets: `[0]`".to_owned())?;
    Ok(JsonStep::Index(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_members_and_indices_and_nothing_else() {
        let read = |text| JsonPath::read(text).map(|path| path.to_string());
        let paths = [
            ("$.wood", "$.\"wood\""),
            ("$.a_1[0].b", "$.\"a_1\"[0].\"b\""),
            ("$[12]", "$[12]"),
            ("$.\"a b.c\"[0][1]", "$.\"a b.c\"[0][1]"),
            ("$.\"été\"", "$.\"été\""),
        ];
        for (text, expected) in paths {
            assert_eq!(read(text).as_deref(), Ok(expected));
        }
        let others = [
            "",
            "$",
            "wood",
            "$wood",
            "$.",
            "$..a",
            "$.a b",
            "$[",
            "$[a]",
            "$[-1]",
            "$[1",
            "$.*",
            "$[*]",
            "$.\"a",
            "$.\"a\\b\"",
            "$.\"a'b\"",
            "$.\"\"",
            "$[99999999999]",
            "$.a-b",
            "$ .a",
            "$.a;",
        ];
        for text in others {
            assert!(read(text).is_err(), "{text}");
        }
        let deep = format!("${}", "[0]".repeat(33));
        assert!(read(&deep).is_err());
    }
}
