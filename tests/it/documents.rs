//! Filters of JSON columns by the keys of their documents: the same rows on every database, and of rows in memory.

use sea_query::{ColumnDef, Table, TableCreateStatement};
use tower_rest::{
    Api, Base, Cell, List, Manager, Model, Object, Page, Result, Retrieve, Rows, ViewSet,
    testing::Client,
};

use crate::{
    databases::{Fresh, Kind},
    server::{ask, ids},
    sweep::encoded,
};

/// Documents, each the row with its number, and the members of those that are objects.
const DOCUMENTS: &[(&str, &[&str])] = &[
    (r#"{"wood": "oak", "size": null}"#, &["wood", "size"]),
    (r#"{"w\u006fod": 1, "Wood": 2}"#, &["wood", "Wood"]),
    (r#"["wood", "size"]"#, &[]),
    (r#""wood""#, &[]),
    ("5", &[]),
    ("null", &[]),
    ("{}", &[]),
    (r#"{"": 1, " ": 2, "wood ": 3}"#, &["", " ", "wood "]),
    (
        r#"{"$.wood": 1, "a.b": 2, "a\"b": 3, "a\\b": 4, "a'b": 5, "$": 6, "$[0]": 7, "0": 8}"#,
        &["$.wood", "a.b", "a\"b", "a\\b", "a'b", "$", "$[0]", "0"],
    ),
    (
        r#"{"é": 1, "\ud83d\ude97": 2, "日本": 3, "É": 4, "\t": 5, "a\/b": 6}"#,
        &["é", "🚗", "日本", "É", "\t", "a/b"],
    ),
    (
        r#"{"100%": 1, "a_b": 2, "a!b": 3, "*": 4, "?": 5, ":a": 6, "$1": 7}"#,
        &["100%", "a_b", "a!b", "*", "?", ":a", "$1"],
    ),
    (
        r#"{"deep": {"wood": 1}, "list": [{"size": 1}]}"#,
        &["deep", "list"],
    ),
    (
        r#"{"\\u0061": 1, "null": null, "true": false}"#,
        &["\\u0061", "null", "true"],
    ),
];

/// Keys that no document has, some of which look like those that some have.
const OTHERS: &[&str] = &[
    "Size",
    "wood\u{301}",
    "e\u{301}",
    "%",
    "_",
    "a%b",
    "a.",
    "$.deep.wood",
    "deep.wood",
    "a\\\"b",
    "\\",
    "\"",
    "'",
    "--",
    "$.*",
    "$**",
    "[0]",
    "1",
    "-1",
    "a",
    "{}",
    "\\u0077ood",
    "WOOD",
    "a\u{2028}b",
    "🚙",
    "$.\"wood\"",
];

fn table(jsonb: bool) -> TableCreateStatement {
    let mut spec = match jsonb {
        true => ColumnDef::new("spec").json_binary().to_owned(),
        false => ColumnDef::new("spec").json().to_owned(),
    };
    let mut id = ColumnDef::new("id").integer().primary_key().to_owned();
    let mut table = Table::create().table("parts").col(&mut id).to_owned();
    table.col(&mut spec).to_owned()
}

/// Documents held in memory.
struct Held;

impl Held {
    fn rows() -> Rows {
        let documents = (1..).zip(DOCUMENTS);
        let rows = documents.map(|(id, (document, _))| [Cell::Integer(id), Cell::Json(document)]);
        let malformed = [Cell::Integer(101), Cell::Json("{\"wood\": 1")];
        Rows::new(2, rows.chain([[Cell::Integer(100), Cell::Null], malformed]))
    }
}

impl Manager for Held {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        list.over(base.model(), &Self::rows())
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        retrieve.over(base.model(), &Self::rows())
    }
}

/// Asks for every key, and for the rows without it, those of `missing` included.
async fn check(api: &Api, missing: &[i64], of: &str) {
    let keys = DOCUMENTS.iter().flat_map(|(_, keys)| keys.iter());
    for key in keys.chain(OTHERS) {
        let has = |(_, (_, keys)): &(i64, &(&str, &[&str]))| keys.contains(key);
        let rows = || (1..).zip(DOCUMENTS);
        let expected: Vec<i64> = rows().filter(has).map(|(id, _)| id).collect();
        let others = rows().filter(|row| !has(row)).map(|(id, _)| id);
        let others: Vec<i64> = others.chain(missing.iter().copied()).collect();
        let query = format!("page_size=100&spec__has_key={}", encoded(key));
        assert_eq!(ids(api, &query).await, expected, "{of} {key}");
        let query = format!("page_size=100&spec__has_key!={}", encoded(key));
        assert_eq!(ids(api, &query).await, others, "{of} not {key}");
    }
}

fn viewset(fresh: &Fresh, table: &TableCreateStatement) -> ViewSet {
    ViewSet::new(Model::from_table("Part", table))
        .database(&fresh.db)
        .max_page_size(100)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_an_object_is_found_on_every_database() {
    for kind in Kind::reachable().await {
        for jsonb in [false, true] {
            let fresh = kind.fresh().await;
            fresh.create(&table(jsonb)).await;
            let api = viewset(&fresh, &table(jsonb))
                .writable()
                .build()
                .expect("an API");
            let client = Client::new(api.clone());
            let documents = DOCUMENTS.iter().map(|(document, _)| *document);
            for (id, document) in (1..).zip(documents) {
                let body = format!("{{\"id\": {id}, \"spec\": {document}}}");
                let answer = client.post("/").body("application/json", body).await;
                assert_eq!(answer.status(), 201, "{kind} {document}: {}", answer.text());
            }
            fresh.execute("INSERT INTO parts VALUES (100, NULL)").await;
            check(&api, &[100], &format!("{kind} {jsonb}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_found_of_rows_in_memory() {
    let fresh = Kind::Sqlite.fresh().await;
    let api = viewset(&fresh, &table(false))
        .manager(Held)
        .build()
        .expect("an API");
    check(&api, &[100, 101], "memory").await;
}

/// A text that is no document has no key, and one that no text can hold is not asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_document_has_no_key() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let (ty, texts): (_, &[&str]) = match kind {
            Kind::Sqlite => (
                "text",
                &[
                    "'{\"wood\": 1'",
                    "'wood'",
                    "''",
                    "5",
                    "x'7b7d'",
                    "'{\"wood\": 1} x'",
                ],
            ),
            Kind::MySql => (
                "longtext",
                &[
                    "'{\"wood\": 1'",
                    "'wood'",
                    "''",
                    "'{\"wood\": 1} x'",
                    "'{\"a\": \"\\ud83d\"}'",
                ],
            ),
            Kind::Postgres => (
                "json",
                &[
                    r#"'{"size": "\ud83d"}'"#,
                    r#"'{"\u0000": 1}'"#,
                    r#"'{"size": 1e999999}'"#,
                    r#"'["\ud83d"]'"#,
                    r#"'{"size": 1, "size": 2}'"#,
                ],
            ),
        };
        let mut rows: Vec<_> = (1..)
            .zip(texts)
            .map(|(id, text)| format!("({id}, {text})"))
            .collect();
        rows.push("(50, '{\"wood\": 1}')".to_owned());
        fresh
            .execute(&format!(
                "CREATE TABLE parts (id integer PRIMARY KEY, spec {ty}); INSERT INTO parts VALUES {}",
                rows.join(", ")
            ))
            .await;
        let api = viewset(&fresh, &table(false)).build().expect("an API");
        assert_eq!(
            ids(&api, "fields=id&spec__has_key=wood").await,
            [50],
            "{kind}"
        );
        let others: Vec<_> = (1..).take(texts.len()).collect();
        assert_eq!(
            ids(&api, "fields=id&spec__has_key!=wood").await,
            others,
            "{kind}"
        );
        if kind == Kind::Postgres {
            assert_eq!(ids(&api, "fields=id&spec__has_key=size").await, [3, 5]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_read_as_it_is_sent_and_has_a_length() {
    let fresh = Kind::Sqlite.fresh().await;
    fresh.create(&table(false)).await;
    let api = viewset(&fresh, &table(false))
        .groups()
        .build()
        .expect("an API");
    let long = "x".repeat(4097);
    for (query, code) in [
        (format!("spec__has_key={long}"), "limit_exceeded"),
        ("spec__has_key=a&spec__has_key=b".to_owned(), "repeated"),
        ("spec__has_key=%00".to_owned(), "bad_encoding"),
        ("spec__contains=a".to_owned(), "unknown_lookup"),
        ("id__has_key=a".to_owned(), "unknown_lookup"),
    ] {
        let answer = ask(&api, &format!("/?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["code"], code, "{query}");
    }
    fresh
        .execute("INSERT INTO parts VALUES (1, '{\"a,b\": 1}'), (2, '{\"\": 1}'), (3, NULL)")
        .await;
    for (query, expected) in [
        ("spec__has_key=a,b", &[1][..]),
        ("spec__has_key=", &[2]),
        ("or=(spec__has_key=%22a,b%22,id=3)", &[1, 3]),
        ("not=(spec__has_key=)", &[1, 3]),
    ] {
        assert_eq!(ids(&api, query).await, expected, "{query}");
    }
}
