//! Rules of columns: values of the right type that are refused all the same.

use serde_json::{Value as Json, json};
use tower_rest::{
    Act, Action, Api, Changes, Column, Date, Model, Reply, Result, Router, Value, ViewSet,
};

use super::{lines::answered_otherwise, outcome, send};
use crate::{
    databases::{Fresh, Kind},
    server::{ask, ask_with},
};

/// A hire of a car.
#[derive(Model)]
struct Hire {
    #[model(key)]
    id: i64,
    #[model(length = 2..=8, not_blank)]
    name: Option<String>,
    #[model(range = 1..=7)]
    seats: Option<i32>,
    #[model(type = "decimal", range = "0.01"..="99.99")]
    price: Option<String>,
    #[model(range = Date::new(2000, 1, 1).expect("a day")..)]
    day: Option<Date>,
    #[model(range = ..=1.5)]
    factor: Option<f64>,
    #[model(one_of = ["red", "blue"])]
    colour: Option<String>,
    #[model(one_of = [2, 4])]
    doors: Option<i16>,
    #[model(pattern = "^[a-z0-9-]+$", length = ..=6)]
    slug: Option<String>,
    #[model(email)]
    mail: Option<String>,
    #[model(url)]
    site: Option<String>,
    #[model(write_only, length = 8..)]
    password: Option<String>,
    #[model(length = 2..=4)]
    raw: Option<Vec<u8>>,
}

async fn open(kind: Kind) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    fresh
        .execute(&fresh.db.create_table(&Model::of::<Hire>()))
        .await;
    let of_program = async |act: Act<Json>| -> Result<Reply> {
        let mut changes = Changes::new(&Model::of::<Hire>());
        changes.set(Hire::SEATS, act.payload["seats"].as_i64())?;
        changes.set(Hire::NAME, act.payload["name"].as_str())?;
        changes.check()?;
        Ok(Reply::json(&true))
    };
    let hires = ViewSet::of::<Hire>(&fresh.db)
        .writable()
        .action(Action::on_collection(
            "check",
            http::Method::POST,
            of_program,
        ));
    let api = Router::new().register("hires", hires).build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_a_rule_forbids_is_refused_on_its_member() {
    let refused = [
        (
            "name",
            json!("x"),
            "`name` takes at least 2 characters or bytes, not 1",
        ),
        (
            "name",
            json!("  \t"),
            "`name` takes a text that is not blank",
        ),
        (
            "name",
            json!(" "),
            "`name` takes at least 2 characters or bytes, not 1, and a text that is not blank",
        ),
        (
            "name",
            json!("äöüäöüäöü"),
            "`name` takes at most 8 characters or bytes, not 9",
        ),
        ("seats", json!(0), "`seats` takes a value from 1 to 7"),
        ("seats", json!(8), "`seats` takes a value from 1 to 7"),
        (
            "price",
            json!("0.00"),
            "`price` takes a value from 0.01 to 99.99",
        ),
        (
            "price",
            json!(100),
            "`price` takes a value from 0.01 to 99.99",
        ),
        (
            "price",
            json!("-5"),
            "`price` takes a value from 0.01 to 99.99",
        ),
        (
            "day",
            json!("1999-12-31"),
            "`day` takes a value of at least 2000-01-01",
        ),
        (
            "factor",
            json!(1.51),
            "`factor` takes a value of at most 1.5",
        ),
        (
            "colour",
            json!("green"),
            "`colour` takes one of `red`, `blue`",
        ),
        ("doors", json!(3), "`doors` takes one of `2`, `4`"),
        (
            "slug",
            json!("A b"),
            "`slug` takes a text that matches `^[a-z0-9-]+$`",
        ),
        (
            "slug",
            json!("a\n"),
            "`slug` takes a text that matches `^[a-z0-9-]+$`",
        ),
        (
            "mail",
            json!("ann"),
            "`mail` takes an e-mail address, such as `ann@example.com`",
        ),
        (
            "mail",
            json!("ann@exa mple.com"),
            "`mail` takes an e-mail address, such as `ann@example.com`",
        ),
        (
            "site",
            json!("example.com"),
            "`site` takes an absolute URL, such as `https://example.com/`",
        ),
        (
            "site",
            json!("javascript:alert(1)"),
            "`site` takes an absolute URL, such as `https://example.com/`",
        ),
        (
            "site",
            json!(" https://example.com/"),
            "`site` takes an absolute URL, such as `https://example.com/`",
        ),
        (
            "site",
            json!("https://exa\tmple.com/"),
            "`site` takes an absolute URL, such as `https://example.com/`",
        ),
        (
            "site",
            json!("https://"),
            "`site` takes an absolute URL, such as `https://example.com/`",
        ),
        (
            "password",
            json!("hunter2"),
            "`password` takes at least 8 characters or bytes, not 7",
        ),
        (
            "raw",
            json!("AQ=="),
            "`raw` takes at least 2 characters or bytes, not 1",
        ),
    ];
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let made = send(&api, "POST", "/hires/", &json!({"id": 1})).await;
        assert_eq!(made.status, 201, "{kind}: {}", made.body);
        for (name, value, words) in &refused {
            for (method, path) in [
                ("POST", "/hires/"),
                ("PATCH", "/hires/1/"),
                ("PUT", "/hires/1/"),
            ] {
                let answer = send(&api, method, path, &json!({*name: value})).await;
                let expected = (400, vec![format!("/{name} invalid_value")]);
                assert_eq!(
                    outcome(&answer),
                    expected,
                    "{kind} {method} {name} {value}: {}",
                    answer.body
                );
                assert_eq!(
                    answer.json()["detail"],
                    *words,
                    "{kind} {method} {name} {value}"
                );
            }
        }
        // Every fault at once, and those of types besides.
        let many = json!({"name": "x", "seats": 9, "doors": "4", "mail": "x", "yaer": 1});
        let answer = send(&api, "POST", "/hires/", &many).await;
        let expected = [
            "/doors invalid_value",
            "/mail invalid_value",
            "/name invalid_value",
            "/seats invalid_value",
            "/yaer unknown_field",
        ];
        assert_eq!(
            outcome(&answer),
            (400, expected.map(str::to_owned).into()),
            "{kind}"
        );
        assert_eq!(ask(&api, "/hires/").await.json()["count"], 1, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_the_rules_allow_are_stored_and_null_breaks_none() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        let hire = json!({"id": 1, "name": "äöüäöüäö", "seats": 7, "price": "99.99", "day": "2000-01-01", "factor": 1.5,
            "colour": "blue", "doors": 4, "slug": "a-1", "mail": "Ann.O'Hara+x@example.com",
            "site": "HTTPS://example.com:8080/a?b=%20#c", "password": "swordfish", "raw": "AQIDBA=="});
        let made = send(&api, "POST", "/hires/", &hire).await;
        assert_eq!(made.status, 201, "{kind}: {}", made.body);
        let shown = made.json();
        for (name, value) in hire.as_object().into_iter().flatten() {
            match name.as_str() {
                "password" => assert_eq!(shown[name], Json::Null, "{kind}"),
                // MariaDB shows all digits that its column has.
                "price" => assert!(
                    shown[name]
                        .as_str()
                        .is_some_and(|price| price.starts_with("99.99")),
                    "{kind}: {shown}"
                ),
                _ => assert_eq!(shown[name], *value, "{kind} {name}"),
            }
        }
        let nulls = json!({"name": null, "seats": null, "price": null, "day": null, "factor": null, "colour": null,
            "doors": null, "slug": null, "mail": null, "site": null, "password": null, "raw": null});
        let answer = send(&api, "PATCH", "/hires/1/", &nulls).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_hold_for_forms_and_for_changes_of_a_program() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind).await;
        for (form, expected) in [
            (
                "id=1&seats=0&colour=green&name=x",
                "400 /colour invalid_value, /name invalid_value, /seats invalid_value",
            ),
            (
                "id=1&seats=7&colour=red&name=xy&mail=",
                "400 /mail invalid_value",
            ),
            ("id=1&seats=7&colour=red&name=xy", "201 "),
        ] {
            let request = http::Request::builder()
                .method("POST")
                .uri("/hires/")
                .header("host", "test");
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = ask_with(&api, request.body(form.to_owned()).expect("a request")).await;
            let (status, faults) = outcome(&answer);
            assert_eq!(
                format!("{status} {}", faults.join(", ")),
                expected,
                "{kind} {form}: {}",
                answer.body
            );
        }
        let lines = r#"
            POST /hires/check/ {"seats": 8, "name": "x"} -> 400 /name invalid_value, /seats invalid_value
            POST /hires/check/ {"seats": 7, "name": "xy"} -> 200
        "#;
        let wrong = answered_otherwise(&api, lines).await;
        assert!(wrong.is_empty(), "{kind}:\n{wrong}");
    }
}

#[tokio::test]
async fn options_says_what_the_rules_allow() {
    let (_fresh, api) = open(Kind::Sqlite).await;
    let request = http::Request::builder()
        .method("OPTIONS")
        .uri("/hires/")
        .header("host", "test");
    let answer = ask_with(&api, request.body(String::new()).expect("a request")).await;
    let columns = answer.json()["columns"].clone();
    for (name, rules) in [
        (
            "name",
            json!({"min_length": 2, "max_length": 8, "not_blank": true}),
        ),
        ("seats", json!({"min": 1, "max": 7})),
        ("price", json!({"min": "0.01", "max": "99.99"})),
        ("day", json!({"min": "2000-01-01"})),
        ("factor", json!({"max": 1.5})),
        ("colour", json!({"choices": ["red", "blue"]})),
        ("doors", json!({"choices": [2, 4]})),
        ("slug", json!({"pattern": "^[a-z0-9-]+$", "max_length": 6})),
        ("mail", json!({"format": "email"})),
        ("site", json!({"format": "url"})),
        ("password", json!({"min_length": 8, "write_only": true})),
        ("raw", json!({"min_length": 2, "max_length": 4})),
    ] {
        let column = columns
            .as_array()
            .into_iter()
            .flatten()
            .find(|column| column["name"] == name);
        let mut column = column.and_then(Json::as_object).expect("a column").clone();
        for other in ["name", "type", "nullable", "unique"] {
            column.remove(other);
        }
        assert_eq!(Json::from(column), rules, "{name}");
    }
}

#[tokio::test]
#[expect(
    clippy::reversed_empty_ranges,
    reason = "they are the mistakes that are looked for"
)]
async fn rules_that_no_value_can_meet_are_mistakes_of_the_configuration() {
    let fresh = Kind::Sqlite.fresh().await;
    let with = |name: &str, refine: fn(Column) -> Column| {
        ViewSet::new(Model::of::<Hire>().column(name, refine)).database(&fresh.db)
    };
    for (expected, viewset) in [
        (
            "Hire: `name` has a length of at least 9 and at most 8, which nothing has",
            with("name", |name| name.length(9..=8)),
        ),
        (
            "Hire: `seats` has a `length`, but is of type integer; only text and bytes have a length",
            with("seats", |seats| seats.length(1..)),
        ),
        (
            "Hire: `seats` has a rule for texts, but is of type integer",
            with("seats", Column::email),
        ),
        (
            "Hire: `seats` has a `range` without its end; write `..=`, so that the end is included",
            with("seats", |seats| seats.range(1..7)),
        ),
        (
            "Hire: `seats` has a `range` from 7 to 1, which is empty",
            with("seats", |seats| seats.range(7..=1)),
        ),
        (
            "Hire: `seats` is of type integer, in which `x` is no end of a `range`",
            with("seats", |seats| seats.range("x"..)),
        ),
        (
            "Hire: `doors` is `one_of` no values",
            with("doors", |doors| doors.one_of(Vec::<i64>::new())),
        ),
        (
            "Hire: `doors` is of type integer, which `four` of its `one_of` is not",
            with("doors", |doors| doors.one_of(["four"])),
        ),
        (
            "Hire: `slug` has the `pattern` `[`, which is no regular expression: error: unclosed character class",
            with("slug", |slug| slug.pattern("[")),
        ),
        (
            "Hire: the default `9` of `seats` breaks its rules: it takes a value from 1 to 7",
            with("seats", |seats| seats.default(Value::Integer(9))),
        ),
    ] {
        let error = viewset.build().expect_err(expected);
        assert_eq!(error.mistakes(), [expected]);
    }
}
