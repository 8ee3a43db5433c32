//! Nothing is lost: what was acknowledged is there, what failed is not, and nothing is there in part, whatever happens
//! to connections, clients, the serving process and the database.
//!
//! `TEST_LONG=1` acknowledges the 10,000 writes of the issue on each database, and cuts at each byte.

mod clients;
mod ledger;
mod process;
mod proxy;

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::time::sleep;
use tower_rest::{Api, Database, Model, Router, Schema, ViewSet};

use super::send;
use crate::{
    databases::{Kind, address_in, behind},
    own_server::{self, OwnServer, is_installed},
    random::{self, Random},
};
use clients::{Server, Tally, write};
use ledger::{Found, Order, Step, Told, tables};
use proxy::{Direction, Proxy, Weather};

/// How many writes are acknowledged.
fn enough(quick: u64) -> u64 {
    match random::is_long() {
        true => 10_000,
        false => quick,
    }
}

/// The orders of a database, writable.
async fn api(db: &Database) -> Api {
    let schema = Schema::reflect(db).await.expect("a schema");
    let router = Router::of(schema).configure("orders", ViewSet::writable);
    router.build().expect("an API")
}

/// The rows that are there once no transaction is running any more.
async fn settled(db: &Database) -> Found {
    let mut before = Found::on(db).await;
    loop {
        sleep(Duration::from_millis(300)).await;
        let now = Found::on(db).await;
        if now == before {
            return now;
        }
        before = now;
    }
}

/// Compares what clients were told with the rows, and says how it went.
async fn compare(what: &str, db: &Database, ledger: &[Order], tally: &Tally, seed: u64) {
    let wrong = settled(db).await.contradictions(ledger);
    let report = format!("{what}, TEST_SEED={seed}: {tally:?}");
    assert!(wrong.is_empty(), "{report}\n{}", wrong.join("\n"));
    writeln!(std::io::stdout(), "{report}").expect("standard output");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_connections_are_cut_and_clients_leave() {
    for kind in Kind::reachable().await {
        if kind == Kind::Sqlite {
            continue;
        }
        let (seed, fresh) = (random::seed(), kind.fresh().await);
        fresh.execute(&tables(kind)).await;
        let url = fresh.url.as_deref().expect("a server");
        let proxy = Proxy::before(address_in(url)).await;
        let db = Database::connect(&behind(kind, url, proxy.address)).await;
        let api = api(&db.expect("a database")).await;
        proxy.set(Weather::Random(6_000, Random::new(seed)));
        let (ledger, tally) = write(&Server::Here(api), enough(2000), seed).await;
        compare(
            &format!("{kind}, {} cuts", proxy.cuts()),
            &fresh.db,
            &ledger,
            &tally,
            seed,
        )
        .await;
        assert!(proxy.cuts() > 100 && tally.left > 50, "{kind}: {tally:?}");
        assert!(
            tally.unknown() > 10,
            "{kind}: cuts met few COMMITs: {tally:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_on_sqlite_while_clients_leave() {
    let (seed, folder) = (random::seed(), tempfile::tempdir().expect("a folder"));
    let db = Database::open_file(folder.path().join("orders.db")).await;
    let db = db.expect("a database");
    db.execute_script(&tables(Kind::Sqlite))
        .await
        .expect("tables");
    let server = Server::Here(api(&db).await);
    let (ledger, tally) = write(&server, enough(1000), seed).await;
    compare("sqlite, clients leave", &db, &ledger, &tally, seed).await;
    assert!(tally.left > 50, "{tally:?}");
}

/// An API over one connection that is not open yet.
fn lazily(kind: Kind, model: &Model, url: &str) -> Api {
    let db = match kind {
        Kind::Postgres => {
            let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1);
            Database::from_postgres_pool(pool.connect_lazy(url).expect("a pool"))
        }
        Kind::MySql => {
            let pool = sqlx::mysql::MySqlPoolOptions::new().max_connections(1);
            Database::from_mysql_pool(pool.connect_lazy(url).expect("a pool"))
        }
        Kind::Sqlite => unreachable!("it is no server"),
    };
    let orders = ViewSet::new(model.clone()).database(&db).writable();
    let router = Router::new().register("orders", orders);
    router.build().expect("an API")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_at_any_byte_leaves_a_write_whole_or_absent() {
    for kind in Kind::reachable().await {
        if kind == Kind::Sqlite {
            continue;
        }
        let (seed, fresh) = (random::seed(), kind.fresh().await);
        fresh.execute(&tables(kind)).await;
        let url = fresh.url.as_deref().expect("a server");
        let proxy = Proxy::before(address_in(url)).await;
        let url = behind(kind, url, proxy.address);
        let (mut ledger, mut unknown, mut whole) = (Vec::new(), [0; 2], [0; 2]);
        let schema = Schema::reflect(&fresh.db).await.expect("a schema");
        let orders = schema.model("orders").expect("a table");
        // Less than a COMMIT has, and than its answer.
        let step = if random::is_long() { 1 } else { 9 };
        for direction in [Direction::ToDatabase, Direction::ToApi] {
            let mut after = Random::new(seed).below(step);
            loop {
                let cuts = proxy.cuts();
                proxy.set(Weather::Once(direction, after));
                let api = lazily(kind, orders, &url);
                let told = post(&api, i64::try_from(ledger.len()).expect("few"), &mut ledger).await;
                unknown[direction as usize] += u64::from(told == Told::Unknown);
                if proxy.cuts() == cuts {
                    break;
                }
                after += step;
            }
            whole[direction as usize] = after;
        }
        let wrong = settled(&fresh.db).await.contradictions(&ledger);
        let report = format!("{kind}: {whole:?} bytes, unknown {unknown:?}");
        assert!(wrong.is_empty(), "{report}\n{}", wrong.join("\n"));
        assert!(unknown.iter().all(|times| *times > 0), "{report}");
        assert!(proxy.cuts() > 100, "{report}");
        writeln!(std::io::stdout(), "{report}, {} cuts", proxy.cuts()).expect("standard output");
    }
}

/// Creates one order, and tells the ledger.
async fn post(api: &Api, id: i64, ledger: &mut Vec<Order>) -> Told {
    let answer = send(api, "POST", "/orders/", &json!({"id": id, "n": 7})).await;
    let told = match answer.status {
        201 => Told::Done,
        503 if answer.json()["code"] == "outcome_unknown" => Told::Unknown,
        503 => Told::NotDone,
        _ => panic!("{id}: {}", answer.body),
    };
    let n = Some(7);
    let steps = vec![Step { n, told }];
    ledger.push(Order { id, steps });
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_serving_process_is_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    for kind in Kind::reachable().await {
        let seed = random::seed();
        let (fresh, file) = (kind.fresh().await, folder.path().join("orders.db"));
        let (db, url) = match &fresh.url {
            Some(url) => (fresh.db.clone(), url.clone()),
            None => {
                let db = Database::open_file(&file).await.expect("a database");
                (db, file.display().to_string())
            }
        };
        db.execute_script(&tables(kind)).await.expect("tables");
        let (kills, addresses) = process::dying(kind, &url, seed).await;
        let (ledger, tally) = write(&Server::There(addresses), enough(1000), seed).await;
        let times = kills.end().await;
        let what = format!("{kind}, {times} processes killed");
        compare(&what, &db, &ledger, &tally, seed).await;
        assert!(times > 3 && tally.lost > 0, "{what}: {tally:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_database_is_restarted() {
    for kind in [Kind::Postgres, Kind::MySql] {
        let seed = random::seed();
        if !is_installed(kind, &format!("with restarts of {kind}")) {
            continue;
        }
        // A careful server: a transaction is on the disk before it is acknowledged.
        let folder = own_server::folder(kind);
        let mut own = OwnServer::new(kind, folder.path(), "server", &[]);
        own.initialize();
        own.start();
        own.make_login().await;
        let db = own.connect().await;
        db.execute_script(&tables(kind)).await.expect("tables");
        let server = Server::Here(api(&db).await);
        let writing = tokio::spawn(async move { write(&server, enough(3000), seed).await });
        let (mut random, mut restarts) = (Random::new(seed), 0);
        let started = Instant::now();
        while !writing.is_finished() {
            sleep(Duration::from_millis(100 + random.below(500))).await;
            match random.one_in(2) {
                true => own.stop(),
                false => own.kill(),
            }
            own.start();
            drop(own.connect().await);
            restarts += 1;
        }
        let (ledger, tally) = writing.await.expect("no wrong answer");
        let what = format!("{kind}, {restarts} restarts in {:?}", started.elapsed());
        let db = own.connect().await;
        compare(&what, &db, &ledger, &tally, seed).await;
        let failed: u64 = tally.failed.values().sum();
        assert!(restarts > 1 && failed > 0, "{what}: {tally:?}");
    }
}
