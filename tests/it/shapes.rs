//! The shapes of answers: to-one relations as links, keys or objects, names in camelCase, integers as strings.

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use serde_json::{Value, json};
use tower_rest::{Api, Condition, Model, Router, ToOne, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::{Answer, ask, ask_with},
};

fn makers() -> TableCreateStatement {
    let mut table = Table::create();
    table.table("makers");
    table.col(ColumnDef::new("maker_id").big_integer().primary_key());
    table.col(ColumnDef::new("full_name").string().not_null().unique_key());
    table
}

fn cars() -> TableCreateStatement {
    let mut table = Table::create();
    table.table("cars");
    table.col(ColumnDef::new("car_id").integer().primary_key());
    table.col(ColumnDef::new("unit_price").big_integer());
    table.col(ColumnDef::new("car_maker_id").big_integer());
    let mut maker = ForeignKey::create();
    table.foreign_key(maker.from("cars", "car_maker_id").to("makers", "maker_id"));
    table
}

/// The table of cars by two makers, one by none.
async fn open(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    fresh.create(&makers()).await;
    fresh.create(&cars()).await;
    fresh
        .execute(
            "INSERT INTO makers VALUES (7, 'Fiat'), (9007199254740993, 'Seat');\
             INSERT INTO cars VALUES (1, 100, 7), (2, 9007199254740993, 9007199254740993), (3, NULL, NULL)",
        )
        .await;
    fresh
}

fn served(fresh: &Fresh, change: impl Fn(ViewSet) -> ViewSet) -> Router {
    let viewset = |name, table| {
        ViewSet::new(Model::from_table(name, table))
            .database(&fresh.db)
            .writable()
    };
    Router::new()
        .register("cars", change(viewset("Car", &cars())))
        .register(
            "makers",
            viewset("Maker", &makers())
                .search(["full_name"])
                .nest("cars", change(viewset("Car", &cars()))),
        )
}

fn api(fresh: &Fresh, change: impl Fn(ViewSet) -> ViewSet) -> Api {
    served(fresh, change).build().expect("an API")
}

async fn get(api: &Api, path: &str) -> Value {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer.json()
}

async fn send(api: &Api, method: &str, path: &str, body: &Value) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test")
        .header("content-type", "application/json")
        .body(http_body_util::Full::new(bytes::Bytes::from(
            body.to_string(),
        )));
    ask_with(api, request.expect("a request")).await
}

const FIAT: &str = "http://test/makers/7/";

#[tokio::test]
async fn a_relation_is_a_link_a_key_or_an_object() {
    for kind in Kind::reachable().await {
        let fresh = open(kind).await;
        let fiat = json!({"href": FIAT, "maker_id": 7, "full_name": "Fiat"});
        for (shape, shown) in [
            (ToOne::Link, json!(FIAT)),
            (ToOne::Key, json!(7)),
            (ToOne::Object, fiat.clone()),
        ] {
            let api = api(&fresh, |cars| cars.to_one("car_maker", shape));
            let context = format!("{kind} {shape:?}");
            let one = get(&api, "/cars/1/").await;
            assert_eq!(one["car_maker"], shown, "{context}");
            assert_eq!(one["car_maker_id"], 7, "{context}");
            let list = get(&api, "/cars/?ordering=car_id").await;
            assert_eq!(list["results"][0]["car_maker"], shown, "{context}");
            assert_eq!(list["results"][2]["car_maker"], Value::Null, "{context}");
            let nested = get(&api, "/makers/7/cars/").await;
            assert_eq!(nested["results"][0]["car_maker"], shown, "{context}");
            let expanded = get(&api, "/cars/1/?expand=car_maker").await;
            assert_eq!(expanded["car_maker"], fiat, "{context}");
            let some = get(&api, "/cars/1/?fields=car_maker").await;
            assert_eq!(some, json!({"car_maker": shown}), "{context}");
            let none = get(&api, "/cars/1/?fields=car_id").await;
            assert_eq!(none, json!({"car_id": 1}), "{context}");
            let page = ask(&api, "/cars/?format=html").await;
            assert_eq!(page.status, 200, "{context}");
        }
    }
}

#[tokio::test]
async fn a_relation_that_is_shown_as_a_key_is_set_by_it() {
    for kind in Kind::reachable().await {
        let fresh = open(kind).await;
        let api = api(&fresh, |cars| cars.to_one("car_maker", ToOne::Key));
        let shown = get(&api, "/cars/1/").await;
        let again = send(&api, "PUT", "/cars/1/", &shown).await;
        assert_eq!((again.status, again.json()), (200, shown), "{kind}");
        for (body, expected) in [
            (
                json!({"car_maker": 9_007_199_254_740_993_i64}),
                json!(9_007_199_254_740_993_i64),
            ),
            (json!({"car_maker": FIAT}), json!(7)),
            (json!({"car_maker": null}), Value::Null),
            (json!({"car_maker_id": 7, "car_maker": 7}), json!(7)),
        ] {
            let changed = send(&api, "PATCH", "/cars/1/", &body).await;
            assert_eq!(changed.status, 200, "{kind} {body}: {}", changed.body);
            assert_eq!(changed.json()["car_maker"], expected, "{kind} {body}");
        }
        for body in [
            json!({"car_maker": "x"}),
            json!({"car_maker": {"href": FIAT}}),
            json!({"car_maker_id": 7, "car_maker": 9_007_199_254_740_993_i64}),
        ] {
            let refused = send(&api, "PATCH", "/cars/1/", &body).await;
            assert_eq!(refused.status, 400, "{kind} {body}: {}", refused.body);
        }
    }
}

#[tokio::test]
async fn exports_show_a_link_instead_of_an_object() {
    let fresh = open(Kind::Sqlite).await;
    let api = api(&fresh, |cars| {
        cars.to_one("car_maker", ToOne::Object).export()
    });
    let rows = ask(&api, "/cars/?page=all&format=ndjson").await;
    let first: Value =
        serde_json::from_str(rows.body.lines().next().expect("a row")).expect("JSON");
    assert_eq!(first["car_maker"], FIAT);
    let page = ask(&api, "/cars/?format=csv&fields=car_id,car_maker").await;
    assert!(
        page.body.contains("\"\"full_name\"\":\"\"Fiat\"\""),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_shape_that_cannot_be_is_a_mistake() {
    let fresh = open(Kind::Sqlite).await;
    let built = served(&fresh, |cars| {
        cars.to_one("maker", ToOne::Key)
            .to_one("car_maker", ToOne::Key)
    });
    let mistakes = built.build().expect_err("mistakes").mistakes().join("\n");
    assert!(
        mistakes.contains("`maker`, which is no to-one relation"),
        "{mistakes}"
    );
    assert!(!mistakes.contains("as a key"), "{mistakes}");
}

#[tokio::test]
async fn wide_integers_are_strings_whatever_their_value() {
    for kind in Kind::reachable().await {
        let fresh = open(kind).await;
        let api = api(&fresh, |cars| {
            cars.wide_integers_as_text().to_one("car_maker", ToOne::Key)
        });
        let one = get(&api, "/cars/1/").await;
        let href = "http://test/cars/1/";
        // Every integer of SQLite may have 64 bits.
        let id = if kind == Kind::Sqlite {
            json!("1")
        } else {
            json!(1)
        };
        let expected = json!({"href": href, "car_id": id, "unit_price": "100", "car_maker_id": "7", "car_maker": "7"});
        assert_eq!(one, expected, "{kind}");
        let again = send(&api, "PUT", "/cars/1/", &one).await;
        assert_eq!((again.status, again.json()), (200, one), "{kind}");
        let filtered = get(&api, "/cars/?unit_price=9007199254740993").await;
        assert_eq!(
            filtered["results"][0]["unit_price"], "9007199254740993",
            "{kind}"
        );
        let null = get(&api, "/cars/3/").await;
        assert_eq!(null["unit_price"], Value::Null, "{kind}");
    }
}

/// An API in camelCase, whose program keeps the names of its tables.
fn camel(fresh: &Fresh) -> Api {
    let router = served(fresh, |cars| {
        cars.orderings(["unit_price", "car_id"])
            .filters(["unit_price", "car_maker", "car_maker_id"])
            .default_ordering("-unit_price")
            .id_member("car_key")
            .scope(|_head| Ok(Condition::column("car_id").lt(100)))
            .export()
    });
    router.camel_case().build().expect("an API")
}

#[tokio::test]
async fn an_api_in_camel_case_is_asked_and_answers_in_it() {
    for kind in Kind::reachable().await {
        let fresh = open(kind).await;
        let api = camel(&fresh);
        let one = get(&api, "/cars/1/").await;
        let expected = json!({
            "href": "http://test/cars/1/", "carKey": 1, "carId": 1, "unitPrice": 100, "carMakerId": 7, "carMaker": FIAT
        });
        assert_eq!(one, expected, "{kind}");
        for (path, ids) in [
            ("/cars/?unitPrice__gte=100&ordering=unitPrice", vec![1, 2]),
            ("/cars/?carMaker=7", vec![1]),
            ("/cars/?carMaker__fullName=Seat", vec![2]),
            ("/cars/?fields=carId&ordering=-carId", vec![3, 2, 1]),
            ("/makers/7/cars/", vec![1]),
        ] {
            let list = get(&api, path).await;
            let rows = list["results"].as_array().expect("rows").iter();
            let found: Vec<_> = rows
                .map(|row| row["carId"].as_i64().expect("a number"))
                .collect();
            assert_eq!(found, ids, "{kind} {path}");
        }
        let expanded = get(&api, "/cars/1/?expand=carMaker").await;
        assert_eq!(expanded["carMaker"]["fullName"], "Fiat", "{kind}");
        let old = ask(&api, "/cars/?unit_price=1").await;
        assert_eq!(old.json()["code"], "unknown_parameter", "{kind}");
        assert!(
            old.body.contains("did you mean `unitPrice`"),
            "{kind}: {}",
            old.body
        );
        let csv = ask(&api, "/cars/?page=all&format=csv&fields=carId,unitPrice").await;
        assert_eq!(csv.body.lines().next(), Some("carId,unitPrice"), "{kind}");
    }
}

#[tokio::test]
async fn an_api_in_camel_case_is_written_in_it() {
    for kind in Kind::reachable().await {
        let fresh = open(kind).await;
        let api = camel(&fresh);
        let made = send(
            &api,
            "POST",
            "/cars/",
            &json!({"carId": 5, "unitPrice": 3, "carMaker": FIAT}),
        )
        .await;
        assert_eq!(made.status, 201, "{kind}: {}", made.body);
        assert_eq!(made.json()["carMakerId"], 7, "{kind}");
        let again = send(&api, "PUT", "/cars/5/", &made.json()).await;
        assert_eq!((again.status, again.json()), (200, made.json()), "{kind}");
        for (method, path, body, status, pointer) in [
            (
                "PATCH",
                "/cars/5/",
                json!({"unit_price": 4}),
                400,
                "/unit_price",
            ),
            (
                "PATCH",
                "/cars/5/",
                json!({"unitPrice": "x"}),
                400,
                "/unitPrice",
            ),
            (
                "POST",
                "/makers/",
                json!({"makerId": 1, "fullName": "Fiat"}),
                409,
                "/fullName",
            ),
            ("POST", "/makers/", json!({"makerId": 1}), 400, "/fullName"),
        ] {
            let refused = send(&api, method, path, &body).await;
            assert_eq!(refused.status, status, "{kind} {body}: {}", refused.body);
            assert_eq!(
                refused.json()["errors"][0]["pointer"],
                pointer,
                "{kind} {body}: {}",
                refused.body
            );
        }
        let options = ask_with(
            &api,
            http::Request::options("/cars/")
                .header("host", "test")
                .body(http_body_util::Empty::<bytes::Bytes>::new())
                .expect("a request"),
        )
        .await;
        assert!(
            options.body.contains("\"unitPrice\"") && !options.body.contains("unit_price"),
            "{kind}: {}",
            options.body
        );
        let page = ask(&api, "/cars/?format=html").await;
        assert!(
            page.body.contains("unitPrice") && !page.body.contains("unit_price"),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn links_to_lists_filter_by_names_in_camel_case() {
    let fresh = open(Kind::Sqlite).await;
    let viewset = |name, table: &TableCreateStatement| {
        ViewSet::new(Model::from_table(name, table)).database(&fresh.db)
    };
    let api = Router::new()
        .register("cars", viewset("Car", &cars()))
        .register(
            "makers",
            viewset("Maker", &makers()).to_many(tower_rest::ToMany::Collection),
        )
        .camel_case()
        .build()
        .expect("an API");
    let maker = get(&api, "/makers/7/").await;
    let list = maker["cars"].as_str().expect("a link");
    assert_eq!(list, "http://test/cars/?carMakerId=7");
    let cars = get(&api, list.strip_prefix("http://test").expect("a link")).await;
    assert_eq!(cars["count"], 1);
}

#[tokio::test]
async fn two_names_that_become_one_are_a_mistake() {
    let fresh = Kind::Sqlite.fresh().await;
    let mut table = Table::create();
    table
        .table("cars")
        .col(ColumnDef::new("id").integer().primary_key());
    table.col(ColumnDef::new("unit_price").integer());
    table.col(ColumnDef::new("unitPrice").integer());
    let cars = ViewSet::new(Model::from_table("Car", &table)).database(&fresh.db);
    let built = Router::new().register("cars", cars).camel_case().build();
    let mistakes = built.expect_err("a mistake").mistakes().join("\n");
    assert!(
        mistakes.contains("two members would be named `unitPrice`"),
        "{mistakes}"
    );
}
