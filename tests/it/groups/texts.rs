//! Random texts of groups: each is answered or refused, in a time that grows no faster than its length.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use proptest::{collection::vec, prelude::*, sample::select, test_runner::Config};
use tower_rest::{Api, Code, Limits, Model, ViewSet};

use crate::{fixture, server::ask};

/// Pieces of groups, to be put together as they come.
const PIECES: &[&str] = &[
    "(",
    ")",
    "(",
    ")",
    ",",
    ",",
    "\"",
    "\"\"",
    "=",
    "!",
    "!=",
    "or",
    "and",
    "not",
    "or(",
    "and(",
    "not(",
    "))",
    "make=Fiat",
    "make!=Ford",
    "year__gte=1996",
    "make__in=(Fiat,\"a,b\")",
    "year__range=(1,2)",
    "\"make__in=a,b\"",
    "make__contains=a",
    "built__year=1996",
    "owner_id__isnull=true",
    "sold=true",
    "price__lt=1.5",
    "make",
    "year",
    "yaer",
    "secret=1",
    "page=1",
    "__in",
    "__",
    "é",
    " ",
    "%",
    "&",
    "+",
    "\\",
    "'",
    "1",
    "-1",
    "null",
    "\u{0}",
];

/// Texts that are groups, to be changed.
const GROUPS: &[&str] = &[
    "(make=Fiat,year__gte=1996)",
    "(make=Fiat,and(year__gte=1990,year__lt=2000),not(year__isnull=false))",
    "(make__in=(Fiat,\"Land Rover\"),notes=\"quote \"\" and ' apostrophe\")",
    "(\"make__in=Fiat,\"\"a,b\"\"\",or(and(not(sold=true))))",
    "(year__range=(1960,),built__year__gte!=1996,price=1200.75)",
];

/// A piece is put in place of what is between two positions.
fn changed() -> impl Strategy<Value = String> {
    let change = (any::<usize>(), 0_usize..4, select(PIECES));
    (select(GROUPS), vec(change, 1..4)).prop_map(|(group, changes)| {
        let mut text: Vec<char> = group.chars().collect();
        for (at, length, piece) in changes {
            let at = at % (text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        text.into_iter().collect()
    })
}

fn text() -> impl Strategy<Value = String> {
    let pieces = || vec(select(PIECES), 0..24).prop_map(|pieces| pieces.concat());
    prop_oneof![
        3 => changed(),
        2 => pieces().prop_map(|text| format!("({text})")),
        1 => pieces(),
        1 => "\\PC{0,30}",
    ]
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'(' | b')' | b',' | b'=' | b'!' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}

/// How many texts are tried: as many as `GROUP_TEXTS` says, else 4,000.
fn cases() -> u32 {
    let given = std::env::var("GROUP_TEXTS").ok();
    given.map_or(4_000, |text| text.parse().expect("a number of texts"))
}

#[test]
fn every_text_is_a_group_or_refused_with_its_place() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let db = runtime.block_on(fixture::database());
    let api = fixture::api("main", &db);
    let config = Config {
        cases: cases(),
        failure_persistence: None,
        ..Config::default()
    };
    let kinds = select(vec!["or", "and", "not"]);
    let (answered, refused) = (Cell::new(0), Cell::new(0));
    proptest!(config, |(kind in kinds, text in text())| {
        let answer = runtime.block_on(ask(&api, &format!("/grouped/?{kind}={}", encoded(&text))));
        prop_assert!([200, 400].contains(&answer.status), "{kind}={text}: {}", answer.body);
        let count = if answer.status == 200 { &answered } else { &refused };
        count.set(count.get() + 1);
        let document = answer.json();
        for fault in document["errors"].as_array().into_iter().flatten() {
            let detail = fault["detail"].as_str().unwrap_or_default();
            let code = fault["code"].as_str().unwrap_or_default();
            prop_assert_eq!(&fault["parameter"], kind, "{}={}", kind, text);
            prop_assert!(Code::ALL.iter().any(|known| known.name() == code), "{}", code);
            let prefix = format!("`{kind}`: at character ");
            let place = detail.strip_prefix(&prefix).and_then(|rest| rest.split_once(','));
            let place = place.and_then(|(place, _)| place.parse::<usize>().ok());
            let last = text.chars().count() + 1;
            let is_placed = place.is_some_and(|place| (1..=last).contains(&place));
            prop_assert!(is_placed || code == "bad_encoding", "{kind}={text}: {detail}");
            prop_assert!(!detail.contains("did you mean `secret`"), "{}", detail);
        }
    });
    let counts = (answered.get(), refused.get());
    assert!(
        counts.0.min(counts.1) * 50 > cases(),
        "{counts:?} of {}",
        cases()
    );
}

/// An API whose limits leave reading the text as the only work.
async fn wide() -> Api {
    let db = tower_rest::Database::in_memory().await.expect("a database");
    let cars = sea_query::Table::create()
        .table("cars")
        .col(sea_query::ColumnDef::new("id").integer().primary_key())
        .col(sea_query::ColumnDef::new("make").text())
        .to_owned();
    let limits = Limits::default()
        .query_bytes(65_536)
        .value_bytes(65_536)
        .group_depth(16);
    let cars = ViewSet::new(Model::from_table("Car", &cars)).database(&db);
    cars.groups().limits(limits).build().expect("an API")
}

/// The least time that a request takes of several.
async fn time(api: &Api, path: &str) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..7 {
        let before = Instant::now();
        assert_eq!(ask(api, path).await.status, 400, "{path}");
        least = least.min(before.elapsed());
    }
    least
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_a_group_takes_time_by_its_length() {
    let api = wide().await;
    for (begin, piece) in [
        ("", "("),
        ("(", "or("),
        ("(", "x"),
        ("(", ","),
        ("(", "a=1,"),
        ("(", "make=a,"),
        ("(make__in=(", "a,"),
        ("(make__in=(", "%22a%22,"),
        ("(make=", "%22"),
        ("(make=%22", "%22%22a"),
        ("(%22", "%22%22"),
        ("(%22make=", "%22%22"),
        ("(make=a", ")"),
    ] {
        let of_length = |bytes: usize| format!("/?or={begin}{}", piece.repeat(bytes / piece.len()));
        let (short, long) = (of_length(7_500), of_length(60_000));
        let (short, long) = (time(&api, &short).await, time(&api, &long).await);
        // Eight times the length: a time that grew by its square would be 64 times as long.
        let most = short * 24 + Duration::from_millis(2);
        assert!(long < most, "{begin}{piece}…: {short:?}, then {long:?}");
    }
}
