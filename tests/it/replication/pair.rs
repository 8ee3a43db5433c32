//! A primary and a replica of it, of PostgreSQL or MariaDB, each a server of its own on this machine.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tower_rest::Database;

use crate::databases::{Kind, skipped};

const PATIENCE: Duration = Duration::from_secs(60);

/// The login of the tests: one without more rights than its database needs, which `read_only` holds off.
const LOGIN: &str = "tester";

/// A server that ends with this value.
pub(crate) struct Node {
    kind: Kind,
    pub(crate) port: u16,
    folder: PathBuf,
    /// Its settings, as arguments.
    settings: Vec<String>,
    child: Option<Child>,
}

/// A primary and a replica of it.
pub(crate) struct Pair {
    pub(crate) primary: Node,
    pub(crate) replica: Node,
    _folder: TempDir,
}

/// Returns the folder of a server's programs; `None` if they are not installed, which it says loudly.
fn programs(kind: Kind) -> Option<PathBuf> {
    let found = match kind {
        Kind::Postgres => fs::read_dir("/usr/lib/postgresql").ok().and_then(|all| {
            let mut all: Vec<_> = all.flatten().map(|one| one.path().join("bin")).collect();
            all.sort();
            all.into_iter()
                .rev()
                .find(|bin| bin.join("initdb").is_file())
        }),
        Kind::MySql => {
            let installed = Path::new("/usr/sbin/mariadbd").is_file();
            installed.then(|| PathBuf::from("/usr/sbin"))
        }
        Kind::Sqlite => None,
    };
    if found.is_none() {
        skipped(
            &format!("on a pair of {kind}"),
            "its programs are not installed",
        );
    }
    found
}

/// Returns the user that the server runs as, since it refuses to run as root; `None` if the tests do not run as root.
fn user(kind: Kind) -> Option<(u32, u32)> {
    let name = match kind {
        Kind::Postgres => "postgres",
        Kind::MySql | Kind::Sqlite => "mysql",
    };
    let is_root =
        fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let users = fs::read_to_string("/etc/passwd").expect("users");
    let of = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        (parts.next() == Some(name)).then(|| {
            parts
                .skip(1)
                .take(2)
                .map(|id| id.parse().expect("an id"))
                .collect()
        })
    });
    let ids: Vec<u32> = of?;
    is_root.then(|| (ids[0], ids[1]))
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("an address").port()
}

/// Runs a program to its end.
///
/// # Panics
///
/// When it fails.
fn run(kind: Kind, mut command: Command) {
    if let Some((uid, gid)) = user(kind) {
        command.uid(uid).gid(gid);
    }
    let done = command.stdin(Stdio::null()).output().expect("a program");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{command:?}: {said}");
}

impl Node {
    fn new(kind: Kind, folder: &Path, name: &str, settings: &[&str]) -> Self {
        let folder = folder.join(name);
        fs::create_dir(&folder).expect("a folder");
        if let Some((uid, gid)) = user(kind) {
            chown(&folder, Some(uid), Some(gid)).expect("a folder of the server's user");
        }
        Self {
            kind,
            port: free_port(),
            folder,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            child: None,
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn url(&self) -> String {
        let port = self.port;
        match self.kind {
            Kind::Postgres => format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            Kind::MySql | Kind::Sqlite => format!("mysql://{LOGIN}@127.0.0.1:{port}/test"),
        }
    }

    /// Makes an empty server's files.
    fn initialize(&self, programs: &Path) {
        let mut command;
        match self.kind {
            Kind::Postgres => {
                command = Command::new(programs.join("initdb"));
                command.args([
                    "--no-sync",
                    "--auth=trust",
                    "--username=postgres",
                    "--pgdata",
                ]);
                command.arg(self.data());
            }
            Kind::MySql | Kind::Sqlite => {
                command = Command::new("mariadb-install-db");
                command.args([
                    "--no-defaults",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                ]);
                command.arg(format!("--datadir={}", self.data().display()));
            }
        }
        run(self.kind, command);
    }

    /// Starts the server, and waits until it answers.
    pub(crate) fn start(&mut self) {
        let programs = programs(self.kind).expect("programs");
        let mut command;
        match self.kind {
            Kind::Postgres => {
                command = Command::new(programs.join("postgres"));
                command
                    .arg("-D")
                    .arg(self.data())
                    .args(["-p", &self.port.to_string()]);
                let socket = format!("unix_socket_directories={}", self.folder.display());
                let of_all = [
                    "fsync=off",
                    "listen_addresses=127.0.0.1",
                    "hot_standby_feedback=off",
                    &socket,
                ];
                for setting in of_all
                    .into_iter()
                    .chain(self.settings.iter().map(String::as_str))
                {
                    command.args(["-c", setting]);
                }
            }
            Kind::MySql | Kind::Sqlite => {
                command = Command::new(programs.join("mariadbd"));
                command.args([
                    "--no-defaults",
                    "--bind-address=127.0.0.1",
                    "--log-bin",
                    "--skip-log-error",
                ]);
                command.arg(format!("--port={}", self.port));
                command.arg(format!("--datadir={}", self.data().display()));
                command.arg(format!("--socket={}/s", self.folder.display()));
                command.args([
                    "--innodb-buffer-pool-size=32M",
                    "--innodb-flush-log-at-trx-commit=2",
                    "--log-slave-updates",
                ]);
                command.args(&self.settings);
            }
        }
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"));
        let log = log.expect("a log");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        if let Some((uid, gid)) = user(self.kind) {
            command.uid(uid).gid(gid);
        }
        self.child = Some(command.spawn().expect("a server"));
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(
                since.elapsed() < PATIENCE,
                "the server does not listen: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the server at once, as a loss of power does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // PostgreSQL's other processes end when they miss the first one.
            drop((child.kill(), child.wait()));
        }
    }

    /// Waits until the server takes statements.
    pub(crate) async fn connect(&self) -> Database {
        connected(&self.url()).await
    }

    /// Runs a statement as an administrator.
    pub(crate) async fn administer(&self, sql: &str) {
        let url = match self.kind {
            Kind::Postgres => self.url(),
            Kind::MySql | Kind::Sqlite => format!("mysql://root@127.0.0.1:{}/mysql", self.port),
        };
        let done = connected(&url).await.execute_script(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
}

/// Waits until a server takes statements.
///
/// # Panics
///
/// When that takes too long.
async fn connected(url: &str) -> Database {
    let since = Instant::now();
    loop {
        match Database::connect(url).await {
            Ok(database) => return database,
            Err(error) => assert!(since.elapsed() < PATIENCE, "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Pair {
    /// Starts a primary with the table of `sql` and a replica of it, with further settings of both and of the replica;
    /// `None` if the server is not installed.
    pub(crate) async fn start(
        kind: Kind,
        sql: &str,
        settings: &[&str],
        of_replica: &[&str],
    ) -> Option<Self> {
        let programs = programs(kind)?;
        let folder = tempfile::tempdir().expect("a folder");
        if let Some((uid, gid)) = user(kind) {
            chown(folder.path(), Some(uid), Some(gid)).expect("a folder of the server's user");
        }
        let mut primary = Node::new(kind, folder.path(), "primary", settings);
        let mut replica = Node::new(
            kind,
            folder.path(),
            "replica",
            &[settings, of_replica].concat(),
        );
        primary.initialize(&programs);
        match kind {
            Kind::Postgres => {
                primary.start();
                primary.administer(sql).await;
                let mut copy = Command::new(programs.join("pg_basebackup"));
                copy.args([
                    "--no-sync",
                    "--checkpoint=fast",
                    "--write-recovery-conf",
                    "--username=postgres",
                ]);
                copy.args([
                    "--host=127.0.0.1",
                    &format!("--port={}", primary.port),
                    "--pgdata",
                ]);
                copy.arg(replica.data());
                run(kind, copy);
                replica.start();
            }
            Kind::MySql | Kind::Sqlite => {
                primary.settings.push("--server-id=1".to_owned());
                replica.settings.push("--server-id=2".to_owned());
                replica.settings.push("--read-only=1".to_owned());
                replica.initialize(&programs);
                primary.start();
                replica.start();
                let follow = format!(
                    "CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {}, MASTER_USER = 'root', \
                     MASTER_USE_GTID = slave_pos; START SLAVE",
                    primary.port
                );
                replica.administer(&follow).await;
                let login = format!(
                    "CREATE DATABASE test; CREATE USER {LOGIN}@'%'; GRANT ALL ON test.* TO {LOGIN}@'%'"
                );
                primary.administer(&login).await;
                primary.administer(&format!("USE test; {sql}")).await;
            }
        }
        Some(Self {
            primary,
            replica,
            _folder: folder,
        })
    }

    /// Makes the replica a primary.
    pub(crate) async fn promote(&self) {
        let sql = match self.replica.kind {
            Kind::Postgres => "SELECT pg_promote()",
            Kind::MySql | Kind::Sqlite => "STOP SLAVE; SET GLOBAL read_only = 0",
        };
        self.replica.administer(sql).await;
    }

    /// Sets by how many seconds the replica applies the writes of the primary late.
    pub(crate) async fn delay(&self, seconds: u32) {
        match self.replica.kind {
            Kind::Postgres => {
                let set = format!("ALTER SYSTEM SET recovery_min_apply_delay = '{seconds}s'");
                self.replica.administer(&set).await;
                self.replica.administer("SELECT pg_reload_conf()").await;
            }
            Kind::MySql | Kind::Sqlite => {
                let set =
                    format!("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = {seconds}; START SLAVE");
                self.replica.administer(&set).await;
            }
        }
    }
}
