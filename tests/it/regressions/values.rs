//! SQLite's cells: every value that has a meaning is shown, and what is shown can be asked for.

use serde_json::{Value, json};
use tower_rest::{Api, Database, Router, Schema, Type};

use crate::server::ask;

async fn schema(sql: &str) -> Schema {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(sql).await.expect("the tables");
    Schema::reflect(&db).await.expect("a schema")
}

async fn api(sql: &str) -> Api {
    Router::of(schema(sql).await).build().expect("an API")
}

/// One column of every row of a list.
async fn column(api: &Api, query: &str, name: &str) -> Vec<Value> {
    let answer = ask(api, query).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let list = answer.json();
    let rows = list["results"].as_array().expect("rows");
    rows.iter().map(|row| row[name].clone()).collect()
}

async fn ids(api: &Api, query: &str) -> Vec<Value> {
    column(api, query, "id").await
}

/// Queries of the table `t`, and the rows they find.
async fn check(api: &Api, facts: &[(&str, &[i64])]) {
    for (query, expected) in facts {
        let expected: Vec<Value> = expected.iter().map(|id| json!(id)).collect();
        assert_eq!(ids(api, &format!("/t/?{query}")).await, expected, "{query}");
    }
}

fn ty(schema: &Schema, name: &str) -> Type {
    let column = schema.model("t").and_then(|model| {
        let columns = model.columns().iter();
        columns.clone().find(|column| column.name() == name)
    });
    column.expect("the column").ty().clone()
}

#[tokio::test]
async fn r100_texts_in_a_column_of_integers_are_shown_and_found() {
    let api = api("CREATE TABLE t (id integer primary key, sfld integer); \
         INSERT INTO t VALUES (1, 'apple'), (2, 'Äpfel'), (3, '007x')")
    .await;
    assert_eq!(
        column(&api, "/t/", "sfld").await,
        [json!("apple"), json!("Äpfel"), json!("007x")]
    );
    check(
        &api,
        &[
            ("sfld__isnull=true", &[]),
            ("sfld=apple", &[1]),
            ("sfld!=apple", &[2, 3]),
            ("sfld__startswith=00", &[3]),
            ("ordering=sfld", &[3, 1, 2]),
        ],
    )
    .await;
}

#[tokio::test]
async fn r101_all_samples_decide_and_start_up_says_so() {
    let sql = "CREATE TABLE t (id integer primary key, age integer); \
        INSERT INTO t VALUES (1, 34), (2, ''), (3, 70), (4, 'N/A'), (5, NULL)";
    let schema = schema(sql).await;
    assert_eq!(ty(&schema, "age"), Type::Text);
    assert_eq!(
        schema.notes().collect::<Vec<_>>(),
        [(
            "t.age",
            "integers and texts in a column for integer, served as text"
        )]
    );
    assert!(schema.to_string().contains("--type table.column=integer"));
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(
        column(&api, "/t/", "age").await,
        [
            json!("34"),
            json!(""),
            json!("70"),
            json!("N/A"),
            json!(null)
        ]
    );
    check(
        &api,
        &[
            ("age=70", &[3]),
            ("age=070", &[]),
            ("age=", &[2]),
            ("age__in=34,N/A", &[1, 4]),
            ("age__isnull=true", &[5]),
            ("age!=70", &[1, 2, 4, 5]),
        ],
    )
    .await;
}

#[tokio::test]
async fn r102_an_insisted_type_shows_what_fits_and_no_comparison_finds_the_rest() {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(
        "CREATE TABLE t (id integer primary key, age integer); \
         INSERT INTO t VALUES (1, 34), (2, ''), (3, 70), (4, 'N/A'), (5, NULL), (6, 50.5), (7, x'00')",
    )
    .await
    .expect("a table");
    let integer = Type::named("integer").expect("a type");
    let schema = Schema::reflect(&db).column_type("t.age", integer.clone());
    let api = Router::of(schema.await.expect("a schema"))
        .build()
        .expect("an API");
    check(
        &api,
        &[
            ("age__gt=5", &[1, 3]),
            ("age__gte=34", &[1, 3]),
            ("age__lt=60", &[1]),
            ("age__range=1,100", &[1, 3]),
            ("age__range=1,", &[1, 3]),
            ("age__in=34,70", &[1, 3]),
            ("age__gt!=50", &[1, 2, 4, 5, 6, 7]),
            ("age=70", &[3]),
        ],
    )
    .await;
    let unknown = Schema::reflect(&db).column_type("t.agee", integer).await;
    let words = unknown.expect_err("a mistake").to_string();
    assert!(
        words.contains("`t.agee`, which is not there; did you mean `t.age`"),
        "{words}"
    );
}

#[tokio::test]
async fn r103_values_beyond_the_samples_that_do_not_fit_meet_no_comparison() {
    let api = api("CREATE TABLE t (id integer primary key, n integer, f real, at datetime, day date, hour time, b text, u uuid); \
         WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 2000) \
         INSERT INTO t SELECT n, n, n, '2024-01-02 03:04:05', '2024-01-02', '03:04:05', 'x', '67e55044-10b1-426f-9247-bb680e5fe0c8' FROM i; \
         UPDATE t SET n = 'zzz', f = 'zzz', at = 'zzz', day = 'zzz', hour = 'zzz', b = x'7a', u = 'zzz' WHERE id = 1100; \
         UPDATE t SET n = 5.5, f = 9e999, at = '2024-02-30 00:00:00', day = '2024-02-30', hour = '24:00:00', u = 'ffffffff' WHERE id = 1101; \
         UPDATE t SET at = '2024-01-02 03:04:05.', hour = '03:04:05.x' WHERE id = 1102;")
    .await;
    for column in ["n", "f", "at", "day", "hour", "u", "b"] {
        let shown = column_of(&api, column, 1100).await;
        assert_eq!(shown, Value::Null, "{column}");
    }
    for column in ["n", "f", "at", "day", "hour", "u"] {
        assert_eq!(column_of(&api, column, 1101).await, Value::Null, "{column}");
    }
    let none: &[i64] = &[];
    check(
        &api,
        &[
            ("n__gt=0&id__range=1100,1101", none),
            ("n__lt=10&id__gt=1099", none),
            ("f__gt=0&id__range=1100,1101", none),
            ("at__gt=2000-01-01T00:00:00&id__range=1100,1102", none),
            ("at__lt=2100-01-01T00:00:00&id__range=1100,1102", none),
            (
                "at__range=2000-01-01T00:00:00,2100-01-01T00:00:00&id__range=1100,1102",
                none,
            ),
            ("at__year__gte=2000&id__range=1100,1102", none),
            ("day__gte=2000-01-01&id__range=1100,1101", none),
            ("day__month=2", none),
            ("hour__gt=00:00&id__range=1100,1102", none),
            (
                "u__gt=00000000-0000-0000-0000-000000000000&id__range=1100,1101",
                none,
            ),
            ("b__gt=a&id=1100", none),
            ("b__contains=z&id=1100", none),
            ("n__gt!=0&id__range=1100,1101", &[1100, 1101]),
            ("at__year!=2024&id__range=1099,1102", &[1100, 1101, 1102]),
        ],
    )
    .await;
}

async fn column_of(api: &Api, name: &str, id: i64) -> Value {
    ask(api, &format!("/t/{id}/")).await.json()[name].clone()
}

#[tokio::test]
async fn r104_expressions_views_and_full_text_columns_have_types() {
    let api = api("CREATE TABLE notes (id integer primary key, price real, label text); \
         INSERT INTO notes VALUES (1, 4.4, 'a'), (2, 44, 'b'); \
         CREATE VIEW t AS SELECT id, price * 100 AS cents, upper(label) AS up, id + 1 AS next, price || '' AS words FROM notes; \
         CREATE VIRTUAL TABLE pages USING fts5(title, body); INSERT INTO pages VALUES ('Hello', 'the 440.0 body');")
    .await;
    assert_eq!(
        column(&api, "/t/?ordering=-cents", "cents").await,
        [json!(4400.0), json!(440.00000000000006)]
    );
    check(
        &api,
        &[
            ("cents__gt=1000", &[2]),
            ("next=2", &[1]),
            ("up__icontains=b", &[2]),
            ("words__startswith=4.", &[1]),
        ],
    )
    .await;
    let pages = column(
        &api,
        "/pages/?title__icontains=hell&body__contains=440.0",
        "title",
    )
    .await;
    assert_eq!(pages, [json!("Hello")]);
}

#[tokio::test]
async fn r105_days_in_a_column_of_moments_are_days() {
    let schema = schema(
        "CREATE TABLE t (id integer primary key, at datetime); INSERT INTO t VALUES (1, '2016-07-04'), (2, '2017-01-02')",
    )
    .await;
    assert_eq!(ty(&schema, "at"), Type::Date);
    let api = Router::of(schema).build().expect("an API");
    check(
        &api,
        &[
            ("at__year=2016", &[1]),
            ("at=2017-01-02", &[2]),
            ("at__gt=2016-12-31", &[2]),
        ],
    )
    .await;
}

#[tokio::test]
async fn r106_moments_of_any_spelling_are_one_type() {
    let api = api("CREATE TABLE t (id integer primary key, at datetime); \
         INSERT INTO t VALUES (1, '2024-06-27 10:00:00'), (2, '2024-06-27'), (3, '2024-06-27T11:00:00'), \
             (4, '2024-06-27 12:00'), (5, '2024-06-27T13:00:00Z'), (6, '2024-06-27 16:00:00.250+02:00')")
    .await;
    assert_eq!(
        column(&api, "/t/?ordering=at", "at").await,
        [
            "2024-06-27T00:00:00Z",
            "2024-06-27T10:00:00Z",
            "2024-06-27T11:00:00Z",
            "2024-06-27T12:00:00Z",
            "2024-06-27T13:00:00Z",
            "2024-06-27T14:00:00.25Z"
        ]
        .map(|text| json!(text))
    );
    check(
        &api,
        &[
            ("at__date=2024-06-26", &[]),
            ("at__date=2024-06-27", &[1, 2, 3, 4, 5, 6]),
            ("at=2024-06-27T13:00:00Z", &[5]),
            ("at=2024-06-27T14:00:00.25Z", &[6]),
            ("at__in=2024-06-27T12:00:00Z,2024-06-27T00:00:00Z", &[2, 4]),
            ("at__gt=2024-06-27T12:00:00Z", &[5, 6]),
            ("at__lte=2024-06-27T10:00:00Z", &[1, 2]),
            ("at!=2024-06-27T10:00:00Z", &[2, 3, 4, 5, 6]),
        ],
    )
    .await;
}

#[tokio::test]
async fn r107_moments_that_say_their_zone_are_zoned() {
    for (spelling, shown) in [
        ("2011-09-06 06:00:00+00:00", "2011-09-06T06:00:00Z"),
        ("2011-09-06 06:00:00.5+00:00", "2011-09-06T06:00:00.5Z"),
        ("2011-09-06T06:00:00+00:00", "2011-09-06T06:00:00Z"),
        ("2011-09-06T06:00:00.123Z", "2011-09-06T06:00:00.123Z"),
        ("2011-09-06T06:00:00Z", "2011-09-06T06:00:00Z"),
        ("2011-09-06 06:00:00Z", "2011-09-06T06:00:00Z"),
    ] {
        let schema = schema(&format!(
            "CREATE TABLE t (id integer primary key, at datetime); INSERT INTO t VALUES (1, '{spelling}')"
        ))
        .await;
        assert_eq!(ty(&schema, "at"), Type::ZonedTimestamp, "{spelling}");
        let api = Router::of(schema).build().expect("an API");
        assert_eq!(column(&api, "/t/", "at").await, [json!(shown)]);
        check(
            &api,
            &[
                (&*format!("at={shown}"), &[1]),
                ("at__gte=2011-09-06T06:00:00Z", &[1]),
                ("at__gt=2011-09-06T07:00:01%2B02:00", &[1]),
                ("at__year=2011", &[1]),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn r108_numbers_in_documents_are_documents_and_numbers_among_texts_texts() {
    let api = api(
        "CREATE TABLE t (id integer primary key, s STRING, j JSON); \
         INSERT INTO t VALUES (1, '007', '1'), (2, 'abc', '\"x\"'), (3, '1.0', '1.5')",
    )
    .await;
    assert_eq!(
        column(&api, "/t/", "j").await,
        [json!(1), json!("x"), json!(1.5)]
    );
    assert_eq!(
        column(&api, "/t/", "s").await,
        [json!("7"), json!("abc"), json!("1")]
    );
    check(
        &api,
        &[
            ("s=7", &[1]),
            ("s=007", &[]),
            ("s__in=1,abc", &[2, 3]),
            ("ordering=-s", &[2, 1, 3]),
        ],
    )
    .await;
}

#[tokio::test]
async fn r109_equal_moments_and_times_in_two_spellings_are_ordered_as_equal() {
    use sea_query::{ColumnDef, SqliteQueryBuilder, Table};
    let table = Table::create()
        .table("t")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(ColumnDef::new("hour").time())
        .col(ColumnDef::new("at").date_time())
        .col(ColumnDef::new("k").integer())
        .to_owned();
    let rows = "INSERT INTO t VALUES (1, '00:00:00.500', '2014-01-02 00:00:00.0', 1), (2, '00:00:00.5', '2014-01-02 00:00:00', 2), \
        (3, '00:00:00.50', '2014-01-02 00:00:00.00', 0), (4, '00:00:00', '2014-01-01 00:00:00', 9)";
    let db = Database::in_memory().await.expect("a database");
    let create = table.to_string(SqliteQueryBuilder);
    db.execute_script(&format!("{create}; {rows}"))
        .await
        .expect("a table");
    let declared =
        tower_rest::ViewSet::new(tower_rest::Model::from_table("T", &table)).database(&db);
    let declared = Router::new()
        .register("t", declared)
        .build()
        .expect("an API");
    let reflected = Router::of(Schema::reflect(&db).await.expect("a schema"))
        .build()
        .expect("an API");
    for api in [&declared, &reflected] {
        check(
            api,
            &[
                ("ordering=hour,k", &[4, 3, 1, 2]),
                ("ordering=at,-k", &[4, 2, 1, 3]),
                ("ordering=-hour", &[1, 2, 3, 4]),
                ("hour=00:00:00.5", &[1, 2, 3]),
                ("at=2014-01-02T00:00:00", &[1, 2, 3]),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn r110_truths_are_read_from_words() {
    for (yes, no) in [("t", "f"), ("true", "false"), ("Y", "N"), ("TRUE", "FALSE")] {
        let api = api(&format!(
            "CREATE TABLE t (id integer primary key, ok boolean); INSERT INTO t VALUES (1, '{yes}'), (2, '{no}'), (3, NULL)"
        ))
        .await;
        assert_eq!(
            column(&api, "/t/", "ok").await,
            [json!(true), json!(false), json!(null)],
            "{yes}"
        );
        check(
            &api,
            &[
                ("ok=true", &[1]),
                ("ok=0", &[2]),
                ("ok!=true", &[2, 3]),
                ("ok__in=true,false", &[1, 2]),
                ("ordering=ok", &[2, 1, 3]),
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn r111_a_truth_in_a_key_tells_rows_apart() {
    let api = api(
        "CREATE TABLE t (user_id int, is_admin boolean, PRIMARY KEY (user_id, is_admin)); \
         INSERT INTO t VALUES (1, 1), (1, 2)",
    )
    .await;
    assert_eq!(
        column(&api, "/t/", "href").await,
        [json!("http://test/t/1,1/"), json!("http://test/t/1,2/")]
    );
    assert_eq!(ask(&api, "/t/1,2/").await.json()["is_admin"], 2);
}

#[tokio::test]
async fn r112_a_value_between_the_ends_of_a_table_is_looked_at() {
    let api = api(
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY, day DATE); \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
         INSERT INTO numbered SELECT i, CASE WHEN i BETWEEN 900 AND 1100 THEN 'soon' ELSE '2014-01-02' END FROM n; \
         CREATE TABLE keyed (code INTEGER PRIMARY KEY, day DATE) WITHOUT ROWID; \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) \
         INSERT INTO keyed SELECT i, CASE WHEN i = 400 THEN 'soon' ELSE '2014-01-02' END FROM n",
    )
    .await;
    for (path, row) in [("/numbered/", 1000), ("/keyed/", 400)] {
        let object = ask(&api, &format!("{path}{row}/")).await.json();
        assert_eq!(object["day"], "soon");
        let days = column(&api, &format!("{path}?day=soon&page_size=1"), "day").await;
        assert_eq!(days, [json!("soon")]);
    }
}

#[tokio::test]
async fn r113_a_column_for_numbers_or_texts_is_of_texts() {
    let api = api(
        "CREATE TABLE systems (code INTEGER_OR_TEXT PRIMARY KEY, name TEXT); \
         CREATE TABLE axes (code INTEGER_OR_TEXT, system INTEGER_OR_TEXT REFERENCES systems, PRIMARY KEY (code)) WITHOUT ROWID; \
         INSERT INTO systems VALUES (4400, 'Cartesian'), ('OGC', 'Ellipsoidal'); \
         INSERT INTO axes VALUES (1, 4400), (2, 4400), (3, 4400)",
    )
    .await;
    assert_eq!(
        column(&api, "/systems/", "code").await,
        [json!("4400"), json!("OGC")]
    );
    assert_eq!(
        ask(&api, "/axes/1/?expand=systems").await.json()["systems"]["name"],
        "Cartesian"
    );
    assert_eq!(column(&api, "/systems/4400/axes/", "code").await.len(), 3);
}

#[tokio::test]
async fn r114_a_wide_table_of_days_is_looked_at() {
    let columns: Vec<_> = (0..240).map(|at| format!("d{at} DATE")).collect();
    let values = vec!["'2014-01-02'"; columns.len()].join(", ");
    let api = api(&format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, {}); INSERT INTO t VALUES (1, {values})",
        columns.join(", ")
    ))
    .await;
    assert_eq!(ask(&api, "/t/?d239__year=2014").await.json()["count"], 1);
}
