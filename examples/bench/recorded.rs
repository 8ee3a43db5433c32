//! The cost of metrics: `bench recorded`, with `--database`, `--rounds` and `--seconds`.
//!
//! The same API twice, one of which records its metrics for Prometheus, take turns.

use std::time::Duration;

use crate::{
    BoxError,
    cases::CASES,
    databases::{Kind, Made},
    named,
    report::Shown,
    rounds::Rounds,
    server::{Contender, Server},
};

pub(crate) fn main(arguments: impl Iterator<Item = String>) -> Result<(), BoxError> {
    let mut database = Kind::Sqlite;
    let mut rounds = Rounds {
        rounds: 9,
        time: Duration::from_secs(1),
        connections: 32,
    };
    for (name, value) in named(arguments)? {
        match name.as_str() {
            "--database" => database = value.parse()?,
            "--rounds" => rounds.rounds = value.parse()?,
            "--seconds" => rounds.time = Duration::try_from_secs_f64(value.parse()?)?,
            _ => return Err(format!("{name} is none of --database, --rounds, --seconds").into()),
        }
    }
    let made = Made::new(database)?;
    let plain = Server::start(Contender::Ours, &made.url)?;
    let recorded = Server::start(Contender::Recorded, &made.url)?;
    println!("| case | requests a second | CPU a request |");
    println!("|---|---:|---:|");
    for case in CASES.iter().filter(|case| !case.beside_a_writer) {
        let [plain, recorded] = rounds.alternate([(&plain, case), (&recorded, case)])?;
        let rate = Shown(recorded.times(&plain, |round| round.rate));
        let processor = Shown(recorded.times(&plain, |round| round.processor));
        println!("| {}: {} | {rate} | {processor} |", case.name, case.what);
    }
    Ok(())
}
