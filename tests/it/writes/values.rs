//! Values of every type: what is shown can be written, and what a column cannot keep exactly is refused.

use serde_json::{Value as Json, json};
use tower_rest::{Api, Router, Schema};

use super::{faults, send};
use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

/// A table of columns, all of which may be null, but for the key.
async fn open(kind: Kind, columns: &str) -> (Fresh, Api) {
    let fresh = kind.fresh().await;
    let id = match kind {
        Kind::Sqlite => "integer PRIMARY KEY",
        Kind::Postgres => "serial PRIMARY KEY",
        Kind::MySql => "integer AUTO_INCREMENT PRIMARY KEY",
    };
    if kind == Kind::Postgres {
        fresh
            .execute("CREATE TYPE shirt AS ENUM ('S', 'M', 'it''s')")
            .await;
    }
    fresh
        .execute(&format!("CREATE TABLE things (id {id}, {columns})"))
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).writable().build();
    let api = api.unwrap_or_else(|error| panic!("{kind}: {error}"));
    (fresh, api)
}

const SQLITE: &str = "flag boolean, big bigint, whole integer, exact decimal_text, single real, twice double precision, \
    words text, few varchar(5), raw blob, raw_few varbinary(4), on_day date, at_time time, stamp timestamp, \
    moment timestamptz, number uuid, document json";
const POSTGRES: &str = "flag boolean, small smallint, whole integer, big bigint, exact numeric(8, 2), free numeric, \
    single real, twice double precision, words text, few varchar(5), raw bytea, on_day date, at_time time, \
    at_second time(0), stamp timestamp, stamp_second timestamp(0), moment timestamptz, moment_milli timestamptz(3), \
    number uuid, document json, binary_document jsonb, days date[], size shirt, stiff char(4)";
const MYSQL: &str = "flag boolean, tiny tinyint, small smallint, whole integer, big bigint, huge bigint unsigned, \
    exact decimal(8, 2), single float, twice double, words text, few varchar(5), raw blob, raw_few varbinary(4), \
    size enum('S', 'M', 'it''s'), on_day date, at_time time(6), at_second time, stamp datetime(6), stamp_second datetime, \
    moment timestamp(6) NULL, moment_milli timestamp(3) NULL, number uuid, document json";

fn columns(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => SQLITE,
        Kind::Postgres => POSTGRES,
        Kind::MySql => MYSQL,
    }
}

/// What is written and read back unchanged.
fn kept(kind: Kind) -> Vec<(&'static str, Json)> {
    let mut kept = vec![
        ("flag", json!(true)),
        ("flag", json!(false)),
        ("big", json!(i64::MAX)),
        ("big", json!(i64::MIN)),
        ("whole", json!(-2_147_483_648_i64)),
        ("exact", json!("12.50")),
        ("exact", json!("-999999.99")),
        ("exact", json!("0.00")),
        ("single", json!(0.5)),
        ("twice", json!(0.1)),
        ("twice", json!(1e300)),
        ("twice", json!(-2.5e-10)),
        ("words", json!("")),
        (
            "words",
            json!("it's \"quoted\" \\ %_ `x` \u{1F697} \n\t end "),
        ),
        ("few", json!("\u{1F697}ää€a")),
        ("raw", json!("AP8Q")),
        ("raw", json!("")),
        ("on_day", json!("2024-02-29")),
        ("on_day", json!("9999-12-31")),
        ("at_time", json!("23:59:59")),
        ("at_time", json!("03:04:05.000678")),
        ("stamp", json!("2014-01-02T03:04:05")),
        ("stamp", json!("2014-01-02T03:04:05.678")),
        ("stamp", json!("2014-01-02T03:04:05.000001")),
        ("moment", json!("2014-01-02T03:04:05Z")),
        ("moment", json!("2014-01-02T03:04:05.5Z")),
        ("number", json!("67e55044-10b1-426f-9247-bb680e5fe0c8")),
        ("document", json!({"a": [1, 2.5, null, "x\"y"], "b": {}})),
        ("document", json!([])),
        ("document", json!("text")),
        ("document", json!(7)),
        ("document", json!(false)),
    ];
    kept.extend(match kind {
        Kind::Sqlite => vec![("exact", json!("123456789012345678901234567890.1200"))],
        Kind::Postgres => vec![
            ("small", json!(32767)),
            ("free", json!("123456789012345678901234567890.1200")),
            ("on_day", json!("infinity")),
            ("size", json!("it's")),
            ("stiff", json!("ab")),
            ("at_second", json!("01:02:03")),
            ("stamp_second", json!("2014-01-02T03:04:05")),
            ("moment_milli", json!("2014-01-02T03:04:05.678Z")),
            ("binary_document", json!({"a": [1.50, null]})),
        ],
        Kind::MySql => vec![
            ("tiny", json!(-128)),
            ("huge", json!(u64::MAX)),
            ("size", json!("it's")),
            ("at_second", json!("01:02:03")),
            ("stamp_second", json!("2014-01-02T03:04:05")),
            ("moment_milli", json!("2014-01-02T03:04:05.678Z")),
        ],
    });
    kept
}

/// What a column does not take.
fn refused(kind: Kind) -> Vec<(&'static str, Json)> {
    let mut refused = vec![
        ("flag", json!(1)),
        ("flag", json!("true")),
        ("big", json!(9_223_372_036_854_775_808_u64)),
        ("big", json!(1.5)),
        ("big", json!(1.0)),
        ("whole", json!("7")),
        ("whole", json!([7])),
        ("exact", json!("1e3")),
        ("exact", json!("")),
        ("twice", json!("0.1")),
        ("words", json!(7)),
        ("words", json!({})),
        ("words", json!("a\u{0}b")),
        ("few", json!("123456")),
        ("few", json!("12345 ")),
        ("raw", json!("*")),
        ("on_day", json!("2023-02-29")),
        ("on_day", json!("2023-2-1")),
        ("on_day", json!("2023-02-01T00:00:00")),
        ("at_time", json!("24:00:00")),
        ("at_time", json!("03:04:05.0000000001")),
        ("stamp", json!("2014-01-02")),
        ("stamp", json!("2014-01-02T03:04:05Z")),
        ("moment", json!("2014-01-02T03:04:60Z")),
        ("number", json!("67e5504410b1426f9247bb680e5fe0c8")),
    ];
    // A server would round or cut these.
    let finer = [
        ("whole", json!(2_147_483_648_i64)),
        ("exact", json!("1.235")),
        ("exact", json!(1.235)),
        ("exact", json!("0.001")),
        ("exact", json!("1000000.00")),
        ("exact", json!("12345678.9")),
        ("single", json!(1e300)),
        ("at_time", json!("03:04:05.0000001")),
        ("at_second", json!("03:04:05.9")),
        ("stamp", json!("2014-01-02T03:04:05.0000001")),
        ("stamp_second", json!("2014-01-02T03:04:05.9")),
        ("moment", json!("2014-01-02T03:04:05.1234567Z")),
        ("moment_milli", json!("2014-01-02T03:04:05.1234Z")),
    ];
    match kind {
        Kind::Sqlite => refused.push(("raw_few", json!("AP8QAP8Q"))),
        Kind::Postgres => {
            refused.extend(finer);
            refused.extend([
                ("small", json!(32768)),
                ("size", json!("XL")),
                ("binary_document", json!({"a": "b\u{0}"})),
                ("days", json!(["2024-01-01"])),
                ("binary_document", json!("a\u{0}b")),
                ("binary_document", json!({"a\u{0}b": 1})),
            ]);
        }
        Kind::MySql => {
            refused.extend(finer);
            refused.extend([
                ("tiny", json!(128)),
                ("huge", json!(-1)),
                ("raw_few", json!("AP8QAP8Q")),
                ("size", json!("XL")),
                ("size", json!("")),
                ("size", json!("s")),
                ("moment", json!("1960-01-02T03:04:05Z")),
            ]);
        }
    }
    refused
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_is_read_back_and_can_be_sent_again() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, columns(kind)).await;
        let mut wrong = Vec::new();
        for (column, value) in kept(kind) {
            let created = send(&api, "POST", "/things/", &json!({column: value})).await;
            if created.status != 201 {
                wrong.push(format!("{column} {value}: {}", created.body));
                continue;
            }
            let shown = created.json();
            if shown[column] != value {
                wrong.push(format!("{column} {value}: shown as {}", shown[column]));
            }
            let path = shown["href"].as_str().expect("a link").to_owned();
            let path = path.trim_start_matches("http://test").to_owned();
            if ask(&api, &path).await.json() != shown {
                wrong.push(format!("{column} {value}: read as another"));
            }
            for (method, body) in [
                ("PUT", shown.clone()),
                ("PATCH", json!({column: shown[column]})),
            ] {
                let again = send(&api, method, &path, &body).await;
                if again.status != 200 || again.json() != shown {
                    wrong.push(format!("{method} {column} {value}: {}", again.body));
                }
            }
        }
        assert!(wrong.is_empty(), "{kind}:\n{}", wrong.join("\n"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_column_cannot_keep_exactly_is_refused() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, columns(kind)).await;
        let mut wrong = Vec::new();
        for (column, value) in refused(kind) {
            let answer = send(&api, "POST", "/things/", &json!({column: value})).await;
            let expected = [format!("/{column} invalid_value")];
            if answer.status != 400 || faults(&answer) != expected {
                wrong.push(format!(
                    "{column} {value}: {} {}",
                    answer.status, answer.body
                ));
            }
        }
        assert!(wrong.is_empty(), "{kind}:\n{}", wrong.join("\n"));
        assert_eq!(ask(&api, "/things/").await.json()["count"], 0, "{kind}");
    }
}
