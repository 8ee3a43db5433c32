//! Deserializing JSON in two passes: the first checks the document, the second reads it as the requested type.

use std::{collections::HashSet, fmt};

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_path_to_error::{Path, Segment};

use super::fault::malformed;
use crate::cell::JsonText;
use crate::error::{Code, Error, Fault, Result, Where, push_step, shown};

/// Checks that a document is well-formed JSON, has at most `depth` levels of nesting, and repeats no member of an
/// object.
pub(super) fn check(bytes: &[u8], depth: usize) -> Result<()> {
    let mut document = serde_json::Deserializer::from_slice(bytes);
    Checked { depth }
        .deserialize(&mut document)
        .and_then(|()| document.end())
        .map_err(|error| malformed(format!("the body is not JSON as it is read here: {error}")))
}

/// Reads a document with at most `depth` levels of nesting as a value of `P`.
pub(super) fn read<P: DeserializeOwned>(bytes: &[u8], depth: usize) -> Result<P> {
    check(bytes, depth)?;
    let mut document = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut document).map_err(|error| {
        let detail = without_position(&error.inner().to_string());
        let at = Where::Pointer(pointer(error.path()));
        Error::faults(vec![Fault::of(at, Code::InvalidValue, detail)])
    })
}

/// Returns a position in the document as a JSON pointer. The pointer ends where serde does not report the next segment.
pub(super) fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push_step(&index.to_string(), &mut pointer),
            Segment::Map { key } => push_step(key, &mut pointer),
            Segment::Enum { variant } => push_step(variant, &mut pointer),
            Segment::Unknown => break,
        }
    }
    pointer
}

/// Removes the line and column from an error message of serde, since the pointer gives the position.
fn without_position(words: &str) -> String {
    let before = words.rsplit_once(" at line ").map(|(before, _)| before);
    before.unwrap_or(words).to_owned()
}

/// Checks a document while reading it, without storing it: no object may repeat a member, and nesting is limited.
struct Checked {
    /// The number of further levels of nesting that are allowed.
    depth: usize,
}

impl Checked {
    fn deeper<E: serde::de::Error>(&self) -> std::result::Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or_else(|| E::custom("it is nested too deeply"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Checked {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        while items.next_element_seed(self.deeper()?)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        let deeper = self.deeper()?;
        let mut names = HashSet::new();
        while let Some(JsonText(name)) = members.next_key()? {
            if let Some(name) = names.replace(name) {
                let name = shown(&name);
                return Err(A::Error::custom(format!(
                    "the member `{name}` is given twice"
                )));
            }
            members.next_value_seed(Self {
                depth: deeper.depth,
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    fn code_and_words(text: &str, depth: usize) -> String {
        match read::<Value>(text.as_bytes(), depth) {
            Ok(value) => value.to_string(),
            Err(error) => format!("{}: {error}", error.code().name()),
        }
    }

    #[test]
    fn a_document_is_read_whole_or_refused() {
        assert_eq!(
            code_and_words(" [1, {\"a\": null}] ", 32),
            "[1,{\"a\":null}]"
        );
        for (text, words) in [
            ("", "EOF"),
            ("{", "EOF"),
            ("{} {}", "trailing characters"),
            ("{\"a\":1,}", "trailing comma"),
            ("{\"a\":1,\"b\":2,\"a\":1}", "the member `a` is given twice"),
            (
                "[{\"x\":{\"\\u0061\":1,\"a\":2}}]",
                "the member `a` is given twice",
            ),
            ("nulx", "expected ident"),
            ("\"\u{1}\"", "control character"),
            ("NaN", "expected value"),
            ("1e999", "out of range"),
        ] {
            let refused = code_and_words(text, 32);
            assert!(
                refused.starts_with("malformed_body: ") && refused.contains(words),
                "{text}: {refused}"
            );
        }
        let bytes = read::<Value>(b"\"\xff\"", 32).expect_err("no UTF-8");
        assert_eq!(bytes.code(), Code::MalformedBody);
    }

    #[test]
    fn a_document_is_nested_as_deeply_as_the_limit_and_no_deeper() {
        for depth in [1, 2, 32, 100] {
            let lists = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(code_and_words(&lists(depth), depth), lists(depth));
            let deeper = code_and_words(&lists(depth + 1), depth);
            assert!(deeper.contains("nested too deeply"), "{depth}: {deeper}");
        }
        let objects = code_and_words("{\"a\":{\"b\":1}}", 1);
        assert!(objects.contains("nested too deeply"), "{objects}");
    }

    #[test]
    fn a_value_that_does_not_fit_is_pointed_at() {
        #[derive(Debug, Deserialize)]
        struct Engine {
            #[expect(dead_code, reason = "only read")]
            parts: Vec<Part>,
        }
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Part {
            #[serde(rename = "a/b~c")]
            #[expect(dead_code, reason = "only read")]
            odd: u8,
        }
        let check = |document: Value, pointer: &str, words: &str| {
            let error = read::<Engine>(document.to_string().as_bytes(), 32).expect_err("a fault");
            let [fault] = error.parameter_faults() else {
                panic!("{error:?}");
            };
            assert_eq!(
                (fault.pointer(), fault.code),
                (Some(pointer), Code::InvalidValue)
            );
            assert!(fault.detail.contains(words), "{}", fault.detail);
            assert!(!fault.detail.contains("line"), "{}", fault.detail);
        };
        check(
            json!({"parts": [{"a/b~c": 1}, {"a/b~c": 256}]}),
            "/parts/1/a~1b~0c",
            "256",
        );
        check(
            json!({"parts": [{"other": 1}]}),
            "/parts/0/other",
            "unknown field",
        );
        check(json!({"parts": [{}]}), "/parts/0", "missing field");
        check(json!([7]), "/0", "invalid type");
    }
}
