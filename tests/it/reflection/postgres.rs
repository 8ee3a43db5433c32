//! Reflection of PostgreSQL databases.

use sea_query::{ColumnDef, Table};
use serde_json::json;
use tower_rest::{Database, Model, Router, Schema, Type, ViewSet};

use super::{
    api, awkward, check_awkward, check_left_out, describe, described, fresh, get, members, rows,
    rows_by_page, schema, types_of,
};
use crate::{databases::Kind, server::ask};

#[tokio::test]
async fn a_database_of_awkward_names_is_served_whole() {
    let script = awkward::script(Kind::Postgres);
    let Some(own) = fresh(Kind::Postgres, &script).await else {
        return;
    };
    check_awkward(&own.db, 1).await;
    let schema = schema(&own.db).await;
    let expected = [
        "pg_catalog and information_schema: the system's own tables",
        "events_2024: a partition of `events`, which has its rows",
        "events_2025: a partition of `events`, which has its rows",
    ];
    check_left_out(&schema, &expected);
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(rows(&api, "/events/").await.len(), 2);
    assert_eq!(
        get(&api, "/events/1,2024-05-01/").await["day"],
        "2024-05-01"
    );
    assert_eq!(rows(&api, "/moods/?status=ok").await.len(), 1);
    assert_eq!(ask(&api, "/moods/?status=glad").await.status, 400);
}

#[tokio::test]
async fn types_comments_and_privileges_are_found() {
    let script = "
        CREATE DOMAIN short AS varchar(5) NOT NULL; CREATE DOMAIN shorter AS short;
        CREATE TYPE pair AS (a int, b int);
        CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a boolean, b smallint, c bigint, d real, e double precision,
            f numeric(10,2) DEFAULT 1.50, g text DEFAULT 'it''s', h varchar(20), i char(3), j bytea, k date, l time, m timestamp,
            n timestamptz DEFAULT now(), o uuid, p json, q jsonb, r int[], s inet, t interval, u shorter, v pair, w money,
            x text COLLATE loose, y int GENERATED ALWAYS AS (b * 2) STORED, z xml);
        COMMENT ON TABLE t IS 'of every type'; COMMENT ON COLUMN t.a IS 'true or false';
        INSERT INTO t (a, b, c, d, e, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, z) VALUES (true, 1, 2, 1.5, 2.5, 'h', 'i',
            'j', '2024-01-02', '03:04', '2024-01-02 03:04', '2024-01-02 03:04+00', '00000000-0000-0000-0000-00000000000a', '{\"a\": 1}',
            '[1]', '{1,2}', '10.0.0.1', '1 day', 'u', '(1,2)', 5, 'x', '<z/>');
        CREATE TABLE keyless AS SELECT p, q, r, s, v, z, g FROM t;
        INSERT INTO keyless SELECT * FROM keyless; INSERT INTO keyless (g) VALUES ('last');";
    let Some(own) = fresh(Kind::Postgres, script).await else {
        return;
    };
    let found = schema(&own.db).await;
    let model = found.model("t").expect("the table");
    let integer = |bits| Type::Integer { bits, signed: true };
    assert_eq!(
        types_of(model),
        [
            integer(32),
            Type::Boolean,
            integer(16),
            integer(64),
            Type::Float,
            Type::Float,
            Type::Decimal,
            Type::Text,
            Type::Text,
            Type::Text,
            Type::Bytes,
            Type::Date,
            Type::Time,
            Type::Timestamp,
            Type::ZonedTimestamp,
            Type::Uuid,
            Type::Json,
            Type::Json,
            Type::Json,
            Type::Other,
            Type::Other,
            Type::Text,
            Type::Other,
            Type::Other,
            Type::Text,
            integer(32),
            Type::Other,
        ]
    );
    Router::of(found)
        .check(&own.db)
        .await
        .expect("no difference");
    let api = api(&own.db).await;
    let row = get(&api, "/t/1/").await;
    assert_eq!(row["r"], json!([1, 2]));
    assert_eq!(row["s"], "10.0.0.1/32");
    assert_eq!(row["f"], "1.50");
    let description = describe(&api, "/t/").await;
    assert_eq!(description["description"], "of every type");
    let column = |name| described(&description, name);
    assert_eq!(column("a")["description"], "true or false");
    assert_eq!(column("g")["default"], "it's");
    assert_eq!(column("f")["default"], "1.50");
    assert_eq!(column("u")["nullable"], false);
    assert_eq!(column("u")["max_length"], 5);
    assert_eq!(column("y")["read_only"], true);
    assert_eq!(column("id")["read_only"], true);
    assert_eq!(rows(&api, "/t/?x=x&i=i").await.len(), 1);
    // Documents and user-defined types are ordered by their texts.
    let all = rows_by_page(&api, "/keyless/", 3).await;
    assert_eq!(all, rows(&api, "/keyless/").await);
    assert_eq!(all.last().expect("a row")["g"], "last");
}

#[tokio::test]
async fn tables_of_several_schemas_lead_to_each_other() {
    let script = "
        CREATE SCHEMA audit; CREATE SCHEMA \"Odd one\";
        CREATE TABLE cars (id int PRIMARY KEY); CREATE TABLE audit.cars (id int PRIMARY KEY, car_id int REFERENCES public.cars);
        CREATE TABLE \"Odd one\".\"a.b\" (id int PRIMARY KEY, audited_id int REFERENCES audit.cars, car_id int REFERENCES cars);
        INSERT INTO cars VALUES (1); INSERT INTO audit.cars VALUES (2, 1); INSERT INTO \"Odd one\".\"a.b\" VALUES (3, 2, 1);";
    let Some(own) = fresh(Kind::Postgres, script).await else {
        return;
    };
    let api = api(&own.db).await;
    assert_eq!(
        members(&api, "/").await,
        ["Odd~20one.a~2Eb", "audit.cars", "cars"]
    );
    assert_eq!(
        get(&api, "/audit.cars/2/").await["car"],
        "http://test/cars/1/"
    );
    let odd = get(&api, "/Odd~20one.a~2Eb/3/").await;
    assert_eq!(odd["audited"], "http://test/audit.cars/2/");
    assert_eq!(
        get(&api, "/cars/1/").await["audit_cars"],
        json!(["http://test/audit.cars/2/"])
    );
    assert_eq!(rows(&api, "/cars/1/audit_cars/").await.len(), 1);
    assert_eq!(rows(&api, "/cars/?expand=audit_cars").await.len(), 1);
    // A model without a schema stands for the table that was found.
    let table = Table::create()
        .table("cars")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let cars = ViewSet::new(Model::from_table("Car", &table)).database(&own.db);
    let replaced = Router::of(schema(&own.db).await).replace("cars", cars);
    replaced.check(&own.db).await.expect("no difference");
    let replaced = replaced.build().expect("an API");
    assert_eq!(
        get(&replaced, "/audit.cars/2/").await["car"],
        "http://test/cars/1/"
    );
    assert_eq!(rows(&replaced, "/audit.cars/?car__id=1").await.len(), 1);
    let one = Schema::reflect(&own.db)
        .schemas(["audit"])
        .await
        .expect("a schema");
    assert_eq!(
        one.models().map(|(path, _)| path).collect::<Vec<_>>(),
        ["cars"],
        "the only schema that is named is not said again"
    );
    let expected = [
        "the schema public: not among the schemas that were named",
        "the relation of audit.cars by car_id: `cars` is not served",
    ];
    check_left_out(&one, &expected);
    let error = Schema::reflect(&own.db)
        .schemas(["adit"])
        .await
        .expect_err("a mistake");
    assert!(
        error
            .to_string()
            .contains("`adit`, which is not there; there are `public`"),
        "{error}"
    );
}

#[tokio::test]
async fn what_a_user_may_not_read_and_what_extensions_bring_is_left_out() {
    let script = "
        DROP ROLE IF EXISTS reflection_reader; CREATE ROLE reflection_reader LOGIN;
        CREATE SCHEMA closed; CREATE TABLE closed.t (id int PRIMARY KEY);
        CREATE TABLE free (id int PRIMARY KEY, open text, shut text); CREATE TABLE shut (id int PRIMARY KEY);
        INSERT INTO free VALUES (1, 'a', 'b');
        GRANT SELECT (id, open) ON free TO reflection_reader;
        CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
        CREATE MATERIALIZED VIEW never AS SELECT 1 AS one WITH NO DATA;
        GRANT SELECT ON never TO reflection_reader;
        CREATE VIEW through WITH (security_invoker) AS SELECT id FROM shut; GRANT SELECT ON through TO reflection_reader;";
    let Some(own) = fresh(Kind::Postgres, script).await else {
        return;
    };
    let (_, place) = own
        .url
        .as_deref()
        .and_then(|url| url.split_once('@'))
        .expect("a user");
    let url = format!("postgres://reflection_reader@{place}");
    let reader = Database::connect(&url).await.expect("a database");
    let found = schema(&reader).await;
    let expected = [
        "the schema closed: its use is not granted to this user",
        "shut: reading it is not granted to this user",
        "free.shut: reading it is not granted to this user",
        "pg_stat_statements: it belongs to the extension `pg_stat_statements`",
        "never: a materialized view that was never filled",
        "through: a view that cannot be read: permission denied for table shut",
    ];
    check_left_out(&found, &expected);
    let api = Router::of(found).build().expect("an API");
    assert_eq!(
        get(&api, "/free/1/").await,
        json!({"href": "http://test/free/1/", "id": 1, "open": "a"})
    );
    drop((reader, api));
    own.db
        .execute_script("DROP OWNED BY reflection_reader; DROP ROLE reflection_reader")
        .await
        .expect("dropped");
}
