//! CSV as other programs read it: every cell comes back as it is stored.

use sea_query::{ColumnDef, Table, TableCreateStatement};
use tower_rest::{Model, Router, ViewSet, testing::Client};

use crate::databases::Kind;

/// Texts that break careless writers, or that spreadsheets run.
const HOSTILE: [&str; 20] = [
    "",
    " ",
    "plain",
    "a,b",
    "a;b\tc",
    "say \"hi\"",
    "\"",
    "\"\"",
    ",\"\r\n\",",
    "two\nlines",
    "two\r\nlines\r\n",
    "\n",
    "=1+1",
    "=HYPERLINK(\"http://evil\",\"x\")",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "ä €, 日本, 🚗 'quoted'",
];

const PATH: &str = "/texts/?format=csv&page_size=100";

fn table() -> TableCreateStatement {
    Table::create()
        .table("texts")
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(ColumnDef::new("word").text())
        .col(ColumnDef::new("number").integer())
        .col(ColumnDef::new("day").date())
        .to_owned()
}

fn literal(text: &str, kind: Kind) -> String {
    let text = text.replace('\'', "''");
    match kind {
        Kind::MySql => format!("'{}'", text.replace('\\', "\\\\")),
        Kind::Sqlite | Kind::Postgres => format!("'{text}'"),
    }
}

/// The lines of a body as the crate `csv` reads them, the names first.
fn read(body: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(body.as_bytes());
    let records = reader.records().map(|record| record.expect("a line"));
    records
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_are_read_back_and_never_run() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh.create(&table()).await;
        for (id, text) in HOSTILE.iter().enumerate() {
            let text = literal(text, kind);
            let insert = format!("INSERT INTO texts VALUES ({id}, {text}, -{id}, '2014-01-02')");
            fresh.execute(&insert).await;
        }
        fresh
            .execute("INSERT INTO texts VALUES (99, NULL, NULL, NULL)")
            .await;
        let texts = || {
            let texts = ViewSet::new(Model::from_table("Text", &table()));
            let texts = texts.database(&fresh.db).export();
            Router::new().register("texts", texts)
        };
        let guarded = Client::new(texts().build().expect("an API"));
        let bare = Client::new(texts().csv_guard(false).build().expect("an API"));
        for whole in ["&page_size=100", "&page=all"] {
            let path = format!("/texts/?format=csv&fields=id,word,number,day{whole}");
            for (client, is_guarded) in [(&guarded, true), (&bare, false)] {
                let answer = client.get(&path).await;
                assert_eq!(answer.status(), 200, "{kind}: {}", answer.text());
                let body = answer.text();
                let lines = read(&body);
                assert_eq!(lines[0], ["id", "word", "number", "day"], "{kind}");
                assert_eq!(lines.len(), HOSTILE.len() + 2, "{kind}");
                for (id, text) in HOSTILE.iter().enumerate() {
                    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
                    let guard = if runs && is_guarded { "'" } else { "" };
                    let number = if id == 0 {
                        "0".to_owned()
                    } else {
                        format!("-{id}")
                    };
                    let expected = [
                        &*id.to_string(),
                        &format!("{guard}{text}"),
                        &number,
                        "2014-01-02",
                    ];
                    assert_eq!(lines[id + 1], expected, "{kind}");
                }
                // A null has no quotes, an empty text has them.
                assert!(body.contains("\r\n0,\"\",0,"), "{kind}: {body}");
                assert!(body.ends_with("\r\n99,,,\r\n"), "{kind}: {body}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_columns_are_guarded_as_texts_are() {
    let fresh = Kind::Sqlite.fresh().await;
    let table = Table::create()
        .table("texts")
        .col(ColumnDef::new("=id").integer().not_null().primary_key())
        .col(ColumnDef::new("a\"b").text())
        .to_owned();
    fresh.create(&table).await;
    let texts = ViewSet::new(Model::from_table("Text", &table)).database(&fresh.db);
    let api = Router::new().register("texts", texts).build();
    let client = Client::new(api.expect("an API"));
    let answer = client.get(PATH).await;
    assert_eq!(answer.text(), "href,'=id,\"a\"\"b\"\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_order_mark_comes_first_where_it_is_wanted() {
    let fresh = Kind::Sqlite.fresh().await;
    fresh.create(&table()).await;
    for (bom, start) in [(true, "\u{feff}href,id,"), (false, "href,id,")] {
        let texts = ViewSet::new(Model::from_table("Text", &table()));
        let texts = texts.database(&fresh.db).export();
        let api = Router::new().register("texts", texts).csv_bom(bom).build();
        let client = Client::new(api.expect("an API"));
        for path in [PATH, "/texts/?format=csv&page=all"] {
            let answer = client.get(path).await;
            assert!(answer.text().starts_with(start), "{}", answer.text());
        }
    }
}
