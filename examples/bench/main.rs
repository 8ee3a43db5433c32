//! How fast a resource is beside the handler one would write by hand: `cargo run --release --example bench`.
//!
//! Makes 100,000 cars and 300,000 parts in a temporary SQLite file, or with `--database postgres` or `mysql` in a new
//! database of a server (`TEST_POSTGRES_URL`, `TEST_MYSQL_URL`), serves them three times, asks all three the same, and
//! prints Markdown. Every server and the load are processes of their own, all of them this program.
//! `docs/performance.md` says what is compared and how to read it.
//!
//! `beside` measures single requests, such as pages by cursors, beside the statement alone. `growth` measures them in tables
//! of 10,000 to 10,000,000 rows. `overload` asks for ten times what can be answered. `soak` reads and writes for half an hour
//! while faults are injected. `recorded` tells what metrics cost.
//!
//! `--rounds 5`, `--seconds 2` and `--connections 32` say how long and how hard to ask, `--cases BD` which cases alone,
//! `--plot FILE` where to draw the ratios.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it reports what it measured, and how far it is"
)]

mod arrivals;
mod beside;
mod cases;
mod check;
mod data;
mod databases;
mod direct;
mod durability;
mod export;
mod floor;
mod growth;
mod growth_plot;
mod http;
mod load;
mod machine;
mod ours;
mod overload;
mod peer;
mod peer_writes;
mod plot;
mod recorded;
mod report;
mod rounds;
mod server;
mod soak;
mod writer;

use std::{env, error::Error, fs, path::PathBuf, str::FromStr, time::Duration};

use crate::{
    cases::{AS_WEB_PAGES, CASES, PAGES, WEB_PAGES},
    databases::{Kind, Made},
    rounds::Rounds,
    server::{Contender, Server},
    writer::Writer,
};

type BoxError = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), BoxError> {
    let mut arguments = env::args().skip(1);
    match arguments.next().as_deref() {
        Some("serve") => server::main(arguments),
        Some("load") => load::main(arguments),
        Some("floor") => floor::main(arguments),
        Some("beside") => beside::main(arguments),
        Some("growth") => growth::main(arguments),
        Some("overload") => overload::main(arguments),
        Some("soak") => soak::main(arguments),
        Some("recorded") => recorded::main(arguments),
        _ => bench(&Options::read(env::args().skip(1))?),
    }
}

/// What the command line says.
struct Options {
    database: Kind,
    rounds: u32,
    seconds: f64,
    connections: u32,
    /// Their names; none for those that are measured by default, and the pages.
    cases: Option<String>,
    plot: Option<PathBuf>,
}

impl Options {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, BoxError> {
        let mut options = Self {
            database: Kind::Sqlite,
            rounds: 5,
            seconds: 2.0,
            connections: 32,
            cases: None,
            plot: None,
        };
        for (name, value) in named(arguments)? {
            match name.as_str() {
                "--rounds" => options.rounds = read(&name, &value)?,
                "--seconds" => options.seconds = read(&name, &value)?,
                "--connections" => options.connections = read(&name, &value)?,
                "--database" => options.database = value.parse()?,
                "--cases" => options.cases = Some(value),
                "--plot" => options.plot = Some(value.into()),
                _ => {
                    return Err(format!(
                        "{name} is none of --database, --rounds, --seconds, --connections, --cases and --plot"
                    )
                    .into());
                }
            }
        }
        let is_case = |name| name == WEB_PAGES || CASES.iter().any(|case| case.name.contains(name));
        if let Some(names) = &options.cases
            && (names.is_empty() || !names.chars().all(is_case))
        {
            let all = CASES.map(|case| case.name).concat();
            return Err(format!("--cases takes some of {all}{WEB_PAGES}, not {names}").into());
        }
        if options.rounds == 0 || options.connections == 0 || options.seconds <= 0.0 {
            return Err("--rounds, --seconds and --connections are more than nothing".into());
        }
        Ok(options)
    }
}

/// Returns the options of a command line, each with its value.
fn named(mut arguments: impl Iterator<Item = String>) -> Result<Vec<(String, String)>, BoxError> {
    let mut pairs = Vec::new();
    while let Some(name) = arguments.next() {
        match arguments.next() {
            Some(value) => pairs.push((name, value)),
            None => return Err(format!("{name} takes a value").into()),
        }
    }
    Ok(pairs)
}

fn read<T: FromStr>(name: &str, value: &str) -> Result<T, BoxError> {
    value
        .parse()
        .map_err(|_| format!("{name} takes a number, not {value}").into())
}

fn bench(options: &Options) -> Result<(), BoxError> {
    eprintln!(
        "{}: making {} cars and {} parts",
        options.database,
        data::CARS,
        data::PARTS
    );
    let made = Made::new(options.database)?;
    let durability = made.durability()?;
    let servers = Contender::ALL.map(|contender| Server::start(contender, &made.url));
    let [ours, peer, careful] = servers;
    let servers = [ours?, peer?, careful?];
    eprintln!("comparing their answers");
    let is_asked = |case: &&cases::Case| match &options.cases {
        Some(asked) => asked.contains(case.name),
        None => true,
    };
    let cases: Vec<_> = CASES.iter().filter(is_asked).collect();
    check::same_answers(&servers, &cases)?;
    check::pages(&servers[0])?;

    let rounds = Rounds {
        rounds: options.rounds,
        time: Duration::try_from_secs_f64(options.seconds)?,
        connections: options.connections,
    };
    let mut measured = Vec::new();
    for case in cases {
        eprintln!("case {}: {}", case.name, case.what);
        let writer = case.beside_a_writer.then(|| Writer::start(&made.url));
        let contenders = rounds.run(&servers, case)?;
        measured.push((case, contenders, rounds.floor(&made.url, case)?));
        if let Some(writer) = writer {
            eprintln!("{} rows were written meanwhile", writer.stop()?);
        }
    }
    if let Some(asked) = &options.cases {
        println!("{durability}\n\n{}", report::of_cases(&measured)?);
        if asked.contains(WEB_PAGES) {
            let web_pages = rounds.together(&servers[0], &AS_WEB_PAGES)?;
            println!("{}", report::of_web_pages(&web_pages)?);
        }
        return Ok(());
    }
    let memory = servers
        .iter()
        .map(Server::peak_memory)
        .collect::<Result<_, _>>()?;

    eprintln!("pages of the whole list");
    // One page takes half the time of a case, as there are twice as many.
    let halved = Rounds {
        time: rounds.time / 2,
        ..rounds
    };
    let pages = halved.together(&servers[0], &PAGES)?;

    eprintln!("web pages");
    let web_pages = rounds.together(&servers[0], &AS_WEB_PAGES)?;

    eprintln!("the whole list");
    let exports = [
        export::measure(&made.url, "ndjson", 0)?,
        export::measure(&made.url, "csv", 1)?,
    ];

    println!(
        "{}",
        report::markdown(
            &rounds,
            &measured,
            (&pages, &web_pages),
            memory,
            &exports,
            options.database,
            &durability
        )?
    );
    if let Some(path) = &options.plot {
        fs::write(path, plot::svg(&measured))?;
        eprintln!("drew {}", path.display());
    }
    Ok(())
}
