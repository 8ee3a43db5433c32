//! Keys of rows that are written: of several columns, of texts and moments, chosen by the client or by the database.

use serde_json::{Value as Json, json};

use super::{faults, send, writable};
use crate::{databases::Kind, server::ask};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_be_of_any_type_and_of_several_columns() {
    const TABLES: &str = "CREATE TABLE tags (tag varchar(20) PRIMARY KEY, note varchar(20)); \
        CREATE TABLE days (day date PRIMARY KEY, note varchar(20)); \
        CREATE TABLE pairs (a integer NOT NULL, b varchar(20) NOT NULL, note varchar(20), PRIMARY KEY (b, a)); \
        CREATE TABLE uuids (id uuid PRIMARY KEY, note varchar(20)); \
        CREATE TABLE chosen (id integer NOT NULL PRIMARY KEY, note varchar(20))";
    for kind in Kind::reachable().await {
        let (_fresh, api) = writable(kind, TABLES).await;
        let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        for (list, key, path) in [
            ("tags", json!({"tag": "a/b, c"}), "/tags/a%2Fb%2C%20c/"),
            ("tags", json!({"tag": "Straße"}), "/tags/Stra%C3%9Fe/"),
            ("tags", json!({"tag": ""}), "/tags/~/"),
            ("days", json!({"day": "2024-02-29"}), "/days/2024-02-29/"),
            ("pairs", json!({"a": 7, "b": "x,y"}), "/pairs/x%2Cy,7/"),
            (
                "uuids",
                json!({"id": uuid}),
                "/uuids/67e55044-10b1-426f-9247-bb680e5fe0c8/",
            ),
            ("chosen", json!({"id": -5}), "/chosen/-5/"),
        ] {
            let mut body = key.clone();
            body["note"] = json!("x");
            let created = send(&api, "POST", &format!("/{list}/"), &body).await;
            assert_eq!(created.status, 201, "{kind} {list} {key}: {}", created.body);
            let location = format!("http://test{path}");
            assert_eq!(created.header("location"), Some(&*location), "{kind}");
            let shown = created.json();
            assert_eq!(ask(&api, path).await.json(), shown, "{kind} {path}");
            let twice = send(&api, "POST", &format!("/{list}/"), &body).await;
            let mut expected: Vec<_> = key
                .as_object()
                .expect("a key")
                .keys()
                .map(|name| format!("/{name} unique"))
                .collect();
            let mut found = faults(&twice);
            expected.sort();
            found.sort();
            assert_eq!(
                (twice.status, found),
                (409, expected),
                "{kind} {list}: {}",
                twice.body
            );
            for method in ["PUT", "PATCH"] {
                let same = send(&api, method, path, &shown).await;
                assert_eq!(
                    (same.status, same.json()),
                    (200, shown.clone()),
                    "{kind} {method} {path}"
                );
            }
            let changed = send(&api, "PATCH", path, &json!({"note": null})).await;
            assert_eq!(
                (changed.status, &changed.json()["note"]),
                (200, &Json::Null),
                "{kind} {path}"
            );
            let gone = send(&api, "DELETE", path, &Json::Null).await;
            assert_eq!(gone.status, 204, "{kind} {path}: {}", gone.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_nobody_gives_is_required() {
    const TABLES: &str = "CREATE TABLE tags (tag varchar(20) PRIMARY KEY, note varchar(20)); \
        CREATE TABLE chosen (id integer NOT NULL, note varchar(20), PRIMARY KEY (id)); \
        CREATE TABLE ints (id int PRIMARY KEY, note varchar(20)); \
        CREATE TABLE pairs (a integer NOT NULL, b varchar(20) NOT NULL, note varchar(20), PRIMARY KEY (a, b))";
    for kind in Kind::reachable().await {
        let (_fresh, api) = writable(kind, TABLES).await;
        for (list, body, expected) in [
            ("tags", json!({}), &["/tag required"][..]),
            ("tags", json!({"tag": null}), &["/tag null"]),
            ("pairs", json!({"a": 1}), &["/b required"]),
            ("pairs", json!({}), &["/a required", "/b required"]),
            ("ints", json!({}), &["/id required"]),
            ("ints", json!({"id": null}), &["/id null"]),
        ] {
            let answer = send(&api, "POST", &format!("/{list}/"), &body).await;
            assert_eq!(
                (answer.status, faults(&answer)),
                (400, expected.iter().map(|&one| one.to_owned()).collect()),
                "{kind} {list} {body}: {}",
                answer.body
            );
            assert_eq!(
                ask(&api, &format!("/{list}/")).await.json()["count"],
                0,
                "{kind}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_the_database_makes_is_found() {
    for kind in Kind::reachable().await {
        let tables = match kind {
            Kind::Sqlite => {
                "CREATE TABLE made (id text PRIMARY KEY NOT NULL DEFAULT (lower(hex(randomblob(8)))), note text); \
                 CREATE TABLE numbered (id integer PRIMARY KEY AUTOINCREMENT, note text)"
            }
            Kind::Postgres => {
                "CREATE TABLE made (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text); \
                 CREATE TABLE numbered (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text)"
            }
            Kind::MySql => {
                "CREATE TABLE made (id uuid PRIMARY KEY DEFAULT uuid(), note text); \
                 CREATE TABLE numbered (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, note text)"
            }
        };
        let (_fresh, api) = writable(kind, tables).await;
        for list in ["/made/", "/numbered/"] {
            for body in [json!({"note": "x"}), json!({})] {
                let created = send(&api, "POST", list, &body).await;
                assert_eq!(
                    created.status, 201,
                    "{kind} {list} {body}: {}",
                    created.body
                );
                let href = created.header("location").expect("a place").to_owned();
                let path = href.trim_start_matches("http://test");
                assert_eq!(ask(&api, path).await.json(), created.json(), "{kind}");
            }
        }
        // One statement inserts many rows, and returns their keys in the order of the rows.
        let notes: Vec<_> = (0..60).map(|at| format!("note {at}")).collect();
        let body: Vec<_> = notes.iter().map(|note| json!({"note": note})).collect();
        for list in ["/made/", "/numbered/"] {
            let created = send(&api, "POST", list, &json!(body)).await;
            assert_eq!(created.status, 201, "{kind} {list}: {}", created.body);
            let rows = created.json();
            let rows = rows.as_array().or_else(|| rows["results"].as_array());
            let written: Vec<_> = rows.expect("rows").iter().map(|row| &row["note"]).collect();
            assert_eq!(written, notes.iter().collect::<Vec<_>>(), "{kind} {list}");
        }
        if kind == Kind::Postgres {
            let refused = send(&api, "POST", "/numbered/", &json!({"id": 7})).await;
            assert_eq!(
                (refused.status, faults(&refused)),
                (400, vec!["/id read_only".to_owned()]),
                "{}",
                refused.body
            );
        }
        // 0 asks MariaDB for a number.
        let zero = send(&api, "POST", "/numbered/", &json!({"id": 0})).await;
        match kind {
            Kind::Sqlite => assert_eq!(zero.status, 201, "{}", zero.body),
            Kind::Postgres => assert_eq!(zero.status, 400, "{}", zero.body),
            Kind::MySql => assert_eq!(
                (zero.status, faults(&zero)),
                (400, vec!["/id invalid_value".to_owned()]),
                "{}",
                zero.body
            ),
        }
    }
}
