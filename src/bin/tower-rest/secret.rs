//! Passwords in the URLs of databases, which are never shown.

/// Returns a text without what could be a password in it: of each argument that is or has a URL, only the scheme stays.
///
/// The parser of the command line repeats arguments that it does not take.
pub(crate) fn without_urls<'a>(text: &str, arguments: impl IntoIterator<Item = &'a str>) -> String {
    let hidden = |text: String, argument: &'a str| match url_in(argument) {
        Some(url) => text.replace(url, &scheme_of(url)),
        None => text,
    };
    arguments.into_iter().fold(text.to_owned(), hidden)
}

/// Returns a file or URL as it may be shown: of a URL, only the scheme.
pub(crate) fn shown(source: &str) -> String {
    match url_in(source) {
        Some(url) => scheme_of(url),
        None => source.to_owned(),
    }
}

/// Returns the part of an argument from the scheme of a URL to its end.
fn url_in(argument: &str) -> Option<&str> {
    let (before, _) = argument.split_once("://")?;
    let is_of_scheme = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.');
    let start = before.trim_end_matches(is_of_scheme).len();
    argument.get(start..)
}

fn scheme_of(url: &str) -> String {
    let (scheme, _) = url.split_once("://").unwrap_or((url, ""));
    format!("{scheme}://…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_url_only_the_scheme_is_shown() {
        for (argument, text, expected) in [
            (
                "postgres://ann:s3cret@db/cars",
                "unexpected argument 'postgres://ann:s3cret@db/cars' found",
                "unexpected argument 'postgres://…' found",
            ),
            (
                "a.b=mysql://ann:it's s3cret@db",
                "`mysql://ann:it's s3cret@db` is no type",
                "`mysql://…` is no type",
            ),
            ("cars.db", "no `cars.db`", "no `cars.db`"),
        ] {
            assert_eq!(without_urls(text, [argument]), expected);
        }
        assert_eq!(shown("oracle://ann:s3cret@db"), "oracle://…");
        assert_eq!(shown("cars.db"), "cars.db");
    }
}
