//! A cluster of MariaDB with Galera: three servers, each of which takes writes.
//!
//! `TEST_LONG=1` makes the 10,000 writes of the issue.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tower_rest::{Api, Database, Head, Result, Router, RowChange, Schema, ViewSet};

use crate::{
    databases::{Kind, skipped},
    own_server::{OwnServer, folder, free_ports, is_installed, quick},
    random::{self, Random},
    server::{Answer, ask, ask_with},
};

const PROVIDER: &str = "/usr/lib/galera/libgalera_smm.so";

/// Servers of the cluster.
const SERVERS: usize = 3;

/// Clients that write at once, a third of them by each server.
const CLIENTS: usize = 12;

/// The counters that all writes are about.
const COUNTERS: u64 = 4;

/// How long a write may take to succeed, while a server is lost.
const PATIENCE: Duration = Duration::from_secs(60);

const TABLES: &str = "CREATE TABLE counters (counter_id BIGINT PRIMARY KEY, n BIGINT NOT NULL); \
    INSERT INTO counters VALUES (0, 0), (1, 0), (2, 0), (3, 0); \
    CREATE TABLE entries (entry_id BIGINT AUTO_INCREMENT PRIMARY KEY, counter_id BIGINT NOT NULL REFERENCES counters, \
        amount BIGINT NOT NULL); \
    CREATE TABLE names (name_id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE)";

/// A cluster of servers that end with this value.
struct Cluster {
    servers: Vec<OwnServer>,
    /// The ports by which the servers speak with each other.
    groups: Vec<u16>,
    _folder: TempDir,
}

/// Returns the settings of a server that is to join others.
fn settings(ports: [u16; 3], others: &[u16]) -> Vec<String> {
    let [group, changes, copy] = ports;
    let addresses: Vec<_> = others
        .iter()
        .map(|port| format!("127.0.0.1:{port}"))
        .collect();
    let options = format!(
        "gmcast.listen_addr=tcp://127.0.0.1:{group};ist.recv_addr=127.0.0.1:{changes};gcache.size=16M;\
         evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.3S;evs.suspect_timeout=PT1S;\
         evs.inactive_timeout=PT3S;pc.recovery=FALSE"
    );
    let own = [
        "--binlog-format=ROW".to_owned(),
        "--innodb-autoinc-lock-mode=2".to_owned(),
        "--wsrep-on=ON".to_owned(),
        format!("--wsrep-provider={PROVIDER}"),
        "--wsrep-cluster-name=tower_rest".to_owned(),
        format!("--wsrep-cluster-address=gcomm://{}", addresses.join(",")),
        format!("--wsrep-node-address=127.0.0.1:{group}"),
        "--wsrep-sst-method=rsync".to_owned(),
        format!("--wsrep-sst-receive-address=127.0.0.1:{copy}"),
        format!("--wsrep-provider-options={options}"),
    ];
    let quick = quick(Kind::MySql).iter().map(|&setting| setting.to_owned());
    own.into_iter().chain(quick).collect()
}

impl Cluster {
    /// Starts the servers one after the other; `None`, which it says loudly, if Galera is not installed.
    async fn start() -> Option<Self> {
        let tests = "on a cluster of Galera";
        if !is_installed(Kind::MySql, tests) {
            return None;
        }
        for needed in [PROVIDER, "/usr/bin/rsync", "/usr/bin/wsrep_sst_rsync"] {
            if !Path::new(needed).exists() {
                skipped(tests, &format!("there is no {needed}"));
                return None;
            }
        }
        let folder = folder(Kind::MySql);
        let mut groups: Vec<u16> = Vec::new();
        let mut servers: Vec<OwnServer> = Vec::new();
        for number in 0..SERVERS {
            let ports = free_ports();
            let settings = settings(ports, &groups);
            let settings: Vec<_> = settings.iter().map(String::as_str).collect();
            let name = format!("node{number}");
            let mut server = OwnServer::new(Kind::MySql, folder.path(), &name, &settings);
            match number {
                0 => server.initialize(),
                // A server that joins gets all files of another one.
                _ => server.await_files(),
            }
            server.start();
            if number == 0 {
                server.make_login().await;
                server.administer(&format!("USE test; {TABLES}")).await;
            }
            drop(server.connect().await);
            groups.push(ports[0]);
            servers.push(server);
        }
        Some(Self {
            servers,
            groups,
            _folder: folder,
        })
    }

    /// Starts a server that was killed, which joins the others.
    fn start_again(&mut self, number: usize) {
        let others: Vec<_> = self
            .groups
            .iter()
            .map(|port| format!("127.0.0.1:{port}"))
            .collect();
        let server = &mut self.servers[number];
        // The last one of several equal settings counts.
        server.settings.push(format!(
            "--wsrep-cluster-address=gcomm://{}",
            others.join(",")
        ));
        server.start();
    }

    async fn connect(&self, number: usize, settings: &str) -> Database {
        drop(self.servers[number].connect().await);
        let url = format!("{}{settings}", self.servers[number].url());
        Database::connect(&url).await.expect("a database")
    }
}

/// Adds an entry to its counter, in the same transaction.
async fn count(change: RowChange) -> Result<()> {
    let entry = change.after.as_ref().expect("a new row");
    let (counter, amount): (i64, i64) = (entry.get_as("counter_id")?, entry.get_as("amount")?);
    let mut mysql = change.transaction.mysql().await?;
    sqlx::query("UPDATE counters SET n = n + ? WHERE counter_id = ?")
        .bind(amount)
        .bind(counter)
        .execute(&mut *mysql)
        .await?;
    Ok(())
}

/// An API by one of the servers. A write may be sent again to another one with its idempotency key.
async fn api(db: &Database) -> Api {
    let schema = Schema::reflect(db).await.expect("a schema");
    let one_client = |_: &Head| Ok("tests".to_owned());
    let router = Router::of(schema)
        .configure("entries", move |entries: ViewSet| {
            entries
                .writable()
                .after_create(count)
                .idempotent(one_client)
        })
        .configure("names", move |names: ViewSet| {
            names.writable().idempotent(one_client).export()
        })
        .configure("counters", ViewSet::writable);
    router.build().expect("an API")
}

async fn send(api: &Api, method: &str, path: &str, key: Option<&str>, body: &Value) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "test")
        .header("content-type", "application/json");
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    ask_with(api, request.body(body.to_string()).expect("a request")).await
}

/// The answers to all writes, by status and code.
#[derive(Default)]
struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    fn add(&self, answer: &Answer) {
        let code = match answer.status {
            200..300 => String::new(),
            _ => format!(" {}", answer.json()["code"].as_str().unwrap_or_default()),
        };
        let mut counts = self.0.lock().expect("no panic");
        *counts
            .entry(format!("{}{code}", answer.status))
            .or_default() += 1;
    }
}

/// Sends a write until its outcome is known, each time to the next server; returns the last answer.
async fn write(
    apis: &[Api],
    first: usize,
    path: &str,
    key: &str,
    body: &Value,
    tally: &Tally,
) -> Answer {
    let since = Instant::now();
    for turn in first.. {
        let answer = send(&apis[turn % apis.len()], "POST", path, Some(key), body).await;
        tally.add(&answer);
        let is_final = match answer.status {
            201 => true,
            409 => answer.json()["code"] == "unique",
            _ => false,
        };
        if is_final {
            return answer;
        }
        assert!(
            [409, 503].contains(&answer.status),
            "{} {}",
            answer.status,
            answer.body
        );
        assert!(since.elapsed() < PATIENCE, "{}", answer.body);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("the loop has no end")
}

/// Writes as one client: an entry of a counter, or a name that other clients write at the same time.
async fn of_one_client(
    apis: Arc<[Api]>,
    client: usize,
    writes: u64,
    tally: Arc<Tally>,
    done: Arc<AtomicU64>,
) -> (i64, BTreeSet<String>) {
    let mut random = Random::new(random::seed() ^ client as u64);
    let (mut added, mut named) = (0, BTreeSet::new());
    for number in 0..writes {
        let key = format!("{client}-{number}");
        let first = client % apis.len();
        if number % 4 == 0 {
            // The clients of all servers write the name at about the same time.
            let name = format!("name {number}");
            let made = write(
                &apis,
                first,
                "/names/",
                &key,
                &json!({"name": name}),
                &tally,
            )
            .await;
            if made.status == 201 {
                assert!(named.insert(name), "{key}");
            }
        } else {
            let amount = 1 + i64::try_from(random.below(5)).expect("a small number");
            let entry = json!({"counter_id": random.below(COUNTERS), "amount": amount});
            let made = write(&apis, first, "/entries/", &key, &entry, &tally).await;
            assert_eq!(made.status, 201, "{}", made.body);
            added += amount;
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    (added, named)
}

/// Returns the sum of the counters, that of the entries, and the number of names.
async fn found(db: &Database) -> (i64, i64, i64) {
    let sql = "SELECT (SELECT CAST(SUM(n) AS SIGNED) FROM counters), \
               (SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED) FROM entries), (SELECT COUNT(*) FROM names)";
    let pool = db.mysql_pool().expect("a pool");
    sqlx::query_as(sql)
        .fetch_one(pool)
        .await
        .expect("three numbers")
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicting_writes_by_all_servers_of_a_cluster_are_exact_although_one_is_killed() {
    let Some(mut cluster) = Cluster::start().await else {
        return;
    };
    let mut apis = Vec::new();
    for number in 0..SERVERS {
        let db = cluster.connect(number, "?wsrep-sync-wait=1").await;
        if number == 0 {
            db.execute_script(&db.idempotency_table())
                .await
                .expect("a table");
        }
        apis.push(api(&db).await);
    }
    let apis: Arc<[Api]> = apis.into();
    let all: u64 = if random::is_long() { 10_000 } else { 1_200 };
    let each = all / CLIENTS as u64;
    let (tally, done) = (Arc::new(Tally::default()), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (apis, tally, done) = (Arc::clone(&apis), Arc::clone(&tally), Arc::clone(&done));
            tokio::spawn(of_one_client(apis, client, each, tally, done))
        })
        .collect();
    while done.load(Ordering::Relaxed) < all / 2 {
        assert!(!clients.iter().all(tokio::task::JoinHandle::is_finished));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    cluster.servers[SERVERS - 1].kill();
    let (mut added, mut named) = (0, 0);
    for client in clients {
        let (amount, names) = client.await.expect("right answers");
        added += amount;
        named += i64::try_from(names.len()).expect("few");
    }
    let counts = std::mem::take(&mut *tally.0.lock().expect("no panic"));
    let refused = counts.keys().filter(|key| key.starts_with("503")).count();
    assert!(
        refused > 0 && counts.contains_key("409 unique"),
        "{counts:?}"
    );
    // The server that comes back has all of it, too.
    cluster.start_again(SERVERS - 1);
    for number in 0..SERVERS {
        let db = cluster.connect(number, "?wsrep-sync-wait=1").await;
        assert_eq!(
            found(&db).await,
            (added, added, named),
            "{number}: {counts:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_a_cluster_waits_for_the_writes_of_others_before_it_reads() {
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let writer = api(&cluster.connect(0, "").await).await;
    let hasty = api(&cluster.connect(1, "").await).await;
    let patient = api(&cluster.connect(1, "?wsrep-sync-wait=1").await).await;
    let is_there = async |reader: &Api, path: &str| ask(reader, path).await.status == 200;
    let mut stale = 0;
    for number in 0..100 {
        // A change of many rows takes the other server a while.
        let many = "INSERT INTO entries (counter_id, amount) SELECT 0, seq FROM seq_1_to_5000";
        cluster.servers[0]
            .administer(&format!("USE test; {many}"))
            .await;
        let name = json!({"name": format!("name {number}")});
        let made = send(&writer, "POST", "/names/", None, &name).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let path = format!("/names/{}/", made.json()["name_id"]);
        stale += u32::from(!is_there(&hasty, &path).await);
        assert!(is_there(&patient, &path).await, "{path}");
        let export = ask(&patient, "/names/?page=all&format=ndjson").await;
        let name = name["name"].as_str().expect("a name");
        assert!(export.body.contains(&format!("\"{name}\"")), "{name}");
        if stale > 3 {
            break;
        }
    }
    assert!(stale > 0, "no reading without the setting was too early");
    // Keys are generated in steps, and each is that of its row.
    let names = ["one", "two", "three"];
    let rows: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    let made = send(&writer, "POST", "/names/", None, &json!(rows)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    for (row, name) in made.json().as_array().expect("rows").iter().zip(names) {
        let found = ask(&patient, &format!("/names/{}/", row["name_id"])).await;
        assert_eq!(found.json()["name"], name, "{}", found.body);
    }
}

/// A statement that defines a table commits what the transaction has written until then.
#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_commits_its_transaction_is_not_run_again_on_a_cluster() {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    async fn define(change: RowChange) -> Result<()> {
        RUNS.fetch_add(1, Ordering::Relaxed);
        let mut mysql = change.transaction.mysql().await?;
        sqlx::query("CREATE TABLE IF NOT EXISTS defined (id BIGINT PRIMARY KEY)")
            .execute(&mut *mysql)
            .await?;
        if change
            .after
            .is_some_and(|row| row.get_as("name").is_ok_and(|name: String| name == "two"))
        {
            let conflict = "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213";
            sqlx::raw_sql(conflict).execute(&mut *mysql).await?;
        }
        Ok(())
    }
    let Some(cluster) = Cluster::start().await else {
        return;
    };
    let db = cluster.connect(0, "?max-connections=2").await;
    let schema = Schema::reflect(&db).await.expect("a schema");
    let router = Router::of(schema).configure("names", |names: ViewSet| {
        names.writable().after_create(define)
    });
    let api = router.build().expect("an API");
    let made = send(&api, "POST", "/names/", None, &json!({"name": "one"})).await;
    assert_eq!(made.status, 500, "{}", made.body);
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
    assert_eq!(found(&db).await, (0, 0, 1));
    // A conflict afterwards takes nothing of it back.
    let made = send(&api, "POST", "/names/", None, &json!({"name": "two"})).await;
    assert_eq!(made.status, 500, "{}", made.body);
    assert_eq!(RUNS.load(Ordering::Relaxed), 2);
    assert_eq!(found(&db).await, (0, 0, 2));
    // The connections that come back commit each statement.
    let pool = db.mysql_pool().expect("a pool");
    for name in ["three", "four"] {
        let insert = sqlx::query("INSERT INTO names (name) VALUES (?)").bind(name);
        insert.execute(pool).await.expect("an insert");
    }
    let other = cluster.connect(1, "?wsrep-sync-wait=1").await;
    assert_eq!(found(&other).await.2, 4);
}
