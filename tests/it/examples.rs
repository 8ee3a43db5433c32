//! The examples, as they are run.

use clap::Parser as _;
use tower_rest::Database;

use crate::{
    databases::Kind,
    server::{get, send, serve_any},
};

#[path = "../../examples/cars/main.rs"]
#[expect(
    dead_code,
    reason = "only `app` and `fill` are called here, not `main`"
)]
pub(crate) mod cars;

#[path = "../../examples/formats.rs"]
#[expect(dead_code, unreachable_pub, reason = "`main` is not called here")]
pub(crate) mod formats;

#[path = "../../examples/hyper.rs"]
#[expect(dead_code, unreachable_pub, reason = "`main` is not called here")]
mod hyper;

#[path = "../../examples/layer.rs"]
#[expect(dead_code, unreachable_pub, reason = "`main` is not called here")]
mod layer;

#[path = "../../examples/middleware.rs"]
#[expect(dead_code, unreachable_pub, reason = "`main` is not called here")]
mod middleware;

#[path = "../../src/bin/tower-rest/main.rs"]
#[expect(dead_code, reason = "`main` is not called here")]
#[expect(clippy::duplicate_mod, reason = "`cars` has the server, too")]
pub(crate) mod program;

#[tokio::test]
async fn the_cars_example_serves_its_three_models() {
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("tables and rows");
    cars::fill(&db).await.expect("filled already");
    let address = serve_any(cars::app(&db).expect("an application")).await;
    let from_the_root = get(address, "/").await;
    assert_eq!(from_the_root.header("location"), Some("/api/"));
    let browser = b"GET /api/ HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAccept: text/html,*/*;q=0.8\r\n\r\n";
    let page = send(address, browser).await.body;
    assert!(page.contains("<h1>Cars</h1>"), "{page}");
    assert!(page.contains("Cars worth remembering"), "{page}");
    let root = get(address, "/api/").await.json();
    assert_eq!(root["parts"], "http://test/api/parts/");
    let count = |path: &'static str| async move {
        get(address, path).await.json()["count"]
            .as_u64()
            .expect("a count")
    };
    assert!(count("/api/cars/").await >= 120);
    assert!(count("/api/cars/?owner_id__isnull=true").await > 10);
    assert!(count("/api/cars/?make__startswith=Citro%C3%ABn").await > 1);
    assert!(count("/api/parts/?price__gt=1000").await > 1);
    assert_eq!(count("/api/parts/?search=%22brake+pads%22").await, 1);
    assert!(count("/api/parts/?search=brakes+-front&ordering=-search_rank").await > 1);
    let part = get(address, "/api/parts/1/").await.json();
    let car = part["car"]
        .as_str()
        .and_then(|uri| uri.strip_prefix("http://test"))
        .expect("a complete URI")
        .to_owned();
    let car = get(address, &car).await.json();
    assert_eq!(part["car_id"], car["car_id"]);
    let owner = get(address, "/api/cars/?owner_id__isnull=false&page_size=1")
        .await
        .json();
    let owner = owner["results"][0]["owner"]
        .as_str()
        .and_then(|uri| uri.strip_prefix("http://test"))
        .expect("a link")
        .to_owned();
    assert_eq!(get(address, &owner).await.status, 200);
    let parts = get(address, "/api/cars/34/parts/?expand=car").await.json();
    assert_eq!(parts["results"][0]["car"]["make"], "Citroën");
    let engine = r#"{"cylinders":4,"displacement_l":1.0}"#;
    let request = format!(
        "POST /api/cars/34/change_engine/ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{engine}",
        engine.len()
    );
    let created = send(address, request.as_bytes()).await;
    assert_eq!((created.status, created.body.as_str()), (201, engine));
    let car = get(address, "/api/cars/34/").await.json();
    assert_eq!(car["cylinders"], 4);
    let long = get(address, "/api/cars/?search=2CV&fields=notes")
        .await
        .json();
    assert!(long["results"][0]["notes"].as_str().expect("notes").len() > 1000);
}

#[tokio::test]
async fn every_stored_value_of_the_cars_example_can_be_read() {
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("tables and rows");
    let pool = db.sqlite_pool().expect("SQLite");
    let address = serve_any(cars::app(&db).expect("an application")).await;
    // What a page shows as null is null in the table: no value was unreadable.
    for (model, column) in [
        ("owners", "seen_at"),
        ("cars", "designer"),
        ("parts", "fitted_at"),
        ("parts", "spec"),
    ] {
        let stored: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT count({column}) FROM {model}"
        )))
        .fetch_one(pool)
        .await
        .expect("a count");
        let list = get(address, &format!("/api/{model}/?page_size=1000"))
            .await
            .json();
        let shown = list["results"]
            .as_array()
            .expect("rows")
            .iter()
            .filter(|row| !row[column].is_null())
            .count();
        assert_eq!(
            i64::try_from(shown).expect("a count"),
            stored,
            "{model}.{column}"
        );
    }
}

#[tokio::test]
async fn the_hyper_example_serves_without_a_framework() {
    let db = Database::in_memory().await.expect("a database");
    hyper::fill(&db).await.expect("a table and rows");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(hyper::serve(listener, hyper::app(&db).expect("an API")));
    let list = get(address, "/books/?year__lt=1900").await.json();
    assert_eq!(list["count"], 2);
    assert_eq!(list["results"][0]["href"], "http://test/books/1/");
}

#[tokio::test]
async fn the_layer_example_leaves_the_application_as_it_was() {
    let db = Database::in_memory().await.expect("a database");
    layer::fill(&db).await.expect("a table and rows");
    let address = serve_any(layer::app(&db).expect("an application")).await;
    assert_eq!(get(address, "/").await.body, "A bookshop.");
    assert_eq!(get(address, "/api/health").await.body, "well");
    let echo = b"POST /api/echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 5\r\n\r\nagain";
    assert_eq!(send(address, echo).await.body, "again");
    let root = get(address, "/api/").await.json();
    assert_eq!(root["books"], "http://test/api/books/");
    let list = get(address, "/api/books/").await.json();
    assert_eq!(list["results"][2]["href"], "http://test/api/books/3/");
}

#[tokio::test]
async fn the_middleware_example_has_each_layer_around_one_model() {
    let db = Database::in_memory().await.expect("a database");
    middleware::fill(&db).await.expect("tables and rows");
    let door = middleware::Door::default();
    let app = middleware::app(&db, door.clone()).expect("an application");
    let address = serve_any(app).await;
    for path in ["/members/", "/members/1/"] {
        let refusal = get(address, path).await;
        assert_eq!(
            (refusal.status, refusal.body.as_str()),
            (401, "Who are you?")
        );
    }
    let with_password = b"GET /members/1/ HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\
        Authorization: Bearer sesame\r\n\r\n";
    assert_eq!(send(address, with_password).await.json()["name"], "first");
    for path in ["/", "/books/", "/loans/", "/fines/1/"] {
        assert_eq!(get(address, path).await.status, 200, "{path}");
    }
    door.close();
    let closed = get(address, "/fines/1/").await;
    assert_eq!(closed.status, 503);
    assert_eq!(closed.json()["code"], "unavailable");
    assert_eq!(get(address, "/books/").await.status, 200);
}

/// The options of `tower-rest serve`, or what it tells people.
pub(crate) fn options(arguments: &[&str]) -> Result<program::serve::ServeOptions, String> {
    let arguments = ["tower-rest", "serve"].iter().chain(arguments);
    let cli =
        program::command::Cli::try_parse_from(arguments).map_err(|error| error.to_string())?;
    match cli.command {
        program::command::Command::Serve(options) => Ok(*options),
        other => panic!("{other:?} is another command"),
    }
}

/// Returns the API that `tower-rest serve` makes of its arguments, without layers and prefix, or its message.
pub(crate) async fn served(arguments: &[&str]) -> Result<tower_rest::Api, String> {
    let options = options(arguments)?.api;
    let schema = program::configure::find(&options).await;
    let schema = schema.map_err(|error| error.to_string())?;
    let router = program::configure::router(schema, &options).map_err(|error| error.to_string())?;
    router.build().map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_program_serves_a_file_on_connections_that_cannot_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cars.db");
    let db = Database::open_file(&path).await.expect("a file");
    cars::fill(&db).await.expect("tables and rows");
    let path = path.display().to_string();
    for url in [
        path.clone(),
        format!("sqlite:{path}"),
        format!("sqlite://{path}?mode=rwc"),
    ] {
        let api = served(&[&url, "--page-size", "3", "--exclude", "owners"]).await;
        let api = api.expect("an API");
        let list = crate::server::ask(&api, "/cars/").await.json();
        assert_eq!(list["results"].as_array().expect("rows").len(), 3);
        assert_eq!(crate::server::ask(&api, "/owners/").await.status, 404);
        assert_eq!(
            crate::server::ask(&api, "/cars/34/parts/").await.status,
            200
        );
    }
}

#[tokio::test]
async fn the_program_tells_people_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (empty, none, other) = (file("empty.db"), file("none.db"), file("other.txt"));
    drop(Database::open_file(&empty).await.expect("a file"));
    std::fs::write(
        &other,
        "This is a letter, no database, and longer than a header of one.".repeat(9),
    )
    .expect("a file");
    for (arguments, expected) in [
        (vec![&*none], "there is no file"),
        (vec![&*other], "file is not a database"),
        (vec![&*empty], "the database has nothing to serve"),
        (
            vec!["oracle://ann:s3cret@host/name"],
            "a URL that starts with `postgres://` or `mysql://`",
        ),
        (vec!["postgres://root@127.0.0.1:1/test"], "refused"),
        (vec!["mysql://root:s3cret@127.0.0.1:1/test"], "refused"),
        (vec![], "Usage: tower-rest serve"),
        (
            vec![&*empty, "--addr", "nowhere"],
            "invalid value 'nowhere' for '--addr <ADDR>'",
        ),
    ] {
        let error = served(&arguments).await.expect_err("a refusal");
        assert!(error.contains(expected), "{arguments:?}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[tokio::test]
async fn the_program_cannot_write_to_a_server() {
    for kind in [Kind::Postgres, Kind::MySql] {
        if !kind.is_reachable().await {
            continue;
        }
        let fresh = kind.fresh().await;
        fresh
            .execute(
                "CREATE TABLE cars (id integer NOT NULL PRIMARY KEY); INSERT INTO cars VALUES (1)",
            )
            .await;
        let url = fresh.url.as_deref().expect("a URL");
        let api = served(&[url]).await.expect("an API");
        let list = crate::server::ask(&api, "/cars/").await.json();
        assert_eq!(list["count"], 1);
        let db = Database::connect_for_reading(url).await;
        let db = db.expect("a database");
        let error = db
            .execute_script("INSERT INTO cars VALUES (2)")
            .await
            .expect_err("no write");
        let words = format!("{error:?}").to_lowercase();
        assert!(
            words.contains("read-only") || words.contains("read only"),
            "{kind}: {words}"
        );
        let (server, _) = url.rsplit_once('/').expect("a name");
        let error = served(&[&format!("{server}/no_such_database")]).await;
        let error = error.expect_err("no database");
        assert!(error.contains("no_such_database"), "{error}");
    }
}
