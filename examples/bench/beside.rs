//! Single requests beside the statement that one would write by hand, one after the other and without a socket, over a
//! table of more than a million rows: `cargo run --release --example bench -- beside --database postgres`.

use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::Connection as _;
use tower_rest::{Api, Count, Database, Router, Schema};

use crate::{
    BoxError,
    databases::{Kind, Made},
    direct::get,
};

/// How many rows are before those of the deep page.
const DEEP: u32 = 1_000_000;
const PAGE: u32 = 25;
/// The largest page, by which the deep one is walked to.
const WALK: u32 = 10_000;
/// How often each is asked, in turns; those that go through many rows less often.
const TIMES: usize = 400;
const FEW_TIMES: usize = 20;

/// A request, and the statement that finds its rows.
struct Beside {
    name: &'static str,
    path: String,
    sql: String,
    times: usize,
}

/// `bench beside [--database NAME]`
pub(crate) fn main(mut arguments: impl Iterator<Item = String>) -> Result<(), BoxError> {
    let kind = match (arguments.next().as_deref(), arguments.next()) {
        (None, None) => Kind::Sqlite,
        (Some("--database"), Some(name)) => name.parse()?,
        _ => return Err("beside takes --database and its name".into()),
    };
    let made = Made::empty(kind)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let api = api(kind, &made.url).await?;
        let cases = cases(kind, &api).await?;
        let medians = match kind {
            Kind::Sqlite => sqlite(&made.url, &api, &cases).await?,
            Kind::Postgres => postgres(&made.url, &api, &cases).await?,
            Kind::MySql => mysql(&made.url, &api, &cases).await?,
        };
        println!("{}", report(kind, &cases, &medians));
        Ok(())
    })
}

/// Makes the table and its service.
async fn api(kind: Kind, url: &str) -> Result<Api, BoxError> {
    let db = Database::connect(url).await?;
    let last = DEEP + 10 * PAGE;
    let (text, settle) = match kind {
        Kind::Sqlite | Kind::Postgres => ("TEXT", "ANALYZE"),
        Kind::MySql => ("VARCHAR(20)", "ANALYZE TABLE events"),
    };
    db.execute_script(&format!(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, moment INTEGER NOT NULL, kind {text} NOT NULL, amount INTEGER)"
    ))
    .await?;
    let ids: Vec<u32> = (1..=last).collect();
    for some in ids.chunks(100_000) {
        let batches = some.chunks(1000).map(|ids| {
            let row = |id: &u32| {
                format!(
                    "({id}, {}, 'kind {}', {})",
                    u64::from(*id) * 7919 % 500_009,
                    id % 10,
                    id % 97
                )
            };
            let rows: Vec<_> = ids.iter().map(row).collect();
            format!("INSERT INTO events VALUES {}", rows.join(","))
        });
        let batches: Vec<_> = batches.collect();
        db.execute_script(&format!("BEGIN; {}; COMMIT", batches.join("; ")))
            .await?;
    }
    db.execute_script(
        "CREATE INDEX by_moment ON events (moment, id); CREATE INDEX by_kind ON events (kind)",
    )
    .await?;
    db.execute_script(settle).await?;
    let events = Router::of(Schema::reflect(&db).await?).configure("events", |events| {
        events
            .cursor_pages()
            .max_page_size(WALK.into())
            .count_choices([Count::Off, Count::Capped(1000)])
            .facets("amount")
            .aggregates("id")
            .group_by("amount")
    });
    Ok(events.build()?)
}

async fn cases(kind: Kind, api: &Api) -> Result<Vec<Beside>, BoxError> {
    let all = "SELECT id, moment, kind, amount FROM events";
    let ordered = format!("ORDER BY moment, id LIMIT {}", PAGE + 1);
    let (deep, moment, id) = deep(api).await?;
    let after = match kind {
        Kind::Sqlite | Kind::Postgres => format!("(moment, id) > ({moment}, {id})"),
        // MySQL looks no comparison of rows up in an index.
        Kind::MySql => format!("moment >= {moment} AND (moment > {moment} OR id > {id})"),
    };
    Ok(vec![
        Beside {
            name: "the first page by a cursor",
            path: format!("/events/?ordering=moment&page_size={PAGE}&cursor="),
            sql: format!("{all} {ordered}"),
            times: TIMES,
        },
        Beside {
            name: "the page after 1,000,000 rows by a cursor",
            path: deep,
            sql: format!("{all} WHERE {after} {ordered}"),
            times: TIMES,
        },
        Beside {
            name: "a page of 100,000 rows and `count=capped`",
            path: format!("/events/?kind=kind%203&count=capped&page_size={PAGE}"),
            sql: format!(
                "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE kind = 'kind 3' LIMIT 1001) AS few), id, moment, \
                 kind, amount FROM events WHERE kind = 'kind 3' ORDER BY id LIMIT {}",
                PAGE + 1
            ),
            times: TIMES,
        },
        Beside {
            name: "a page and a facet of its 100,000 rows",
            path: format!("/events/?kind=kind%203&count=none&page_size={PAGE}&facet=amount"),
            sql: "SELECT amount, COUNT(*) FROM events WHERE kind = 'kind 3' GROUP BY amount ORDER BY COUNT(*) DESC, amount LIMIT 101"
                .to_owned(),
            times: FEW_TIMES,
        },
        Beside {
            name: "the number and the average of 100,000 rows in 97 groups",
            path: "/events/?kind=kind%203&aggregate=count,avg(id)&group_by=amount&page_size=100".to_owned(),
            sql: "SELECT amount, COUNT(*), AVG(id) FROM events WHERE kind = 'kind 3' GROUP BY amount ORDER BY amount".to_owned(),
            times: FEW_TIMES,
        },
    ])
}

/// Walks to the page after `DEEP` rows; returns its path, and the moment and the key of the row before it.
async fn deep(api: &Api) -> Result<(String, u64, u64), BoxError> {
    let mut path = format!("/events/?ordering=moment&page_size={WALK}&cursor=");
    let mut place = (0, 0);
    for _ in 0..DEEP / WALK {
        let page: Value = serde_json::from_slice(&get(api, &path).await?)?;
        let next = page["next"].as_str().ok_or("the list is too short")?;
        path = next
            .strip_prefix("http://bench")
            .ok_or("no link")?
            .to_owned();
        let rows = page["results"].as_array().ok_or("no rows")?;
        let last = rows.last().ok_or("no rows")?;
        let number = |name: &str| last[name].as_u64().ok_or("no number");
        place = (number("moment")?, number("id")?);
    }
    let path = path.replace(&format!("page_size={WALK}"), &format!("page_size={PAGE}"));
    Ok((path, place.0, place.1))
}

/// The medians of a case: of the request, and of the statement alone.
#[derive(Clone, Copy)]
struct Medians {
    request: Duration,
    statement: Duration,
}

/// One database's, for each has connections of its own.
macro_rules! measured {
    ($name:ident, $connection:ident) => {
        async fn $name(url: &str, api: &Api, cases: &[Beside]) -> Result<Vec<Medians>, BoxError> {
            let mut connection = sqlx::$connection::connect(url).await?;
            let mut times = vec![(Vec::new(), Vec::new()); cases.len()];
            for round in 0..TIMES {
                let asked = cases.iter().zip(&mut times);
                for (case, times) in asked.filter(|(case, _)| round < case.times) {
                    let started = Instant::now();
                    get(api, &case.path).await?;
                    times.0.push(started.elapsed());
                    let started = Instant::now();
                    let rows = sqlx::query(sqlx::AssertSqlSafe(case.sql.as_str()));
                    let rows = rows.fetch_all(&mut connection).await?;
                    times.1.push(started.elapsed());
                    if rows.is_empty() {
                        return Err(format!("{} has no rows", case.sql).into());
                    }
                }
            }
            let medians = times.into_iter().map(|(request, statement)| Medians {
                request: median(request),
                statement: median(statement),
            });
            Ok(medians.collect())
        }
    };
}

measured!(sqlite, SqliteConnection);
measured!(postgres, PgConnection);
measured!(mysql, MySqlConnection);

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// A table of the medians, and how the page after 1,000,000 rows compares with the first.
fn report(kind: Kind, cases: &[Beside], medians: &[Medians]) -> String {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let mut report = format!(
        "| {kind}, one after the other | the request, µs | the statement by hand, µs | times the statement |\n|---|---:|---:|---:|\n"
    );
    for (case, medians) in cases.iter().zip(medians) {
        let (request, statement) = (micros(medians.request), micros(medians.statement));
        let times = request / statement;
        report.push_str(&format!(
            "| {} | {request:.0} | {statement:.0} | **{times:.2}** |\n",
            case.name
        ));
    }
    if let [first, deep, ..] = medians {
        let times = micros(deep.request) / micros(first.request);
        report.push_str(&format!(
            "\nThe page after 1,000,000 rows takes {times:.2} times what the first one does."
        ));
    }
    report
}
