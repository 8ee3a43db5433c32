//! Bugs that were, each held by the request or program that showed it.

mod asking;
mod computed;
mod dialects;
mod extremes;
mod files;
mod options;
mod protocol;
mod reflected;
mod same_keys;
mod servers;
pub(crate) mod serving;
mod values;
mod written;

use std::time::Duration;

use sea_query::{ColumnDef, ForeignKey, SqliteQueryBuilder, Table, TableCreateStatement};
use tower_rest::{Api, Code, Database, Limits, Lookup, Model, Mount, Router, ViewSet};

use crate::{
    fixture,
    server::{ask, ask_with},
};

/// A table with dates and moments, and a column named as a tracking parameter.
fn visits() -> TableCreateStatement {
    Table::create()
        .table("visits")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("day").date())
        .col(ColumnDef::new("seen").date_time())
        .col(ColumnDef::new("hour").time())
        .col(ColumnDef::new("utm_source").string())
        .to_owned()
}

async fn database() -> Database {
    let db = Database::in_memory().await.expect("a database");
    let rows = "INSERT INTO visits VALUES (1, '2014-01-02', '2014-01-02 03:04:05.50', '03:04:05.0', 'mail'), (2, '2015-02-03', '2015-02-03 00:00:00', NULL, NULL)";
    db.execute_script(&format!(
        "{}; {rows}",
        visits().to_string(SqliteQueryBuilder)
    ))
    .await
    .expect("a table");
    db
}

fn viewset(db: &Database) -> ViewSet {
    ViewSet::new(Model::from_table("Visit", &visits())).database(db)
}

fn ids(answer: &crate::server::Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let list = answer.json();
    let rows = list["results"].as_array().expect("rows");
    rows.iter()
        .map(|row| row["id"].to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

fn repeated(item: impl Fn(usize) -> String, count: usize) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

#[tokio::test]
async fn r001_long_lists_of_parts_and_moments_are_one_comparison() {
    let db = database().await;
    let api = viewset(&db)
        .limits(Limits::default().query_bytes(65_536))
        .time_limit(Duration::from_secs(60))
        .build()
        .expect("an API");
    let years = repeated(|at| (1900 + at).to_string(), 200);
    let months = repeated(|at| (at % 12 + 1).to_string(), 200);
    let moments =
        repeated(|at| format!("2014-01-02T03:04:05.{at:03}"), 199) + ",2014-01-02T03:04:05.5";
    let hours = repeated(|at| format!("03:04:05.{at:03}"), 200);
    let days = repeated(
        |at| format!("2014-{:02}-{:02}", at % 12 + 1, at / 12 + 1),
        200,
    );
    let both = [
        format!(
            "seen__year__in={years}&seen__month__in={months}&day__year__in={years}&day__month__in={months}"
        ),
        format!(
            "seen__date__in={days}&day__date__in={days}&day__day__in=1,2,1,2&seen__day__in!=3,4"
        ),
        format!("seen__in={moments}"),
        format!("hour__in={hours}"),
    ];
    for query in both {
        let answer = ask(&api, &format!("/?{query}")).await;
        assert!(ids(&answer).starts_with('1'), "{query}: {}", answer.body);
        let negated = query.replace("__in=", "__in!=");
        let answer = ask(&api, &format!("/?{negated}")).await;
        assert!(!ids(&answer).contains('1'), "{negated}: {}", answer.body);
    }
}

#[tokio::test]
async fn r002_a_filter_of_a_column_is_never_ignored() {
    let db = database().await;
    let api = viewset(&db).build().expect("an API");
    assert_eq!(ids(&ask(&api, "/?utm_source__icontains=nomatch").await), "");
    assert_eq!(
        ids(&ask(&api, "/?utm_source__isnull=true&utm_medium=x").await),
        "2"
    );
    assert_eq!(
        ask(&api, "/?utm_source__near=1").await.json()["code"],
        "unknown_lookup"
    );
    let api = viewset(&db).ignore_params(["*"]).build().expect("an API");
    assert_eq!(ask(&api, "/?page=abc").await.json()["code"], "invalid_page");
    assert_eq!(ids(&ask(&api, "/?nothing=abc&id=2").await), "2");
}

#[tokio::test]
async fn r003_within_the_limits_no_statement_is_too_large() {
    let db = database().await;
    let limits = Limits::default().items(500).filters(31).query_bytes(65_536);
    let api = viewset(&db).limits(limits).build().expect("an API");
    let moments = repeated(|_| "2014-01-02T03:04:05.5".to_owned(), 500);
    assert_eq!(ids(&ask(&api, &format!("/?seen__in={moments}")).await), "1");
    let numbers = repeated(|at| (at % 7).to_string(), 500);
    let all: Vec<_> = ["", "!", "__gte", "__lte!"]
        .iter()
        .enumerate()
        .map(|(at, _)| format!("id__in{}={numbers}", if at == 0 { "" } else { "!" }))
        .take(2)
        .collect();
    assert_eq!(ids(&ask(&api, &format!("/?{}", all.join("&"))).await), "");
    let error = viewset(&db)
        .limits(Limits::default().items(500).filters(64))
        .build()
        .expect_err("too many values");
    assert!(
        error
            .to_string()
            .contains("more values than a statement takes"),
        "{error}"
    );
}

#[tokio::test]
async fn r004_an_error_is_not_much_longer_than_the_request() {
    let db = fixture::database().await;
    let api = fixture::api("main", &db);
    let bad = repeated(|_| "x".to_owned(), 200);
    let queries = [
        format!("/cars/?year__in={bad}&price__in={bad}&sold__in={bad}&built__in={bad}"),
        format!("/types/?colour__in={bad}&day__in={bad}"),
        format!("/cars/?fields={}", repeated(|at| format!("q{at}"), 200)),
        format!("/cars/?page={}", "9".repeat(4000)),
    ];
    for query in queries {
        let answer = ask(&api, &query).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(
            answer.body.len() < 40 * query.len(),
            "{} bytes for {}: {query}",
            answer.body.len(),
            query.len()
        );
    }
    let request = http::Request::get("/cars/")
        .header("host", "test")
        .header("accept", "text/plain,".repeat(500));
    let answer = ask_with(&api, request.body(String::new()).expect("a request")).await;
    assert_eq!(answer.json()["code"], "not_acceptable");
    assert!(answer.body.len() < 500, "{}", answer.body);
}

#[tokio::test]
async fn r005_a_script_that_fails_leaves_no_transaction_open() {
    let db = database().await;
    let script =
        "BEGIN; INSERT INTO visits (id) VALUES (3); INSERT INTO visits (id) VALUES (3); COMMIT";
    for _ in 0..5 {
        db.execute_script(script).await.expect_err("a key twice");
    }
    let api = viewset(&db).build().expect("an API");
    for _ in 0..20 {
        assert_eq!(ids(&ask(&api, "/?page=last").await), "1 2");
    }
    db.execute_script("INSERT INTO visits (id) VALUES (3)")
        .await
        .expect("nobody holds a lock");
}

#[tokio::test]
async fn r006_links_are_of_the_web() {
    let db = database().await;
    let api = viewset(&db).build().expect("an API");
    for (uri, expected) in [
        ("javascript://ok.example/1/", "http://ok.example/1/"),
        ("https://ok.example/1/", "https://ok.example/1/"),
    ] {
        let request = http::Request::get(uri)
            .body(String::new())
            .expect("a request");
        assert_eq!(ask_with(&api, request).await.json()["href"], expected);
    }
    let request = http::Request::get("/1/")
        .header("host", "h")
        .extension(Mount("api".to_owned()));
    let answer = ask_with(&api, request.body(String::new()).expect("a request")).await;
    assert_eq!(answer.json()["href"], "http://h/api/1/");
}

#[tokio::test]
async fn r007_names_that_a_query_would_misread_are_mistakes() {
    let db = database().await;
    let check = |viewset: ViewSet, words: &str| {
        let error = viewset.build().expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
    };
    for id in ["id__gte", "page", "x!", "", "a,b"] {
        check(viewset(&db).id_member(id), "cannot be the `id_member`");
    }
    check(
        viewset(&db).lookups("day", [] as [Lookup; 0]),
        "allows no lookup of `day`",
    );
    check(
        viewset(&db).default_ordering(["id", "-id"]),
        "more than once",
    );
    let mut table = visits();
    table.col(ColumnDef::new("day!").string());
    let marked = ViewSet::new(Model::from_table("Visit", &table)).database(&db);
    check(marked, "cannot be told from a negated filter");
}

#[tokio::test]
async fn r008_a_text_key_may_hold_a_nul() {
    let db = Database::in_memory().await.expect("a database");
    let table = Table::create()
        .table("words")
        .col(ColumnDef::new("word").string().not_null().primary_key())
        .to_owned();
    let rows = "INSERT INTO words VALUES ('b' || char(0) || 'c')";
    db.execute_script(&format!("{}; {rows}", table.to_string(SqliteQueryBuilder)))
        .await
        .expect("a table");
    let api: Api = Router::new()
        .register(
            "words",
            ViewSet::new(Model::from_table("Word", &table)).database(&db),
        )
        .build()
        .expect("an API");
    let list = ask(&api, "/words/").await.json();
    assert_eq!(list["results"][0]["href"], "http://test/words/b%00c/");
    assert_eq!(ask(&api, "/words/b%00c/").await.json()["word"], "b\0c");
    assert_eq!(
        ask(&api, "/words/?word=b%00c").await.json()["code"],
        Code::BadEncoding.name()
    );
}

/// Boxes and what is in them: two things in each, and a hundred and one in that with the number 9, which has no key.
async fn boxes() -> Api {
    let db = Database::in_memory().await.expect("a database");
    let boxes = Table::create()
        .table("boxes")
        .col(ColumnDef::new("name").string().primary_key())
        .col(ColumnDef::new("number").integer())
        .to_owned();
    let things = Table::create()
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("number").integer())
        .foreign_key(
            ForeignKey::create()
                .from("things", "number")
                .to("boxes", "number"),
        )
        .to_owned();
    let sql = "CREATE TABLE boxes (name text PRIMARY KEY, number integer UNIQUE); \
        CREATE TABLE things (id integer PRIMARY KEY, number integer); \
        INSERT INTO boxes VALUES ('a', 1), ('b', 2), ('c', 3), (NULL, 9); \
        INSERT INTO things (number) VALUES (1), (1), (2), (2), (3), (3); \
        WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 101) \
        INSERT INTO things (number) SELECT 9 FROM many";
    db.execute_script(sql).await.expect("tables");
    let things = ViewSet::new(Model::from_table("Thing", &things));
    let boxes = ViewSet::new(Model::from_table("Box", &boxes)).database(&db);
    Router::new()
        .register("boxes", boxes.nest("things", things))
        .build()
        .expect("an API")
}

#[tokio::test]
async fn r009_pages_of_rows_that_lead_to_several_have_each_row_once() {
    let api = boxes().await;
    for (page, name) in [(1, "a"), (2, "b"), (3, "c")] {
        let path = format!("/boxes/?things__id__lt=7&fields=name&page_size=1&page={page}");
        let list = ask(&api, &path).await.json();
        assert_eq!(list["results"][0]["name"], name, "{path}");
    }
}

#[tokio::test]
async fn r010_links_under_an_object_do_not_need_its_own_to_be_shown() {
    let api = boxes().await;
    let links = [
        "http://test/boxes/a/things/1/",
        "http://test/boxes/a/things/2/",
    ];
    let one = ask(&api, "/boxes/a/?fields=things").await.json();
    assert_eq!(one, serde_json::json!({"things": links}));
    let list = ask(&api, "/boxes/?name=a&fields=name&expand=things").await;
    let things = &list.json()["results"][0]["things"]["results"];
    assert_eq!([&things[0]["href"], &things[1]["href"]], links);
    // Where the object has no link, neither has what is under it.
    let list = ask(&api, "/boxes/?number=9&expand=things").await.json();
    let things = &list["results"][0]["things"];
    assert_eq!(
        (&things["next"], &things["results"][100]),
        (&serde_json::Value::Null, &serde_json::Value::Null)
    );
    assert_eq!(things["results"][99]["href"], serde_json::Value::Null);
}
