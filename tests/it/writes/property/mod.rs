//! Random sequences of writes and reads by three tenants: each answer, and at the end every row, is that of rows in
//! memory.

mod oracle;
mod requests;
mod tables;

use std::collections::BTreeMap;

use serde_json::Value as Json;
use tower_rest::Api;

use super::outcome;
use crate::{
    databases::Kind,
    random::{self, Random},
    server::{self, ask, ask_with},
};
use oracle::{Answer, Request, World, key_of};
use tables::{TABLES, open};

async fn sent(api: &Api, request: &Request) -> server::Answer {
    let sent = http::Request::builder()
        .method(request.method)
        .uri(request.path())
        .header("host", "test")
        .header("x-tenant", request.tenant);
    let (sent, body) = match &request.body {
        None => (sent, String::new()),
        Some(body) => (
            sent.header("content-type", "application/json"),
            Json::Object(body.clone()).to_string(),
        ),
    };
    ask_with(api, sent.body(body).expect("a request")).await
}

/// How an answer differs from what it must be.
fn difference(expected: &Answer, found: &server::Answer) -> Option<String> {
    let shown = match expected {
        Answer::Gone => (found.status == 204 && found.body.is_empty()).then_some(()),
        Answer::Refused(status, faults) => {
            let (answered, told) = outcome(found);
            (answered == *status && faults.contains(&told)).then_some(())
        }
        Answer::Created(body, location) => {
            let is_there = found.header("location") == Some(location);
            (found.status == 201 && is_there && found.json() == *body).then_some(())
        }
        Answer::Shown(status, body) => {
            let json = (found.status == *status).then(|| found.json());
            json.filter(|json| match body.get("results") {
                Some(rows) => json["results"] == *rows && json["count"] == body["count"],
                None => json == body,
            })
            .map(drop)
        }
    };
    match shown {
        Some(()) => None,
        None => Some(format!(
            "expected {expected:?}\nfound {} {:?} {}",
            found.status,
            found.header("location"),
            found.body
        )),
    }
}

/// How the rows of the database differ from those in memory.
async fn rows_differ(all: &Api, world: &World) -> Option<String> {
    for table in TABLES {
        let list = ask(all, &format!("/{}/?page_size=1000", table.name)).await;
        let list = list.json();
        let found = list["results"].as_array().expect("rows").iter().map(|row| {
            let columns = table.columns.iter();
            let row: oracle::Row = columns
                .map(|column| (column.name, row[column.name].clone()))
                .collect();
            (key_of(table, &row), row)
        });
        let found: BTreeMap<_, _> = found.collect();
        let rows = world.of(table.name).iter();
        let expected: BTreeMap<_, _> = rows.map(|row| (key_of(table, row), row.clone())).collect();
        if found != expected {
            return Some(format!("{}: {found:?}\nand not {expected:?}", table.name));
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn random_writes_and_reads_of_three_tenants_are_answered_as_by_rows_in_memory() {
    let steps = if random::is_long() { 40_000 } else { 2500 };
    for kind in Kind::reachable().await {
        let (_fresh, api, all) = open(kind).await;
        let seed = random::seed();
        let (mut random, mut world) = (Random::new(seed), World::default());
        let mut statuses = BTreeMap::<_, u32>::new();
        let mut log = Vec::new();
        for step in 0..steps {
            let request = requests::random(&world, &mut random);
            let expected = world.answer(&request);
            let found = sent(&api, &request).await;
            *statuses.entry((request.method, found.status)).or_default() += 1;
            let body = request.body.clone().map_or(Json::Null, Json::Object);
            let (method, path, tenant) = (request.method, request.path(), request.tenant);
            log.push(format!(
                "{method}@{tenant} {path} {body} -> {}",
                found.status
            ));
            let mut wrong = difference(&expected, &found);
            if wrong.is_none() && (step % 100 == 99 || step + 1 == steps) {
                wrong = rows_differ(&all, &world).await;
            }
            if let Some(wrong) = wrong {
                let last = log.len().saturating_sub(30);
                panic!(
                    "{kind}, TEST_SEED={seed}:\n{}\n{wrong}",
                    log[last..].join("\n")
                );
            }
        }
        for (method, status) in [
            ("GET", 200),
            ("GET", 404),
            ("POST", 201),
            ("POST", 400),
            ("POST", 403),
            ("POST", 404),
            ("POST", 409),
            ("PATCH", 200),
            ("PATCH", 400),
            ("PATCH", 403),
            ("PATCH", 404),
            ("PATCH", 409),
            ("PUT", 200),
            ("PUT", 400),
            ("PUT", 403),
            ("PUT", 404),
            ("PUT", 409),
            ("DELETE", 204),
            ("DELETE", 404),
            ("DELETE", 409),
        ] {
            let times = statuses.get(&(method, status)).copied().unwrap_or(0);
            assert!(times > 0, "no {method} was answered {status}: {statuses:?}");
        }
    }
}
