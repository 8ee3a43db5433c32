//! Whole lists, streamed: the same rows as the pages, from connections of their own, and nothing left behind.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use http_body_util::BodyExt;
use sea_query::{ColumnDef, Table, TableCreateStatement};
use sqlx::{postgres::PgPoolOptions, sqlite::SqlitePoolOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use tower::ServiceExt;
use tower_rest::{Api, Count, Database, Model, Router, ViewSet, from_fn};
use tracing::{Level, instrument::WithSubscriber};

use crate::{
    databases::{Fresh, Kind},
    faults::settles,
    logging::{Log, listening},
    server::{self, ask, unchunked},
};

/// Rows of two KiB each: more in all than sockets take unread.
const ROWS: usize = 10_000;

fn table(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(ColumnDef::new("id").big_integer().not_null().primary_key())
        .col(ColumnDef::new("word").text())
        .to_owned()
}

/// A table of wide rows, a view that takes minutes to be ordered, and one whose 6,001st row cannot be read.
async fn filled(kind: Kind) -> Fresh {
    let fresh = kind.fresh().await;
    fresh.create(&table("wide")).await;
    let word = match kind {
        Kind::Sqlite => "hex(zeroblob(1000)) || (i % 7)",
        Kind::Postgres => "repeat('0', 2000) || (i % 7)",
        Kind::MySql => "CONCAT(REPEAT('0', 2000), i % 7)",
    };
    let fill = format!(
        "INSERT INTO wide (id, word) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) \
         SELECT i, {word} FROM n"
    );
    fresh.execute(&fill).await;
    let number = match kind {
        Kind::Sqlite => "abs(-9223372036854769807 - id)",
        _ => "9223372036854769807 + id",
    };
    fresh
        .execute(&format!(
            "CREATE VIEW failing AS SELECT id, {number} AS n FROM wide"
        ))
        .await;
    let few = "(SELECT id, word FROM wide WHERE id <= 1000)";
    let endless = format!(
        "CREATE VIEW endless AS SELECT a.id + b.id * 1000 + c.id * 1000000 AS id, a.word FROM {few} a, {few} b, {few} c"
    );
    fresh.execute(&endless).await;
    match kind {
        Kind::Sqlite => {}
        Kind::Postgres => fresh.execute("ANALYZE wide").await,
        Kind::MySql => fresh.execute("ANALYZE TABLE wide").await,
    }
    fresh
}

fn api(db: &Database) -> Api {
    let viewset = |name, table: &TableCreateStatement| {
        ViewSet::new(Model::from_table(name, table))
            .database(db)
            .count(Count::Off)
            .time_limit(Duration::from_secs(60))
            .export()
    };
    let failing = Table::create()
        .table("failing")
        .col(ColumnDef::new("id").big_integer().not_null().primary_key())
        .col(ColumnDef::new("n").big_integer())
        .to_owned();
    Router::new()
        .register("wide", viewset("Wide", &table("wide")))
        .register("endless", viewset("Endless", &table("endless")))
        .register("failing", viewset("Failing", &failing))
        .build()
        .expect("an API")
}

const WHOLE: &str = "/wide/?page=all&format=ndjson";

/// Asks for an export on a socket, and reads its head and no more than it comes with.
async fn begin(address: SocketAddr, path: &str) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("a request sent");
    let mut begun = Vec::new();
    while !begun.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut part = [0; 1024];
        let read = stream.read(&mut part).await.expect("an answer");
        assert!(read > 0, "no answer");
        begun.extend_from_slice(&part[..read]);
    }
    (stream, String::from_utf8(begun).expect("UTF-8"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_its_pages_one_after_the_other() {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let api = api(&fresh.db);
        for query in ["", "&ordering=-word", "&id__gt=5000&ordering=-id&fields=id"] {
            let mut pages = String::new();
            for page in 1.. {
                let path = format!("/wide/?format=ndjson&page_size=1000&page={page}{query}");
                let answer = ask(&api, &path).await;
                if answer.status == 404 {
                    break;
                }
                assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
                pages += &answer.body;
            }
            let whole = ask(&api, &format!("{WHOLE}{query}")).await;
            assert_eq!(whole.status, 200, "{kind}: {}", whole.body);
            assert!(whole.body == pages, "{kind}{query}: they differ");
            let expected = if query.contains("5000") { 5_000 } else { ROWS };
            assert_eq!(whole.body.lines().count(), expected, "{kind}{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_leave_leave_nothing_running() {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let api = api(&fresh.db);
        let address = server::serve(api.clone()).await;
        // More often than there are turns: one that stays taken is missed.
        for _ in 0..6 {
            let (stream, head) = begin(address, WHOLE).await;
            assert!(head.starts_with("HTTP/1.1 200"), "{kind}: {head}");
            drop(stream);
            // Before the first row is there.
            let early = ask(&api, "/endless/?page=all&format=ndjson&ordering=word");
            let early = timeout(Duration::from_millis(300), early).await;
            assert!(early.is_err(), "{kind}: {early:?}");
            // Of whom nothing but the head was wanted.
            let head = http::Request::head(WHOLE).header("host", "test");
            let head = head.body(http_body_util::Empty::<bytes::Bytes>::new());
            let Ok(head) = api.clone().oneshot(head.expect("a request")).await;
            assert_eq!(head.status(), 200, "{kind}");
        }
        if kind != Kind::Sqlite {
            settles(&fresh).await;
        }
        let whole = ask(&api, WHOLE).await;
        assert_eq!(whole.body.lines().count(), ROWS, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_do_not_stop_pages_and_a_third_is_told() {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let api = api(&fresh.db);
        let address = server::serve(api.clone()).await;
        let slow = [begin(address, WHOLE).await, begin(address, WHOLE).await];
        let started = Instant::now();
        for id in 1..=300 {
            let answer = ask(&api, &format!("/wide/{id}/")).await;
            assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
            let list = ask(&api, "/wide/?page_size=10").await;
            assert_eq!(list.status, 200, "{kind}: {}", list.body);
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{kind}");
        let started = Instant::now();
        let third = ask(&api, WHOLE).await;
        assert_eq!(
            (third.status, third.json()["code"].as_str()),
            (503, Some("busy")),
            "{kind}"
        );
        assert!(started.elapsed() >= Duration::from_secs(1), "{kind}");
        // What they read late is whole all the same.
        let [(mut one, mut read), other] = slow;
        drop(other);
        one.read_to_string(&mut read).await.expect("the rest");
        let (_, body) = read.split_once("\r\n\r\n").expect("a head");
        let (body, is_whole) = unchunked(body);
        assert!(is_whole && body.lines().count() == ROWS, "{kind}");
        let third = ask(&api, WHOLE).await;
        assert_eq!(third.status, 200, "{kind}: {}", third.body);
    }
}

/// Takes half a minute: only waiting proves that a client which reads nothing is dropped.
#[tokio::test(flavor = "multi_thread")]
async fn who_reads_nothing_for_half_a_minute_is_cut_off() {
    let (mut databases, mut slow) = (Vec::new(), Vec::new());
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let api = api(&fresh.db);
        let address = server::serve(api.clone()).await;
        slow.push((kind, begin(address, WHOLE).await));
        slow.push((kind, begin(address, WHOLE).await));
        databases.push((fresh, api));
    }
    sleep(Duration::from_secs(32)).await;
    for (fresh, api) in &databases {
        let whole = ask(api, WHOLE).await;
        assert_eq!(whole.status, 200, "{}: the turns are taken", fresh.kind);
        if fresh.kind != Kind::Sqlite {
            settles(fresh).await;
        }
    }
    for (kind, (mut stream, mut read)) in slow {
        stream.read_to_string(&mut read).await.ok();
        let (_, body) = read.split_once("\r\n\r\n").expect("a head");
        let (_, is_whole) = unchunked(body);
        assert!(!is_whole, "{kind}: it looks whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_the_middle_is_cut_off_and_logged() {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let api = api(&fresh.db);
        let path = "/failing/?page=all&format=ndjson";
        let address = server::serve(api.clone()).await;
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let sent = stream.write_all(request.as_bytes()).await;
        sent.expect("a request sent");
        let mut read = String::new();
        // A connection that is reset is cut, too; hyper may cut it before it has sent the head.
        stream.read_to_string(&mut read).await.ok();
        let (_, body) = read.split_once("\r\n\r\n").unwrap_or_default();
        let (body, is_whole) = unchunked(body);
        assert!(!is_whole, "{kind}: it looks whole");
        assert!(body.lines().count() <= 6_000, "{kind}: {body}");

        let log = Log::default();
        let request = http::Request::get(path).header("host", "test");
        let request = request.body(http_body_util::Empty::<bytes::Bytes>::new());
        let reading = async {
            let Ok(response) = api.clone().oneshot(request.expect("a request")).await;
            assert_eq!(response.status(), 200, "{kind}");
            response.into_body().collect().await
        };
        let failed = reading.with_subscriber(listening(&log)).await;
        failed.expect_err("an error in the middle");
        let errors = log.up_to(Level::ERROR);
        assert_eq!(errors.matches("internal").count(), 1, "{kind}: {errors}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_whose_connection_dies_is_cut_off() {
    for kind in Kind::reachable().await {
        if kind == Kind::Sqlite {
            continue;
        }
        let fresh = filled(kind).await;
        let api = api(&fresh.db);
        let address = server::serve(api.clone()).await;
        let (mut stream, mut read) = begin(address, WHOLE).await;
        fresh.kill_all().await;
        stream.read_to_string(&mut read).await.ok();
        let (_, body) = read.split_once("\r\n\r\n").expect("a head");
        let (_, is_whole) = unchunked(body);
        assert!(!is_whole, "{kind}: it looks whole");
        let again = ask(&api, WHOLE).await;
        assert_eq!(again.body.lines().count(), ROWS, "{kind}");
    }
}

#[tokio::test]
async fn an_export_takes_the_connections_of_a_users_pool_as_the_pool_makes_them() {
    if !Kind::Postgres.is_reachable().await {
        return;
    }
    let fresh = Kind::Postgres.fresh().await;
    fresh
        .execute("CREATE SCHEMA tenant; CREATE TABLE tenant.wide (id bigint PRIMARY KEY, word text); INSERT INTO tenant.wide VALUES (1, 'a')")
        .await;
    let url = fresh.url.clone().expect("a server");
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.after_connect(|connection, _| {
        Box::pin(async move {
            let set = sqlx::query("SET search_path TO tenant");
            set.execute(connection).await.map(drop)
        })
    });
    let db = Database::from_postgres_pool(pool.connect_lazy(&url).expect("a pool"));
    let wide = ViewSet::new(Model::from_table("Wide", &table("wide")));
    let api = wide.database(&db).export().build().expect("an API");
    for _ in 0..3 {
        assert_eq!(ask(&api, "/?page_size=1").await.status, 200);
        let whole = ask(&api, "/?page=all&format=ndjson&fields=word").await;
        assert_eq!((whole.status, &*whole.body), (200, "{\"word\":\"a\"}\n"));
    }
    drop(api);
    db.postgres_pool().expect("a pool").close().await;
}

#[tokio::test]
async fn what_an_export_would_go_round_is_a_mistake() {
    let db = Database::in_memory().await.expect("a database");
    let wide = || ViewSet::new(Model::from_table("Wide", &table("wide"))).database(&db);
    let other = Database::in_memory().await.expect("a database");
    let layered = wide().operation_layer(from_fn(|operation, next| next.run(operation)));
    for viewset in [wide().manager(other), layered] {
        viewset.clone().build().expect("without an export");
        let mistake = viewset.export().build().expect_err("a mistake").to_string();
        assert!(mistake.contains("would go round the manager"), "{mistake}");
    }
    let pool = |most| SqlitePoolOptions::new().max_connections(most);
    for (most, fits) in [(1, false), (2, true)] {
        let pool = pool(most).connect_lazy("sqlite::memory:").expect("a pool");
        let db = Database::from_sqlite_pool(pool).await.expect("a database");
        let built = wide().database(&db).export().build();
        assert_eq!(built.is_ok(), fits, "{built:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_limit_is_that_of_the_first_rows() {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let viewset = |name, table| {
            ViewSet::new(Model::from_table(name, table))
                .database(&fresh.db)
                .time_limit(Duration::from_millis(700))
                .export()
        };
        let (wide, endless) = (table("wide"), table("endless"));
        let api = Router::new()
            .register("wide", viewset("Wide", &wide))
            .register("endless", viewset("Endless", &endless))
            .build()
            .expect("an API");
        let slow = ask(&api, "/endless/?page=all&format=ndjson&ordering=word").await;
        assert_eq!(
            (slow.status, slow.json()["code"].as_str()),
            (503, Some("timeout")),
            "{kind}: {}",
            slow.body
        );
        let address = server::serve(api).await;
        let (mut stream, mut read) = begin(address, WHOLE).await;
        sleep(Duration::from_millis(1500)).await;
        stream.read_to_string(&mut read).await.expect("the rest");
        let (_, body) = read.split_once("\r\n\r\n").expect("a head");
        let (body, is_whole) = unchunked(body);
        assert!(is_whole && body.lines().count() == ROWS, "{kind}");
    }
}
