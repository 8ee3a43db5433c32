//! Pages by cursors: walks through tables that change, what is refused, and what a page costs.

pub(crate) mod plans;
mod values;
mod walk;

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use tower_rest::{Api, Limits, Model, Router, Schema, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    random::{Random, seed},
    server::ask,
};

fn table(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    table.col(ColumnDef::new("id").integer().primary_key());
    table.col(ColumnDef::new("name").string().not_null());
    table.col(ColumnDef::new("year").integer());
    if name == "parts" {
        table.col(ColumnDef::new("car_id").integer());
        let mut of_a_car = ForeignKey::create();
        table.foreign_key(of_a_car.from("parts", "car_id").to("cars", "id"));
    }
    table
}

async fn cars(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    for name in ["cars", "parts"] {
        fresh.create(&table(name)).await;
    }
    fresh
        .execute(
            "INSERT INTO cars VALUES (1, 'Fiat', 2001), (2, 'Audi', NULL), (3, 'Fiat', 1999), (4, 'Seat', 2001);\
             INSERT INTO parts VALUES (1, 'wheel', 1, 1), (2, 'door', 2, 1), (3, 'lamp', 3, 1), (4, 'door', 1, 2), (5, 'seat', 2, 2)",
        )
        .await;
    fresh
}

fn router(fresh: &Fresh) -> Router {
    let viewset =
        |name, model| ViewSet::new(Model::from_table(model, &table(name))).database(&fresh.db);
    let parts = || viewset("parts", "Part").cursor_pages();
    Router::new()
        .register(
            "cars",
            viewset("cars", "Car")
                .cursor_pages()
                .search(["name"])
                .groups()
                .nest("parts", parts()),
        )
        .register("parts", parts())
        .register("plain", viewset("cars", "Car"))
        .register(
            "alone",
            viewset("cars", "Car")
                .cursor_pages()
                .without_numbered_pages()
                .page_headers()
                .page_size(2),
        )
        .register(
            "every",
            viewset("cars", "Car")
                .cursor_pages()
                .limit_offset_pages()
                .export()
                .limits(Limits::default().offset_rows(1)),
        )
        .cursor_secret("a secret of sixteen bytes or more")
}

async fn api(kind: Kind) -> (Fresh, Api) {
    let fresh = cars(kind).await;
    let api = router(&fresh).build().expect("an API");
    (fresh, api)
}

/// The path of the page after that at a path.
async fn next(api: &Api, path: &str) -> String {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let body = answer.json();
    let next = body["next"].as_str().expect("a further page");
    next.strip_prefix("http://test").expect("a link").to_owned()
}

/// The status of the answer at a path, its code, and the identifiers of its rows.
async fn shown(api: &Api, path: &str) -> String {
    let answer = ask(api, path).await;
    let body = answer.json();
    if let Some(code) = body["code"].as_str() {
        return format!("{} {code}", answer.status);
    }
    let ids = body["results"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["id"].to_string());
    format!("{} {}", answer.status, ids.collect::<Vec<_>>().join(" "))
}

#[tokio::test]
async fn a_cursor_goes_on_from_the_row_before_it() {
    for kind in Kind::reachable().await {
        let (fresh, api) = api(kind).await;
        let next = next(&api, "/cars/?cursor=&page_size=2&ordering=-year,name").await;
        fresh
            .execute("DELETE FROM cars WHERE id = 1; INSERT INTO cars VALUES (9, 'Zil', 2001)")
            .await;
        assert_eq!(shown(&api, &next).await, "200 4 9", "{kind}");
    }
}

#[tokio::test]
async fn the_page_size_and_the_members_may_change_on_the_way() {
    let (_fresh, api) = api(Kind::Sqlite).await;
    let next = next(&api, "/cars/?cursor=&page_size=1&fields=id").await;
    let wider = next
        .replace("page_size=1", "page_size=2")
        .replace("fields=id", "fields=id,name");
    assert_eq!(shown(&api, &wider).await, "200 2 3");
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let (fresh, api) = api(Kind::Sqlite).await;
    let given = next(&api, "/cars/?cursor=&page_size=1&ordering=year&name=Fiat").await;
    let nested = next(&api, "/cars/1/parts/?cursor=&page_size=1").await;
    let changed = [
        given.replace("/cars/", "/alone/"),
        given.replace("name=Fiat", "name=Audi"),
        given.replace("name=Fiat", "name=Fiat&year=2001"),
        given.replace("&name=Fiat", ""),
        given.replace("ordering=year", "ordering=-year"),
        given.replace("&ordering=year", ""),
        nested.replace("/cars/1/", "/cars/2/"),
        nested.replace("/cars/1/", "/"),
    ];
    for path in &changed {
        assert_ne!(*path, given);
        assert_eq!(shown(&api, path).await, "400 invalid_cursor", "{path}");
    }
    assert_eq!(shown(&api, &given).await, "200 1");
    assert_eq!(shown(&api, &nested).await, "200 2");
    let other = router(&fresh)
        .cursor_secret("another secret of the program")
        .build()
        .expect("an API");
    assert_eq!(shown(&other, &given).await, "400 invalid_cursor");
    let again = router(&fresh).build().expect("an API");
    assert_eq!(shown(&again, &given).await, "200 1");
}

#[tokio::test]
async fn filters_in_another_order_are_the_same_list() {
    let (_fresh, api) = api(Kind::Sqlite).await;
    let given = next(&api, "/cars/?name=Fiat&cursor=&page_size=1&year__gt=1900").await;
    let cursor = given
        .split('&')
        .find(|pair| pair.starts_with("cursor="))
        .expect("a cursor");
    let other =
        format!("/cars/?year__gt=1900&utm_source=x&name=F%69at&page_size=1&{cursor}&sort_by=id");
    assert_eq!(shown(&api, &other).await, "200 3");
}

#[tokio::test]
async fn ten_thousand_changed_cursors_are_refused() {
    let (_fresh, api) = api(Kind::Sqlite).await;
    let seed = seed();
    let mut random = Random::new(seed);
    let given = next(&api, "/cars/?page_size=1&ordering=name,-year&cursor=").await;
    let (start, cursor) = given.split_once("cursor=").expect("a cursor");
    let letters: Vec<char> = ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .chain(['-', '_'])
        .collect();
    for _ in 0..10_000 {
        let mut changed: Vec<char> = cursor.chars().collect();
        for _ in 0..=random.below(3) {
            let at = usize::try_from(random.below(changed.len() as u64)).expect("few");
            match random.below(4) {
                _ if changed.len() < 2 => changed.push('x'),
                0 => changed.insert(at, *random.of(&letters)),
                1 => drop(changed.remove(at)),
                2 => changed.truncate(at.max(1)),
                _ => changed[at] = *random.of(&letters),
            }
        }
        let changed: String = changed.into_iter().collect();
        // An empty cursor is the first page.
        if changed != cursor && !changed.is_empty() {
            let path = format!("{start}cursor={changed}");
            assert_eq!(
                shown(&api, &path).await,
                "400 invalid_cursor",
                "TEST_SEED={seed}: {path}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_about_other_pages_does_not_go_with_a_cursor() {
    let (_fresh, api) = api(Kind::Sqlite).await;
    for (path, expected) in [
        ("/plain/?cursor=", "400 not_supported"),
        ("/cars/?cursor=&page=2", "400 conflicting"),
        ("/every/?cursor=&offset=1", "400 conflicting"),
        ("/every/?cursor=&limit=1", "400 conflicting"),
        ("/every/?cursor=&page=all&format=ndjson", "400 conflicting"),
        ("/cars/?cursor=&cursor=", "400 repeated"),
        ("/cars/?cursor=x", "400 invalid_cursor"),
        ("/cars/?cursor=&page_size=0", "400 invalid_page"),
        ("/alone/?page=2", "400 not_supported"),
        ("/cars/1/?cursor=", "400 unknown_parameter"),
        ("/alone/", "200 1 2"),
        ("/alone/?page_size=3", "200 1 2 3"),
        ("/every/?limit=1&offset=1", "200 2"),
        ("/every/?cursor=&page_size=1", "200 1"),
        ("/cars/", "200 1 2 3 4"),
    ] {
        assert_eq!(shown(&api, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_page_too_deep_says_that_there_are_cursors() {
    let (fresh, api) = api(Kind::Sqlite).await;
    fresh
        .execute("INSERT INTO cars VALUES (5, 'VW', 1), (6, 'VW', 1), (7, 'VW', 1)")
        .await;
    let answer = ask(&api, "/every/?offset=3&limit=1").await;
    assert_eq!(answer.json()["code"], "offset_too_deep", "{}", answer.body);
    assert!(answer.body.contains("`cursor=`"), "{}", answer.body);
}

#[tokio::test]
async fn a_page_by_cursor_has_links_in_every_format() {
    let (_fresh, api) = api(Kind::Sqlite).await;
    let first = ask(&api, "/alone/").await;
    let link = first.header("link").expect("links");
    assert!(
        link.contains("rel=\"first\"") && link.contains("rel=\"next\""),
        "{link}"
    );
    assert_eq!(first.header("x-total-count"), None);
    for format in ["csv", "ndjson", "html"] {
        let next = next(&api, "/alone/?page_size=1").await;
        let answer = ask(&api, &format!("{next}&format={format}")).await;
        assert_eq!(answer.status, 200, "{format}: {}", answer.body);
        let has = |link: &str| match format {
            "html" => answer.body.contains(&format!("rel=\"{link}\"")),
            _ => answer
                .header("link")
                .is_some_and(|links| links.contains(&format!("rel=\"{link}\""))),
        };
        assert!(has("next") && has("prev"), "{format}: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn an_ordering_by_values_too_long_for_a_link_is_refused() {
    let (fresh, api) = api(Kind::Sqlite).await;
    let name = "x".repeat(20_000);
    fresh
        .execute(&format!("UPDATE cars SET name = '{name}'"))
        .await;
    let path = "/cars/?cursor=&page_size=1&ordering=name";
    assert_eq!(shown(&api, path).await, "400 limit_exceeded");
    assert_eq!(shown(&api, "/cars/?cursor=&page_size=1").await, "200 1");
}

#[tokio::test]
async fn what_cursors_need_is_checked_when_the_service_is_built() {
    let fresh = cars(Kind::Sqlite).await;
    fresh.execute("CREATE TABLE notes (words TEXT)").await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let built = Router::of(schema)
        .configure("notes", ViewSet::cursor_pages)
        .cursor_secret("short")
        .build();
    let mistakes = built.expect_err("mistakes").mistakes().join("\n");
    assert!(
        mistakes.contains("`cursor_pages` needs a key"),
        "{mistakes}"
    );
    assert!(mistakes.contains("16"), "{mistakes}");
}
