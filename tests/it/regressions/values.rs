//! SQLite's cells: every value that has a meaning is shown, and what is shown can be asked for.

use serde_json::{Value, json};
use tower_rest::{Api, Database, Router, Schema, Type};

use crate::server::{ask, ask_with};

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

/// Spellings of days, times and moments, each as it is and with one mistake in it; `~` stands for a zero byte.
fn spellings(good: &[&str]) -> Vec<String> {
    const INSERTED: [&str; 9] = ["0", "5", ".", ":", " ", "-", "T", "Z", "~"];
    let mut all: Vec<String> = Vec::new();
    for text in good {
        all.push((*text).to_owned());
        all.extend(
            ["5", "Z", "~", "~5", ".", " ", ".5", "+00:00", "é"].map(|end| format!("{text}{end}")),
        );
        for at in 0..text.len() {
            let (start, end) = text.split_at(at);
            all.push(format!("{start}{}", &end[1..]));
            for number in 0..3 {
                let inserted = INSERTED[(at * 3 + number) % INSERTED.len()];
                all.push(format!("{start}{inserted}{end}"));
                all.push(format!("{start}{inserted}{}", &end[1..]));
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// Every text of a column, what is shown of it, and which rows comparisons find: all that are shown, and no others.
async fn what_is_shown_is_found(
    column: sea_query::ColumnDef,
    format: Option<tower_rest::TimestampFormat>,
    texts: &[String],
) {
    use sea_query::{ColumnDef, Table};
    let table = Table::create()
        .table("t")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(column)
        .to_owned();
    let mut model = tower_rest::Model::from_table("T", &table);
    if let Some(format) = format {
        model = model.column("v", |column| column.timestamp_format(format));
    }
    let rows: Vec<_> = (texts.iter().enumerate())
        .map(|(id, text)| format!("({id}, '{text}')"))
        .collect();
    let db = Database::in_memory().await.expect("a database");
    let script = format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES {}; \
         UPDATE t SET v = replace(v, '~', char(0)); INSERT INTO t SELECT 100000 + id, CAST(v AS BLOB) FROM t; \
         INSERT INTO t VALUES (200000, 20240102), (200001, 10.5), (200002, '')",
        rows.join(", ")
    );
    db.execute_script(&script).await.expect("the rows");
    let view = tower_rest::ViewSet::new(model).database(&db);
    let view = view.page_size(10_000).max_page_size(10_000);
    let api = Router::new().register("t", view).build().expect("an API");
    let list = |query: String| {
        let api = &api;
        async move {
            let answer = ask(api, &format!("/t/?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.body);
            let rows = answer.json()["results"].as_array().expect("rows").clone();
            let shown = |row: &Value| row["v"].as_str().map(str::to_owned);
            let pairs = rows
                .iter()
                .map(|row| (row["id"].as_i64().expect("a number"), shown(row)));
            pairs.collect::<Vec<_>>()
        }
    };
    let sorts_as = |text: &str| text.trim_end_matches('Z').to_owned();
    let shown: Vec<(i64, String)> = (list("ordering=id".to_owned()).await.into_iter())
        .filter_map(|(id, text)| Some((id, text?)))
        .collect();
    let texts_of = |ids: &[i64]| -> Vec<&str> {
        let of = |id: &i64| {
            usize::try_from(id % 100_000)
                .ok()
                .and_then(|id| texts.get(id))
        };
        ids.iter()
            .map(|id| of(id).map_or("no text", |text| text))
            .collect()
    };
    let mut values: Vec<String> = shown.iter().map(|(_, text)| text.clone()).collect();
    values.sort_by_key(|text| sorts_as(text));
    values.dedup();
    assert!(values.len() > 5, "{format:?}: only {values:?} are shown");
    let ordered = list(format!("v__gte={}&ordering=v", values[0])).await;
    let ordered: Vec<_> = ordered
        .iter()
        .map(|(_, text)| text.as_deref().map(sorts_as))
        .collect();
    let is_out_of_order = |pair: &[Option<String>]| pair[0].is_none() || pair[0] > pair[1];
    let wrong = ordered.windows(2).find(|pair| is_out_of_order(pair));
    assert!(wrong.is_none(), "{format:?}: {wrong:?}");
    for value in values
        .iter()
        .step_by(1 + values.len() / 12)
        .chain(values.last())
    {
        type Holds = fn(&str, &str) -> bool;
        let lookups: [(&str, Holds); 6] = [
            ("", |a, b| a == b),
            ("__in", |a, b| a == b),
            ("__gt", |a, b| a > b),
            ("__gte", |a, b| a >= b),
            ("__lt", |a, b| a < b),
            ("__lte", |a, b| a <= b),
        ];
        for (lookup, holds) in lookups {
            let query = format!("v{lookup}={value}&ordering=id");
            let found: Vec<i64> = list(query.clone())
                .await
                .iter()
                .map(|(id, _)| *id)
                .collect();
            let meant = shown
                .iter()
                .filter(|(_, text)| holds(&sorts_as(text), &sorts_as(value)));
            let meant: Vec<i64> = meant.map(|(id, _)| *id).collect();
            let only = |some: &[i64], others: &[i64]| -> Vec<i64> {
                some.iter()
                    .filter(|id| !others.contains(id))
                    .copied()
                    .collect()
            };
            let (excess, lost) = (only(&found, &meant), only(&meant, &found));
            assert!(
                excess.is_empty() && lost.is_empty(),
                "{format:?} {query}: finds {:?} that are shown as null, and not {:?}",
                texts_of(&excess),
                texts_of(&lost)
            );
        }
    }
    if values.iter().any(|value| value.starts_with("2024-")) {
        let found: Vec<_> = list("v__year=2024&ordering=id".to_owned()).await;
        let meant = shown.iter().filter(|(_, text)| text.starts_with("2024-"));
        let meant: Vec<_> = meant.map(|(id, text)| (*id, Some(text.clone()))).collect();
        assert_eq!(found, meant, "{format:?}");
    }
}

#[tokio::test]
async fn r115_a_moment_is_found_exactly_where_it_is_shown() {
    use tower_rest::TimestampFormat as Format;
    let local = spellings(&[
        "2024-01-02 10:00:00",
        "2024-01-02T10:00:00.5",
        "2024-02-29 23:59:59.123456789",
        "2024-02-30T00:00:00",
        "0000-01-01 00:00:00",
        "9999-12-31T24:00:00.5.5",
        "2024-01-02T10:00:00.123Z",
        "-001-01-02 10:00:00",
        "-0001-01-02 10:00:00",
    ]);
    let zoned = spellings(&[
        "2024-01-02 10:00:00+00:00",
        "2024-01-02T10:00:00+00:00",
        "2024-01-02T10:00:00.123456789+00:00",
        "2024-01-02 10:00:00.5+00:00",
        "2024-01-02T10:00:00.123Z",
    ]);
    let column = |name: &str| sea_query::ColumnDef::new(name.to_owned());
    for (format, is_zoned) in [
        (Format::Space, false),
        (Format::T, false),
        (Format::Offset, true),
        (Format::SpaceOffset, true),
        (Format::Millis, true),
    ] {
        let (mut moment, texts) = match is_zoned {
            true => (column("v").timestamp_with_time_zone().to_owned(), &zoned),
            false => (column("v").date_time().to_owned(), &local),
        };
        what_is_shown_is_found(moment.take(), Some(format), texts).await;
    }
}

#[tokio::test]
async fn r116_a_moment_of_any_spelling_is_found_exactly_where_it_is_shown() {
    let texts = spellings(&[
        "2024-01-02",
        "2024-01-02 10:00",
        "2024-01-02T10:00:00",
        "2024-01-02 10:00:00.5",
        "2024-01-02T10:00Z",
        "2024-01-02 10:00-14:59",
        "2024-01-02 10:00:00.123456789+02:30",
        "2024-01-02T10:00:00.500Z",
        "0000-01-01 00:00:00+01:00",
        "0000-01-01 01:00:00.5+01:00",
        "9999-12-31 23:30:00-01:00",
        "9999-12-31 23:30:00.25-00:29",
    ]);
    let any = Some(tower_rest::TimestampFormat::Any);
    let zoned = sea_query::ColumnDef::new("v")
        .timestamp_with_time_zone()
        .to_owned();
    what_is_shown_is_found(zoned, any, &texts).await;
    let local = sea_query::ColumnDef::new("v").date_time().to_owned();
    what_is_shown_is_found(local, any, &texts).await;
}

#[tokio::test]
async fn r117_a_day_or_time_is_found_exactly_where_it_is_shown() {
    let days = spellings(&[
        "2024-01-02",
        "2023-02-29",
        "0000-01-01",
        "9999-12-31",
        "-001-01-02",
        "-0001-01-02",
    ]);
    what_is_shown_is_found(
        sea_query::ColumnDef::new("v").date().to_owned(),
        None,
        &days,
    )
    .await;
    let times = spellings(&[
        "10:00",
        "10:00:00",
        "23:59:59.5",
        "10:00:00.123456789",
        "24:00:00",
        "00:00:00",
    ]);
    for format in [None, Some(tower_rest::TimestampFormat::Any)] {
        let time = sea_query::ColumnDef::new("v").time().to_owned();
        what_is_shown_is_found(time, format, &times).await;
    }
    let uuids = spellings(&["67e55044-10b1-426f-9247-bb680e5fe0c8"]);
    what_is_shown_is_found(
        sea_query::ColumnDef::new("v").uuid().to_owned(),
        None,
        &uuids,
    )
    .await;
}

#[tokio::test]
async fn r118_integers_beyond_exact_floats_are_found_by_what_is_shown() {
    let numbers = [
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "9007199254740995",
        "-9007199254740993",
        "-9007199254740995",
        "9223372036854775807",
        "9223372036854775808.0",
        "9223372036854774784",
        "9223372036854775295",
        "-9223372036854775808",
        "1e300",
    ];
    let rows: Vec<_> = (1101..)
        .zip(numbers)
        .map(|(id, number)| format!("({id}, {number})"))
        .collect();
    let api = api(&format!(
        "CREATE TABLE t (id integer primary key, f numeric); \
         WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 2000) \
         INSERT INTO t SELECT n, 0.5 FROM i WHERE n NOT BETWEEN 1101 AND 1149; INSERT INTO t VALUES {}",
        rows.join(", ")
    ))
    .await;
    let mut shown = Vec::new();
    for (id, _) in (1101_i64..).zip(numbers) {
        // The digits as they were sent: not every parser of JSON reads floats exactly.
        let body = ask(&api, &format!("/t/{id}/?fields=f")).await.body;
        let text = body.split([':', '}']).nth(1).expect("a number").to_owned();
        shown.push((id, text.parse::<f64>().expect("a number"), text));
    }
    assert_eq!(shown[0].2, "9007199254740991.0");
    for (_, number, text) in &shown {
        let ids_where = |holds: &dyn Fn(f64) -> bool| -> Vec<Value> {
            let those = shown.iter().filter(|(_, other, _)| holds(*other));
            those.map(|(id, ..)| json!(id)).collect()
        };
        for (query, expected) in [
            (format!("f={text}"), ids_where(&|other| other == *number)),
            (
                format!("f__in={text},0.25"),
                ids_where(&|other| other == *number),
            ),
            (format!("f__gt={text}"), ids_where(&|other| other > *number)),
            (
                format!("f__gte={text}"),
                ids_where(&|other| other >= *number),
            ),
            (format!("f__lt={text}"), ids_where(&|other| other < *number)),
            (
                format!("f__lte={text}"),
                ids_where(&|other| other <= *number),
            ),
        ] {
            let query = format!("/t/?id__range=1101,1149&{}", query.replace('+', "%2B"));
            assert_eq!(ids(&api, &query).await, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn r119_an_empty_text_in_a_foreign_key_leads_nowhere_and_the_others_lead() {
    let schema = schema(
        "PRAGMA foreign_keys = OFF; CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO parents VALUES (7, 'seven'); \
         CREATE TABLE t (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents); \
         INSERT INTO t VALUES (1, 7), (2, ''), (3, NULL); \
         CREATE TABLE days (day DATE PRIMARY KEY); INSERT INTO days VALUES ('2024-01-02'); \
         CREATE TABLE visits (id INTEGER PRIMARY KEY, day DATE REFERENCES days); \
         INSERT INTO visits VALUES (1, '2024-01-02'), (2, ''); \
         CREATE TABLE codes (code PRIMARY KEY); INSERT INTO codes VALUES (7), (''); \
         CREATE TABLE uses (id INTEGER PRIMARY KEY, code INTEGER REFERENCES codes); INSERT INTO uses VALUES (1, 7), (2, '')",
    )
    .await;
    assert_eq!(ty(&schema, "parent_id").name(), "integer");
    let notes: Vec<_> = schema.notes().collect();
    assert!(
        notes.contains(&(
            "t.parent_id",
            "empty texts in a foreign key, which lead nowhere and are shown as null"
        )),
        "{notes:?}"
    );
    let api = Router::of(schema).build().expect("an API");
    let rows = ask(&api, "/t/?expand=parent&ordering=id").await.json()["results"].clone();
    assert_eq!(rows[0]["parent"]["name"], "seven", "{rows}");
    assert_eq!(rows[0]["parent_id"], 7);
    assert_eq!(
        (&rows[1]["parent"], &rows[1]["parent_id"]),
        (&Value::Null, &Value::Null)
    );
    check(
        &api,
        &[
            ("parent_id=7", &[1]),
            ("parent_id__lt=100", &[1]),
            ("parent_id__gt=0", &[1]),
            ("parent__name=seven", &[1]),
            ("parent__name!=seven", &[2, 3]),
            ("parent_id__isnull=true", &[3]),
        ],
    )
    .await;
    assert_eq!(ids(&api, "/parents/7/t/").await, [json!(1)]);
    assert_eq!(
        column(&api, "/visits/?day__gt=2000-01-01", "day").await,
        [json!("2024-01-02")]
    );
    assert_eq!(
        ask(&api, "/days/2024-01-02/visits/").await.json()["count"],
        1
    );
    // Where a row of the parent has the empty text, it leads there.
    let uses = column(&api, "/uses/", "code").await;
    assert_eq!(uses, [json!("7"), json!("")]);
}

#[tokio::test]
async fn r120_a_key_of_numbers_that_are_integers_is_one_of_integers() {
    for number in ["NUMBER(10)", "NUMERIC", "DECIMAL(10, 0)"] {
        let schema = schema(&format!(
            "CREATE TABLE t (id {number} PRIMARY KEY, f {number}); INSERT INTO t VALUES (7, 1), (8, 2); \
             CREATE TABLE children (id INTEGER PRIMARY KEY, t_id {number} REFERENCES t); INSERT INTO children VALUES (1, 7), (2, 8); \
             CREATE TABLE empty (id {number} PRIMARY KEY)"
        ))
        .await;
        assert_eq!(ty(&schema, "id").name(), "integer", "{number}");
        assert_eq!(ty(&schema, "f").name(), "float", "{number}");
        let api = Router::of(schema).build().expect("an API");
        assert_eq!(
            column(&api, "/t/", "href").await,
            [json!("http://test/t/7/"), json!("http://test/t/8/")]
        );
        assert_eq!(ask(&api, "/t/7/").await.json()["id"], 7);
        assert_eq!(ids(&api, "/t/8/children/").await, [json!(2)]);
        assert_eq!(
            ask(&api, "/children/?expand=t").await.json()["results"][0]["t"]["f"],
            1.0
        );
        assert_eq!(ask(&api, "/empty/1/").await.status, 404);
    }
}

#[tokio::test]
async fn r121_defaults_and_lengths_are_of_the_type_that_is_served() {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(
        "CREATE TABLE t (id integer primary key, n integer default 0, s text default 5, w varchar(3) default 'abc', \
         f float default 1.5, b blob(4), ok boolean default 1, day date default '2024-01-02', v varchar(2) default 'ab', \
         kept integer default 3); \
         INSERT INTO t VALUES (1, 'x', x'00', x'01', 'x', 'longer than four', 5, 'x', 7, 4), (2, 1, 'x', 'x', 'x', 'x', 1.5, 'x', 7, 5)",
    )
    .await
    .expect("a table");
    let integer = Type::named("integer").expect("a type");
    let schema = Schema::reflect(&db)
        .column_type("t.v", integer)
        .await
        .expect("a schema");
    let api = Router::of(schema).build().expect("an API");
    let options = http::Request::options("http://test/t/").body(String::new());
    let answer = ask_with(&api, options.expect("a request")).await;
    let description = answer.json();
    for column in description["columns"].as_array().expect("columns") {
        let default = &column["default"];
        let length = &column["max_length"];
        let (expected, longest) = match column["name"].as_str().expect("a name") {
            "day" => (json!("2024-01-02"), Value::Null),
            "ok" => (json!(1.0), Value::Null),
            "kept" => (json!(3), Value::Null),
            _ => (Value::Null, Value::Null),
        };
        assert_eq!((default, length), (&expected, &longest), "{column}");
    }
}

#[tokio::test]
async fn r122_full_text_tables_without_their_texts_are_served_or_left_out() {
    let schema = schema(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO t VALUES (1, 'hello'); \
         CREATE VIRTUAL TABLE bare USING fts5(body, content=''); INSERT INTO bare (rowid, body) VALUES (1, 'hello'); \
         CREATE TABLE texts (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO texts VALUES (1, 'hello'); \
         CREATE VIRTUAL TABLE lost USING fts5(body, content='texts', content_rowid='id'); \
         INSERT INTO lost (lost) VALUES ('rebuild'); DROP TABLE texts; \
         CREATE VIRTUAL TABLE empty USING fts5(body, content='texts', content_rowid='id'); \
         CREATE VIRTUAL TABLE held USING fts5(body, content='t', content_rowid='id'); INSERT INTO held (held) VALUES ('rebuild')",
    )
    .await;
    let left_out = schema.to_string();
    for name in ["lost", "empty"] {
        assert!(schema.model(name).is_none(), "{name}: {left_out}");
        assert!(
            left_out.contains(name) && left_out.contains("cannot be read"),
            "{left_out}"
        );
    }
    let has_bare = schema.model("bare").is_some();
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(
        column(&api, "/held/?body__contains=hell", "body").await,
        [json!("hello")]
    );
    if has_bare {
        for query in [
            "",
            "?body=hello",
            "?body__contains=h",
            "?ordering=body",
            "?body__isnull=true",
            "?search=hello",
        ] {
            let answer = ask(&api, &format!("/bare/{query}")).await;
            assert!(answer.status < 500, "{query}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn r123_texts_that_are_no_decimals_meet_no_comparison() {
    let api = api("CREATE TABLE t (id integer primary key, d decimal_text); \
         WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 2000) \
         INSERT INTO t SELECT n, '1.50' FROM i WHERE n NOT BETWEEN 1101 AND 1149; \
         INSERT INTO t VALUES (1101, '2' || char(0)), (1102, '2.'), (1103, '-'), (1104, '--2'), (1105, '2' || char(0) || '5'), \
             (1106, x'32'), (1107, '2.5.5'), (1108, ''), (1109, '-2.5'), (1110, '0002')")
    .await;
    let shown = column(&api, "/t/?id__range=1101,1149&ordering=id", "d").await;
    let mut expected = vec![Value::Null; 8];
    expected.extend([json!("-2.5"), json!("0002")]);
    assert_eq!(shown, expected);
    check(
        &api,
        &[
            ("d__gt=-1000&id__range=1101,1149", &[1109, 1110]),
            ("d__lt=1000&id__range=1101,1149", &[1109, 1110]),
            ("d__in=2,2.5&id__range=1101,1149", &[1110]),
            ("d=2", &[1110]),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r124_a_default_of_another_type_than_a_column_is_read_as_is_not_shown() {
    use crate::databases::Kind;
    for kind in Kind::reachable().await {
        let sql = "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 7, kept int DEFAULT 8)";
        let fresh = kind.fresh().await;
        fresh.execute(sql).await;
        let decimal = Type::named("decimal").expect("a type");
        let schema = Schema::reflect(&fresh.db).column_type("t.n", decimal).await;
        let api = Router::of(schema.expect("a schema"))
            .build()
            .expect("an API");
        let options = http::Request::options("http://test/t/").body(String::new());
        let description = ask_with(&api, options.expect("a request")).await.json();
        let of = |at: usize| {
            (
                &description["columns"][at]["type"],
                &description["columns"][at]["default"],
            )
        };
        assert_eq!(of(1), (&json!("decimal"), &Value::Null), "{kind:?}");
        assert_eq!(of(2), (&json!("integer"), &json!(8)), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r125_texts_of_related_rows_are_ordered_as_the_column_is() {
    use crate::databases::Kind;
    for kind in Kind::reachable().await {
        let (before, ty) = match kind {
            Kind::Sqlite => ("", "VARCHAR(20) COLLATE NOCASE"),
            Kind::Postgres => (
                "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);",
                "VARCHAR(20) COLLATE loose",
            ),
            Kind::MySql => ("", "VARCHAR(20) COLLATE utf8mb4_general_ci"),
        };
        let fresh = kind.fresh().await;
        fresh
            .execute(&format!(
                "{before} CREATE TABLE owners (id integer NOT NULL PRIMARY KEY, name {ty}); \
                 CREATE TABLE cars (id integer NOT NULL PRIMARY KEY, owner_id integer, seller integer, \
                    FOREIGN KEY (owner_id) REFERENCES owners (id)); \
                 CREATE TABLE parts (id integer NOT NULL PRIMARY KEY, car_id integer, \
                    FOREIGN KEY (car_id) REFERENCES cars (id)); \
                 CREATE VIEW people AS SELECT id, name FROM owners WHERE id > 0; \
                 INSERT INTO owners VALUES (1, 'cid'), (2, 'Bob'), (3, 'ann'), (4, 'Dan'), (5, NULL); \
                 INSERT INTO cars VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 4, 4), (5, 5, 5), (6, NULL, NULL); \
                 INSERT INTO parts VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, NULL)"
            ))
            .await;
        let schema = Schema::reflect(&fresh.db)
            .relate("cars.seller", "people.id")
            .await
            .expect("a schema");
        let api = Router::of(schema).build().expect("an API");
        let own = ids(&api, "/owners/?ordering=name").await;
        assert_eq!(Value::Array(own), json!([3, 2, 1, 4, 5]), "{kind}");
        for (query, expected) in [
            ("/cars/?ordering=owner__name", json!([3, 2, 1, 4, 5, 6])),
            ("/cars/?ordering=-owner__name", json!([5, 6, 4, 1, 2, 3])),
            ("/cars/?ordering=people__name", json!([3, 2, 1, 4, 5, 6])),
            (
                "/parts/?ordering=car__owner__name",
                json!([3, 2, 1, 4, 5, 6, 7]),
            ),
            (
                "/parts/?ordering=-car__owner__name",
                json!([5, 6, 7, 4, 1, 2, 3]),
            ),
            (
                "/cars/?ordering=owner__name&page_size=2&page=2",
                json!([1, 4]),
            ),
            (
                "/cars/?ordering=owner__name&page_size=4&page=last",
                json!([5, 6]),
            ),
            (
                "/cars/?ordering=-owner__name&page_size=2&page=last",
                json!([2, 3]),
            ),
            (
                "/cars/?ordering=owner__name&owner__name__isnull=false",
                json!([3, 2, 1, 4]),
            ),
        ] {
            assert_eq!(
                Value::Array(ids(&api, query).await),
                expected,
                "{kind}: {query}"
            );
        }
    }
}

#[tokio::test]
async fn r126_views_are_ordered_through_by_the_collations_they_show() {
    let db = Database::in_memory().await.expect("a database");
    db.execute_script(
        "CREATE TABLE owners (id integer PRIMARY KEY, name text COLLATE NOCASE, word text); \
         INSERT INTO owners VALUES (1, 'b', 'b'), (2, 'C', 'C'), (3, 'a', 'a'); \
         CREATE VIEW named AS SELECT id, name AS folded, word COLLATE NOCASE AS said, name COLLATE BINARY AS plain, name || '' AS made \
            FROM owners UNION ALL SELECT id + 100, name, name, name, name FROM owners; \
         CREATE VIEW grouped AS SELECT max(id) AS id, name, word FROM owners GROUP BY word, name COLLATE RTRIM; \
         CREATE TABLE cars (id integer PRIMARY KEY, owner integer, other integer); INSERT INTO cars VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3)",
    )
    .await
    .expect("the tables");
    let schema = Schema::reflect(&db)
        .relate("cars.owner", "named.id")
        .relate("cars.other", "grouped.id")
        .await
        .expect("a schema");
    let api = Router::of(schema).build().expect("an API");
    let folded = [json!(3), json!(1), json!(2)];
    let plain = [json!(2), json!(3), json!(1)];
    for (name, expected) in [
        ("named__folded", &folded),
        ("named__said", &folded),
        ("named__plain", &plain),
        ("named__made", &plain),
        ("grouped__name", &folded),
        ("grouped__word", &plain),
    ] {
        let (view, own) = name.split_once("__").expect("a path");
        let alone = ids(&api, &format!("/{view}/?ordering={own}&id__lt=4")).await;
        assert_eq!(alone, expected, "{name}");
        let through = ids(&api, &format!("/cars/?ordering={name}")).await;
        assert_eq!(through, expected, "{name}");
    }
}

#[tokio::test]
async fn r128_moments_and_times_that_are_shown_as_null_are_no_keys() {
    let days = "date('2000-01-01', '+' || n || ' days')";
    for (ty, others, read, shown, odd) in [
        (
            "timestamp",
            format!("{days} || ' 03:04:05'"),
            "2014-01-02 03:04:05.5",
            "2014-01-02T03:04:05.5",
            [
                "2014-01-02 03:04:05.500000000000",
                "2014-01-02 03:04:05.5+00:00",
            ],
        ),
        (
            "timestamp",
            format!("{days} || 'T03:04:05+00:00'"),
            "2014-01-02T03:04:05.5+00:00",
            "2014-01-02T03:04:05.5Z",
            [
                "2014-01-02T03:04:05.500000000000+00:00",
                "2014-01-02T03:04:05.5",
            ],
        ),
        (
            "time",
            "time('2000-01-01', '+' || n || ' seconds')".to_owned(),
            "03:04:05.5",
            "03:04:05.5",
            ["03:04:05.500000000000", "03:04:05.5+00:00"],
        ),
    ] {
        for odd in odd {
            let api = with_odd_key(ty, &others, (odd, read), (odd, read)).await;
            let row = &ask(&api, "/t/?n=1125").await.json()["results"][0];
            assert_eq!(
                (&row["f"], &row["href"]),
                (&Value::Null, &Value::Null),
                "{odd}"
            );
            assert_eq!(
                ask(&api, &format!("/t/{shown}/")).await.json()["n"],
                1126,
                "{odd}"
            );
            let expanded = ask(&api, "/children/?id__in=1125,1126&expand=t")
                .await
                .json();
            let parents = [
                &expanded["results"][0]["t"],
                &expanded["results"][1]["t"]["n"],
            ];
            assert_eq!(parents, [&Value::Null, &json!(1126)], "{odd}");
            for (query, name, expected) in [
                (format!("/t/?f={shown}"), "n", json!([1126])),
                (format!("/t/?f__in={shown},{shown}"), "n", json!([1126])),
                (
                    format!("/t/?f__gte={shown}&f__lte={shown}"),
                    "n",
                    json!([1126]),
                ),
                (format!("/t/{shown}/children/"), "id", json!([1126])),
                (format!("/children/?f={shown}"), "id", json!([1126])),
                (format!("/children/?t__f={shown}"), "id", json!([1126])),
                ("/children/?t__n=1125".to_owned(), "id", json!([])),
                ("/children/?t__n=1126".to_owned(), "id", json!([1126])),
                ("/t/?children__id=1125".to_owned(), "n", json!([])),
                ("/t/?children__id=1126".to_owned(), "n", json!([1126])),
                (
                    "/children/?id=1125&ordering=t__n".to_owned(),
                    "id",
                    json!([1125]),
                ),
            ] {
                assert_eq!(
                    Value::Array(column(&api, &query, name).await),
                    expected,
                    "{odd}: {query}"
                );
            }
            // A parent that is shown as null has no children, and a child of none has no parent.
            let api = with_odd_key(ty, &others, (odd, ""), (read, "")).await;
            assert_eq!(
                ask(&api, &format!("/t/{shown}/")).await.status,
                404,
                "{odd}"
            );
            assert_eq!(
                ids(&api, "/children/?t__n=1125").await,
                [] as [Value; 0],
                "{odd}"
            );
            assert_eq!(
                ids(&api, &format!("/children/?f={shown}")).await,
                [json!(1125)],
                "{odd}"
            );
            let child = ask(&api, "/children/1125/?expand=t").await.json();
            assert_eq!(child["t"], Value::Null, "{odd}");
            let parent = &ask(&api, "/t/?n=1125&expand=children").await.json()["results"][0];
            assert_eq!(parent["children"]["results"], json!([]), "{odd}");
        }
    }
}

/// Parents with keys of a type, of which two are of this form and stand where no sample is, and their children.
async fn with_odd_key(ty: &str, others: &str, keys: (&str, &str), of: (&str, &str)) -> Api {
    api(&format!(
        "PRAGMA foreign_keys = OFF; CREATE TABLE t (f {ty} PRIMARY KEY, n integer); \
         WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 2000) \
         INSERT INTO t (rowid, f, n) SELECT n, {others}, n FROM i WHERE n NOT IN (1125, 1126); \
         INSERT INTO t (rowid, f, n) VALUES (1125, '{}', 1125), (1126, nullif('{}', ''), 1126); \
         CREATE TABLE children (id integer PRIMARY KEY, f {ty} REFERENCES t (f)); \
         INSERT INTO children SELECT n, f FROM t WHERE n NOT IN (1125, 1126); \
         INSERT INTO children VALUES (1125, '{}'), (1126, nullif('{}', ''))",
        keys.0, keys.1, of.0, of.1
    ))
    .await
}
