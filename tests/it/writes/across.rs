//! Checks across the columns of a row, inside the transaction that writes it.

use serde_json::{Value as Json, json};
use tower_rest::{
    Api, Base, Cell, Change, Code, Create, Error, Manager, Model, Object, Page, Result, Router,
    Update, ViewSet,
};

use super::{lines::answered_otherwise, outcome, send};
use crate::{
    databases::{Fresh, Kind},
    server::{ask, ask_with},
};

#[derive(Model)]
struct Gauge {
    #[model(key)]
    id: i64,
    low: Option<i64>,
    #[model(default = 10)]
    high: i64,
    #[model(default = "new")]
    state: String,
    extra: Option<serde_json::Value>,
    #[model(hidden)]
    secret: Option<i64>,
}

/// Low is not above high, and a gauge that is closed stays so.
fn is_sound(gauge: &Change<'_>) -> Result<()> {
    if let (Cell::Integer(low), Cell::Integer(high)) =
        (gauge.after(Gauge::LOW)?, gauge.after("high")?)
        && low > high
    {
        gauge.fault(Gauge::LOW, format!("{low} is above {high}"))?;
        gauge.fault(Gauge::HIGH, format!("{high} is below {low}"))?;
    }
    if gauge.before(Gauge::STATE)? == Some(Cell::Text("closed"))
        && gauge.is_changed(Gauge::STATE)?
    {
        gauge.fault(Gauge::STATE, "a closed gauge stays closed")?;
    }
    Ok(())
}

fn is_small(gauge: &Change<'_>) -> Result<()> {
    if let Cell::Json(document) = gauge.after(Gauge::EXTRA)?
        && document.len() > 20
    {
        gauge.fault(Gauge::EXTRA, "at most 20 bytes")?;
    }
    match gauge.after(Gauge::HIGH)? {
        Cell::Integer(403) => Err(Error::new(Code::Forbidden, "403 is forbidden")),
        Cell::Integer(500) => panic!("a bug in a validator"),
        Cell::Integer(501) => gauge.after("hihg").map(drop),
        Cell::Integer(502) => gauge.fault(Gauge::SECRET, "unknown to clients"),
        _ => Ok(()),
    }
}

async fn open(kind: Kind, change: fn(ViewSet) -> ViewSet) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh
        .execute(&fresh.db.create_table(&Model::of::<Gauge>()))
        .await;
    let gauges = ViewSet::of::<Gauge>(&fresh.db)
        .writable()
        .validate(is_sound)
        .validate(is_small);
    let gauges = gauges.upserts("id").put_creates().bulk_updates(10);
    let api = Router::new().register("gauges", change(gauges)).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    let made = send(&api, "POST", "/gauges/", &json!({"id": 1, "low": 2})).await;
    assert_eq!(made.status, 201, "{kind}: {}", made.body);
    (fresh, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_validator_sees_the_row_as_it_would_be() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |gauges| gauges).await;
        let lines = r#"
            POST /gauges/ {"id": 2, "low": 11} -> 400 /high invalid_value, /low invalid_value
            POST /gauges/ {"id": 2, "low": 11, "high": 12} -> 201
            POST /gauges/ [{"id": 3}, {"id": 4, "low": 11}, {"id": 5, "low": 12, "extra": "0123456789012345678901"}] -> 400 /1/high invalid_value, /1/low invalid_value, /2/extra invalid_value, /2/high invalid_value, /2/low invalid_value
            PATCH /gauges/1/ {"low": 11} -> 400 /high invalid_value, /low invalid_value
            PATCH /gauges/1/ {"high": 1} -> 400 /high invalid_value, /low invalid_value
            PATCH /gauges/1/ {"low": 11, "high": 11} -> 200
            PATCH /gauges/1/ {"state": "open"} -> 200
            PUT /gauges/1/ {"low": 11} -> 400 /high invalid_value, /low invalid_value
            PUT /gauges/1/ {"low": 3} -> 200
            PATCH /gauges/1/ {"low": null, "high": -5} -> 200
            PATCH /gauges/1/ {"high": 10} -> 200
            PUT /gauges/9/ {"low": 11} -> 400 /high invalid_value, /low invalid_value
            PUT /gauges/9/ {"low": 9} -> 201
            PATCH /gauges/?id__lt=9 {"low": 11} -> 400 /high invalid_value, /low invalid_value
            PATCH /gauges/?id__lt=9 {"low": 9} -> 200
            PATCH /gauges/1/ {"state": "closed"} -> 200
            PATCH /gauges/1/ {"state": "open"} -> 400 /state invalid_value
            PATCH /gauges/1/ {"state": "open", "low": 99} -> 400 /high invalid_value, /low invalid_value, /state invalid_value
            PATCH /gauges/1/ {"state": "closed", "low": 1} -> 200
            DELETE /gauges/1/ -> 204
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        let count = ask(&api, "/gauges/").await.json()["count"].clone();
        assert_eq!(count, 2, "{kind}: only 2 and 9 are left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn upserts_and_merge_patches_are_checked_as_they_would_be_stored() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |gauges| gauges).await;
        let sent = async |method: &str, path: &str, header: (&str, &str), body: Json| {
            let request = http::Request::builder()
                .method(method)
                .uri(path)
                .header("host", "test");
            let request = match header.0 {
                "content-type" => request,
                _ => request.header("content-type", "application/json"),
            };
            let request = request.header(header.0, header.1).body(body.to_string());
            outcome(&ask_with(&api, request.expect("a request")).await)
        };
        let upsert = ("prefer", "resolution=merge-duplicates");
        let both = (
            400,
            vec![
                "/high invalid_value".to_owned(),
                "/low invalid_value".to_owned(),
            ],
        );
        for (body, expected) in [
            // The row that is there has the low 2.
            (json!({"id": 1, "high": 1}), both.clone()),
            (json!({"id": 1, "high": 2}), (200, Vec::new())),
            (json!({"id": 2, "low": 11}), both.clone()),
            (json!({"id": 2, "low": 10}), (201, Vec::new())),
        ] {
            assert_eq!(
                sent("POST", "/gauges/", upsert, body.clone()).await,
                expected,
                "{kind} {body}"
            );
        }
        let merge = ("content-type", "application/merge-patch+json");
        let extra = (400, vec!["/extra invalid_value".to_owned()]);
        for (body, expected) in [
            (json!({"extra": {"a": "1234567"}}), (200, Vec::new())),
            (json!({"extra": {"b": "12345678"}}), extra),
            (
                json!({"extra": {"a": null, "b": "12345678"}}),
                (200, Vec::new()),
            ),
        ] {
            assert_eq!(
                sent("PATCH", "/gauges/1/", merge, body.clone()).await,
                expected,
                "{kind} {body}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_or_a_panic_of_a_validator_takes_the_write_back() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |gauges| gauges).await;
        let lines = r#"
            PATCH /gauges/1/ {"high": 403} -> 403 forbidden
            PATCH /gauges/1/ {"high": 500} -> 500 internal
            PATCH /gauges/1/ {"high": 501} -> 500 internal
            PATCH /gauges/1/ {"high": 502} -> 500 internal
            POST /gauges/ [{"id": 2}, {"id": 3, "high": 403}] -> 403 forbidden
            POST /gauges/ {"id": 2, "high": 500} -> 500 internal
            PATCH /gauges/?id=1 {"high": 403} -> 403 forbidden
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        let list = ask(&api, "/gauges/").await.json();
        assert_eq!(
            (&list["count"], &list["results"][0]["high"]),
            (&json!(1), &json!(10)),
            "{kind}"
        );
        // The connections are clean.
        assert_eq!(
            send(&api, "PATCH", "/gauges/1/", &json!({"high": 11}))
                .await
                .status,
            200,
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_changes_that_contradict_each_other_one_is_refused() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |gauges| gauges).await;
        for _ in 0..10 {
            let reset = send(&api, "PATCH", "/gauges/1/", &json!({"low": 2, "high": 10})).await;
            assert_eq!(reset.status, 200, "{kind}: {}", reset.body);
            // Each is right alone.
            let each = [json!({"low": 8}), json!({"high": 5})].map(|body| {
                let api = api.clone();
                tokio::spawn(async move { send(&api, "PATCH", "/gauges/1/", &body).await.status })
            });
            let mut found = Vec::new();
            for one in each {
                found.push(one.await.expect("an answer"));
            }
            found.sort_unstable();
            assert_eq!(found, [200, 400], "{kind}");
        }
    }
}

/// Raises what is written to a hundred.
struct Raising;

impl Manager for Raising {
    async fn create(&self, mut create: Create, base: Base) -> Result<Page> {
        for row in create.rows_mut().iter_mut().skip(1) {
            row.set(Gauge::LOW, 100)?;
        }
        base.create(create).await
    }

    async fn update(&self, mut update: Update, base: Base) -> Result<Option<Object>> {
        update.changes_mut().set(Gauge::LOW, 100)?;
        base.update(update).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_manager_changes_is_checked() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |gauges| gauges.manager(Raising)).await;
        let lines = r#"
            POST /gauges/ [{"id": 2}, {"id": 3}] -> 400 /1/high invalid_value, /1/low invalid_value
            PATCH /gauges/1/ {"low": 1} -> 400 /high invalid_value, /low invalid_value
            PATCH /gauges/1/ {"low": 1, "high": 100} -> 200
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}

#[derive(Model)]
#[model(many(lines: Line, by = "order_id"))]
struct Order {
    #[model(key)]
    id: i64,
    customer: String,
}

#[derive(Model)]
struct Line {
    #[model(key)]
    id: i64,
    #[model(one(Order))]
    order_id: i64,
    #[model(range = 1..)]
    quantity: i64,
    most: i64,
    #[model(default = "x")]
    by: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_created_with_their_parent_are_checked_too() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        for model in [Model::of::<Order>(), Model::of::<Line>()] {
            fresh.execute(&fresh.db.create_table(&model)).await;
        }
        let lines = ViewSet::of::<Line>(&fresh.db)
            .writable()
            .inline()
            .set(Line::BY, |head| Ok(head.uri.path().to_owned()))
            .validate(
                |line| match (line.after(Line::QUANTITY)?, line.after(Line::MOST)?) {
                    (Cell::Integer(quantity), Cell::Integer(most)) if quantity > most => {
                        line.fault(Line::QUANTITY, format!("at most {most}"))
                    }
                    _ => Ok(()),
                },
            );
        let orders = ViewSet::of::<Order>(&fresh.db)
            .writable()
            .nest("lines", lines);
        let api = Router::new().register("orders", orders).build();
        let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
        let lines = r#"
            POST /orders/ {"id": 1, "customer": "Ann", "lines": [{"id": 1, "quantity": 1, "most": 2}, {"id": 2, "quantity": 3, "most": 2}]} -> 400 /lines/1/quantity invalid_value
            POST /orders/ {"id": 1, "customer": "Ann", "lines": [{"id": 1, "quantity": 0, "most": 2}]} -> 400 /lines/0/quantity invalid_value
            POST /orders/ {"id": 1, "customer": "Ann", "lines": [{"id": 1, "quantity": 1, "most": 2, "by": "me"}]} -> 400 /lines/0/by read_only
            POST /orders/ {"id": 1, "customer": "Ann", "lines": [{"id": 1, "quantity": 2, "most": 2}]} -> 201
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
        let line = ask(&api, "/orders/1/lines/1/").await.json();
        assert_eq!(
            (&line["by"], &line["quantity"]),
            (&json!("/orders/"), &json!(2)),
            "{kind}: {line}"
        );
    }
}
