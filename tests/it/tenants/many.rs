//! Many tenants on SQLite files and on one server: 50, and 1,000 if `TEST_LONG` asks for them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;
use tower_rest::{Api, testing::Client};

use super::{Tenants, client};
use crate::{
    databases::Kind,
    random::{Random, is_long, seed},
};

/// The memory of this process in kilobytes, and its threads.
fn used() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let number = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        let number = line.and_then(|line| line.split_whitespace().nth(1));
        number.and_then(|number| number.parse().ok()).expect(name)
    };
    (number("VmRSS:"), number("Threads:"))
}

/// Writes a note of a tenant and reads its list, which has its own notes only.
async fn turn(client: &Client<Api>, tenant: usize, notes: usize) {
    let name = format!("t{tenant}");
    let client = client.clone().header("x-tenant", &name);
    let body = json!({"owner": name, "text": format!("n{notes}")});
    let answer = client.post("/notes/").json(&body).await;
    assert_eq!(answer.status(), 201, "{name}: {}", answer.text());
    let list = client.get("/notes/").await;
    assert_eq!(list.status(), 200, "{name}: {}", list.text());
    let list = list.json();
    assert_eq!(list["count"], notes + 1, "{name}: {list}");
    let rows = list["results"].as_array().expect("rows");
    assert!(rows.iter().all(|row| row["owner"] == *name), "{list}");
}

#[expect(
    clippy::print_stdout,
    reason = "the numbers are what a long run is for"
)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_tenants_has_its_own_rows_and_few_are_open() {
    const WORKERS: usize = 8;
    let seed = seed();
    for kind in Kind::reachable().await {
        let (number, most) = match (is_long(), kind) {
            (false, _) => (50, 10),
            (true, Kind::Sqlite) => (1000, 100),
            // A server allows a hundred connections, if nobody has changed it.
            (true, Kind::Postgres | Kind::MySql) => (1000, 25),
        };
        let since = Instant::now();
        let made = Arc::new(Tenants::create(kind, number, 2).await);
        let created = since.elapsed();
        let opened = Arc::new(AtomicUsize::new(0));
        let tenants = made.counted(&opened).most_open(most);
        let client = client(&made.fresh.db, &tenants);
        let (before, since) = (used(), Instant::now());
        let peaks = Arc::new((AtomicUsize::new(0), AtomicI64::new(0)));
        let watch = tokio::spawn({
            let (made, tenants, peaks) = (Arc::clone(&made), tenants.clone(), Arc::clone(&peaks));
            async move {
                loop {
                    peaks.0.fetch_max(tenants.open_count(), Ordering::Relaxed);
                    let connections = made.all_connections().await;
                    peaks.1.fetch_max(connections, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        });
        // Each worker has tenants of its own, so that it knows their notes, and visits all of them twice.
        let mut workers = JoinSet::new();
        for worker in 0..WORKERS {
            let client = client.clone();
            let mut random = Random::new(seed.wrapping_add(worker as u64));
            workers.spawn(async move {
                let mut its: Vec<usize> = (worker..number).step_by(WORKERS).collect();
                for notes in 0..2 {
                    for at in (1..its.len()).rev() {
                        let end = u64::try_from(at).expect("few") + 1;
                        its.swap(at, usize::try_from(random.below(end)).expect("few"));
                    }
                    for tenant in &its {
                        turn(&client, *tenant, notes).await;
                    }
                }
            });
        }
        while let Some(done) = workers.join_next().await {
            done.unwrap_or_else(|error| panic!("{kind}, seed {seed}: {error}"));
        }
        watch.abort();
        let (took, after) = (since.elapsed(), used());
        let (open, connections) = (
            peaks.0.load(Ordering::Relaxed),
            peaks.1.load(Ordering::Relaxed),
        );
        println!(
            "{kind}: {number} tenants created in {created:.1?}; {} requests in {took:.1?}, {} openings, {open} open and \
             {connections} connections or files at most; {} kB and {} threads before, {} kB and {} threads with {} open",
            4 * number,
            opened.load(Ordering::Relaxed),
            before.0,
            before.1,
            after.0,
            after.1,
            tenants.open_count(),
        );
        assert!(open <= most, "{kind}: {open}");
        let each = if kind == Kind::Sqlite { 2 * 3 + 3 } else { 2 };
        let bound = i64::try_from(most * each).expect("few");
        assert!(connections <= bound, "{kind}: {connections}");
        drop(tenants);
        drop(client);
        let since = Instant::now();
        while made.all_connections().await > 0 {
            assert!(since.elapsed() < Duration::from_secs(20), "{kind}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
