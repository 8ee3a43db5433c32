//! Every common SQL type, cell by cell: as a database that is reflected serves it, in JSON, in filters and in orders.
//!
//! The table that people read is in `docs/guide/values.md`.

use tower_rest::{Api, Router, Schema};

use crate::{
    databases::{Fresh, Kind},
    server::ask,
    together::is_the_same_together,
};

/// The declared type | a literal | its JSON | queries that find it | queries that do not; `c` is the column.
///
/// What a type has no queries for is only asked whether it is null.
const SQLITE: &str = r#"
INTEGER | -9223372036854775808 | -9223372036854775808 | c=-9223372036854775808; c__lt=0; c__in=1,-9223372036854775808 | c=1; c__gt=0
TINYINT | 127 | 127 | c=127; c__range=100,127 | c=-127
BIGINT UNSIGNED | 9223372036854775807 | 9223372036854775807 | c=9223372036854775807 | c__lt=0
REAL | 0.1 | 0.1 | c=0.1; c__gt=0.05; c=1e-1 | c=0.2
DOUBLE | 1e300 | 1e+300 | c=1e300 | c__lt=1
FLOAT | 9e999 | null | c!=1; c__gt!=1e300 | c=1; c__gt=1e300
NUMERIC | 1.5 | 1.5 | c=1.5 | c=2
DECIMAL(10,2) | 1.5 | 1.5 | c=1.50 | c=2
decimal_text | '12345678901234567890.10' | "12345678901234567890.10" | c=12345678901234567890.1; c__gt=9 | c=12345678901234567890.11
BOOLEAN | TRUE | true | c=true; c=1 | c=false
TEXT | 'Škoda' | "Škoda" | c=Škoda; c__startswith=Š; c__icontains=KODA | c=škoda
VARCHAR(20) | 'a ' | "a " | c=a%20 | c=a
CHAR(5) | 'ab' | "ab" | c=ab; c__in=x,ab | c=ab%20%20%20
BLOB | x'00ff' | "AP8=" | c=AP8%3D | c=AA%3D%3D
DATE | '2014-01-02' | "2014-01-02" | c=2014-01-02; c__year=2014; c__gte=2014-01-02 | c__month=2
TIME | '03:04:05.5' | "03:04:05.5" | c=03:04:05.5; c__lt=04:00 | c=03:04:05
DATETIME | '2014-01-02 03:04:05' | "2014-01-02T03:04:05" | c=2014-01-02T03:04:05; c__date=2014-01-02 | c__day=3
TIMESTAMPTZ | '2014-01-02 03:04:05' | "2014-01-02T03:04:05Z" | c=2014-01-02T04:04:05%2B01:00 | c__gt=2014-01-02T03:04:05Z
UUID | '67e55044-10b1-426f-9247-bb680e5fe0c8' | "67e55044-10b1-426f-9247-bb680e5fe0c8" | c=67E55044-10B1-426F-9247-BB680E5FE0C8 | c=00000000-0000-0000-0000-000000000000
JSON | '{"b": 1.50, "a": [ ]}' | {"b":1.50,"a":[]} | |
POINT | 'anything' | "anything" | c=anything; c__contains=any | c=any
INTEGER GENERATED ALWAYS AS (6 * 7) | | 42 | c=42 | c=41
"#;

const POSTGRES: &str = r#"
smallint | -32768 | -32768 | c=-32768; c__lt=0; c__in=1,-32768 | c=1; c__gt=0
integer | 2147483647 | 2147483647 | c=2147483647; c__range=1, | c=1
bigint | 9223372036854775807 | 9223372036854775807 | c=9223372036854775807; c__gte=9223372036854775807 | c=9223372036854775806
oid | 4294967295 | "4294967295" | |
numeric(10,2) | 1.5 | "1.50" | c=1.5; c=1.50; c__in=1,1.5; c__lt=1.51 | c=1.51
numeric | 123456789012345678901234567890.0123456789 | "123456789012345678901234567890.0123456789" | c=123456789012345678901234567890.0123456789; c__gt=9 | c=123456789012345678901234567890.0123456788
numeric(3,-2) | 12345 | "12300" | c=12300 | c=12345
numeric | 0.000000001 | "0.000000001" | c=0.0000000010 | c=0
numeric | 'NaN' | null | c!=1; c__gt!=1 | c=1; c__gt=1; c__range=1,
numeric | 'Infinity' | null | c!=1 | c=1; c__gte=1; c__lt=1
real | 0.1 | 0.1 | c=0.1; c__in=0.1,7; c__lte=0.1 | c=0.2
real | 16777216 | 16777216.0 | c=16777216 | c=16777217.5
double precision | 0.1 | 0.1 | c=0.1; c__gt=0.05 | c=0.10000001
double precision | 'NaN' | null | c!=1 | c=1; c__gt=1
double precision | '-Infinity' | null | c!=1 | c=1; c__lt=-1e300
boolean | true | true | c=true; c=1; c!=false | c=false
char(5) | 'ab' | "ab" | c=ab; c__in=ab,x; c__endswith=b; c__iexact=AB | c=ab%20%20%20; c=a
varchar(20) | 'a ' | "a " | c=a%20; c__contains=%20 | c=a
text | 'Škoda "x" \' | "Škoda \"x\" \\" | c=Škoda%20"x"%20\; c__startswith=Š; c__contains=\; c__icontains=KODA | c=škoda; c__contains=%25
name | 'pg' | "pg" | c=pg | c=PG
"char" | 'x' | "x" | |
colour | 'red' | "red" | c=red; c__in=red,blue | c=blue; c=
colour | '' | "" | c=; c__in=red,"" | c=red; c!=
date | '2014-01-02' | "2014-01-02" | c=2014-01-02; c__year=2014; c__gte=2014-01-02; c__day=2 | c__month=2
date | 'infinity' | "infinity" | c__gt=9999-12-31; c=infinity; c__in=2014-01-02,infinity; c__gte=infinity; c__range=2014-01-02,infinity; c!=-infinity | c__year=2014; c=-infinity; c__lt=infinity; c__gt=infinity; c!=infinity
date | '-infinity' | "-infinity" | c__lt=0001-01-01; c=-infinity; c__lte=-infinity; c__lt=infinity | c=2014-01-02; c=infinity; c__gt=-infinity
date | '20000-01-01' | null | c!=2014-01-02; c__gt!=9999-12-31 | c=2014-01-02; c__gt=9999-12-31; c__range=2014-01-02,
time | '03:04:05.5' | "03:04:05.5" | c=03:04:05.5; c__lt=04:00 | c=03:04:05
time | '24:00:00' | null | c!=03:04:05 | c__gt=23:59
timetz | '03:04:05+02' | "03:04:05+02" | |
timestamp | '2014-01-02 03:04:05.678901' | "2014-01-02T03:04:05.678901" | c=2014-01-02T03:04:05.678901; c__date=2014-01-02; c__year__gt=2013 | c=2014-01-02T03:04:05.6789015
timestamp | 'infinity' | "infinity" | c__gt=9999-12-31T00:00:00; c=infinity; c__in=infinity,-infinity; c__lte=infinity | c__year=2014; c=-infinity; c__lt=infinity
timestamptz | '2014-01-02 00:30:00+02' | "2014-01-01T22:30:00Z" | c=2014-01-02T00:30:00%2B02:00; c__date=2014-01-01; c__day=1 | c__day=2
timestamptz | '-infinity' | "-infinity" | c__lt=0001-01-01T00:00:00Z; c=-infinity; c__range=-infinity,2014-01-02T00:00:00Z | c__year=2014; c__gt=-infinity
timestamptz | '0044-03-15 00:00:00 BC' | null | c!=2014-01-02T00:00:00Z | c__year=2014; c__lt=0001-01-01T00:00:00Z; c__lte=2014-01-02T00:00:00Z
timestamp | '10000-01-01 00:00:00' | null | c__gt!=9999-12-31T00:00:00 | c__gt=9999-12-31T00:00:00
interval | '1 day 02:03:04' | "1 day 02:03:04" | |
uuid | '67e55044-10b1-426f-9247-bb680e5fe0c8' | "67e55044-10b1-426f-9247-bb680e5fe0c8" | c=67E55044-10B1-426F-9247-BB680E5FE0C8; c__gt=00000000-0000-0000-0000-000000000000 | c=00000000-0000-0000-0000-000000000000
bytea | '\x00ff' | "AP8=" | c=AP8%3D; c__in=AP8%3D | c=AA%3D%3D
json | '{"b": 1.50, "a": [ ]}' | {"b":1.50,"a":[]} | |
jsonb | '{"bb": 1.50, "a": [ ]}' | {"a":[],"bb":1.50} | |
integer[] | '{1,2,NULL}' | [1,2,null] | |
text[] | '{a,"b c"}' | ["a","b c"] | |
numeric(4,2)[][] | '{{1,2},{3,4}}' | [["1.00","2.00"],["3.00","4.00"]] | |
numeric[] | '{1.50,NaN,NULL}' | ["1.50",null,null] | |
timestamptz[] | '{"2014-01-02 00:30:00+02",infinity}' | ["2014-01-01T22:30:00Z","infinity"] | |
timestamp[] | '{2014-01-02 03:04:05.5}' | ["2014-01-02T03:04:05.5"] | |
date[] | '{2014-01-02,-infinity}' | ["2014-01-02","-infinity"] | |
time[] | '{03:04}' | ["03:04:00"] | |
bytea[] | ARRAY['\x00ff'::bytea, ''] | ["AP8=",""] | |
double precision[] | '{0.1,NaN,Infinity}' | [0.1,null,null] | |
real[] | '{0.1}' | [0.1] | |
boolean[] | '{t,NULL}' | [true,null] | |
uuid[] | '{67e55044-10b1-426f-9247-bb680e5fe0c8}' | ["67e55044-10b1-426f-9247-bb680e5fe0c8"] | |
jsonb[] | ARRAY['{"a": [ ]}'::jsonb] | [{"a":[]}] | |
text[] | '{"a\"b","c,d",NULL,"NULL",""}' | ["a\"b","c,d",null,"NULL",""] | |
text[] | '{}' | [] | |
text[] | '[0:1]={a,b}' | ["a","b"] | |
inet[] | '{10.0.0.1}' | ["10.0.0.1/32"] | |
interval[] | '{1 day}' | ["1 day"] | |
label[] | '{Red}' | ["Red"] | |
int2vector | '1 2' | [1,2] | |
colour[] | '{red}' | ["red"] | |
inet | '10.0.0.1/8' | "10.0.0.1/8" | |
cidr | '10.0.0.0/8' | "10.0.0.0/8" | |
macaddr | '08:00:2b:01:02:03' | "08:00:2b:01:02:03" | |
bit(3) | B'101' | "101" | |
varbit | B'10' | "10" | |
point | '(1,2)' | "(1,2)" | |
int4range | '[1,5)' | "[1,5)" | |
tsvector | 'a b' | "'a' 'b'" | |
xml | '<a/>' | "<a/>" | |
money | 1.5 | "$1.50" | |
pg_lsn | '0/0' | "0/0" | |
pair | ROW(1, 'x') | "(1,x)" | |
positive | 7 | 7 | c=7; c__gt=6 | c=8
label | 'Red' | "Red" | c=Red; c__iexact=red | c=red
integer GENERATED ALWAYS AS (6 * 7) STORED | | 42 | c=42 | c=41
"#;

const MYSQL: &str = r#"
TINYINT | -128 | -128 | c=-128; c__lt=0 | c=1
TINYINT UNSIGNED | 255 | 255 | c=255; c__gt=254 | c=1
SMALLINT | -32768 | -32768 | c=-32768 | c=1
MEDIUMINT UNSIGNED | 16777215 | 16777215 | c=16777215 | c=1
INT UNSIGNED | 4294967295 | 4294967295 | c=4294967295; c__in=1,4294967295 | c=1
BIGINT | -9223372036854775808 | -9223372036854775808 | c=-9223372036854775808 | c=1
BIGINT UNSIGNED | 18446744073709551615 | 18446744073709551615 | c=18446744073709551615; c__gt=18446744073709551614; c__in=1,18446744073709551615 | c=1
DECIMAL(10,2) | 1.5 | "1.50" | c=1.5; c=1.50; c__in=1,1.5 | c=1.51
DECIMAL(65,30) | 12345678901234567890123456789012345.5 | "12345678901234567890123456789012345.500000000000000000000000000000" | c=12345678901234567890123456789012345.5 | c=12345678901234567890123456789012345.6
FLOAT | 0.1 | 0.1 | c=0.1; c__in=0.1,7 | c=0.2
DOUBLE | 0.1 | 0.1 | c=0.1; c__gt=0.05 | c=0.10000001
TINYINT(1) | 2 | true | c=true | c=false
BOOLEAN | FALSE | false | c=false; c!=true | c=true
BIT(1) | b'1' | true | c=true | c=false
BIT(12) | 4095 | 4095 | c=4095; c__gt=4094 | c=1
YEAR | 2014 | 2014 | c=2014 | c=1999
CHAR(5) | 'ab' | "ab" | c=ab; c__in=ab,x | c=ab%20%20%20; c=AB
VARCHAR(20) | 'a ' | "a " | c=a%20 | c=a
VARCHAR(20) COLLATE utf8mb4_unicode_ci | 'Škoda' | "Škoda" | c=Škoda; c__iexact=ŠKODA; c__startswith=Š | c=škoda; c=skoda
TEXT | 'x' | "x" | c=x; c__contains=x | c=X
ENUM('red','blue') | 'red' | "red" | c=red; c__in=red,blue | c=blue; c=
ENUM('red','') | '' | "" | c=; c__in=red,"" | c=red; c!=
ENUM('red','blue') | 'green' | "" | c=; c__in=blue,"" | c=red; c!=
VARCHAR(20) CHARACTER SET latin1 | 'é' | "é" | c=é; c!=😀; c__in=é,😀; c__in!=x,😀; c__gt!=😀; c__contains!=😀; c__iexact!=😀; c__range!=😀, | c=😀; c__in=😀,x; c!=é; c__startswith=😀; c__startswith=é😀; c__endswith=😀; c__icontains=😀; c__iexact=😀
VARCHAR(20) CHARACTER SET utf8mb3 | 'ab' | "ab" | c=ab; c!=😀; c__in=ab,😀 | c=😀; c__in=😀; c__contains=😀
VARCHAR(20) CHARACTER SET ascii | 'ab' | "ab" | c=ab; c!=é; c__in=ab,é | c=é; c__in=é; c__icontains=é
VARCHAR(20) CHARACTER SET ucs2 | 'ab' | "ab" | c=ab; c!=😀; c__in=ab,😀 | c=😀; c__in=😀
SET('a','b') | 'a,b' | "a,b" | |
DATE | '2014-01-02' | "2014-01-02" | c=2014-01-02; c__year=2014; c__day=2 | c__month=2
DATE | '0000-00-00' | null | c!=2014-01-02; c__lt!=0001-01-01 | c__gt=0001-01-01; c__lt=0001-01-01; c__year=0000
DATE | '2014-00-00' | null | c__gt!=2013-01-01 | c__gt=2013-01-01; c__year=2014; c__lt=2015-01-01
TIME | '03:04:05' | "03:04:05" | c=03:04:05; c__lt=04:00 | c=03:04:06
TIME | '-25:00:00' | null | c!=00:00 | c__gt=00:00; c__lt=00:00
TIME | '25:00:00' | null | c!=00:00 | c__gt=23:59; c__range=00:00,
DATETIME | '2014-01-02 03:04:05' | "2014-01-02T03:04:05" | c=2014-01-02T03:04:05; c__date=2014-01-02 | c__day=3
DATETIME(6) | '2014-01-02 03:04:05.678901' | "2014-01-02T03:04:05.678901" | c=2014-01-02T03:04:05.678901 | c=2014-01-02T03:04:05.678902
DATETIME | '0000-00-00 00:00:00' | null | c!=2014-01-02T00:00:00 | c=2014-01-02T00:00:00; c__lt=0001-01-01T00:00:00
TIMESTAMP NULL | '2014-01-02 03:04:05' | "2014-01-02T03:04:05Z" | c=2014-01-02T04:04:05%2B01:00; c__date=2014-01-02 | c__day=3
BINARY(3) | 'abc' | "YWJj" | c=YWJj | c=AA%3D%3D
BLOB | x'00ff' | "AP8=" | c=AP8%3D | c=AA%3D%3D
JSON | '{"b": 1.50, "a": [ ]}' | {"b":1.50,"a":[]} | |
POINT | ST_GeomFromText('POINT(1 2)') | "POINT(1 2)" | |
UUID | '67e55044-10b1-426f-9247-bb680e5fe0c8' | "67e55044-10b1-426f-9247-bb680e5fe0c8" | c=67E55044-10B1-426F-9247-BB680E5FE0C8 | c=00000000-0000-0000-0000-000000000000
INET6 | '::1' | "::1" | |
INT GENERATED ALWAYS AS (6 * 7) STORED | | 42 | c=42 | c=41
"#;

/// A line of a table.
struct Case {
    column: String,
    ty: &'static str,
    literal: &'static str,
    json: &'static str,
    finds: Vec<String>,
    misses: Vec<String>,
}

impl Case {
    fn all(table: &'static str) -> Vec<Self> {
        let lines = table.lines().filter(|line| !line.is_empty());
        (0..)
            .zip(lines)
            .map(|(number, line)| Self::of(number, line))
            .collect()
    }

    fn of(number: usize, line: &'static str) -> Self {
        let parts: Vec<_> = line.split('|').map(str::trim).collect();
        let [ty, literal, json, finds, misses] = *parts else {
            panic!("{line} has not five parts");
        };
        let column = format!("c{number}");
        let queries = |text: &str| {
            let each = text.split("; ").filter(|query| !query.is_empty());
            each.map(|query| column.clone() + query.strip_prefix('c').expect("the column"))
                .collect()
        };
        Self {
            finds: queries(finds),
            misses: queries(misses),
            column,
            ty,
            literal,
            json,
        }
    }
}

const TYPES_OF_ONES_OWN: &str = "CREATE TYPE colour AS ENUM ('red', 'blue', ''); CREATE TYPE pair AS (a int, b text); \
     CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE DOMAIN label AS varchar(20);";

/// A table with a column of each type, a row of values and one of nulls.
async fn filled(kind: Kind, cases: &[Case]) -> Fresh {
    let fresh = kind.fresh().await;
    let before = match kind {
        Kind::Sqlite => "",
        Kind::Postgres => TYPES_OF_ONES_OWN,
        Kind::MySql => "SET SESSION sql_mode = 'ALLOW_INVALID_DATES';",
    };
    let columns: Vec<_> = cases
        .iter()
        .map(|Case { column, ty, .. }| format!("{column} {ty}"))
        .collect();
    let given: Vec<_> = cases
        .iter()
        .filter(|case| !case.literal.is_empty())
        .collect();
    let names: Vec<_> = given.iter().map(|case| &*case.column).collect();
    let values: Vec<_> = given.iter().map(|case| case.literal).collect();
    let sql = format!(
        "{before} CREATE TABLE cells (id integer PRIMARY KEY, {}); INSERT INTO cells (id, {}) VALUES (1, {})",
        columns.join(", "),
        names.join(", "),
        values.join(", ")
    );
    fresh
        .db
        .execute_script(&sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let nulls = vec!["NULL"; names.len()].join(", ");
    let sql = format!(
        "INSERT INTO cells (id, {}) VALUES (2, {nulls})",
        names.join(", ")
    );
    fresh
        .db
        .execute_script(&sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    fresh
}

/// The rows a query finds, or the code it is refused with.
async fn found(api: &Api, query: &str) -> Result<Vec<i64>, String> {
    let encoded: String = query
        .chars()
        .map(|char| match char {
            ' '..='~' if !matches!(char, '"' | '\\') => char.to_string(),
            char => char
                .to_string()
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect(),
        })
        .collect();
    let answer = ask(api, &format!("/cells/?{encoded}&fields=id")).await;
    let json = answer.json();
    match json["results"].as_array() {
        Some(rows) => Ok(rows
            .iter()
            .map(|row| row["id"].as_i64().expect("a key"))
            .collect()),
        None => Err(format!(
            "{} {}",
            answer.status,
            json["code"].as_str().unwrap_or_default()
        )),
    }
}

async fn check(kind: Kind, table: &'static str) {
    if !kind.is_reachable().await {
        return;
    }
    let cases = Case::all(table);
    let fresh = filled(kind, &cases).await;
    let schema = Schema::reflect(&fresh.db)
        .await
        .unwrap_or_else(|error| panic!("{kind}: {error}"));
    let api = Router::of(schema)
        .build()
        .unwrap_or_else(|error| panic!("{kind}: {error}"));
    let mut failures = Vec::new();
    for Case {
        column,
        ty,
        literal,
        json,
        finds,
        misses,
    } in &cases
    {
        let object = ask(&api, &format!("/cells/1/?fields={column}")).await;
        let expected = format!("{{\"{column}\":{json}}}");
        if object.body != expected {
            failures.push(format!("{ty} {literal}: {}, not {expected}", object.body));
        }
        let nulls = if literal.is_empty() { vec![] } else { vec![2] };
        let mut asked = vec![(format!("{column}__isnull=true"), Ok(nulls))];
        let each = |queries: &[String], rows: &[i64]| {
            let of_one = |query: &String| (format!("{query}&id=1"), Ok(rows.to_vec()));
            queries.iter().map(of_one).collect::<Vec<_>>()
        };
        asked.extend(each(finds, &[1]));
        asked.extend(each(misses, &[]));
        // Generated columns are equal, so that the key decides.
        for (sign, rows) in [("", vec![1, 2]), ("-", vec![2, 1])] {
            // What cannot be compared has no order.
            let refused = Err("400 unknown_field".to_owned());
            let expected = if finds.is_empty() { refused } else { Ok(rows) };
            asked.push((format!("ordering={sign}{column},{sign}id"), expected));
        }
        for (query, expected) in asked {
            let found = found(&api, &query).await;
            if found != expected {
                failures.push(format!(
                    "{ty} {literal}: {query}: {found:?}, not {expected:?}"
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{kind}:\n{}", failures.join("\n"));
    assert!(cases.len() > 20);
    if kind != Kind::Sqlite {
        is_the_same_together(&fresh, &["/cells/1/", "/cells/2/"]).await;
        if kind == Kind::Postgres {
            let lists = ["/cells/?id=1", "/cells/?id=2", "/cells/?id=3"];
            is_the_same_together(&fresh, &lists).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_sqlite_is_served() {
    check(Kind::Sqlite, SQLITE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_postgres_is_served() {
    check(Kind::Postgres, POSTGRES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_of_mysql_is_served() {
    check(Kind::MySql, MYSQL).await;
}
