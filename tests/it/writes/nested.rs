//! Rows written below a parent: its key is set, and nothing moves away from it.

use serde_json::{Value as Json, json};
use tower_rest::{Api, Condition, Head, Keys, Router, Schema, ViewSet};

use super::{lines::answered_otherwise, send};
use crate::databases::{Fresh, Kind};

const TABLES: &str = "CREATE TABLE owners (owner_id integer NOT NULL PRIMARY KEY, name varchar(20) NOT NULL, tenant integer NOT NULL); \
    CREATE TABLE cars (car_id integer NOT NULL PRIMARY KEY, make varchar(20), owner_id integer NOT NULL, \
        FOREIGN KEY (owner_id) REFERENCES owners (owner_id)); \
    CREATE TABLE licences (owner_id integer NOT NULL PRIMARY KEY, class varchar(20), \
        FOREIGN KEY (owner_id) REFERENCES owners (owner_id)); \
    CREATE TABLE clubs (club_id integer NOT NULL PRIMARY KEY, name varchar(20)); \
    CREATE TABLE members (owner_id integer NOT NULL, club_id integer NOT NULL, PRIMARY KEY (owner_id, club_id), \
        FOREIGN KEY (owner_id) REFERENCES owners (owner_id), FOREIGN KEY (club_id) REFERENCES clubs (club_id)); \
    CREATE TABLE halls (tenant integer NOT NULL, hall_id integer NOT NULL, name varchar(20), PRIMARY KEY (tenant, hall_id)); \
    CREATE TABLE bays (tenant integer NOT NULL, hall_id integer NOT NULL, bay integer NOT NULL, note varchar(20), \
        PRIMARY KEY (tenant, hall_id, bay), FOREIGN KEY (tenant, hall_id) REFERENCES halls (tenant, hall_id)); \
    INSERT INTO owners VALUES (1, 'Ada', 1); INSERT INTO owners VALUES (2, 'Bob', 2); \
    INSERT INTO owners VALUES (3, 'Cyd', 1); INSERT INTO licences VALUES (1, 'B'); \
    INSERT INTO licences VALUES (2, 'B'); INSERT INTO clubs VALUES (1, 'Red'); INSERT INTO members VALUES (1, 1); \
    INSERT INTO cars VALUES (1, 'Fiat', 1); INSERT INTO cars VALUES (2, 'Saab', 2); \
    INSERT INTO halls VALUES (1, 1, 'North'); INSERT INTO halls VALUES (2, 1, 'South')";

async fn open(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh.execute(TABLES).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let set = |name: &str| {
        let model = schema.model(name).expect("a table").clone();
        ViewSet::new(model).database(&fresh.db).writable()
    };
    let owners = set("owners")
        .scope(|_| Ok(Condition::column("tenant").eq(1)))
        .nest("cars", set("cars"))
        .nest("clubs", set("clubs"))
        .nest("licence", set("licences"));
    let of_tenant = |head: &Head| Ok(Keys::new().part("tenant", head.header("x-tenant")?));
    let halls = set("halls")
        .other_key_columns("tenant")
        .other_keys(of_tenant)
        .nest("bays", set("bays"));
    let router = Router::new()
        .register("owners", owners)
        .register("cars", set("cars"))
        .register("clubs", set("clubs"))
        .register("halls", halls);
    let api = router.build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nested_row_gets_the_key_of_its_parent_and_keeps_it() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let created = send(
            &api,
            "POST",
            "/owners/1/cars/",
            &json!({"car_id": 7, "make": "Seat"}),
        )
        .await;
        assert_eq!(created.status, 201, "{kind}: {}", created.body);
        let shown = created.json();
        assert_eq!(
            created.header("location"),
            Some("http://test/owners/1/cars/7/"),
            "{kind}"
        );
        assert_eq!(
            (&shown["owner_id"], &shown["href"]),
            (&json!(1), &json!("http://test/owners/1/cars/7/")),
            "{kind}"
        );
        let lines = r#"
            POST /owners/1/cars/ {"car_id": 8, "owner_id": 1} -> 201
            POST /owners/1/cars/ {"car_id": 9, "owner": "http://test/owners/1/"} -> 201
            POST /owners/1/cars/ {"car_id": 10, "owner_id": 2} -> 400 /owner_id read_only
            POST /owners/1/cars/ {"car_id": 10, "owner_id": null} -> 400 /owner_id read_only
            POST /owners/1/cars/ {"car_id": 10, "owner": "/owners/2/"} -> 400 /owner read_only
            POST /owners/2/cars/ {"car_id": 10} -> 404 not_found
            POST /owners/77/cars/ {"car_id": 10} -> 404 not_found
            POST /owners/x/cars/ {"car_id": 10} -> 404 not_found
            POST /owners/77/cars/ {"car_id": "x"} -> 400 /car_id invalid_value
            PATCH /owners/1/cars/7/ {"owner_id": 1, "make": "Fiat"} -> 200
            PATCH /owners/1/cars/7/ {"owner": "http://test/owners/1/"} -> 200
            PATCH /owners/1/cars/7/ {"owner": "/owners/1/"} -> 200
            PATCH /owners/1/cars/7/ {"owner_id": 2} -> 400 /owner_id read_only
            PATCH /owners/1/cars/7/ {"owner": "/owners/2/"} -> 400 /owner read_only
            PUT /owners/1/cars/7/ {"make": "Saab"} -> 200
            PATCH /owners/1/cars/2/ {"make": "Saab"} -> 404 not_found
            DELETE /owners/1/cars/2/ -> 404 not_found
            DELETE /owners/2/cars/2/ -> 404 not_found
            PATCH /cars/7/ {"owner_id": 2} -> 400 /owner_id invalid_value
            PATCH /cars/7/ {"owner": "http://test/owners/1/cars/7/"} -> 400 /owner invalid_value
            PATCH /cars/7/ {"owner": "http://test.evil/owners/1/"} -> 400 /owner invalid_value
            PATCH /cars/7/ {"owner": "http://evil/owners/1/"} -> 400 /owner invalid_value
            PATCH /cars/7/ {"owner": "//evil/owners/1/"} -> 400 /owner invalid_value
            PATCH /cars/7/ {"owner": "/owners/1/?x=1"} -> 400 /owner invalid_value
            PATCH /cars/7/ {"owner": "/owners/%31/"} -> 200
            PATCH /cars/7/ {"owner": "/owners/1"} -> 200
            PATCH /cars/7/ {"owner": null} -> 400 /owner null
            PATCH /cars/7/ {"owner": 1} -> 400 /owner invalid_value
            PATCH /cars/7/ {"owner": ""} -> 400 /owner invalid_value
            DELETE /owners/1/cars/7/ -> 204
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nested_list_that_a_junction_pairs_creates_nothing() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let answer = send(&api, "POST", "/owners/1/clubs/", &json!({"club_id": 7})).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{kind}: {}",
            answer.body
        );
        let answer = send(&api, "OPTIONS", "/owners/1/clubs/", &Json::Null).await;
        assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{kind}");
        let changed = send(
            &api,
            "PATCH",
            "/owners/1/clubs/1/",
            &json!({"name": "Blue"}),
        )
        .await;
        assert_eq!(
            (changed.status, &changed.json()["name"]),
            (200, &json!("Blue")),
            "{kind}: {}",
            changed.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_nested_row_is_changed_and_deleted_where_it_is() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let lines = r#"
            PATCH /owners/1/licence/ {"class": "C"} -> 200
            PATCH /owners/1/licence/ {"owner_id": 1} -> 200
            PATCH /owners/1/licence/ {"owner_id": 2} -> 400 /owner_id read_only
            PATCH /owners/1/licence/ {"owner": "/owners/2/"} -> 400 /owner read_only
            PUT /owners/1/licence/ {} -> 200
            PATCH /owners/2/licence/ {"class": "C"} -> 404 not_found
            PATCH /owners/3/licence/ {"class": "C"} -> 404 not_found
            POST /owners/1/licence/ {"class": "C"} -> 405 method_not_allowed
            DELETE /owners/2/licence/ -> 404 not_found
            DELETE /owners/1/licence/ -> 204
            DELETE /owners/1/licence/ -> 404 not_found
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_key_that_the_request_gives_is_set() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let lines = r#"
            POST@1 /halls/ {"hall_id": 5, "name": "East"} -> 201
            POST@2 /halls/ {"hall_id": 5, "name": "East"} -> 201
            POST@1 /halls/ {"hall_id": 5} -> 409 /hall_id unique, /tenant unique
            POST@1 /halls/ {"hall_id": 6, "tenant": 1} -> 201
            POST@1 /halls/ {"hall_id": 7, "tenant": 2} -> 400 /tenant read_only
            POST /halls/ {"hall_id": 7} -> 400 missing_key_part
            PATCH@1 /halls/1/ {"tenant": 2} -> 400 /tenant read_only
            PATCH@1 /halls/1/ {"hall_id": 2} -> 400 /hall_id read_only
            PATCH@1 /halls/1/ {"tenant": 1, "hall_id": 1, "name": "N"} -> 200
            PUT@1 /halls/1/ {"name": "N"} -> 200
            POST@1 /halls/1/bays/ {"bay": 1} -> 201
            POST@1 /halls/1/bays/ {"bay": 2, "hall_id": 1, "tenant": 1} -> 201
            POST@1 /halls/1/bays/ {"bay": 3, "hall_id": 5} -> 400 /hall_id read_only
            POST@3 /halls/1/bays/ {"bay": 3} -> 404 not_found
            DELETE@3 /halls/5/ -> 404 not_found
            DELETE@1 /halls/1/ -> 409 foreign_key
            DELETE@1 /halls/1/bays/1/ -> 204
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}
