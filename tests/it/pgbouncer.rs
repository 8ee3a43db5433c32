//! PgBouncer, a pooler, before the PostgreSQL of the tests.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::{fs::chown, process::CommandExt as _},
    path::PathBuf,
    process::{Child, Command, Stdio},
    str::FromStr as _,
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use crate::databases::skipped;

const PATIENCE: Duration = Duration::from_secs(60);

/// PgBouncer before a server, on a port of its own; it ends with this value.
pub(crate) struct Pooler {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// Starts one that ignores the options of clients; `None` if it is not installed, which it says loudly.
    pub(crate) fn start(server: &str, mode: &str) -> Option<Self> {
        let Some(program) = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .map(PathBuf::from)
            .into_iter()
            .find(|path| path.is_file())
        else {
            skipped("behind PgBouncer", "it is not installed");
            return None;
        };
        let options = PgConnectOptions::from_str(server).expect("a URL");
        let (host, of_server, user) = (
            options.get_host(),
            options.get_port(),
            options.get_username(),
        );
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let folder = tempfile::tempdir().expect("a folder");
        let settings = folder.path().join("pgbouncer.ini");
        // In session mode, each connection of a client has a session of its own.
        let sessions = if mode == "session" { 24 } else { 2 };
        let text = format!(
            "[databases]\n* = host={host} port={of_server} user={user}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = {sessions}\n\
             ignore_startup_parameters = extra_float_digits,options\n"
        );
        std::fs::write(&settings, text).expect("settings");
        let mut command = Command::new(program);
        command
            .arg(&settings)
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        // It refuses to run as root.
        if chown(folder.path(), Some(65534), Some(65534)).is_ok() {
            chown(&settings, Some(65534), Some(65534)).expect("settings that the pooler owns");
            command.gid(65534).uid(65534);
        }
        let child = command.spawn().expect("a pooler");
        let since = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(since.elapsed() < PATIENCE, "the pooler does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self {
            child,
            port,
            _folder: folder,
        })
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let (_, name) = database.rsplit_once('/').expect("a database");
        format!("postgres://postgres:s3cret@127.0.0.1:{}/{name}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}
