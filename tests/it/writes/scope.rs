//! What a request may not see is neither written nor told of.

use serde_json::{Value as Json, json};
use tower_rest::{Access, Api, Code, Column, Condition, Error, Model, Router, Schema, ViewSet};

use super::{lines::answered_otherwise, outcome, send};
use crate::{
    databases::{Fresh, Kind},
    server::{ask, ask_with},
};

const TABLES: &str = "CREATE TABLE owners (id integer NOT NULL PRIMARY KEY, tenant integer NOT NULL, code integer NOT NULL, name varchar(20) UNIQUE, \
        UNIQUE (tenant, code)); \
    CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, tenant integer NOT NULL, owner_code integer, secret varchar(20), \
        stamp varchar(20), note varchar(20) NOT NULL, UNIQUE (secret), \
        FOREIGN KEY (tenant, owner_code) REFERENCES owners (tenant, code)); \
    INSERT INTO owners VALUES (1, 1, 10, 'Ada'); INSERT INTO owners VALUES (2, 2, 20, 'Bob'); INSERT INTO owners VALUES (3, 1, 30, 'Cyd'); \
    INSERT INTO cars VALUES (1, 1, 10, 'x', 's', 'n'); INSERT INTO cars VALUES (2, 2, 20, 'y', 's', 'n'); \
    INSERT INTO cars VALUES (3, 1, NULL, NULL, 's', 'n')";

async fn open(kind: Kind, of_cars: fn(ViewSet) -> ViewSet) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.execute(TABLES).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let set = |name: &str, change: fn(Model) -> Model| {
        let model = change(schema.model(name).expect("a table").clone());
        let set = ViewSet::new(model).database(&fresh.db).writable();
        set.scope(|_| Ok(Condition::column("tenant").eq(1)))
    };
    let hide = |cars: Model| {
        cars.column("secret", Column::hidden)
            .column("stamp", Column::read_only)
    };
    let router = Router::new()
        .register("owners", set("owners", |owners| owners))
        .register("cars", of_cars(set("cars", hide)));
    let api = router.build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_key_of_two_columns_is_set_whole_and_within_the_scope() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars).await;
        let lines = r#"
            PATCH /cars/1/ {"owner_code": 30} -> 400 /owners required
            PATCH /cars/1/ {"tenant": 1, "owner_code": 30} -> 200
            PATCH /cars/1/ {"tenant": 2, "owner_code": 20} -> 400 /owners invalid_value
            PATCH /cars/1/ {"tenant": 1, "owner_code": 20} -> 400 /owners invalid_value
            PATCH /cars/1/ {"tenant": 2, "owner_code": null} -> 403 outside_scope
            PATCH /cars/1/ {"owner_code": null} -> 200
            PATCH /cars/1/ {"owners": null} -> 200
            POST /cars/ {"id": 9, "tenant": 2, "note": "n"} -> 403 outside_scope
            POST /cars/ {"id": 2, "tenant": 1, "owner_code": 20, "note": "n"} -> 400 /owners invalid_value
            POST /cars/ {"id": 2, "tenant": 1, "note": "n"} -> 409 /id unique
            PATCH /cars/2/ {"note": "m"} -> 404 not_found
            PUT /cars/2/ {"tenant": 1, "note": "m"} -> 404 not_found
            DELETE /cars/2/ -> 404 not_found
            PATCH /cars/1/ {"secret": "z"} -> 400 /secret unknown_field
            POST /cars/ {"id": 9, "tenant": 1, "note": "n", "secret": null} -> 400 /secret unknown_field
            POST /cars/ {"id": 9, "tenant": 1, "note": "n", "stamp": "t"} -> 400 /stamp read_only
            PATCH /cars/1/ {"stamp": "t"} -> 400 /stamp read_only
            PATCH /cars/1/ {"stamp": "s"} -> 200
            PATCH /cars/1/ {"stamp": null} -> 400 /stamp read_only
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_answer_can_be_sent_back_whatever_it_has() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| cars.id_member("key")).await;
        for path in ["/cars/1/", "/cars/3/", "/owners/1/", "/owners/3/"] {
            let shown = ask(&api, path).await.json();
            for method in ["PUT", "PATCH"] {
                let again = send(&api, method, path, &shown).await;
                assert_eq!(
                    (again.status, again.json()),
                    (200, shown.clone()),
                    "{kind} {method} {path} {shown}"
                );
            }
        }
        let replaced = send(&api, "PUT", "/cars/1/", &json!({"tenant": 1, "note": "m"})).await;
        assert_eq!(
            replaced.json()["owner_code"],
            Json::Null,
            "{kind}: {}",
            replaced.body
        );
        assert_eq!(replaced.json()["stamp"], "s", "{kind}: {}", replaced.body);
        let expanded = send(
            &api,
            "PATCH",
            "/cars/1/?expand=owners",
            &json!({"tenant": 1, "owner_code": 10}),
        )
        .await;
        assert_eq!(
            expanded.json()["owners"]["name"],
            "Ada",
            "{kind}: {}",
            expanded.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_asked_for_each_change_and_other_sites_are_refused() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| {
            cars.policy(|_, access| match access {
                Access::Create | Access::Delete => Err(Error::new(Code::Forbidden, "no")),
                _ => Ok(()),
            })
        })
        .await;
        let body = json!({"id": 9, "tenant": 1, "note": "n"});
        for (method, path, body, status) in [
            ("POST", "/cars/", body.clone(), 403),
            ("DELETE", "/cars/1/", Json::Null, 403),
            ("PATCH", "/cars/1/", json!({"note": "m"}), 200),
        ] {
            let answer = send(&api, method, path, &body).await;
            assert_eq!(answer.status, status, "{kind} {method}: {}", answer.body);
        }
        let options = send(&api, "OPTIONS", "/cars/1/", &Json::Null).await;
        assert_eq!(
            options.header("allow"),
            Some("GET, HEAD, PUT, PATCH, OPTIONS"),
            "{kind}"
        );
        let request = http::Request::builder()
            .method("POST")
            .uri("/owners/")
            .header("host", "test")
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = ask_with(
            &api,
            request
                .body("id=9&tenant=1&code=1".to_owned())
                .expect("a request"),
        )
        .await;
        assert_eq!(
            outcome(&answer),
            (403, vec!["cross_site".to_owned()]),
            "{kind}: {}",
            answer.body
        );
    }
}
