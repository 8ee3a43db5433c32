//! Servers under bad weather: connections killed, requests that go away, tables that change while they are served.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use sea_query::{ColumnDef, Table, TableCreateStatement};
use tokio::time::{sleep, timeout};
use tower_rest::{Api, Code, Count, Model, Router, ViewSet};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    databases::{Fresh, Kind},
    logging::{Log, listening},
    server::ask,
};

/// How long a server is given to be as it was.
const PATIENCE: Duration = Duration::from_secs(10);

fn table(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(ColumnDef::new("id").big_integer().not_null().primary_key())
        .col(ColumnDef::new("word").string())
        .to_owned()
}

/// A thousand numbers, a view that takes minutes to be ordered, and one that takes them to be counted.
async fn filled(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    fresh.create(&table("numbers")).await;
    let rows: Vec<_> = (1..=1000)
        .map(|id| format!("({id}, 'word {id}')"))
        .collect();
    let rows = format!("INSERT INTO numbers (id, word) VALUES {}", rows.join(", "));
    fresh.execute(&rows).await;
    let endless = "CREATE VIEW endless AS SELECT a.id + b.id * 1000 + c.id * 1000000 AS id, a.word \
                   FROM numbers a, numbers b, numbers c";
    fresh.execute(endless).await;
    let slow = "CREATE VIEW slow AS SELECT id, word FROM numbers n \
                WHERE (SELECT COUNT(*) FROM numbers a, numbers b WHERE a.id + b.id > n.id) >= 0";
    fresh.execute(slow).await;
    fresh
}

fn api(fresh: &Fresh, limit: Duration) -> Api {
    let viewset = |name, of| {
        ViewSet::new(Model::from_table(name, &table(of)))
            .database(&fresh.db)
            .time_limit(limit)
    };
    Router::new()
        .register("numbers", viewset("Number", "numbers"))
        .register("slow", viewset("Slow", "slow"))
        .register("endless", viewset("Endless", "endless").count(Count::Off))
        .build()
        .expect("an API")
}

/// The servers that can be reached.
async fn servers() -> Vec<Kind> {
    let mut kinds = Kind::reachable().await;
    kinds.retain(|kind| *kind != Kind::Sqlite);
    kinds
}

/// How many statements run on other connections of the database, and how many transactions are open on them.
async fn busy(fresh: &Fresh) -> (i64, i64) {
    let (running, open) = match fresh.kind {
        Kind::Postgres => (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()",
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()",
        ),
        Kind::MySql => (
            "SELECT count(*) FROM information_schema.processlist WHERE db = DATABASE() AND command <> 'Sleep' AND id <> CONNECTION_ID()",
            "SELECT count(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()",
        ),
        Kind::Sqlite => unreachable!("it is no server"),
    };
    (fresh.number(running).await, fresh.number(open).await)
}

/// Waits until a server has nothing to do for the database.
pub(crate) async fn settles(fresh: &Fresh) {
    let started = Instant::now();
    loop {
        let found = busy(fresh).await;
        if found == (0, 0) {
            return;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "{}: {found:?} after {PATIENCE:?}",
            fresh.kind
        );
        sleep(Duration::from_millis(50)).await;
    }
}

async fn answers_are_right(api: &Api, times: u64) {
    for at in 0..times {
        let id = at % 1000 + 1;
        let object = ask(api, &format!("/numbers/{id}/")).await;
        assert_eq!(object.status, 200, "{}", object.body);
        assert_eq!(object.json()["word"], format!("word {id}"));
        let list = ask(api, &format!("/numbers/?id__gte={id}&page_size=1")).await;
        assert_eq!(list.json()["count"], 1001 - id, "{}", list.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_stopped_on_the_server() {
    for kind in servers().await {
        let fresh = filled(kind).await;
        let api = api(&fresh, Duration::from_millis(300));
        for _ in 0..20 {
            let started = Instant::now();
            let answer = ask(&api, "/endless/?ordering=word").await;
            assert_eq!(
                (answer.status, answer.json()["code"].as_str()),
                (503, Some("timeout")),
                "{kind}: {}",
                answer.body
            );
            assert!(started.elapsed() < Duration::from_secs(2), "{kind}");
        }
        settles(&fresh).await;
        answers_are_right(&api, 20).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_count_that_takes_too_long_is_left_out() {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let api = api(&fresh, Duration::from_secs(20));
        let list = ask(&api, "/slow/?page_size=2").await;
        let json = list.json();
        assert_eq!(list.status, 200, "{kind}: {}", list.body);
        assert!(
            json["count"].is_null() && json["pages"].is_null(),
            "{kind}: {json}"
        );
        assert_eq!(json["results"].as_array().map(Vec::len), Some(2), "{kind}");
        assert!(
            json["next"]
                .as_str()
                .is_some_and(|next| next.ends_with("page_size=2&page=2")),
            "{kind}: {json}"
        );
        let last = ask(&api, "/slow/?page=last").await;
        assert_eq!(
            (last.status, last.json()["code"].as_str()),
            (503, Some("timeout")),
            "{kind}"
        );
        let numbers = ask(&api, "/numbers/?page=last").await;
        assert_eq!(numbers.json()["count"], 1000, "{kind}");
        if kind != Kind::Sqlite {
            settles(&fresh).await;
        }
    }
}

/// The page is quick, and what is counted beside it is not: one limit is for all of them together.
#[tokio::test(flavor = "multi_thread")]
async fn facets_and_aggregates_that_take_too_long_are_stopped() {
    let limit = Duration::from_secs(2);
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let viewset = |name, of| {
            ViewSet::new(Model::from_table(name, &table(of)))
                .database(&fresh.db)
                .time_limit(limit)
                .count(Count::Off)
                .facets(["id", "word"])
                .aggregates(["id", "word"])
                .group_by(["id", "word"])
        };
        let api = Router::new()
            .register("numbers", viewset("Number", "numbers"))
            .register("slow", viewset("Slow", "slow"))
            .build()
            .expect("an API");
        let page = ask(&api, "/slow/?page_size=1").await;
        assert_eq!(page.status, 200, "{kind}: {}", page.body);
        for path in [
            "/slow/?page_size=1&facet=word",
            "/slow/?page_size=1&facet=word,id",
            "/slow/?aggregate=count",
            "/slow/?aggregate=max(id)&group_by=word&ordering=-max_id",
            "/slow/?aggregate=count&group_by=word&format=csv",
        ] {
            let started = Instant::now();
            let answer = ask(&api, path).await;
            let took = started.elapsed();
            assert_eq!(
                (answer.status, answer.json()["code"].as_str()),
                (503, Some("timeout")),
                "{kind} {path}: {}",
                answer.body
            );
            assert_eq!(answer.header("retry-after"), Some("1"), "{kind} {path}");
            assert!(took >= limit && took < limit * 2, "{kind} {path}: {took:?}");
        }
        if kind != Kind::Sqlite {
            settles(&fresh).await;
        }
        for path in [
            "/numbers/?page_size=1&facet=word&id__lte=3",
            "/numbers/?aggregate=count&group_by=word&id__lte=3",
        ] {
            let started = Instant::now();
            let answer = ask(&api, path).await;
            assert_eq!(answer.status, 200, "{kind} {path}: {}", answer.body);
            assert!(
                started.elapsed() < limit,
                "{kind} {path}: no thread is held"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_go_away_leave_no_statement_and_no_transaction() {
    for kind in servers().await {
        let fresh = filled(kind).await;
        let api = api(&fresh, Duration::from_secs(60));
        let paths = [
            "/endless/?ordering=word",
            "/numbers/?page=20",
            "/numbers/7/",
            "/numbers/?page=last",
        ];
        let mut waiting = tokio::task::JoinSet::new();
        for at in 0_u64..1000 {
            let (api, path) = (api.clone(), paths[usize::try_from(at % 4).expect("small")]);
            // From nothing to some round trips, in steps that never repeat.
            let moment = Duration::from_micros(at * 7919 % 6000);
            waiting.spawn(async move { timeout(moment, ask(&api, path)).await.is_ok() });
            if at % 8 == 7 {
                while waiting.join_next().await.is_some() {}
            }
        }
        settles(&fresh).await;
        answers_are_right(&api, 500).await;
    }
}

/// More than there are connections.
const CLIENTS: u64 = 16;

/// Runs `weather` while clients ask for rows; every answer is right or a 503. How many were right.
async fn under_load(api: &Api, weather: impl Future<Output = ()>) -> u64 {
    let over = Arc::new(AtomicBool::new(false));
    let right = Arc::new(AtomicU64::new(0));
    let clients: Vec<_> = (0_u64..CLIENTS)
        .map(|client| {
            let (api, over, right) = (api.clone(), Arc::clone(&over), Arc::clone(&right));
            let asking = async move {
                let mut at = client;
                while !over.load(Ordering::Relaxed) {
                    at = (at + CLIENTS) % 1000;
                    let path = [
                        "/numbers/?page=last",
                        "/numbers/?page=3",
                        &format!("/numbers/{}/", at + 1),
                    ][usize::try_from(at % 3).expect("small")]
                    .to_owned();
                    let answer = ask(&api, &path).await;
                    if answer.status == 503 {
                        continue;
                    }
                    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                    let json = answer.json();
                    let found = json.get("word").unwrap_or(&json["count"]);
                    assert!(
                        *found == 1000 || *found == format!("word {}", at + 1),
                        "{path}: {json}"
                    );
                    right.fetch_add(1, Ordering::Relaxed);
                }
            };
            tokio::spawn(asking.with_current_subscriber())
        })
        .collect();
    weather.await;
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.expect("no wrong answer");
    }
    right.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_connections_are_replaced() {
    for kind in servers().await {
        let fresh = filled(kind).await;
        let api = api(&fresh, Duration::from_secs(5));
        let right = under_load(&api, async {
            for _ in 0..20 {
                sleep(Duration::from_millis(100)).await;
                fresh.kill_all().await;
            }
        })
        .await;
        assert!(right > 100, "{kind}: only {right} answers");
        answers_are_right(&api, 100).await;
        settles(&fresh).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_more_is_not_noticed() {
    for kind in servers().await {
        let fresh = filled(kind).await;
        let api = api(&fresh, Duration::from_secs(5));
        let log = Log::default();
        let right = under_load(&api, async {
            for column in 0..10 {
                sleep(Duration::from_millis(50)).await;
                fresh
                    .execute(&format!(
                        "ALTER TABLE numbers ADD COLUMN more{column} integer"
                    ))
                    .await;
            }
        });
        let right = right.with_subscriber(listening(&log)).await;
        assert!(right > 100, "{kind}: only {right} answers");
        let warnings = log.up_to(Level::WARN);
        assert!(warnings.is_empty(), "{kind}: {warnings}");
        answers_are_right(&api, 10).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_that_can_still_be_read_is_served_and_another_is_said_once() {
    for kind in servers().await {
        let fresh = kind.fresh().await;
        let things = Table::create()
            .table("things")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("n").integer())
            .to_owned();
        fresh.create(&things).await;
        fresh
            .execute("INSERT INTO things (id, n) VALUES (1, 7)")
            .await;
        let thing = ViewSet::new(Model::from_table("Thing", &things)).database(&fresh.db);
        let api = thing.build().expect("an API");
        let get = || async { ask(&api, "/1/").await };
        assert_eq!(get().await.json()["n"], 7, "{kind}");
        let alter = |ty: &str| match kind {
            Kind::Postgres => {
                format!("ALTER TABLE things ALTER COLUMN n TYPE {ty} USING n::text::{ty}")
            }
            Kind::MySql => format!("ALTER TABLE things MODIFY n {ty}"),
            Kind::Sqlite => unreachable!("it is no server"),
        };
        fresh.execute(&alter("bigint")).await;
        assert_eq!(get().await.json()["n"], 7, "{kind}: a wider type");
        fresh.execute(&alter("text")).await;
        let log = Log::default();
        for _ in 0..5 {
            let answer = get().with_subscriber(listening(&log)).await;
            let code = answer.json()["code"].clone();
            assert_eq!(
                (answer.status, code.as_str()),
                (500, Some(Code::SchemaMismatch.name())),
                "{kind}: {}",
                answer.body
            );
        }
        let errors = log.up_to(Level::ERROR);
        assert_eq!(
            errors.matches("schema_mismatch").count(),
            1,
            "{kind}: {errors}"
        );
        assert!(
            errors.contains("`n`") && errors.contains("integer"),
            "{kind}: {errors}"
        );
        fresh.execute(&alter("smallint")).await;
        assert_eq!(get().await.json()["n"], 7, "{kind}: and back");
    }
}
