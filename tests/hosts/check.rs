//! The checks that every host must pass: list, retrieve, create, link completely, stream an export, and bear clients that leave.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::api::CARS;

/// How a host answers an export.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Exports {
    /// As the rows are read.
    Streamed,
    /// In one piece, since the host has no other answers, and none longer than some megabytes.
    Whole,
}

/// Checks the API at `base`, such as `http://127.0.0.1:4000/api`, which every link begins with.
pub(crate) async fn check(client: &Client, base: &str, exports: Exports) {
    let list = get(client, &format!("{base}/cars/?page_size=2")).await;
    assert_eq!(list["count"], CARS, "{list}");
    assert_eq!(list["results"][0]["href"], format!("{base}/cars/1/"));
    let next = list["next"].as_str().expect("a next page");
    assert_eq!(next, format!("{base}/cars/?page_size=2&page=2"));
    assert_eq!(get(client, next).await["results"][0]["id"], 3);

    let car = get(client, &format!("{base}/cars/7/")).await;
    let owner = car["owner"].as_str().expect("a link");
    assert_eq!(owner, format!("{base}/owners/1/"));
    assert_eq!(get(client, owner).await["name"], "Ann");

    created(client, base).await;
    match exports {
        Exports::Streamed => streamed(client, base).await,
        Exports::Whole => assert_eq!(lines(client, base, "&id__lte=5000").await.0, 5000),
    }
}

async fn get(client: &Client, url: &str) -> Value {
    let answer = client.get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{url}");
    answer.json().await.expect("JSON")
}

async fn created(client: &Client, base: &str) {
    let cars = format!("{base}/cars/");
    let car = json!({"id": CARS + 1, "make": "Fiat", "owner": format!("{base}/owners/1/")});
    let answer = client.post(&cars).json(&car).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 201);
    let location = answer.headers()["location"].to_str().expect("a link");
    assert_eq!(location, format!("{base}/cars/{}/", CARS + 1));
    assert_eq!(get(client, location).await["make"], "Fiat");
    let wrong = client.post(&cars).json(&json!({"maek": "Fiat"})).send();
    let wrong = wrong.await.expect("an answer");
    assert_eq!(wrong.status(), 400);
    let kind = wrong.headers()["content-type"].clone();
    assert_eq!(kind, "application/problem+json");
}

/// How many lines an export has, and how many pieces it comes in.
async fn lines(client: &Client, base: &str, filter: &str) -> (usize, usize) {
    let url = format!("{base}/cars/?page=all&format=ndjson{filter}");
    let answer = client.get(url).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let mut pieces = answer.bytes_stream();
    let (mut lines, mut count) = (0, 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.expect("a whole export");
        lines += piece.iter().filter(|byte| **byte == b'\n').count();
        count += 1;
    }
    (lines, count)
}

async fn streamed(client: &Client, base: &str) {
    let (rows, pieces) = lines(client, base, "").await;
    assert_eq!(rows, CARS + 1);
    assert!(pieces > 10, "an export of {rows} rows in {pieces} pieces");
    // Each export keeps one of two connections until its client has gone, and no longer.
    for _ in 0..6 {
        let url = format!("{base}/cars/?page=all&format=ndjson");
        let answer = client.get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "after a client that has left");
        let mut pieces = answer.bytes_stream();
        pieces.next().await.expect("a piece").expect("a piece");
        drop(pieces);
        sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(lines(client, base, "").await.0, CARS + 1);
}

/// A client that trusts no certificate but those of the system.
pub(crate) fn client() -> Client {
    // Only the first call decides, and all decide the same.
    let _decided = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}
