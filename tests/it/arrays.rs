//! Filters of PostgreSQL's arrays: the same rows as by PostgreSQL's operators, in memory too, found by an index.

use std::sync::Arc;

use sea_query::{ColumnDef, ColumnType, StringLen};
use serde_json::Value as Json;
use sqlx::Connection as _;
use tower_rest::{
    Api, Base, Cell, List, Manager, Model, Object, Page, Result, Retrieve, Router, Rows, Schema,
    ViewSet,
};
use tracing::{Level, instrument::WithSubscriber as _};

use crate::{
    cell_table,
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::{ask, ids},
    sweep::encoded,
};

/// Rows of the API, held in memory.
struct Held(Vec<(i64, Json)>);

impl Held {
    fn rows(&self) -> Rows {
        let texts: Vec<_> = self
            .0
            .iter()
            .map(|(id, cell)| (*id, cell.to_string()))
            .collect();
        let rows = texts.iter().map(|(id, cell)| match &**cell {
            "null" => [Cell::Integer(*id), Cell::Null],
            text => [Cell::Integer(*id), Cell::Json(text)],
        });
        Rows::new(2, rows)
    }
}

impl Manager for Held {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        list.over(base.model(), &self.rows())
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        retrieve.over(base.model(), &self.rows())
    }
}

/// A type of arrays: its name, that of its elements in sea-query, cells, and lists of items.
type OfType = (
    &'static str,
    ColumnType,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

/// Types of elements, with the element type of sea-query, values of cells, and lists of items: as in a request, and as
/// PostgreSQL reads them.
const TYPES: &[OfType] = &[
    (
        "text[]",
        ColumnType::Text,
        &[
            "'{red,blue}'",
            "'{red}'",
            "'{}'",
            "NULL",
            "'{red,NULL}'",
            "'{{red,blue},{green,red}}'",
            "'{NULL}'",
            r#"'{"a,b","say \"hi\"","back\\slash","{}","",NULL,"NULL"," x "}'"#,
            "'[0:1]={Red,é}'",
        ],
        &[
            ("red", "{red}"),
            ("red,blue", "{red,blue}"),
            ("red,red,red", "{red,red,red}"),
            ("green,red,blue,x", "{green,red,blue,x}"),
            ("", "{}"),
            ("\"\"", r#"{""}"#),
            ("\"a,b\"", r#"{"a,b"}"#),
            (
                r#""a,b","say ""hi""",back\slash,{},"",NULL, x "#,
                r#"{"a,b","say \"hi\"","back\\slash","{}","","NULL"," x "}"#,
            ),
            ("NULL", r#"{"NULL"}"#),
            ("null", r#"{"null"}"#),
            ("é", "{é}"),
            ("r%", "{r%}"),
            ("R", "{R}"),
        ],
    ),
    (
        "varchar(20)[]",
        ColumnType::String(StringLen::N(20)),
        &["'{red,blue}'", "'{}'", "NULL", "'{Red}'"],
        &[
            ("red", "{red}"),
            ("", "{}"),
            ("Red,red,blue", "{Red,red,blue}"),
        ],
    ),
    (
        "integer[]",
        ColumnType::Integer,
        &[
            "'{1,2,3}'",
            "'{}'",
            "NULL",
            "'{{1,2},{3,4}}'",
            "'{-5,NULL}'",
        ],
        &[
            ("1", "{1}"),
            ("1,2,3,4", "{1,2,3,4}"),
            ("-5", "{-5}"),
            ("", "{}"),
            ("2147483647", "{2147483647}"),
        ],
    ),
    (
        "smallint[]",
        ColumnType::SmallInteger,
        &["'{1,2}'", "'{-32768}'"],
        &[("1", "{1}"), ("-32768,1", "{-32768,1}")],
    ),
    (
        "bigint[]",
        ColumnType::BigInteger,
        &["'{9223372036854775807}'", "'{1}'"],
        &[("9223372036854775807", "{9223372036854775807}")],
    ),
    (
        "numeric(20,4)[]",
        ColumnType::Decimal(Some((20, 4))),
        &[
            "'{1.50,2}'",
            "'{NaN}'",
            "'{1.5,NaN,NULL}'",
            "'{12345678901234.5678}'",
        ],
        &[
            ("1.5", "{1.5}"),
            ("1.500,2.0", "{1.5,2}"),
            ("12345678901234.5678", "{12345678901234.5678}"),
        ],
    ),
    (
        "double precision[]",
        ColumnType::Double,
        &["'{0.1,-0}'", "'{NaN,Infinity}'", "'{1e300}'"],
        &[
            ("0.1", "{0.1}"),
            ("0", "{0}"),
            ("1e300,0.1,0", "{1e300,0.1,0}"),
        ],
    ),
    (
        "real[]",
        ColumnType::Float,
        &["'{0.1}'", "'{2}'"],
        &[("0.1", "{0.1}"), ("2,0.1", "{2,0.1}")],
    ),
    (
        "boolean[]",
        ColumnType::Boolean,
        &["'{t}'", "'{t,f}'", "'{NULL}'", "'{}'"],
        &[("true", "{t}"), ("0", "{f}"), ("true,false", "{t,f}")],
    ),
    (
        "uuid[]",
        ColumnType::Uuid,
        &["'{67e55044-10b1-426f-9247-bb680e5fe0c8}'", "'{}'"],
        &[(
            "67E55044-10b1-426f-9247-bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
        )],
    ),
    (
        "bytea[]",
        ColumnType::Blob,
        &[r"ARRAY['\x00ff'::bytea, '']", r"ARRAY['\x5c22'::bytea]"],
        &[("AP8=", r#"{"\\x00ff"}"#), ("XCI=", r#"{"\\x5c22"}"#)],
    ),
    (
        "date[]",
        ColumnType::Date,
        &[
            "'{2014-01-02,-infinity}'",
            "'{\"0001-12-31 BC\"}'",
            "'{infinity}'",
        ],
        &[
            ("2014-01-02", "{2014-01-02}"),
            ("0000-12-31", r#"{"0001-12-31 BC"}"#),
            ("-infinity,2014-01-02", "{-infinity,2014-01-02}"),
        ],
    ),
    (
        "time[]",
        ColumnType::Time,
        &["'{03:04:05.5}'", "'{23:59:59.999999}'"],
        &[
            ("03:04:05.500", "{03:04:05.5}"),
            ("23:59:59.999999", "{23:59:59.999999}"),
        ],
    ),
    (
        "timestamp[]",
        ColumnType::DateTime,
        &[
            "'{2014-01-02 03:04:05.5,infinity}'",
            "'{\"0001-01-01 00:00:00.25 BC\"}'",
        ],
        &[
            ("2014-01-02T03:04:05.5", r#"{"2014-01-02 03:04:05.5"}"#),
            ("0000-01-01T00:00:00.25", r#"{"0001-01-01 00:00:00.25 BC"}"#),
            ("infinity", "{infinity}"),
        ],
    ),
    (
        "timestamptz[]",
        ColumnType::TimestampWithTimeZone,
        &[
            "'{\"2014-01-02 00:30:00+02\",infinity}'",
            "'{\"0001-01-01 00:00:00+00 BC\"}'",
        ],
        &[
            ("2014-01-02T00:30:00+02:00", r#"{"2014-01-02 00:30:00+02"}"#),
            ("2014-01-01T22:30:00", r#"{"2014-01-02 00:30:00+02"}"#),
            ("0000-01-01T00:00:00Z", r#"{"0001-01-01 00:00:00+00 BC"}"#),
        ],
    ),
    (
        "char(4)[]",
        ColumnType::Char(Some(4)),
        &["'{ab}'", "'{cd,ab}'", "NULL"],
        &[("ab", "{ab}"), ("cd,ab", "{cd,ab}")],
    ),
    (
        "name[]",
        ColumnType::Text,
        &["'{ab}'", "'{cd,ab}'", "NULL"],
        &[("ab", "{ab}"), ("cd,ab", "{cd,ab}")],
    ),
];

const OPERATORS: [(&str, &str); 3] = [
    ("contains", "@>"),
    ("contained_by", "<@"),
    ("overlaps", "&&"),
];

/// Returns the ids of the rows that a condition in SQL selects.
async fn selected(fresh: &Fresh, condition: &str) -> Vec<i64> {
    let url = fresh.url.as_deref().expect("a server");
    let mut connection = sqlx::PgConnection::connect(url)
        .await
        .expect("a connection");
    let sql = format!("SELECT id::int8 FROM cells WHERE {condition} ORDER BY id");
    let found = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.clone()))
        .fetch_all(&mut connection)
        .await;
    found.unwrap_or_else(|error| panic!("{sql}: {error}"))
}

async fn reflected(fresh: &Fresh) -> Api {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    Router::of(schema).build().expect("an API")
}

/// Returns the ids of the rows of the table that reflection found.
async fn found(api: &Api, query: &str) -> Vec<i64> {
    let answer = ask(api, &format!("/cells/?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let rows = answer.json()["results"].as_array().expect("rows").clone();
    rows.iter()
        .map(|row| row["id"].as_i64().expect("an id"))
        .collect()
}

fn array_of(element: &ColumnType) -> ColumnDef {
    named("cell", element)
}

#[tokio::test(flavor = "multi_thread")]
async fn arrays_are_compared_as_postgresql_compares_them() {
    for (ty, element, cells, lists) in TYPES {
        let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
            return;
        };
        cell_table::create(&fresh, ty, cells).await;
        let reflected = reflected(&fresh).await;
        let declared = cell_table::viewset(&fresh.db, &mut array_of(element));
        let declared = declared.build().expect("an API");
        let shown = ask(&declared, "/").await.json();
        let rows = shown["results"].as_array().expect("rows").iter();
        let held = rows.map(|row| (row["id"].as_i64().expect("an id"), row["cell"].clone()));
        let in_memory =
            cell_table::viewset(&fresh.db, &mut array_of(element)).manager(Held(held.collect()));
        let in_memory = in_memory.build().expect("an API");
        for (items, array) in *lists {
            for (lookup, operator) in OPERATORS {
                let sql = format!("cell {operator} CAST('{array}' AS {ty})");
                let expected = selected(&fresh, &sql).await;
                let others = selected(&fresh, &format!("({sql}) IS NOT TRUE")).await;
                for (end, expected) in [("", expected), ("!", others)] {
                    let query = format!("cell__{lookup}{end}={}", encoded(items));
                    assert_eq!(found(&reflected, &query).await, expected, "{ty} {query}");
                    assert_eq!(
                        ids(&declared, &query).await,
                        expected,
                        "declared {ty} {query}"
                    );
                    assert_eq!(
                        ids(&in_memory, &query).await,
                        expected,
                        "memory {ty} {query}"
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_no_element_can_be_equals_none() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    let cells = [
        "'{10:00:00.123456}'",
        "'{}'",
        "'{10:00:00.123456,11:00}'",
        "NULL",
    ];
    cell_table::create(&fresh, "time[]", &cells).await;
    let api = reflected(&fresh).await;
    for (query, expected) in [
        ("cell__contains=10:00:00.1234561", &[][..]),
        ("cell__contains=10:00:00.1234564,11:00", &[]),
        ("cell__contains!=10:00:00.1234561", &[1, 2, 3, 4]),
        ("cell__overlaps=10:00:00.1234561,11:00:00", &[3]),
        ("cell__overlaps=10:00:00.1234561", &[]),
        ("cell__contained_by=10:00:00.1234561", &[2]),
        (
            "cell__contained_by=10:00:00.123456,23:00:00.0000001",
            &[1, 2],
        ),
        ("cell__contained_by!=10:00:00.123456", &[3, 4]),
    ] {
        assert_eq!(found(&api, query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_beyond_the_floats_of_32_bits_equals_none() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    cell_table::create(&fresh, "real[]", &["'{2}'", "'{0,Infinity}'", "'{}'"]).await;
    let api = reflected(&fresh).await;
    for (query, expected) in [
        ("cell__contains=1e39", &[][..]),
        ("cell__contains=-1e39", &[]),
        ("cell__contains=1e-50", &[]),
        ("cell__overlaps=1e39,2", &[1]),
        ("cell__contained_by=1e-50,2,1e300", &[1, 3]),
        ("cell__overlaps!=1e39", &[1, 2, 3]),
    ] {
        assert_eq!(found(&api, query).await, expected, "{query}");
    }
}

/// A domain is the type below it; an array of a domain is shown as texts.
#[tokio::test(flavor = "multi_thread")]
async fn arrays_of_domains_are_served() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    fresh
        .execute(
            "CREATE DOMAIN tagged AS text[]; CREATE DOMAIN word AS text; CREATE TYPE colour AS ENUM ('red', 'blue'); \
             CREATE TABLE cells (id int PRIMARY KEY, cell tagged, words word[], colours colour[], nested int[][], \
             names varchar(3)[] COLLATE \"C\"); \
             INSERT INTO cells VALUES (1, '{a,b}', '{a}', '{red}', '{{1,2},{3,4}}', '{abc}'), (2, NULL, NULL, NULL, NULL, NULL)",
        )
        .await;
    let api = reflected(&fresh).await;
    for (query, expected) in [
        ("cell__contains=b", &[1][..]),
        ("cell__overlaps=c", &[]),
        ("nested__contains=4,1", &[1]),
        ("names__contains=abc", &[1]),
        ("names__contains=abcd", &[]),
        ("words__isnull=true", &[2]),
        ("colours__isnull=false", &[1]),
    ] {
        assert_eq!(found(&api, query).await, expected, "{query}");
    }
    for query in ["words__contains=a", "colours__overlaps=red"] {
        let refused = ask(&api, &format!("/cells/?{query}")).await;
        assert_eq!(refused.json()["code"], "unknown_lookup", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collation_that_takes_elements_for_equal_does_not_make_them_so() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    let collation = "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false)";
    fresh.execute(collation).await;
    let cells = ["'{eve}'", "'{Ève}'", "'{EVE,eve}'", "'{}'"];
    cell_table::create(&fresh, "text[] COLLATE blind", &cells).await;
    let declared = cell_table::viewset(&fresh.db, &mut array_of(&ColumnType::Text));
    let (declared, reflected) = (declared.build().expect("an API"), reflected(&fresh).await);
    for (query, expected) in [
        ("cell__contains=eve", &[1, 3][..]),
        ("cell__overlaps=EVE,x", &[3]),
        ("cell__contained_by=eve,%C3%88ve", &[1, 2, 4]),
        ("cell__overlaps!=eve", &[2, 4]),
    ] {
        assert_eq!(found(&reflected, query).await, expected, "{query}");
        assert_eq!(ids(&declared, query).await, expected, "{query}");
    }
}

/// A text whose end is blank is another text than the one without, though PostgreSQL pads both.
#[tokio::test(flavor = "multi_thread")]
async fn padded_elements_are_their_texts() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    cell_table::create(&fresh, "char(4)[]", &["'{ab}'", "'{cd,ab}'"]).await;
    let api = reflected(&fresh).await;
    for (query, expected) in [
        ("cell__contains=ab", &[1, 2][..]),
        ("cell__contains=%22ab%20%22", &[]),
        ("cell__contained_by=ab%20%20,ab", &[1]),
    ] {
        assert_eq!(found(&api, query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn elements_of_another_width_than_the_model_has_are_compared() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    cell_table::create(&fresh, "integer[]", &["'{1,2}'", "'{3}'"]).await;
    let elements = [
        ColumnType::BigInteger,
        ColumnType::SmallInteger,
        ColumnType::TinyUnsigned,
    ];
    for element in elements {
        let api = cell_table::viewset(&fresh.db, &mut array_of(&element));
        let api = api.build().expect("an API");
        assert_eq!(ids(&api, "cell__contains=1").await, [1], "{element:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_read_as_elements_before_the_database_is_asked() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    let table = "CREATE TABLE cells (id int PRIMARY KEY, words text[], numbers int[], moments timestamptz[], docs jsonb[], \
                 nets inet[], shapes point[], cased text)";
    fresh.execute(table).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema).configure("cells", ViewSet::groups);
    let api = api.build().expect("an API");
    let many = vec!["1"; 201].join(",");
    let long = "x".repeat(4097);
    for (query, code, detail) in [
        (
            "numbers__contains=a",
            "invalid_value",
            "`numbers__contains` is `a`, but takes a whole number from -2147483648 to 2147483647",
        ),
        (
            "numbers__overlaps=1,2147483648",
            "invalid_value",
            "`numbers__overlaps` is `2147483648`, but takes a whole number from -2147483648 to 2147483647",
        ),
        (
            "numbers__contains=1,,2",
            "invalid_value",
            "`numbers__contains` is `1,,2`, but takes a value between two commas; the empty text is written `\"\"`",
        ),
        (
            "numbers__contains=%22%22",
            "invalid_value",
            "`numbers__contains` is ``, but takes a value, since it is of type integer",
        ),
        (
            "words__contains=%22a",
            "invalid_value",
            "`words__contains` is `\"a`, but takes a list, in which a quote ends its item",
        ),
        (
            "moments__overlaps=2014-01-02",
            "invalid_value",
            "`moments__overlaps` is `2014-01-02`, but takes a timestamp: `YYYY-MM-DDTHH:MM:SS`, then `Z`, an offset such as `%2B02:00`, or nothing for UTC",
        ),
        (
            &*format!("numbers__contains={many}"),
            "limit_exceeded",
            "`numbers__contains` has 201 items; at most 200 are read",
        ),
        (
            &*format!("words__contains={long}"),
            "limit_exceeded",
            "`words__contains` takes values of at most 4096 bytes; this is 4097",
        ),
        (
            "words__contains=a&words__contains=b",
            "repeated",
            "`words__contains` is given more than once",
        ),
        (
            "words__icontains=a",
            "unknown_lookup",
            "`words` is of type array and has no lookup `icontains`; did you mean `contains`? Its lookups are `contains`, `contained_by`, `overlaps`, `isnull`",
        ),
        (
            "docs__contains=1",
            "unknown_lookup",
            "`docs` is of type array and has no lookup `contains`; its lookups are `isnull`",
        ),
        (
            "nets__overlaps=1",
            "unknown_lookup",
            "`nets` is of type array and has no lookup `overlaps`; its lookups are `isnull`",
        ),
        (
            "shapes__overlaps=1",
            "unknown_lookup",
            "`shapes` is of type array and has no lookup `overlaps`; its lookups are `isnull`",
        ),
        (
            "cased__overlaps=1",
            "unknown_lookup",
            "`cased` is of type text and has no lookup `overlaps`",
        ),
        (
            "or=(numbers__contains=(1,a),id=1)",
            "invalid_value",
            "`or`: at character 2, `numbers__contains` is `a`, but takes a whole number from -2147483648 to 2147483647",
        ),
        (
            "or=(id__gt=(1,2))",
            "invalid_value",
            "`or`: at character 2, `id__gt` takes one value; only `in`, `range` and the lookups of arrays take a list in parentheses",
        ),
    ] {
        let answer = ask(&api, &format!("/cells/?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        let fault = answer.json()["errors"][0].clone();
        assert_eq!(fault["code"], code, "{query}");
        let said = fault["detail"].as_str().expect("words").to_owned();
        assert!(said.starts_with(detail), "{query}: {said}");
    }
    fresh
        .execute("INSERT INTO cells (id, words, numbers) VALUES (1, '{a,b}', '{1,2}'), (2, '{a}', '{2}'), (3, NULL, NULL)")
        .await;
    for (query, expected) in [
        ("or=(numbers__contains=(1,2),id=3)", &[1, 3][..]),
        ("not=(words__overlaps=(b,c))", &[2, 3]),
        ("or=(words__contained_by=a,id=3)", &[2, 3]),
        ("words__overlaps=b,x&numbers__contains=1", &[1]),
    ] {
        assert_eq!(found(&api, query).await, expected, "{query}");
    }
    let request = http::Request::options("/cells/").header("host", "test");
    let described = crate::server::ask_with(&api, request.body(String::new()).expect("a request"));
    let described = described.await.json();
    let filters = described["filters"].as_array().expect("filters").clone();
    let lookups = |name: &str| {
        let filter = filters.iter().find(|filter| filter["name"] == name);
        filter.expect("a filter")["lookups"].clone()
    };
    let of_arrays = serde_json::json!(["contains", "contained_by", "overlaps", "isnull"]);
    assert_eq!(
        [lookups("words"), lookups("moments")],
        [of_arrays.clone(), of_arrays]
    );
}

/// The statement of a list, as it is sent.
async fn statement(api: &Api, query: &str) -> String {
    let log = Log::default();
    let path = format!("/cells/?{query}");
    let answer = ask(api, &path).with_subscriber(listening(&log)).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    let log = log.up_to(Level::DEBUG);
    let line = log
        .lines()
        .find(|line| line.contains("db.query.text="))
        .expect("a statement");
    let (_, sql) = line.split_once("db.query.text=").expect("SQL");
    let sql = sql.split_once(" rows=").map_or(sql, |(sql, _)| sql);
    serde_json::from_str::<String>(sql).unwrap_or_else(|_| sql.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_serves_what_an_array_has_and_the_keys_of_a_document() {
    let Some(fresh) = Kind::Postgres.fresh_if_reachable().await else {
        return;
    };
    let table = "CREATE TABLE cells (id int PRIMARY KEY, words text[], names varchar(30)[], numbers int[], doc jsonb); \
        INSERT INTO cells SELECT n, ARRAY['w' || n, 'all'], ARRAY['n' || n, 'all'], ARRAY[n, 0], \
            jsonb_build_object('k' || n, 1) FROM generate_series(1, 20000) n; \
        CREATE INDEX by_words ON cells USING gin (words); CREATE INDEX by_names ON cells USING gin (names); \
        CREATE INDEX by_numbers ON cells USING gin (numbers); CREATE INDEX by_doc ON cells USING gin (doc); ANALYZE";
    fresh.execute(table).await;
    let reflected = reflected(&fresh).await;
    let declared = sea_query::Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(named("words", &ColumnType::Text))
        .col(named("names", &ColumnType::String(StringLen::N(30))))
        .col(named("numbers", &ColumnType::Integer))
        .col(ColumnDef::new("doc").json_binary())
        .to_owned();
    let declared = ViewSet::new(Model::from_table("Cell", &declared)).database(&fresh.db);
    let declared = Router::new()
        .register("cells", declared)
        .build()
        .expect("an API");
    let url = fresh.url.as_deref().expect("a server");
    let mut connection = sqlx::PgConnection::connect(url)
        .await
        .expect("a connection");
    for (query, literal, index) in [
        ("words__contains=w77", "{w77}", "by_words"),
        ("words__overlaps=w77,w78", "{w77,w78}", "by_words"),
        ("names__contains=n77", "{n77}", "by_names"),
        ("names__overlaps=n77,n78", "{n77,n78}", "by_names"),
        ("numbers__contains=77", "{77}", "by_numbers"),
        ("numbers__overlaps=77,78", "{77,78}", "by_numbers"),
        ("doc__has_key=k77", "k77", "by_doc"),
    ] {
        for api in [&reflected, &declared] {
            let sql = statement(api, query).await;
            let (before, _) = sql.split_once(" ORDER BY").unwrap_or((&sql, ""));
            let text = (1..=4).rev().fold(before.to_owned(), |text, at| {
                text.replace(&format!("${at}"), &format!("'{literal}'"))
            });
            let plan =
                sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(format!("EXPLAIN {text}")));
            let plan = plan.fetch_all(&mut connection).await;
            let plan = plan
                .unwrap_or_else(|error| panic!("{text}: {error}"))
                .join("\n");
            assert!(
                plan.contains(&format!("Bitmap Index Scan on {index}")),
                "{text}: {plan}"
            );
        }
    }
}

fn named(name: &str, element: &ColumnType) -> ColumnDef {
    ColumnDef::new_with_type(
        name.to_owned(),
        ColumnType::Array(Arc::new(element.clone())),
    )
}
