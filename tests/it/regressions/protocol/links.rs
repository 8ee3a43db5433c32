//! Links, paths, and the paths of files.

use tower_rest::{Database, Router, Schema};

use super::garage;
use crate::{
    databases::Kind,
    server::{ask, ask_with, get, serve_any},
};

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
    // A list of one page has no link, and characters that a URI cannot contain are encoded.
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
    // A page of JSON has its links in the body.
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
