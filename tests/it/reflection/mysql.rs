//! Reflection of MySQL and MariaDB databases.

use serde_json::json;
use tower_rest::{Database, Router, Schema, Type};

use super::{
    api, awkward, check_awkward, check_left_out, describe, described, fresh, get, rows,
    rows_by_page, schema, types_of,
};
use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

#[tokio::test]
async fn a_database_of_awkward_names_is_served_whole() {
    let Some(own) = fresh(Kind::MySql, &awkward::script(Kind::MySql)).await else {
        return;
    };
    check_awkward(&own.db, 1).await;
    let schema = schema(&own.db).await;
    let system = "mysql, information_schema, performance_schema, sys: the system's own tables";
    check_left_out(&schema, &[system]);
    let model = schema.model("moods").expect("a table");
    let moods = ["sad", "ok", "it's, fine"].map(str::to_owned);
    assert_eq!(*model.columns()[1].ty(), Type::Enum(moods.into()));
    let api = Router::of(schema).build().expect("an API");
    assert_eq!(
        rows(
            &api,
            "/moods/?status=it's, fine".replace(' ', "%20").as_str()
        )
        .await
        .len(),
        1
    );
    assert_eq!(ask(&api, "/moods/?status=glad").await.status, 400);
}

#[tokio::test]
async fn types_comments_and_defaults_are_found() {
    let script = "
        CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, a boolean COMMENT 'true or false', b tinyint, c smallint unsigned,
            d mediumint, e bigint unsigned, f float, g double, h decimal(10,2) DEFAULT 1.50, i varchar(20) DEFAULT 'it''s',
            j char(3), k longtext, l varbinary(16), m date, n time, o datetime, p timestamp NULL DEFAULT current_timestamp(),
            q json, r bit(1), s set('x','y'), u year, v int GENERATED ALWAYS AS (b * 2) STORED, w geometry, x varchar(5) UNIQUE)
            COMMENT 'of every type';
        INSERT INTO t (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, q, r, s, u, x) VALUES (true, 1, 2, 3, 18446744073709551615, 1.5,
            2.5, 1.5, 'i', 'j', 'k', 'l', '2024-01-02', '03:04', '2024-01-02 03:04', '{\"a\": [1]}', b'1', 'x,y', 2024, 'x');
        CREATE TABLE keyless AS SELECT i, q, s FROM t; INSERT INTO keyless SELECT * FROM keyless;
        INSERT INTO keyless (i) VALUES ('I'), ('last'), ('I ');
        CREATE TABLE kinds (id tinyint(1) PRIMARY KEY, on_ tinyint(1)); INSERT INTO kinds VALUES (1, 1), (2, 0);
        CREATE TABLE gone (id int); CREATE VIEW broken AS SELECT id FROM gone; DROP TABLE gone;";
    let Some(own) = fresh(Kind::MySql, script).await else {
        return;
    };
    let found = schema(&own.db).await;
    let broken = found.left_out().iter().find(|one| one.what() == "broken");
    let reason = broken.expect("the view").reason();
    assert!(reason.contains("references invalid table(s)"), "{reason}");
    let model = found.model("t").expect("the table");
    let integer = |bits, signed| Type::Integer { bits, signed };
    assert_eq!(
        types_of(model),
        [
            integer(32, true),
            Type::Boolean,
            integer(8, true),
            integer(16, false),
            integer(32, true),
            integer(64, false),
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
            Type::Json,
            Type::Boolean,
            Type::Other,
            integer(16, false),
            integer(32, true),
            Type::Other,
            Type::Text,
        ]
    );
    Router::of(found)
        .check(&own.db)
        .await
        .expect("no difference");
    let api = api(&own.db).await;
    let row = get(&api, "/t/1/").await;
    for (name, value) in [
        ("a", json!(true)),
        ("e", json!(18_446_744_073_709_551_615_u64)),
        ("h", json!("1.50")),
        ("q", json!({"a": [1]})),
        ("r", json!(true)),
        ("s", json!("x,y")),
        ("v", json!(2)),
    ] {
        assert_eq!(row[name], value, "{name}");
    }
    let description = describe(&api, "/t/").await;
    assert_eq!(description["description"], "of every type");
    let column = |name| described(&description, name);
    assert_eq!(column("a")["description"], "true or false");
    assert_eq!(column("h")["default"], "1.50");
    assert_eq!(column("i")["default"], "it's");
    assert_eq!(column("i")["max_length"], 20);
    assert!(column("p").get("default").is_none());
    assert_eq!(column("v")["read_only"], true);
    assert_eq!(column("x")["unique"], true);
    assert_eq!(get(&api, "/kinds/2/").await["on_"], false);
    // Pages tell texts apart that the collation takes for equal.
    let all = rows_by_page(&api, "/keyless/", 5).await;
    assert_eq!(all, rows(&api, "/keyless/").await);
    assert_eq!(
        all.iter().filter(|row| row["i"] == "I").count(),
        1,
        "{all:?}"
    );
}

/// Returns the name of a database.
fn name_of(fresh: &Fresh) -> &str {
    let url = fresh.url.as_deref().and_then(|url| url.rsplit_once('/'));
    url.expect("a name").1
}

#[tokio::test]
async fn tables_of_another_schema_are_found_where_they_are_named() {
    let Some(other) = fresh(
        Kind::MySql,
        "CREATE TABLE cars (id int PRIMARY KEY); INSERT INTO cars VALUES (1)",
    )
    .await
    else {
        return;
    };
    let there = name_of(&other);
    let script = format!(
        "CREATE TABLE cars (id int PRIMARY KEY, other_id int, FOREIGN KEY (other_id) REFERENCES {there}.cars (id));
         INSERT INTO cars VALUES (2, 1);"
    );
    let own = fresh(Kind::MySql, &script).await.expect("a database");
    let alone = schema(&own.db).await;
    assert_eq!(alone.models().count(), 1);
    let reason = "the relation of cars by other_id: `cars` is not served";
    check_left_out(&alone, &[reason]);
    let both = Schema::reflect(&own.db)
        .schemas([name_of(&own), there])
        .await
        .expect("a schema");
    let api = Router::of(both).build().expect("an API");
    let link = format!("http://test/{there}.cars/1/");
    assert_eq!(get(&api, "/cars/2/").await["other"], link);
    assert_eq!(
        get(&api, &format!("/{there}.cars/1/cars/2/")).await["id"],
        2
    );
    drop(own);
}

#[tokio::test]
async fn a_url_without_a_database_is_told_so() {
    let Some(own) = fresh(Kind::MySql, "CREATE TABLE t (id int PRIMARY KEY)").await else {
        return;
    };
    let url = own.url.as_deref().expect("a server");
    let server = url.trim_end_matches(name_of(&own));
    let db = Database::connect(server).await.expect("a server");
    let error = Schema::reflect(&db).await.expect_err("no schema");
    assert!(
        error.to_string().contains("the URL names no database"),
        "{error}"
    );
    let named = Schema::reflect(&db)
        .schemas([name_of(&own)])
        .await
        .expect("a schema");
    assert_eq!(named.models().count(), 1);
}
