//! PostgreSQL: what its types are in JSON and in filters, what its collations take for equal, and its transactions.

use http::Method;
use sea_query::ColumnDef;
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use tower_rest::{Act, Action, Database, Error};

use crate::{
    cell_table::{action, check_snapshot, check_steps, counter, create, viewset},
    databases::{Fresh, Kind},
    server::{cells, ids},
};

async fn fresh() -> Option<Fresh> {
    Kind::Postgres.fresh_if_reachable().await
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_are_committed_taken_back_or_missed() {
    let Some(fresh) = fresh().await else { return };
    create(&fresh, "int", &["0"]).await;
    // After a failed statement nothing of the transaction can be committed.
    let stubborn = |act: Act| async move {
        let mut postgres = act.transaction.postgres().await?;
        sqlx::raw_sql("UPDATE cells SET cell = cell + 10")
            .execute(&mut *postgres)
            .await?;
        let failed = sqlx::raw_sql("SELECT 1 / 0").execute(&mut *postgres).await;
        assert!(failed.is_err());
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
    let ends = "UPDATE cells SET cell = cell + 100; COMMIT";
    let api = counter(&fresh)
        .action(action(fresh.kind, Method::POST, "ends", ends, || Ok(())))
        .action(Action::on_collection("stubborn", Method::POST, stubborn))
        .action(Action::on_collection("panics", Method::POST, panics))
        .build()
        .expect("an API");
    let steps = [
        ("POST", "commit", 200, 1),
        ("POST", "refuse", 403, 1),
        ("GET", "read", 500, 1),
        ("POST", "stubborn", 500, 1),
        ("POST", "panics", 500, 1),
        // The handler commits, so the action's own transaction is over.
        ("POST", "ends", 500, 101),
        ("POST", "commit", 200, 102),
    ];
    check_steps(&api, &steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transaction_of_a_get_is_a_snapshot() {
    let Some(fresh) = fresh().await else { return };
    create(&fresh, "int", &["1"]).await;
    let pool = PgPoolOptions::new().connect_lazy(fresh.url.as_deref().expect("a server"));
    let db = Database::from_postgres_pool(pool.expect("a pool"));
    assert!(db.postgres_pool().is_some());
    check_snapshot(&fresh, &db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_padded_text_is_its_text_and_compared_as_that() {
    let Some(fresh) = fresh().await else { return };
    create(&fresh, "char(5)", &["'ab'", "'AB'", "''", "NULL"]).await;
    let api = viewset(&fresh.db, ColumnDef::new("cell").char_len(5));
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
    let collation = "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false)";
    fresh.execute(collation).await;
    create(&fresh, "text COLLATE blind", &["'eve'", "'Ève'", "'EVE'"]).await;
    // A declared model gives such a column the type that reflection would find for it.
    let api = viewset(&fresh.db, ColumnDef::new("cell").char_len(5));
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
