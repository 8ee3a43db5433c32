//! PostgreSQL and MySQL: what they show can be asked for, and what they refuse.

use std::time::{Duration, Instant};

use sea_query::{ColumnDef, ForeignKey, Table, TableCreateStatement};
use serde_json::{Value, json};
use sqlx::{Executor as _, mysql::MySqlPoolOptions};
use tower_rest::{
    Api, Condition, Count, Database, Head, Model, Router, Schema, TimestampFormat, UuidFormat,
    ViewSet,
};

use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

/// A new database of a kind, if there is a server of it.
async fn fresh(kind: Kind) -> Option<Fresh> {
    match kind.is_reachable().await {
        true => Some(kind.fresh().await),
        false => None,
    }
}

/// The database over connections whose `sql_mode` has further words.
fn in_mode(fresh: &Fresh, mode: &'static str) -> Database {
    let url = fresh.url.as_deref().expect("a server");
    let pool = MySqlPoolOptions::new()
        .max_connections(2)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                let set = format!("SET SESSION sql_mode = CONCAT(@@sql_mode, ',{mode}')");
                connection.execute(sqlx::AssertSqlSafe(set)).await.map(drop)
            })
        })
        .connect_lazy(url);
    Database::from_mysql_pool(pool.expect("a pool"))
}

async fn served(db: &Database) -> Api {
    let schema = Schema::reflect(db).await.expect("a schema");
    Router::of(schema).build().expect("an API")
}

/// The members of the rows of a list, in order.
async fn column(api: &Api, path: &str, name: &str) -> Value {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let list = answer.json();
    let rows = list["results"].as_array().expect("rows").iter();
    rows.map(|row| row[name].clone()).collect()
}

const MODES: [&str; 8] = [
    "ANSI_QUOTES",
    "NO_BACKSLASH_ESCAPES",
    "PAD_CHAR_TO_FULL_LENGTH",
    "ORACLE",
    "EMPTY_STRING_IS_NULL",
    "HIGH_NOT_PRECEDENCE",
    "IGNORE_SPACE",
    "REAL_AS_FLOAT",
];

#[tokio::test(flavor = "multi_thread")]
async fn r200_the_mode_of_a_session_changes_no_type_and_no_answer() {
    let Some(fresh) = fresh(Kind::MySql).await else {
        return;
    };
    fresh
        .execute(
            "CREATE TABLE `odd``s` (id int PRIMARY KEY, `a``b` json, doc json NOT NULL, word varchar(20), host inet6, day date); \
             INSERT INTO `odd``s` VALUES (1, '{\"a\":1}', '[1]', 'a\\\\b', '::1', '2020-01-02'), (2, NULL, '{}', '', NULL, NULL)",
        )
        .await;
    let plain = ask(&served(&fresh.db).await, "/odd~60s/").await;
    assert_eq!(plain.json()["results"][0]["doc"], json!([1]));
    assert_eq!(plain.json()["results"][0]["a`b"], json!({"a": 1}));
    assert_eq!(plain.json()["results"][1]["host"], Value::Null);
    for mode in MODES {
        let api = served(&in_mode(&fresh, mode)).await;
        let answer = ask(&api, "/odd~60s/").await;
        assert_eq!(answer.body, plain.body, "{mode}");
        for (query, expected) in [
            ("word=a%5Cb", vec![1]),
            ("word__contains=%5C", vec![1]),
            ("word__startswith!=a", vec![2]),
            ("host__isnull=true", vec![2]),
            ("day=2020-01-02", vec![1]),
        ] {
            let found = column(&api, &format!("/odd~60s/?{query}"), "id").await;
            assert_eq!(found, json!(expected), "{mode}: {query}");
        }
    }
}

/// Numbers, counted by a view that takes longer than counting may.
async fn slow_to_count(kind: Kind) -> Option<Fresh> {
    let fresh = fresh(kind).await?;
    let view = match kind {
        Kind::Postgres => {
            "CREATE VIEW slow AS SELECT id FROM numbers WHERE pg_sleep(0.02) IS NOT NULL"
        }
        Kind::MySql => "CREATE VIEW slow AS SELECT id FROM numbers WHERE SLEEP(0.02) = 0",
        Kind::Sqlite => {
            "CREATE VIEW slow AS SELECT id FROM numbers WHERE (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c \
             WHERE n < 200000) SELECT count(*) FROM c WHERE n + numbers.id > 0) > 0"
        }
    };
    fresh
        .execute(&format!(
            "CREATE TABLE numbers (id int PRIMARY KEY); INSERT INTO numbers WITH RECURSIVE many(n) AS \
             (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 500) SELECT n FROM many; {view}"
        ))
        .await;
    Some(fresh)
}

#[tokio::test(flavor = "multi_thread")]
async fn r201_the_last_page_of_a_list_whose_count_stalls_is_a_timeout() {
    for kind in Kind::ALL {
        let Some(fresh) = slow_to_count(kind).await else {
            continue;
        };
        let table = Table::create()
            .table("slow")
            .col(ColumnDef::new("id").integer().primary_key())
            .to_owned();
        let viewset = || {
            ViewSet::new(Model::from_table("Slow", &table))
                .database(&fresh.db)
                .time_limit(Duration::from_secs(20))
        };
        let api = viewset().build().expect("an API");
        let answer = ask(&api, "/?page=last&page_size=1").await;
        assert_eq!(answer.status, 503, "{kind}: {}", answer.body);
        assert_eq!(answer.json()["code"], "timeout", "{kind}");
        assert!(answer.header("retry-after").is_some(), "{kind}");
        let api = viewset().count(Count::Off).build().expect("an API");
        let answer = ask(&api, "/?page=last&page_size=1").await;
        assert_eq!(answer.status, 400, "{kind}: {}", answer.body);
        assert_eq!(answer.json()["code"], "count_unavailable", "{kind}");
    }
}

/// UUIDs in the order of their texts; MariaDB's type puts the last of these first.
const UUIDS: [&str; 4] = [
    "00000000-0000-1000-8000-000000000009",
    "00000000-0000-4000-8000-000000000001",
    "11111111-0000-1000-8000-000000000003",
    "22222222-0000-1000-8000-000000000000",
];

#[tokio::test(flavor = "multi_thread")]
async fn r202_uuids_are_ordered_as_they_are_shown() {
    for kind in Kind::ALL {
        let Some(fresh) = fresh(kind).await else {
            continue;
        };
        let rows: Vec<_> = UUIDS
            .iter()
            .rev()
            .map(|uuid| format!("('{uuid}')"))
            .collect();
        fresh
            .execute(&format!(
                "CREATE TABLE things (id uuid PRIMARY KEY); INSERT INTO things VALUES {};
                 CREATE TABLE parts (id int PRIMARY KEY, thing_id uuid REFERENCES things (id));
                 INSERT INTO parts SELECT 1, id FROM things WHERE id = '{}'",
                rows.join(", "),
                UUIDS[1]
            ))
            .await;
        let table = Table::create()
            .table("things")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .to_owned();
        let model = Model::from_table("Thing", &table);
        let by_hand = match kind {
            Kind::MySql => model.column("id", |id| id.uuid_format(UuidFormat::Native)),
            Kind::Sqlite | Kind::Postgres => model,
        };
        let by_hand = ViewSet::new(by_hand).database(&fresh.db);
        let by_hand = Router::new()
            .register("things", by_hand)
            .build()
            .expect("an API");
        for api in [served(&fresh.db).await, by_hand] {
            for (query, expected) in [
                ("".to_owned(), &UUIDS[..]),
                ("page_size=1&page=2".to_owned(), &UUIDS[1..2]),
                ("page_size=3&page=last".to_owned(), &UUIDS[3..]),
                (format!("id__gt={}", UUIDS[0]), &UUIDS[1..]),
                (format!("id__gte={}", UUIDS[1]), &UUIDS[1..]),
                (format!("id__lt={}", UUIDS[3]), &UUIDS[..3]),
                (format!("id__lte={}", UUIDS[1]), &UUIDS[..2]),
                (format!("id__range={},{}", UUIDS[1], UUIDS[2]), &UUIDS[1..3]),
                (
                    format!("id__in={},{}", UUIDS[2], UUIDS[0]),
                    &[UUIDS[0], UUIDS[2]],
                ),
                (format!("id__gt!={}", UUIDS[0]), &UUIDS[..1]),
                (format!("id={}", UUIDS[3]), &UUIDS[3..]),
            ] {
                let found = column(&api, &format!("/things/?{query}"), "id").await;
                assert_eq!(found, json!(expected), "{kind}: {query}");
            }
            let falling = column(&api, "/things/?ordering=-id", "id").await;
            let expected: Vec<_> = UUIDS.iter().rev().collect();
            assert_eq!(falling, json!(expected), "{kind}");
        }
        let api = served(&fresh.db).await;
        let part = ask(&api, "/parts/1/?expand=thing").await.json();
        assert_eq!(part["thing"]["id"], UUIDS[1], "{kind}");
        let above = column(&api, &format!("/parts/?thing__id__gt={}", UUIDS[0]), "id").await;
        assert_eq!(above, json!([1]), "{kind}");
    }
}

fn owners() -> [TableCreateStatement; 2] {
    let owners = Table::create()
        .table("owners")
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(ColumnDef::new("name").string())
        .to_owned();
    let cars = Table::create()
        .table("cars")
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(ColumnDef::new("make").string())
        .col(ColumnDef::new("owner_id").integer())
        .foreign_key(
            ForeignKey::create()
                .from("cars", "owner_id")
                .to("owners", "id"),
        )
        .to_owned();
    [owners, cars]
}

#[tokio::test(flavor = "multi_thread")]
async fn r203_a_negated_relation_is_planned_as_an_anti_join() {
    let Some(fresh) = fresh(Kind::Postgres).await else {
        return;
    };
    for table in &owners() {
        fresh.create(table).await;
    }
    fresh
        .execute(
            "INSERT INTO owners SELECT n, 'o' || n FROM generate_series(1, 5000) n; \
             INSERT INTO cars SELECT n, CASE n % 3 WHEN 0 THEN 'Ford' WHEN 1 THEN 'Fiat' END, NULLIF(n % 5000, 0) \
             FROM generate_series(1, 5000) n; ANALYZE",
        )
        .await;
    let db = fresh.over_one_connection();
    let api = cars(&db);
    for (query, value, node) in [
        ("owner__cars__make!=Ford", "Ford", "Anti Join"),
        ("owner__name!=o7", "o7", "Anti Join"),
        ("owner__cars__make=Ford", "Ford", "Semi Join"),
        ("owner__cars__isnull=true", "", ""),
    ] {
        let answer = ask(&api, &format!("/cars/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let plan = last_plan(&db, value).await;
        assert!(plan.contains(node), "{query}: {plan}");
        assert!(!plan.contains("SubPlan"), "{query}: {plan}");
    }
}

/// Checks counts of filters through relations over 5,000 rows without an index, each within a second.
async fn check_counts_over_no_index(cases: &[(&str, u64)]) {
    let Some(fresh) = fresh(Kind::MySql).await else {
        return;
    };
    for table in &owners() {
        fresh.create(table).await;
    }
    fresh
        .execute(
            "INSERT INTO owners SELECT seq, CONCAT('o', seq) FROM seq_1_to_5000; \
             INSERT INTO cars SELECT seq, CASE seq % 3 WHEN 0 THEN 'Ford' WHEN 1 THEN 'Fiat' END, NULLIF(seq % 5000, 0) \
             FROM seq_1_to_5000",
        )
        .await;
    let api = cars(&fresh.db);
    for (query, count) in cases {
        let started = Instant::now();
        let answer = ask(&api, &format!("/cars/?{query}")).await;
        assert_eq!(answer.json()["count"], *count, "{query}: {}", answer.body);
        assert!(started.elapsed() < Duration::from_secs(1), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r208_a_negated_relation_over_no_index_reads_each_table_once_on_mariadb() {
    check_counts_over_no_index(&[("owner__cars__make!=Ford", 3334), ("owner__name!=o3", 4999)])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r210_relations_through_relations_over_no_index_read_each_table_once_on_mariadb() {
    check_counts_over_no_index(&[
        ("owner__cars__make=Ford", 1666),
        ("owner__cars__make=none", 0),
        ("owner__cars__make!=Ford", 3334),
        ("owner__cars__isnull=false", 4999),
        ("owner__cars__isnull=true", 1),
        ("owner__cars__owner__name=o3", 1),
        ("owner__cars__owner__cars__make=Fiat", 1667),
    ])
    .await;
}

/// Cars and their owners, who have cars.
fn cars(db: &Database) -> Api {
    let [owners, cars] = owners();
    let owner = Model::from_table("Owner", &owners);
    Router::new()
        .register("owners", ViewSet::new(owner).database(db))
        .register(
            "cars",
            ViewSet::new(Model::from_table("Car", &cars)).database(db),
        )
        .build()
        .expect("an API")
}

/// How PostgreSQL runs the statement that the only connection prepared last: a first page with its total.
async fn last_plan(db: &Database, value: &str) -> String {
    let pool = db.postgres_pool().expect("a pool");
    let mut connection = pool.acquire().await.expect("the connection");
    let last = "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements \
        WHERE statement LIKE '%\"cars\"%' ORDER BY prepare_time DESC, length(name) DESC, name DESC LIMIT 1";
    let (name, count): (String, i32) = sqlx::query_as(sqlx::AssertSqlSafe(last))
        .persistent(false)
        .fetch_one(&mut *connection)
        .await
        .expect("a statement");
    let mut values = vec![format!("'{value}'"); usize::try_from(count - 2).expect("a count")];
    values.extend(["25".to_owned(), "0".to_owned()]);
    let explain = format!("EXPLAIN EXECUTE {name}({})", values.join(", "));
    let lines: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(explain))
        .persistent(false)
        .fetch_all(&mut *connection)
        .await
        .expect("a plan");
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn r204_connections_of_our_own_compile_no_plan() {
    let Some(fresh) = fresh(Kind::Postgres).await else {
        return;
    };
    fresh
        .execute("CREATE VIEW settings AS SELECT current_setting('jit') AS jit")
        .await;
    let asked = async |url: &str| {
        let db = Database::connect(url).await.expect("a connection");
        column(&served(&db).await, "/settings/", "jit").await
    };
    let url = fresh.url.as_deref().expect("a server");
    assert_eq!(asked(url).await, json!(["off"]));
    assert_eq!(
        asked(&format!("{url}?options=-c%20jit%3Don")).await,
        json!(["on"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r205_a_table_that_is_rewritten_is_never_empty() {
    let Some(fresh) = fresh(Kind::Postgres).await else {
        return;
    };
    fresh
        .execute(
            "CREATE TABLE owners (id int PRIMARY KEY, name text); \
             CREATE TABLE cars (id int PRIMARY KEY, make text, owner_id int REFERENCES owners); \
             INSERT INTO owners SELECT n, 'o' || n FROM generate_series(1, 50) n; \
             INSERT INTO cars SELECT n, 'm', 1 + n % 50 FROM generate_series(1, 500) n; \
             CREATE VIEW seen AS SELECT id, owner_id FROM cars; CREATE MATERIALIZED VIEW kept AS SELECT id FROM owners; \
             CREATE UNIQUE INDEX ON kept (id)",
        )
        .await;
    let api = served(&fresh.db).await;
    let paths = [
        ("/cars/?page=last&page_size=3", 500),
        ("/cars/?page_size=3&expand=owner", 500),
        ("/cars/?page_size=3&owner__name__contains=o", 500),
        ("/cars/?page_size=3", 500),
        ("/owners/7/cars/", 10),
        ("/owners/?page_size=2&expand=cars&ordering=-name", 50),
        ("/seen/?page=last&page_size=3", 500),
        ("/kept/?page=last&page_size=3", 50),
        ("/cars/5/", 0),
        ("/cars/5/?expand=owner", 0),
        ("/owners/7/?expand=cars", 0),
    ];
    let until = Instant::now() + Duration::from_secs(4);
    let mut readers = tokio::task::JoinSet::new();
    for reader in 0..6 {
        let api = api.clone();
        readers.spawn(async move {
            let mut count = 0;
            while Instant::now() < until {
                let (path, rows) = paths[(reader + count) % paths.len()];
                let answer = ask(&api, path).await;
                count += 1;
                assert!(
                    matches!(answer.status, 200 | 503),
                    "{path}: {}",
                    answer.body
                );
                if answer.status == 503 {
                    continue;
                }
                let json = answer.json();
                match rows {
                    0 if path.ends_with("expand=owner") => {
                        assert_eq!(json["owner"]["name"], "o6", "{path}: {json}");
                    }
                    0 if path.ends_with("expand=cars") => {
                        let cars = json["cars"]["results"].as_array().map(Vec::len);
                        assert_eq!(cars, Some(10), "{path}: {json}");
                    }
                    0 => assert_eq!(json["id"], 5),
                    rows => assert_eq!(json["count"], rows, "{path}: {json}"),
                }
                if path.contains("ordering=-name") {
                    assert_eq!(
                        json["results"][0]["cars"]["results"][0]["owner_id"], 9,
                        "{json}"
                    );
                }
            }
            count
        });
    }
    let rewrites = [
        "ALTER TABLE cars ALTER COLUMN make TYPE text USING make || ''",
        "ALTER TABLE owners ALTER COLUMN name TYPE text USING name || ''",
        "VACUUM FULL cars",
        "CLUSTER owners USING owners_pkey",
        "REFRESH MATERIALIZED VIEW kept",
    ];
    for at in 0.. {
        if Instant::now() >= until {
            break;
        }
        fresh.execute(rewrites[at % rewrites.len()]).await;
    }
    while let Some(count) = readers.join_next().await {
        assert!(count.expect("right answers") > 20);
    }
}

/// What is served of a database, and why the rest is not.
async fn reflected(fresh: &Fresh) -> (Api, Vec<(String, String)>) {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let left_out = schema.left_out().iter();
    let left_out = left_out.map(|one| (one.what().to_owned(), one.reason().to_owned()));
    let left_out = left_out.collect();
    (Router::of(schema).build().expect("an API"), left_out)
}

const BROKEN_IN_POSTGRES: &str = "
    CREATE TABLE rates (id int PRIMARY KEY, rate int); INSERT INTO rates VALUES (1, 2); CREATE SCHEMA inside;
    CREATE TABLE inside.factors (f int); INSERT INTO inside.factors VALUES (3);
    CREATE FUNCTION late(x int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN x * (SELECT f FROM factors); END';
    CREATE VIEW late_bound AS SELECT id, late(rate) AS rate FROM rates;
    SET search_path = public, inside;
    CREATE FUNCTION early(x int) RETURNS int LANGUAGE sql AS 'SELECT x * f FROM factors'; SET search_path = public;
    CREATE VIEW early_bound AS SELECT id, early(rate) AS rate FROM rates;
    CREATE VIEW whole AS SELECT * FROM rates;
    CREATE VIEW slow AS SELECT id, pg_sleep(2) IS NULL AS rate FROM rates;
    CREATE SEQUENCE tickets; CREATE VIEW writes AS SELECT id, nextval('tickets') AS rate FROM rates;
    CREATE EXTENSION postgres_fdw;
    CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');
    CREATE USER MAPPING FOR postgres SERVER away;
    CREATE FOREIGN TABLE far (id int, rate int) SERVER away";

const BROKEN_IN_MARIADB: &str = "
    CREATE TABLE `rates` (id int PRIMARY KEY, rate int); INSERT INTO rates VALUES (1, 2);
    CREATE TABLE gone (id int); CREATE VIEW invalid AS SELECT id FROM gone; DROP TABLE gone;
    CREATE DEFINER = 'nobody_here'@'localhost' SQL SECURITY DEFINER VIEW orphan AS SELECT id FROM rates;
    CREATE FUNCTION late(x int) RETURNS int READS SQL DATA
    BEGIN IF x > 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no factors'; END IF; RETURN x; END;
    CREATE VIEW late_bound AS SELECT id, late(rate) AS rate FROM rates;
    CREATE VIEW whole AS SELECT * FROM rates;
    CREATE VIEW slow AS SELECT id, SLEEP(2) AS rate FROM rates;
    CREATE TABLE one (id int PRIMARY KEY) ENGINE = MyISAM; CREATE TABLE merged (id int) ENGINE = MERGE UNION = (one);
    DROP TABLE one";

#[tokio::test(flavor = "multi_thread")]
async fn r206_what_cannot_be_read_is_left_out_with_the_reason() {
    let no_factors = "a view that cannot be read: relation \"factors\" does not exist";
    let far = "a table that cannot be read: could not connect to server \"away\"";
    let view = "a view that cannot be read: ";
    let of_postgres = [
        ("late_bound", no_factors),
        ("early_bound", no_factors),
        ("far", far),
    ];
    let of_mariadb = [
        ("invalid", view),
        ("orphan", view),
        ("late_bound", "a view that cannot be read: no factors"),
        ("merged", "a table that cannot be read: "),
    ];
    for (kind, sql, broken) in [
        (Kind::Postgres, BROKEN_IN_POSTGRES, &of_postgres[..]),
        (Kind::MySql, BROKEN_IN_MARIADB, &of_mariadb),
    ] {
        let Some(fresh) = fresh(kind).await else {
            continue;
        };
        fresh.execute(sql).await;
        let (api, left_out) = reflected(&fresh).await;
        for (name, reason) in broken {
            let found = left_out.iter().find(|(what, _)| what == name);
            let (_, found) = found.unwrap_or_else(|| panic!("{kind}: {name} in {left_out:?}"));
            assert!(found.starts_with(reason), "{kind}: {name}: {found}");
            let answer = ask(&api, &format!("/{name}/")).await;
            assert_eq!(answer.status, 404, "{kind}: {name}");
        }
        for path in ["/whole/", "/rates/"] {
            assert_eq!(
                column(&api, path, "rate").await,
                json!([2]),
                "{kind}: {path}"
            );
        }
        let is_left_out = |name: &str| left_out.iter().any(|(what, _)| what == name);
        assert!(
            !is_left_out("slow") && !is_left_out("writes"),
            "{kind}: {left_out:?}"
        );
    }
}

/// A view that works out its rows in 150 ms, and counts how often it does.
async fn dear(kind: Kind) -> Option<Fresh> {
    let fresh = fresh(kind).await?;
    let view = match kind {
        Kind::Postgres => {
            "CREATE SEQUENCE works; CREATE VIEW dear AS WITH once AS MATERIALIZED \
             (SELECT nextval('works') AS n, pg_sleep(0.15)) SELECT id, word FROM words, once WHERE n > 0"
        }
        Kind::MySql => {
            "CREATE SEQUENCE works; CREATE VIEW dear AS SELECT id, word FROM words, \
             (SELECT NEXTVAL(works) AS n, SLEEP(0.15) AS s FROM words LIMIT 1) once WHERE n > 0 AND s = 0"
        }
        Kind::Sqlite => {
            "CREATE VIEW dear AS WITH RECURSIVE c(n) AS MATERIALIZED (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) \
             SELECT id, word FROM words WHERE (SELECT count(*) FROM c) > 0"
        }
    };
    fresh
        .execute(&format!(
            "CREATE TABLE words (id int PRIMARY KEY, word varchar(9)); INSERT INTO words WITH RECURSIVE many(n) AS \
             (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 60) SELECT n, 'w' FROM many; {view}"
        ))
        .await;
    Some(fresh)
}

#[tokio::test(flavor = "multi_thread")]
async fn r207_a_dear_view_is_read_once_for_a_page_and_its_total() {
    for kind in Kind::ALL {
        let Some(fresh) = dear(kind).await else {
            continue;
        };
        let table = Table::create()
            .table("dear")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("word").string())
            .to_owned();
        let api = ViewSet::new(Model::from_table("Dear", &table)).database(&fresh.db);
        let api = api.page_size(25).build().expect("an API");
        let first = ask(&api, "/?word=w").await;
        assert_eq!(first.json()["count"], 60, "{kind}: {}", first.body);
        let works = async || match kind {
            Kind::Sqlite => 0,
            Kind::Postgres => fresh.number("SELECT last_value FROM works").await,
            Kind::MySql => fresh.number("SELECT CAST(NEXTVAL(works) AS SIGNED)").await,
        };
        for _ in 0..3 {
            let before = works().await;
            let next = ask(&api, "/?word=w").await;
            assert_eq!(next.body, first.body, "{kind}");
            let most = if kind == Kind::MySql { 2 } else { 1 };
            assert!(works().await - before <= most, "{kind}");
        }
        let beyond = ask(&api, "/?word=w&page=9").await;
        assert_eq!(beyond.json()["code"], "no_such_page", "{kind}");
        let none = ask(&api, "/?word=x").await.json();
        assert_eq!(
            (&none["count"], &none["pages"]),
            (&json!(0), &json!(1)),
            "{kind}"
        );
    }
}

/// A column of every type that has an order: its name, its type, and rising values as each kind of database writes them.
struct Ordered {
    name: &'static str,
    ty: fn(&mut ColumnDef) -> &mut ColumnDef,
    format: TimestampFormat,
    values: [&'static str; 4],
}

const ORDERED: [Ordered; 13] = {
    const fn of(
        name: &'static str,
        ty: fn(&mut ColumnDef) -> &mut ColumnDef,
        values: [&'static str; 4],
    ) -> Ordered {
        formatted(name, ty, TimestampFormat::Space, values)
    }
    const fn formatted(
        name: &'static str,
        ty: fn(&mut ColumnDef) -> &mut ColumnDef,
        format: TimestampFormat,
        values: [&'static str; 4],
    ) -> Ordered {
        Ordered {
            name,
            ty,
            format,
            values,
        }
    }
    [
        of("flag", ColumnDef::boolean, ["0", "0", "1", "1"]),
        of("whole", ColumnDef::integer, ["0", "1", "2", "10"]),
        of("half", ColumnDef::double, ["0.25", "0.5", "2.5", "10.5"]),
        of(
            "amount",
            |column| column.decimal_len(9, 2),
            ["0.25", "0.50", "9.50", "10.25"],
        ),
        of(
            "digits",
            |column| column.custom("decimal_text"),
            ["0.25", "0.50", "9.50", "10.25"],
        ),
        of("word", ColumnDef::text, ["a", "b", "c", "d"]),
        of(
            "day",
            ColumnDef::date,
            ["2019-01-02", "2020-01-02", "2020-01-03", "2021-01-01"],
        ),
        of(
            "clock",
            ColumnDef::time,
            ["09:00:00", "10:00:00", "10:00:00.5", "11:00:00"],
        ),
        of(
            "moment",
            ColumnDef::date_time,
            [
                "2019-01-02 10:00:00",
                "2020-01-02 10:00:00",
                "2020-01-02 10:00:00.5",
                "2020-01-02 11:00:00",
            ],
        ),
        formatted(
            "zoned",
            ColumnDef::timestamp_with_time_zone,
            TimestampFormat::SpaceOffset,
            [
                "2019-01-02 10:00:00+00:00",
                "2020-01-02 10:00:00+00:00",
                "2020-01-02 10:00:00.5+00:00",
                "2020-01-02 11:00:00+00:00",
            ],
        ),
        formatted(
            "mixed",
            ColumnDef::date_time,
            TimestampFormat::Any,
            [
                "2019-01-02",
                "2020-01-02 10:00:00",
                "2020-01-02T10:00:00.5",
                "2020-01-02 11:00:00",
            ],
        ),
        of("code", ColumnDef::uuid, UUIDS),
        of("raw", ColumnDef::blob, ["00", "01", "02", "10"]),
    ]
};

impl Ordered {
    /// Whether the kind of database has the type.
    fn is_of(&self, kind: Kind) -> bool {
        !matches!(
            (self.name, kind),
            ("amount", Kind::Sqlite) | ("digits", Kind::Postgres)
        )
    }

    fn literal(&self, kind: Kind, value: &str) -> String {
        match (self.name, kind) {
            ("flag", Kind::Postgres) => format!("'{value}'"),
            ("flag" | "whole" | "half", _) => value.to_owned(),
            ("raw", Kind::Postgres) => format!("'\\x{value}'"),
            ("raw", _) => format!("X'{value}'"),
            ("code", Kind::MySql) => format!("X'{}'", value.replace('-', "")),
            ("zoned", Kind::MySql) => format!("'{}'", value.replace("+00:00", "")),
            _ => format!("'{value}'"),
        }
    }
}

/// Cars of owners, who have a maker with a value in each column: the fourth maker has none, and the fifth the least.
async fn with_makers(kind: Kind) -> Option<(Fresh, [TableCreateStatement; 3])> {
    let fresh = fresh(kind).await?;
    let key = || {
        ColumnDef::new("id")
            .integer()
            .not_null()
            .primary_key()
            .to_owned()
    };
    let leads = |name: &str, by: &str, to: &str| {
        Table::create()
            .table(name.to_owned())
            .col(key())
            .col(ColumnDef::new(by.to_owned()).integer())
            .foreign_key(
                ForeignKey::create()
                    .from(name.to_owned(), by.to_owned())
                    .to(to.to_owned(), "id"),
            )
            .to_owned()
    };
    let mut makers = Table::create().table("makers").col(key()).to_owned();
    let columns = || ORDERED.iter().filter(|column| column.is_of(kind));
    for Ordered { name, ty, .. } in columns() {
        makers.col(ty(&mut ColumnDef::new(*name)));
    }
    let tables = [
        makers,
        leads("owners", "maker_id", "makers"),
        leads("cars", "owner_id", "owners"),
    ];
    for table in &tables {
        fresh.create(table).await;
    }
    for (id, value) in [
        (1, Some(1)),
        (2, Some(2)),
        (3, Some(3)),
        (4, None),
        (5, Some(0)),
    ] {
        let literal = |column: &Ordered| {
            value.map_or("NULL".to_owned(), |at: usize| {
                column.literal(kind, column.values[at])
            })
        };
        let values: Vec<_> = columns().map(literal).collect();
        let values = values.join(", ");
        fresh
            .execute(&format!("INSERT INTO makers VALUES ({id}, {values})"))
            .await;
    }
    // The seventh owner is out of sight; the eighth car has none.
    fresh
        .execute(
            "INSERT INTO owners VALUES (1, 3), (2, 1), (3, 4), (4, 2), (5, 5), (6, NULL), (7, 1); \
             INSERT INTO cars VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6), (7, 7), (8, NULL)",
        )
        .await;
    Some((fresh, tables))
}

#[tokio::test(flavor = "multi_thread")]
async fn r209_a_list_is_ordered_by_any_type_through_relations_with_a_scope() {
    for kind in Kind::ALL {
        let Some((fresh, tables)) = with_makers(kind).await else {
            continue;
        };
        let models = tables.map(|table| Model::from_table("Row", &table));
        let columns = ORDERED.iter().filter(|column| column.is_of(kind));
        let columns: Vec<_> = columns.collect();
        let api = |scoped: bool| {
            let [makers, owners, cars] = models.clone();
            let makers = columns.iter().fold(makers, |makers, column| {
                let of_moments = matches!(column.name, "zoned" | "mixed");
                match of_moments {
                    true => makers.column(column.name, |own| own.timestamp_format(column.format)),
                    false => makers,
                }
            });
            let of = |model: Model| ViewSet::new(model).database(&fresh.db);
            let seen = |most: i64| {
                move |_: &Head| {
                    Ok(Condition::column("id")
                        .gte(1)
                        .and(Condition::column("id").lte(most)))
                }
            };
            let (makers, owners) = match scoped {
                true => (of(makers).scope(seen(4)), of(owners).scope(seen(6))),
                false => (of(makers), of(owners)),
            };
            Router::new()
                .register("makers", makers)
                .register("owners", owners)
                .register("cars", of(cars))
                .build()
                .expect("an API")
        };
        // What leads nowhere is null, and nulls are last: the fifth maker, the seventh owner. The first and the fifth maker
        // have one truth, as have the second and the third.
        let scoped = [[2, 4, 1, 3, 5, 6, 7, 8], [3, 5, 6, 7, 8, 1, 4, 2]];
        let scoped_flags = [[2, 1, 4, 3, 5, 6, 7, 8], [3, 5, 6, 7, 8, 1, 4, 2]];
        let open = [[5, 2, 7, 4, 1, 3, 6, 8], [3, 6, 8, 1, 4, 2, 7, 5]];
        let open_flags = [[2, 5, 7, 1, 4, 3, 6, 8], [3, 6, 8, 1, 4, 2, 5, 7]];
        for (api, others, flags) in [
            (api(true), scoped, scoped_flags),
            (api(false), open, open_flags),
        ] {
            for Ordered { name, .. } in &columns {
                let expected = if *name == "flag" { flags } else { others };
                for (sign, expected) in ["", "-"].into_iter().zip(expected) {
                    let query = format!("/cars/?ordering={sign}owner__maker__{name},id");
                    let found = column(&api, &query, "id").await;
                    assert_eq!(found, json!(expected), "{kind}: {query}");
                    let query = format!("{query}&page_size=3&page=last");
                    let found = column(&api, &query, "id").await;
                    assert_eq!(found, json!(&expected[6..]), "{kind}: {query}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r211_texts_of_a_collation_without_patterns_are_looked_up_on_postgres() {
    let Some(fresh) = fresh(Kind::Postgres).await else {
        return;
    };
    fresh
        .execute(
            "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); \
             CREATE TABLE words (code text COLLATE loose PRIMARY KEY, id integer, text text COLLATE loose, short varchar(20) COLLATE loose, \
                state varchar(9) COLLATE loose NOT NULL DEFAULT 'open'); \
             CREATE TABLE uses (id integer PRIMARY KEY, word_id text COLLATE loose REFERENCES words (code)); \
             INSERT INTO words (code, id, text, short) VALUES ('A', 1, 'Alpha', 'Alpha'), ('b', 2, 'alpha', 'alpha'), ('c', 3, 'ALPHA!_b%', 'ALPHA!_b%'), \
                ('d', 4, 'Äpfel', 'Äpfel'), ('e', 5, 'äpfel', 'äpfel'), ('f', 6, NULL, NULL); \
             INSERT INTO uses VALUES (1, 'a'), (2, 'B'), (3, 'c'), (4, 'D'), (5, NULL); \
             UPDATE words SET state = 'OPEN' WHERE id > 2",
        )
        .await;
    let text = |name: &'static str| ColumnDef::new(name).string().to_owned();
    let words = Table::create()
        .table("words")
        .col(ColumnDef::new("code").string().primary_key())
        .col(ColumnDef::new("id").integer())
        .col(ColumnDef::new("text").text())
        .col(text("short"))
        .col(
            ColumnDef::new("state")
                .enumeration("state", ["open", "shut"])
                .not_null(),
        )
        .to_owned();
    let uses = Table::create()
        .table("uses")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(text("word_id"))
        .foreign_key(
            ForeignKey::create()
                .from("uses", "word_id")
                .to("words", "code"),
        )
        .to_owned();
    let of = |table: &TableCreateStatement| {
        ViewSet::new(Model::from_table("Row", table)).database(&fresh.db)
    };
    let declared = Router::new()
        .register("words", of(&words).search(["text", "short"]))
        .register("uses", of(&uses))
        .build()
        .expect("an API");
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let reflected = Router::of(schema)
        .configure("words", |words| words.search(["text", "short"]))
        .build()
        .expect("an API");
    for (which, api) in [("declared", declared), ("reflected", reflected)] {
        for column_name in ["text", "short"] {
            for (lookup, expected) in [
                ("=alpha", json!([2])),
                ("!=alpha", json!([1, 3, 4, 5, 6])),
                ("__in=alpha,äpfel", json!([2, 5])),
                ("__in=ALPHA,Alpha,alphA", json!([1])),
                ("__iexact=ALPHA", json!([1, 2])),
                ("__iexact=ÄPFEL", json!([4, 5])),
                ("__contains=lph", json!([1, 2])),
                ("__contains!=lph", json!([3, 4, 5, 6])),
                ("__contains=!_b%25", json!([3])),
                ("__icontains=LPH", json!([1, 2, 3])),
                ("__icontains=!_B%25", json!([3])),
                ("__icontains=ÄP", json!([4, 5])),
                ("__icontains!=lph", json!([4, 5, 6])),
                ("__startswith=al", json!([2])),
                ("__istartswith=al", json!([1, 2, 3])),
                ("__endswith=a", json!([1, 2])),
                ("__iendswith=A", json!([1, 2])),
                ("__iendswith=%25", json!([3])),
                ("__gt=alpha", json!([3, 4, 5])),
                ("__gte=ALPHA", json!([1, 2, 3, 4, 5])),
                ("__range=a,alphaz", json!([1, 2, 3])),
                ("__isnull=true", json!([6])),
            ] {
                let query = format!("/words/?{column_name}{lookup}&ordering=id");
                let found = column(&api, &query, "id").await;
                assert_eq!(found, expected, "{which}: {query}");
                if !lookup.contains('!') && lookup != "__isnull=true" {
                    let query = format!("/uses/?word__{column_name}{lookup}&ordering=id");
                    let near: Vec<_> = expected.as_array().expect("rows").clone();
                    let near = near.into_iter().filter(|id| *id != json!(5));
                    let found = column(&api, &query, "id").await;
                    assert_eq!(found, near.collect::<Value>(), "{which}: {query}");
                }
            }
        }
        for (query, expected) in [
            ("/words/?search=ALPHA&ordering=id", json!([1, 2, 3])),
            ("/words/?search=äpfel&ordering=id", json!([4, 5])),
            ("/words/?ordering=text,id", json!([1, 2, 3, 4, 5, 6])),
            (
                "/words/?ordering=-text,id&page_size=2&page=last",
                json!([1, 2]),
            ),
            ("/words/?code=a", json!([])),
            ("/words/?state=open&ordering=id", json!([1, 2])),
            ("/words/?state__in=open,shut&ordering=id", json!([1, 2])),
            ("/words/?state!=open&ordering=id", json!([3, 4, 5, 6])),
            ("/words/?code__icontains=B", json!([2])),
            ("/uses/?ordering=word__text,id", json!([1, 2, 3, 4, 5])),
            ("/uses/?word__code__startswith=A", json!([1])),
            ("/uses/?word_id__iexact=B", json!([2])),
        ] {
            assert_eq!(
                column(&api, query, "id").await,
                expected,
                "{which}: {query}"
            );
        }
        for path in ["/words/a/", "/words/A/", "/words/B/"] {
            assert_eq!(ask(&api, path).await.status, 200, "{which}: {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r212_a_row_that_a_view_cannot_work_out_is_a_failure_of_the_server() {
    for kind in Kind::reachable().await {
        let value = match kind {
            Kind::Sqlite => "abs(CASE id WHEN 900 THEN -9223372036854775807 - 1 ELSE 7 END)",
            Kind::Postgres => "word::int",
            Kind::MySql => "CASE id WHEN 900 THEN 9223372036854775807 + id ELSE 7 END",
        };
        let fresh = kind.fresh().await;
        // The row stands beyond those that reflection reads.
        fresh
            .execute(&format!(
                "CREATE TABLE words (id int PRIMARY KEY, word varchar(9)); \
                 INSERT INTO words WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 900) \
                    SELECT n, CASE n WHEN 900 THEN 'x' ELSE '7' END FROM i; \
                 CREATE VIEW numbers AS SELECT id, {value} AS number FROM words"
            ))
            .await;
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let api = Router::of(schema).build().expect("an API");
        assert_eq!(
            column(&api, "/numbers/?id=1", "number").await,
            json!([7]),
            "{kind}"
        );
        let answer = ask(&api, "/numbers/?id=900").await;
        let problem = answer.json();
        assert_eq!(answer.status, 500, "{kind}: {problem}");
        assert_eq!(problem["code"], "internal", "{kind}: {problem}");
        assert_eq!(
            problem["detail"], "the server failed; its log says how",
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r213_a_removed_member_of_an_enum_is_a_mismatch_on_postgres() {
    let Some(fresh) = fresh(Kind::Postgres).await else {
        return;
    };
    fresh
        .execute(
            "CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TABLE cats (id integer PRIMARY KEY, mood mood); \
             INSERT INTO cats VALUES (1, 'glad')",
        )
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(column(&api, "/cats/?mood=sad", "id").await, json!([]));
    fresh
        .execute("ALTER TYPE mood RENAME VALUE 'sad' TO 'mad'")
        .await;
    for query in ["mood=sad", "mood__in=glad,sad"] {
        let answer = ask(&api, &format!("/cats/?{query}")).await;
        assert_eq!(answer.status, 500, "{query}: {}", answer.body);
        assert_eq!(answer.json()["code"], "schema_mismatch", "{query}");
    }
}
