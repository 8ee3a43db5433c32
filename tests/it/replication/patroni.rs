//! Two servers of PostgreSQL that Patroni keeps as a primary and its replica, with etcd, behind HAProxy, which leads to the
//! one that is the primary.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::sleep;
use tower_rest::Database;

use super::{Client, Writers, api, tables};
use crate::{
    databases::{Kind, skipped},
    own_server::{connected, folder, free_ports, program, user},
};

/// How long the cluster may take to start, or to find another primary: Patroni waits twenty seconds for one that is lost.
const PATIENCE: Duration = Duration::from_secs(90);

/// After which time HAProxy closes idle connections.
const IDLE: Duration = Duration::from_secs(2);

/// A program that ends with this value.
struct Running(Child);

impl Running {
    /// Starts a program as the user of PostgreSQL, with a file for what it says.
    fn start(program: &Path, arguments: &[&str], folder: &Path, log: &str) -> Self {
        let log = fs::File::create(folder.join(log)).expect("a log");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        if let Some((uid, gid)) = user(Kind::Postgres) {
            command.uid(uid).gid(gid);
        }
        Self(command.spawn().expect("a program"))
    }

    fn kill(&mut self) {
        drop((self.0.kill(), self.0.wait()));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A server, and the Patroni that keeps it.
struct Node {
    patroni: Running,
    /// The port of Patroni's own interface.
    port: u16,
    data: PathBuf,
}

impl Node {
    /// Asks Patroni; returns the status and the body of its answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .ok()?;
        stream.shutdown(Shutdown::Write).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.get(9..12)?.parse().ok()?, body.to_owned()))
    }

    fn is(&self, role: &str) -> bool {
        matches!(self.ask("GET", role, ""), Some((200, _)))
    }

    /// Ends Patroni and its server at once, as a loss of power does.
    fn kill(&mut self) {
        self.patroni.kill();
        self.kill_server();
    }

    fn kill_server(&self) {
        let path = self.data.join("postmaster.pid");
        let Ok(file) = fs::read_to_string(&path) else {
            return;
        };
        let number = file.lines().next().unwrap_or_default();
        drop(Command::new("kill").args(["-KILL", number]).status());
        // The number may be that of another process later.
        drop(fs::remove_file(path));
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

struct Cluster {
    nodes: Vec<Node>,
    /// The port of HAProxy.
    port: u16,
    _haproxy: Running,
    _etcd: Running,
    folder: TempDir,
}

impl Cluster {
    /// Starts all; `None`, which it says loudly, if a program is not installed.
    async fn start() -> Option<Self> {
        let mut programs = Vec::new();
        // The last one is in the folder of all programs of PostgreSQL, and only there.
        for name in ["etcd", "patroni", "haproxy", "pg_controldata"] {
            match program(name) {
                Some(program) => programs.push(program),
                None => {
                    skipped("behind Patroni and HAProxy", &format!("there is no {name}"));
                    return None;
                }
            }
        }
        let [etcd, patroni, haproxy, control] = programs.try_into().expect("four programs");
        let folder = folder(Kind::Postgres);
        let [client, peer, port, api0, api1, server0, server1] = free_ports();
        let (urls, peers) = (
            format!("http://127.0.0.1:{client}"),
            format!("http://127.0.0.1:{peer}"),
        );
        let settings = [
            ("--data-dir", "etcd"),
            ("--listen-client-urls", &urls),
            ("--advertise-client-urls", &urls),
            ("--listen-peer-urls", &peers),
            ("--initial-advertise-peer-urls", &peers),
            ("--initial-cluster", &format!("default={peers}")),
        ];
        let settings: Vec<_> = settings
            .iter()
            .flat_map(|&(name, value)| [name, value])
            .collect();
        let etcd = Running::start(&etcd, &settings, folder.path(), "etcd.log");
        let bin = control.parent().expect("a folder");
        let ports = [(api0, server0), (api1, server1)];
        let nodes = ports.iter().enumerate();
        let nodes = nodes.map(|(number, &(port, server))| {
            let name = format!("node{number}");
            let settings = folder.path().join(format!("{name}.yml"));
            let text = of_patroni(folder.path(), &name, bin, [client, port, server]);
            fs::write(&settings, text.to_string()).expect("settings");
            let settings = settings.to_str().expect("a path");
            let log = format!("{name}.log");
            Node {
                patroni: Running::start(&patroni, &[settings], folder.path(), &log),
                port,
                data: folder.path().join(&name),
            }
        });
        let nodes = nodes.collect();
        let settings = folder.path().join("haproxy.cfg");
        let text = of_haproxy(port, &ports);
        fs::write(&settings, text).expect("settings");
        let settings = ["-f", settings.to_str().expect("a path")];
        let haproxy = Running::start(&haproxy, &settings, folder.path(), "haproxy.log");
        let cluster = Self {
            nodes,
            port,
            _haproxy: haproxy,
            _etcd: etcd,
            folder,
        };
        let has_replica = || cluster.nodes.iter().any(|node| node.is("/synchronous"));
        cluster
            .wait_for("a primary and its replica", has_replica)
            .await;
        Some(cluster)
    }

    /// # Panics
    ///
    /// When it takes too long.
    async fn wait_for(&self, what: &str, is_there: impl Fn() -> bool) {
        let since = Instant::now();
        while !is_there() {
            let logs = || {
                let logs = ["etcd", "node0", "node1", "haproxy"].map(|name| {
                    let log = self.folder.path().join(format!("{name}.log"));
                    fs::read_to_string(log).unwrap_or_default()
                });
                logs.join("\n")
            };
            assert!(since.elapsed() < PATIENCE, "no {what}: {}", logs());
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn primary(&self) -> usize {
        let mut nodes = self.nodes.iter();
        nodes
            .position(|node| node.is("/primary"))
            .expect("a primary")
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

/// Returns the settings of Patroni, in JSON, which is YAML, too. The ports are etcd's, its own and its server's.
fn of_patroni(folder: &Path, name: &str, bin: &Path, ports: [u16; 3]) -> Value {
    let [etcd, own, server] = ports.map(|port| format!("127.0.0.1:{port}"));
    let login = json!({"username": "postgres", "password": "s3cret"});
    json!({
        "scope": "tower_rest",
        "name": name,
        "restapi": {"listen": own, "connect_address": own},
        "etcd3": {"host": etcd},
        "bootstrap": {
            "dcs": {
                "ttl": 20,
                "loop_wait": 1,
                "retry_timeout": 3,
                "synchronous_mode": true,
            },
            "initdb": ["no-sync", {"encoding": "UTF8"}],
        },
        "postgresql": {
            "listen": server,
            "connect_address": server,
            "data_dir": folder.join(name),
            "pgpass": folder.join(format!("{name}.pgpass")),
            "bin_dir": bin,
            "authentication": {"superuser": login, "replication": login},
            "parameters": {"fsync": "off", "unix_socket_directories": folder},
            "pg_hba": [
                "local all all trust",
                "host all all 127.0.0.1/32 trust",
                "host replication all 127.0.0.1/32 trust",
            ],
        },
    })
}

/// Returns the settings of HAProxy, as Patroni's own template has them, with shorter times.
fn of_haproxy(port: u16, nodes: &[(u16, u16)]) -> String {
    let idle = IDLE.as_secs();
    let mut text = format!(
        "defaults\n mode tcp\n timeout connect 1s\n timeout client {idle}s\n timeout server {idle}s\n timeout check 1s\n\
         listen primary\n bind 127.0.0.1:{port}\n option httpchk OPTIONS /primary\n http-check expect status 200\n \
         default-server inter 300ms fall 2 rise 1 on-marked-down shutdown-sessions\n"
    );
    for (api, server) in nodes {
        text.push_str(&format!(
            " server at{server} 127.0.0.1:{server} check port {api}\n"
        ));
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_write_is_lost_behind_a_proxy_that_leads_to_the_primary_of_patroni() {
    let Some(mut cluster) = Cluster::start().await else {
        return;
    };
    let db = connected(&cluster.url()).await;
    db.execute_script(tables(Kind::Postgres))
        .await
        .expect("tables");
    let api = Arc::new(api(&Database::connect(&cluster.url()).await.expect("a database")).await);

    // Connections that the proxy closes, since they were idle, are noticed before they are used.
    for round in 0..2 {
        let mut clients: Vec<_> = (0..8).map(|_| Client::default()).collect();
        let writes = clients
            .iter_mut()
            .zip(1_000_000 + round * 8..)
            .map(|(client, id)| {
                let note = json!({"note_id": id, "text": "written"});
                client.ask(&api, "POST", "/notes/", Some(note))
            });
        for made in futures_util::future::join_all(writes).await {
            assert_eq!(made.status, 201, "{round}: {}", made.body);
        }
        sleep(IDLE + Duration::from_millis(500)).await;
        let found = Client::default().ask(&api, "GET", "/notes/", None).await;
        assert_eq!(
            (found.status, &found.json()["count"]),
            (200, &json!((round + 1) * 8))
        );
    }

    let writers = Writers::start(&api);
    sleep(Duration::from_secs(1)).await;
    let first = cluster.primary();
    let leader = json!({"leader": format!("node{first}")}).to_string();
    let (status, words) = cluster.nodes[first]
        .ask("POST", "/switchover", &leader)
        .expect("an answer");
    assert_eq!(status, 200, "{words}");
    let second = 1 - first;
    let has_changed =
        || cluster.nodes[second].is("/primary") && cluster.nodes[first].is("/synchronous");
    cluster
        .wait_for("primary after the switchover", has_changed)
        .await;
    go_on(&cluster, &writers).await;

    cluster.nodes[second].kill();
    let has_changed = || cluster.nodes[first].is("/primary");
    cluster
        .wait_for("primary after the loss of the other", has_changed)
        .await;
    go_on(&cluster, &writers).await;
    for id in writers.stop().await {
        let path = format!("/notes/{id}/");
        let found = Client::default().ask(&api, "GET", &path, None).await;
        assert_eq!(found.status, 200, "{id} is lost: {}", found.body);
    }
}

/// Waits until further notes are written.
async fn go_on(cluster: &Cluster, writers: &Writers) {
    let written = writers.acknowledged();
    let has_more = || writers.acknowledged() > written + 200;
    cluster.wait_for("writes", has_more).await;
}
