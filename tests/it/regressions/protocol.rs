//! Requests, hosts and limits.

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{Api, Database, Limits, Model, Router, Schema, ViewSet};

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
            ("cars/?owner__name__isnull=true&owner__city__isnull=false", "2 6"),
            ("cars/?owner__name__isnull=true&owner__owner_id=4", "4"),
            ("cars/?owner__name__isnull=true&owner__name=Ann", ""),
        ] {
            assert_eq!(keys(&api, &format!("/{query}")).await, expected, "{kind}: {query}");
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
            ("cars/?parts__maker__name__isnull=true&parts__name=brake", ""),
            ("cars/?parts__maker__name__isnull=true&parts__name=wheel", "2 3"),
            // To one, then to many: a car of the same owner.
            ("cars/?owner__cars__name__isnull=true", "2 3 6"),
            ("cars/?owner__cars__name__isnull=false", "1 2 4 6"),
            // Who is not there has none.
            ("parts/?car__parts__isnull=true", "7"),
            ("parts/?car__parts__isnull=false", "1 2 3 4 5 6"),
            ("parts/?car__parts__isnull!=false", "7"),
            ("owners/?city__owners__isnull=true", "3 4"),
        ] {
            assert_eq!(keys(&api, &format!("/{query}")).await, expected, "{kind}: {query}");
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
            ("cars/?owner__name!=Ann&owner__name__exact%21=Cid", "2 4 5 6"),
            ("cars/?parts=1&parts__exact=3", "1 2"),
            // Different lookups, and the names of a key, are filters of their own.
            ("cars/?name__in=Fiat,Seat&name=Opel", ""),
            ("cars/?owner=1&owner_id=2", ""),
        ] {
            assert_eq!(keys(&api, &format!("/{query}")).await, expected, "{kind}: {query}");
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
            assert_eq!((&fault["code"], &fault["parameter"]), (&"repeated".into(), &parameter.into()), "{query}");
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
        ("id=1&id=2&id=3", "`id` is given 3 values; at most 2 are read"),
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
        assert!(answer.body.contains("at most 4096 bytes"), "{}", answer.body);
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
    let bytes = [&b"/cars/?format=ndjson&page_size=5&name!="[..], "\u{e9}".as_bytes()].concat();
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
    for name in ["a%20b.db", "a?.db", "a?mode=memory", "a#b&c.db", "file:x.db", "über.db", "%"] {
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
