//! Values, columns and refusals of PostgreSQL and MariaDB.

use std::time::Duration;

use sqlx::{Connection as _, mysql::MySqlPoolOptions};
use tower_rest::{Database, Router, Schema, ViewSet};

use crate::{
    databases::{Fresh, Kind},
    server::ask,
};

async fn api(fresh: &Fresh) -> tower_rest::Api {
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    Router::of(schema).build().expect("an API")
}

/// Every row of a list is where its link leads, and is found by its key.
async fn keys_resolve(api: &tower_rest::Api, path: &str, key: &str, expected: &[&str]) {
    let list = ask(api, &format!("/{path}/")).await.json();
    let rows = list["results"].as_array().expect("rows");
    let mut keys: Vec<&str> = rows.iter().filter_map(|row| row[key].as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, expected, "{path}");
    for row in rows {
        let href = row["href"].as_str().expect("a link");
        let object = ask(api, href.trim_start_matches("http://test")).await;
        assert_eq!(object.status, 200, "{href}");
        let object = object.json();
        assert_eq!((&object["href"], &object[key]), (&row["href"], &row[key]));
        let value = row[key].as_str().expect("a key");
        let found = ask(api, &format!("/{path}/?{key}={value}")).await.json();
        assert_eq!(found["count"], 1, "{path} {value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r300_infinite_days_and_empty_members_are_keys_that_can_be_asked_for() {
    for kind in Kind::reachable().await {
        let sql = match kind {
            Kind::Sqlite => continue,
            Kind::Postgres => {
                "CREATE TYPE mood AS ENUM ('', 'sad'); CREATE TABLE moods (k mood PRIMARY KEY); \
                 INSERT INTO moods VALUES (''), ('sad'); \
                 CREATE TABLE days (k date PRIMARY KEY); INSERT INTO days VALUES ('infinity'), ('2014-01-02'); \
                 CREATE TABLE moments (k timestamptz PRIMARY KEY); INSERT INTO moments VALUES ('-infinity'), ('infinity'); \
                 CREATE TABLE stays (id int PRIMARY KEY, day_id date REFERENCES days); \
                 INSERT INTO stays VALUES (1, 'infinity'), (2, '2014-01-02')"
            }
            Kind::MySql => {
                "CREATE TABLE moods (k ENUM('', 'sad') PRIMARY KEY); INSERT INTO moods VALUES (''), ('sad'); \
                 CREATE TABLE faults (k ENUM('a') PRIMARY KEY); SET sql_mode = ''; INSERT IGNORE INTO faults VALUES ('b'), ('a')"
            }
        };
        let fresh = kind.fresh().await;
        let done = fresh.db.execute_script(sql).await;
        done.unwrap_or_else(|error| panic!("{kind}: {error:?}"));
        let api = api(&fresh).await;
        keys_resolve(&api, "moods", "k", &["", "sad"]).await;
        if kind == Kind::MySql {
            keys_resolve(&api, "faults", "k", &["", "a"]).await;
            continue;
        }
        keys_resolve(&api, "days", "k", &["2014-01-02", "infinity"]).await;
        keys_resolve(&api, "moments", "k", &["-infinity", "infinity"]).await;
        let stay = ask(&api, "/stays/1/?expand=day").await.json();
        assert_eq!(stay["day"]["k"], "infinity");
        let stays = ask(&api, "/stays/?expand=day").await.json();
        assert_eq!(stays["results"][0]["day"]["k"], "infinity");
        assert_eq!(stays["results"][1]["day"]["k"], "2014-01-02");
        let found = ask(&api, "/days/?stays__id=1").await.json();
        assert_eq!(found["results"][0]["k"], "infinity");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r301_invisible_columns_are_not_served_unless_they_name_rows() {
    if !Kind::MySql.is_reachable().await {
        return;
    }
    let fresh = Kind::MySql.fresh().await;
    let sql = "CREATE TABLE seen (id int PRIMARY KEY, shown int, kept int INVISIBLE DEFAULT 5); \
               INSERT INTO seen (id, shown) VALUES (1, 2); \
               CREATE TABLE numbered (id int AUTO_INCREMENT INVISIBLE PRIMARY KEY, shown int); \
               INSERT INTO numbered (shown) VALUES (7)";
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let left_out: Vec<_> = schema
        .left_out()
        .iter()
        .map(|one| (one.what(), one.reason()))
        .collect();
    assert!(
        left_out.contains(&("seen.kept", "the table declares it INVISIBLE")),
        "{left_out:?}"
    );
    let api = Router::of(schema).build().expect("an API");
    let row = ask(&api, "/seen/1/").await;
    assert_eq!(
        row.body,
        r#"{"href":"http://test/seen/1/","id":1,"shown":2}"#
    );
    assert_eq!(
        ask(&api, "/seen/?kept=5").await.json()["code"],
        "unknown_parameter"
    );
    let row = ask(&api, "/numbered/1/").await;
    assert_eq!(
        row.body,
        r#"{"href":"http://test/numbered/1/","id":1,"shown":7}"#
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r302_a_login_that_is_locked_is_unavailable_for_now() {
    if !Kind::MySql.is_reachable().await {
        return;
    }
    let fresh = Kind::MySql.fresh().await;
    fresh
        .execute("CREATE TABLE cars (id int PRIMARY KEY); INSERT INTO cars VALUES (1)")
        .await;
    let user = format!("locked_{}", std::process::id());
    let url = fresh.url.as_deref().expect("a server");
    let name = url.rsplit('/').next().expect("a database");
    fresh
        .execute(&format!(
            "CREATE OR REPLACE USER {user}@'127.0.0.1'; GRANT SELECT ON {name}.* TO {user}@'127.0.0.1'"
        ))
        .await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let model = schema.model("cars").expect("the table").clone();
    let pool = MySqlPoolOptions::new().connect_lazy(&url.replace("root@", &format!("{user}@")));
    let db = Database::from_mysql_pool(pool.expect("a pool"));
    let api = Router::new()
        .register("cars", ViewSet::new(model).database(&db))
        .build()
        .expect("an API");
    let locked = format!("ALTER USER {user}@'127.0.0.1' ACCOUNT LOCK");
    fresh.execute(&locked).await;
    let answer = ask(&api, "/cars/1/").await;
    fresh
        .execute(&format!("ALTER USER {user}@'127.0.0.1' ACCOUNT UNLOCK"))
        .await;
    // Requests are refused without asking the server until the back-off ends.
    let mut unlocked = ask(&api, "/cars/1/").await;
    for _ in 0..100 {
        if unlocked.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        unlocked = ask(&api, "/cars/1/").await;
    }
    fresh
        .execute(&format!("DROP USER {user}@'127.0.0.1'"))
        .await;
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (503, Some("unavailable")),
        "{}",
        answer.body
    );
    assert_eq!(unlocked.status, 200, "{}", unlocked.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn r303_a_text_outside_a_columns_characters_is_in_no_row_wherever_it_is_asked_for() {
    if !Kind::MySql.is_reachable().await {
        return;
    }
    let fresh = Kind::MySql.fresh().await;
    let sql = "CREATE TABLE towns (name varchar(20) CHARACTER SET latin1 PRIMARY KEY, size int); \
               INSERT INTO towns VALUES ('Köln', 1), ('Bonn', 2); \
               CREATE TABLE roads (id int PRIMARY KEY, town_id varchar(20) CHARACTER SET latin1, \
                   FOREIGN KEY (town_id) REFERENCES towns (name)); \
               INSERT INTO roads VALUES (1, 'Köln')";
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("a schema");
    let api = Router::of(schema)
        .configure("towns", |towns| towns.search(["name"]).export())
        .build()
        .expect("an API");
    let count = async |query: &str| {
        let answer = ask(&api, query).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        answer.json()["count"].as_u64()
    };
    let smile = "%F0%9F%98%80";
    for (query, expected) in [
        (format!("/towns/?name={smile}"), 0),
        (format!("/towns/?name!={smile}"), 2),
        (format!("/towns/?name__in=K%C3%B6ln,{smile}"), 1),
        (format!("/towns/?search={smile}"), 0),
        ("/towns/?search=k%C3%B6ln".to_owned(), 1),
        (format!("/roads/?town__name={smile}"), 0),
        (format!("/roads/?town_id={smile}"), 0),
        (format!("/towns/?roads__town_id!={smile}"), 2),
    ] {
        assert_eq!(count(&query).await, Some(expected), "{query}");
    }
    for path in [format!("/towns/{smile}/"), format!("/towns/{smile}/roads/")] {
        let answer = ask(&api, &path).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str()),
            (404, Some("not_found")),
            "{path}"
        );
    }
    let export = ask(
        &api,
        &format!("/towns/?page=all&format=ndjson&fields=size&name!={smile}&ordering=size"),
    )
    .await;
    assert_eq!(
        (export.status, &*export.body),
        (200, "{\"size\":1}\n{\"size\":2}\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r304_a_time_limit_of_any_length_is_kept() {
    for kind in Kind::reachable().await {
        let fresh = kind.fresh().await;
        let sql = "CREATE TABLE owners (owner_id integer PRIMARY KEY, name varchar(9)); \
                   CREATE TABLE cars (car_id integer PRIMARY KEY, owner_id integer REFERENCES owners (owner_id)); \
                   INSERT INTO owners VALUES (1, 'Ada'); INSERT INTO cars VALUES (1, 1)";
        let done = fresh.db.execute_script(sql).await;
        done.unwrap_or_else(|error| panic!("{kind}: {error:?}"));
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let unlimited = |cars: ViewSet| cars.time_limit(Duration::MAX).export();
        let router = Router::of(schema).configure("cars", unlimited);
        let api = router.configure("owners", unlimited).build();
        let api = api.expect("an API");
        for path in [
            "/cars/",
            "/cars/1/",
            "/cars/?expand=owner&owner__name=Ada&page=last",
            "/owners/1/cars/",
            "/owners/1/?expand=cars",
            "/cars/?page=all&format=ndjson",
        ] {
            let answer = ask(&api, path).await;
            assert_eq!(answer.status, 200, "{kind} {path}: {}", answer.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r412_no_statement_of_mariadb_waits_until_it_has_replaced_another_one() {
    const KEPT: usize = 40;
    let Some(fresh) = Kind::MySql.fresh_if_reachable().await else {
        return;
    };
    let tables =
        "CREATE TABLE cars (car_id integer PRIMARY KEY, a int, b int, c int, d int, e int, f int)";
    fresh.execute(tables).await;
    let url = fresh.url.as_deref().expect("a server");
    let url = format!("{url}?statement-cache-capacity={KEPT}");
    let pool = MySqlPoolOptions::new().max_connections(1);
    let pool = pool.connect_lazy(&url).expect("a pool");
    let db = Database::from_mysql_pool(pool.clone());
    let schema = Schema::reflect(&db).await.expect("a schema");
    let api = Router::of(schema).build().expect("an API");
    let mut most = 0;
    // Each of these has a statement of its own.
    for number in 0..64 {
        let columns = ["a", "b", "c", "d", "e", "f"].iter().enumerate();
        let asked = columns.filter(|(at, _)| number >> at & 1 == 1);
        let asked: Vec<_> = asked.map(|(_, name)| format!("{name}__gt=1")).collect();
        let path = format!("/cars/?{}", asked.join("&"));
        let answer = ask(&api, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        if number % 10 == 0 {
            // The API gives its connection back to the pool when the program waits for one.
            let connection = pool.acquire().await.expect("the connection");
            most = connection.cached_statements_size().max(most);
        }
    }
    assert!((KEPT / 2..KEPT).contains(&most), "{most}");
}

#[tokio::test]
async fn r413_a_server_without_a_host_or_at_an_address_of_ipv6_is_connected_to() {
    use sqlx::{
        mysql::MySqlConnectOptions,
        postgres::{PgConnectOptions, PgPoolOptions},
    };
    // sqlx panics when it makes URLs of these.
    let postgres = || {
        let options = PgConnectOptions::new_without_pgpass().host("/var/run/postgresql");
        Database::from_postgres_pool(PgPoolOptions::new().connect_lazy_with(options))
    };
    let mysql = || {
        let options = MySqlConnectOptions::new().host("::1");
        Database::from_mysql_pool(MySqlPoolOptions::new().connect_lazy_with(options))
    };
    for (primary, replica) in [(postgres(), postgres()), (mysql(), mysql())] {
        assert!(primary.reads_from([replica]).is_ok());
    }
}
