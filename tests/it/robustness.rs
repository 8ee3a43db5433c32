//! Thousands of random requests: every answer is of the contract, none is the server's failure.

use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use tower_rest::Code;

use crate::{
    fixture,
    server::{Answer, ask_with},
};

/// Pieces that mean something, to be put together as they come.
const PIECES: &[&str] = &[
    "/",
    "cars",
    "types",
    "texts",
    "odd",
    "numbers",
    "uncounted",
    "shallow",
    "empty",
    "1",
    "2",
    "~",
    ".",
    "..",
    "?",
    "&",
    "=",
    "!",
    "!=",
    "__",
    "%",
    "%00",
    "%ff",
    "%zz",
    "%20",
    "+",
    ",",
    "\"",
    "'",
    "-",
    "*",
    "[",
    "\\",
    "é",
    "page",
    "page_size",
    "last",
    "ordering",
    "sort_by",
    "search",
    "fields",
    "format",
    "json",
    "expand",
    "count",
    "make",
    "year",
    "price",
    "sold",
    "built",
    "secret",
    "owner",
    "owner_id",
    "id",
    "href",
    "whole",
    "float",
    "amount",
    "day",
    "hour",
    "local",
    "zoned",
    "uid",
    "raw",
    "doc",
    "misc",
    "colour",
    "red",
    "exact",
    "iexact",
    "in",
    "gt",
    "gte",
    "lt",
    "lte",
    "range",
    "contains",
    "icontains",
    "startswith",
    "endswith",
    "isnull",
    "regex",
    "month",
    "date",
    "true",
    "false",
    "null",
    "0",
    "-1",
    "1.5",
    "1e3",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "2014-01-02",
    "2014-01-02T03:04:05Z",
    "12:00",
    "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "AA==",
    "a,b",
    "group",
    "a__year",
];

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => select(PIECES).prop_map(str::to_owned),
        1 => "[ -~]{0,8}".prop_map(|text| text.replace(['#', ' ', '<', '>'], "")),
        1 => any::<u8>().prop_map(|byte| format!("%{byte:02x}")),
    ]
}

/// A filter that is nearly right: more of these reach the database.
fn parameter() -> impl Strategy<Value = String> {
    let names = &PIECES[34..85];
    (
        select(names),
        select(
            &[
                "",
                "__",
                "!",
                "__in",
                "__range",
                "__gte",
                "__contains",
                "__isnull",
                "__year__in",
            ][..],
        ),
        piece(),
    )
        .prop_map(|(name, lookup, value)| format!("{name}{lookup}={value}"))
}

fn target() -> impl Strategy<Value = String> {
    let place = select(
        &[
            "cars",
            "types",
            "texts",
            "odd",
            "numbers",
            "uncounted",
            "shallow",
            "links",
            "lenient",
            "tight",
        ][..],
    );
    prop_oneof![
        vec(piece(), 0..14).prop_map(|pieces| format!("/{}", pieces.concat())),
        (
            place,
            vec(prop_oneof![3 => parameter(), 1 => piece()], 0..5)
        )
            .prop_map(|(place, pairs)| format!("/{place}/?{}", pairs.join("&"))),
    ]
}

#[test]
fn every_answer_is_of_the_contract() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let db = runtime.block_on(fixture::database());
    let api = fixture::api("main", &db);
    let methods = select(&["GET", "GET", "GET", "HEAD", "OPTIONS", "POST"][..]);
    let config = Config {
        cases: 6000,
        failure_persistence: None,
        ..Config::default()
    };
    proptest!(config, |(target in target(), method in methods)| {
        // What is no URI never reaches a service.
        let request = http::Request::builder().method(method).uri(&target).header("host", "test");
        if let Ok(request) = request.body(http_body_util::Empty::<bytes::Bytes>::new()) {
            let answer = runtime.block_on(ask_with(&api, request));
            check(&format!("{method} {target}"), method, &answer);
        }
    });
}

fn check(what: &str, method: &str, answer: &Answer) {
    assert!(
        answer.status < 500,
        "{what}: {} {}",
        answer.status,
        answer.body
    );
    if method == "HEAD" {
        return assert_eq!(answer.body, "", "{what}");
    }
    let document = answer.json();
    if answer.status == 200 {
        return;
    }
    let code = document["code"].as_str().expect("a code");
    let known = Code::ALL.iter().find(|known| known.name() == code);
    let known = known.unwrap_or_else(|| panic!("{what}: `{code}` is not a code of the list"));
    assert_eq!(known.status().as_u16(), answer.status, "{what}");
    let codes: Vec<_> = document["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|fault| fault["code"].clone())
        .collect();
    for fault in &codes {
        assert!(
            Code::ALL.iter().any(|known| fault == known.name()),
            "{what}: {fault}"
        );
    }
    // A request may say `secret`, but no answer may propose it.
    for leak in [
        "\"secret\":",
        "did you mean `secret`",
        "`, `secret`",
        "SELECT",
    ] {
        assert!(!answer.body.contains(leak), "{what}: {}", answer.body);
    }
}
