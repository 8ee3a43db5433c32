//! Bugs in the headers and the words about pages.

use tower_rest::{Api, Count, Database, Model, Router, Schema, ViewSet, testing::Client};

use super::table;
use crate::server::ask;

/// An API of cars with these names.
async fn cars(names: &[&str]) -> (Database, Api) {
    let db = Database::in_memory().await.expect("a database");
    let model = Model::from_table("Car", &table("cars", "car_id", &[]));
    db.execute_script(&db.create_table(&model))
        .await
        .expect("a table");
    for (name, id) in names.iter().zip(1..) {
        insert(&db, id, name).await;
    }
    let viewset = ViewSet::new(model)
        .database(&db)
        .groups()
        .limit_offset_pages();
    let viewset = viewset
        .count_choices([Count::Off, Count::Capped(2)])
        .page_headers();
    (db.clone(), viewset.build().expect("an API"))
}

async fn insert(db: &Database, id: u32, name: &str) {
    let row = format!("INSERT INTO cars VALUES ({id}, '{name}')");
    db.execute_script(&row).await.expect("a row");
}

/// A client that has the page was answered 304 although another page follows now, which only the header `Link` says.
#[tokio::test]
async fn r273_a_page_whose_links_change_is_another_page() {
    for format in ["ndjson", "csv"] {
        let (db, api) = cars(&["Fiat"]).await;
        let path = format!("/?format={format}&page_size=1&fields=name");
        let first = ask(&api, &path).await;
        insert(&db, 2, "Ford").await;
        let second = ask(&api, &path).await;
        assert_eq!(first.body, second.body, "{format}");
        assert_eq!(second.header("x-total-count"), Some("2"), "{format}");
        assert_ne!(first.header("etag"), second.header("etag"), "{format}");
        let third = ask(&api, &path).await;
        assert_eq!(second.header("etag"), third.header("etag"), "{format}");
    }
}

/// The page offered to remove all filters, and kept the groups.
#[tokio::test]
async fn r274_all_filters_are_removed_with_the_groups() {
    let (_db, api) = cars(&["Fiat"]).await;
    let client = Client::new(api);
    for query in ["or=(name=x)", "or=(name=x)&name=y&ordering=name"] {
        let page = client
            .get(&format!("/?{query}"))
            .header("accept", "text/html");
        let text = page.await.text();
        let kept = query.split('&').filter(|pair| pair.starts_with("ordering"));
        let clear = format!("<a href=\"?{}\">Remove all", kept.collect::<String>());
        assert!(text.contains(&clear), "{query}: {text}");
    }
}

/// The page of a window after the end said "rows 301-300" and that no row meets the filters.
#[tokio::test]
async fn r275_a_window_after_the_end_says_so() {
    let (_db, api) = cars(&["Fiat", "Ford", "Seat"]).await;
    let page = Client::new(api).get("/?limit=2&offset=30&name__contains=F");
    let text = page.header("accept", "text/html").await.text();
    assert!(text.contains("none of 2 rows here"), "{text}");
    assert!(text.contains("No more rows."), "{text}");
    assert!(!text.contains("No row meets"), "{text}");
}

/// The last window was one that no `next` leads to.
#[tokio::test]
async fn r276_the_last_window_is_where_next_ends() {
    let (_db, api) = cars(&["a", "b", "c", "d", "e"]).await;
    for (query, last) in [
        ("limit=2&offset=0", "limit=2&offset=4"),
        ("limit=2&offset=1", "limit=2&offset=3"),
        ("limit=2&offset=3", "limit=2&offset=3"),
        ("limit=20&offset=3", "limit=20&offset=3"),
        ("limit=2&offset=9", "limit=2&offset=4"),
    ] {
        let answer = ask(&api, &format!("/?{query}")).await;
        let links = answer.header("link").expect("links");
        let expected = format!("<http://test/?{last}>; rel=\"last\"");
        assert!(links.contains(&expected), "{query}: {links}");
    }
}

/// The error said that the viewset does not count its rows, where the client had asked it not to.
#[tokio::test]
async fn r277_a_last_page_without_a_count_says_what_to_leave_out() {
    let (_db, api) = cars(&["a"]).await;
    let answer = ask(&api, "/?page=last&count=none").await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(
        answer.body.contains("leave `count=none` out"),
        "{}",
        answer.body
    );
}

/// A list in a group without parentheses was told to write `Ford=…`, and a group without them `and=…`.
#[tokio::test]
async fn r278_a_list_in_a_group_is_told_its_parentheses() {
    let (_db, api) = cars(&[]).await;
    for (query, words) in [
        (
            "or=(name__in=Fiat,Ford)",
            "a list in parentheses, as in `(a,b)`",
        ),
        ("or=(and,name=Ford)", "write `and(…)`"),
    ] {
        let answer = ask(&api, &format!("/?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert!(answer.body.contains(words), "{query}: {}", answer.body);
    }
}

/// The `next` of embedded rows asked a list for `page=2` that has windows or cursors only, which was a 400.
#[tokio::test]
async fn r279_the_rest_of_embedded_rows_is_asked_for_in_a_way_that_the_list_offers() {
    type Change = fn(ViewSet) -> ViewSet;
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(
        "CREATE TABLE owners (id INTEGER PRIMARY KEY); CREATE TABLE cars (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES owners);\
         INSERT INTO owners VALUES (1); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) INSERT INTO cars SELECT i, 1 FROM n",
    )
    .await
    .expect("tables");
    let all: [(&str, Change, usize); 3] = [
        ("pages", |cars| cars, 50),
        (
            "windows",
            |cars| cars.limit_offset_pages().without_numbered_pages(),
            50,
        ),
        (
            "cursors",
            |cars| cars.cursor_pages().without_numbered_pages(),
            25,
        ),
    ];
    for (what, change, count) in all {
        let schema = Schema::reflect(&db).await.expect("a schema");
        let api = Router::of(schema).configure("cars", change);
        let client = Client::new(api.build().expect("an API"));
        let owner = client.get("/owners/1/?expand=cars").await.json();
        let next = owner["cars"]["next"].as_str().expect("a link");
        let rest = client.get(next).await;
        assert_eq!(rest.status(), 200, "{what}: {next}: {}", rest.text());
        assert_eq!(
            rest.json()["results"].as_array().map(Vec::len),
            Some(count),
            "{what}: {next}"
        );
    }
}
