//! A server in a process of its own: started, asked for its costs, and stopped.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, stdin},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use metrics_exporter_prometheus::PrometheusBuilder;

use crate::{BoxError, ours, peer, peer_writes};

/// A server that is compared with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    Ours,
    /// Ours, whose metrics are recorded for Prometheus.
    Recorded,
    Peer,
    Careful,
}

impl Contender {
    /// Those that are compared with each other.
    pub(crate) const ALL: [Self; 3] = [Self::Ours, Self::Peer, Self::Careful];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Recorded => "recorded",
            Self::Peer => "peer",
            Self::Careful => "careful peer",
        }
    }
}

/// `bench serve CONTENDER URL`: says where it listens, and serves until its input ends.
pub(crate) fn main(mut arguments: impl Iterator<Item = String>) -> Result<(), BoxError> {
    let name = arguments.next().ok_or("serve takes a contender")?;
    let url = arguments.next().ok_or("serve takes a URL")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut all = Contender::ALL.into_iter().chain([Contender::Recorded]);
        let contender = all.find(|one| one.name() == name);
        let app = match contender.ok_or("no such contender")? {
            Contender::Ours => ours::app(&url).await?,
            Contender::Recorded => {
                let buckets = [0.001, 0.01, 0.1, 1.0];
                let recorder = PrometheusBuilder::new().set_buckets(&buckets)?;
                let recorder = recorder.install_recorder()?;
                tokio::spawn(async move {
                    loop {
                        tokio::time::sleep(Duration::from_secs(1)).await;
                        recorder.run_upkeep();
                    }
                });
                ours::app(&url).await?
            }
            Contender::Peer => by_hand(&url, false).await?,
            Contender::Careful => by_hand(&url, true).await?,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        // Whoever started it may have died without a word.
        thread::spawn(|| {
            drop(stdin().read_to_end(&mut Vec::new()));
            std::process::exit(0);
        });
        axum::serve(listener, app).await?;
        Ok(())
    })
}

async fn by_hand(url: &str, careful: bool) -> Result<axum::Router, BoxError> {
    let reads = peer::app(url, careful).await?;
    Ok(reads.merge(peer_writes::app(url, careful).await?))
}

/// A running server.
pub(crate) struct Server {
    pub(crate) contender: Contender,
    pub(crate) address: SocketAddr,
    process: Child,
}

impl Server {
    pub(crate) fn start(contender: Contender, url: &str) -> Result<Self, BoxError> {
        let mut process = Command::new(env::current_exe()?)
            .args(["serve", contender.name()])
            .arg(url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("a server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line
            .trim()
            .parse()
            .map_err(|_| format!("{} did not start", contender.name()))?;
        Ok(Self {
            contender,
            address,
            process,
        })
    }

    /// The processor time it has used, its own and the kernel's for it, in steps of 10 ms.
    pub(crate) fn processor_time(&self) -> Result<Duration, BoxError> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name of the program may hold spaces, but what follows its bracket does not.
        let (_, fields) = stat.rsplit_once(')').ok_or("/proc has no such process")?;
        let ticks: Result<Vec<u64>, _> = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse)
            .collect();
        Ok(Duration::from_millis(ticks?.iter().sum::<u64>() * 10))
    }

    /// The most memory it has held, in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u32, BoxError> {
        self.memory("VmHWM:")
    }

    /// The memory it holds, in KiB; from now on the most is counted anew.
    pub(crate) fn idle_memory(&self) -> Result<u32, BoxError> {
        // <https://docs.kernel.org/filesystems/proc.html>: 5 resets the peak.
        fs::write(format!("/proc/{}/clear_refs", self.process.id()), "5")?;
        self.memory("VmRSS:")
    }

    fn memory(&self, name: &str) -> Result<u32, BoxError> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let size = line.and_then(|words| words.split_whitespace().next());
        Ok(size.ok_or("/proc does not say")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}
