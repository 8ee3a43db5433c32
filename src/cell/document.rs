//! JSON documents: validated by serde_json, their insignificant white space removed, every digit kept.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// Appends `text` to `out` without its insignificant white space. Returns `false`, and appends nothing, if `text` is
/// not a valid JSON document.
pub(crate) fn compact(text: &str, out: &mut String) -> bool {
    if serde_json::from_str::<&RawValue>(text).is_err() {
        return false;
    }
    let mut in_string = false;
    let mut escaped = false;
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'"' {
            in_string = true;
        } else if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            out.push_str(text.get(start..at).unwrap_or_default());
            start = at + 1;
        }
    }
    out.push_str(text.get(start..).unwrap_or_default());
    true
}

/// Returns the members of a JSON object in their order, each with its text; `None` if `bytes` is no JSON object.
pub(crate) fn object_members(bytes: &[u8]) -> Option<Vec<(String, &RawValue)>> {
    let members: DocumentMembers<'_> = serde_json::from_slice(bytes).ok()?;
    Some(members.0)
}

struct DocumentMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for DocumentMembers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(Each).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_tokens_goes() {
        let cases = [
            (
                " { \"a b\" : [ 1.50 , 1e400 ] ,\n\"c\\\" d\\\\\" : null }\t",
                r#"{"a b":[1.50,1e400],"c\" d\\":null}"#,
            ),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("\" \"", "\" \""),
            ("{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}"),
        ];
        for (text, expected) in cases {
            let mut out = String::new();
            assert!(compact(text, &mut out), "{text}");
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn what_is_not_one_document_is_refused() {
        for text in [
            "", " ", "{", "[1,]", "{} {}", "NaN", "01", "'a'", "\"\n\"", "tru",
        ] {
            assert!(!compact(text, &mut String::new()), "{text}");
        }
    }
}
