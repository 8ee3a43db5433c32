//! A process that serves an API and is killed: the binary of these tests, started once more.

use std::{
    env,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, task::JoinHandle, time::sleep};
use tower_rest::Database;

use super::api;
use crate::{databases::Kind, random::Random, server};

/// Says to the process what it serves.
const URL: &str = "TEST_SERVES";
const LISTENS: &str = "listens on ";

/// The process, which never ends by itself. Without a database to serve there is nothing to do.
#[test]
#[ignore = "it is the process that other tests start and kill"]
fn the_process_that_is_killed() {
    let Ok(url) = env::var(URL) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let db = match url.contains("://") {
            true => Database::connect(&url).await,
            false => Database::open_file(&url).await,
        };
        let api = api(&db.expect("a database")).await;
        let address = server::serve(api).await;
        let mut out = std::io::stdout();
        writeln!(out, "\n{LISTENS}{address}").expect("standard output");
        out.flush().expect("standard output");
        std::future::pending::<()>().await;
    });
}

/// Starts the process, and waits until it listens.
fn start(url: &str) -> (Child, SocketAddr) {
    let this = env::current_exe().expect("the binary of the tests");
    let name = "writes::lost::process::the_process_that_is_killed";
    let mut child = Command::new(this)
        .args(["--ignored", "--exact", "--nocapture", name])
        .env(URL, url)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let mut lines = out.lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix(LISTENS)?.parse().ok());
    (child, address.expect("a process that serves"))
}

/// Ends the killing.
pub(super) struct Kills {
    over: Arc<AtomicBool>,
    killing: JoinHandle<u64>,
}

impl Kills {
    /// Returns how many processes were killed.
    pub(super) async fn end(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        self.killing.await.expect("no failure")
    }
}

/// Serves a database by one process after the other, each of which is killed (SIGKILL) after a random time.
pub(super) async fn dying(
    kind: Kind,
    url: &str,
    seed: u64,
) -> (Kills, watch::Receiver<SocketAddr>) {
    let url = url.to_owned();
    let starting = move || {
        let url = url.clone();
        async move {
            let started = tokio::task::spawn_blocking(move || start(&url)).await;
            started.expect("a process")
        }
    };
    let (mut child, address) = starting().await;
    let (sender, addresses) = watch::channel(address);
    let over = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&over);
    let killing = tokio::spawn(async move {
        let (mut random, mut killed) = (Random::new(seed), 0);
        // A process on SQLite writes in a few milliseconds what one on a server does in many.
        let longest = if kind == Kind::Sqlite { 250 } else { 500 };
        loop {
            sleep(Duration::from_millis(20 + random.below(longest))).await;
            child.kill().expect("a process to kill");
            child.wait().expect("a process that ended");
            killed += 1;
            if ends.load(Ordering::Relaxed) {
                return killed;
            }
            let address;
            (child, address) = starting().await;
            sender.send(address).ok();
        }
    });
    (Kills { over, killing }, addresses)
}
