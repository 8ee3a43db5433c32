//! [`OwnServer`]: a server of PostgreSQL or MariaDB that a test starts for itself, and may kill.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tower_rest::Database;

use crate::databases::{Kind, skipped};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A login without more rights than its database needs, which `read_only` of MariaDB holds off.
const LOGIN: &str = "tester";

/// A server that ends with this value.
pub(crate) struct OwnServer {
    kind: Kind,
    pub(crate) port: u16,
    folder: PathBuf,
    /// The folder of its programs; `None` if they are [installed](program).
    programs: Option<PathBuf>,
    /// Its settings, as arguments.
    pub(crate) settings: Vec<String>,
    child: Option<Child>,
}

/// Returns the path of a program: on the path, or where Debian keeps servers.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/sbin"));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut versions: Vec<_> = versions.flatten().map(|one| one.path()).collect();
    versions.sort();
    folders.extend(
        versions
            .into_iter()
            .rev()
            .map(|version| version.join("bin")),
    );
    let mut found = folders.into_iter().map(|folder| folder.join(name));
    found.find(|program| program.is_file())
}

const fn installer(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "initdb",
        Kind::MySql | Kind::Sqlite => "mariadb-install-db",
    }
}

const fn server(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "postgres",
        Kind::MySql | Kind::Sqlite => "mariadbd",
    }
}

/// Whether the programs of a kind of server are installed; says loudly that `tests` are skipped if not.
pub(crate) fn is_installed(kind: Kind, tests: &str) -> bool {
    for name in [installer(kind), server(kind)] {
        if program(name).is_none() {
            skipped(tests, &format!("there is no {name}"));
            return false;
        }
    }
    true
}

/// Returns the user and the group that servers run as, since they refuse to run as root; `None` if the tests do not run as
/// root.
pub(crate) fn user(kind: Kind) -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").expect("this process").uid() != 0 {
        return None;
    }
    let name = match kind {
        Kind::Postgres => "postgres:",
        Kind::MySql | Kind::Sqlite => "mysql:",
    };
    let users = fs::read_to_string("/etc/passwd").expect("users");
    let line = users.lines().find(|line| line.starts_with(name));
    let mut numbers = line.expect("a user of the server").split(':').skip(2);
    let mut number = || numbers.next()?.parse().ok();
    Some((number().expect("a user"), number().expect("a group")))
}

/// Creates a folder that the servers of a kind may write.
pub(crate) fn folder(kind: Kind) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    give(kind, folder.path());
    folder
}

fn give(kind: Kind, folder: &Path) {
    if let Some((user, group)) = user(kind) {
        chown(folder, Some(user), Some(group)).expect("a folder of the server's user");
    }
}

/// Returns ports that nothing listens on, each another one.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let free = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    free.map(|free| free.local_addr().expect("an address").port())
}

/// Returns the settings of a server that need not survive a loss of power.
pub(crate) const fn quick(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Postgres => &["fsync=off"],
        Kind::MySql | Kind::Sqlite => &["--innodb-flush-log-at-trx-commit=2"],
    }
}

impl OwnServer {
    /// Creates the folder of a server inside another one; its settings are `name=value` of PostgreSQL, and whole arguments
    /// of MariaDB.
    pub(crate) fn new(kind: Kind, folder: &Path, name: &str, settings: &[&str]) -> Self {
        let folder = folder.join(name);
        fs::create_dir(&folder).expect("a folder");
        give(kind, &folder);
        let [port] = free_ports();
        Self {
            kind,
            port,
            folder,
            programs: None,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            child: None,
        }
    }

    /// Takes the server's programs from a folder.
    pub(crate) fn of_programs(mut self, folder: PathBuf) -> Self {
        self.programs = Some(folder);
        self
    }

    /// Returns the path of one of the server's programs.
    fn program(&self, name: &str) -> PathBuf {
        let own = self.programs.as_ref().map(|folder| folder.join(name));
        own.or_else(|| program(name)).expect("a program")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The URL for [`LOGIN`] of MariaDB, which [`make_login`](Self::make_login) makes, and for the only one of PostgreSQL.
    pub(crate) fn url(&self) -> String {
        let port = self.port;
        match self.kind {
            Kind::Postgres => format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            Kind::MySql | Kind::Sqlite => format!("mysql://{LOGIN}@127.0.0.1:{port}/test"),
        }
    }

    /// Makes the login and the database of the URL.
    pub(crate) async fn make_login(&self) {
        match self.kind {
            Kind::Postgres => {}
            Kind::MySql | Kind::Sqlite => {
                self.administer(&format!(
                    "CREATE DATABASE test; CREATE USER {LOGIN}@'%'; GRANT ALL ON test.* TO {LOGIN}@'%'"
                ))
                .await;
            }
        }
    }

    /// Runs one of the server's programs to its end.
    ///
    /// # Panics
    ///
    /// When it fails.
    pub(crate) fn run(&self, name: &str, arguments: &[&str]) {
        let mut command = Command::new(self.program(name));
        command.args(arguments).current_dir(&self.folder);
        if let Some((uid, gid)) = user(self.kind) {
            command.uid(uid).gid(gid);
        }
        let done = command.stdin(Stdio::null()).output().expect("a program");
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{command:?}: {said}");
    }

    /// Makes the files of an empty server.
    pub(crate) fn initialize(&self) {
        let data = self.data().display().to_string();
        match self.kind {
            Kind::Postgres => self.run(
                installer(self.kind),
                &[
                    "--no-sync",
                    "--auth=trust",
                    "--username=postgres",
                    "--pgdata",
                    &data,
                ],
            ),
            Kind::MySql | Kind::Sqlite => self.run(
                installer(self.kind),
                &[
                    "--no-defaults",
                    "--auth-root-authentication-method=normal",
                    "--skip-test-db",
                    &format!("--datadir={data}"),
                    &self.temporary(),
                ],
            ),
        }
    }

    /// Makes an empty folder for the files, which another server sends.
    pub(crate) fn await_files(&self) {
        fs::create_dir(self.data()).expect("a folder");
        give(self.kind, &self.data());
    }

    /// Returns the setting of MariaDB's own folder for temporary tables: a server that starts removes those of all servers
    /// that share its folder.
    fn temporary(&self) -> String {
        format!("--tmpdir={}", self.folder.display())
    }

    fn arguments(&self) -> Vec<String> {
        let (data, folder, port) = (self.data(), self.folder.display(), self.port);
        let data = data.display();
        match self.kind {
            Kind::Postgres => {
                let own = [
                    "listen_addresses=127.0.0.1".to_owned(),
                    format!("unix_socket_directories={folder}"),
                ];
                let settings = own.iter().chain(&self.settings);
                let settings = settings.flat_map(|setting| ["-c".to_owned(), setting.clone()]);
                [format!("-D{data}"), format!("-p{port}")]
                    .into_iter()
                    .chain(settings)
                    .collect()
            }
            Kind::MySql | Kind::Sqlite => {
                let own = [
                    "--no-defaults".to_owned(),
                    "--bind-address=127.0.0.1".to_owned(),
                    "--skip-log-error".to_owned(),
                    "--innodb-buffer-pool-size=32M".to_owned(),
                    format!("--port={port}"),
                    format!("--datadir={data}"),
                    format!("--socket={folder}/socket"),
                    format!("--pid-file={folder}/pid"),
                    self.temporary(),
                ];
                own.iter().chain(&self.settings).cloned().collect()
            }
        }
    }

    /// Starts the server, and waits until it listens. One that gave up, since processes of a killed one still ran, is
    /// started again.
    pub(crate) fn start(&mut self) {
        let since = Instant::now();
        self.spawn();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            let words = "the server does not listen";
            assert!(since.elapsed() < PATIENCE, "{words}: {}", log());
            std::thread::sleep(Duration::from_millis(20));
            let child = self.child.as_mut().expect("a server");
            if child.try_wait().expect("a child").is_some() {
                std::thread::sleep(Duration::from_millis(100));
                self.spawn();
            }
        }
    }

    fn spawn(&mut self) {
        let mut command = Command::new(self.program(server(self.kind)));
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"));
        command
            .args(self.arguments())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log"));
        if let Some((uid, gid)) = user(self.kind) {
            command.uid(uid).gid(gid);
        }
        self.child = Some(command.spawn().expect("a server"));
    }

    /// Ends the server at once, as a loss of power does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // PostgreSQL's other processes end when they miss the first one.
            drop((child.kill(), child.wait()));
        }
    }

    /// Tells the server to stop, and waits for its end.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let signal = match self.kind {
            // A fast shutdown: transactions are rolled back.
            Kind::Postgres => "-INT",
            Kind::MySql | Kind::Sqlite => "-TERM",
        };
        let told = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(told.expect("a signal").success(), "{signal}");
        child.wait().expect("a server that ended");
    }

    /// Waits until the server takes statements of [`LOGIN`].
    pub(crate) async fn connect(&self) -> Database {
        connected(&self.url()).await
    }

    /// Runs a statement as an administrator, once the server takes statements.
    ///
    /// # Panics
    ///
    /// When the statement fails.
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
pub(crate) async fn connected(url: &str) -> Database {
    let since = Instant::now();
    loop {
        match Database::connect(url).await {
            Ok(database) => return database,
            Err(error) => assert!(since.elapsed() < PATIENCE, "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        self.kill();
    }
}
