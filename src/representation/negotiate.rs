//! Content negotiation: the format is the one of `format=`, else one that the `Accept` header names (RFC 9110, section
//! 12.5.1).

use std::borrow::Cow;

use http::{HeaderMap, header};

use crate::{
    error::{Code, Error, Result, shown},
    header::split,
    params::{Format, Formats, Shows},
};

/// Chooses one of the offered formats. A client that accepts none of them gets an error.
///
/// `named` is the value of `format` in the query string, which overrides the header. If it is unknown, the header selects
/// the format, and reading the query string reports the fault.
pub(crate) fn choose(
    named: Option<&str>,
    headers: &HeaderMap,
    formats: &Formats,
    shows: Shows,
) -> Result<Format> {
    match named.map(|name| formats.named(name, shows)) {
        None => by_header(headers, formats, shows),
        Some(Some(format)) => Ok(format),
        Some(None) => Ok(by_header(headers, formats, shows).unwrap_or_default()),
    }
}

/// Chooses one of the offered formats by the `Accept` header.
fn by_header(headers: &HeaderMap, formats: &Formats, shows: Shows) -> Result<Format> {
    let accept = accepted(headers);
    // The most common values of `Accept` all select JSON, and need no parsing.
    let is_plain = matches!(&*accept, "" | "*/*" | "application/json");
    if (is_plain || accept.trim().is_empty()) && Format::Json.suits(shows) {
        return Ok(Format::Json);
    }
    let accept = match accept.trim().is_empty() {
        true => Cow::Borrowed("*/*"),
        false => accept,
    };
    // The order is reversed since `max_by_key` returns the last maximum, and the first of the offered formats is
    // preferred.
    let offered: Vec<_> = formats.offered(shows).collect();
    let weighed = offered.iter().rev();
    let weighed = weighed.map(|format| (quality(&accept, formats.essence(*format)), *format));
    match weighed.max_by_key(|(quality, _)| *quality) {
        Some((1.., format)) => Ok(format),
        // A browser asks for HTML, but can display JSON.
        _ if covers_html(&accept) => Ok(Format::Json),
        _ => Err(none_acceptable(&accept, formats, &offered)),
    }
}

fn none_acceptable(accept: &str, formats: &Formats, offered: &[Format]) -> Error {
    let names: Vec<_> = offered
        .iter()
        .map(|format| format!("`{}`", formats.essence(*format)))
        .collect();
    let accept = shown(accept);
    let detail = match names.as_slice() {
        [one] => format!("the `Accept` header `{accept}` excludes {one}, the only format offered"),
        names => {
            let all = names.join(", ");
            let all = match all.rsplit_once(", ") {
                Some((first, last)) => format!("{first} and {last}"),
                None => all,
            };
            format!("the `Accept` header `{accept}` excludes {all}, the formats offered")
        }
    };
    Error::new(Code::NotAcceptable, detail)
}

/// Returns the value of `Accept`; several headers are joined by commas.
fn accepted(headers: &HeaderMap) -> Cow<'_, str> {
    let mut values = headers
        .get_all(header::ACCEPT)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next().unwrap_or_default();
    values.fold(first, |all, value| all + "," + value)
}

/// Returns the weight of a media type in thousandths: that of the most specific media range that covers it, or 0 if none
/// does.
fn quality(accept: &str, media_type: &str) -> u16 {
    let ranges = split(accept, ',').filter_map(|one| range(one, media_type));
    let best = ranges.max_by_key(|(specificity, quality)| (*specificity, *quality));
    best.map_or(0, |(_, quality)| quality)
}

/// Whether the `Accept` header names `text/html`, as browsers do.
fn covers_html(accept: &str) -> bool {
    split(accept, ',').any(|one| matches!(range(one, "text/html"), Some((2, 1..))))
}

/// Returns how specific a media range is, and its weight; `None` if it does not cover the media type, or is malformed.
fn range(range: &str, media_type: &str) -> Option<(u8, u16)> {
    let offered = media_type.split_once('/')?;
    let mut parts = split(range, ';');
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let specificity = match (kind, subtype) {
        ("*", "*") => 0,
        (kind, "*") if kind.eq_ignore_ascii_case(offered.0) => 1,
        (kind, subtype)
            if kind.eq_ignore_ascii_case(offered.0) && subtype.eq_ignore_ascii_case(offered.1) =>
        {
            2
        }
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((specificity, weight.map_or(Some(1000), thousandths)?))
}

/// Parses a weight such as `0`, `0.123`, `1` or `1.000`, in thousandths.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction_is_short =
        fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let padded = format!("{fraction:0<3}");
    match whole {
        "0" if fraction_is_short => padded.parse().ok(),
        "1" if fraction_is_short && fraction.bytes().all(|byte| byte == b'0') => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_quality(accept: &str, expected: u16) {
        assert_eq!(quality(accept, "application/json"), expected, "{accept}");
    }

    #[test]
    fn the_most_specific_range_decides() {
        check_quality("*/*", 1000);
        check_quality("application/*;q=0.5", 500);
        check_quality("application/*;q=0, */*", 0);
        check_quality("application/json;q=0.001, application/*", 1);
        check_quality("application/json;q=0, */*;q=1", 0);
        check_quality("text/html, application/xml;q=0.9", 0);
        check_quality("text/html, */*;q=0.1", 100);
        check_quality("Application/JSON ; charset=utf-8 ; Q=0.25", 250);
        check_quality("application/json;q=0, application/json;q=1", 1000);
    }

    #[test]
    fn the_best_format_is_chosen_and_json_of_equals() {
        let cases = [
            ("application/x-ndjson", Some(Format::Ndjson)),
            ("Application/X-NDJSON;q=0.1", Some(Format::Ndjson)),
            ("application/x-ndjson, application/json", Some(Format::Json)),
            ("application/x-ndjson, */*", Some(Format::Json)),
            ("application/x-ndjson, */*;q=0.9", Some(Format::Ndjson)),
            ("application/json;q=0, application/*", Some(Format::Ndjson)),
            ("application/*", Some(Format::Json)),
            (
                "application/x-ndjson;q=0, application/*;q=0.1",
                Some(Format::Json),
            ),
            ("application/x-ndjson;q=0, text/html", Some(Format::Json)),
        ];
        let formats = Formats::default();
        for (accept, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().expect("a header"));
            let chosen = choose(None, &headers, &formats, Shows::Rows).ok();
            assert_eq!(chosen, expected, "{accept}");
            let overridden = choose(Some("ndjson"), &headers, &formats, Shows::Rows);
            assert_eq!(overridden.ok(), Some(Format::Ndjson), "{accept}");
        }
    }

    #[test]
    fn a_malformed_range_covers_nothing() {
        for accept in [
            "json",
            "application/json;q=2",
            "application/json;q=0.1234",
            "application/json;q=",
            ";",
            "*",
        ] {
            check_quality(accept, 0);
        }
    }
}
