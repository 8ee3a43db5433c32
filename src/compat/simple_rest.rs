//! The query strings of `ra-data-simple-rest`.

use super::{
    core_query::{CoreQuery, core_name, decoded},
    filter,
};
use crate::{
    error::{Code, Error, Fault, Result, shown},
    params::list_item,
};

/// Returns the query string for the API.
pub(super) fn translate(query: &str) -> Result<String> {
    let mut core = CoreQuery::default();
    let (mut has_window, mut keys) = (false, None);
    let mut faults = Vec::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        let Some((name, value)) = decoded(piece) else {
            core.keep(piece);
            continue;
        };
        let done = match name.as_str() {
            "sort" => sort(&value, &mut core),
            "range" => {
                has_window = true;
                range(&value, &mut core)
            }
            "filter" => filter::translate(&value, &mut core).map(|listed| keys = keys.or(listed)),
            _ => {
                core.keep(piece);
                Ok(())
            }
        };
        if let Err(words) = done {
            let detail = format!("`{name}` {words}; `{}` was sent", shown(&value));
            faults.push(Fault::new(name, Code::InvalidValue, detail));
        }
    }
    if let Some(keys) = keys.filter(|_| !has_window) {
        core.all_of(keys);
    }
    Error::of_any(faults)?;
    Ok(core.into_text())
}

/// Adds the ordering of `["title","ASC"]`.
fn sort(value: &str, core: &mut CoreQuery) -> Result<(), String> {
    let read: Option<(String, String)> = serde_json::from_str(value).ok();
    let sign = |order: &str| match order.to_ascii_uppercase().as_str() {
        "ASC" => Some(""),
        "DESC" => Some("-"),
        _ => None,
    };
    let signed = read.and_then(|(name, order)| Some((sign(&order)?, name)));
    let (sign, name) = signed.ok_or(
        "takes a JSON array of a member and `ASC` or `DESC`, such as `[\"title\",\"ASC\"]`",
    )?;
    core.add(
        "ordering",
        &list_item(&format!("{sign}{}", core_name(&name))),
    );
    Ok(())
}

/// Adds the window of `[0,24]`, the numbers of its first and last row.
fn range(value: &str, core: &mut CoreQuery) -> Result<(), String> {
    let read: Option<(u64, u64)> = serde_json::from_str(value).ok();
    let rows =
        read.and_then(|(first, last)| Some((first, last.checked_sub(first)?.checked_add(1)?)));
    let (first, rows) = rows.ok_or(
        "takes a JSON array of the first and the last row, counted from 0, such as `[0,24]`",
    )?;
    core.window(first, rows);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::translate;
    use crate::link::percent_encoded;

    #[test]
    fn parameters_are_translated_and_others_kept() {
        let encoded = |pairs: &[(&str, &str)]| {
            let each = pairs.iter();
            let each = each.map(|(name, value)| format!("{name}={}", percent_encoded(value)));
            each.collect::<Vec<_>>().join("&")
        };
        for (sent, expected) in [
            (&[("sort", r#"["title","ASC"]"#)][..], "ordering=title"),
            (
                &[("sort", r#"["owner.name","desc"]"#)],
                "ordering=-owner__name",
            ),
            (&[("range", "[20,29]")], "limit=10&offset=20"),
            (&[("filter", "{}")], ""),
            (
                &[("filter", r#"{"make":"a&b","n":1.50,"is":true}"#)],
                "make=a%26b&n=1.50&is=true",
            ),
            (
                &[("filter", r#"{"id":[1,"a,b"]}"#)],
                "id__in=1%2C%22a%2Cb%22&limit=2",
            ),
            (&[("filter", r#"{"id":[]}"#)], "id__in=&limit=1"),
            (
                &[("filter", r#"{"id":[1]}"#), ("range", "[0,9]")],
                "id__in=1&limit=10&offset=0",
            ),
            (&[("filter", r#"{"make":["a","b"]}"#)], "make__in=a%2Cb"),
            (
                &[("filter", r#"{"make!":["a"],"year__range":[1,2]}"#)],
                "make__in%21=a&year__range=1%2C2",
            ),
            (
                &[("filter", r#"{"owner":{"city":{"name":null}}}"#)],
                "owner__city__name__isnull=true",
            ),
            (&[("filter", r#"{"q":"red car"}"#)], "search=red%20car"),
            (
                &[("make", "Fiat"), ("embed", "[]")],
                "make=Fiat&embed=%5B%5D",
            ),
        ] {
            assert_eq!(translate(&encoded(sent)).expect("a query"), expected);
        }
        assert_eq!(translate("a&%zz=1&&b=2").expect("a query"), "a&%zz=1&b=2");
    }

    #[test]
    fn what_cannot_be_read_is_refused_all_at_once() {
        let faults = |query: &str| {
            let error = translate(query).expect_err("an error");
            let faults = error.parameter_faults().iter();
            faults.map(|fault| fault.detail.clone()).collect::<Vec<_>>()
        };
        for (query, expected) in [
            (
                "sort=title",
                "`sort` takes a JSON array of a member and `ASC` or `DESC`, such as `[\"title\",\"ASC\"]`; `title` was sent",
            ),
            (
                "range=[9,0]",
                "`range` takes a JSON array of the first and the last row, counted from 0, such as `[0,24]`; `[9,0]` was sent",
            ),
            (
                "filter=[]",
                "`filter` takes a JSON object of filters, such as `{\"make\":\"Fiat\",\"id\":[1,2]}`; `[]` was sent",
            ),
            (
                "filter={\"a\":[null]}",
                "`filter` has `null` in `a`, where a text, a number or a boolean belongs; `{\"a\":[null]}` was sent",
            ),
        ] {
            assert_eq!(faults(query), [expected]);
        }
        assert_eq!(faults("sort=1&range=2&filter=3").len(), 3);
        let deep = format!("filter={}1{}", "{\"a\":".repeat(100), "}".repeat(100));
        assert!(faults(&deep)[0].contains("more than 16 objects"));
    }
}
