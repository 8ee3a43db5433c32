//! A request of a tenant sees and changes the rows of its own database alone, while databases are opened and closed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value as Json, json};
use tokio::{sync::Barrier, task::JoinSet};
use tower_rest::{Api, testing::Client};

use super::{Tenants, client};
use crate::{
    databases::Kind,
    random::{Random, is_long, seed},
};

const NAMES: [&str; 3] = ["t0", "t1", "t2"];

/// Asserts that every row of an answer is one of the tenant's.
fn only_of(tenant: &str, answer: &Json) {
    let rows = answer["results"].as_array().map_or(&[][..], Vec::as_slice);
    for row in rows.iter().chain([answer]) {
        if let Some(owner) = row.get("owner") {
            assert_eq!(owner, tenant, "{answer}");
        }
    }
}

/// Returns the answer to a request that may be refused only since too many databases are in use.
async fn sent(asking: tower_rest::testing::Asking<Api>) -> Option<tower_rest::testing::Answer> {
    let answer = asking.await;
    match answer.status() {
        503 => {
            assert_eq!(answer.code(), "busy", "{}", answer.text());
            None
        }
        _ => Some(answer),
    }
}

/// Sends one random request as a tenant; returns how many rows it has added.
async fn ask(client: &Client<Api>, tenant: &str, random: &mut Random) -> usize {
    let client = client.clone().header("x-tenant", tenant);
    let note = json!({"owner": tenant, "text": format!("n{}", random.below(9))});
    match random.below(7) {
        0 | 1 => {
            let Some(answer) = sent(client.post("/notes/").json(&note)).await else {
                return 0;
            };
            assert_eq!(answer.status(), 201, "{}", answer.text());
            only_of(tenant, &answer.json());
            1
        }
        2 => {
            let Some(answer) = sent(client.post("/notes/add/").json(&"acted")).await else {
                return 0;
            };
            assert_eq!(answer.status(), 200, "{}", answer.text());
            1
        }
        3 => {
            let notes = json!([note, note]);
            let Some(answer) = sent(client.post("/notes/").json(&notes)).await else {
                return 0;
            };
            assert_eq!(answer.status(), 201, "{}", answer.text());
            2
        }
        4 => {
            let path = format!("/notes/{}/", 1 + random.below(20));
            if let Some(answer) = sent(client.get(&path)).await {
                assert!([200, 404].contains(&answer.status()), "{}", answer.text());
                only_of(tenant, &answer.json());
            }
            0
        }
        5 => {
            if let Some(answer) = sent(client.get("/notes/?cursor=&page_size=3")).await {
                only_of(tenant, &answer.json());
            }
            0
        }
        _ => {
            let path = format!("/notes/?page={}&page_size=5", 1 + random.below(3));
            if let Some(answer) = sent(client.get(&path)).await {
                only_of(tenant, &answer.json());
            }
            0
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_of_tenants_never_meet_while_databases_are_opened_and_closed() {
    let (seed, requests) = (seed(), if is_long() { 2000 } else { 60 });
    for kind in Kind::reachable().await {
        let made = Tenants::create(kind, NAMES.len(), 3).await;
        let tenants = made
            .cache()
            .most_open(2)
            .closes_after(Duration::from_millis(20));
        let client = client(&made.fresh.db, &tenants);
        let added: Arc<Mutex<BTreeMap<&str, usize>>> = Arc::default();
        let mut clients = JoinSet::new();
        for number in 0..6_u64 {
            let (client, added) = (client.clone(), Arc::clone(&added));
            let mut random = Random::new(seed.wrapping_add(number));
            clients.spawn(async move {
                for _ in 0..requests {
                    let tenant = *random.of(&NAMES);
                    let rows = ask(&client, tenant, &mut random).await;
                    *added.lock().expect("numbers").entry(tenant).or_default() += rows;
                }
            });
        }
        while let Some(done) = clients.join_next().await {
            done.unwrap_or_else(|error| panic!("{kind}, seed {seed}: {error}"));
        }
        for tenant in NAMES {
            let list = client.get("/notes/").header("x-tenant", tenant).await;
            let expected = added.lock().expect("numbers")[tenant];
            assert_eq!(list.json()["count"], expected, "{kind}, seed {seed}");
        }
    }
}

#[tokio::test]
async fn an_idempotency_key_is_one_of_its_tenant() {
    for kind in Kind::reachable().await {
        let made = Tenants::create(kind, 3, 3).await;
        let tenants = made.cache();
        let client = client(&made.fresh.db, &tenants);
        // At the same time, by users of one name: none is told that another's request runs.
        let barrier = Arc::new(Barrier::new(3));
        let mut sending = JoinSet::new();
        for tenant in NAMES {
            let (client, barrier) = (client.clone(), Arc::clone(&barrier));
            sending.spawn(async move {
                barrier.wait().await;
                let body = json!({"owner": tenant, "text": "once"});
                let post = client.post("/notes/").header("x-tenant", tenant);
                (
                    tenant,
                    post.header("idempotency-key", "k").json(&body).await,
                )
            });
        }
        for (tenant, answer) in sending.join_all().await {
            assert_eq!(answer.status(), 201, "{kind}: {}", answer.text());
            only_of(tenant, &answer.json());
            // Sent again, it is answered as before, and with another body it is refused.
            let post = client.post("/notes/").header("x-tenant", tenant);
            let post = post.header("idempotency-key", "k");
            let body = json!({"owner": tenant, "text": "once"});
            let again = post.json(&body).await;
            assert_eq!(again.bytes(), answer.bytes(), "{kind}");
            let list = client.get("/notes/").header("x-tenant", tenant).await;
            assert_eq!(list.json()["count"], 1, "{kind}");
        }
    }
}

#[tokio::test]
async fn cursors_and_entity_tags_of_a_tenant_show_nothing_of_it_to_another() {
    for kind in Kind::reachable().await {
        let made = Tenants::create(kind, 3, 3).await;
        let tenants = made.cache().most_open(1);
        let client = client(&made.fresh.db, &tenants);
        for tenant in NAMES {
            for number in 0..7 {
                let body = json!({"owner": tenant, "text": format!("n{number}")});
                let post = client.post("/notes/").header("x-tenant", tenant);
                assert_eq!(post.json(&body).await.status(), 201);
            }
        }
        let of = |tenant: &'static str, path: &str| client.get(path).header("x-tenant", tenant);
        let first = of("t0", "/notes/?cursor=&page_size=3&ordering=text").await;
        let next = first.json()["next"].as_str().expect("a page").to_owned();
        let path = next.trim_start_matches("http://localhost");
        let other = of("t1", path).await;
        assert_eq!(other.status(), 200);
        only_of("t1", &other.json());
        let texts: Vec<_> = (0..3)
            .map(|at| other.json()["results"][at]["text"].clone())
            .collect();
        assert_eq!(texts, ["n3", "n4", "n5"], "{kind}: a place, and no rows");
        // A tag is that of the bytes: those of another tenant are sent.
        for path in ["/notes/", "/notes/1/"] {
            let own = of("t0", path).await;
            let tag = own.header("etag").expect("a tag").to_owned();
            let same = of("t0", path).header("if-none-match", &tag).await;
            assert_eq!(same.status(), 304, "{kind}");
            let other = of("t1", path).header("if-none-match", &tag).await;
            assert_eq!(other.status(), 200, "{kind}");
            only_of("t1", &other.json());
            assert_eq!(other.header("cache-control"), Some("private, no-cache"));
        }
        let tag = of("t0", "/notes/1/").await;
        let tag = tag.header("etag").expect("a tag").to_owned();
        let delete = client.ask(http::Method::DELETE, "/notes/1/");
        let delete = delete.header("x-tenant", "t1").header("if-match", &tag);
        assert_eq!(delete.await.status(), 412, "{kind}");
    }
}
