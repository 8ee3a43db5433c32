//! schemathesis, driven by the document: requests of each operation that fit it or break it, and sequences by its links.
//!
//! No answer may be a 500, have a status or media type that the document lacks, or a body or header that breaks its schema.
//! `schemathesis/schemathesis.toml` says what is allowed beside, and why. `TEST_LONG=1` makes 10,000 requests on each database
//! at least, in every phase; `TEST_SEED` chooses the requests.

use std::{
    env,
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tower::util::MapRequest;
use tower_rest::{Router, Schema};

use crate::{
    cars::filled,
    databases::{Fresh, Kind, skipped},
    examples::cars,
    programs::{output, packages},
    random::is_long,
    reflection::awkward,
    server::{Served, serve_any},
};

const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/openapi/schemathesis");
const PATIENCE: Duration = Duration::from_secs(1800);

/// The requests of a long run, on one database.
const MANY: usize = 10_000;

/// Held while it is installed.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Sends requests to a service whose document is at `path`. A long run begins anew with other seeds until there were enough.
async fn withstands(
    kind: Kind,
    service: impl Served,
    path: &str,
    arguments: &'static [&'static str],
) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let service = MapRequest::new(service, move |request| {
        counted.fetch_add(1, Ordering::Relaxed);
        request
    });
    let address = serve_any(service).await;
    let (wanted, amount) = match is_long() {
        true => (
            MANY,
            ["--max-examples=20", "--phases=coverage,fuzzing,stateful"],
        ),
        false => (1, ["--max-examples=2", "--phases=fuzzing,stateful"]),
    };
    let first = env::var("TEST_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    for seed in first.. {
        let url = format!("http://{address}{path}");
        let run = move || {
            let command = schemathesis(&url, seed, arguments, amount)?;
            Ok(output(command, PATIENCE))
        };
        let ran: Result<_, String> = tokio::task::spawn_blocking(run).await.expect("a command");
        match ran {
            Err(reason) => return skipped("by schemathesis", &reason),
            Ok(Err(words)) => panic!("{kind} {path}, seed {seed}: {words}"),
            Ok(Ok(words)) => assert!(words.contains("passed"), "{kind} {path}: {words}"),
        }
        let done = calls.load(Ordering::Relaxed);
        if done >= wanted {
            return;
        }
    }
}

fn schemathesis(
    url: &str,
    seed: u64,
    arguments: &[&str],
    amount: [&str; 2],
) -> Result<Command, String> {
    let _turn = INSTALLING.lock().expect("a lock");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let requirements = Path::new(FILES).join("requirements.txt");
    let programs = packages(&requirements, &folder)?;
    let mut command = Command::new(programs.join("schemathesis"));
    command
        .arg("--config-file")
        .arg(Path::new(FILES).join("schemathesis.toml"))
        .args(["run", url, "--no-color", "--continue-on-failure"])
        .arg(format!("--seed={seed}"))
        .args(amount)
        .args(arguments)
        .current_dir(&folder);
    Ok(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cars_answer_as_their_document_says() {
    for kind in Kind::reachable().await {
        let fresh = filled(kind).await;
        let app = cars::app(&fresh.db).expect("an application");
        // The action of the example has a statement for SQLite.
        let arguments: &[&str] = match kind {
            Kind::Sqlite => &[],
            Kind::Postgres | Kind::MySql => &["--exclude-operation-id=changeEngineCar"],
        };
        withstands(kind, app, "/api/openapi.json", arguments).await;
    }
}

/// Awkward tables, with keys and relations of every shape: all of the sixty would take a minute to read the document.
const SOME: [&str; 12] = [
    "order details",
    "quo\"te",
    "a.b",
    "per%cent",
    "sla/sh",
    "airports",
    "flights",
    "books",
    "chapters",
    "people_tags",
    "measures",
    "moods",
];

/// The awkward tables as `tower-rest serve URL --writable` serves them.
async fn reflected(kind: Kind) -> (Fresh, Router) {
    let fresh = kind.fresh().await;
    fresh.execute(&awkward::script(kind)).await;
    let schema = Schema::reflect(&fresh.db).include(SOME);
    let schema = schema.await.expect("a schema");
    (fresh, Router::of(schema).writable())
}

#[tokio::test(flavor = "multi_thread")]
async fn awkward_tables_answer_as_their_document_says() {
    for kind in Kind::reachable().await {
        let (_fresh, router) = reflected(kind).await;
        let api = router.build().expect("an API");
        withstands(kind, api, "/openapi.json", &[]).await;
    }
}
