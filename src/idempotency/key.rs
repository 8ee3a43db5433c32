//! Reading the `Idempotency-Key` header.

use http::HeaderMap;

use crate::error::{Code, Error, Result};

const NAME: &str = "idempotency-key";
const LONGEST: usize = 255;

/// Whether a request has an idempotency key.
pub(crate) fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key(NAME)
}

/// Returns the idempotency key of a request: a string in quotes, as the draft requires, or bare, as many clients send
/// it.
///
/// # Errors
///
/// [`Code::InvalidRequest`] when the header is missing, repeated or malformed.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<String> {
    let refused = |words: &str| {
        let detail = format!(
            "`Idempotency-Key` {words}; send one text of 1 to {LONGEST} characters in quotes, such as \
             \"8e03978e-40d5-43dd-bc93-6894a57f9324\""
        );
        Error::new(Code::InvalidRequest, detail)
    };
    let mut values = headers.get_all(NAME).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Err(refused("is missing")),
        (Some(_), Some(_)) => return Err(refused("is given twice")),
        (Some(value), None) => value,
    };
    let text = value
        .to_str()
        .map_err(|_| refused("has characters other than ASCII"))?;
    let key = match text.strip_prefix('"') {
        Some(rest) => quoted(rest),
        None => bare(text),
    };
    let key = key.ok_or_else(|| refused("is malformed"))?;
    match key.len() {
        0 => Err(refused("is empty")),
        1..=LONGEST => Ok(key),
        _ => Err(refused("is too long")),
    }
}

/// Reads the rest of a quoted string (RFC 9651, section 3.3.3) after its first quote.
fn quoted(rest: &str) -> Option<String> {
    let mut key = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(key),
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\') => key.push(escaped),
                _ => return None,
            },
            char @ ' '..='~' => key.push(char),
            _ => return None,
        }
    }
}

/// Reads a key without quotes; it may have no character that has a meaning in header fields, such as a comma.
fn bare(text: &str) -> Option<String> {
    let is_plain = |char: char| char.is_ascii_graphic() && !"\"\\,;".contains(char);
    text.chars().all(is_plain).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(values: &[&'static str], expected: Result<&str, &str>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(NAME, HeaderValue::from_static(value));
        }
        match (key_of(&headers), expected) {
            (Ok(key), Ok(expected)) => assert_eq!(key, expected, "{values:?}"),
            (Err(error), Err(words)) => {
                assert_eq!(error.code(), Code::InvalidRequest, "{values:?}");
                let text = error.to_string();
                assert!(text.contains(words), "{values:?}: {text}");
            }
            (key, expected) => panic!("{values:?}: {key:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_key_is_a_quoted_string_or_a_bare_word() {
        const LONG: &str = concat!(
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        );
        assert!(LONG.len() > LONGEST, "{}", LONG.len());
        check(&[], Err("is missing"));
        check(&[r#""a b""#], Ok("a b"));
        check(&["a-1"], Ok("a-1"));
        check(&[r#""a-1""#], Ok("a-1"));
        check(&[r#""\"\\""#], Ok(r#""\"#));
        check(&["a", "a"], Err("is given twice"));
        check(&[""], Err("is empty"));
        check(&[r#""""#], Err("is empty"));
        check(&[LONG], Err("is too long"));
        for malformed in [
            r#""a"#,
            r#""a"b"#,
            r#""a";p=1"#,
            r#""\a""#,
            r#"a"b"#,
            "a,b",
            "a b",
            "a;b",
        ] {
            check(&[malformed], Err("is malformed"));
        }
    }
}
