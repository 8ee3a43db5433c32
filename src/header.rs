//! Parsing header fields: lists, parameters and media types (RFC 9110, sections 5.6 and 8.3).

use http::{HeaderMap, header};

/// Returns the parts of a header field's value between separators outside of quoted strings, each trimmed.
pub(crate) fn split(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = value.split(move |char| {
        let is_separator = char == separator && !quoted;
        if quoted && !escaped && char == '\\' {
            escaped = true;
            return false;
        }
        if char == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = false;
        is_separator
    });
    parts.map(|part| part.trim_matches([' ', '\t']))
}

/// The media type of a body, such as `application/json`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MediaType {
    /// The type without its parameters, in lower case, such as `application/json`.
    pub(crate) essence: String,
    /// Whether the type has no parameters other than `charset=utf-8`.
    pub(crate) is_utf8: bool,
}

/// Returns the media type in the headers of a message; `None` without a `Content-Type`. Several `Content-Type` headers
/// are joined by commas, which results in a type that is not supported.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    let values = headers.get_all(header::CONTENT_TYPE).iter();
    let values: Vec<_> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let (essence, parameters) = match values.as_slice() {
        [] => return None,
        [value] => {
            let mut parts = split(value, ';');
            let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
            (essence, parts.map(str::to_owned).collect())
        }
        several => (several.join(", "), Vec::new()),
    };
    let is_charset = |parameter: &String| {
        let pair = parameter.split_once('=');
        pair.is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("charset") && unquoted(value).eq_ignore_ascii_case("utf-8")
        })
    };
    Some(MediaType {
        essence,
        is_utf8: parameters.iter().all(is_charset),
    })
}

/// Returns a parameter's value; if it is a quoted string, without its quotes and escapes.
pub(crate) fn unquoted(value: &str) -> String {
    let inside = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let Some(inside) = inside else {
        return value.to_owned();
    };
    let mut text = String::new();
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        text.extend(if char == '\\' {
            chars.next()
        } else {
            Some(char)
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &[&str]) {
        assert_eq!(split(value, ',').collect::<Vec<_>>(), expected, "{value}");
    }

    #[test]
    fn a_separator_counts_only_outside_quotes() {
        check("a", &["a"]);
        check("a, b\t,c", &["a", "b", "c"]);
        check(r#"a;x="1,2", b"#, &[r#"a;x="1,2""#, "b"]);
        check(r#"a;x="\",", b"#, &[r#"a;x="\",""#, "b"]);
        check(r#"a;x="\\", b"#, &[r#"a;x="\\""#, "b"]);
        check(r#"a;x="never, closed"#, &[r#"a;x="never, closed"#]);
    }

    #[test]
    fn a_media_type_has_no_parameter_but_the_charset() {
        let check = |values: &[&'static str], expected: Option<(&str, bool)>| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_TYPE, http::HeaderValue::from_static(value));
            }
            let expected = expected.map(|(essence, is_utf8)| MediaType {
                essence: essence.to_owned(),
                is_utf8,
            });
            assert_eq!(media_type(&headers), expected, "{values:?}");
        };
        check(&[], None);
        check(&["Application/JSON"], Some(("application/json", true)));
        check(&["a/b; charset=UTF-8"], Some(("a/b", true)));
        check(&["a/b;Charset=\"utf-8\""], Some(("a/b", true)));
        check(&["a/b;charset=latin1"], Some(("a/b", false)));
        check(&["a/b; profile=x"], Some(("a/b", false)));
        check(&["a/b", "a/b"], Some(("a/b, a/b", true)));
        check(&[""], Some(("", true)));
    }

    #[test]
    fn a_quoted_string_is_what_it_quotes() {
        assert_eq!(unquoted("a.example"), "a.example");
        assert_eq!(unquoted(r#""a \"b\" \\""#), r#"a "b" \"#);
        assert_eq!(unquoted(r#"""#), r#"""#);
    }
}
