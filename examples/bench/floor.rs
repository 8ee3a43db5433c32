//! The floor: what the database does with the statement of a case in a bare loop, with no request around it.

use std::{
    env,
    process::Command,
    time::{Duration, Instant},
};

use sqlx::Connection;
use tokio::task::JoinSet;

use crate::{
    BoxError,
    data::{CARS, COMMON, ORDERS, rare},
    databases::Kind,
};

/// How many connections loop: as many as ours has.
const CONNECTIONS: u32 = 5;

/// How often a second the statement of a case is answered, in a process of its own.
pub(crate) fn rate(url: &str, case: &str, time: Duration) -> Result<f64, BoxError> {
    let output = Command::new(env::current_exe()?)
        .args(["floor", url, case, &time.as_micros().to_string()])
        .output()?;
    if !output.status.success() {
        return Err(format!(
            "the floor failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

/// `bench floor URL CASE MICROSECONDS`
pub(crate) fn main(mut arguments: impl Iterator<Item = String>) -> Result<(), BoxError> {
    let mut next = || {
        arguments
            .next()
            .ok_or("floor takes a URL, a case and a time")
    };
    let (url, case, time) = (next()?, next()?, Duration::from_micros(next()?.parse()?));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let kind = Kind::of(&url)?;
    let sql = (statement(&case, kind)?, Row::of(kind));
    let rate = runtime.block_on(async {
        match Kind::of(&url)? {
            Kind::Sqlite => sqlite(&url, &case, sql, time).await,
            Kind::Postgres => postgres(&url, &case, sql, time).await,
            Kind::MySql => mysql(&url, &case, sql, time).await,
        }
    })?;
    println!("{rate}");
    Ok(())
}

/// One database's, for sqlx has no connection to any of them that is as fast.
macro_rules! floor {
    ($name:ident, $connection:ident) => {
        async fn $name(
            url: &str,
            case: &str,
            (sql, row): (&'static str, Row),
            time: Duration,
        ) -> Result<f64, BoxError> {
            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                connections.push(sqlx::$connection::connect(url).await?);
            }
            let (started, is_read) = (Instant::now(), !matches!(case, "E" | "F"));
            // Each round writes to other rows, which seldom hold the value that they are set to.
            let shift = if is_read { 0 } else { std::process::id() };
            let mut tasks = JoinSet::new();
            for (number, mut connection) in (1_u32..).zip(connections) {
                let (is_rare, case) = (case == "D", case.to_owned());
                let common = COMMON.iter().cycle();
                let mut common = common.skip(usize::try_from(number).unwrap_or(0));
                tasks.spawn(async move {
                    let mut count = 0_u32;
                    while started.elapsed() < time {
                        count += 1;
                        let at = count * 7919 + number + shift;
                        let query = sqlx::query(sql);
                        let query = match case.as_str() {
                            "A" => query.bind(i64::from(at % CARS + 1)),
                            "C" => query.bind(1001_i64).bind(0_i64),
                            "E" => {
                                let placed = chrono::DateTime::UNIX_EPOCH.naive_utc();
                                let query = query.bind("Customer 1").bind("Part 1").bind(1_i32);
                                query.bind(0.25_f64).bind(placed)
                            }
                            "F" => {
                                let key = i32::try_from(at % ORDERS + 1).unwrap_or(1);
                                query.bind(i32::try_from(count % 97).unwrap_or(0)).bind(key)
                            }
                            _ => {
                                let make = match common.next() {
                                    Some(make) if !is_rare => (*make).to_owned(),
                                    _ => rare(count * 7 + number),
                                };
                                let query = query.bind(make.clone()).bind(make);
                                query.bind(25_i64).bind(0_i64)
                            }
                        };
                        if is_read {
                            let rows = query.fetch_all(&mut connection).await?;
                            if rows.is_empty() || (case == "A" && rows.len() > 1) {
                                return Err(sqlx::Error::RowNotFound);
                            }
                        } else {
                            let key = i32::try_from(at % ORDERS + 1).unwrap_or(1);
                            let mut transaction = connection.begin().await?;
                            if let (Some(lock), "F") = (row.lock, case.as_str()) {
                                let lock = sqlx::query(lock).bind(key);
                                lock.fetch_one(&mut *transaction).await?;
                            }
                            query.execute(&mut *transaction).await?;
                            let again = sqlx::query(row.read).bind(key);
                            again.fetch_one(&mut *transaction).await?;
                            transaction.commit().await?;
                        }
                    }
                    Ok(count)
                });
            }
            let mut count = 0;
            while let Some(done) = tasks.join_next().await {
                count += done??;
            }
            Ok(f64::from(count) / started.elapsed().as_secs_f64())
        }
    };
}

floor!(sqlite, SqliteConnection);
floor!(postgres, PgConnection);
floor!(mysql, MySqlConnection);

/// The statements with which ours locks a row and reads it again, in a case that writes.
#[derive(Clone, Copy)]
struct Row {
    /// Nothing on SQLite, whose writer is alone.
    lock: Option<&'static str>,
    read: &'static str,
}

impl Row {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self {
                lock: None,
                read: "SELECT order_id, customer, item, quantity, price, placed FROM orders WHERE order_id = ?",
            },
            Kind::Postgres => Self {
                lock: Some("SELECT order_id FROM orders WHERE order_id = $1 FOR UPDATE"),
                read: "SELECT order_id, customer, item, quantity, price, placed FROM orders WHERE order_id = $1",
            },
            Kind::MySql => Self {
                lock: Some("SELECT order_id FROM orders WHERE order_id = ? FOR UPDATE"),
                read: "SELECT order_id, customer, item, quantity, price, placed FROM orders WHERE order_id = ?",
            },
        }
    }
}

/// What ours asks of the database in a case; in one that writes, between `BEGIN` and the reading of the row.
fn statement(case: &str, kind: Kind) -> Result<&'static str, BoxError> {
    Ok(match (case, kind) {
        ("A", Kind::Postgres) => {
            "SELECT car_id, make, model, year, price, built FROM cars WHERE car_id = $1"
        }
        ("A", _) => "SELECT car_id, make, model, year, price, built FROM cars WHERE car_id = ?",
        ("B" | "D" | "W", Kind::Postgres) => {
            "SELECT (SELECT COUNT(*) FROM cars WHERE make = $1), car_id, make, model, year, price, built \
             FROM cars WHERE make = $2 ORDER BY car_id LIMIT $3 OFFSET $4"
        }
        ("B" | "D" | "W", _) => {
            "SELECT (SELECT COUNT(*) FROM cars WHERE make = ?), car_id, make, model, year, price, built \
             FROM cars WHERE make = ? ORDER BY car_id LIMIT ? OFFSET ?"
        }
        ("C", Kind::Postgres) => {
            "SELECT car_id, make, model, year, price, built FROM cars ORDER BY car_id LIMIT $1 OFFSET $2"
        }
        ("C", _) => {
            "SELECT car_id, make, model, year, price, built FROM cars ORDER BY car_id LIMIT ? OFFSET ?"
        }
        ("E", Kind::Postgres) => {
            "INSERT INTO orders (customer, item, quantity, price, placed) VALUES ($1, $2, $3, $4, $5)"
        }
        ("E", _) => {
            "INSERT INTO orders (customer, item, quantity, price, placed) VALUES (?, ?, ?, ?, ?)"
        }
        ("F", Kind::Postgres) => "UPDATE orders SET quantity = $1 WHERE order_id = $2",
        ("F", _) => "UPDATE orders SET quantity = ? WHERE order_id = ?",
        _ => return Err("no such case".into()),
    })
}
