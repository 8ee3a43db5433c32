//! The `Prefer` header (RFC 7240): what a client would like of an answer.

use http::HeaderMap;

use crate::header::{split, unquoted};

/// The preferences of a request, each with its value, in the order in which they are sent. Of several with one name, the
/// first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preferences(Vec<(String, String)>);

impl Preferences {
    /// Reads every `Prefer` header of a request.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut all: Vec<(String, String)> = Vec::new();
        for value in headers.get_all("prefer") {
            let value = String::from_utf8_lossy(value.as_bytes());
            for preference in split(&value, ',') {
                // A `;` begins parameters. The preferences of this crate have none, so parameters are ignored.
                let preference = split(preference, ';').next().unwrap_or_default();
                let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
                let name = name.trim().to_ascii_lowercase();
                if !name.is_empty() && all.iter().all(|(known, _)| *known != name) {
                    all.push((name, unquoted(value.trim())));
                }
            }
        }
        Self(all)
    }

    /// Whether the request prefers this value of the preference.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        let preferred = |(known, preferred): &(String, String)| known == name && preferred == value;
        self.0.iter().any(preferred)
    }

    /// Returns the preferences as they are written in a header: `return=minimal`.
    pub(crate) fn iter(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(name, value)| match value.is_empty() {
            true => name.clone(),
            false => format!("{name}={value}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn check(values: &[&'static str], expected: &[&str]) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer", HeaderValue::from_static(value));
        }
        let read: Vec<_> = Preferences::of(&headers).iter().collect();
        assert_eq!(read, expected, "{values:?}");
    }

    #[test]
    fn preferences_are_read_from_every_line_and_the_first_of_a_name_counts() {
        check(&[], &[]);
        check(&["return=minimal"], &["return=minimal"]);
        check(
            &[
                "Return = \"minimal\"; x=1, respond-async",
                "wait=5, return=representation",
            ],
            &["return=minimal", "respond-async", "wait=5"],
        );
        check(&[", ,"], &[]);
    }
}
