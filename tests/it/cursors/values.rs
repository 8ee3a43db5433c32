//! Walks by cursors in the order of values of every kind, those that cannot be shown included.

use sea_query::{ColumnDef, Table};
use serde_json::Value;
use tower_rest::{Api, Model, Router, Schema, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

/// A table of one column: its type, and the values that its rows have, as SQL writes them.
struct Stored {
    kind: Kind,
    ty: &'static str,
    values: &'static [&'static str],
}

use Kind::{MySql, Postgres, Sqlite};

#[rustfmt::skip]
const TABLES: &[Stored] = &[
    Stored { kind: Sqlite, ty: "INTEGER", values: &["3", "-1", "'text'", "x'00ff'", "1.5", "NULL", "9223372036854775807"] },
    Stored { kind: Sqlite, ty: "REAL", values: &["0.1", "1e308 * 10", "-1e308 * 10", "5e-324", "0.1 + 0.2", "0.3", "NULL", "'x'"] },
    Stored { kind: Sqlite, ty: "TEXT", values: &["''", "'a'", "'A'", "'é'", "CAST(x'ff41' AS TEXT)", "CAST(x'6100' AS TEXT)", "NULL", "x'61'"] },
    Stored { kind: Sqlite, ty: "TEXT COLLATE NOCASE", values: &["'b'", "'a'", "'A'", "'B'", "'c'", "NULL"] },
    Stored { kind: Sqlite, ty: "BLOB", values: &["x''", "x'00'", "x'ff'", "x'00ff'", "NULL"] },
    Stored { kind: Sqlite, ty: "BOOLEAN", values: &["0", "1", "2", "NULL", "'maybe'"] },
    Stored { kind: Sqlite, ty: "TIMESTAMP", values: &["'2014-01-01 00:00:00'", "'2014-01-01T00:00:00.5Z'", "'2014-01-01 00:00:00.50'", "'never'", "NULL", "5"] },
    Stored { kind: Sqlite, ty: "DATE", values: &["'2014-01-01'", "'0000-01-01'", "'soon'", "NULL"] },
    Stored { kind: Postgres, ty: "double precision", values: &["'NaN'", "'Infinity'", "'-Infinity'", "0.1", "0.1::float4", "0.30000000000000004", "0.3", "'-0'", "0", "NULL"] },
    Stored { kind: Postgres, ty: "real", values: &["'NaN'", "0.1", "16777216", "1e-40", "NULL"] },
    Stored { kind: Postgres, ty: "numeric", values: &["'NaN'", "1.5", "1.50", "-0.00001", "1e40", "NULL"] },
    Stored { kind: Postgres, ty: "smallint", values: &["-32768", "1", "32767", "NULL"] },
    Stored { kind: Postgres, ty: "timestamptz", values: &["'infinity'", "'-infinity'", "'2014-01-01 00:00:00.000001+02'", "'4713-01-01 00:00:00 BC'", "'294276-01-01'", "NULL"] },
    Stored { kind: Postgres, ty: "date", values: &["'infinity'", "'-infinity'", "'4713-01-01 BC'", "'2014-01-01'", "NULL"] },
    Stored { kind: Postgres, ty: "time", values: &["'24:00'", "'00:00'", "'23:59:59.999999'", "NULL"] },
    Stored { kind: Postgres, ty: "mood", values: &["'sad'", "'ok'", "'glad'", "NULL"] },
    Stored { kind: Postgres, ty: "short", values: &["'b'", "'a'", "'é'", "NULL"] },
    Stored { kind: Postgres, ty: "char(3)", values: &["'b'", "'a'", "'ab'", "''", "NULL"] },
    Stored { kind: Postgres, ty: "text COLLATE \"und-x-icu\"", values: &["'b'", "'B'", "'a'", "'A'", "'é'", "'e'", "''", "NULL"] },
    Stored { kind: Postgres, ty: "name", values: &["'b'", "'a'", "NULL"] },
    Stored { kind: Postgres, ty: "uuid", values: &["'67e55044-10b1-426f-9247-bb680e5fe0c8'", "'00000000-0000-0000-0000-000000000000'", "NULL"] },
    Stored { kind: Postgres, ty: "bytea", values: &["''", "'\\x00'", "'\\xff'", "NULL"] },
    Stored { kind: Postgres, ty: "boolean", values: &["true", "false", "NULL"] },
    Stored { kind: MySql, ty: "ENUM('sad', 'ok', 'glad')", values: &["'glad'", "'ok'", "'sad'", "NULL"] },
    Stored { kind: MySql, ty: "BIGINT UNSIGNED", values: &["18446744073709551615", "0", "9223372036854775808", "NULL"] },
    Stored { kind: MySql, ty: "TINYINT", values: &["-128", "127", "0", "NULL"] },
    Stored { kind: MySql, ty: "FLOAT", values: &["0.1", "0.2", "16777216", "1e-40", "NULL"] },
    Stored { kind: MySql, ty: "DOUBLE", values: &["0.1", "0.30000000000000004", "0.3", "1e300", "NULL"] },
    Stored { kind: MySql, ty: "DECIMAL(65, 30)", values: &["12345678901234567890123456789012345.123456789012345678901234567890", "0.5", "-0.5", "NULL"] },
    Stored { kind: MySql, ty: "BIT(64)", values: &["b'1'", "b'0'", "18446744073709551615", "NULL"] },
    Stored { kind: MySql, ty: "YEAR", values: &["1901", "2155", "2014", "NULL"] },
    Stored { kind: MySql, ty: "DATE", values: &["'2014-01-01'", "'2014-02-00'", "'0000-00-00'", "'9999-12-31'", "NULL"] },
    Stored { kind: MySql, ty: "DATETIME(6)", values: &["'2014-01-01 00:00:00.000001'", "'2014-01-01 00:00:00'", "'0000-00-00 00:00:00'", "NULL"] },
    Stored { kind: MySql, ty: "TIMESTAMP(3) NULL", values: &["'2014-01-01 00:00:00.001'", "'1970-01-02 00:00:00'", "NULL"] },
    Stored { kind: MySql, ty: "TIME(6)", values: &["'838:59:59'", "'-838:59:59'", "'-00:00:01'", "'00:00:00.000001'", "NULL"] },
    Stored { kind: MySql, ty: "VARCHAR(20) COLLATE utf8mb4_general_ci", values: &["'b'", "'B'", "'a'", "'A '", "'a'", "'é'", "''", "NULL"] },
    Stored { kind: MySql, ty: "VARCHAR(20) CHARACTER SET latin1", values: &["'b'", "'ä'", "'a'", "NULL"] },
    Stored { kind: MySql, ty: "VARBINARY(20)", values: &["''", "x'00'", "x'ff'", "'a'", "NULL"] },
    Stored { kind: MySql, ty: "UUID", values: &["'67e55044-10b1-426f-9247-bb680e5fe0c8'", "'00000000-0000-1000-8000-000000000001'", "NULL"] },
    Stored { kind: MySql, ty: "BOOLEAN", values: &["0", "1", "2", "NULL"] },
];

async fn get(api: &Api, path: &str) -> Value {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

/// The identifiers of the rows from a page on, by a link; and the path of the last page.
async fn follow(api: &Api, mut path: String, link: &str) -> (Vec<i64>, String) {
    let mut met = Vec::new();
    loop {
        let page = get(api, &path).await;
        met.extend(ids(&page));
        assert!(met.len() < 100, "{path}: without an end: {met:?}");
        let Some(next) = page[link].as_str() else {
            return (met, path);
        };
        path = next.strip_prefix("http://test").expect("a link").to_owned();
    }
}

fn ids(page: &Value) -> Vec<i64> {
    let rows = page["results"].as_array().expect("rows").iter();
    rows.map(|row| row["id"].as_i64().expect("a number"))
        .collect()
}

/// The API of a table. SQLite's types are declared, since those of its values would be found to be of no one type.
async fn serve(stored: &Stored, fresh: &Fresh) -> Api {
    let mut value = ColumnDef::new("value");
    match stored.ty {
        _ if stored.kind != Sqlite => {
            let schema = Schema::reflect(&fresh.db).await.expect("a schema");
            let api = Router::of(schema).configure("things", ViewSet::cursor_pages);
            return api.build().expect("an API");
        }
        "INTEGER" => value.integer(),
        "REAL" => value.double(),
        "BLOB" => value.blob(),
        "BOOLEAN" => value.boolean(),
        "TIMESTAMP" => value.date_time(),
        "DATE" => value.date(),
        _ => value.text(),
    };
    let mut things = Table::create();
    things
        .table("things")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(value);
    let things = ViewSet::new(Model::from_table("Thing", &things))
        .database(&fresh.db)
        .cursor_pages();
    Router::new()
        .register("things", things)
        .build()
        .expect("an API")
}

async fn check(stored: &Stored) {
    let fresh = stored.kind.fresh().await;
    let types = match stored.kind {
        Postgres => {
            "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad'); CREATE DOMAIN short AS varchar(5);"
        }
        MySql => "SET SESSION sql_mode = '';",
        Sqlite => "",
    };
    let mut sql = format!(
        "{types} CREATE TABLE things (id INTEGER PRIMARY KEY, value {});",
        stored.ty
    );
    for (id, value) in (1..).zip(stored.values.iter().chain(stored.values)) {
        sql.push_str(&format!("INSERT INTO things VALUES ({id}, {value});"));
    }
    let done = fresh.db.execute_script(&sql).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let api = serve(stored, &fresh).await;
    for ordering in ["value", "-value", "value,-id", "-value,-id"] {
        let context = format!("{} {} by {ordering}", stored.kind, stored.ty);
        let whole = get(&api, &format!("/things/?ordering={ordering}&page_size=100")).await;
        for size in [1, 3] {
            let first = format!("/things/?cursor=&page_size={size}&ordering={ordering}");
            let (met, last) = follow(&api, first, "next").await;
            assert_eq!(met, ids(&whole), "{context}");
            let (back, _) = follow(&api, last, "previous").await;
            assert_eq!(back.len(), met.len(), "{context}: {back:?}");
            let mut sorted = back;
            sorted.sort_unstable();
            assert!(
                sorted.windows(2).all(|two| two[0] < two[1]),
                "{context}: {sorted:?}"
            );
        }
    }
}

#[tokio::test]
async fn rows_are_walked_in_the_order_of_values_of_every_type() {
    let reachable = Kind::reachable().await;
    for stored in TABLES
        .iter()
        .filter(|stored| reachable.contains(&stored.kind))
    {
        check(stored).await;
    }
}
