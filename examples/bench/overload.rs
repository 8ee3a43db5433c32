//! More requests than can be answered: `bench overload`, with `--database`, `--seconds` and `--times`.
//!
//! 1. What the server can answer, its capacity, is measured by connections that ask one thing after the other.
//! 2. Then requests come at a rate, whether or not earlier ones are answered: at nine tenths of the capacity, and at ten
//!    times of it. Each is timed from the moment at which it was to be sent, so that a server that makes its clients wait
//!    cannot hide it (<https://www.scylladb.com/2021/04/22/on-coordinated-omission/>).
//! 3. The questions are lists that are searched for a text, each another one, so that nothing is shared or remembered.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::sleep_until,
};

use crate::{
    BoxError,
    databases::{Kind, Made},
    http::{Answer, Request},
    server::{Contender, Server},
};

/// How many connections ask for the capacity.
const CONNECTIONS: u32 = 32;

/// The options of the command line.
struct Options {
    database: Kind,
    seconds: u32,
    times: u32,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, BoxError> {
        let mut options = Self {
            database: Kind::Postgres,
            seconds: 60,
            times: 10,
        };
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .ok_or_else(|| format!("{name} takes a value"))?;
            match name.as_str() {
                "--database" => options.database = value.parse()?,
                "--seconds" => options.seconds = value.parse()?,
                "--times" => options.times = value.parse()?,
                _ => return Err(format!("{name} is none of --database, --seconds, --times").into()),
            }
        }
        Ok(options)
    }
}

pub(crate) fn main(arguments: impl Iterator<Item = String>) -> Result<(), BoxError> {
    let options = Options::read(arguments)?;
    eprintln!("{}: making the rows", options.database);
    let made = Made::new(options.database)?;
    let server = Server::start(Contender::Ours, &made.url)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let seconds = Duration::from_secs(u64::from(options.seconds));
    runtime.block_on(async {
        let source = Source::new(server.address);
        drop(source.at_once(Duration::from_secs(2)).await?);
        let capacity = source.at_once(seconds.min(Duration::from_secs(20))).await?;
        let rate = capacity.accepted.len() / u64::from(capacity.seconds);
        println!("| requests | rate in 1/s | answered | p50 | p99 | most | 503 | p99 | most | memory above before, KiB |");
        println!("|---|---|---|---|---|---|---|---|---|---|");
        capacity.print(&format!("{CONNECTIONS} connections"), rate, 0);
        for (name, rate) in [
            ("nine tenths of it", rate * 9 / 10),
            ("times of it", rate * u64::from(options.times)),
        ] {
            let idle = server.idle_memory()?;
            let come = source.at_a_rate(rate, seconds).await?;
            let more = server.peak_memory()?.saturating_sub(idle);
            let name = name.replace("times", &format!("{} times", options.times));
            come.print(&name, rate, more);
        }
        Ok(())
    })
}

/// How long answers took, in microseconds.
struct Times {
    accepted: Histogram<u64>,
    refused: Histogram<u64>,
    seconds: u32,
}

impl Times {
    fn new() -> Result<Self, BoxError> {
        // Up to a minute, three digits exact.
        let empty = || Histogram::new_with_bounds(1, 60_000_000, 3);
        Ok(Self {
            accepted: empty()?,
            refused: empty()?,
            seconds: 1,
        })
    }

    fn add(&mut self, status: u16, took: Duration) -> Result<(), BoxError> {
        let micros = u64::try_from(took.as_micros())?;
        match status {
            200 => self.accepted.saturating_record(micros),
            503 => self.refused.saturating_record(micros),
            other => return Err(format!("an answer has the status {other}").into()),
        }
        Ok(())
    }

    fn print(&self, name: &str, rate: u64, memory: u32) {
        let of = |times: &Histogram<u64>| {
            let milliseconds =
                |micros: u64| format!("{}.{} ms", micros / 1000, micros % 1000 / 100);
            let at = |quantile| milliseconds(times.value_at_quantile(quantile));
            (at(0.5), at(0.99), milliseconds(times.max()))
        };
        let (accepted, refused) = (self.accepted.len(), self.refused.len());
        let ((p50, p99, most), (_, refused_p99, refused_most)) =
            (of(&self.accepted), of(&self.refused));
        println!(
            "| {name} | {rate} | {accepted} | {p50} | {p99} | {most} | {refused} | {refused_p99} | {refused_most} | {memory} |"
        );
    }
}

/// Where requests come from: connections that are kept while none needs them.
#[derive(Clone)]
struct Source {
    address: SocketAddr,
    free: Arc<Mutex<Vec<TcpStream>>>,
    next: Arc<AtomicU32>,
}

impl Source {
    fn new(address: SocketAddr) -> Self {
        Self {
            address,
            free: Arc::default(),
            next: Arc::default(),
        }
    }

    /// Asks by some connections, each the next thing as soon as it is answered.
    async fn at_once(&self, time: Duration) -> Result<Times, BoxError> {
        let until = Instant::now() + time;
        let mut asking = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let source = self.clone();
            asking.spawn(async move {
                let mut all = Vec::new();
                while Instant::now() < until {
                    let begun = Instant::now();
                    all.push((source.ask().await?, begun.elapsed()));
                }
                Ok::<_, BoxError>(all)
            });
        }
        let mut times = Times::new()?;
        while let Some(all) = asking.join_next().await {
            for (status, took) in all?? {
                times.add(status, took)?;
            }
        }
        times.seconds = u32::try_from(time.as_secs())?.max(1);
        Ok(times)
    }

    /// Asks at a rate per second, whether or not earlier questions are answered.
    async fn at_a_rate(&self, rate: u64, time: Duration) -> Result<Times, BoxError> {
        let every = Duration::from_secs(1) / u32::try_from(rate)?.max(1);
        let number = u32::try_from(rate * time.as_secs())?;
        let (mut times, mut asking) = (Times::new()?, JoinSet::new());
        let begin = tokio::time::Instant::now();
        for at in 0..number {
            let due = begin + every * at;
            sleep_until(due).await;
            let source = self.clone();
            asking.spawn(async move { Ok::<_, BoxError>((source.ask().await?, due.elapsed())) });
            while let Some(answered) = asking.try_join_next() {
                let (status, took) = answered??;
                times.add(status, took)?;
            }
        }
        while let Some(answered) = asking.join_next().await {
            let (status, took) = answered??;
            times.add(status, took)?;
        }
        Ok(times)
    }

    /// Asks for a list, and returns the status of the answer.
    async fn ask(&self) -> Result<u16, BoxError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let request = Request::get(&format!("/api/uncounted/?model__icontains=zq{number}"));
        let free = self.free.lock().map_err(|_| "a panic")?.pop();
        let mut stream = match free {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(&request.to_bytes()).await?;
        let mut buffer = Vec::with_capacity(1024);
        loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the server hung up".into());
            }
            if let Some(answer) = Answer::read(&buffer, "HTTP/1.1 ")?
                && buffer.len() >= answer.whole()
            {
                let status = str::from_utf8(buffer.get(9..12).ok_or("no status")?)?.parse()?;
                self.free.lock().map_err(|_| "a panic")?.push(stream);
                return Ok(status);
            }
        }
    }
}
