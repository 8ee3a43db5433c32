//! More requests than can be answered: `bench overload`, with `--database`, `--seconds`, `--times` and `--turns`.
//!
//! 1. The capacity is the most answers a second of any run: of connections that ask one thing after the other, then of requests
//!    that [come at twice their rate](crate::arrivals).
//! 2. Then requests come at the capacity and at ten times of it, in turns. Where ten times of it had more answers, that was not
//!    yet the capacity, and the next turn starts from what it is now.
//! 3. The questions are lists that are searched for a text, each another one, so that nothing is shared or remembered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::{
    BoxError,
    arrivals::{Source, Times, at_a_rate, at_once},
    databases::{Kind, Made},
    http::Request,
    named,
    server::{Contender, Server},
};

/// How many connections ask for the capacity, and for how long.
const CONNECTIONS: u32 = 32;
const FIRST: Duration = Duration::from_secs(10);

/// The options of the command line.
struct Options {
    database: Kind,
    seconds: u32,
    times: u64,
    turns: u32,
}

impl Options {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, BoxError> {
        let mut options = Self {
            database: Kind::Postgres,
            seconds: 60,
            times: 10,
            turns: 3,
        };
        for (name, value) in named(arguments)? {
            match name.as_str() {
                "--database" => options.database = value.parse()?,
                "--seconds" => options.seconds = value.parse()?,
                "--times" => options.times = value.parse()?,
                "--turns" => options.turns = value.parse()?,
                _ => {
                    let known = "--database, --seconds, --times, --turns";
                    return Err(format!("{name} is none of {known}").into());
                }
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
    let time = Duration::from_secs(options.seconds.into());
    runtime.block_on(async {
        let (source, next) = (Source::new(server.address), Arc::new(AtomicU32::new(0)));
        let ask = move || search(source.clone(), Arc::clone(&next));
        drop(at_once(CONNECTIONS, FIRST, ask.clone()).await?);
        println!("| requests | rate in 1/s | answered | p50 | p99 | most | 503 | p99 | most | memory growth, KiB |");
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        let one_by_one = at_once(CONNECTIONS, FIRST, ask.clone()).await?;
        let mut capacity = one_by_one.in_time / FIRST.as_secs();
        print(&format!("{CONNECTIONS} connections"), capacity, &one_by_one, 0);
        let flooded = at_a_rate(capacity * 2, FIRST, &ask).await?;
        capacity = capacity.max(flooded.in_time / FIRST.as_secs());
        for turn in 1..=options.turns {
            let now = capacity;
            for (name, rate) in [
                (format!("{turn}: the capacity"), now),
                (format!("{turn}: {} times of it", options.times), now * options.times),
            ] {
                let idle = server.idle_memory()?;
                let come = at_a_rate(rate, time, &ask).await?;
                let more = server.peak_memory()?.saturating_sub(idle);
                print(&name, rate, &come, more);
                capacity = capacity.max(come.in_time / time.as_secs());
            }
        }
        let come = at_a_rate(capacity * 9 / 10, time, &ask).await?;
        print("nine tenths of the capacity", capacity * 9 / 10, &come, 0);
        Ok(())
    })
}

fn print(name: &str, rate: u64, times: &Times, memory: u32) {
    println!("| {name} | {rate} | {} | {memory} |", times.cells());
}

/// Asks for a list that was not asked for before, and returns the status of the answer.
async fn search(source: Source, next: Arc<AtomicU32>) -> Result<u16, BoxError> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    let path = format!("/api/uncounted/?model__icontains=zq{number}");
    let (status, _) = source.send(&Request::get(&path)).await?;
    Ok(status)
}
