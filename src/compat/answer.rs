//! The list in an answer of the API, cut out of its bytes.

use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

/// A list as the API answers it. An object has other members, `href` at least, so that it is never taken for a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListAnswer<'a> {
    count: Option<u64>,
    #[serde(rename = "count_is")]
    _count_is: Option<IgnoredAny>,
    page: Option<u64>,
    page_size: Option<u64>,
    #[serde(rename = "pages")]
    _pages: Option<IgnoredAny>,
    limit: Option<u64>,
    offset: Option<u64>,
    // These two are never left out, though they may be null.
    #[serde(rename = "next", borrow)]
    _next: &'a RawValue,
    #[serde(rename = "previous", borrow)]
    _previous: &'a RawValue,
    #[serde(borrow)]
    results: &'a RawValue,
    #[serde(rename = "facets")]
    _facets: Option<IgnoredAny>,
    #[serde(rename = "facets_cut")]
    _facets_cut: Option<IgnoredAny>,
}

/// The rows of a list, and which of all rows they are.
#[derive(Debug)]
pub(super) struct BareList {
    /// The array of the rows, as JSON.
    pub(super) rows: Bytes,
    /// The number of all rows; `None` if they were not counted.
    pub(super) total: Option<u64>,
    first: u64,
    number: u64,
}

impl BareList {
    /// Reads a JSON document; `None` if it is no list of the API.
    pub(super) fn read(document: &Bytes) -> Option<Self> {
        let list: ListAnswer<'_> = serde_json::from_slice(document).ok()?;
        let rows = list.results.get();
        if !rows.starts_with('[') {
            return None;
        }
        let size = list.limit.or(list.page_size);
        let before = list.page.map(|page| page.saturating_sub(1));
        let skipped = before
            .zip(size)
            .map(|(pages, size)| pages.saturating_mul(size));
        let first = list.offset.or(skipped).unwrap_or(0);
        let number = match list.count.zip(size) {
            Some((count, size)) => count.saturating_sub(first).min(size),
            None => {
                let rows: Vec<IgnoredAny> = serde_json::from_str(rows).ok()?;
                u64::try_from(rows.len()).ok()?
            }
        };
        Some(Self {
            rows: document.slice_ref(rows.as_bytes()),
            total: list.count,
            first,
            number,
        })
    }

    /// Returns the value of `Content-Range` (RFC 9110, section 14.4) in the unit `unit`, such as `cars 0-24/319`.
    pub(super) fn content_range(&self, unit: &str) -> String {
        let total = self.total.map_or("*".to_owned(), |total| total.to_string());
        match self.number.checked_sub(1) {
            Some(more) => format!(
                "{unit} {}-{}/{total}",
                self.first,
                self.first.saturating_add(more)
            ),
            None => format!("{unit} */{total}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::BareList;

    #[test]
    fn only_a_list_is_taken_for_one() {
        for (document, expected) in [
            (
                r#"{"count":9,"limit":2,"offset":4,"next":null,"previous":"x","results":[{"a":[1]},{}]}"#,
                "r 4-5/9",
            ),
            (
                r#"{"count":9,"page":5,"page_size":2,"pages":5,"next":null,"previous":"x","results":[{}]}"#,
                "r 8-8/9",
            ),
            (
                r#"{"count":0,"limit":2,"offset":0,"next":null,"previous":null,"results":[]}"#,
                "r */0",
            ),
            (
                r#"{"count":3,"limit":2,"offset":8,"next":null,"previous":null,"results":[]}"#,
                "r */3",
            ),
            (
                r#"{"count":null,"page":2,"page_size":2,"pages":null,"next":"x","previous":null,"results":[{},{}]}"#,
                "r 2-3/*",
            ),
            (
                r#"{"next":null,"previous":null,"results":[{},[],3]}"#,
                "r 0-2/*",
            ),
        ] {
            let list = BareList::read(&Bytes::from_static(document.as_bytes())).expect(document);
            assert_eq!(list.content_range("r"), expected);
            let start = document.find("\"results\":").expect("rows") + 10;
            assert_eq!(list.rows, document[start..document.len() - 1]);
        }
        for document in [
            r#"{"href":"x","count":9,"next":null,"previous":null,"results":[]}"#,
            r#"{"count":9,"results":[]}"#,
            r#"{"next":null,"previous":null,"results":{}}"#,
            "[]",
            "",
        ] {
            assert!(
                BareList::read(&Bytes::from_static(document.as_bytes())).is_none(),
                "{document}"
            );
        }
    }
}
