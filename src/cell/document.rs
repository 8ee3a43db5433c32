//! JSON documents: validated by serde_json, their insignificant white space removed, every digit kept.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
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
pub(crate) fn object_members(bytes: &[u8]) -> Option<Vec<(Cow<'_, str>, &RawValue)>> {
    let members: DocumentMembers<'_> = serde_json::from_slice(bytes).ok()?;
    Some(members.0)
}

/// Returns the text of a JSON string; `None` if `json` is another document.
pub(crate) fn json_string(json: &str) -> Option<Cow<'_, str>> {
    // For another document, serde_json would build an error that nobody reads.
    if !json.starts_with('"') {
        return None;
    }
    serde_json::from_str(json).ok().map(|JsonText(text)| text)
}

/// A JSON string, borrowed from its document unless it contains an escape.
pub(crate) struct JsonText<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for JsonText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;

        impl<'de> Visitor<'de> for Borrowed {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }

        deserializer.deserialize_str(Borrowed).map(Self)
    }
}

struct DocumentMembers<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for DocumentMembers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((JsonText(name), value)) = map.next_entry()? {
                    members.push((name, value));
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
