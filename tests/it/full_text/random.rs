//! Random searches: none fails, and every database and rows in memory find the same rows where they read words alike.

use tower_rest::{Api, Base, Cell, List, Manager, Object, Page, Result, Retrieve, Rows};

use super::{database, model, viewset};
use crate::{
    databases::Kind,
    random::{Random, is_long, seed},
    server::{ask, ids},
    sweep::encoded,
};

/// Pieces of searches, to be put together as they come: what some database has a meaning for.
const PIECES: &[&str] = &[
    "red",
    "car",
    "fast",
    "\"",
    "\"",
    "\"\"",
    " ",
    " ",
    " ",
    "-",
    "-",
    "+",
    "<",
    ">",
    "(",
    ")",
    "~",
    "*",
    "@",
    "@4",
    ":",
    ":*",
    "&",
    "|",
    "!",
    "<->",
    "<2>",
    "'",
    "''",
    "\\",
    "^",
    "{",
    "}",
    "[",
    "]",
    "%",
    "_",
    ",",
    ";",
    ".",
    "/",
    "?",
    "$1",
    "#",
    "--",
    "/*",
    "=",
    "OR",
    "AND",
    "NOT",
    "NEAR",
    "NEAR(a b, 2)",
    "or",
    "and",
    "not",
    "make:",
    "make :",
    "{make}:",
    "cars_fts",
    "rank",
    "rowid",
    "the",
    "of",
    "a",
    "é",
    "ß",
    "日本",
    "🚗",
    "½",
    "²",
    "\u{301}",
    "\u{200d}",
    "\u{ad}",
    "\u{fffd}",
    "\u{a0}",
    "\u{3000}",
    "\t",
    "\n",
    "\u{1}",
    "\u{7f}",
    "x@y.com",
    "http://a.b/c?d=e",
    "1.5e3",
    "-1",
    "foo-bar",
    "O'Neil",
    "under_score",
    "__",
    "+red",
    "-red",
    "\"red car\"",
    "-\"red car\"",
    "\"the\"",
    "+the",
];

fn text(random: &mut Random) -> String {
    let pieces = 1 + random.below(12);
    (0..pieces).map(|_| *random.of(PIECES)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_text_is_an_error_of_the_database() {
    let (seed, times) = (seed(), if is_long() { 10_000 } else { 400 });
    let rows = format!("VALUES {}", super::ROWS);
    for kind in Kind::reachable().await {
        let fresh = database(kind, &rows).await;
        let api = viewset(&fresh.db).build().expect("an API");
        let (mut random, mut answered) = (Random::new(seed), 0);
        for _ in 0..times {
            let text = text(&mut random);
            let ordering = *random.of(&["", "&ordering=-search_rank"]);
            let answer = ask(&api, &format!("/?search={}{ordering}", encoded(&text))).await;
            let code = answer.json()["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let is_fine = match answer.status {
                200 => true,
                400 => code == "invalid_value" || code == "limit_exceeded",
                _ => false,
            };
            assert!(is_fine, "{kind}, seed {seed}: {text:?}: {}", answer.body);
            answered += usize::from(answer.status == 200);
        }
        assert!(
            answered > times / 5,
            "{kind}, seed {seed}: {answered} of {times}"
        );
    }
}

/// Rows in memory, each with the cells of a car.
struct Memory(Vec<(i64, String, Option<String>)>);

impl Memory {
    fn rows(&self) -> Rows {
        let cells = self.0.iter().map(|(id, make, notes)| {
            let notes = notes.as_deref().map_or(Cell::Null, Cell::Text);
            [Cell::Integer(*id), Cell::Text(make), notes, Cell::Null]
        });
        Rows::new(4, cells)
    }
}

impl Manager for Memory {
    async fn list(&self, list: List, base: Base) -> Result<Page> {
        list.over(base.model(), &self.rows())
    }

    async fn retrieve(&self, retrieve: Retrieve, base: Base) -> Result<Option<Object>> {
        retrieve.over(base.model(), &self.rows())
    }
}

const WORDS: &[&str] = &["red", "car", "fast", "blue", "wheel", "x86_not", "1957"];

fn words(random: &mut Random, most: u64) -> String {
    let words = (0..=random.below(most)).map(|_| random.of(&WORDS[..5]).to_string());
    words
        .collect::<Vec<_>>()
        .join(*random.of(&[" ", " ", ", ", "-", ". "]))
}

fn search(random: &mut Random) -> String {
    let terms = (0..=random.below(3)).map(|_| {
        let minus = *random.of(&["", "", "-"]);
        match random.below(3) {
            0 => format!("{minus}\"{}\"", words(random, 2)),
            _ => format!("{minus}{}", random.of(&WORDS[..6])),
        }
    });
    terms.collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_database_and_rows_in_memory_find_the_same_rows() {
    let (seed, times) = (seed(), if is_long() { 2_000 } else { 150 });
    let mut random = Random::new(seed);
    let rows: Vec<_> = (1..=60)
        .map(|id| {
            let notes = (!random.one_in(6)).then(|| words(&mut random, 6));
            // A phrase could begin in one column and end in the next, which databases see differently.
            (id, "Fiat".to_owned(), notes)
        })
        .collect();
    let values = rows.iter().map(|(id, make, notes)| {
        let notes = notes
            .as_ref()
            .map_or("NULL".to_owned(), |notes| format!("'{notes}'"));
        format!("({id}, '{make}', {notes}, NULL)")
    });
    let values = format!("VALUES {}", values.collect::<Vec<_>>().join(", "));
    let memory = tower_rest::ViewSet::new(model())
        .search(["make", "notes"])
        .full_text(super::searched())
        .manager(Memory(rows))
        .build()
        .expect("an API");
    let mut apis: Vec<(Kind, Api, _)> = Vec::new();
    for kind in Kind::reachable().await {
        let fresh = database(kind, &values).await;
        apis.push((kind, viewset(&fresh.db).build().expect("an API"), fresh));
    }
    let mut found = 0;
    for _ in 0..times {
        let text = search(&mut random);
        let query = format!("page_size=100&search={}", encoded(&text));
        let expected = ids(&memory, &query).await;
        found += expected.len();
        for (kind, api, _) in &apis {
            assert_eq!(
                ids(api, &query).await,
                expected,
                "{kind}, seed {seed}: {text}"
            );
        }
        let ranked = ids(&memory, &format!("{query}&ordering=-search_rank")).await;
        assert_eq!(ranked.len(), expected.len(), "seed {seed}: {text}");
    }
    assert!(found > times, "seed {seed}: {found}");
}
