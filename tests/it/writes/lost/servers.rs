//! Database servers of a test's own, which it may kill.

use std::{
    fs, io,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::time::sleep;
use tower_rest::Database;

use crate::databases::Kind;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with a folder and a port of its own; it ends with this value.
pub(super) struct Private {
    kind: Kind,
    folder: TempDir,
    port: u16,
    /// The user it runs as, where it is not the test's: PostgreSQL refuses root.
    user: Option<(u32, u32)>,
    child: Child,
}

impl Private {
    /// Starts a server; says loudly that there is none where its programs are not found.
    pub(super) async fn start(kind: Kind) -> Option<Self> {
        let (Some(install), Some(serve)) = (program(installer(kind)), program(server(kind))) else {
            let words = format!(
                "\n*** SKIPPED: no restarts of {kind}: no {}\n\n",
                server(kind)
            );
            io::Write::write_all(&mut io::stderr(), words.as_bytes()).expect("standard error");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let user = user_of(kind, folder.path());
        let data = folder.path().join("data");
        let mut command = Command::new(install);
        match kind {
            Kind::Postgres => command
                .args(["-U", "postgres", "-A", "trust", "-D"])
                .arg(&data),
            Kind::MySql => command
                .args(["--no-defaults", "--auth-root-authentication-method=normal"])
                .arg(format!("--datadir={}", data.display())),
            Kind::Sqlite => unreachable!("it is no server"),
        };
        run_as(user, &mut command, folder.path());
        let done = command.output().expect("a program that runs");
        assert!(done.status.success(), "{kind}: {done:?}");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let child = serve_on(kind, &serve, folder.path(), port, user);
        let private = Self {
            kind,
            folder,
            port,
            user,
            child,
        };
        Some(private.reached().await)
    }

    pub(super) fn url(&self) -> String {
        match self.kind {
            Kind::Postgres => format!("postgres://postgres@127.0.0.1:{}/postgres", self.port),
            Kind::MySql => format!("mysql://root@127.0.0.1:{}/test", self.port),
            Kind::Sqlite => unreachable!("it is no server"),
        }
    }

    /// Kills the server (SIGKILL), or tells it to stop, and starts it again.
    pub(super) async fn restart(&mut self, politely: bool) {
        let signal = match (politely, self.kind) {
            (false, _) => "-KILL",
            // A fast shutdown: transactions are taken back.
            (true, Kind::Postgres) => "-INT",
            (true, _) => "-TERM",
        };
        let id = self.child.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status();
        assert!(told.expect("a signal sent").success(), "{signal} {id}");
        self.child.wait().expect("a server that ended");
        self.child = self.serve();
        self.reach().await;
    }

    fn serve(&self) -> Child {
        let program = program(server(self.kind)).expect("a program that was found");
        serve_on(
            self.kind,
            &program,
            self.folder.path(),
            self.port,
            self.user,
        )
    }

    async fn reached(mut self) -> Self {
        self.reach().await;
        self
    }

    /// Waits until it answers. A server that gave up, since those it left behind still ran, is started again.
    async fn reach(&mut self) {
        let started = Instant::now();
        while let Err(error) = Database::connect(&self.url()).await {
            assert!(started.elapsed() < PATIENCE, "{}: {error:?}", self.kind);
            sleep(Duration::from_millis(30)).await;
            if self.child.try_wait().expect("a child").is_some() {
                self.child = self.serve();
            }
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop((self.child.kill(), self.child.wait()));
    }
}

fn installer(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "initdb",
        Kind::MySql => "mariadb-install-db",
        Kind::Sqlite => unreachable!("it is no server"),
    }
}

fn server(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "postgres",
        Kind::MySql => "mariadbd",
        Kind::Sqlite => unreachable!("it is no server"),
    }
}

/// Where a program is: on the path, or where Debian keeps servers.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let versions = versions.filter_map(Result::ok);
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders.push(PathBuf::from("/usr/sbin"));
    let mut found = folders.into_iter().map(|folder| folder.join(name));
    found.find(|program| program.is_file())
}

/// The user and group a server runs as; the folder becomes theirs.
fn user_of(kind: Kind, folder: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    if fs::metadata("/proc/self").expect("this process").uid() != 0 {
        return None;
    }
    let name = match kind {
        Kind::Postgres => "postgres",
        Kind::MySql => "mysql",
        Kind::Sqlite => unreachable!("it is no server"),
    };
    let users = fs::read_to_string("/etc/passwd").expect("users");
    let line = users
        .lines()
        .find(|line| line.starts_with(&format!("{name}:")));
    let mut numbers = line.expect("a user of the server").split(':').skip(2);
    let mut number = || numbers.next()?.parse().ok();
    let (user, group) = (number().expect("a user"), number().expect("a group"));
    chown(folder, Some(user), Some(group)).expect("a folder of theirs");
    Some((user, group))
}

fn run_as(user: Option<(u32, u32)>, command: &mut Command, folder: &Path) {
    if let Some((user, group)) = user {
        command.gid(group).uid(user);
    }
    command.current_dir(folder).stdin(Stdio::null());
}

/// Starts a server that writes as a careful one does: a transaction is on the disk before it is acknowledged.
fn serve_on(
    kind: Kind,
    program: &Path,
    folder: &Path,
    port: u16,
    user: Option<(u32, u32)>,
) -> Child {
    let mut command = Command::new(program);
    let inside = |name: &str| folder.join(name).display().to_string();
    let (data, socket, port) = (inside("data"), inside("socket"), port.to_string());
    match kind {
        Kind::Postgres => command
            .args(["-D", &data, "-p", &port, "-h", "127.0.0.1"])
            .args([
                "-c",
                &format!("unix_socket_directories={}", folder.display()),
            ]),
        Kind::MySql => command.args([
            "--no-defaults",
            "--bind-address=127.0.0.1",
            &format!("--datadir={data}"),
            &format!("--socket={socket}"),
            &format!("--port={port}"),
            &format!("--pid-file={}", inside("pid")),
        ]),
        Kind::Sqlite => unreachable!("it is no server"),
    };
    run_as(user, &mut command, folder);
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("log"));
    let log = log.expect("a log");
    let again = log.try_clone().expect("a log");
    command.stdout(log).stderr(again);
    command.spawn().expect("a server that starts")
}
