//! APIs whose readings are answered by replicas: what a client sees, while replicas lag, die and are promoted.

mod pair;
mod patroni;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};
use tower_rest::{
    Act, Action, Api, Database, Readiness, Replicas, Reply, Result, Router, Schema, ViewSet,
};

use self::pair::Pair;
use crate::{
    databases::Kind,
    server::{Answer, ask, ask_with},
};

/// How long the API is given to notice what has happened to a server.
const PATIENCE: Duration = Duration::from_secs(20);

/// A table of notes, and a view that tells which server answers.
const fn tables(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => {
            "CREATE TABLE notes (note_id BIGINT PRIMARY KEY, text TEXT NOT NULL); \
             CREATE VIEW servers AS SELECT 1 AS id, CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'primary' END AS role; \
             CREATE VIEW slow AS SELECT note_id, text, pg_sleep(1)::text AS slept FROM notes"
        }
        Kind::MySql | Kind::Sqlite => {
            "CREATE TABLE notes (note_id BIGINT PRIMARY KEY, text TEXT NOT NULL); \
             CREATE FUNCTION number_of_server() RETURNS INT READS SQL DATA RETURN @@global.server_id; \
             CREATE VIEW servers AS SELECT 1 AS id, IF(number_of_server() = 2, 'replica', 'primary') AS role"
        }
    }
}

async fn api(db: &Database) -> Api {
    let schema = Schema::reflect(db).await.expect("a schema");
    let router = Router::of(schema).configure("servers", ViewSet::export);
    router.writable().build().expect("an API")
}

/// Returns the part of the server that exports a whole list.
async fn exporter(api: &Api) -> String {
    let answer = ask(api, "/servers/?page=all&format=ndjson").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let row: Value = serde_json::from_str(&answer.body).expect("one line");
    row["role"].as_str().expect("a role").to_owned()
}

/// A client that keeps the token of its last write, as a header or as a cookie.
#[derive(Default)]
struct Client {
    header: Option<String>,
    cookie: Option<String>,
}

impl Client {
    async fn ask(&mut self, api: &Api, method: &str, path: &str, body: Option<Value>) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri(path)
            .header("host", "test");
        if let Some(token) = &self.header {
            request = request.header("read-after", token);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("other=1; {cookie}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                body.to_string()
            }
            None => String::new(),
        };
        let answer = ask_with(api, request.body(body).expect("a request")).await;
        self.keep(&answer);
        answer
    }

    /// Keeps the token of an answer in the place where this client keeps it.
    fn keep(&mut self, answer: &Answer) {
        let value = |name: &str| {
            let mut headers = answer.headers.iter();
            headers.find_map(|(known, value)| (known == name).then(|| value.clone()))
        };
        if let (Some(_), Some(token)) = (&self.header, value("read-after")) {
            self.header = Some(token);
        }
        if let (Some(_), Some(cookie)) = (&self.cookie, value("set-cookie")) {
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let (pair, _) = cookie.split_once(';').expect("attributes");
            self.cookie = Some(pair.to_owned());
        }
    }

    fn by_header() -> Self {
        Self {
            header: Some(String::new()),
            ..Self::default()
        }
    }

    fn by_cookie() -> Self {
        Self {
            cookie: Some("none=1".to_owned()),
            ..Self::default()
        }
    }

    async fn server(&mut self, api: &Api) -> String {
        let answer = self.ask(api, "GET", "/servers/", None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let first = &answer.json()["results"][0];
        first["role"].as_str().expect("a role").to_owned()
    }
}

/// Waits until a client without a token is answered by a server.
///
/// # Panics
///
/// When that takes too long, or another answer than 200 comes in the meantime.
async fn answered_by(api: &Api, role: &str) {
    let since = Instant::now();
    while Client::default().server(api).await != role {
        let waited = since.elapsed();
        assert!(waited < PATIENCE, "no answer by the {role} in {waited:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

/// # Panics
///
/// When a client misses a row that it has written.
async fn reads_its_own_writes(api: Arc<Api>, first: i64, mut client: Client) -> i64 {
    let (mut number, until) = (first, Instant::now() + Duration::from_secs(7));
    while Instant::now() < until {
        let note = json!({"note_id": number, "text": "new"});
        let made = client.ask(&api, "POST", "/notes/", Some(note)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/notes/{number}/");
        for text in ["new", "changed"] {
            let found = client.ask(&api, "GET", &path, None).await;
            assert_eq!(
                (found.status, &found.json()["text"]),
                (200, &json!(text)),
                "{path}: {}",
                found.body
            );
            let list = format!("/notes/?note_id={number}&text={text}");
            let list = client.ask(&api, "GET", &list, None).await;
            assert_eq!(list.json()["count"], 1, "{}", list.body);
            let change = Some(json!({"text": "changed"}));
            let changed = client.ask(&api, "PATCH", &path, change).await;
            assert_eq!(changed.status, 200, "{}", changed.body);
        }
        number += 1;
    }
    number - first
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_reads_its_own_writes_although_replicas_lag() {
    for kind in [Kind::Postgres, Kind::MySql] {
        let Some(pair) = Pair::start(kind, tables(kind), &[], &[]).await else {
            continue;
        };
        let (primary, replica) = (pair.primary.connect().await, pair.replica.connect().await);
        let replicas = Replicas::new([replica]).most_lag(Duration::from_secs(30));
        let db = primary
            .reads_from(replicas)
            .expect("a database with replicas");
        let api = Arc::new(api(&db).await);
        answered_by(&api, "replica").await;
        pair.delay(5).await;
        answered_by(&api, "replica").await;
        let clients = (0..8).map(|at| {
            let client = if at % 2 == 0 {
                Client::by_header()
            } else {
                Client::by_cookie()
            };
            tokio::spawn(reads_its_own_writes(Arc::clone(&api), at * 100_000, client))
        });
        let mut stale = 0;
        let clients: Vec<_> = clients.collect();
        // A client that has written nothing reads from the replica, which is behind.
        while !clients.iter().all(JoinHandle::is_finished) {
            let all = Client::default()
                .ask(&api, "GET", "/notes/?page_size=1", None)
                .await;
            assert_eq!(all.status, 200, "{}", all.body);
            let newest = primary_count(&pair).await;
            stale += usize::from(all.json()["count"].as_i64() < Some(newest));
            sleep(Duration::from_millis(100)).await;
        }
        for client in clients {
            assert!(client.await.expect("right answers") > 10);
        }
        assert!(stale > 10, "{kind}: {stale}");
        // Once the replica has the writes, it answers clients that have written, too.
        let mut client = Client::by_header();
        let note = json!({"note_id": -1, "text": "last"});
        client.ask(&api, "POST", "/notes/", Some(note)).await;
        assert_eq!(client.server(&api).await, "primary", "{kind}");
        let since = Instant::now();
        while client.server(&api).await != "replica" {
            assert!(since.elapsed() < PATIENCE, "{kind}");
            sleep(Duration::from_millis(50)).await;
        }
        assert!(since.elapsed() > Duration::from_secs(3), "{kind}");
        // A token that cannot be read leads to the primary.
        client.header = Some("nonsense".to_owned());
        assert_eq!(client.server(&api).await, "primary", "{kind}");
    }
}

/// Counts the notes of the primary.
async fn primary_count(pair: &Pair) -> i64 {
    let db = pair.primary.connect().await;
    let sql = "SELECT count(*) FROM notes";
    let count = match (db.postgres_pool(), db.mysql_pool()) {
        (Some(pool), _) => sqlx::query_scalar(sql).fetch_one(pool).await,
        (_, Some(pool)) => sqlx::query_scalar(sql).fetch_one(pool).await,
        (None, None) => unreachable!("a server"),
    };
    count.expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_lags_or_dies_is_left_out_until_it_is_well() {
    for kind in [Kind::Postgres, Kind::MySql] {
        let Some(mut pair) = Pair::start(kind, tables(kind), &[], &[]).await else {
            continue;
        };
        let (primary, replica) = (pair.primary.connect().await, pair.replica.connect().await);
        let replicas = Replicas::new([replica]).most_lag(Duration::from_secs(1));
        let db = primary
            .reads_from(replicas)
            .expect("a database with replicas");
        let api = api(&db).await;
        answered_by(&api, "replica").await;
        assert_eq!(exporter(&api).await, "replica", "{kind}");
        pair.delay(600).await;
        let note = json!({"note_id": 1, "text": "late"});
        let made = Client::default()
            .ask(&api, "POST", "/notes/", Some(note))
            .await;
        assert_eq!(made.status, 201, "{}", made.body);
        answered_by(&api, "primary").await;
        assert_eq!(exporter(&api).await, "primary", "{kind}");
        pair.delay(0).await;
        answered_by(&api, "replica").await;
        pair.replica.kill();
        assert_eq!(exporter(&api).await, "primary", "{kind}");
        for _ in 0..20 {
            assert_eq!(Client::default().server(&api).await, "primary", "{kind}");
        }
        pair.replica.start();
        answered_by(&api, "replica").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_is_in_the_way_of_replication_is_repeated_on_the_primary() {
    let kind = Kind::Postgres;
    let at_once = [
        "max_standby_streaming_delay=0",
        "max_standby_archive_delay=0",
    ];
    let Some(pair) = Pair::start(kind, tables(kind), &[], &at_once).await else {
        return;
    };
    let (primary, replica) = (pair.primary.connect().await, pair.replica.connect().await);
    let db = primary
        .reads_from(replica)
        .expect("a database with replicas");
    let api = api(&db).await;
    let note = json!({"note_id": 1, "text": "read"});
    Client::default()
        .ask(&api, "POST", "/notes/", Some(note))
        .await;
    answered_by(&api, "replica").await;
    sleep(Duration::from_millis(500)).await;
    let before = Instant::now();
    let mut client = Client::default();
    let reading = client.ask(&api, "GET", "/slow/?page_size=1", None);
    let locking = async {
        sleep(Duration::from_millis(500)).await;
        pair.primary
            .administer("BEGIN; LOCK TABLE notes IN ACCESS EXCLUSIVE MODE; COMMIT")
            .await;
    };
    let (read, ()) = futures_util::future::join(reading, locking).await;
    assert_eq!(
        (read.status, &read.json()["count"]),
        (200, &json!(1)),
        "{}",
        read.body
    );
    assert!(
        before.elapsed() > Duration::from_millis(1400),
        "it was not read twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_write_is_lost_when_a_replica_is_promoted() {
    for kind in [Kind::Postgres, Kind::MySql] {
        // MariaDB has no replication that is synchronous without a plugin, so that its last writes are waited for.
        let settings: &[&str] = match kind {
            Kind::Postgres => &["synchronous_commit=on"],
            Kind::MySql | Kind::Sqlite => &[
                "--rpl-semi-sync-master-enabled=1",
                "--rpl-semi-sync-slave-enabled=1",
            ],
        };
        let Some(mut pair) = Pair::start(kind, tables(kind), settings, &[]).await else {
            continue;
        };
        if kind == Kind::Postgres {
            pair.primary
                .administer("ALTER SYSTEM SET synchronous_standby_names = '*'")
                .await;
            pair.primary.administer("SELECT pg_reload_conf()").await;
        }
        let (primary, replica) = (pair.primary.connect().await, pair.replica.connect().await);
        let db = primary
            .reads_from(replica)
            .expect("a database with replicas");
        let api = Arc::new(api(&db).await);
        answered_by(&api, "replica").await;
        let writers = Writers::start(&api);
        sleep(Duration::from_secs(2)).await;
        pair.primary.kill();
        sleep(Duration::from_secs(1)).await;
        pair.promote().await;
        let promoted = Instant::now();
        let written = writers.acknowledged();
        while writers.acknowledged() < written + 200 {
            assert!(
                promoted.elapsed() < PATIENCE,
                "{kind}: no writes after the promotion"
            );
            sleep(Duration::from_millis(20)).await;
        }
        let acknowledged = writers.stop().await;
        let mut client = Client::default();
        for id in acknowledged {
            let found = client
                .ask(&api, "GET", &format!("/notes/{id}/"), None)
                .await;
            assert_eq!(found.status, 200, "{kind}: {id} is lost: {}", found.body);
        }
        assert!(db.postgres_pool().is_some() || db.mysql_pool().is_some());
    }
}

/// Clients that write one note after the other.
struct Writers {
    notes: Arc<Notes>,
    tasks: Vec<JoinHandle<()>>,
}

/// The notes of all writers.
#[derive(Default)]
struct Notes {
    next: AtomicU64,
    acknowledged: Mutex<Vec<u64>>,
    is_over: AtomicBool,
}

impl Writers {
    fn start(api: &Arc<Api>) -> Self {
        let notes = Arc::new(Notes::default());
        let write = |_| tokio::spawn(write_until_over(Arc::clone(api), Arc::clone(&notes)));
        let tasks = (0..4).map(write).collect();
        Self { notes, tasks }
    }

    /// Returns how many notes were acknowledged.
    fn acknowledged(&self) -> usize {
        self.notes.acknowledged.lock().expect("no panic").len()
    }

    /// Returns the ids of the notes that were acknowledged.
    ///
    /// # Panics
    ///
    /// When one of the writers did.
    async fn stop(self) -> Vec<u64> {
        self.notes.is_over.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("a writer");
        }
        std::mem::take(&mut *self.notes.acknowledged.lock().expect("no panic"))
    }
}

/// Writes notes until all is over. A failure is waited for a moment.
///
/// # Panics
///
/// When an answer is neither 201 nor 503, or a row is refused that was not written before.
async fn write_until_over(api: Arc<Api>, notes: Arc<Notes>) {
    let mut client = Client::default();
    while !notes.is_over.load(Ordering::Relaxed) {
        let id = notes.next.fetch_add(1, Ordering::Relaxed);
        let note = json!({"note_id": id, "text": "written"});
        let made = client.ask(&api, "POST", "/notes/", Some(note)).await;
        match made.status {
            201 => notes.acknowledged.lock().expect("no panic").push(id),
            503 => sleep(Duration::from_millis(50)).await,
            _ => panic!("{id}: {} {}", made.status, made.body),
        }
    }
}

/// Leads connections to the server whose port is in `target`, as a name or an address that is given to another server does.
async fn leading_to(target: Arc<AtomicU16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let target = target.load(Ordering::Relaxed);
            tokio::spawn(async move {
                if let Ok(mut to) = TcpStream::connect(("127.0.0.1", target)).await {
                    drop(tokio::io::copy_bidirectional(&mut from, &mut to).await);
                }
            });
        }
    });
    port
}

/// Writes a note by a statement of its own.
async fn note_down(act: Act, kind: Kind) -> Result<Reply> {
    const SQL: &str = "INSERT INTO notes SELECT COALESCE(MAX(note_id), 0) + 1, 'noted' FROM notes";
    match kind {
        Kind::Postgres => {
            let mut postgres = act.transaction.postgres().await?;
            sqlx::query(SQL).execute(&mut *postgres).await?;
        }
        Kind::Sqlite | Kind::MySql => {
            let mut mysql = act.transaction.mysql().await?;
            sqlx::query(SQL).execute(&mut *mysql).await?;
        }
    }
    Ok(Reply::json(&"noted"))
}

/// Writes until the answer is 503, while new connections are made to a server that takes no writes.
async fn until_refused(api: &Api, success: u16, write: &mut impl AsyncFnMut() -> Answer) {
    let since = Instant::now();
    loop {
        let written = write().await;
        if written.status == 503 {
            let is_named = written.body.contains("\"unavailable\"");
            assert!(is_named, "{}", written.body);
            return;
        }
        assert_eq!(written.status, success, "{}", written.body);
        assert!(since.elapsed() < PATIENCE, "no connection to the replica");
        let connections = (0..20).map(|_| ask(api, "/servers/"));
        futures_util::future::join_all(connections).await;
    }
}

/// Writes until so many writes in a row have succeeded that each connection has been used.
async fn until_written(success: u16, write: &mut impl AsyncFnMut() -> Answer) {
    let (since, mut in_a_row) = (Instant::now(), 0);
    while in_a_row < 30 {
        let written = write().await;
        if written.status == success {
            in_a_row += 1;
            continue;
        }
        in_a_row = 0;
        assert_eq!(written.status, 503, "{}", written.body);
        let soon = Duration::from_secs(5);
        assert!(since.elapsed() < soon, "{}", written.body);
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_a_server_that_takes_no_writes_are_closed_so_that_its_name_leads_elsewhere()
{
    for kind in [Kind::Postgres, Kind::MySql] {
        let Some(pair) = Pair::start(kind, tables(kind), &[], &[]).await else {
            continue;
        };
        drop((pair.primary.connect().await, pair.replica.connect().await));
        // Nothing but the one kind of writes tells that the server has changed.
        for (path, success) in [("/notes/", 201), ("/notes/note_down/", 200)] {
            let target = Arc::new(AtomicU16::new(pair.primary.port));
            let port = leading_to(Arc::clone(&target)).await;
            let url = pair.primary.url();
            let url = url.replace(&pair.primary.port.to_string(), &port.to_string());
            let db = Database::connect(&url).await.expect("a database");
            let schema = Schema::reflect(&db).await.expect("a schema");
            let act = move |act| note_down(act, kind);
            let note_down = Action::on_collection("note_down", Method::POST, act);
            let router =
                Router::of(schema).configure("notes", |notes: ViewSet| notes.action(note_down));
            let api = router.writable().build().expect("an API");
            let (mut id, mut client) = (0, Client::default());
            let mut write = async || {
                id += 1;
                let note = json!({"note_id": id, "text": "written"});
                let body = (path == "/notes/").then_some(note);
                client.ask(&api, "POST", path, body).await
            };
            // The name now leads to a replica.
            target.store(pair.replica.port, Ordering::Relaxed);
            db.execute_script("SELECT 1").await.expect("a server");
            until_refused(&api, success, &mut write).await;
            target.store(pair.primary.port, Ordering::Relaxed);
            until_written(success, &mut write).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_of_another_kind_are_refused() {
    let (one, other) = (Database::in_memory().await, Database::in_memory().await);
    let (one, other) = (one.expect("a database"), other.expect("a database"));
    let refused = one
        .reads_from(other)
        .expect_err("SQLite has none")
        .to_string();
    assert!(refused.contains("SQLite has no replicas"), "{refused}");
    let lazily = async |url: &str| Database::connect_lazily(url).await.expect("a URL");
    let postgres = lazily("postgres://127.0.0.1:1/cars").await;
    let maria = lazily("mysql://127.0.0.1:1/cars").await;
    let refused = postgres
        .reads_from([maria])
        .expect_err("another kind")
        .to_string();
    assert!(
        refused.contains("a replica of PostgreSQL is MySQL"),
        "{refused}"
    );
    let none = postgres
        .reads_from(Vec::new())
        .expect_err("none")
        .to_string();
    assert!(none.contains("no replica"), "{none}");
    let twice = postgres.reads_from(postgres.clone()).expect("one");
    let twice = twice.reads_from(postgres).expect_err("twice").to_string();
    assert!(twice.contains("give it all replicas at once"), "{twice}");
}

/// Asks a service of the program's health.
async fn health(ready: &Readiness, method: &str) -> (u16, String) {
    let request = http::Request::builder()
        .method(method)
        .uri("/ready")
        .body(String::new());
    let answered = tower::ServiceExt::oneshot(ready.clone(), request.expect("a request")).await;
    let (parts, body) = answered.expect("an answer").into_parts();
    let body = http_body_util::BodyExt::collect(body)
        .await
        .expect("a body")
        .to_bytes();
    (
        parts.status.as_u16(),
        String::from_utf8_lossy(&body).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_starts_before_its_database_and_serves_once_it_is_there() {
    for kind in [Kind::Postgres, Kind::MySql] {
        let Some(mut pair) = Pair::start(kind, tables(kind), &[], &[]).await else {
            continue;
        };
        let schema = Schema::reflect(&pair.primary.connect().await)
            .await
            .expect("a schema");
        pair.primary.kill();
        let db = Database::connect_lazily(&pair.primary.url())
            .await
            .expect("a URL");
        let notes = schema.model("notes").expect("a model").clone();
        let notes = ViewSet::new(notes).database(&db);
        let router = Router::new().register("notes", notes).writable();
        let api = router.build().expect("an API");
        let ready = Readiness::of([db]);
        assert_eq!(health(&ready, "GET").await.0, 503, "{kind}");
        assert_eq!(health(&ready, "HEAD").await, (503, String::new()), "{kind}");
        assert_eq!(health(&ready, "POST").await.0, 405, "{kind}");
        let mut client = Client::default();
        // The first requests wait for a connection, later ones are answered at once.
        client.ask(&api, "GET", "/notes/", None).await;
        let since = Instant::now();
        let mut slow = 0;
        for _ in 0..40 {
            let before = Instant::now();
            let answer = client.ask(&api, "GET", "/notes/", None).await;
            assert_eq!(answer.status, 503, "{}", answer.body);
            assert!(answer.body.contains("\"unavailable\""), "{}", answer.body);
            slow += usize::from(before.elapsed() > Duration::from_millis(100));
            sleep(Duration::from_millis(20)).await;
        }
        assert!(
            slow < 10,
            "{kind}: {slow} of 40 requests waited, in {:?}",
            since.elapsed()
        );
        pair.primary.start();
        let since = Instant::now();
        while client.ask(&api, "GET", "/notes/", None).await.status != 200 {
            assert!(since.elapsed() < PATIENCE, "{kind}");
            sleep(Duration::from_millis(20)).await;
        }
        let note = json!({"note_id": 1, "text": "here"});
        let made = client.ask(&api, "POST", "/notes/", Some(note)).await;
        assert_eq!(made.status, 201, "{}", made.body);
        sleep(Duration::from_millis(300)).await;
        assert_eq!(
            health(&ready, "GET").await,
            (200, "{\"status\":\"ready\"}".to_owned())
        );
    }
}
