//! The peer's writes: one statement in autocommit for one row, and a transaction of single `INSERT`s for many.

use axum::Router;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::{BoxError, databases::Kind};

#[derive(Serialize)]
struct Order {
    order_id: i32,
    customer: String,
    item: String,
    quantity: i32,
    price: f64,
    placed: NaiveDateTime,
}

#[derive(Deserialize)]
struct NewOrder {
    customer: String,
    item: String,
    quantity: i32,
    price: f64,
    placed: NaiveDateTime,
}

#[derive(Deserialize)]
struct Change {
    quantity: i32,
}

/// What a POST is answered with.
#[derive(Serialize)]
#[serde(untagged)]
enum Created {
    One(Order),
    Many(Vec<Order>),
}

/// The routes of orders, over a pool of their own.
pub(crate) async fn app(url: &str, careful: bool) -> Result<Router, BoxError> {
    match Kind::of(url)? {
        Kind::Sqlite => sqlite::app(url, careful).await,
        Kind::Postgres => postgres::app(url, careful).await,
        Kind::MySql => mysql::app(url, careful).await,
    }
}

/// One database's: its types of sqlx, the `INSERT`, and the statement that patches a row. That returns the row where
/// the database can do so, and is followed by a `SELECT` where it cannot.
macro_rules! peer {
    ($name:ident, $backend:ident, $row:ident, $connection:ident, $insert:literal, $update:literal $(, $select:literal)?) => {
        mod $name {
            use axum::{
                Json, Router,
                body::Bytes,
                extract::{Path, State},
                http::StatusCode,
                routing::{patch, post},
            };
            use sqlx::{$backend, $connection, FromRow, Pool, Row, $name::$row, pool::PoolOptions};

            use super::{BoxError, Change, Created, NewOrder, Order};

            impl<'r> FromRow<'r, $row> for Order {
                fn from_row(row: &'r $row) -> Result<Self, sqlx::Error> {
                    Ok(Self {
                        order_id: row.try_get("order_id")?,
                        customer: row.try_get("customer")?,
                        item: row.try_get("item")?,
                        quantity: row.try_get("quantity")?,
                        price: row.try_get("price")?,
                        placed: row.try_get("placed")?,
                    })
                }
            }

            pub(super) async fn app(url: &str, careful: bool) -> Result<Router, BoxError> {
                let options = PoolOptions::<$backend>::new().test_before_acquire(!careful);
                Ok(Router::new()
                    .route("/api/orders/", post(create))
                    .route("/api/orders/{id}/", patch(change))
                    .with_state(options.connect(url).await?))
            }

            async fn create(
                State(pool): State<Pool<$backend>>,
                body: Bytes,
            ) -> Result<(StatusCode, Json<Created>), StatusCode> {
                let malformed = |_| StatusCode::BAD_REQUEST;
                let created = if body.starts_with(b"[") {
                    let orders = serde_json::from_slice(&body).map_err(malformed)?;
                    insert_all(&pool, orders).await.map(Created::Many)
                } else {
                    let order = serde_json::from_slice(&body).map_err(malformed)?;
                    let mut connection = pool.acquire().await.map_err(failed)?;
                    insert(&mut connection, order).await.map(Created::One)
                };
                Ok((StatusCode::CREATED, Json(created.map_err(failed)?)))
            }

            async fn insert(connection: &mut $connection, order: NewOrder) -> sqlx::Result<Order> {
                sqlx::query_as($insert)
                    .bind(order.customer)
                    .bind(order.item)
                    .bind(order.quantity)
                    .bind(order.price)
                    .bind(order.placed)
                    .fetch_one(connection)
                    .await
            }

            async fn insert_all(
                pool: &Pool<$backend>,
                orders: Vec<NewOrder>,
            ) -> sqlx::Result<Vec<Order>> {
                let mut transaction = pool.begin().await?;
                let mut created = Vec::new();
                for order in orders {
                    created.push(insert(&mut transaction, order).await?);
                }
                transaction.commit().await?;
                Ok(created)
            }

            async fn change(
                State(pool): State<Pool<$backend>>,
                Path(id): Path<i32>,
                Json(change): Json<Change>,
            ) -> Result<Json<Order>, StatusCode> {
                let order: Option<Order> = peer!(@change pool, change.quantity, id, $update $(, $select)?)
                    .map_err(failed)?;
                order.map(Json).ok_or(StatusCode::NOT_FOUND)
            }

            fn failed(error: sqlx::Error) -> StatusCode {
                eprintln!("the peer failed: {error}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    };
    (@change $pool:ident, $quantity:expr, $id:ident, $update:literal) => {
        sqlx::query_as($update)
            .bind($quantity)
            .bind($id)
            .fetch_optional(&$pool)
            .await
    };
    (@change $pool:ident, $quantity:expr, $id:ident, $update:literal, $select:literal) => {{
        let update = sqlx::query($update).bind($quantity).bind($id);
        update.execute(&$pool).await.map_err(failed)?;
        sqlx::query_as($select)
            .bind($id)
            .fetch_optional(&$pool)
            .await
    }};
}

peer!(
    sqlite,
    Sqlite,
    SqliteRow,
    SqliteConnection,
    "INSERT INTO orders (customer, item, quantity, price, placed) VALUES (?, ?, ?, ?, ?) \
     RETURNING order_id, customer, item, quantity, price, placed",
    "UPDATE orders SET quantity = ? WHERE order_id = ? \
     RETURNING order_id, customer, item, quantity, price, placed"
);
peer!(
    postgres,
    Postgres,
    PgRow,
    PgConnection,
    "INSERT INTO orders (customer, item, quantity, price, placed) VALUES ($1, $2, $3, $4, $5) \
     RETURNING order_id, customer, item, quantity, price, placed",
    "UPDATE orders SET quantity = $1 WHERE order_id = $2 \
     RETURNING order_id, customer, item, quantity, price, placed"
);
peer!(
    mysql,
    MySql,
    MySqlRow,
    MySqlConnection,
    "INSERT INTO orders (customer, item, quantity, price, placed) VALUES (?, ?, ?, ?, ?) \
     RETURNING order_id, customer, item, quantity, price, placed",
    "UPDATE orders SET quantity = ? WHERE order_id = ?",
    "SELECT order_id, customer, item, quantity, price, placed FROM orders WHERE order_id = ?"
);
