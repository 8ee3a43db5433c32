//! MySQL and MariaDB: every common type cell by cell, what their collations take for equal, and their transactions.

use http::Method;
use sea_query::{ColumnDef, Table};
use serde_json::{Value, json};
use sqlx::mysql::MySqlPoolOptions;
use tower_rest::{Api, Database, Model, Router, UuidFormat, ViewSet};

use crate::{
    cell_table::{action, check_snapshot, check_steps, counter, create, viewset},
    databases::{Fresh, Kind},
    server::{ask, cells, ids},
};

async fn fresh() -> Option<Fresh> {
    Kind::MySql.fresh_if_reachable().await
}

/// Serves the table `cells` with a column of a type by its name in the tables below.
fn api(db: &Database, column: &str) -> Api {
    let api = viewset(db, &mut cell(column)).build();
    api.unwrap_or_else(|error| panic!("{error}"))
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Types that are ordered: the database's name, the column of the model, a lesser and a greater value, and both in JSON.
const ORDERED: &str = r#"
TINYINT | tinyint | -128 | 127 | [-128, 127]
TINYINT UNSIGNED | tinyint unsigned | 0 | 255 | [0, 255]
TINYINT(1) UNSIGNED | tinyint unsigned | 0 | 255 | [0, 255]
SMALLINT | smallint | -32768 | 32767 | [-32768, 32767]
SMALLINT UNSIGNED | smallint unsigned | 1 | 65535 | [1, 65535]
MEDIUMINT | int | -8388608 | 8388607 | [-8388608, 8388607]
MEDIUMINT UNSIGNED | int unsigned | 1 | 16777215 | [1, 16777215]
INT | int | -2147483648 | 2147483647 | [-2147483648, 2147483647]
INT UNSIGNED | int unsigned | 0 | 4294967295 | [0, 4294967295]
BIGINT | bigint | -9223372036854775808 | 9223372036854775807 | [-9223372036854775808, 9223372036854775807]
BIGINT UNSIGNED | bigint unsigned | 9223372036854775808 | 18446744073709551615 | [9223372036854775808, 18446744073709551615]
BIT(12) | bit(12) | 5 | 4095 | [5, 4095]
YEAR | year | 1999 | 2155 | [1999, 2155]
DECIMAL(65,30) | decimal | -12345678901234567890123456789012345.1 | 1e-30 | ["-12345678901234567890123456789012345.100000000000000000000000000000", "0.000000000000000000000000000001"]
DECIMAL(10,2) | decimal | 1.5 | 10 | ["1.50", "10.00"]
VARCHAR(60) | decimal_text | '9.50' | '12345678901234567890.10' | ["9.50", "12345678901234567890.10"]
FLOAT | float | 0.1 | 16777216 | [0.1, 16777216.0]
DOUBLE | double | -1e-7 | 1.7976931348623157e308 | [-1e-7, 1.7976931348623157e308]
CHAR(5) | text | 'a b' | 'c' | ["a b", "c"]
VARCHAR(20) | text | 'Škoda' | 'tata' | ["Škoda", "tata"]
VARCHAR(20) CHARACTER SET latin1 | text | 'Citroën' | 'fiat' | ["Citroën", "fiat"]
TEXT CHARACTER SET utf8mb3 | text | '' | 'ほ' | ["", "ほ"]
LONGTEXT COLLATE utf8mb4_bin | text | 'B' | 'a' | ["B", "a"]
VARBINARY(20) | text | 'B' | 'é' | ["B", "é"]
SET('a','b','c') | text | 'a' | 'a,b' | ["a", "a,b"]
DATE | date | '1000-01-01' | '9999-12-31' | ["1000-01-01", "9999-12-31"]
TIME | time | '00:00:00' | '23:59:59' | ["00:00:00", "23:59:59"]
TIME(6) | time | '00:00:00.5' | '23:59:59.999999' | ["00:00:00.5", "23:59:59.999999"]
DATETIME | datetime | '1000-01-01 00:00:00' | '2014-01-02 03:04:05' | ["1000-01-01T00:00:00", "2014-01-02T03:04:05"]
DATETIME(6) | datetime | '2014-01-02 03:04:05.000001' | '9999-12-31 23:59:59.999999' | ["2014-01-02T03:04:05.000001", "9999-12-31T23:59:59.999999"]
TIMESTAMP NULL | datetime | '1970-01-01 00:00:01' | '2038-01-19 03:14:07' | ["1970-01-01T00:00:01", "2038-01-19T03:14:07"]
TIMESTAMP(6) NULL | zoned | '2014-01-02 03:04:05' | '2014-01-02 03:04:05.5' | ["2014-01-02T03:04:05Z", "2014-01-02T03:04:05.5Z"]
BINARY(16) | uuid | x'67e5504410b1426f9247bb680e5fe0c8' | x'ff000000000000000000000000000000' | ["67e55044-10b1-426f-9247-bb680e5fe0c8", "ff000000-0000-0000-0000-000000000000"]
"#;

/// Types that are only compared for equality.
const COMPARED: &str = r#"
TINYINT(1) | boolean | 0 | -2 | [false, true]
BIT(1) | bit(1) | 0 | 1 | [false, true]
ENUM('red','blue') | enum | 'red' | 'blue' | ["red", "blue"]
VARBINARY(9) | bytes | x'00' | x'00ff' | ["AA==", "AP8="]
LONGBLOB | bytes | x'00' | x'fb' | ["AA==", "+w=="]
"#;

/// Types that are only shown.
const SHOWN: &str = r#"
JSON | json | '[]' | '{"a": [1, 2.50]}' | [[], {"a": [1, 2.5]}]
POINT | point | ST_GeomFromText('POINT(1 2)') | ST_GeomFromText('POINT(3 4)') | ["POINT(1 2)", "POINT(3 4)"]
SET('a','b') | set | 'a' | 'a,b' | ["a", "a,b"]
"#;

/// Types of MariaDB that are compared for equality.
const MARIADB: &str = r#"
INET6 | text | '::1' | 'ff::' | ["::1", "ff::"]
UUID | uuid | '67e55044-10b1-426f-9247-bb680e5fe0c8' | 'ff000000-0000-0000-0000-000000000000' | ["67e55044-10b1-426f-9247-bb680e5fe0c8", "ff000000-0000-0000-0000-000000000000"]
"#;

struct Case {
    ty: &'static str,
    column: &'static str,
    values: [&'static str; 2],
    shown: Value,
}

impl Case {
    fn all(table: &'static str) -> impl Iterator<Item = Self> {
        let lines = table.lines().filter(|line| !line.is_empty());
        lines.map(|line| {
            let fields: Vec<_> = line.split(" | ").collect();
            Self {
                ty: fields[0],
                column: fields[1],
                values: [fields[2], fields[3]],
                shown: serde_json::from_str(fields[4]).expect("JSON"),
            }
        })
    }

    /// Returns the values as a client writes them in a query.
    fn texts(&self) -> [String; 2] {
        [0, 1].map(|at| {
            let value = &self.shown[at];
            let text = value.as_str().map(str::to_owned);
            encoded(&text.unwrap_or_else(|| value.to_string()))
        })
    }
}

/// Returns the definition of the column `cell` by a name of the tables above.
fn cell(name: &str) -> ColumnDef {
    let mut column = ColumnDef::new("cell");
    match name {
        "tinyint" => column.tiny_integer(),
        "tinyint unsigned" => column.tiny_unsigned(),
        "smallint" => column.small_integer(),
        "smallint unsigned" => column.small_unsigned(),
        "int" => column.integer(),
        "int unsigned" => column.unsigned(),
        "bigint" => column.big_integer(),
        "bigint unsigned" => column.big_unsigned(),
        "bit(1)" => column.bit(None),
        "bit(12)" => column.bit(Some(12)),
        "year" => column.year(),
        "decimal" => column.decimal(),
        "float" => column.float(),
        "double" => column.double(),
        "text" => column.string(),
        "date" => column.date(),
        "time" => column.time(),
        "datetime" => column.date_time(),
        "zoned" => column.timestamp_with_time_zone(),
        "uuid" => column.uuid(),
        "boolean" => column.boolean(),
        "enum" => column.enumeration("colour", ["red", "blue"]),
        "bytes" => column.blob(),
        "json" => column.json(),
        other => column.custom(other.to_owned()),
    };
    column
}

/// Creates the table, and checks its cells in JSON.
async fn check_shown(fresh: &Fresh, case: &Case) -> Api {
    let [low, high] = case.values;
    create(fresh, case.ty, &[low, high, "NULL"]).await;
    let api = api(&fresh.db, case.column);
    let mut expected = case.shown.as_array().expect("two values").clone();
    expected.push(Value::Null);
    assert_eq!(cells(&api).await, expected, "{}", case.ty);
    assert_eq!(ids(&api, "cell__isnull=true").await, [3], "{}", case.ty);
    api
}

/// Checks filters for equality.
async fn check_equality(api: &Api, case: &Case) {
    let [low, high] = case.texts();
    let facts = [
        (format!("cell={low}"), vec![1]),
        (format!("cell={high}"), vec![2]),
        (format!("cell!={low}"), vec![2, 3]),
        (format!("cell={low}&cell={high}"), vec![1, 2]),
        (format!("cell!={low}&cell!={high}"), vec![3]),
    ];
    for (query, expected) in facts {
        assert_eq!(ids(api, &query).await, expected, "{}: {query}", case.ty);
    }
}

/// Checks comparisons and orderings.
async fn check_order(api: &Api, case: &Case) {
    let [low, high] = case.texts();
    let facts = [
        (format!("cell__gt={low}"), vec![2]),
        (format!("cell__lt={high}"), vec![1]),
        (format!("cell__lte={low}"), vec![1]),
        (format!("cell__gte={low}"), vec![1, 2]),
        (format!("cell__gte!={low}"), vec![3]),
        ("ordering=cell".to_owned(), vec![1, 2, 3]),
        ("ordering=-cell".to_owned(), vec![3, 2, 1]),
        ("ordering=-cell&page_size=2&page=last".to_owned(), vec![1]),
    ];
    for (query, expected) in facts {
        assert_eq!(ids(api, &query).await, expected, "{}: {query}", case.ty);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_is_read_compared_and_ordered() {
    let Some(fresh) = fresh().await else { return };
    for case in Case::all(ORDERED) {
        let api = check_shown(&fresh, &case).await;
        check_equality(&api, &case).await;
        check_order(&api, &case).await;
    }
    let is_mariadb = fresh.number("SELECT VERSION() LIKE '%MariaDB%'").await == 1;
    let of_mariadb = Case::all(MARIADB).filter(|_| is_mariadb);
    for case in Case::all(COMPARED).chain(of_mariadb) {
        let api = check_shown(&fresh, &case).await;
        check_equality(&api, &case).await;
    }
    for case in Case::all(SHOWN) {
        check_shown(&fresh, &case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_value_of_the_type_is_reads_as_null() {
    let Some(fresh) = fresh().await else { return };
    let cases: [(&str, &str, &[&str]); 5] = [
        (
            "DATE",
            "date",
            &["'0000-00-00'", "'2014-00-00'", "'2014-02-30'"],
        ),
        (
            "DATETIME(6)",
            "datetime",
            &["'0000-00-00'", "'2014-02-31 01:02:03'"],
        ),
        (
            "TIME",
            "time",
            &["'24:00:00'", "'-00:00:01'", "'838:59:59'"],
        ),
        ("BINARY(3)", "text", &["x'ff0000'"]),
        ("VARCHAR(9)", "decimal_text", &["'1e3'", "''", "'many'"]),
    ];
    for (ty, column, values) in cases {
        create(&fresh, ty, values).await;
        let api = api(&fresh.db, column);
        assert_eq!(cells(&api).await, vec![Value::Null; values.len()], "{ty}");
        assert_eq!(
            ids(&api, "ordering=-cell,id").await.len(),
            values.len(),
            "{ty}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_of_another_type_than_the_models_is_said() {
    let Some(fresh) = fresh().await else { return };
    let cases = [
        ("VARCHAR(9)", "int", "'a'"),
        ("INT", "text", "1"),
        ("VARCHAR(9)", "decimal", "'1'"),
        ("VARCHAR(9)", "bytes", "'a'"),
        ("VARCHAR(36)", "uuid", "UUID()"),
    ];
    for (ty, column, value) in cases {
        create(&fresh, ty, &[value]).await;
        let api = api(&fresh.db, column);
        let answer = ask(&api, "/").await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (500, &json!("schema_mismatch")),
            "{ty}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uuids_may_be_texts_and_columns_generated_in_views() {
    let Some(fresh) = fresh().await else { return };
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let sql = format!(
        "CREATE TABLE stored (id INT PRIMARY KEY, uid CHAR(36), twice INT AS (id * 2) STORED);
         INSERT INTO stored (id, uid) VALUES (1, '{uuid}'), (2, UPPER('{uuid}'));
         CREATE VIEW cells AS SELECT id, uid AS cell, twice, NULL AS nothing, CONCAT(id, '!') AS words FROM stored"
    );
    fresh.db.execute_script(&sql).await.expect("a view");
    let table = Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("cell").uuid())
        .col(ColumnDef::new("twice").integer())
        .col(ColumnDef::new("nothing").date())
        .col(ColumnDef::new("words").string())
        .to_owned();
    let model = Model::from_table("Cell", &table)
        .column("cell", |column| column.uuid_format(UuidFormat::Text));
    let api = ViewSet::new(model)
        .database(&fresh.db)
        .build()
        .expect("an API");
    let row = ask(&api, "/1/?fields=cell,twice,nothing,words")
        .await
        .json();
    assert_eq!(
        row,
        json!({"cell": uuid, "twice": 2, "nothing": null, "words": "1!"})
    );
    assert_eq!(cells(&api).await, [json!(uuid), Value::Null]);
    assert_eq!(
        ids(&api, &format!("cell={uuid}&twice=2&words=1!")).await,
        [1]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_compared_byte_for_byte_whatever_their_collation() {
    let Some(fresh) = fresh().await else { return };
    let values = ["'a'", "'A'", "'a '", "'á'", "'b_a'", "'B%a'", "'Straße'"];
    let facts = [
        ("cell=a", vec![1]),
        ("cell=a%20", vec![3]),
        ("cell=a&cell=A", vec![1, 2]),
        ("cell!=a", vec![2, 3, 4, 5, 6, 7]),
        ("cell__iexact=a", vec![1, 2]),
        ("cell__startswith=a", vec![1, 3]),
        ("cell__istartswith=A", vec![1, 2, 3]),
        ("cell__endswith=_a", vec![5]),
        ("cell__contains=%25", vec![6]),
        ("cell__icontains=b", vec![5, 6]),
        ("cell__startswith=%C3%A1", vec![4]),
        ("cell__startswith=Stra%C3%9F", vec![7]),
        ("cell__contains=ss", vec![]),
        ("cell__startswith!=Stra", vec![1, 2, 3, 4, 5, 6]),
    ];
    for collation in [
        "utf8mb4_general_ci",
        "utf8mb4_unicode_ci",
        "utf8mb4_bin",
        "latin1_swedish_ci",
        "utf8mb3_general_ci",
    ] {
        let ty = format!("VARCHAR(20) COLLATE {collation}, KEY (cell)");
        create(&fresh, &ty, &values).await;
        let api = api(&fresh.db, "text");
        for (query, expected) in &facts {
            assert_eq!(ids(&api, query).await, *expected, "{collation}: {query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_the_column_cannot_hold_is_equal_to_none() {
    let Some(fresh) = fresh().await else { return };
    create(&fresh, "VARCHAR(20) CHARACTER SET latin1", &["'a'"]).await;
    let api = api(&fresh.db, "text");
    assert_eq!(ids(&api, "cell__in=a,%E3%81%BB").await, [1]);
    assert_eq!(ids(&api, "cell!=%E3%81%BB").await, [1]);
    for query in [
        "cell=%F0%9F%98%80",
        "cell__gt=%E3%81%BB",
        "cell__contains=%F0%9F%98%80",
        "cell__startswith=%E3%81%BB",
        "cell__iexact=%E3%81%BB",
    ] {
        assert_eq!(ids(&api, query).await, [0_i64; 0], "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_texts_byte_for_byte_in_urls_and_relations() {
    let Some(fresh) = fresh().await else { return };
    let sql = "CREATE TABLE makes (name VARCHAR(20) COLLATE utf8mb4_nopad_bin PRIMARY KEY);
        CREATE TABLE cars (id INT PRIMARY KEY, make_name VARCHAR(20) COLLATE utf8mb4_general_ci, KEY (make_name));
        INSERT INTO makes VALUES ('a'), ('A'), ('a ');
        INSERT INTO cars VALUES (1, 'A'), (2, 'A'), (3, 'a'), (4, 'a '), (5, 'á')";
    fresh.db.execute_script(sql).await.expect("tables");
    let makes = Table::create()
        .table("makes")
        .col(ColumnDef::new("name").string().primary_key())
        .to_owned();
    let cars = Table::create()
        .table("cars")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("make_name").string())
        .foreign_key(
            sea_query::ForeignKey::create()
                .from("cars", "make_name")
                .to("makes", "name"),
        )
        .to_owned();
    let viewset = |name, table| ViewSet::new(Model::from_table(name, table)).database(&fresh.db);
    let api = Router::new()
        .register("makes", viewset("Make", &makes))
        .register("cars", viewset("Car", &cars))
        .build()
        .expect("an API");
    let cars_of = async |make: &str| {
        let row = ask(&api, &format!("/makes/{make}/")).await.json();
        let cars = row["cars"].as_array().expect("links").iter();
        let cars = cars.map(|car| {
            car.as_str()
                .expect("a link")
                .trim_start_matches("http://test/cars/")
                .to_owned()
        });
        cars.collect::<Vec<_>>()
    };
    assert_eq!(cars_of("a").await, ["3/"]);
    assert_eq!(cars_of("A").await, ["1/", "2/"]);
    assert_eq!(cars_of("a%20").await, ["4/"]);
    let all = ask(&api, "/makes/?expand=cars&fields=cars&ordering=name")
        .await
        .json();
    let lengths = all["results"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["cars"]["results"].as_array().expect("cars").len());
    assert_eq!(lengths.collect::<Vec<_>>(), [2, 1, 1]);
    let ids = |answer: Value| {
        answer["results"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids(ask(&api, "/cars/?make_name__isnull=false&make=a")
            .await
            .json()),
        [3]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_committed_taken_back_or_missed() {
    let Some(fresh) = fresh().await else { return };
    create(&fresh, "INT", &["0"]).await;
    let alter = "UPDATE cells SET cell = cell + 100; CREATE TABLE other (id INT)";
    let alter = action(fresh.kind, Method::POST, "alter", alter, || Ok(()));
    let api = counter(&fresh).action(alter).build().expect("an API");
    let steps = [
        ("POST", "commit", 200, 1),
        ("POST", "refuse", 403, 1),
        ("GET", "read", 500, 1),
        // MySQL commits before it creates a table, so the action's own transaction is over.
        ("POST", "alter", 500, 101),
    ];
    check_steps(&api, &steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_one_whatever_level_the_server_prefers() {
    let Some(fresh) = fresh().await else { return };
    create(&fresh, "INT", &["1"]).await;
    let url = fresh.url.as_deref().expect("a server");
    let pool = MySqlPoolOptions::new().after_connect(|connection, _| {
        Box::pin(async move {
            let level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";
            sqlx::raw_sql(level).execute(connection).await.map(drop)
        })
    });
    let db = Database::from_mysql_pool(pool.connect_lazy(url).expect("a pool"));
    assert!(db.mysql_pool().is_some());
    check_snapshot(&fresh, &db).await;
}
