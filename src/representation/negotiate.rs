//! Which format a client accepts: `format=`, else the `Accept` header (RFC 9110, section 12.5.1).

use std::borrow::Cow;

use http::{HeaderMap, header};

use crate::{
    error::{Code, Error, Result, shown},
    header::split,
};

/// The media type of an answer.
const OFFERED: (&str, &str) = ("application", "json");

/// Refuses a client that accepts nothing we have.
///
/// A `format` in the query overrides the header; whether it is a format we have is for the faults of the query.
pub(crate) fn check(format: Option<&str>, headers: &HeaderMap) -> Result<()> {
    let accept = accepted(headers);
    // What nearly every client sends needs no reading.
    let is_plain = matches!(&*accept, "" | "*/*" | "application/json");
    if is_plain || format.is_some() || accept.trim().is_empty() || quality(&accept) > 0 {
        return Ok(());
    }
    let detail = format!(
        "the `Accept` header `{}` excludes `application/json`, the only format offered",
        shown(&accept)
    );
    Err(Error::new(Code::NotAcceptable, detail))
}

/// The `Accept` header; of several, one after the other.
fn accepted(headers: &HeaderMap) -> Cow<'_, str> {
    let mut values = headers
        .get_all(header::ACCEPT)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next().unwrap_or_default();
    values.fold(first, |all, value| all + "," + value)
}

/// The weight of JSON in thousandths: that of the most specific range that covers it, none if no range does.
fn quality(accept: &str) -> u16 {
    let ranges = split(accept, ',').filter_map(range);
    let best = ranges.max_by_key(|(specificity, quality)| (*specificity, *quality));
    best.map_or(0, |(_, quality)| quality)
}

/// How specifically a media range covers JSON, and its weight; none if it does not cover it or is malformed.
fn range(range: &str) -> Option<(u8, u16)> {
    let mut parts = split(range, ';');
    let (kind, subtype) = parts.next()?.split_once('/')?;
    let specificity = match (kind, subtype) {
        ("*", "*") => 0,
        (kind, "*") if kind.eq_ignore_ascii_case(OFFERED.0) => 1,
        (kind, subtype)
            if kind.eq_ignore_ascii_case(OFFERED.0) && subtype.eq_ignore_ascii_case(OFFERED.1) =>
        {
            2
        }
        _ => return None,
    };
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((specificity, weight.map_or(Some(1000), thousandths)?))
}

/// `0`, `0.123`, `1` or `1.000`.
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
        assert_eq!(quality(accept), expected, "{accept}");
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
