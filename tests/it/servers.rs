//! Bugs of servers that were, each held by the request or program that showed it.

use std::{sync::Arc, time::Duration};

use http::Method;
use sea_query::{ColumnDef, Table};
use sqlx::postgres::PgPoolOptions;
use tower_rest::{Act, Action, Api, Database, Error, Model, Router, Schema, ViewSet};

use crate::{
    actions::call,
    databases::{Fresh, Kind},
    server::ask,
};

/// A new database of each server that is there.
pub(crate) async fn servers() -> Vec<Fresh> {
    let mut servers = Vec::new();
    for kind in Kind::reachable().await {
        if kind != Kind::Sqlite {
            servers.push(kind.fresh().await);
        }
    }
    servers
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_closes_the_pool_has_its_connections_at_once() {
    for fresh in servers().await {
        fresh
            .execute("CREATE TABLE cells (id int PRIMARY KEY, cell int)")
            .await;
        let api = viewset(&fresh.db, ColumnDef::new("cell").integer());
        assert!(ids(&api.build().expect("an API"), "/").await.is_empty());
        let close = async {
            match (fresh.db.postgres_pool(), fresh.db.mysql_pool()) {
                (Some(pool), _) => pool.close().await,
                (_, Some(pool)) => pool.close().await,
                _ => panic!("{} has a pool", fresh.kind),
            }
        };
        let closed = tokio::time::timeout(Duration::from_secs(2), close).await;
        assert!(closed.is_ok(), "{}: a connection is kept", fresh.kind);
    }
}

/// A table of a key and one more column.
fn viewset(db: &Database, column: &mut ColumnDef) -> ViewSet {
    let table = Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(column)
        .to_owned();
    ViewSet::new(Model::from_table("Cell", &table)).database(db)
}

async fn ids(api: &Api, path: &str) -> Vec<i64> {
    let answer = ask(api, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let rows = answer.json()["results"].clone();
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| row["id"].as_i64().expect("a key")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn r017_a_number_beyond_a_single_float_keeps_its_side() {
    for fresh in servers().await {
        let sql = "CREATE TABLE cells (id int PRIMARY KEY, cell float); INSERT INTO cells VALUES (1, 0), (2, 0.1), (3, 3e38)";
        let sql = match fresh.kind {
            Kind::Postgres => sql.replace("float", "real"),
            _ => sql.to_owned(),
        };
        fresh.execute(&sql).await;
        let api = viewset(&fresh.db, ColumnDef::new("cell").float());
        let api = api.build().expect("an API");
        for (query, expected) in [
            ("cell=0.1", &[2][..]),
            ("cell=1e300", &[]),
            ("cell__lt=1e300", &[1, 2, 3]),
            ("cell__gt=-1e300", &[1, 2, 3]),
            ("cell__in=0.1,1e300", &[2]),
            ("cell=1e-60", &[]),
            ("cell__lt=1e-60", &[1]),
            ("cell__gte=1e-60", &[2, 3]),
        ] {
            let found = ids(&api, &format!("/?{query}")).await;
            assert_eq!(found, expected, "{}: {query}", fresh.kind);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r018_one_column_may_be_a_whole_number_to_one_model_and_a_float_to_another() {
    for fresh in servers().await {
        let sql = "CREATE TABLE cells (id int PRIMARY KEY, cell int); INSERT INTO cells VALUES (1, 1), (2, 2)";
        fresh.execute(sql).await;
        let api = Router::new()
            .register(
                "floats",
                viewset(&fresh.db, ColumnDef::new("cell").double()),
            )
            .register(
                "numbers",
                viewset(&fresh.db, ColumnDef::new("cell").integer()),
            )
            .build()
            .expect("an API");
        for path in ["/floats/", "/numbers/", "/floats/"] {
            for (query, expected) in [("cell=2", [2]), ("cell__lt=2", [1]), ("cell__in=2,7", [2])] {
                let found = ids(&api, &format!("{path}?{query}")).await;
                assert_eq!(found, expected, "{}: {path}?{query}", fresh.kind);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r019_connections_that_rest_are_there_for_the_program_s_own_queries() {
    for fresh in servers().await {
        let sleep = match fresh.kind {
            Kind::Postgres => "CAST(pg_sleep(0.3) AS text)",
            _ => "SLEEP(0.3)",
        };
        let view = format!("CREATE VIEW cells AS SELECT 1 AS id, {sleep} AS cell");
        fresh.execute(&view).await;
        let api = viewset(&fresh.db, ColumnDef::new("cell").text());
        let api = Arc::new(api.build().expect("an API"));
        let most = match fresh.db.postgres_pool() {
            Some(pool) => pool.options().get_max_connections(),
            None => {
                let pool = fresh.db.mysql_pool().expect("a pool");
                pool.options().get_max_connections()
            }
        };
        let asked: Vec<_> = (0..most)
            .map(|_| {
                let api = Arc::clone(&api);
                tokio::spawn(async move { ask(&api, "/1/?fields=id").await.status })
            })
            .collect();
        for asked in asked {
            assert_eq!(asked.await.expect("an answer"), 200);
        }
        let found = Schema::reflect(&fresh.db).await.expect("what there is");
        assert!(found.model("cells").is_some(), "{}", fresh.kind);
        let mut own = Vec::new();
        for _ in 0..most {
            match fresh.db.postgres_pool() {
                Some(pool) => own.push(Ok(pool.acquire().await.expect("a connection"))),
                None => {
                    let pool = fresh.db.mysql_pool().expect("a pool");
                    own.push(Err(pool.acquire().await.expect("a connection")));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r020_an_action_forgets_what_was_prepared_for_a_table_that_changed() {
    for fresh in servers().await {
        let sql =
            "CREATE TABLE cells (id int PRIMARY KEY, cell int); INSERT INTO cells VALUES (1, 1)";
        fresh.execute(sql).await;
        let db = fresh.over_one_connection();
        let key = |act: Act| async move { act.key_as::<i64>().map(drop) };
        let api = viewset(&db, ColumnDef::new("cell").integer())
            .action(Action::on_object("touch", Method::POST, key))
            .build()
            .expect("an API");
        let touch = || call(&api, "POST", "/1/touch/", &[], "");
        assert_eq!(touch().await.status, 200);
        let change = match fresh.kind {
            Kind::Postgres => "ALTER TABLE cells ALTER COLUMN id TYPE bigint",
            _ => "ALTER TABLE cells MODIFY COLUMN id bigint",
        };
        fresh.execute(change).await;
        let first = touch().await;
        assert!(
            matches!(first.status, 200 | 503),
            "{}: {}",
            fresh.kind,
            first.body
        );
        let second = touch().await;
        assert_eq!(second.status, 200, "{}: {}", fresh.kind, second.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r021_an_action_that_waits_for_a_lock_holds_no_connection_after_its_time() {
    let Some(fresh) = servers()
        .await
        .into_iter()
        .find(|fresh| fresh.kind == Kind::Postgres)
    else {
        return;
    };
    let sql = "CREATE TABLE cells (id int PRIMARY KEY, cell int); CREATE TABLE others (id int PRIMARY KEY, cell int); INSERT INTO others VALUES (1, 1)";
    fresh.execute(sql).await;
    let others = Table::create()
        .table("others")
        .col(ColumnDef::new("id").integer().primary_key())
        .to_owned();
    let nothing = |_: Act| async move { Ok::<_, Error>(()) };
    let cells = viewset(&fresh.db, ColumnDef::new("cell").integer())
        .time_limit(Duration::from_millis(300))
        .action(Action::on_object("touch", Method::POST, nothing));
    let api = Router::new()
        .register("cells", cells)
        .register(
            "others",
            ViewSet::new(Model::from_table("Other", &others)).database(&fresh.db),
        )
        .build()
        .expect("an API");
    let url = fresh.url.as_deref().expect("a server");
    let pool = PgPoolOptions::new().connect(url).await.expect("a pool");
    let mut lock = pool.begin().await.expect("a transaction");
    sqlx::raw_sql("LOCK TABLE cells")
        .execute(&mut *lock)
        .await
        .expect("the lock");
    let most = fresh
        .db
        .postgres_pool()
        .expect("a pool")
        .options()
        .get_max_connections();
    for _ in 0..most {
        let answer = call(&api, "POST", "/cells/1/touch/", &[], "").await;
        assert_eq!(answer.status, 503, "{}", answer.body);
    }
    let answer = ask(&api, "/others/1/").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn r022_a_table_that_others_inherit_from_has_no_key() {
    let servers = servers().await;
    let Some(fresh) = servers.iter().find(|fresh| fresh.kind == Kind::Postgres) else {
        return;
    };
    let sql = "CREATE TABLE cells (id int PRIMARY KEY, cell int); CREATE TABLE more (extra int) INHERITS (cells); \
        INSERT INTO cells VALUES (1, 1); INSERT INTO more VALUES (1, 2), (2, 3); \
        CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id); \
        CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (9); INSERT INTO parted VALUES (1)";
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("what there is");
    let api = Router::of(schema).build().expect("an API");
    let cells = ask(&api, "/cells/").await.json();
    assert_eq!(cells["count"], 3, "{cells}");
    assert_eq!(cells["results"][0].get("href"), None, "{cells}");
    assert_eq!(ask(&api, "/cells/1/").await.status, 404);
    assert_eq!(ask(&api, "/parted/1/").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn r023_a_text_longer_than_a_name_is_none() {
    let servers = servers().await;
    let Some(fresh) = servers.iter().find(|fresh| fresh.kind == Kind::Postgres) else {
        return;
    };
    let sql = "CREATE TABLE cells (id int PRIMARY KEY, cell name); INSERT INTO cells VALUES (1, 'a'), (2, NULL), (3, 'b'); \
        CREATE TABLE named (cell name PRIMARY KEY, id int); INSERT INTO named VALUES ('a', 1)";
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("what there is");
    let api = Router::of(schema).build().expect("an API");
    let long = "a".repeat(70);
    for (query, expected) in [
        ("cell=a", &[1][..]),
        (&*format!("cell={long}"), &[]),
        (&*format!("cell!={long}"), &[1, 2, 3]),
        (&*format!("cell__in={long},b"), &[3]),
        (&*format!("cell__gt={long}"), &[3]),
        (&*format!("cell__contains={long}"), &[]),
        ("cell__startswith=a&ordering=-cell", &[1]),
    ] {
        let found = ids(&api, &format!("/cells/?{query}")).await;
        assert_eq!(found, expected, "{query}");
    }
    assert_eq!(ask(&api, "/named/a/").await.status, 200);
    assert_eq!(ask(&api, &format!("/named/{long}/")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn r024_a_key_whose_characters_a_column_lacks_is_no_row_s() {
    let servers = servers().await;
    let Some(fresh) = servers.iter().find(|fresh| fresh.kind == Kind::MySql) else {
        return;
    };
    let sql = "CREATE TABLE cells (id varchar(9) CHARACTER SET latin1 PRIMARY KEY); \
        CREATE TABLE parts (id int PRIMARY KEY, cell varchar(9) CHARACTER SET latin1, FOREIGN KEY (cell) REFERENCES cells (id)); \
        INSERT INTO cells VALUES ('a')";
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("what there is");
    let api = Router::of(schema).build().expect("an API");
    for (path, status) in [
        ("/cells/a/", 200),
        ("/cells/%F0%9F%98%80/", 404),
        ("/cells/%F0%9F%98%80/parts/", 404),
        ("/cells/?id=%F0%9F%98%80", 200),
        ("/cells/a/parts/?cell=%F0%9F%98%80", 200),
    ] {
        let answer = ask(&api, path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r025_rows_without_a_key_that_differ_in_scale_are_each_on_one_page() {
    let servers = servers().await;
    let Some(fresh) = servers.iter().find(|fresh| fresh.kind == Kind::Postgres) else {
        return;
    };
    let sql = "CREATE TABLE cells (cell numeric); \
        INSERT INTO cells SELECT ('2.' || repeat('0', i % 6))::numeric FROM generate_series(1, 300) i";
    fresh.execute(sql).await;
    let schema = Schema::reflect(&fresh.db).await.expect("what there is");
    let api = Router::of(schema).build().expect("an API");
    let mut found = std::collections::BTreeMap::new();
    for page in 1..=43 {
        let list = ask(&api, &format!("/cells/?page_size=7&page={page}"))
            .await
            .json();
        for row in list["results"].as_array().expect("rows") {
            *found.entry(row["cell"].to_string()).or_insert(0) += 1;
        }
    }
    assert!(
        found.len() == 6 && found.values().all(|times| *times == 50),
        "{found:?}"
    );
}
