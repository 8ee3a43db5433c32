//! Requests, hosts and limits.

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{
    Api, Base, Cell, Count, Database, Limits, List, Manager, Model, Object, Page, Retrieve, Router,
    Rows, Schema, ViewSet,
};

use crate::{
    databases::{Fresh, Kind},
    server::{ask, ask_with, get, serve_any},
};

/// A table with a key, a name and foreign keys to others.
fn table(name: &'static str, key: &'static str, leads: &[&'static str]) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(name)
        .col(ColumnDef::new(key).integer().primary_key())
        .col(ColumnDef::new("name").string_len(4000));
    for column in leads {
        let (target, target_key) = match *column {
            "city_id" => ("cities", "city_id"),
            "owner_id" => ("owners", "owner_id"),
            "maker_id" => ("makers", "maker_id"),
            _ => ("cars", "car_id"),
        };
        let mut to = ForeignKey::create();
        to.from(name, *column).to(target, target_key);
        table
            .col(ColumnDef::new(*column).integer())
            .foreign_key(&mut to);
    }
    table
}

/// Cars of owners in cities, and parts of cars by makers; some lead nowhere, and some names are null.
async fn garage(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let tables = [
        ("City", table("cities", "city_id", &[])),
        ("Owner", table("owners", "owner_id", &["city_id"])),
        ("Maker", table("makers", "maker_id", &[])),
        ("Car", table("cars", "car_id", &["owner_id"])),
        ("Part", table("parts", "part_id", &["car_id", "maker_id"])),
    ];
    let mut router = Router::new();
    for (name, table) in &tables {
        fresh.create(table).await;
        let model = Model::from_table(name, table);
        let path = model.table().to_owned();
        router = router.register(&path, ViewSet::new(model).database(&fresh.db));
    }
    fresh
        .execute(
            "INSERT INTO cities VALUES (1, 'Rome'), (2, NULL); \
             INSERT INTO owners VALUES (1, 'Ann', 1), (2, NULL, 2), (3, 'Cid', NULL), (4, NULL, NULL); \
             INSERT INTO makers VALUES (1, 'Bosch'), (2, NULL); \
             INSERT INTO cars VALUES (1, 'Fiat', 1), (2, 'Seat', 2), (3, NULL, 3), (4, 'Opel', 4), (5, 'Audi', NULL), \
             (6, NULL, 2); \
             INSERT INTO parts VALUES (1, 'brake', 1, 1), (2, NULL, 1, NULL), (3, 'wheel', 2, 2), (4, 'brake', 2, 1), \
             (5, 'wheel', 3, NULL), (6, NULL, 6, 2), (7, NULL, NULL, NULL)",
        )
        .await;
    (fresh, router.build().expect("an API"))
}

/// The first column of each row of a list, in order.
async fn keys(api: &Api, path: &str) -> String {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let list = answer.json();
    let rows = list["results"].as_array().expect("rows");
    let key = |row: &serde_json::Value| {
        let href = row["href"].as_str().expect("a link").trim_end_matches('/');
        href.rsplit('/').next().unwrap_or_default().to_owned()
    };
    rows.iter().map(key).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn r240_a_column_of_a_row_that_is_not_there_is_null() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = garage(kind).await;
        for (query, expected) in [
            // Through one relation to one, and through two.
            ("cars/?owner__name__isnull=true", "2 4 5 6"),
            ("cars/?owner__name__isnull=false", "1 3"),
            ("cars/?owner__city__name__isnull=true", "2 3 4 5 6"),
            ("cars/?owner__city__name__isnull=false", "1"),
            // A foreign key there is a column there.
            ("cars/?owner__city__isnull=true", "3 4 5"),
            ("cars/?owner__city_id__isnull=true", "3 4 5"),
            ("cars/?owner__city__isnull=false", "1 2 6"),
            ("cars/?owner__owner_id__isnull=true", "5"),
            ("parts/?car__owner__name__isnull=true", "3 4 6 7"),
            // A negated filter is exactly the other rows.
            ("cars/?owner__name__isnull!=true", "1 3"),
            ("cars/?owner__name__isnull!=false", "2 4 5 6"),
            ("cars/?owner__city__isnull!=true", "1 2 6"),
            // Beside others of the same relation.
            (
                "cars/?owner__name__isnull=true&owner__city__isnull=false",
                "2 6",
            ),
            ("cars/?owner__name__isnull=true&owner__owner_id=4", "4"),
            ("cars/?owner__name__isnull=true&owner__name=Ann", ""),
        ] {
            assert_eq!(
                keys(&api, &format!("/{query}")).await,
                expected,
                "{kind}: {query}"
            );
        }
    }
}

#[tokio::test]
async fn r241_through_a_relation_to_many_a_null_is_that_of_a_row_there() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = garage(kind).await;
        for (query, expected) in [
            ("cars/?parts__name__isnull=true", "1 6"),
            ("cars/?parts__name__isnull=false", "1 2 3"),
            ("cars/?parts__name__isnull!=true", "2 3 4 5"),
            // To many, then to one: a part whose maker has no name, or that has no maker.
            ("cars/?parts__maker__name__isnull=true", "1 2 3 6"),
            ("cars/?parts__maker__name__isnull=false", "1 2"),
            ("cars/?parts__maker__isnull=true", "1 3"),
            ("cars/?parts__maker__name__isnull!=true", "4 5"),
            // Both of one part.
            (
                "cars/?parts__maker__name__isnull=true&parts__name=brake",
                "",
            ),
            (
                "cars/?parts__maker__name__isnull=true&parts__name=wheel",
                "2 3",
            ),
            // To one, then to many: a car of the same owner.
            ("cars/?owner__cars__name__isnull=true", "2 3 6"),
            ("cars/?owner__cars__name__isnull=false", "1 2 4 6"),
            // Who is not there has none.
            ("parts/?car__parts__isnull=true", "7"),
            ("parts/?car__parts__isnull=false", "1 2 3 4 5 6"),
            ("parts/?car__parts__isnull!=false", "7"),
            ("owners/?city__owners__isnull=true", "3 4"),
        ] {
            assert_eq!(
                keys(&api, &format!("/{query}")).await,
                expected,
                "{kind}: {query}"
            );
        }
    }
}

#[tokio::test]
async fn r242_one_column_and_one_lookup_are_one_filter_however_they_are_spelt() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = garage(kind).await;
        for (query, expected) in [
            ("cars/?name=Fiat&name__exact=Seat", "1 2"),
            ("cars/?name__exact=Fiat&name__exact=Seat", "1 2"),
            ("cars/?name!=Fiat&name__exact!=Seat", "3 4 5 6"),
            ("cars/?owner__name=Ann&owner__name__exact=Cid", "1 3"),
            ("cars/?owner=1&owner__exact=2", "1 2 6"),
            (
                "cars/?owner__name!=Ann&owner__name__exact%21=Cid",
                "2 4 5 6",
            ),
            ("cars/?parts=1&parts__exact=3", "1 2"),
            // Different lookups, and the names of a key, are filters of their own.
            ("cars/?name__in=Fiat,Seat&name=Opel", ""),
            ("cars/?owner=1&owner_id=2", ""),
        ] {
            assert_eq!(
                keys(&api, &format!("/{query}")).await,
                expected,
                "{kind}: {query}"
            );
        }
        for (query, parameter, words) in [
            (
                "name__gt=a&name__gt=b",
                "name__gt",
                "`name__gt` is given more than once",
            ),
            (
                "name__in!=a&name__in%21=b",
                "name__in!",
                "`name__in!` is given more than once",
            ),
            (
                "owner__name__in=a&owner__name__in=b",
                "owner__name__in",
                "`owner__name__in` is given more than once",
            ),
        ] {
            let answer = ask(&api, &format!("/cars/?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.body);
            let fault = &answer.json()["errors"][0];
            assert_eq!(
                (&fault["code"], &fault["parameter"]),
                (&"repeated".into(), &parameter.into()),
                "{query}"
            );
            assert_eq!(fault["detail"], words, "{query}");
        }
    }
}

#[tokio::test]
async fn r243_a_refusal_names_each_spelling_that_was_sent() {
    let table = Table::create()
        .table("visits")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("day").date())
        .to_owned();
    let fresh = Kind::Sqlite.fresh().await;
    fresh.create(&table).await;
    let visits = ViewSet::new(Model::from_table("Visit", &table)).database(&fresh.db);
    let api = visits
        .limits(Limits::default().items(2))
        .build()
        .expect("an API");
    for (query, words) in [
        (
            "day__year=2014&day__year__exact=2015",
            "`day__year` and `day__year__exact` are one filter, which is given more than once",
        ),
        (
            "day__year__exact!=2014&day__year!=2015",
            "`day__year__exact!` and `day__year!` are one filter, which is given more than once",
        ),
        (
            "id=1&id__exact=2&id=3",
            "`id` and `id__exact` are given 3 values; at most 2 are read",
        ),
        (
            "id=1&id=2&id=3",
            "`id` is given 3 values; at most 2 are read",
        ),
    ] {
        let answer = ask(&api, &format!("/?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["detail"], words, "{query}");
    }
}

#[tokio::test]
async fn r244_iexact_has_the_limit_of_values() {
    for kind in Kind::reachable().await {
        let (fresh, api) = garage(kind).await;
        let name = "aB".repeat(1900);
        let insert = format!("INSERT INTO owners VALUES (9, '{name}', NULL)");
        fresh.execute(&insert).await;
        let lower = name.to_lowercase();
        let found = keys(&api, &format!("/owners/?name__iexact={lower}")).await;
        assert_eq!(found, "9", "{kind}");
        let found = keys(&api, &format!("/owners/?name__iexact!={lower}")).await;
        assert_eq!(found, "1 2 3 4", "{kind}");
        let too_long = "a".repeat(4097);
        let answer = ask(&api, &format!("/owners/?name__iexact={too_long}")).await;
        assert_eq!(answer.json()["code"], "limit_exceeded", "{kind}");
        assert!(
            answer.body.contains("at most 4096 bytes"),
            "{}",
            answer.body
        );
        let answer = ask(&api, &format!("/owners/?name__icontains={lower}")).await;
        assert_eq!(answer.json()["code"], "limit_exceeded", "{kind}");
        assert!(answer.body.contains("at most 256 bytes"), "{}", answer.body);
    }
}

#[tokio::test]
async fn r250_a_page_of_lines_links_to_the_pages_beside_it() {
    let (_fresh, api) = garage(Kind::Sqlite).await;
    let link = async |query: &str| {
        let answer = ask(&api, &format!("/cars/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.header("link").map(str::to_owned)
    };
    let uri = |query: &str| format!("<http://test/cars/?{query}>");
    let lines = "format=ndjson&page_size=2";
    let first = format!("{}; rel=\"next\"", uri(&format!("{lines}&page=2")));
    assert_eq!(link(lines).await, Some(first));
    let both = format!(
        "{}; rel=\"next\", {}; rel=\"prev\"",
        uri("page=3&format=ndjson&page_size=2"),
        uri("page=1&format=ndjson&page_size=2")
    );
    assert_eq!(link("page=2&format=ndjson&page_size=2").await, Some(both));
    let last = format!("{}; rel=\"prev\"", uri(&format!("{lines}&page=2")));
    assert_eq!(link(&format!("{lines}&page=last")).await, Some(last));
    // Whatever a URI must not have is encoded, and a list of one page has no other.
    assert_eq!(link("format=ndjson").await, None);
    let bytes = [
        &b"/cars/?format=ndjson&page_size=5&name!="[..],
        "\u{e9}".as_bytes(),
    ]
    .concat();
    let uri = http::Uri::try_from(bytes).expect("a URI");
    let request = http::Request::get(uri).header("host", "test");
    let answer = ask_with(&api, request.body(String::new()).expect("a request")).await;
    let next = answer.header("link").expect("a link");
    assert!(next.contains("name!=%C3%A9&page=2>"), "{next}");
    // JSON says it in its members.
    assert_eq!(link("page_size=2").await, None);
}

#[tokio::test]
async fn r251_an_empty_segment_of_a_path_names_nothing_under_any_host() {
    let (_fresh, api) = garage(Kind::Sqlite).await;
    let nested = axum::Router::new().nest_service("/api", api.clone());
    let nested = serve_any(nested).await;
    for (path, status) in [
        ("/api", 200),
        ("/api/", 200),
        ("/api/cars", 200),
        ("/api/cars/1/", 200),
        ("/api//", 404),
        ("/api//cars/", 404),
        ("/api//cars/?page_size=0", 404),
        ("/api///cars/", 404),
        ("/api//cars/1/", 404),
        ("/api/cars//1/", 404),
        ("/api/cars//", 404),
        ("/api/cars/1//", 404),
        ("//api/cars/", 404),
    ] {
        let answer = get(nested, path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
    for path in ["//", "//cars/", "/cars//", "/cars//1/", "/cars/1//"] {
        assert_eq!(ask(&api, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn r252_a_row_whose_key_is_null_has_no_link() {
    let db = Kind::Sqlite.fresh().await;
    db.execute(
        "CREATE TABLE words (word text PRIMARY KEY, note text); \
         INSERT INTO words VALUES (NULL, 'none'), ('', 'empty'), ('x', 'x'); \
         CREATE TABLE pairs (a text, b integer, note text, PRIMARY KEY (a, b)); \
         INSERT INTO pairs VALUES (NULL, 1, 'p'), ('', 1, 'q'), ('x', NULL, 'r'); \
         CREATE TABLE uses (id integer PRIMARY KEY, word_id text REFERENCES words (word)); \
         INSERT INTO uses VALUES (1, NULL), (2, ''), (3, 'x')",
    )
    .await;
    let schema = Schema::reflect(&db.db).await.expect("a schema");
    let router = Router::of(schema).configure("words", |words| words.id_member("id"));
    let api = router.build().expect("an API");
    for (path, expected) in [
        (
            "/words/?fields=href,id&ordering=note",
            r#"[{"href":"http://test/words/~/","id":""},{"href":null,"id":null},{"href":"http://test/words/x/","id":"x"}]"#,
        ),
        (
            "/pairs/?fields=href&ordering=note",
            r#"[{"href":null},{"href":"http://test/pairs/,1/"},{"href":null}]"#,
        ),
        (
            "/uses/?fields=word&ordering=id",
            r#"[{"word":null},{"word":"http://test/words/~/"},{"word":"http://test/words/x/"}]"#,
        ),
        (
            "/words/?fields=href&expand=uses&note=none",
            r#"[{"href":null,"uses":{"next":null,"results":[]}}]"#,
        ),
    ] {
        let answer = ask(&api, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let expected: serde_json::Value = serde_json::from_str(expected).expect("JSON");
        assert_eq!(answer.json()["results"], expected, "{path}");
    }
}

#[tokio::test]
async fn r253_a_file_is_opened_by_its_path_whatever_characters_that_has() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "a%20b.db",
        "a?.db",
        "a?mode=memory",
        "a#b&c.db",
        "file:x.db",
        "über.db",
        "%",
    ] {
        let path = folder.path().join(name);
        let db = Database::open_file(&path).await.expect(name);
        db.execute_script("CREATE TABLE t (id integer PRIMARY KEY)")
            .await
            .expect(name);
        drop(db);
        assert!(path.is_file(), "{name}");
        let db = Database::open_file_for_reading(&path).await.expect(name);
        let schema = Schema::reflect(&db).await.expect(name);
        assert!(schema.models().any(|(path, _)| path == "t"), "{name}");
        let written = db.execute_script("INSERT INTO t VALUES (1)").await;
        assert!(written.is_err(), "{name}");
    }
    let missing = folder.path().join("missing.db");
    let error = Database::open_file_for_reading(&missing).await;
    assert!(error.is_err() && !missing.exists());
}

/// The bytes an answer may have in the tests of that limit.
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

/// Thirty papers of 10,000 bytes about the first, and some of other sizes.
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
        // Each is six bytes in JSON.
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
            // One row is one row, in a list or alone.
            ("/papers/?paper_id=40", true),
            ("/papers/?paper_id=41", false),
            ("/papers/40/", true),
            ("/papers/41/", false),
            ("/papers/41/?format=ndjson", false),
            ("/papers/41/?fields=paper_id,about_id", true),
            // Bytes as they are written count too.
            ("/papers/42/", false),
            ("/papers/?paper_id=42", false),
            ("/papers/?paper_id=42&format=ndjson", false),
            ("/papers/43/", false),
            ("/papers/?paper_id=43&fields=raw", false),
            // So do rows that are embedded, as often as they are shown.
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
        // What was stopped leaves the connections as they were.
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
        let asked = (0..200).map(|at| {
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

/// A table whose columns have names that mean something else in a query.
async fn odd(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let table = Table::create()
        .table("odd")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("bang!").string_len(9))
        .col(ColumnDef::new("limit").string_len(9))
        .col(ColumnDef::new("search").string_len(9))
        .col(ColumnDef::new("a=b&c").string_len(9))
        .col(ColumnDef::new("per%cent").string_len(9))
        .col(ColumnDef::new("\"quote").string_len(9))
        .col(ColumnDef::new("plus+ one").string_len(9))
        .col(ColumnDef::new("papers").json())
        .to_owned();
    fresh.create(&table).await;
    let row = "INSERT INTO odd VALUES (1, 'ba', 'ba', 'ba', 'ba', 'ba', 'ba', 'ba', NULL)";
    fresh.execute(row).await;
    let odd = ViewSet::new(Model::from_table("Odd", &table)).database(&fresh.db);
    (fresh, odd.build().expect("an API"))
}

/// The texts in backquotes after "did you mean".
fn suggested(answer: &crate::server::Answer) -> Vec<String> {
    let problem = answer.json();
    let words = problem["errors"][0]["detail"].as_str().unwrap_or_default();
    let (_, after) = words.split_once("did you mean ").unwrap_or_default();
    let quoted = after.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[tokio::test]
async fn r270_whatever_is_suggested_can_be_sent_as_it_is_written() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = odd(kind).await;
        for (sent, expected) in [
            ("bang%21=ba", "bang%21__exact"),
            ("bang=ba", "bang%21__exact"),
            ("bnag%21__iexact=ba", "bang%21__exact"),
            ("limt=ba", "limit__exact"),
            // Nothing is searched here, so that the name is the column's.
            ("serach=ba", "search__exact"),
            ("a%3Db%26d=ba", "a%3Db%26c"),
            ("per%25cnt=ba", "per%25cent"),
            ("qoute=ba", "%22quote"),
            ("plus%2B%20on=ba", "plus%2B%20one"),
        ] {
            let answer = ask(&api, &format!("/?{sent}")).await;
            assert_eq!(answer.status, 400, "{kind}: {sent}: {}", answer.body);
            assert_eq!(
                suggested(&answer),
                [expected],
                "{kind}: {sent}: {}",
                answer.body
            );
            assert_eq!(keys(&api, &format!("/?{expected}=ba")).await, "1", "{kind}");
            assert_eq!(keys(&api, &format!("/?{expected}=bo")).await, "", "{kind}");
        }
        // A column that is only asked whether it is null.
        let answer = ask(&api, "/?paprs=1").await;
        assert_eq!(
            suggested(&answer),
            ["papers__isnull"],
            "{kind}: {}",
            answer.body
        );
        for (parameter, sent, expected) in [
            ("ordering", "qoute", "%22%22%22quote%22"),
            ("ordering", "-per%25cnt", "per%25cent"),
            ("fields", "qoute", "%22%22%22quote%22"),
            ("fields", "bang", "bang%21"),
            ("fields", "a%3Db%26d", "a%3Db%26c"),
        ] {
            let answer = ask(&api, &format!("/?{parameter}={sent}")).await;
            assert_eq!(
                suggested(&answer),
                [expected],
                "{kind}: {sent}: {}",
                answer.body
            );
            let followed = ask(&api, &format!("/?{parameter}={expected}")).await;
            assert_eq!(
                followed.status, 200,
                "{kind}: {expected}: {}",
                followed.body
            );
        }
    }
}

#[tokio::test]
async fn r271_a_refusal_speaks_of_what_is_there() {
    let (_fresh, api) = garage(Kind::Sqlite).await;
    let numbers = Table::create()
        .table("numbers")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("count").integer())
        .to_owned();
    let db = Kind::Sqlite.fresh().await;
    db.create(&numbers).await;
    let viewset = || ViewSet::new(Model::from_table("Number", &numbers)).database(&db.db);
    let plain = viewset().build().expect("an API");
    let narrow = viewset()
        .fixed_page_size()
        .fixed_fields()
        .count(Count::None)
        .build()
        .expect("an API");
    for (api, path, expected) in [
        (
            &api,
            "/cars/?search=x",
            "`search` is not offered by cars; a text column is searched as in `name__icontains=…`",
        ),
        (&plain, "/?search=x", "`search` is not offered by Number"),
        (&api, "/cars/?count=true", "`count` is not offered by cars"),
        (
            &plain,
            "/?count=true",
            "`count` is not offered by Number; the column of that name is filtered as `count__exact`",
        ),
        (
            &api,
            "/cars/?page!=2",
            "`page` is a parameter and cannot be negated",
        ),
        (
            &plain,
            "/?count!=2",
            "`count` is a parameter and cannot be negated; the column of that name is `count__exact%21`",
        ),
        (
            &api,
            "/cars/1/?page!=2",
            "`page` is a parameter and cannot be negated",
        ),
        (&plain, "/?serach=x", "Number has no filter `serach`"),
        (&plain, "/?expnad=x", "Number has no filter `expnad`"),
        (
            &plain,
            "/?page_sise=2",
            "Number has no filter `page_sise`; did you mean `page_size`?",
        ),
        (&narrow, "/?page_sise=2", "Number has no filter `page_sise`"),
        (&narrow, "/?feilds=id", "Number has no filter `feilds`"),
        (
            &narrow,
            "/1/?feilds=id",
            "one object of Number has no parameter `feilds`",
        ),
        (
            &plain,
            "/1/?feilds=id",
            "one object of Number has no parameter `feilds`; did you mean `fields`?",
        ),
        (
            &plain,
            "/?page=x",
            "`page` is `x`, but takes a number from 1 up, or `last`",
        ),
        (
            &narrow,
            "/?page=x",
            "`page` is `x`, but takes a number from 1 up",
        ),
        (
            &plain,
            "/?ordering=",
            "`ordering` takes names split by commas, such as `id,count`",
        ),
        (
            &plain,
            "/?fields=id,,count",
            "`fields` takes names split by commas, such as `href,id`",
        ),
        (&plain, "/?expand=", "`expand` takes names split by commas"),
        (
            &api,
            "/parts/?expand=",
            "`expand` takes names split by commas, such as `car,maker`",
        ),
    ] {
        let answer = ask(api, path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        assert_eq!(answer.json()["errors"][0]["detail"], expected, "{path}");
    }
}

#[tokio::test]
async fn r272_an_array_is_called_one() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    let fresh = Kind::Postgres.fresh().await;
    fresh
        .execute("CREATE TABLE lists (id integer PRIMARY KEY, words text[], doc jsonb)")
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).build().expect("an API");
    for (query, expected) in [
        (
            "words=a",
            "`words` is of type array and has no lookup `exact`; its lookups are `isnull`",
        ),
        (
            "words__contains=a",
            "`words` is of type array and has no lookup `contains`; its lookups are `isnull`",
        ),
        (
            "doc=a",
            "`doc` is of type json and has no lookup `exact`; its lookups are `isnull`",
        ),
    ] {
        let answer = ask(&api, &format!("/lists/?{query}")).await;
        assert_eq!(answer.json()["errors"][0]["detail"], expected, "{query}");
    }
    let request = http::Request::options("/lists/").header("host", "test");
    let answer = ask_with(&api, request.body(String::new()).expect("a request")).await;
    assert!(answer.body.contains(r#""type":"array""#), "{}", answer.body);
}
