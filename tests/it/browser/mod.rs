//! The API's pages in a real browser: walkthroughs, each of them a list of steps in `walk-*.mjs`, and the checks of
//! every page that they come to.

mod docs;
mod faults;
mod runner;
mod servers;
mod session;
mod steps;

use std::{fs, time::Duration};

use tower_rest::Database;

use self::runner::run;
pub(crate) use self::runner::turn;
use crate::{
    examples::cars,
    server::{Served, serve_any},
};

/// How long a walkthrough may take, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(1200);

/// Takes the walkthrough `NAME.mjs` with JavaScript and without, each against a server of its own, so that both find
/// the same rows.
///
/// # Panics
///
/// When a step or a check of a page fails.
async fn walk<S: Served>(name: &str, service: impl AsyncFn() -> S) {
    let with_scripts = format!("http://{}/", serve_any(service().await).await);
    let without = format!("http://{}/", serve_any(service().await).await);
    let arguments = [name, &with_scripts, &without];
    if let Some(report) = run("walk.mjs", &arguments, PATIENCE).await {
        let report = report.unwrap_or_else(|error| panic!("{name}: {error}"));
        report.assert_clean(name);
    }
}

async fn the_cars() -> axum::Router {
    let db = Database::in_memory().await.expect("a database");
    cars::fill(&db).await.expect("tables and rows");
    cars::app(&db).expect("an application")
}

#[tokio::test]
async fn reading_the_cars() {
    walk("walk-cars", the_cars).await;
}

#[tokio::test]
async fn writing_the_cars() {
    walk("walk-writing", the_cars).await;
}

#[tokio::test]
async fn the_keyboard_alone() {
    walk("walk-keyboard", the_cars).await;
}

#[tokio::test]
async fn hostile_texts() {
    walk("walk-hostile", the_cars).await;
}

#[tokio::test]
async fn pages_on_paper() {
    walk("walk-print", the_cars).await;
}

#[test]
fn every_walkthrough_is_taken_by_a_test() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/browser");
    let names = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.into_string().expect("a name"));
    let (tests, others): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with(".rs"));
    let tests: String = tests
        .iter()
        .map(|name| fs::read_to_string(format!("{folder}/{name}")).expect("a file"))
        .collect();
    let walks = others
        .iter()
        .filter(|name| name.starts_with("walk-"))
        .filter_map(|name| name.strip_suffix(".mjs"));
    for walk in walks {
        assert!(
            tests.contains(&format!("\"{walk}\"")),
            "no test takes {walk}.mjs"
        );
    }
}
