//! The examples, as they are run.

use tower_rest::Database;

use crate::server::{get, serve_any};

#[path = "../../examples/cars/main.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "only `app` and `fill` are called here, not `main`"
)]
mod cars;

#[tokio::test]
async fn the_cars_example_serves_its_three_models() {
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("tables and rows");
    cars::fill(&db).await.expect("filled already");
    let address = serve_any(cars::app(&db).expect("an application")).await;
    let root = get(address, "/api/").await.json();
    assert_eq!(root["parts"], "http://test/api/parts/");
    let count = |path: &'static str| async move {
        get(address, path).await.json()["count"]
            .as_u64()
            .expect("a count")
    };
    assert!(count("/api/cars/").await >= 120);
    assert!(count("/api/cars/?owner_id__isnull=true").await > 10);
    assert!(count("/api/cars/?make__startswith=Citro%C3%ABn").await > 1);
    assert!(count("/api/parts/?price__gt=1000").await > 1);
    let part = get(address, "/api/parts/1/").await.json();
    let car = part["car"]
        .as_str()
        .and_then(|uri| uri.strip_prefix("http://test"))
        .expect("a complete URI")
        .to_owned();
    let car = get(address, &car).await.json();
    assert_eq!(part["car_id"], car["car_id"]);
    let owner = get(address, "/api/cars/?owner_id__isnull=false&page_size=1")
        .await
        .json();
    let owner = owner["results"][0]["owner"]
        .as_str()
        .and_then(|uri| uri.strip_prefix("http://test"))
        .expect("a link")
        .to_owned();
    assert_eq!(get(address, &owner).await.status, 200);
    let long = get(address, "/api/cars/?search=2CV&fields=notes")
        .await
        .json();
    assert!(long["results"][0]["notes"].as_str().expect("notes").len() > 1000);
}

#[tokio::test]
async fn every_stored_value_of_the_cars_example_can_be_read() {
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("tables and rows");
    let pool = db.sqlite_pool().expect("SQLite");
    let address = serve_any(cars::app(&db).expect("an application")).await;
    // What a page shows as null is null in the table: no value was unreadable.
    for (model, column) in [
        ("owners", "seen_at"),
        ("cars", "designer"),
        ("parts", "fitted_at"),
        ("parts", "spec"),
    ] {
        let stored: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "SELECT count({column}) FROM {model}"
        )))
        .fetch_one(pool)
        .await
        .expect("a count");
        let list = get(address, &format!("/api/{model}/?page_size=1000"))
            .await
            .json();
        let shown = list["results"]
            .as_array()
            .expect("rows")
            .iter()
            .filter(|row| !row[column].is_null())
            .count();
        assert_eq!(
            i64::try_from(shown).expect("a count"),
            stored,
            "{model}.{column}"
        );
    }
}
