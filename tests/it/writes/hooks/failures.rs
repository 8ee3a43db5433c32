//! Hooks that fail: the transaction is rolled back whole, whatever the hook did before and however it fails.

use std::{sync::Arc, time::Duration};

use serde_json::{Value as Json, json};
use tokio::{sync::Notify, time::timeout};
use tower_rest::{Api, Changes, Code, Error, Model, Result, RowChange, Transaction, ViewSet};

use super::{Seen, note, notes_of, open, serve};
use crate::{
    databases::{Fresh, Kind},
    server::ask,
    writes::{outcome, send},
};

/// How a hook fails after it has written a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    ByError,
    /// It panics before it first waits.
    AtOnce,
    ByPanic,
    /// A task that it has started keeps its transaction.
    ByKeeping,
    /// Its own statement breaks a constraint.
    ByStatement,
}

impl Failing {
    const ALL: [Self; 5] = [
        Self::ByError,
        Self::AtOnce,
        Self::ByPanic,
        Self::ByKeeping,
        Self::ByStatement,
    ];

    /// Whether the hook fails before it returns a future.
    fn panics_at_once(self) {
        assert!(self != Self::AtOnce, "a panic before the first await");
    }

    async fn fail(self, kind: Kind, transaction: Transaction) -> Result<()> {
        note(kind, &transaction, "failing").await?;
        match self {
            Self::ByError => Err(Error::new(Code::Forbidden, "not today")),
            Self::AtOnce | Self::ByPanic => panic!("a panic after a statement"),
            Self::ByKeeping => {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    drop(transaction);
                });
                Ok(())
            }
            Self::ByStatement => {
                let sql = "INSERT INTO cars (car_id, make) VALUES (9, 'Saab')";
                super::run(kind, &transaction, sql).await
            }
        }
    }

    const fn expected(self) -> (u16, &'static str) {
        match self {
            Self::ByError => (403, "forbidden"),
            Self::AtOnce | Self::ByPanic | Self::ByKeeping => (500, "internal"),
            Self::ByStatement => (409, "unique"),
        }
    }
}

/// The points at which a hook fails, with a request that leads there.
const POINTS: [(&str, &str, &str); 6] = [
    ("before_create", "POST", "/cars/"),
    ("after_create", "POST", "/cars/"),
    ("before_update", "PATCH", "/cars/1/"),
    ("after_update", "PATCH", "/cars/1/"),
    ("before_delete", "DELETE", "/cars/1/"),
    ("after_delete", "DELETE", "/cars/1/"),
];

/// Adds the hook of a point that fails if the switch is on.
fn failing(cars: ViewSet, point: &str, kind: Kind, how: Failing) -> ViewSet {
    let plain = move |change: RowChange| {
        how.panics_at_once();
        async move { how.fail(kind, change.transaction).await }
    };
    let before = move |change: RowChange| {
        how.panics_at_once();
        async move {
            let done = how.fail(kind, change.transaction).await;
            done.map(|()| change.changes)
        }
    };
    match point {
        "before_create" => cars.before_create(before),
        "after_create" => cars.after_create(plain),
        "before_update" => cars.before_update(before),
        "after_update" => cars.after_update(plain),
        "before_delete" => cars.before_delete(plain),
        "after_delete" => cars.after_delete(plain),
        point => unreachable!("{point}"),
    }
}

async fn rows(fresh: &Fresh, api: &Api) -> (i64, Json) {
    let cars = ask(api, "/cars/?fields=make,year").await.json();
    (notes_of(fresh).await, cars["results"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_rolls_everything_back() {
    for kind in Kind::reachable().await {
        let (fresh, _) = open(kind, |cars| cars).await;
        let mut part_id = 0;
        for (point, method, path) in POINTS {
            for how in Failing::ALL {
                let committed = Seen::default();
                let of_cars = |cars| {
                    let committed = committed.clone();
                    failing(cars, point, kind, how).on_commit(move |_| {
                        committed.add("committed");
                        async { Ok(()) }
                    })
                };
                let api = serve(&fresh, of_cars, ViewSet::writable).await;
                let before = rows(&fresh, &api).await;
                let body = match method {
                    "POST" => json!({"car_id": 7, "make": "Lancia"}),
                    "DELETE" => Json::Null,
                    _ => json!({"make": "Lancia"}),
                };
                let answer = send(&api, method, path, &body).await;
                let (status, code) = how.expected();
                let case = format!("{kind}: {point} {how:?}: {}", answer.body);
                assert_eq!(outcome(&answer), (status, vec![code.to_owned()]), "{case}");
                assert_eq!(rows(&fresh, &api).await, before, "{case}");
                tokio::time::sleep(Duration::from_millis(5)).await;
                assert_eq!(committed.take(), [""; 0], "{case}");
                // The connection is good for the next transaction.
                part_id += 1;
                let part = json!({"part_id": part_id, "kind": "brake"});
                let next = send(&api, "POST", "/cars/2/parts/", &part).await;
                assert_eq!(next.status, 201, "{case}: {}", next.body);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_after_the_commit_changes_no_answer() {
    for kind in Kind::reachable().await {
        let seen = Seen::default();
        let (_fresh, api) = open(kind, |cars| {
            let seen = seen.clone();
            cars.on_commit(|_| async { Err(Error::new(Code::Forbidden, "too late")) })
                .on_commit(|_| async { panic!("a panic after the commit") })
                .on_commit(move |change| {
                    seen.add(change.head.method.as_str());
                    async { Ok(()) }
                })
        })
        .await;
        let new = json!({"car_id": 3, "make": "Seat"});
        let answer = send(&api, "POST", "/cars/", &new).await;
        assert_eq!(answer.status, 201, "{kind}: {}", answer.body);
        assert_eq!(seen.wait_for(1).await, ["POST"], "{kind}");
    }
}

#[derive(Model)]
struct Other {
    #[model(key)]
    other_id: i64,
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_another_model_are_refused() {
    for kind in Kind::reachable().await {
        let (_fresh, api) = open(kind, |cars| {
            cars.before_create(|_| async { Ok(Changes::new(&Model::of::<Other>())) })
        })
        .await;
        let new = json!({"car_id": 3, "make": "Seat"});
        let answer = send(&api, "POST", "/cars/", &new).await;
        assert_eq!(answer.status, 500, "{kind}: {}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_does_not_stop_a_hook() {
    for kind in Kind::reachable().await {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let seen = Seen::default();
        let (fresh, api) = open(kind, |cars| {
            let (begun, go_on, seen) = (begun.clone(), go_on.clone(), seen.clone());
            let hook = move |change: RowChange| {
                let (begun, go_on) = (begun.clone(), go_on.clone());
                async move {
                    note(kind, &change.transaction, "slow").await?;
                    begun.notify_one();
                    go_on.notified().await;
                    note(kind, &change.transaction, "slow").await
                }
            };
            cars.after_create(hook).on_commit(move |_| {
                seen.add("committed");
                async { Ok(()) }
            })
        })
        .await;
        let new = json!({"car_id": 3, "make": "Seat"});
        let leaving = async {
            tokio::select! {
                _ = send(&api, "POST", "/cars/", &new) => panic!("it is answered"),
                () = begun.notified() => {}
            }
        };
        let left = timeout(Duration::from_secs(10), leaving).await;
        left.unwrap_or_else(|_| panic!("{kind}: the hook does not begin"));
        go_on.notify_one();
        assert_eq!(seen.wait_for(1).await, ["committed"], "{kind}");
        assert_eq!(notes_of(&fresh).await, 2, "{kind}");
        assert_eq!(ask(&api, "/cars/3/").await.status, 200, "{kind}");
    }
}
