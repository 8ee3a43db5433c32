//! Lists and parameters in header fields: RFC 9110, section 5.6.

/// The parts of a field's value between separators that stand outside of quoted strings, without the spaces around.
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

/// The text of a token or a quoted string.
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
    fn a_quoted_string_is_what_it_quotes() {
        assert_eq!(unquoted("a.example"), "a.example");
        assert_eq!(unquoted(r#""a \"b\" \\""#), r#"a "b" \"#);
        assert_eq!(unquoted(r#"""#), r#"""#);
    }
}
