//! Settings of a URL that sqlx does not know, and the one that the URL of any database may have: `max-connections`.

use sqlx::Error;

const MOST: &str = "max-connections";

/// The greatest number of connections, for each of which sqlx reserves memory at once.
const GREATEST: u32 = 65_535;

/// Removes a setting from a URL. Returns the URL and the value, the last one if there are several; `None` if the URL does
/// not have the setting.
pub(super) fn take_out(url: &str, name: &str) -> (String, Option<String>) {
    let (start, query) = url.split_once('?').unwrap_or((url, ""));
    let mut found = None;
    let mut others = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((known, value)) if known == name => found = Some(value.to_owned()),
            _ => others.push(pair),
        }
    }
    let url = match others.is_empty() {
        true => start.to_owned(),
        false => format!("{start}?{}", others.join("&")),
    };
    (url, found)
}

/// Removes `max-connections` from a URL. Returns the URL and the value; `None` if the URL does not have it.
///
/// # Errors
///
/// When the value is no number from one to [`GREATEST`].
pub(super) fn max_connections(url: &str) -> Result<(String, Option<u32>), Error> {
    let (url, value) = take_out(url, MOST);
    Ok((url, value.as_deref().map(number).transpose()?))
}

fn number(value: &str) -> Result<u32, Error> {
    let number = value
        .parse()
        .ok()
        .filter(|number| (1..=GREATEST).contains(number));
    number.ok_or_else(|| {
        let words = format!("`{MOST}` is `{value}`; it must be a number from 1 to {GREATEST}");
        Error::Configuration(words.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_connections_are_taken_out_of_a_url() {
        for (url, expected) in [
            ("sqlite:cars.db", "sqlite:cars.db None"),
            ("sqlite:cars.db?max-connections=4", "sqlite:cars.db Some(4)"),
            (
                "postgres://db/cars?sslmode=require&max-connections=2&pooler=transaction",
                "postgres://db/cars?sslmode=require&pooler=transaction Some(2)",
            ),
        ] {
            let (rest, most) = max_connections(url).expect("a URL");
            assert_eq!(format!("{rest} {most:?}"), expected);
        }
        for value in ["0", "-1", "65536", "4294967295", "many", ""] {
            let refused = max_connections(&format!("sqlite:cars.db?max-connections={value}"));
            let words = refused.expect_err(value).to_string();
            assert!(words.contains("from 1 to 65535"), "{value}: {words}");
        }
    }
}
