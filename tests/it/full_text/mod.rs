//! Full text: what a search finds and how it is ordered, on every database and in memory.

mod guide;
mod plans;
mod random;

use http_body_util::Empty;
use sea_query::{ColumnDef, Table};
use tower_rest::{Api, Count, Database, FullText, Model, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with, ids},
};

const ROWS: &str = "(1, 'Toyota', 'red car, fast', 1966), (2, 'Toyota', 'the blue car', 1997), \
    (3, 'Fiat', 'car of red colour, and of no other', 1980), (4, 'Fiat', 'red red red', 1957), (5, 'Opel', NULL, 1996), \
    (6, 'Land Rover', 'foo-bar under water', 1955), (7, 'Citroën', 'salt & pepper', 1955), (8, 'Scar', 'redcar', NULL)";

/// The expression or column that an index of PostgreSQL is over.
const EXPRESSION: &str =
    "(to_tsvector('simple', coalesce(\"make\", '') || ' ' || coalesce(\"notes\", '')))";

fn model() -> Model {
    let table = Table::create()
        .table("cars")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("make").string().not_null())
        .col(ColumnDef::new("notes").text())
        .col(ColumnDef::new("year").integer())
        .to_owned();
    Model::from_table("Car", &table)
}

fn searched() -> FullText {
    FullText::new().table("cars_fts")
}

fn viewset(db: &Database) -> ViewSet {
    ViewSet::new(model())
        .database(db)
        .search(["make", "notes"])
        .full_text(searched())
        .max_page_size(100_000)
}

/// A new table of cars with an index over its texts.
async fn database(kind: Kind, rows: &str) -> Fresh {
    let fresh = kind.fresh().await;
    let collation = match kind {
        Kind::MySql => " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
        Kind::Sqlite | Kind::Postgres => "",
    };
    fresh
        .execute(&format!(
            "CREATE TABLE cars (id INTEGER PRIMARY KEY, make VARCHAR(40) NOT NULL, notes TEXT, year INTEGER){collation};\
             INSERT INTO cars {rows}"
        ))
        .await;
    let index = match kind {
        Kind::Sqlite => {
            "CREATE VIRTUAL TABLE cars_fts USING fts5(make, notes, content='cars', content_rowid='id');\
             INSERT INTO cars_fts (cars_fts) VALUES ('rebuild')"
                .to_owned()
        }
        Kind::Postgres => format!("CREATE INDEX car_text ON cars USING gin {EXPRESSION}; ANALYZE"),
        Kind::MySql => "CREATE FULLTEXT INDEX car_text ON cars (make, notes)".to_owned(),
    };
    fresh.execute(&index).await;
    fresh
}

/// Checks the keys of the rows that each query finds, on every database.
async fn check(queries: &[(&str, &[i64])]) {
    for kind in Kind::reachable().await {
        let fresh = database(kind, &format!("VALUES {ROWS}")).await;
        let api = viewset(&fresh.db).groups().build().expect("an API");
        for (query, expected) in queries {
            assert_eq!(ids(&api, query).await, *expected, "{kind}: {query}");
        }
    }
}

async fn check_refused(api: &Api, query: &str, code: &str, detail: &str) {
    let answer = ask(api, &format!("/?{query}")).await;
    let json = answer.json();
    assert_eq!(
        (answer.status, &json["code"], &json["detail"]),
        (400, &code.into(), &detail.into()),
        "{query}"
    );
}

#[tokio::test]
async fn words_and_phrases_are_found_as_wholes_in_any_case() {
    check(&[
        ("search=red", &[1, 3, 4]),
        ("search=RED+car", &[1, 3]),
        ("search=car+red", &[1, 3]),
        ("search=toyota+red", &[1]),
        ("search=re", &[]),
        ("search=%22red+car%22", &[1]),
        ("search=%22car+red%22", &[]),
        ("search=%22land+rover%22+water", &[6]),
        ("search=foo-bar", &[6]),
        ("search=bar-foo", &[]),
        ("search=salt+%26+pepper", &[7]),
        ("search=salt+%26pepper!", &[7]),
        ("search=%22salt%22%22+pepper%22", &[7]),
        ("search=or", &[]),
        ("search=red+or+blue", &[]),
        ("search=red*", &[1, 3, 4]),
        ("search=(red+car)", &[1, 3]),
        ("search=", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("search=+", &[1, 2, 3, 4, 5, 6, 7, 8]),
    ])
    .await;
}

#[tokio::test]
async fn what_is_excluded_is_in_no_row() {
    check(&[
        ("search=red+-fast", &[3, 4]),
        ("search=-fast+red", &[3, 4]),
        ("search=red+-car", &[4]),
        ("search=red+-%22red+car%22", &[3, 4]),
        ("search=red+-fast+-colour", &[4]),
        ("search=red+-nothing", &[1, 3, 4]),
        ("search=red+-red", &[]),
        // A row without texts does not have the words.
        ("search=-red", &[2, 5, 6, 7, 8]),
        ("search=-red+-car", &[5, 6, 7, 8]),
        ("search=-%22red+car%22", &[2, 3, 4, 5, 6, 7, 8]),
        // A hyphen alone separates words.
        ("search=red+-+car", &[1, 3]),
        ("search=red+-%26", &[1, 3, 4]),
    ])
    .await;
}

#[tokio::test]
async fn a_search_is_a_filter_among_others() {
    check(&[
        ("search=red&make=Fiat", &[3, 4]),
        ("search=red&or=(year=1957,year=1966)", &[1, 4]),
        ("search=red&ordering=-year", &[3, 1, 4]),
        ("search=-red&year__gte=1990", &[2, 5]),
    ])
    .await;
}

#[tokio::test]
async fn rows_that_match_best_come_first_and_the_rest_of_the_ordering_decides_between_equals() {
    check(&[
        ("search=red&ordering=-search_rank&page_size=1", &[4]),
        (
            "search=red&ordering=search_rank&page=last&page_size=1",
            &[4],
        ),
        (
            "search=red&ordering=-search_rank&page=last&page_size=2",
            &[3],
        ),
        // Without a word that is sought all rows match alike.
        (
            "search=&ordering=-search_rank,-year&page_size=3",
            &[8, 2, 5],
        ),
        ("search=-red&ordering=search_rank,year&page_size=2", &[6, 7]),
        ("search=-red&ordering=-search_rank&page_size=2", &[2, 5]),
    ])
    .await;
}

#[tokio::test]
async fn stopwords_and_short_words_are_not_required_beside_others_on_mysql() {
    let Some(fresh) = Kind::MySql.fresh_if_reachable().await else {
        return;
    };
    drop(fresh);
    let fresh = database(Kind::MySql, &format!("VALUES {ROWS}")).await;
    let api = viewset(&fresh.db).build().expect("an API");
    for (query, expected) in [
        ("search=the+car", &[1, 2, 3][..]),
        ("search=of+red+car", &[1, 3]),
        ("search=%22of+red%22+colour", &[3]),
        ("search=the", &[]),
        ("search=of+no", &[]),
        ("search=-the", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("search=%C2%BD+red", &[1, 3, 4]),
    ] {
        assert_eq!(ids(&api, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_column_of_postgres_is_searched_in_its_language() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    let fresh = database(Kind::Postgres, &format!("VALUES {ROWS}")).await;
    fresh
        .execute(
            "ALTER TABLE cars ADD words tsvector GENERATED ALWAYS AS \
             (to_tsvector('english', coalesce(make, '') || ' ' || coalesce(notes, ''))) STORED",
        )
        .await;
    let english = FullText::new().config("pg_catalog.english").vector("words");
    let api = viewset(&fresh.db)
        .full_text(english)
        .build()
        .expect("an API");
    for (query, expected) in [
        ("search=the+cars", &[1, 2, 3][..]),
        ("search=%22reds+cars%22", &[1]),
        ("search=the", &[]),
        ("search=-the", &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("search=-cars", &[4, 5, 6, 7, 8]),
        ("search=red&ordering=-search_rank&page_size=1", &[4]),
    ] {
        assert_eq!(ids(&api, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn facets_aggregates_exports_and_bulk_writes_keep_to_the_search() {
    for kind in Kind::reachable().await {
        let fresh = database(kind, &format!("VALUES {ROWS}")).await;
        let api = viewset(&fresh.db)
            .facets("make")
            .aggregates("year")
            .group_by("make")
            .export()
            .writable()
            .bulk_deletes(5)
            .cursor_pages()
            .build()
            .expect("an API");
        let answer = |query: &'static str| {
            let api = &api;
            async move { ask(api, &format!("/?{query}")).await }
        };
        let faceted = answer("search=red+-fast&facet=make").await.json();
        let fiat = serde_json::json!([{"value": "Fiat", "count": 2}]);
        assert_eq!(faceted["facets"]["make"], fiat, "{kind}");
        let grouped = answer("search=red&aggregate=count,max(year)&group_by=make").await;
        let results = serde_json::json!([
            {"make": "Fiat", "count": 2, "max_year": 1980}, {"make": "Toyota", "count": 1, "max_year": 1966}
        ]);
        assert_eq!(grouped.json()["results"], results, "{kind}");
        let path = "search=red&page=all&format=ndjson&ordering=-search_rank&fields=id";
        let whole = answer(path).await;
        assert_eq!(
            (whole.status, whole.body.lines().count()),
            (200, 3),
            "{kind}"
        );
        assert_eq!(whole.body.lines().next(), Some(r#"{"id":4}"#), "{kind}");
        let first = answer("search=red&cursor=&page_size=2").await.json();
        let next = first["next"].as_str().expect("a link");
        let next = ids(&api, next.split_once('?').expect("a query").1).await;
        assert_eq!(next, [4], "{kind}");
        let delete = http::Request::delete("/?search=red+-fast").header("host", "test");
        let deleted = ask_with(
            &api,
            delete.body(Empty::<bytes::Bytes>::new()).expect("one"),
        )
        .await;
        assert_eq!(deleted.json()["deleted"], 2, "{kind}: {}", deleted.body);
    }
}

#[tokio::test]
async fn pages_by_relevance_are_parts_of_the_whole_list_from_either_end() {
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)";
    let select = "SELECT i, CASE i % 3 WHEN 0 THEN 'red' ELSE 'blue' END, \
                  CASE i % 7 WHEN 0 THEN 'red red car' WHEN 1 THEN 'red car' ELSE 'car' END, i % 5 FROM n";
    for kind in Kind::reachable().await {
        let rows = match kind {
            Kind::MySql | Kind::Postgres | Kind::Sqlite => format!("{numbers} {select}"),
        };
        let fresh = database(kind, &rows).await;
        let api = viewset(&fresh.db).build().expect("an API");
        for ordering in [
            "-search_rank",
            "search_rank",
            "-search_rank,-year",
            "search_rank,year,-id",
        ] {
            let list = format!("search=red+car&ordering={ordering}");
            let whole = ids(&api, &format!("{list}&page_size=1000")).await;
            assert_eq!(whole.len(), 157, "{kind}: {ordering}");
            let mut paged = Vec::new();
            for page in 1..=16 {
                paged.extend(ids(&api, &format!("{list}&page_size=10&page={page}")).await);
            }
            assert_eq!(paged, whole, "{kind}: {ordering}");
            let uncounted = viewset(&fresh.db)
                .count(Count::Off)
                .build()
                .expect("an API");
            let first = ids(&uncounted, &format!("{list}&page_size=10")).await;
            assert_eq!(first, whole[..10], "{kind}: {ordering}");
        }
    }
}

/// Servers answer requests that wait together by one statement.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_wait_together_have_each_their_own_search() {
    let queries = [
        ("search=red&ordering=-search_rank&page_size=1", &[4][..]),
        ("search=salt&ordering=-search_rank&page_size=1", &[7]),
        ("search=water&ordering=-search_rank&page_size=1", &[6]),
        ("search=blue&ordering=-search_rank&page_size=1", &[2]),
        ("search=-red&page_size=1", &[2]),
        ("search=-toyota&page_size=1", &[3]),
    ];
    for kind in Kind::reachable().await {
        let fresh = database(kind, &format!("VALUES {ROWS}")).await;
        let api = viewset(&fresh.db).build().expect("an API");
        let all = (0..60).map(|at| {
            let (query, expected) = queries[at % queries.len()];
            let api = &api;
            async move { (query, ids(api, query).await, expected) }
        });
        for (query, found, expected) in futures_util::future::join_all(all).await {
            assert_eq!(found, expected, "{kind}: {query}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_searched_or_ordered_by_is_refused() {
    let fresh = database(Kind::Sqlite, &format!("VALUES {ROWS}")).await;
    let api = viewset(&fresh.db).cursor_pages().build().expect("an API");
    let nothing = "`search`: at character 1, there is no letter or digit to search for";
    for (query, code, detail) in [
        ("search=!!!", "invalid_value", nothing),
        (
            "search=+%26+-",
            "invalid_value",
            "`search`: at character 2, there is no letter or digit to search for",
        ),
        ("search=%22%26%22", "invalid_value", nothing),
        (
            "search=red+-%22%26%22",
            "invalid_value",
            "`search`: at character 6, there is no letter or digit to search for",
        ),
        (
            "search=red+-%22car",
            "invalid_value",
            "`search`: at character 6, a quote is not closed by another; inside it, `\"\"` is a quote",
        ),
        (
            "search=a+b+c+d+e+f+g+-h+-i",
            "limit_exceeded",
            "`search` has 9 words and phrases; at most 8 are read",
        ),
        (
            "ordering=-search_rank",
            "conflicting",
            "`ordering` by `search_rank` needs a `search`, which the rows match more or less",
        ),
        (
            "search=red&ordering=make,-search_rank",
            "invalid_value",
            "`ordering`: `search_rank` must come first; what follows decides between rows that match as well",
        ),
        (
            "search=red&sort_by=-search_rank&cursor=",
            "conflicting",
            "`sort_by` by `search_rank` has no pages by cursor; ask for them by `page`",
        ),
    ] {
        check_refused(&api, query, code, detail).await;
    }
    let plain = ViewSet::new(model()).database(&fresh.db).search("make");
    let plain = plain.build().expect("an API");
    let answer = ask(&plain, "/?search=toyota&ordering=-search_rank").await;
    assert_eq!(answer.json()["code"], "unknown_field");
}

#[tokio::test]
async fn options_say_that_search_is_full_text_and_orders() {
    let fresh = database(Kind::Sqlite, &format!("VALUES {ROWS}")).await;
    let describe = |api: Api| async move {
        let options = http::Request::options("/").header("host", "test");
        ask_with(
            &api,
            options.body(Empty::<bytes::Bytes>::new()).expect("one"),
        )
        .await
        .json()
    };
    let full = describe(viewset(&fresh.db).build().expect("an API")).await;
    assert_eq!(full["search"], serde_json::json!(["make", "notes"]));
    assert_eq!(full["full_text"], true);
    assert_eq!(
        full["orderings"],
        serde_json::json!(["id", "make", "notes", "year", "search_rank"])
    );
    let plain = ViewSet::new(model()).database(&fresh.db).search("make");
    let plain = describe(plain.build().expect("an API")).await;
    assert_eq!(plain.get("full_text"), None);
    assert_eq!(
        plain["orderings"],
        serde_json::json!(["id", "make", "notes", "year"])
    );
}

/// A missing index is a mistake of the program, which the log tells and the client does not see.
#[tokio::test]
async fn a_search_without_its_index_is_a_failure_of_the_server() {
    for kind in Kind::reachable().await {
        let fresh = database(kind, &format!("VALUES {ROWS}")).await;
        let drop = match kind {
            Kind::Sqlite => "DROP TABLE cars_fts",
            Kind::MySql => "DROP INDEX car_text ON cars",
            Kind::Postgres => "DROP INDEX car_text",
        };
        fresh.execute(drop).await;
        let api = viewset(&fresh.db).build().expect("an API");
        let answer: Answer = ask(&api, "/?search=red").await;
        let status = match kind {
            Kind::Sqlite | Kind::MySql => (500, Some("schema_mismatch".to_owned())),
            Kind::Postgres => (200, None),
        };
        let code = answer.json()["code"].as_str().map(str::to_owned);
        assert_eq!((answer.status, code), status, "{kind}: {}", answer.body);
    }
    if Kind::Postgres.is_reachable().await {
        let fresh = database(Kind::Postgres, &format!("VALUES {ROWS}")).await;
        for setting in [
            FullText::new().config("klingon"),
            FullText::new().vector("nowhere"),
        ] {
            let api = viewset(&fresh.db)
                .full_text(setting)
                .build()
                .expect("an API");
            let answer = ask(&api, "/?search=red").await;
            assert_eq!(answer.json()["code"], "schema_mismatch", "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn mistakes_of_the_setting_are_found_by_build() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let mistakes = |viewset: ViewSet| {
            let error = viewset.database(&fresh.db).build().expect_err("a mistake");
            error.mistakes().join("\n")
        };
        let cars = || ViewSet::new(model()).search(["make", "notes"]);
        let without = ViewSet::new(model()).full_text(searched());
        assert_eq!(
            mistakes(without),
            "Car: `.full_text(…)` needs `.search(…)`, which names the columns that are searched"
        );
        let named = model().column("year", |column| column.rename("search_rank"));
        let named = ViewSet::new(named).search("make").full_text(searched());
        assert_eq!(
            mistakes(named),
            "Car: with `.full_text(…)` lists are ordered by `search_rank`, so no member can have this name"
        );
        let computed = cars().computed("loud", tower_rest::Type::Text, |table| {
            sea_query::Func::upper(table.column("make")).into()
        });
        let computed = computed.search(["make", "loud"]);
        match kind {
            Kind::Sqlite => assert_eq!(
                mistakes(cars().full_text(FullText::new())),
                "Car: `.full_text(…)`: SQLite searches an FTS5 table; name it, with `FullText::table`"
            ),
            Kind::Postgres => {
                assert_eq!(
                    mistakes(cars().full_text(FullText::new().config("it's"))),
                    "Car: `.full_text(…)`: `it's` is no name of a text search configuration, such as `english` or \
                     `public.my_english`"
                );
                assert_eq!(
                    mistakes(computed.full_text(FullText::new())),
                    "Car: `.full_text(…)`: `loud` is computed, and PostgreSQL has no index over it; search a \
                     `FullText::vector` instead"
                );
            }
            Kind::MySql => assert_eq!(
                mistakes(computed.full_text(FullText::new())),
                "Car: `.full_text(…)`: `loud` is computed, and MySQL has no index over it"
            ),
        }
    }
}

#[tokio::test]
async fn a_page_lists_best_matches_first_until_the_search_is_removed() {
    let fresh = database(Kind::Sqlite, &format!("VALUES {ROWS}")).await;
    let api = viewset(&fresh.db).build().expect("an API");
    let page = |path: &'static str| {
        let request = http::Request::get(path)
            .header("host", "test")
            .header("accept", "text/html");
        let request = request.body(Empty::<bytes::Bytes>::new()).expect("one");
        let api = api.clone();
        async move { ask_with(&api, request).await.body }
    };
    let best = "<a href=\"?year__gte=1900&#38;search=red&#38;ordering=-search_rank\">Best matches first</a>";
    let found = page("/?year__gte=1900&search=red&ordering=-year").await;
    assert!(found.contains(best), "{found}");
    let ranked = page("/?year__gte=1900&search=red&ordering=-search_rank").await;
    assert!(!ranked.contains("Best matches first"), "{ranked}");
    // Neither removing the search nor another one keeps the order, which needs a search.
    for text in [
        "<a href=\"?year__gte=1900\" aria-label=\"Remove the filter search = red\">",
        "<a href=\"?\">Remove all</a>",
        "value=\"1900\"><label class=\"visually-hidden\" for=\"search\">",
    ] {
        assert!(ranked.contains(text), "{text}: {ranked}");
    }
    let all = page("/").await;
    assert!(!all.contains("Best matches first"), "{all}");
}
