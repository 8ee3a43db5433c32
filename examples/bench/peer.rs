//! The peer: what one would write by hand, with axum, a pool of sqlx, `query_as` and serde.

use axum::Router;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::{BoxError, databases::Kind};

#[derive(Serialize)]
struct Car {
    car_id: i32,
    make: String,
    model: String,
    year: i32,
    price: f64,
    built: NaiveDateTime,
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

/// With the defaults of sqlx; or by someone who knows that the pool tests a connection each time it hands one out.
pub(crate) async fn app(url: &str, careful: bool) -> Result<Router, BoxError> {
    match Kind::of(url)? {
        Kind::Sqlite => sqlite::app(url, careful).await,
        Kind::Postgres => postgres::app(url, careful).await,
        Kind::MySql => mysql::app(url, careful).await,
    }
}

/// One database's, for each has types of its own in sqlx, and its own placeholders.
macro_rules! peer {
    ($name:ident, $backend:ident, $row:ident, $first:literal, $second:literal, $third:literal) => {
        mod $name {
            use axum::{
                Json, Router,
                extract::{Path, Query, State},
                http::StatusCode,
                routing::get,
            };
            use sqlx::{FromRow, Pool, Row, $backend, pool::PoolOptions, $name::$row};

            use super::{Asked, AskedOfAll, BoxError, Car, Page, Uncounted};

            /// What `#[derive(FromRow)]` writes; sqlx's derive would build SQLite a second time, for the compiler.
            impl<'r> FromRow<'r, $row> for Car {
                fn from_row(row: &'r $row) -> Result<Self, sqlx::Error> {
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

            pub(super) async fn app(url: &str, careful: bool) -> Result<Router, BoxError> {
                let options = PoolOptions::<$backend>::new().test_before_acquire(!careful);
                Ok(Router::new()
                    .route("/api/cars/", get(list))
                    .route("/api/cars/{id}/", get(object))
                    .route("/api/uncounted/", get(uncounted))
                    .with_state(options.connect(url).await?))
            }

            async fn object(
                State(pool): State<Pool<$backend>>,
                Path(id): Path<i32>,
            ) -> Result<Json<Car>, StatusCode> {
                let sql = concat!(
                    "SELECT car_id, make, model, year, price, built FROM cars WHERE car_id = ",
                    $first
                );
                let car: Option<Car> = sqlx::query_as(sql)
                    .bind(id)
                    .fetch_optional(&pool)
                    .await
                    .map_err(failed)?;
                car.map(Json).ok_or(StatusCode::NOT_FOUND)
            }

            async fn list(
                State(pool): State<Pool<$backend>>,
                Query(asked): Query<Asked>,
            ) -> Result<Json<Page>, StatusCode> {
                let sql = concat!(
                    "SELECT car_id, make, model, year, price, built FROM cars WHERE make = ",
                    $first,
                    " ORDER BY car_id LIMIT ",
                    $second,
                    " OFFSET ",
                    $third
                );
                let results = sqlx::query_as(sql)
                    .bind(&asked.make)
                    .bind(asked.page_size)
                    .bind(asked.page_size * (asked.page - 1))
                    .fetch_all(&pool)
                    .await
                    .map_err(failed)?;
                let sql = concat!("SELECT COUNT(*) FROM cars WHERE make = ", $first);
                let count = sqlx::query_scalar(sql)
                    .bind(&asked.make)
                    .fetch_one(&pool)
                    .await
                    .map_err(failed)?;
                Ok(Json(Page { count, results }))
            }

            async fn uncounted(
                State(pool): State<Pool<$backend>>,
                Query(asked): Query<AskedOfAll>,
            ) -> Result<Json<Uncounted>, StatusCode> {
                let sql = concat!(
                    "SELECT car_id, make, model, year, price, built FROM cars ORDER BY car_id LIMIT ",
                    $first,
                    " OFFSET ",
                    $second
                );
                let results = sqlx::query_as(sql)
                    .bind(asked.page_size)
                    .bind(asked.page_size * (asked.page - 1))
                    .fetch_all(&pool)
                    .await
                    .map_err(failed)?;
                Ok(Json(Uncounted { results }))
            }

            fn failed(error: sqlx::Error) -> StatusCode {
                eprintln!("the peer failed: {error}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    };
}

peer!(sqlite, Sqlite, SqliteRow, "?", "?", "?");
peer!(postgres, Postgres, PgRow, "$1", "$2", "$3");
peer!(mysql, MySql, MySqlRow, "?", "?", "?");
