//! What was measured, as Markdown for `docs/performance.md`.

use std::fmt::{self, Write};

use crate::{
    BoxError,
    cases::{AS_WEB_PAGES, Case, PAGES},
    databases::Kind,
    export::Exported,
    machine,
    rounds::{Measured, Rounds, Spread},
    server::Contender,
};

/// A case, what each contender made of it, and how often a second the database answers its statement alone.
pub(crate) type MeasuredCase<'a> = (&'a Case, [Measured; 3], Option<Spread>);

pub(crate) fn markdown(
    rounds: &Rounds,
    cases: &[MeasuredCase<'_>],
    (pages, web_pages): (&[Measured; 8], &[Measured; 4]),
    memory: Vec<u32>,
    exports: &[Exported],
    database: Kind,
    durability: &str,
) -> Result<String, BoxError> {
    let mut text = String::new();
    if cfg!(debug_assertions) {
        writeln!(text, "**A debug build: the numbers mean nothing.**\n")?;
    }
    heading(&mut text, rounds, database)?;
    writeln!(text, "- **Durability**: {durability}\n")?;
    text.push_str(&of_cases(cases)?);
    paging(&mut text, pages)?;
    text.push_str(&of_web_pages(web_pages)?);
    let memory: Vec<_> = Contender::ALL
        .iter()
        .zip(memory)
        .map(|(contender, peak)| format!("{} {} MiB", contender.name(), peak / 1024))
        .collect();
    writeln!(
        text,
        "Most memory a server held over the cases: {}.",
        memory.join(", ")
    )?;
    for export in exports {
        writeln!(text, "\n{export}")?;
    }
    Ok(text)
}

/// The cases alone.
pub(crate) fn of_cases(cases: &[MeasuredCase<'_>]) -> Result<String, BoxError> {
    let mut text = String::new();
    contenders(&mut text, cases)?;
    ratios(&mut text, cases)?;
    Ok(text)
}

fn heading(text: &mut String, rounds: &Rounds, database: Kind) -> Result<(), BoxError> {
    let Rounds {
        rounds,
        time,
        connections,
    } = rounds;
    writeln!(
        text,
        "- **When**: {}, tower-rest {}",
        machine::today()?,
        env!("CARGO_PKG_VERSION")
    )?;
    writeln!(text, "- **Machine**: {}", machine::description())?;
    writeln!(text, "- **Command**: `{}`", machine::command())?;
    writeln!(
        text,
        "- **How**: rounds of {} s: {rounds}; connections: {connections}; database: {database}",
        time.as_secs_f64()
    )?;
    Ok(())
}

fn contenders(text: &mut String, cases: &[MeasuredCase<'_>]) -> fmt::Result {
    writeln!(
        text,
        "| case | by | requests/s | p50 ms | p99 ms | CPU µs a request | body bytes |"
    )?;
    writeln!(text, "|---|---|---:|---:|---:|---:|---:|")?;
    for (case, measured, floor) in cases {
        let mut title = format!("**{}** {}", case.name, case.what);
        for (contender, measured) in Contender::ALL.iter().zip(measured) {
            let name = contender.name();
            writeln!(
                text,
                "| {title} | {name} | {} | {} |",
                row(measured),
                measured.bytes
            )?;
            title.clear();
        }
        if let Some(floor) = floor {
            writeln!(
                text,
                "|  | the statement alone | {:.0} | | | | |",
                floor.middle
            )?;
        }
    }
    writeln!(text)
}

/// Four cells: how many, how soon, how late, at what cost.
fn row(measured: &Measured) -> String {
    let rate = measured.spread(|round| round.rate);
    let median = measured.spread(|round| round.median).middle;
    let slow = measured.spread(|round| round.slow).middle;
    let processor = measured.spread(|round| round.processor).middle;
    format!(
        "{:.0} | {median:.2} | {slow:.2} | {processor:.1}",
        rate.middle
    )
}

fn ratios(text: &mut String, cases: &[MeasuredCase<'_>]) -> fmt::Result {
    writeln!(
        text,
        "| times as many requests | than the peer | than the careful peer | CPU of the peer | CPU of the careful peer | of the statement alone |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    for (case, [ours, peer, careful], floor) in cases {
        let rate = ours.spread(|round| round.rate).middle;
        let of_floor = floor.map_or("–".to_owned(), |floor| {
            format!("{:.2}", rate / floor.middle)
        });
        writeln!(
            text,
            "| **{}** {} | {} | {} | {:.2} | {:.2} | {of_floor} |",
            case.name,
            case.what,
            Shown(ours.times(peer, |round| round.rate)),
            Shown(ours.times(careful, |round| round.rate)),
            peer.times(ours, |round| round.processor).middle,
            careful.times(ours, |round| round.processor).middle,
        )?;
    }
    writeln!(text)
}

/// Each page against the first of its four.
fn paging(text: &mut String, pages: &[Measured; 8]) -> fmt::Result {
    writeln!(
        text,
        "| the whole list, by ours | | requests/s | p50 ms | p99 ms | CPU µs a request | times the cost of page 1 |"
    )?;
    writeln!(text, "|---|---|---:|---:|---:|---:|---|")?;
    for (cases, pages) in PAGES.chunks(4).zip(pages.chunks(4)) {
        for (case, page) in cases.iter().zip(pages) {
            writeln!(
                text,
                "| {} | {} | {} | {} |",
                case.name,
                case.what,
                row(page),
                Shown(pages[0].times(page, |round| round.rate)),
            )?;
        }
    }
    writeln!(text)
}

/// Each web page against the JSON of the same URL.
pub(crate) fn of_web_pages(measured: &[Measured; 4]) -> Result<String, BoxError> {
    let mut text = String::new();
    writeln!(
        text,
        "| by ours, as | | requests/s | p50 ms | p99 ms | CPU µs a request | body bytes | times the p50 of JSON |"
    )?;
    writeln!(text, "|---|---|---:|---:|---:|---:|---:|---|")?;
    for (cases, both) in AS_WEB_PAGES.chunks(2).zip(measured.chunks(2)) {
        for (case, measured) in cases.iter().zip(both) {
            writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                case.what,
                case.name,
                row(measured),
                measured.bytes,
                Shown(measured.times(&both[0], |round| round.median)),
            )?;
        }
    }
    writeln!(text)?;
    Ok(text)
}

/// The middle of some numbers, and how far they go, as Markdown.
pub(crate) struct Shown(pub(crate) Spread);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spread {
            least,
            middle,
            most,
        } = self.0;
        write!(f, "**{middle:.2}** ({least:.2} – {most:.2})")
    }
}
