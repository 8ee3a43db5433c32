//! Bodies that write to other tables than that of their row: the pairs of a junction, and rows nested under a new one.

use serde_json::{Value as Json, json};
use tower_rest::{Access, Api, Code, Condition, Error, Router, Schema, ViewSet};

use super::{outcome, send, send_with};
use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

const TABLES: &str = "CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, make varchar(9) NOT NULL); \
    CREATE TABLE tags (id integer NOT NULL PRIMARY KEY, name varchar(9) NOT NULL, tenant integer NOT NULL); \
    CREATE TABLE car_tags (car_id integer NOT NULL REFERENCES cars (id), tag_id integer NOT NULL REFERENCES tags (id), \
        PRIMARY KEY (car_id, tag_id){pairs}); \
    CREATE TABLE orders (id integer NOT NULL PRIMARY KEY, customer varchar(9) NOT NULL, tenant integer NOT NULL DEFAULT 1); \
    CREATE TABLE \"lines\" (order_id integer NOT NULL REFERENCES orders (id), number integer NOT NULL, price integer NOT NULL, \
        tag_id integer REFERENCES tags (id), PRIMARY KEY (order_id, number), CHECK (price > 0){lines}); \
    INSERT INTO cars VALUES (1, 'Fiat'); INSERT INTO tags VALUES (1, 'red', 1), (2, 'old', 1), (3, 'fast', 1), (4, 'other', 2); \
    INSERT INTO car_tags VALUES (1, 1), (1, 4)";

/// Requests see the tags and orders of tenant 1.
async fn shop(kind: Kind) -> (Fresh, Api) {
    let (pairs, lines) = match kind {
        Kind::Sqlite | Kind::Postgres => ("", ""),
        Kind::MySql => (
            ", FOREIGN KEY (car_id) REFERENCES cars (id), FOREIGN KEY (tag_id) REFERENCES tags (id)",
            ", FOREIGN KEY (order_id) REFERENCES orders (id), FOREIGN KEY (tag_id) REFERENCES tags (id)",
        ),
    };
    let fresh = kind.fresh().await;
    fresh
        .execute(&TABLES.replace("{pairs}", pairs).replace("{lines}", lines))
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let lines = ViewSet::new(schema.model("lines").expect("a model").clone()).database(&fresh.db);
    let mine = |viewset: ViewSet| viewset.scope(|_| Ok(Condition::column("tenant").eq(1)));
    let orders = ViewSet::new(schema.model("orders").expect("a model").clone()).database(&fresh.db);
    let orders = mine(orders).writable().upserts("id");
    let api = Router::new()
        .register("orders", orders.nest("lines", lines.writable().inline()))
        .register(
            "cars",
            viewset(&schema, &fresh, "cars")
                .writable()
                .writes("tags")
                .bulk_updates(9)
                .upserts("id"),
        )
        .register("tags", mine(viewset(&schema, &fresh, "tags")))
        .build()
        .unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

fn viewset(schema: &Schema, fresh: &Fresh, table: &str) -> ViewSet {
    ViewSet::new(schema.model(table).expect("a model").clone()).database(&fresh.db)
}

/// The pairs of the car, those of other tenants included.
async fn pairs(fresh: &Fresh) -> Vec<i64> {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let all = Router::of(schema).build().expect("an API");
    let car = ask(&all, "/cars/1/").await.json();
    let links = car["tags"].as_array().cloned().unwrap_or_default();
    let key = |link: &Json| {
        let path = link.as_str().unwrap_or_default().trim_end_matches('/');
        path.rsplit('/')
            .next()
            .and_then(|key| key.parse().ok())
            .unwrap_or(0)
    };
    links.iter().map(key).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_sets_the_pairs_of_a_junction() {
    for kind in Kind::reachable().await {
        let (fresh, api) = shop(kind).await;
        assert_eq!(pairs(&fresh).await, [1, 4], "{kind}");
        for (method, body, expected) in [
            ("PATCH", json!({"tags": ["/tags/2/", 3]}), vec![2, 3, 4]),
            (
                "PATCH",
                json!({"tags": ["http://test/tags/3/", "/tags/1/"]}),
                vec![1, 3, 4],
            ),
            ("PATCH", json!({"make": "Opel"}), vec![1, 3, 4]),
            (
                "PUT",
                json!({"make": "Opel", "tags": [1, 2]}),
                vec![1, 2, 4],
            ),
            ("PUT", json!({"make": "Opel"}), vec![1, 2, 4]),
            ("PATCH", json!({"tags": []}), vec![4]),
        ] {
            let answer = send(&api, method, "/cars/1/", &body).await;
            assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
            assert_eq!(pairs(&fresh).await, expected, "{kind} {body}");
            let seen: Vec<_> = expected.iter().filter(|key| **key != 4).collect();
            let links: Vec<_> = seen
                .iter()
                .map(|key| format!("http://test/tags/{key}/"))
                .collect();
            assert_eq!(
                answer.json()["tags"],
                json!(links),
                "{kind}: {}",
                answer.body
            );
        }
        // What a client reads, it can send back.
        let whole = ask(&api, "/cars/1/").await.json();
        assert_eq!(
            send(&api, "PUT", "/cars/1/", &whole).await.status,
            200,
            "{kind}"
        );
        assert_eq!(pairs(&fresh).await, [4], "{kind}");
        let rows = json!([{"id": 2, "make": "Seat", "tags": [2]}, {"id": 3, "make": "x"}]);
        let created = send(&api, "POST", "/cars/", &rows).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        assert_eq!(
            created.json()[0]["tags"],
            json!(["http://test/tags/2/"]),
            "{kind}"
        );
        assert_eq!(
            ask(&api, "/cars/2/").await.json()["tags"],
            json!(["http://test/tags/2/"]),
            "{kind}"
        );
        let merge = [("prefer", "resolution=merge-duplicates")];
        let merged = send_with(
            &api,
            ("POST", "/cars/"),
            &merge,
            &json!({"id": 2, "make": "Seat", "tags": [1]}),
        )
        .await;
        assert_eq!(
            merged.json()["tags"],
            json!(["http://test/tags/1/"]),
            "{kind}: {}",
            merged.body
        );
        let keep = [("prefer", "resolution=ignore-duplicates")];
        send_with(
            &api,
            ("POST", "/cars/"),
            &keep,
            &json!({"id": 2, "make": "Seat", "tags": [3]}),
        )
        .await;
        assert_eq!(
            ask(&api, "/cars/2/").await.json()["tags"],
            json!(["http://test/tags/1/"]),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_pair_is_named_and_nothing_is_written() {
    for kind in Kind::reachable().await {
        let (fresh, api) = shop(kind).await;
        for (path, body, expected) in [
            (
                "/cars/1/",
                json!({"make": "x", "tags": [2, 4]}),
                "/tags/1 invalid_value",
            ),
            (
                "/cars/1/",
                json!({"make": "x", "tags": ["/tags/4/"]}),
                "/tags/0 invalid_value",
            ),
            (
                "/cars/1/",
                json!({"make": "x", "tags": [99]}),
                "/tags/0 invalid_value",
            ),
            (
                "/cars/1/",
                json!({"make": "x", "tags": [1, "/tags/1/"]}),
                "/tags/1 repeated",
            ),
            (
                "/cars/1/",
                json!({"make": "x", "tags": [true]}),
                "/tags/0 invalid_value",
            ),
            (
                "/cars/1/",
                json!({"make": "x", "tags": ["/cars/1/"]}),
                "/tags/0 invalid_value",
            ),
            (
                "/cars/1/",
                json!({"make": "x", "tags": 1}),
                "/tags invalid_value",
            ),
            (
                "/cars/1/",
                json!({"make": "x", "tags": null}),
                "/tags invalid_value",
            ),
            (
                "/cars/?make=Fiat",
                json!({"make": "x", "tags": [1]}),
                "/tags read_only",
            ),
        ] {
            let answer = send(&api, "PATCH", path, &body).await;
            assert_eq!(
                outcome(&answer),
                (400, vec![expected.to_owned()]),
                "{kind} {body}: {}",
                answer.body
            );
            assert_eq!(ask(&api, "/cars/1/").await.json()["make"], "Fiat", "{kind}");
            assert_eq!(pairs(&fresh).await, [1, 4], "{kind}");
        }
        let rows = json!([{"id": 5, "make": "x"}, {"id": 6, "make": "x", "tags": [1, 4]}]);
        let answer = send(&api, "POST", "/cars/", &rows).await;
        assert_eq!(
            outcome(&answer),
            (400, vec!["/1/tags/1 invalid_value".to_owned()]),
            "{kind}"
        );
        assert_eq!(ask(&api, "/cars/5/").await.status, 404, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_created_together_with_their_parent() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = shop(kind).await;
        let body = json!({"id": 7, "customer": "Ann", "lines": [
            {"number": 1, "price": 10, "tag": "/tags/1/"}, {"number": 2, "price": 20, "order_id": 7},
        ]});
        let refused = send(&api, "POST", "/orders/", &body).await;
        assert_eq!(
            outcome(&refused),
            (400, vec!["/lines/1/order_id read_only".to_owned()]),
            "{kind}"
        );
        let body = json!({"id": 7, "customer": "Ann", "lines": [
            {"number": 1, "price": 10, "tag": "/tags/1/"}, {"number": 2, "price": 20},
        ]});
        let created = send(&api, "POST", "/orders/", &body).await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        let links = json!([
            "http://test/orders/7/lines/1/",
            "http://test/orders/7/lines/2/"
        ]);
        assert_eq!(created.json()["lines"], links, "{kind}");
        let line = ask(&api, "/orders/7/lines/1/").await.json();
        assert_eq!(
            (&line["price"], &line["tag_id"], &line["order_id"]),
            (&json!(10), &json!(1), &json!(7)),
            "{kind}"
        );
        let many = json!([{"id": 8, "customer": "Bob", "lines": [{"number": 1, "price": 5}]}, {"id": 9, "customer": "Cid"}]);
        assert_eq!(
            send(&api, "POST", "/orders/", &many).await.status,
            201,
            "{kind}"
        );
        assert_eq!(
            ask(&api, "/orders/8/lines/").await.json()["count"],
            1,
            "{kind}"
        );
        let change = send(&api, "PATCH", "/orders/8/", &json!({"lines": []})).await;
        assert_eq!(
            outcome(&change),
            (400, vec!["/lines read_only".to_owned()]),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_a_nested_row_takes_all_back() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = shop(kind).await;
        let order = |lines: Json| json!({"id": 7, "customer": "Ann", "lines": lines});
        for (body, status, expected) in [
            (
                order(json!([{"number": 1, "price": "x"}, {"number": 2}])),
                400,
                vec!["/lines/0/price invalid_value", "/lines/1/price required"],
            ),
            (
                order(json!([{"number": 1, "price": 1}, {"number": 1, "price": 1}])),
                409,
                vec!["/lines/1/number unique", "/lines/1/order_id unique"],
            ),
            (
                order(json!([{"number": 1, "price": 1}, {"number": 2, "price": 0}])),
                400,
                vec!["/lines/1 constraint"],
            ),
            (
                order(json!([{"number": 1, "price": 1, "tag_id": 4}])),
                400,
                vec!["/lines/0/tag_id invalid_value"],
            ),
            (
                order(json!([{"number": 1, "price": 1, "nmae": 4}])),
                400,
                vec!["/lines/0/nmae unknown_field"],
            ),
            (order(json!([7])), 400, vec!["/lines/0 invalid_value"]),
            (
                order(json!({"number": 1})),
                400,
                vec!["/lines invalid_value"],
            ),
            (
                json!({"id": 7, "customer": "Ann", "tenant": 2, "lines": [{"number": 1, "price": 1}]}),
                403,
                vec!["/lines outside_scope", "outside_scope"],
            ),
            (
                json!([{"id": 7, "customer": "Ann", "lines": [{"number": 1, "price": -1}]}]),
                400,
                vec!["/0/lines/0 constraint"],
            ),
        ] {
            let answer = send(&api, "POST", "/orders/", &body).await;
            let (got, mut codes) = outcome(&answer);
            for code in &mut codes {
                *code = code.replace("/price constraint", " constraint");
            }
            let is_expected = match status {
                403 => codes.len() == 1 && expected.contains(&codes[0].as_str()),
                _ => codes == expected,
            };
            assert!(
                got == status && is_expected,
                "{kind} {body}: {}",
                answer.body
            );
            assert_eq!(ask(&api, "/orders/7/").await.status, 404, "{kind}");
        }
        let merge = [("prefer", "resolution=merge-duplicates")];
        let answer = send_with(&api, ("POST", "/orders/"), &merge, &order(json!([]))).await;
        assert_eq!(
            outcome(&answer),
            (400, vec!["/lines read_only".to_owned()]),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_decides_about_nested_rows_and_settings_must_fit() {
    let db = tower_rest::Database::in_memory().await.expect("a database");
    let tables = TABLES.replace("{pairs}", "").replace("{lines}", "");
    db.execute_script(&tables).await.expect("tables");
    let schema = Schema::reflect(&db).await.expect("a schema");
    let of =
        |table: &str| ViewSet::new(schema.model(table).expect("a model").clone()).database(&db);
    let refusing = |_: &_, access: Access<'_>| match access {
        Access::Create => Err(Error::new(Code::Forbidden, "no lines")),
        _ => Ok(()),
    };
    let lines = of("lines").inline().policy(refusing);
    let api = Router::new()
        .register("orders", of("orders").writable().nest("lines", lines))
        .build()
        .expect("an API");
    let body = json!({"id": 1, "customer": "x", "lines": [{"number": 1, "price": 1}]});
    assert_eq!(send(&api, "POST", "/orders/", &body).await.status, 403);
    let alone = send(&api, "POST", "/orders/", &json!({"id": 1, "customer": "x"})).await;
    assert_eq!(alone.status, 201, "{}", alone.body);
    let error = Router::new()
        .register("cars", of("cars").writes("make"))
        .register("orders", of("orders").inline())
        .build()
        .expect_err("mistakes");
    assert_eq!(error.mistakes().len(), 2, "{error}");
}
