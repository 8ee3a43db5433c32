//! Options of `tower-rest serve`, and what it suggests.

use std::net::SocketAddr;

use serde_json::json;
use tempfile::TempDir;
use tower_rest::{Database, Router, Schema};

use super::serving::{Program, serve};
use crate::{
    databases::{Kind, file_of},
    examples::served,
    server::{ask, send},
};

const TABLES: &str = "CREATE TABLE owners (id bigint primary key, full_name varchar(40)); \
     CREATE TABLE cars (id bigint primary key, unit_price bigint, owner_id bigint, FOREIGN KEY (owner_id) REFERENCES owners (id)); \
     INSERT INTO owners VALUES (1, 'Ann'); INSERT INTO cars VALUES (1, 50, 1), (2, 70, 1)";

/// A file with cars and their owner.
async fn file() -> (TempDir, String) {
    file_of(TABLES).await
}

#[tokio::test(flavor = "multi_thread")]
async fn r335_what_serve_suggests_is_never_refused() {
    let (_folder, path) = file().await;
    for (options, suggested) in [
        (vec!["--count", "none"], 3),
        (vec!["--summaries", "--export", "--camel-case"], 6),
    ] {
        let mut command = serve();
        command
            .args([&*path, "--addr", "127.0.0.1:0"])
            .args(&options);
        let mut urls = Vec::new();
        let server = Program::start(command);
        server.says(|line| {
            let url = line.split('\'').nth(1);
            urls.extend(url.filter(|_| line.contains("curl")).map(str::to_owned));
            urls.len() == suggested
        });
        for url in urls {
            let rest = url.strip_prefix("http://").expect("a URL");
            let (host, path) = rest.split_once('/').expect("a path");
            let address: SocketAddr = host.parse().expect("an address");
            let request =
                format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = send(address, request.as_bytes()).await;
            assert_eq!(answer.status, 200, "{url}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn r336_serve_shows_and_counts_as_its_options_say() {
    let (_folder, path) = file().await;
    let options =
        "--camel-case --wide-integers-as-text --to-one cars.owner=key --count capped --summaries";
    let arguments: Vec<&str> = [&*path].into_iter().chain(options.split(' ')).collect();
    let api = served(&arguments).await.expect("an API");
    let car = ask(&api, "/cars/1/").await.json();
    let href = "http://test/cars/1/";
    let expected =
        json!({"href": href, "id": "1", "unitPrice": "50", "ownerId": "1", "owner": "1"});
    assert_eq!(car, expected);
    let groups = ask(&api, "/cars/?aggregate=max(unitPrice)&group_by=ownerId").await;
    assert_eq!(
        groups.json()["results"][0],
        json!({"ownerId": "1", "maxUnitPrice": "70"})
    );
    let described = crate::server::ask_with(
        &api,
        http::Request::options("/cars/")
            .body(String::new())
            .expect("a request"),
    );
    let described = described.await.json();
    assert_eq!(described["counts"], json!(["exact", "none", "capped"]));
    for (options, expected) in [
        ("--count estimated", "`--count estimated` needs a server"),
        (
            "--to-one cars.owner=row",
            "`row` is no shape; there are link, key and object",
        ),
        ("--full-text crs", "`--full-text crs` names no table"),
        (
            "--full-text owners",
            "owners: `.full_text(…)` needs `.search(…)`",
        ),
        (
            "--to-one owner=key",
            "`owner` is no relation; write it as in `posts.author=object`",
        ),
        (
            "--to-one crs.owner=key",
            "`--to-one crs.owner` names no table",
        ),
        (
            "--to-one cars.ownr=key",
            "cars: `.to_one(…)` names `ownr`, which is no to-one relation that is served",
        ),
    ] {
        let arguments: Vec<&str> = [&*path].into_iter().chain(options.split(' ')).collect();
        let error = served(&arguments).await.expect_err("a refusal");
        assert!(error.contains(expected), "{error}");
        // The cars are served below their owners, too.
        assert_eq!(error.matches(expected).count(), 1, "{error}");
    }
}

#[tokio::test]
async fn serve_searches_by_the_full_text_of_every_database() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let (_folder, path) = file().await;
        let index = match kind {
            Kind::Sqlite => {
                let db = Database::open_file(&path).await.expect("a file");
                let index = "CREATE VIRTUAL TABLE owners_fts USING fts5(full_name, content='owners', content_rowid='id'); \
                     INSERT INTO owners_fts (owners_fts) VALUES ('rebuild')";
                db.execute_script(index).await.expect("an index");
                "owners=owners_fts"
            }
            Kind::Postgres | Kind::MySql => "owners",
        };
        if fresh.url.is_some() {
            fresh.execute(TABLES).await;
        }
        if kind == Kind::MySql {
            let index = "CREATE FULLTEXT INDEX names ON owners (full_name)";
            fresh.execute(index).await;
        }
        let url = fresh.url.as_deref().unwrap_or(&path);
        let options = ["--search", "owners.full_name", "--full-text", index];
        let options = [&[url][..], &options, &["--full-text-config", "english"]].concat();
        let api = served(&options).await.expect("an API");
        for (query, count) in [("search=ann", 1), ("search=-ann", 0), ("search=an", 0)] {
            let list = ask(&api, &format!("/owners/?{query}&ordering=-search_rank")).await;
            assert_eq!(
                list.json()["count"],
                count,
                "{kind}: {query}: {}",
                list.body
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r337_serve_offers_estimates_of_servers() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let Some(url) = &fresh.url else {
            continue;
        };
        fresh.execute(TABLES).await;
        for options in [vec!["--count", "estimated"], Vec::new()] {
            let arguments: Vec<&str> = [&**url].into_iter().chain(options).collect();
            let api = served(&arguments).await.expect("an API");
            let list = ask(&api, "/cars/?count=estimated&page_size=1").await.json();
            assert_eq!(list["count_is"], "estimated", "{kind}: {list}");
            let whole = ask(&api, "/cars/?count=estimated").await.json();
            assert_eq!(
                (&whole["count"], whole.get("count_is")),
                (&json!(2), None),
                "{kind}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r338_a_table_at_the_path_of_the_documentation_is_served_beside_it() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        fresh
            .execute("CREATE TABLE docs (id int PRIMARY KEY, title varchar(40)); INSERT INTO docs VALUES (1, 'Read me')")
            .await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema).build().expect("an API");
        let list = ask(&api, "/~64ocs/").await.json();
        assert_eq!(
            list["results"][0]["href"], "http://test/~64ocs/1/",
            "{kind}"
        );
        let document = ask(&api, "/openapi.json").await.json();
        assert!(
            document["paths"]["/~64ocs/"].is_object(),
            "{kind}: {document}"
        );
    }
}
