//! Exchanges that write: the same bytes on every database, each on the same rows.
//!
//! The files of this folder hold facts in the format of the exchanges that read; `values.txt` holds tables of values.
//! What is refused must leave every row as it was. What is written must be what its URL then shows.

mod tables;
mod values;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

use super::{Exchange, failures_of, of, parse, problem_code};
use crate::{
    databases::{Fresh, Kind},
    openapi::Contract,
    server::{self, Answer},
};

const FACTS: [&str; 5] = [
    include_str!("bodies.txt"),
    include_str!("keys.txt"),
    include_str!("members.txt"),
    include_str!("nested.txt"),
    include_str!("protocol.txt"),
];

/// The tables of these exchanges on one database, and a server of them.
struct Stage {
    fresh: Fresh,
    address: SocketAddr,
    contract: Contract,
}

impl Stage {
    async fn open(kind: Kind) -> Self {
        let fresh = kind.fresh().await;
        let address = server::serve(tables::create(&fresh).await).await;
        let contract = Contract::of(address).await;
        let stage = Self {
            fresh,
            address,
            contract,
        };
        stage.reset().await;
        stage
    }

    /// Makes every row what it was.
    async fn reset(&self) {
        self.fresh.execute(&tables::rows(self.fresh.kind)).await;
    }

    async fn ask(&self, request: &[u8]) -> Answer {
        server::send(self.address, request).await
    }

    /// How the answer to an exchange is none that the OpenAPI document describes.
    fn breaches(&self, what: &str, exchange: &Exchange, answer: &Answer) -> Vec<String> {
        let breaches = self
            .contract
            .breaches(&exchange.request, answer)
            .into_iter();
        breaches
            .map(|breach| format!("{what}: {breach}\n    {}", answer.body))
            .collect()
    }

    /// Every row, as lists show it.
    async fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for name in tables::NAMES {
            rows.push(
                server::get(self.address, &format!("/{name}/?page_size=1000"))
                    .await
                    .body,
            );
        }
        rows
    }

    /// How the object at an answer's `href` differs from the answer, unless a query says what is shown.
    async fn differs(&self, exchange: &Exchange, answer: &Answer) -> Option<String> {
        let mut first = exchange.request.split(|byte| *byte == b'\r');
        if first.next()?.contains(&b'?') {
            return None;
        }
        let json: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
        let path = json.get("href")?.as_str()?.strip_prefix("http://test")?;
        let shown = server::get(self.address, path).await;
        let is_it = shown.status == 200 && shown.body == answer.body.trim_end();
        (!is_it).then(|| format!("{path} is {} {}", shown.status, shown.body))
    }
}

/// An exchange, by its place in its file.
type Placed = (String, Exchange);

fn all() -> Vec<Placed> {
    let facts = FACTS.iter().flat_map(|text| parse(text));
    let facts = facts.map(|exchange| (exchange.fact.clone(), exchange));
    facts.chain(values::all()).collect()
}

/// Whether an exchange expects that something is written.
fn writes(exchange: &Exchange) -> bool {
    let reads = [&b"GET "[..], b"HEAD ", b"OPTIONS "];
    let reads = reads
        .iter()
        .any(|method| exchange.request.starts_with(method));
    let mut lines = exchange.expectations.iter();
    let succeeds = lines.any(|line| line.contains("= 2"));
    succeeds && !reads
}

/// How the answers to exchanges are not as written; with each answer.
async fn play(kind: Kind) -> (Vec<String>, BTreeMap<String, Answer>) {
    let stage = Stage::open(kind).await;
    let before = stage.rows().await;
    let (mut wrong, mut answers) = (Vec::new(), BTreeMap::new());
    let (written, refused): (Vec<_>, Vec<_>) = all().into_iter().partition(|(_, one)| writes(one));
    for (what, mut exchange) in refused {
        own(kind, &mut exchange);
        let answer = stage.ask(&exchange.request).await;
        wrong.extend(told(&what, &exchange, &answer));
        wrong.extend(stage.breaches(&what, &exchange, &answer));
        answers.insert(what, answer);
    }
    let after = stage.rows().await;
    for (before, after) in before
        .iter()
        .zip(after)
        .filter(|(before, after)| *before != after)
    {
        wrong.push(format!(
            "what was refused is written: {after}\nand not {before}"
        ));
    }
    for (what, mut exchange) in written {
        own(kind, &mut exchange);
        let answer = stage.ask(&exchange.request).await;
        wrong.extend(told(&what, &exchange, &answer));
        wrong.extend(stage.breaches(&what, &exchange, &answer));
        let differs = stage.differs(&exchange, &answer).await;
        wrong.extend(differs.map(|differs| format!("{what}: {}\n    {differs}", answer.body)));
        answers.insert(what, answer);
        stage.reset().await;
    }
    (wrong, answers)
}

/// Keeps the expectations of one kind of database.
fn own(kind: Kind, exchange: &mut Exchange) {
    let lines = exchange.expectations.iter();
    let lines = lines.filter_map(|line| of(kind, line)).map(str::to_owned);
    exchange.expectations = lines.collect();
}

fn told(what: &str, exchange: &Exchange, answer: &Answer) -> Vec<String> {
    let failures = failures_of(exchange, answer).into_iter();
    let failures = failures.map(|failure| format!("{what}: {failure}\n    {}", answer.body));
    failures.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exchange_that_writes_is_answered_with_the_same_bytes_on_every_database() {
    let mut first: Option<(Kind, BTreeMap<String, Answer>)> = None;
    let exchanges = all();
    let names: BTreeSet<_> = exchanges.iter().map(|(what, _)| what).collect();
    assert_eq!(names.len(), exchanges.len(), "two exchanges show one fact");
    let mut written = 0;
    let mut differ = BTreeSet::new();
    for (what, exchange) in &exchanges {
        let verbs = [&b"POST "[..], b"PUT ", b"PATCH ", b"DELETE "];
        written += usize::from(verbs.iter().any(|verb| exchange.request.starts_with(verb)));
        let mut lines = exchange.expectations.iter();
        if lines.any(|line| line.starts_with("differs ")) {
            differ.insert(what.clone());
        }
    }
    assert!(written >= 500, "{written} exchanges that write are too few");
    assert!(differ.len() < 5, "many differ: {differ:?}");
    for kind in Kind::reachable().await {
        let (wrong, answers) = play(kind).await;
        let count = wrong.len();
        assert!(
            wrong.is_empty(),
            "{kind}, {count} wrong:\n{}",
            wrong.join("\n")
        );
        let codes: BTreeSet<_> = answers.values().filter_map(problem_code).collect();
        assert!(codes.len() > 15, "{codes:?}");
        let Some((other, same)) = &first else {
            first = Some((kind, answers));
            continue;
        };
        let mut unlike = Vec::new();
        for (what, answer) in answers.iter().filter(|(what, _)| !differ.contains(*what)) {
            let (found, expected) = (shown(answer), shown(&same[what]));
            if found != expected {
                unlike.push(format!(
                    "{what}:\n    {kind} {found}\n    {other} {expected}"
                ));
            }
        }
        assert!(unlike.is_empty(), "{}", unlike.join("\n"));
    }
}

/// Everything about an answer but the hour.
fn shown(answer: &Answer) -> String {
    let headers = answer.headers.iter().filter(|(name, _)| name != "date");
    let headers: Vec<_> = headers
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    format!("{} {} {}", answer.status, headers.join(", "), answer.body)
}
