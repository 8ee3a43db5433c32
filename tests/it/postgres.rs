//! PostgreSQL: what its types are in JSON and in filters, what its collations take for equal, and its transactions.

use http::Method;
use sea_query::{ColumnDef, Table};
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use tower_rest::{Act, Action, Code, Database, Error, Model, Reply, Result, ViewSet};

use crate::{
    actions::call,
    databases::{Fresh, Kind},
    server::{ask, cells, ids},
};

/// A new database, unless there is no server.
async fn fresh() -> Option<Fresh> {
    match Kind::Postgres.is_reachable().await {
        true => Some(Kind::Postgres.fresh().await),
        false => None,
    }
}

/// A table of a key and one more column.
fn viewset(db: &Database, column: ColumnDef) -> ViewSet {
    let table = Table::create()
        .table("cells")
        .col(ColumnDef::new("id").integer().primary_key())
        .col(column)
        .to_owned();
    ViewSet::new(Model::from_table("Cell", &table)).database(db)
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_committed_taken_back_or_missed() {
    let Some(fresh) = fresh().await else { return };
    fresh
        .execute(
            "CREATE TABLE cells (id int PRIMARY KEY, cell int); INSERT INTO cells VALUES (1, 0)",
        )
        .await;
    let run = |sql: &'static str, result: fn() -> Result<()>| {
        move |act: Act| async move {
            let mut postgres = act.transaction.postgres().await?;
            sqlx::raw_sql(sql).execute(&mut *postgres).await?;
            result()
        }
    };
    let add = "UPDATE cells SET cell = cell + 1";
    let refused = || Err(Error::new(Code::Forbidden, "not today"));
    // A handler that goes on although a statement failed: nothing of it can be committed.
    let stubborn = |act: Act| async move {
        let mut postgres = act.transaction.postgres().await?;
        sqlx::raw_sql("UPDATE cells SET cell = cell + 10")
            .execute(&mut *postgres)
            .await?;
        assert!(
            sqlx::raw_sql("SELECT 1 / 0")
                .execute(&mut *postgres)
                .await
                .is_err()
        );
        Ok::<_, Error>(())
    };
    let panics = |act: Act| async move {
        let mut postgres = act.transaction.postgres().await?;
        sqlx::raw_sql("UPDATE cells SET cell = cell + 10")
            .execute(&mut *postgres)
            .await?;
        assert!(!act.key.is_empty(), "on purpose");
        Ok::<_, Error>(())
    };
    let api = viewset(&fresh.db, ColumnDef::new("cell").integer().to_owned())
        .action(Action::on_collection(
            "commit",
            Method::POST,
            run(add, || Ok(())),
        ))
        .action(Action::on_collection(
            "refuse",
            Method::POST,
            run(add, refused),
        ))
        .action(Action::on_collection(
            "read",
            Method::GET,
            run(add, || Ok(())),
        ))
        .action(Action::on_collection(
            "ends",
            Method::POST,
            run("UPDATE cells SET cell = cell + 100; COMMIT", || Ok(())),
        ))
        .action(Action::on_collection("stubborn", Method::POST, stubborn))
        .action(Action::on_collection("panics", Method::POST, panics))
        .build()
        .expect("an API");
    for (method, name, status, cell) in [
        ("POST", "commit", 200, 1),
        ("POST", "refuse", 403, 1),
        ("GET", "read", 500, 1),
        ("POST", "stubborn", 500, 1),
        ("POST", "panics", 500, 1),
        // The handler itself committed, so that the transaction was another than the one that was begun.
        ("POST", "ends", 500, 101),
        ("POST", "commit", 200, 102),
    ] {
        let answer = call(&api, method, &format!("/{name}/"), &[], "").await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        assert_eq!(cells(&api).await, [cell], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transaction_of_a_get_is_a_snapshot() {
    let Some(fresh) = fresh().await else { return };
    fresh
        .execute(
            "CREATE TABLE cells (id int PRIMARY KEY, cell int); INSERT INTO cells VALUES (1, 1)",
        )
        .await;
    let pool = PgPoolOptions::new().connect_lazy(fresh.url.as_deref().expect("a server"));
    let db = Database::from_postgres_pool(pool.expect("a pool"));
    assert!(db.postgres_pool().is_some());
    let other = fresh.db.clone();
    let twice = move |act: Act| {
        let other = other.clone();
        async move {
            let mut seen = Vec::new();
            for _ in 0..2 {
                let mut postgres = act.transaction.postgres().await?;
                let cell = sqlx::query_scalar::<_, i32>("SELECT cell FROM cells");
                seen.push(cell.fetch_one(&mut *postgres).await?);
                other
                    .execute_script("UPDATE cells SET cell = cell + 1")
                    .await?;
            }
            Ok(Reply::updated(&seen))
        }
    };
    let api = viewset(&db, ColumnDef::new("cell").integer().to_owned())
        .action(Action::on_collection("twice", Method::GET, twice))
        .build()
        .expect("an API");
    assert_eq!(ask(&api, "/twice/").await.json(), json!([1, 1]));
    assert_eq!(cells(&api).await, [3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_padded_text_is_its_text_and_compared_as_that() {
    let Some(fresh) = fresh().await else { return };
    fresh
        .execute(
            "CREATE TABLE cells (id int PRIMARY KEY, cell char(5));
             INSERT INTO cells VALUES (1, 'ab'), (2, 'AB'), (3, ''), (4, NULL)",
        )
        .await;
    let api = viewset(&fresh.db, ColumnDef::new("cell").char_len(5).to_owned());
    let api = api.build().expect("an API");
    assert_eq!(
        cells(&api).await,
        [json!("ab"), json!("AB"), json!(""), json!(null)]
    );
    for (query, found) in [
        ("cell=ab", &[1][..]),
        ("cell=ab%20%20%20", &[]),
        ("cell=", &[3]),
        ("cell__in=ab,AB", &[1, 2]),
        ("cell__iexact=Ab", &[1, 2]),
        ("cell__endswith=b", &[1]),
        ("cell!=ab", &[2, 3, 4]),
        ("cell__isnull=true", &[4]),
    ] {
        assert_eq!(ids(&api, query).await, found, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collation_that_takes_texts_for_equal_does_not_make_them_so() {
    let Some(fresh) = fresh().await else { return };
    fresh
        .execute(
            "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
             CREATE TABLE cells (id int PRIMARY KEY, cell text COLLATE blind);
             INSERT INTO cells VALUES (1, 'eve'), (2, 'Ève'), (3, 'EVE')",
        )
        .await;
    // What reflection says of such a column, a model of one's own says by its type.
    let api = viewset(&fresh.db, ColumnDef::new("cell").char_len(5).to_owned());
    let api = api.build().expect("an API");
    for (query, found) in [
        ("cell=eve", &[1][..]),
        ("cell=%C3%88ve", &[2]),
        ("cell__in=eve,EVE", &[1, 3]),
        ("cell!=eve", &[2, 3]),
        ("cell__startswith=E", &[3]),
    ] {
        assert_eq!(ids(&api, query).await, found, "{query}");
    }
}
