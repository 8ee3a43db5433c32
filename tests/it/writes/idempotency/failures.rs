//! Requests that fail, answers that expire: nothing is kept that the database has not, and nothing for ever.

use serde_json::{Value as Json, json};
use tower_rest::{Router, Schema, ViewSet};

use super::{count, kept, kept_where, keyed, open, outcome, same, send, tables, user};
use crate::{databases::Kind, server::ask};

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_not_kept() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| cars).await;
        for (method, path, body, status) in [
            ("POST", "/owners/", json!({"name": "Ada", "tenant": 1}), 409),
            ("POST", "/owners/", json!({"name": "Ada"}), 400),
            ("POST", "/owners/9/cars/", json!({"make": "Saab"}), 404),
            ("PATCH", "/cars/9/", json!({"year": 1999}), 404),
            ("PATCH", "/cars/1/", json!({"year": 1700}), 400),
            ("DELETE", "/cars/9/", Json::Null, 404),
            ("DELETE", "/owners/1/", Json::Null, 409),
        ] {
            // The key is free again each time, so that another request may have it.
            let failed = keyed(&api, (method, path), "a", &body).await;
            assert_eq!(
                failed.status, status,
                "{kind} {method} {path}: {}",
                failed.body
            );
            assert_eq!(kept(&fresh).await, 0, "{kind} {method} {path}");
        }
        let ada = json!({"name": "Ada", "tenant": 1});
        send(&api, "PATCH", "/owners/1/", &json!({"name": "Eve"})).await;
        let done = keyed(&api, ("POST", "/owners/"), "a", &ada).await;
        assert_eq!(done.status, 201, "{kind}: {}", done.body);
        same(&done, &keyed(&api, ("POST", "/owners/"), "a", &ada).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constraint_that_breaks_at_the_commit_keeps_nothing() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if !kind.is_reachable().await {
            continue;
        }
        let id = match kind {
            Kind::Postgres => "serial",
            Kind::Sqlite | Kind::MySql => "integer",
        };
        let fresh = kind.fresh().await;
        let script = format!(
            "CREATE TABLE bosses (id integer PRIMARY KEY); \
             CREATE TABLE staff (id {id} PRIMARY KEY, \
                boss_id integer REFERENCES bosses (id) DEFERRABLE INITIALLY DEFERRED); {}",
            fresh.db.idempotency_table()
        );
        fresh.execute(&script).await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let idempotent = |viewset: ViewSet| viewset.writable().idempotent(user);
        let router = Router::of(schema).configure("staff", idempotent);
        let api = router
            .configure("bosses", idempotent)
            .build()
            .expect("an API");
        let body = json!({"boss_id": 7});
        let failed = keyed(&api, ("POST", "/staff/"), "a", &body).await;
        let expected = (409, vec!["/boss_id foreign_key".to_owned()]);
        assert_eq!(outcome(&failed), expected, "{kind}: {}", failed.body);
        assert_eq!((count(&api, "/staff/").await, kept(&fresh).await), (0, 0));
        send(&api, "POST", "/bosses/", &json!({"id": 7})).await;
        let done = keyed(&api, ("POST", "/staff/"), "a", &body).await;
        assert_eq!(done.status, 201, "{kind}: {}", done.body);
        assert_eq!((count(&api, "/staff/").await, kept(&fresh).await), (1, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_has_expired_is_replaced() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| cars).await;
        let car = json!({"make": "Saab"});
        let first = keyed(&api, ("POST", "/cars/"), "a", &car).await;
        assert_eq!(first.json()["car_id"], 2, "{kind}: {}", first.body);
        fresh
            .execute("UPDATE tower_rest_idempotency SET expires_at = 1")
            .await;
        // A key that has expired is free for any request.
        let other = json!({"make": "Seat"});
        let next = keyed(&api, ("POST", "/cars/"), "a", &other).await;
        assert_eq!(next.json()["car_id"], 3, "{kind}: {}", next.body);
        same(&next, &keyed(&api, ("POST", "/cars/"), "a", &other).await);
        assert_eq!((count(&api, "/cars/").await, kept(&fresh).await), (3, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_live_for_a_day_or_as_long_as_is_set() {
    for kind in Kind::reachable().await {
        let hour = std::time::Duration::from_secs(3600);
        for (lifetime, seconds) in [(None, 86_400), (Some(hour), 3600)] {
            let fresh = tables(kind).await;
            let cars = move |cars: ViewSet| {
                let cars = cars.writable().idempotent(user);
                match lifetime {
                    Some(lifetime) => cars.idempotency_lifetime(lifetime),
                    None => cars,
                }
            };
            let schema = Schema::reflect(&fresh.db).await.expect("a schema");
            let api = Router::of(schema)
                .configure("cars", cars)
                .build()
                .expect("an API");
            keyed(&api, ("POST", "/cars/"), "a", &json!({"make": "Saab"})).await;
            let now = std::time::UNIX_EPOCH.elapsed().expect("a time").as_secs();
            let ends = now + seconds;
            let range = format!("expires_at__range={},{}", ends - 60, ends + 1);
            assert_eq!(kept_where(&fresh, &range).await, 1, "{kind} {seconds}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_have_expired_are_removed_in_small_numbers() {
    for kind in Kind::reachable().await {
        let (fresh, api) = open(kind, |cars| cars).await;
        let row = |number: u64, expires_at: u64| {
            format!("('{number:064}', 'f', 200, '', '', {expires_at})")
        };
        let old: Vec<_> = (0..130).map(|number| row(number, 1 + number)).collect();
        let insert = format!(
            "INSERT INTO tower_rest_idempotency (id, fingerprint, status, headers, body, expires_at) VALUES {}, {}",
            old.join(", "),
            row(999, 99_999_999_999)
        );
        fresh.execute(&insert).await;
        let (mut written, mut left) = (0, 131);
        while left > 1 && written < 200 {
            let key = format!("k{written}");
            let path = ("PATCH", "/cars/1/");
            let answer = keyed(&api, path, &key, &json!({"year": 1999})).await;
            assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
            written += 1;
            let now = kept(&fresh).await - written;
            assert!(left - now <= 100, "{kind}: {left} {now}");
            left = now;
        }
        assert_eq!(left, 1, "{kind}: after {written}");
        assert_eq!(ask(&api, "/cars/1/").await.json()["year"], 1999, "{kind}");
    }
}
