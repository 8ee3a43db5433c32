//! The limit of bytes in an answer, and bodies in pieces.

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{
    Api, Base, Cell, Limits, List, Manager, Model, Object, Page, Retrieve, Router, Rows, Schema,
    ViewSet,
};

use crate::{
    databases::{Fresh, Kind},
    server::{ask, ask_with},
};

/// The limit of bytes in an answer that these tests set.
const PAGE_BYTES: usize = 100_000;

fn papers() -> TableCreateStatement {
    let mut about = ForeignKey::create();
    about.from("papers", "about_id").to("papers", "paper_id");
    Table::create()
        .table("papers")
        .col(ColumnDef::new("paper_id").integer().primary_key())
        .col(ColumnDef::new("body").text())
        .col(ColumnDef::new("raw").blob())
        .col(ColumnDef::new("about_id").integer())
        .foreign_key(&mut about)
        .to_owned()
}

/// Serves thirty papers of 10,000 bytes that lead to the first, and some of other sizes.
async fn library(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let table = papers();
    fresh.create(&table).await;
    if kind == Kind::MySql {
        let larger = "ALTER TABLE papers MODIFY body longtext, MODIFY raw longblob";
        fresh.execute(larger).await;
    }
    let text = "x".repeat(10_000);
    for id in 1..=30 {
        let row = format!("INSERT INTO papers VALUES ({id}, '{text}', NULL, 1)");
        fresh.execute(&row).await;
    }
    let zeros = "00".repeat(90_000);
    let raw = match kind {
        Kind::Postgres => format!("'\\x{zeros}'"),
        Kind::Sqlite | Kind::MySql => format!("x'{zeros}'"),
    };
    for (id, body) in [
        (40, "y".repeat(60_000)),
        (41, "y".repeat(150_000)),
        // JSON writes each of these characters as six bytes.
        (42, "\u{1}".repeat(20_000)),
    ] {
        fresh
            .execute(&format!(
                "INSERT INTO papers VALUES ({id}, '{body}', NULL, NULL)"
            ))
            .await;
    }
    fresh
        .execute(&format!(
            "INSERT INTO papers VALUES (43, NULL, {raw}, NULL)"
        ))
        .await;
    let paper = Model::from_table("Paper", &table).many("answers", "papers", "about_id");
    let papers = ViewSet::new(paper)
        .database(&fresh.db)
        .limits(Limits::default().page_bytes(PAGE_BYTES))
        .max_page_size(100);
    let api = Router::new().register("papers", papers).build();
    (fresh, api.expect("an API"))
}

#[tokio::test]
async fn r260_a_page_of_more_bytes_than_are_sent_at_once_is_refused() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = library(kind).await;
        for (path, is_served) in [
            ("/papers/?page_size=5", true),
            ("/papers/?page_size=9", true),
            ("/papers/?page_size=10", false),
            ("/papers/?page_size=25", false),
            ("/papers/?page_size=25&format=ndjson", false),
            ("/papers/?page_size=100&fields=paper_id", true),
            ("/papers/?paper_id__lt=31&page_size=25&page=last", true),
            ("/papers/?paper_id__lt=31&page_size=20&page=last", false),
            // The limit holds for one row too, in a list or alone.
            ("/papers/?paper_id=40", true),
            ("/papers/?paper_id=41", false),
            ("/papers/40/", true),
            ("/papers/41/", false),
            ("/papers/41/?format=ndjson", false),
            ("/papers/41/?fields=paper_id,about_id", true),
            // Bytes are counted as they are written, too.
            ("/papers/42/", false),
            ("/papers/?paper_id=42", false),
            ("/papers/?paper_id=42&format=ndjson", false),
            ("/papers/43/", false),
            ("/papers/?paper_id=43&fields=raw", false),
            // Embedded rows count as often as they are shown.
            ("/papers/1/", true),
            ("/papers/1/?expand=answers", false),
            ("/papers/?fields=paper_id&expand=about&page_size=5", true),
            ("/papers/?fields=paper_id&expand=about&page_size=25", false),
            ("/papers/30/?expand=about.about", true),
            ("/papers/30/?expand=about.answers", false),
        ] {
            let answer = ask(&api, path).await;
            if is_served {
                assert_eq!(answer.status, 200, "{kind}: {path}: {}", answer.body);
                let bytes = answer.body.len().to_string();
                assert_eq!(
                    answer.header("content-length"),
                    Some(&*bytes),
                    "{kind}: {path}"
                );
                let head = http::Request::head(path).header("host", "test");
                let head = ask_with(&api, head.body(String::new()).expect("a request")).await;
                assert_eq!(
                    head.header("content-length"),
                    Some(&*bytes),
                    "{kind}: {path}"
                );
                assert!(answer.body.len() <= PAGE_BYTES + 500, "{kind}: {path}");
                continue;
            }
            assert_eq!(answer.status, 400, "{kind}: {path}");
            let problem = answer.json();
            assert_eq!(problem["code"], "limit_exceeded", "{kind}: {path}");
            let words = problem["detail"].as_str().expect("words");
            assert!(words.contains("100000 bytes"), "{kind}: {path}: {words}");
            assert!(words.contains("`fields`"), "{kind}: {path}: {words}");
            let is_list = path.starts_with("/papers/?");
            assert_eq!(
                words.contains("`page_size`"),
                is_list,
                "{kind}: {path}: {words}"
            );
        }
        // A page that was refused leaves its connection usable.
        for _ in 0..20 {
            assert_eq!(
                ask(&api, "/papers/?page_size=25").await.status,
                400,
                "{kind}"
            );
            assert_eq!(ask(&api, "/papers/3/").await.status, 200, "{kind}");
        }
    }
}

#[tokio::test]
async fn r261_rows_that_are_read_together_are_counted_for_each_who_reads() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = library(kind).await;
        let asked = (0..60).map(|at| {
            let api = api.clone();
            tokio::spawn(async move {
                let path = match at % 4 {
                    0 => "/papers/41/".to_owned(),
                    1 => format!("/papers/?page_size=8&paper_id__gte={}", at % 9 + 1),
                    2 => "/papers/?page_size=25".to_owned(),
                    _ => format!("/papers/{}/", at % 30 + 1),
                };
                let answer = ask(&api, &path).await;
                let expected = if at % 2 == 0 { 400 } else { 200 };
                assert_eq!(
                    answer.status,
                    expected,
                    "{kind}: {path}: {}",
                    answer.body.len()
                );
            })
        });
        for one in asked.collect::<Vec<_>>() {
            one.await.expect("an answer");
        }
    }
}

#[tokio::test]
async fn r262_rows_in_memory_are_counted_as_those_of_a_database() {
    struct Memory;
    impl Manager for Memory {
        async fn list(&self, list: List, base: Base) -> tower_rest::Result<Page> {
            list.over(base.model(), &rows())
        }

        async fn retrieve(
            &self,
            retrieve: Retrieve,
            base: Base,
        ) -> tower_rest::Result<Option<Object>> {
            retrieve.over(base.model(), &rows())
        }
    }
    fn rows() -> Rows {
        let (short, long) = ("x".repeat(10_000), "y".repeat(150_000));
        let text = |id: i64| if id == 30 { &*long } else { &*short };
        Rows::new(
            2,
            (1..=30).map(|id| [Cell::Integer(id), Cell::Text(text(id))]),
        )
    }
    let table = Table::create()
        .table("notes")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("body").text())
        .to_owned();
    let notes = ViewSet::new(Model::from_table("Note", &table)).manager(Memory);
    let limits = Limits::default().page_bytes(PAGE_BYTES);
    let api = notes.limits(limits).build().expect("an API");
    for (path, status) in [
        ("/?page_size=9", 200),
        ("/?page_size=10", 400),
        ("/?page_size=30&fields=id", 200),
        ("/?page=last&page_size=2", 400),
        ("/1/", 200),
        ("/30/", 400),
        ("/30/?fields=id", 200),
    ] {
        let answer = ask(&api, path).await;
        assert_eq!(answer.status, status, "{path}");
        if status == 400 {
            assert_eq!(answer.json()["code"], "limit_exceeded", "{path}");
        }
    }
}

#[tokio::test]
async fn r263_an_answer_is_handed_over_in_pieces() {
    for kind in Kind::reachable().await {
        let (fresh, _) = library(kind).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema).build().expect("an API");
        for path in [
            "/papers/?page_size=100",
            "/papers/?page_size=100&format=ndjson",
        ] {
            let request = http::Request::get(path).header("host", "test");
            let request = request.body(String::new()).expect("a request");
            let Ok(response) = tower::ServiceExt::oneshot(api.clone(), request).await;
            let length = response.headers()["content-length"]
                .to_str()
                .expect("a number");
            let length: usize = length.parse().expect("a number");
            let mut body = response.into_body();
            let (mut pieces, mut whole) = (0, Vec::new());
            while let Some(frame) = http_body_util::BodyExt::frame(&mut body).await {
                let left = length - whole.len();
                let piece = frame.expect("a frame").into_data().expect("data");
                pieces += 1;
                whole.extend_from_slice(&piece);
                let hint = http_body::Body::size_hint(&body).exact();
                assert_eq!(hint, Some((left - piece.len()) as u64), "{kind}: {path}");
            }
            assert_eq!(whole.len(), length, "{kind}: {path}");
            assert!(
                pieces > 1,
                "{kind}: {path}: {length} bytes in {pieces} pieces"
            );
            let whole = String::from_utf8(whole).expect("UTF-8");
            let rows = match path.contains("ndjson") {
                true => whole
                    .lines()
                    .map(serde_json::from_str::<serde_json::Value>)
                    .count(),
                false => {
                    let list: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
                    list["results"].as_array().expect("rows").len()
                }
            };
            assert_eq!(rows, 34, "{kind}: {path}");
        }
    }
}
