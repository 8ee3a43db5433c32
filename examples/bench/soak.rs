//! Half an hour of reads and writes while faults are injected: `bench soak`, with `--database`, `--minutes` and `--rate`.
//!
//! 1. Requests [come at a rate](crate::arrivals), of ten kinds. Some clients leave before they are answered.
//! 2. Every few seconds connections of the database are ended, or a table is locked for a second; on SQLite, another
//!    program holds the write lock.
//! 3. Each answer is a success, and that of its request, or 503. At the end the database has each write that was
//!    acknowledged, once, and none that was refused.
//! 4. The memory of the server is the same at the end as at the beginning.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::time::{Instant, sleep};

use crate::{
    BoxError,
    arrivals::{Source, at_a_rate},
    data::{CARS, COMMON, ORDERS, order},
    databases::{Kind, Made},
    http::Request,
    named,
    server::{Contender, Server},
};

/// How many kinds of requests there are; each is as frequent as the others.
const KINDS: u32 = 10;
/// The first quantity that orders are changed to, which none has before.
const FIRST_QUANTITY: u32 = 1000;
/// How many rows a request for many creates.
const MANY: u32 = 50;
/// How long it is between two faults, and how long a lock is held.
const BETWEEN_FAULTS: Duration = Duration::from_secs(5);
const LOCKED: Duration = Duration::from_secs(1);
/// By how much the memory may grow, in KiB, beside what is remembered for more and more different requests.
const GROWTH: u32 = 8 * 1024;

/// The options of the command line.
struct Options {
    database: Kind,
    minutes: u32,
    rate: u64,
}

impl Options {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, BoxError> {
        let mut options = Self {
            database: Kind::Postgres,
            minutes: 30,
            rate: 100,
        };
        for (name, value) in named(arguments)? {
            match name.as_str() {
                "--database" => options.database = value.parse()?,
                "--minutes" => options.minutes = value.parse()?,
                "--rate" => options.rate = value.parse()?,
                _ => return Err(format!("{name} is none of --database, --minutes, --rate").into()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn main(arguments: impl Iterator<Item = String>) -> Result<(), BoxError> {
    let options = Options::read(arguments)?;
    eprintln!("{}: making the rows", options.database);
    let made = Made::new(options.database)?;
    let server = Server::start(Contender::Ours, &made.url)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let clients = Arc::new(Clients::new(&server));
        let faults = tokio::spawn(inject(options.database, made.url.clone()));
        println!("| minute | answered | p50 | p99 | most | 503 | p99 | most | most memory, KiB |");
        println!("|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        let mut memory = Vec::new();
        for minute in 1..=options.minutes {
            server.idle_memory()?;
            let ask = || Arc::clone(&clients).ask();
            let times = at_a_rate(options.rate, Duration::from_secs(60), ask).await?;
            memory.push(server.peak_memory()?);
            println!(
                "| {minute} | {} | {} |",
                times.cells(),
                memory[memory.len() - 1]
            );
            if faults.is_finished() {
                break;
            }
        }
        match faults.is_finished() {
            true => return faults.await?,
            false => faults.abort(),
        }
        sleep(LOCKED).await;
        println!("\n{}", clients.compare(options.database, &made.url).await?);
        println!("{}", flat(&memory)?);
        Ok(())
    })
}

/// Compares the memory of the last third with that of the second, since the first warms up.
fn flat(memory: &[u32]) -> Result<String, BoxError> {
    let third = memory.len() / 3;
    let most = |part: &[u32]| part.iter().copied().max().unwrap_or_default();
    let (before, after) = (most(&memory[third..2 * third]), most(&memory[2 * third..]));
    let words = format!("Most memory of the second third: {before} KiB; of the last: {after} KiB.");
    match after > before + GROWTH && third > 0 {
        true => Err(words.into()),
        false => Ok(words),
    }
}

/// The outcome of a write, as its client knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Acknowledged,
    Refused,
    /// The client has left, or was told that the outcome is unknown.
    Perhaps,
}

/// All clients, and what they know of their writes.
struct Clients {
    source: Source,
    next: AtomicU32,
    /// By the number of the request, with the number of rows.
    created: Mutex<HashMap<u32, (Written, u32)>>,
    /// The quantities that an order may have, by its key.
    changed: Mutex<HashMap<u32, Vec<u32>>>,
}

impl Clients {
    fn new(server: &Server) -> Self {
        Self {
            source: Source::new(server.address),
            next: AtomicU32::new(0),
            created: Mutex::default(),
            changed: Mutex::default(),
        }
    }

    /// Sends the next request, and checks that the answer is its own; returns the status.
    async fn ask(self: Arc<Self>) -> Result<u16, BoxError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (kind, number) = (number % KINDS, number / KINDS);
        match kind {
            0..=2 => {
                let id = (number * 3 + kind) * 7919 % CARS + 1;
                let own = format!("\"car_id\":{id},");
                self.read(&format!("/api/cars/{id}/"), &own).await
            }
            3 => {
                let make = COMMON[number as usize % COMMON.len()];
                let path = format!("/api/cars/?make={make}&page={}", number % 12 + 1);
                self.read(&path, &format!("\"make\":\"{make}\"")).await
            }
            4 => {
                let path = format!("/api/uncounted/?model__icontains=zq{number}");
                self.read(&path, "\"results\":[]").await
            }
            5 => {
                let path = format!("/api/uncounted/?page_size={}", 900 + number % 100);
                self.read(&path, "\"car_id\":900,").await
            }
            6 => {
                let path = format!("/api/cars/?model=Model%20{}", number % 997);
                let after = Duration::from_millis(u64::from(number) % 20);
                self.source.leave(&Request::get(&path), after).await?;
                Ok(200)
            }
            7 => {
                let request = Request::post("/api/orders/", &own_order(number));
                if number.is_multiple_of(10) {
                    let after = Duration::from_millis(u64::from(number / 10) % 20);
                    self.source.leave(&request, after).await?;
                    self.created(number, (Written::Perhaps, 1))?;
                    return Ok(200);
                }
                let (status, written) = self.write(&request).await?;
                self.created(number, (written, 1))?;
                Ok(status)
            }
            8 => {
                let number = number + u32::MAX / 2;
                let orders: Vec<_> = (0..MANY).map(|_| own_order(number)).collect();
                let request = Request::post("/api/orders/", &Value::Array(orders));
                let (status, written) = self.write(&request).await?;
                self.created(number, (written, MANY))?;
                Ok(status)
            }
            _ => {
                let (id, quantity) = (number % ORDERS + 1, FIRST_QUANTITY + number / ORDERS);
                let body = json!({ "quantity": quantity });
                let request = Request::patch(&format!("/api/orders/{id}/"), &body);
                let (status, written) = self.write(&request).await?;
                self.changed(id, written, quantity)?;
                Ok(status)
            }
        }
    }

    async fn read(&self, path: &str, own: &str) -> Result<u16, BoxError> {
        let (status, body) = self.source.send(&Request::get(path)).await?;
        if status == 200 && !String::from_utf8_lossy(&body).contains(own) {
            return Err(format!("the answer to {path} is another's, without {own}").into());
        }
        Ok(status)
    }

    async fn write(&self, request: &Request) -> Result<(u16, Written), BoxError> {
        let (status, body) = self.source.send(request).await?;
        if status != 503 {
            return Ok((status, Written::Acknowledged));
        }
        let problem: Value = serde_json::from_slice(&body)?;
        let code = problem["code"].as_str().ok_or("a problem has no code")?;
        Ok(match code {
            "outcome_unknown" => (status, Written::Perhaps),
            _ => (status, Written::Refused),
        })
    }

    fn created(&self, number: u32, written: (Written, u32)) -> Result<(), BoxError> {
        let mut created = self.created.lock().map_err(|_| "a panic")?;
        created.insert(number, written);
        Ok(())
    }

    /// An order is not changed again before long, so that its changes do not overlap.
    fn changed(&self, id: u32, written: Written, quantity: u32) -> Result<(), BoxError> {
        let mut changed = self.changed.lock().map_err(|_| "a panic")?;
        let may_be = changed.entry(id).or_insert_with(|| vec![id % 100]);
        match written {
            Written::Acknowledged => *may_be = vec![quantity],
            Written::Refused => {}
            Written::Perhaps => may_be.push(quantity),
        }
        Ok(())
    }

    /// Compares what the clients know with what the database has.
    async fn compare(&self, kind: Kind, url: &str) -> Result<String, BoxError> {
        let counted =
            "SELECT customer, COUNT(*) FROM orders WHERE customer LIKE 'soak %' GROUP BY customer";
        let quantities = format!(
            "SELECT CAST(order_id AS CHAR(20)), CAST(quantity AS {}) FROM orders WHERE order_id <= {ORDERS}",
            if kind == Kind::MySql {
                "SIGNED"
            } else {
                "BIGINT"
            }
        );
        let (rows, quantities) = (
            pairs(kind, url, counted).await?,
            pairs(kind, url, &quantities).await?,
        );
        let created = self.created.lock().map_err(|_| "a panic")?;
        let changed = self.changed.lock().map_err(|_| "a panic")?;
        let mut wrong = Vec::new();
        let mut numbers = [0; 3];
        for (number, (written, rows_of)) in &*created {
            let there = rows
                .get(&format!("soak {number}"))
                .copied()
                .unwrap_or_default();
            let all = i64::from(*rows_of);
            if !fits(*written, there == 0, there == all) {
                wrong.push(format!("{written:?}, but {there} of {all} rows are there"));
            }
            numbers[*written as usize] += 1;
        }
        if rows.len() > created.len() {
            wrong.push(format!(
                "{} creations are there, of {}",
                rows.len(),
                created.len()
            ));
        }
        for (id, may_be) in &*changed {
            let there = *quantities.get(&id.to_string()).ok_or("an order is gone")?;
            if !may_be.iter().any(|quantity| i64::from(*quantity) == there) {
                wrong.push(format!(
                    "order {id} has the quantity {there}, not of {may_be:?}"
                ));
            }
        }
        let [acknowledged, refused, perhaps] = numbers;
        match wrong.is_empty() {
            true => Ok(format!(
                "Of the creations, {acknowledged} were acknowledged, {refused} refused and {perhaps} of unknown outcome; the \
                 database has those that it should, once. {} orders were changed, and each has the quantity that it should.",
                changed.len()
            )),
            false => Err(format!("{} writes are wrong: {}", wrong.len(), wrong.join("; ")).into()),
        }
    }
}

/// Whether a write that is known as `written` may have left the old state, or the new one.
fn fits(written: Written, is_old: bool, is_new: bool) -> bool {
    match written {
        Written::Acknowledged => is_new,
        Written::Refused => is_old,
        Written::Perhaps => is_old || is_new,
    }
}

/// An order that tells its request.
fn own_order(number: u32) -> Value {
    let mut own = order(number % ORDERS);
    own["customer"] = json!(format!("soak {number}"));
    own
}

/// Reads texts with their numbers.
async fn pairs(kind: Kind, url: &str, sql: &str) -> Result<HashMap<String, i64>, BoxError> {
    let rows: Vec<(String, i64)> = match kind {
        Kind::Sqlite => {
            let mut connection = sqlx::SqliteConnection::connect(url).await?;
            sqlx::query_as(AssertSqlSafe(sql))
                .fetch_all(&mut connection)
                .await?
        }
        Kind::Postgres => {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            sqlx::query_as(AssertSqlSafe(sql))
                .fetch_all(&mut connection)
                .await?
        }
        Kind::MySql => {
            let mut connection = sqlx::MySqlConnection::connect(url).await?;
            sqlx::query_as(AssertSqlSafe(sql))
                .fetch_all(&mut connection)
                .await?
        }
    };
    // PostgreSQL fills numbers that are read as texts up with spaces.
    let trimmed = rows
        .into_iter()
        .map(|(text, number)| (text.trim().to_owned(), number));
    Ok(trimmed.collect())
}

/// Injects a fault every few seconds.
async fn inject(kind: Kind, url: String) -> Result<(), BoxError> {
    let mut due = Instant::now();
    for number in 0_u32.. {
        due += BETWEEN_FAULTS;
        tokio::time::sleep_until(due).await;
        let is_lock = number % 3 == 2;
        match kind {
            Kind::Sqlite => {
                let mut connection = sqlx::SqliteConnection::connect(&url).await?;
                sqlx::raw_sql("BEGIN IMMEDIATE")
                    .execute(&mut connection)
                    .await?;
                sleep(LOCKED).await;
                sqlx::raw_sql("COMMIT").execute(&mut connection).await?;
            }
            Kind::Postgres => {
                let mut connection = sqlx::PgConnection::connect(&url).await?;
                let sql = match is_lock {
                    true => {
                        "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT"
                    }
                    false => {
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                         AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2"
                    }
                };
                sqlx::raw_sql(sql).execute(&mut connection).await?;
            }
            Kind::MySql => {
                let mut connection = sqlx::MySqlConnection::connect(&url).await?;
                let sql = match is_lock {
                    true => "LOCK TABLES orders WRITE; DO SLEEP(1); UNLOCK TABLES",
                    false => {
                        "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1094 BEGIN END; \
                         FOR one IN (SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() \
                         AND ID <> CONNECTION_ID() ORDER BY RAND() LIMIT 2) DO KILL one.ID; END FOR; END"
                    }
                };
                sqlx::raw_sql(sql).execute(&mut connection).await?;
            }
        }
    }
    Ok(())
}
