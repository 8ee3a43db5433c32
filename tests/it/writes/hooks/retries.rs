//! Hooks and managers whose transactions block each other are run again, and lose nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value as Json, json};
use tokio::{sync::Barrier, time::timeout};
use tower_rest::{Base, Manager, Object, Result, Transaction, Update};

use super::{Seen, note, notes_of, open, run};
use crate::{databases::Kind, server::ask, writes::send};

/// Two transactions that lock two rows in opposite order, once: on a server each then waits for the other.
#[derive(Clone)]
struct Crossing {
    kind: Kind,
    runs: Arc<AtomicUsize>,
    barrier: Arc<Barrier>,
}

impl Crossing {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            runs: Arc::default(),
            barrier: Arc::new(Barrier::new(2)),
        }
    }

    /// Adds to the years of cars 11 and 12, first to that of `first`.
    async fn cross(&self, transaction: &Transaction, first: i64) -> Result<()> {
        let run_before = self.runs.fetch_add(1, Ordering::SeqCst);
        self.add(transaction, first).await?;
        // SQLite has one writer, so that the second one does not come this far before the first one has ended.
        if run_before < 2 && self.kind != Kind::Sqlite {
            let met = timeout(Duration::from_secs(10), self.barrier.wait()).await;
            assert!(met.is_ok(), "the other one does not come");
        }
        self.add(transaction, 23 - first).await
    }

    async fn add(&self, transaction: &Transaction, car: i64) -> Result<()> {
        let sql = format!("UPDATE cars SET year = year + 1 WHERE car_id = {car}");
        run(self.kind, transaction, &sql).await
    }

    fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }
}

const CROSSED: &str = "INSERT INTO cars (car_id, make, year) VALUES (11, 'a', 0), (12, 'b', 0)";

#[tokio::test(flavor = "multi_thread")]
async fn hooks_run_again_with_their_transaction() {
    for kind in Kind::reachable().await {
        let (crossing, seen) = (Crossing::new(kind), Seen::default());
        let (fresh, api) = open(kind, |cars| {
            let (crossing, seen) = (crossing.clone(), seen.clone());
            cars.after_update(move |change| {
                let crossing = crossing.clone();
                async move {
                    note(kind, &change.transaction, "a run").await?;
                    let car: i64 = change.stored_after()?.get_as("car_id")?;
                    crossing.cross(&change.transaction, 10 + car).await
                }
            })
            .on_commit(move |_| {
                seen.add("committed");
                async { Ok(()) }
            })
        })
        .await;
        fresh.execute(CROSSED).await;
        let body = json!({"year": 5});
        let (one, two) = tokio::join!(
            send(&api, "PATCH", "/cars/1/", &body),
            send(&api, "PATCH", "/cars/2/", &body)
        );
        assert_eq!(
            (one.status, two.status),
            (200, 200),
            "{kind}: {} {}",
            one.body,
            two.body
        );
        let runs = if kind == Kind::Sqlite { 2 } else { 3 };
        assert_eq!(crossing.runs(), runs, "{kind}: one is run again");
        assert_eq!(
            notes_of(&fresh).await,
            2,
            "{kind}: its first run left nothing"
        );
        assert_eq!(seen.wait_for(2).await, ["committed", "committed"], "{kind}");
        assert_eq!(years(&api).await, json!([2, 2]), "{kind}");
    }
}

async fn years(api: &tower_rest::Api) -> Json {
    let cars = ask(api, "/cars/?car_id__gte=11&fields=year").await.json();
    let years = cars["results"].as_array().into_iter().flatten();
    years.map(|car| car["year"].clone()).collect()
}

/// Adds to cars 11 and 12 in the transaction of an update.
struct Crossed(Crossing);

impl Manager for Crossed {
    async fn update(&self, update: Update, base: Base) -> Result<Option<Object>> {
        let crossing = self.0.clone();
        base.transaction(move |base| {
            let (crossing, update) = (crossing.clone(), update.clone());
            async move {
                let object = base.update(update).await?;
                let first = match base.head().uri.path() {
                    "/cars/1/" => 11,
                    _ => 12,
                };
                crossing.cross(base.current_transaction()?, first).await?;
                Ok(object)
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_transaction_of_a_manager_is_run_again() {
    for kind in Kind::reachable().await {
        let crossing = Crossing::new(kind);
        let (fresh, api) = open(kind, |cars| cars.manager(Crossed(crossing.clone()))).await;
        fresh.execute(CROSSED).await;
        let body = json!({"year": 5});
        let (one, two) = tokio::join!(
            send(&api, "PATCH", "/cars/1/", &body),
            send(&api, "PATCH", "/cars/2/", &body)
        );
        assert_eq!(
            (one.status, two.status),
            (200, 200),
            "{kind}: {} {}",
            one.body,
            two.body
        );
        let runs = if kind == Kind::Sqlite { 2 } else { 3 };
        assert_eq!(crossing.runs(), runs, "{kind}: one is run again");
        assert_eq!(years(&api).await, json!([2, 2]), "{kind}");
    }
}

/// Conflicts whenever it is run.
struct Unlucky(Crossing);

impl Manager for Unlucky {
    async fn update(&self, _: Update, base: Base) -> Result<Option<Object>> {
        let crossing = self.0.clone();
        base.transaction(move |base| {
            let crossing = crossing.clone();
            async move {
                crossing.runs.fetch_add(1, Ordering::SeqCst);
                let transaction = base.current_transaction()?;
                note(crossing.kind, transaction, "unlucky").await?;
                // What the database says after a deadlock.
                let deadlock = match crossing.kind {
                    Kind::Postgres => {
                        "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40P01'; END $$"
                    }
                    Kind::Sqlite | Kind::MySql => {
                        "SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'no'"
                    }
                };
                run(crossing.kind, transaction, deadlock).await?;
                Ok(None)
            }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_conflict_is_the_last() {
    for kind in Kind::reachable().await {
        if kind == Kind::Sqlite {
            continue;
        }
        let crossing = Crossing::new(kind);
        let (fresh, api) = open(kind, |cars| cars.manager(Unlucky(crossing.clone()))).await;
        let answer = send(&api, "PATCH", "/cars/1/", &json!({"year": 5})).await;
        assert_eq!(answer.status, 503, "{kind}: {}", answer.body);
        assert_eq!(answer.json()["code"], "retries_exhausted", "{kind}");
        assert_eq!(crossing.runs(), 3, "{kind}");
        assert_eq!(notes_of(&fresh).await, 0, "{kind}");
    }
}
