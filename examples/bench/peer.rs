//! The peer: what one would write by hand, with axum, a pool of sqlx, `query_as` and serde.

use std::path::Path;

use axum::{
    Json, Router,
    extract::{Path as Segment, Query, State},
    http::StatusCode,
    routing::get,
};
use serde::{Deserialize, Serialize};
use sqlx::{
    FromRow, Row, SqlitePool,
    sqlite::{SqlitePoolOptions, SqliteRow},
};

use crate::BoxError;

#[derive(Serialize)]
struct Car {
    car_id: i64,
    make: String,
    model: String,
    year: i64,
    price: f64,
    built: String,
}

/// What `#[derive(FromRow)]` writes; sqlx's derive would build SQLite a second time, for the compiler.
impl<'r> FromRow<'r, SqliteRow> for Car {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            car_id: row.try_get("car_id")?,
            make: row.try_get("make")?,
            model: row.try_get("model")?,
            year: row.try_get("year")?,
            price: row.try_get("price")?,
            built: row.try_get("built")?,
        })
    }
}

#[derive(Serialize)]
struct Page {
    count: i64,
    results: Vec<Car>,
}

#[derive(Serialize)]
struct Uncounted {
    results: Vec<Car>,
}

#[derive(Deserialize)]
struct Asked {
    make: String,
    #[serde(default = "first")]
    page: i64,
    #[serde(default = "size")]
    page_size: i64,
}

#[derive(Deserialize)]
struct AskedOfAll {
    #[serde(default = "first")]
    page: i64,
    #[serde(default = "size")]
    page_size: i64,
}

fn first() -> i64 {
    1
}

fn size() -> i64 {
    25
}

/// With the defaults of sqlx.
pub(crate) async fn app(file: &Path) -> Result<Router, BoxError> {
    Ok(over(SqlitePool::connect(&url(file)).await?))
}

/// By someone who knows that the pool tests a connection each time it hands one out, and that SQLite needs no such test.
pub(crate) async fn careful_app(file: &Path) -> Result<Router, BoxError> {
    let pool = SqlitePoolOptions::new().test_before_acquire(false);
    Ok(over(pool.connect(&url(file)).await?))
}

fn url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

fn over(pool: SqlitePool) -> Router {
    Router::new()
        .route("/api/cars/", get(list))
        .route("/api/cars/{id}/", get(object))
        .route("/api/uncounted/", get(uncounted))
        .with_state(pool)
}

async fn object(
    State(pool): State<SqlitePool>,
    Segment(id): Segment<i64>,
) -> Result<Json<Car>, StatusCode> {
    let sql = "SELECT car_id, make, model, year, price, built FROM cars WHERE car_id = ?";
    let car: Option<Car> = sqlx::query_as(sql)
        .bind(id)
        .fetch_optional(&pool)
        .await
        .map_err(failed)?;
    car.map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn list(
    State(pool): State<SqlitePool>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page>, StatusCode> {
    let sql = "SELECT car_id, make, model, year, price, built FROM cars \
               WHERE make = ? ORDER BY car_id LIMIT ? OFFSET ?";
    let results = sqlx::query_as(sql)
        .bind(&asked.make)
        .bind(asked.page_size)
        .bind(asked.page_size * (asked.page - 1))
        .fetch_all(&pool)
        .await
        .map_err(failed)?;
    let count = sqlx::query_scalar("SELECT COUNT(*) FROM cars WHERE make = ?")
        .bind(&asked.make)
        .fetch_one(&pool)
        .await
        .map_err(failed)?;
    Ok(Json(Page { count, results }))
}

async fn uncounted(
    State(pool): State<SqlitePool>,
    Query(asked): Query<AskedOfAll>,
) -> Result<Json<Uncounted>, StatusCode> {
    let sql = "SELECT car_id, make, model, year, price, built FROM cars \
               ORDER BY car_id LIMIT ? OFFSET ?";
    let results = sqlx::query_as(sql)
        .bind(asked.page_size)
        .bind(asked.page_size * (asked.page - 1))
        .fetch_all(&pool)
        .await
        .map_err(failed)?;
    Ok(Json(Uncounted { results }))
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn failed(error: sqlx::Error) -> StatusCode {
    eprintln!("the peer failed: {error}");
    StatusCode::INTERNAL_SERVER_ERROR
}
