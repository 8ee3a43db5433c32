//! Names and messages of requests, and objects that are sent back.

use serde_json::{Value, json};
use tower_rest::{Api, Database, Keys, Model, Router, ToOne, Type, ViewSet};

use crate::{
    databases::Kind,
    server::{Answer, ask, ask_with},
};

#[derive(Model)]
struct Maker {
    #[model(key)]
    id: i64,
    name: String,
}

#[derive(Model)]
struct Car {
    #[model(key)]
    id: i64,
    unit_price: Option<i64>,
    #[model(one(Maker))]
    maker_id: Option<i64>,
}

/// Two cars of Fiat and one of Seat.
async fn served(
    kind: Kind,
    change: impl Fn(ViewSet) -> ViewSet,
) -> (crate::databases::Fresh, Router) {
    use tower_rest::Declared as _;
    let fresh = kind.fresh().await;
    for model in [Maker::model(), Car::model()] {
        fresh.execute(&fresh.db.create_table(&model)).await;
    }
    fresh
        .execute(
            "INSERT INTO makers VALUES (1, 'Fiat'), (2, 'Seat'); \
             INSERT INTO cars VALUES (1, 10, 1), (2, 20, 1), (3, 5, 2)",
        )
        .await;
    let cars = ViewSet::of::<Car>(&fresh.db)
        .writable()
        .limit_offset_pages();
    let cars = cars
        .groups()
        .aggregates(("unit_price", "id"))
        .group_by(("maker_id",));
    let router = Router::new()
        .register("cars", change(cars))
        .register("makers", ViewSet::of::<Maker>(&fresh.db));
    (fresh, router)
}

async fn send(api: &Api, method: &str, path: &str, body: &Value) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test")
        .header("content-type", "application/json")
        .body(body.to_string());
    ask_with(api, request.expect("a request")).await
}

#[tokio::test]
async fn r330_a_hint_names_no_parameter_for_a_filter_with_a_lookup() {
    let (_fresh, router) = served(Kind::Sqlite, |cars| cars).await;
    let api = router.build().expect("an API");
    for (query, detail) in [
        (
            "limit__exact=5",
            "cars has no filter `limit__exact`; `limit` is a parameter, which takes no lookup",
        ),
        (
            "ordering__in=id",
            "cars has no filter `ordering__in`; `ordering` is a parameter, which takes no lookup",
        ),
        ("limt=5", "cars has no filter `limt`; did you mean `limit`?"),
        (
            "unit_pric__gte=5",
            "cars has no filter `unit_pric__gte`; did you mean `unit_price`?",
        ),
        // No cursor is offered, so that its name says nothing.
        ("cursor__in=5", "cars has no filter `cursor__in`"),
    ] {
        let problem = ask(&api, &format!("/cars/?{query}")).await.json();
        assert_eq!(problem["detail"], detail, "{query}");
    }
}

#[tokio::test]
async fn r331_what_follows_a_hint_is_a_sentence_of_its_own() {
    let (_fresh, router) = served(Kind::Sqlite, |cars| cars.facets(("unit_price",))).await;
    let api = router.build().expect("an API");
    for (query, detail) in [
        (
            "or=(nor(id=1))",
            "`or`: at character 2, `nor` is no group; did you mean `not` or `or`? Groups are `or(…)`, `and(…)` and `not(…)`",
        ),
        (
            "or=(xyz(id=1))",
            "`or`: at character 2, `xyz` is no group; groups are `or(…)`, `and(…)` and `not(…)`",
        ),
        (
            "aggregate=cuont",
            "there is no aggregate `cuont`; did you mean `count`? The functions are `count`, `count_distinct`, `sum`, `avg`, `min`, `max`",
        ),
        (
            "aggregate=sum(unit_prise)",
            "cars has no aggregate `sum(unit_prise)`; did you mean `unit_price`? They are those of `unit_price`, `id`",
        ),
        (
            "aggregate=count&group_by=makr_id",
            "cars cannot be grouped by `makr_id`; did you mean `maker_id`? It can be grouped by `maker_id`",
        ),
        (
            "aggregate=count&ordering=cuont",
            "the groups cannot be ordered by `cuont`; did you mean `count`? Their members are `count`",
        ),
        (
            "facet=unit_prise",
            "cars has no facet `unit_prise`; did you mean `unit_price`? Its facets are `unit_price`",
        ),
    ] {
        let problem = ask(&api, &format!("/cars/?{query}")).await.json();
        assert_eq!(problem["detail"], detail, "{query}");
    }
    let lookup = ask(&api, "/cars/?unit_price__gtee=5").await.json();
    let detail = lookup["detail"].as_str().expect("words");
    assert!(
        detail.contains("did you mean `gte`? Its lookups are `exact`, "),
        "{detail}"
    );
}

#[tokio::test]
async fn r332_aggregates_are_in_camel_case_where_columns_are() {
    for kind in Kind::reachable().await {
        let (_fresh, router) = served(kind, |cars| cars).await;
        let api = router.camel_case().build().expect("an API");
        let query = "aggregate=count,avg(unitPrice),count_distinct(unitPrice)&group_by=makerId&ordering=-avgUnitPrice";
        let list = ask(&api, &format!("/cars/?{query}")).await.json();
        let groups = list["results"].as_array().expect("groups");
        let shown: Vec<_> = groups[0].as_object().expect("a group").keys().collect();
        assert_eq!(
            shown,
            ["avgUnitPrice", "count", "countDistinctUnitPrice", "makerId"],
            "{kind}"
        );
        assert_eq!(
            (&groups[0]["makerId"], &groups[1]["makerId"]),
            (&json!(1), &json!(2)),
            "{kind}"
        );
        let old = ask(
            &api,
            "/cars/?aggregate=avg(unitPrice)&ordering=avg_unitPrice",
        )
        .await;
        let detail = old.json()["detail"].to_string();
        assert!(
            detail.contains("did you mean `avgUnitPrice`?"),
            "{kind}: {detail}"
        );
        let page = ask(&api, &format!("/cars/?{query}&format=html")).await;
        assert_eq!(page.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn r333_a_request_gives_no_value_of_a_computed_column() {
    let db = Database::in_memory().await.expect("a database");
    let cars = ViewSet::of::<Car>(&db)
        .computed("cheap", Type::Boolean, |_| sea_query::Expr::cust("1 = 1"));
    let cars = cars
        .other_keys(|_| Ok(Keys::new()))
        .other_key_columns("cheap");
    let mistakes = cars.build().expect_err("a mistake").mistakes().join("\n");
    let expected = "Car: `.other_key_columns(…)` names `cheap`, which is computed, so a row cannot get the value of a request";
    assert!(mistakes.contains(expected), "{mistakes}");
}

#[tokio::test]
async fn r334_an_embedded_row_can_be_sent_back_and_names_its_row() {
    for kind in Kind::reachable().await {
        let (_fresh, router) = served(kind, |cars| cars.to_one("maker", ToOne::Object)).await;
        let api = router.build().expect("an API");
        let shown = ask(&api, "/cars/1/").await.json();
        assert_eq!(
            shown["maker"],
            json!({"href": "http://test/makers/1/", "id": 1, "name": "Fiat"})
        );
        for method in ["PUT", "PATCH"] {
            let again = send(&api, method, "/cars/1/", &shown).await;
            assert_eq!(
                (again.status, again.json()),
                (200, shown.clone()),
                "{kind} {method}"
            );
        }
        // Without the column of the foreign key, the object says which row it is.
        let mut less = shown.clone();
        less.as_object_mut().expect("an object").remove("maker_id");
        let again = send(&api, "PUT", "/cars/1/", &less).await;
        assert_eq!((again.status, again.json()), (200, shown.clone()), "{kind}");
        let seat = json!({"href": "http://test/makers/2/"});
        let changed = send(&api, "PATCH", "/cars/1/", &json!({"maker": seat})).await;
        assert_eq!(
            (changed.status, &changed.json()["maker_id"]),
            (200, &json!(2)),
            "{kind}"
        );
        let made = send(&api, "POST", "/cars/", &json!({"id": 9, "maker": seat})).await;
        assert_eq!(
            (made.status, &made.json()["maker"]["name"]),
            (201, &json!("Seat")),
            "{kind}"
        );
        let fiat = &shown["maker"];
        for (method, path, maker, code) in [
            // Another row, or another name of this one, cannot be written by way of the car.
            ("PATCH", "/cars/1/", fiat.clone(), "read_only"),
            (
                "PUT",
                "/cars/2/",
                json!({"href": "http://test/makers/1/", "id": 1, "name": "Fiat 2"}),
                "read_only",
            ),
            (
                "PATCH",
                "/cars/2/",
                json!({"href": "http://test/makers/1/", "nmae": "Fiat"}),
                "read_only",
            ),
            ("POST", "/cars/", fiat.clone(), "invalid_value"),
            ("PATCH", "/cars/1/", json!({"id": 1}), "invalid_value"),
            ("PATCH", "/cars/1/", json!({}), "invalid_value"),
            ("PATCH", "/cars/1/", json!({"href": null}), "invalid_value"),
            (
                "PATCH",
                "/cars/1/",
                json!({"href": "http://test/cars/1/"}),
                "invalid_value",
            ),
            ("PATCH", "/cars/1/", json!([seat]), "invalid_value"),
        ] {
            let body = json!({"unit_price": 1, "maker": maker});
            let refused = send(&api, method, path, &body).await;
            let problem = refused.json();
            assert_eq!(
                (refused.status, &problem["code"]),
                (400, &json!(code)),
                "{kind} {method} {body}: {problem}"
            );
            assert_eq!(
                problem["errors"][0]["pointer"], "/maker",
                "{kind} {method} {body}"
            );
        }
        let kept = ask(&api, "/cars/2/").await.json();
        assert_eq!(
            (&kept["unit_price"], &kept["maker"]),
            (&json!(20), fiat),
            "{kind}"
        );
        // One that disagrees with the column.
        let body = json!({"maker_id": 1, "maker": seat});
        let refused = send(&api, "PATCH", "/cars/2/", &body).await;
        assert_eq!(refused.json()["code"], "conflicting", "{kind}");
    }
}
